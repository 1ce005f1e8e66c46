package config

import (
	"strings"
	"testing"
	"time"

	"cairn/chain"

	"github.com/BurntSushi/toml"
	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"
)

// parse runs kong as the command line does, with an optional file.
func parse(t *testing.T, toml string, args ...string) (Config, error) {
	t.Helper()
	var c struct{ Config }
	options := []kong.Option{Vars(), kong.Vars{"data": "/tmp/x"}, kong.DefaultEnvars("CAIRN"), kong.Exit(func(int) {})}
	if toml != "" {
		r, err := TOML(strings.NewReader(toml))
		if err != nil {
			return c.Config, err
		}
		options = append(options, kong.Resolvers(r))
	}
	p, err := kong.New(&c, options...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Parse(args); err != nil {
		return c.Config, err
	}
	return c.Config.Resolve()
}

func TestDefaultsDependOnTheNetwork(t *testing.T) {
	devnet, err := parse(t, "")
	if err != nil {
		t.Fatal(err)
	}
	if devnet.Anchor.Confirmations != 1 || devnet.Anchor.Interval != time.Second || devnet.Database != "sqlite:/tmp/x/cairn.db" {
		t.Errorf("devnet: %+v", devnet)
	}
	signet, err := parse(t, "", "--network", "signet")
	if err != nil {
		t.Fatal(err)
	}
	if signet.Network != chain.Signet || signet.Anchor.Confirmations != 6 || signet.Anchor.Interval != 10*time.Minute || signet.Web.Gallery {
		t.Errorf("signet: %+v", signet)
	}
}

func TestFlagBeatsEnvironmentBeatsFile(t *testing.T) {
	t.Setenv("CAIRN_ANCHOR_DAILY_FEE", "200")
	c, err := parse(t, "upstream = [\"https://a.example\", \"https://b.example\"]\n[anchor]\ndaily-fee = 300\nbump-after = 9\n[web]\nlisten = \"127.0.0.1:1\"", "--web-listen", "127.0.0.1:2")
	if err != nil {
		t.Fatal(err)
	}
	if c.Web.Listen != "127.0.0.1:2" || c.Anchor.DailyFee != 200 || c.Anchor.BumpAfter != 9 {
		t.Errorf("precedence: %+v", c)
	}
	if diff := cmp.Diff([]string{"https://a.example", "https://b.example"}, c.Upstream); diff != "" {
		t.Error(diff)
	}
}

func TestEverySettingIsDocumented(t *testing.T) {
	var c struct{ Config }
	p, err := kong.New(&c, Vars())
	if err != nil {
		t.Fatal(err)
	}
	for _, flag := range p.Model.Flags {
		if flag.Help == "" {
			t.Errorf("--%s has no help", flag.Name)
		}
	}
}

func TestBadSettingsAreNamed(t *testing.T) {
	cases := map[string][]string{
		"--web-listen":                {"--web-listen", "8780"},
		"--web-public-url":            {"--web-public-url", "cairn.example"},
		"--web-trusted-proxies":       {"--web-trusted-proxies", "10.0.0.1"},
		"--upstream":                  {"--upstream", "ftp://x"},
		"--anchor-bump-after":         {"--anchor-bump-after", "0"},
		"--anchor-confirmations":      {"--anchor-confirmations", "101"},
		"--tsa-key and --tsa-chain":   {"--tsa-key", "k.pem"},
		"--node-cert":                 {"--node-remote", "h:1"},
		"--node-rpc-host":             {"--network", "signet", "--node-backend", "bitcoind"},
		"the devnet is its own chain": {"--node-backend", "bitcoind"},
		"--node-zmq-tx":               {"--network", "signet", "--node-zmq-block", "tcp://x"},
		"hot-wallet":                  {"--network", "mainnet"},
	}
	for want, args := range cases {
		if _, err := parse(t, "", args...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: got %v, want a sentence with %q", args, err, want)
		}
	}
	if _, err := parse(t, "web-lisen = \"x:1\""); err == nil || !strings.Contains(err.Error(), "web-lisen") {
		t.Errorf("misspelt key: %v", err)
	}
	if _, err := parse(t, "web-listen = "); err == nil {
		t.Error("broken file accepted")
	}
}

func TestWhatIsShownCanBeReadBack(t *testing.T) {
	c, err := parse(t, "", "--web-listen", "127.0.0.1:9", "--upstream", "https://a.example", "--anchor-interval", "90s", "--database", "postgres://u:secret@h/d")
	if err != nil {
		t.Fatal(err)
	}
	var shown strings.Builder
	if err := toml.NewEncoder(&shown).Encode(c.Settings()); err != nil {
		t.Fatal(err)
	}
	again, err := parse(t, shown.String())
	if err != nil {
		t.Fatalf("%v in\n%s", err, shown.String())
	}
	if diff := cmp.Diff(c, again); diff != "" {
		t.Error(diff)
	}
	if masked := c.Masked(); strings.Contains(masked.Database, "secret") || !strings.Contains(masked.Database, "u:") {
		t.Errorf("masked: %s", masked.Database)
	}
}
