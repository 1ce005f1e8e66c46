package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"cairn/chain"
)

// DefaultData is where Cairn keeps its things when not told otherwise: the
// user's data folder as XDG or the system has it.
func DefaultData() string {
	if dir := os.Getenv("XDG_DATA_HOME"); dir != "" {
		return filepath.Join(dir, "cairn")
	}
	if home, err := os.UserHomeDir(); err == nil && home != "" {
		return filepath.Join(home, ".local", "share", "cairn")
	}
	return "cairn-data"
}

// Resolve checks a Config and fills in what the network decides. The error is
// one sentence that names the setting and what to do.
func (c Config) Resolve() (Config, error) {
	if c.Data == "" {
		return c, fmt.Errorf("--data names no folder")
	}
	if c.Database == "" {
		c.Database = "sqlite:" + filepath.Join(c.Data, "cairn.db")
	}
	if err := c.resolveWeb(); err != nil {
		return c, err
	}
	for _, u := range c.Upstream {
		if _, err := publicURL("--upstream", u); err != nil {
			return c, err
		}
	}
	if err := c.resolveAnchor(); err != nil {
		return c, err
	}
	if err := c.resolveTill(); err != nil {
		return c, err
	}
	if (c.TSA.Key == "") != (c.TSA.Chain == "") {
		return c, fmt.Errorf("--tsa-key and --tsa-chain go together")
	}
	return c, c.checkNode()
}

func (c *Config) resolveWeb() error {
	if _, _, err := net.SplitHostPort(c.Web.Listen); err != nil {
		return fmt.Errorf("--web-listen %q is not HOST:PORT", c.Web.Listen)
	}
	if c.Web.PublicURL != "" {
		u, err := publicURL("--web-public-url", c.Web.PublicURL)
		if err != nil {
			return err
		}
		c.Web.PublicURL = u
	}
	for _, cidr := range c.Web.TrustedProxies {
		if _, err := netip.ParsePrefix(cidr); err != nil {
			return fmt.Errorf("--web-trusted-proxies %q is not a network such as 10.0.0.0/8", cidr)
		}
	}
	c.Web.Gallery = c.Web.Gallery || c.Network == chain.Devnet
	return nil
}

func (c *Config) resolveAnchor() error {
	a := &c.Anchor
	if a.Interval < 0 || a.Confirmations < 0 || a.DailyFee < 0 || c.Devnet.BlockInterval < 0 {
		return fmt.Errorf("intervals, confirmations and fees cannot be negative")
	}
	if a.BumpAfter < 1 {
		return fmt.Errorf("--anchor-bump-after must be at least 1 block")
	}
	if a.MaxFeeRate < 1 {
		return fmt.Errorf("--anchor-max-fee-rate must be at least 1 sat/vB")
	}
	if a.Confirmations > 100 {
		return fmt.Errorf("--anchor-confirmations can be at most 100, the deepest reorganisation followed")
	}
	devnet := c.Network == chain.Devnet
	if a.Interval == 0 {
		a.Interval = 10 * time.Minute
		if devnet {
			a.Interval = time.Second
		}
	}
	if a.Confirmations == 0 {
		a.Confirmations = 6
		if devnet {
			a.Confirmations = 1
		}
	}
	if a.DailyFee == 0 {
		a.DailyFee = 100_000
		if devnet {
			a.DailyFee = 100_000_000
		}
	}
	return nil
}

// mostPrice bounds every price, in satoshi: a tenth of a coin.
const mostPrice = 10_000_000

func (c *Config) resolveTill() error {
	t := &c.Till
	if t.Expiry == 0 {
		t.Expiry = 15 * time.Minute
	}
	if t.Expiry < 10*time.Second || t.Expiry > 24*time.Hour {
		return fmt.Errorf("--till-expiry must be from 10s to 24h")
	}
	if t.Confirmations == 0 {
		t.Confirmations = 2
		if c.Network == chain.Devnet {
			t.Confirmations = 1
		}
	}
	if t.Confirmations < 0 || t.Confirmations > 100 {
		return fmt.Errorf("--till-confirmations must be from 1 to 100")
	}
	if t.LeastOnChain == 0 {
		t.LeastOnChain = 1000
	}
	if t.LeastOnChain < 546 || t.LeastOnChain > mostPrice {
		return fmt.Errorf("--till-least-on-chain must be from 546 satoshi, the smallest output nodes relay, to %d", mostPrice)
	}
	return c.Prices.check()
}

// donationName is what a Lightning address may have before the @ (LUD-16).
var donationName = regexp.MustCompile(`^[a-z0-9_.-]{1,64}$`)

func (p Prices) check() error {
	for _, price := range []struct {
		flag string
		sat  int64
	}{{"stamps", p.Stamps}, {"express-least", p.ExpressLeast}, {"ticket", p.Ticket}, {"sponsor-least", p.SponsorLeast}} {
		if price.sat < 0 || price.sat > mostPrice {
			return fmt.Errorf("--prices-%s must be from 0 to %d satoshi", price.flag, mostPrice)
		}
	}
	if p.DonationName != "" && (p.DonationLeast < 1 || p.DonationMost < p.DonationLeast || p.DonationMost > 10*mostPrice) {
		return fmt.Errorf("--prices-donation-least and --prices-donation-most must be from 1 to %d satoshi, in this order", 10*mostPrice)
	}
	if p.DonationName != "" && !donationName.MatchString(p.DonationName) {
		return fmt.Errorf("--prices-donation-name must be up to 64 letters of a–z, digits, or one of these: - _ . (in lower case)")
	}
	if p.FreeStamps < 0 || p.FreeStamps > 1_000_000_000 {
		return fmt.Errorf("--prices-free-stamps must be from 0 to 1000000000 digests a day")
	}
	if p.SponsorMargin < 0 || p.SponsorMargin > 1000 {
		return fmt.Errorf("--prices-sponsor-margin must be from 0 to 1000 percent")
	}
	if p.ExpressMargin < 0 || p.ExpressMargin > 1000 {
		return fmt.Errorf("--prices-express-margin must be from 0 to 1000 percent")
	}
	return nil
}

func (c *Config) checkNode() error {
	n := c.Node
	if n.Remote != "" && (n.Cert == "" || n.Macaroon == "") {
		return fmt.Errorf("--node-remote needs --node-cert and --node-macaroon")
	}
	if n.Remote == "" && n.Backend != "neutrino" {
		if c.Network == chain.Devnet {
			return fmt.Errorf("the devnet is its own chain: --node-backend %s goes with another --network", n.Backend)
		}
		if n.RPCHost == "" || n.RPCUser == "" || n.RPCPassFile == "" {
			return fmt.Errorf("--node-backend %s needs --node-rpc-host, --node-rpc-user and --node-rpc-pass-file", n.Backend)
		}
	}
	if (n.ZMQBlock == "") != (n.ZMQTx == "") {
		return fmt.Errorf("--node-zmq-block and --node-zmq-tx go together")
	}
	if c.Network.Real() && !n.Hot {
		return fmt.Errorf("mainnet costs real money: confirm once with --node-i-understand-hot-wallet")
	}
	return nil
}

// publicURL checks an absolute http(s) URL and returns it without a trailing
// slash: OpenTimestamps clients compare calendar addresses literally.
func publicURL(flag, s string) (string, error) {
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return "", fmt.Errorf("%s %q is not an address such as https://cairn.example", flag, s)
	}
	return strings.TrimRight(s, "/"), nil
}
