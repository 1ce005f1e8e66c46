package main

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"cairn/app/cmd/cairn/buy"
	"cairn/app/cmd/cairn/terminal"
	"cairn/chain/node"
	"cairn/channels/amount"
	"cairn/channels/invoice"
	"cairn/channels/lightning"
	"cairn/channels/ln"
)

// macaroonEnv names the macaroon's file where the command line should not.
const macaroonEnv = "CAIRN_LND_MACAROON"

// lndPort is where lnd listens unless told otherwise.
const lndPort = "10009"

// openLnd reaches the lnd that an address names: lnd:HOST:PORT?cert=FILE&
// macaroon=FILE, or lnd:FOLDER for one on this machine.
func openLnd(ctx context.Context, address string) (buy.Wallet, func(), error) {
	remote, err := parseLnd(address)
	if err != nil {
		return nil, nil, err
	}
	conn, err := node.Dial(remote)
	if err != nil {
		return nil, nil, err
	}
	network, err := lightning.NetworkOf(ctx, conn)
	if err == nil {
		var own *lightning.Node
		if own, err = lightning.New(lightning.Config{Conn: conn, Network: network}); err == nil {
			return lnd{own}, func() { conn.Close() }, nil
		}
	}
	conn.Close()
	return nil, nil, fmt.Errorf("--pay-with: %w", err)
}

// parseLnd reads --pay-with.
func parseLnd(address string) (node.RemoteConfig, error) {
	rest, ok := strings.CutPrefix(address, "lnd:")
	if !ok || rest == "" {
		return node.RemoteConfig{}, terminal.UsageError("--pay-with is lnd:HOST:PORT?cert=FILE&macaroon=FILE, or lnd:FOLDER")
	}
	where, query, _ := strings.Cut(rest, "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		return node.RemoteConfig{}, terminal.UsageError("--pay-with: what stands after the ? cannot be read")
	}
	remote := node.RemoteConfig{TLSCert: values.Get("cert"), Macaroon: values.Get("macaroon")}
	if remote.Macaroon == "" {
		remote.Macaroon = os.Getenv(macaroonEnv)
	}
	if info, err := os.Stat(where); err == nil && info.IsDir() {
		remote.Host = net.JoinHostPort("localhost", lndPort)
		if host := values.Get("host"); host != "" {
			remote.Host = host
		}
		if remote.TLSCert == "" {
			remote.TLSCert = filepath.Join(where, "tls.cert")
		}
		if remote.Macaroon == "" {
			if remote.Macaroon, err = onlyMacaroon(where); err != nil {
				return node.RemoteConfig{}, err
			}
		}
		return remote, nil
	}
	if _, _, err := net.SplitHostPort(where); err != nil {
		return node.RemoteConfig{}, terminal.UsageError(fmt.Sprintf("--pay-with: %q is neither a folder nor HOST:PORT", where))
	}
	if remote.TLSCert == "" || remote.Macaroon == "" {
		return node.RemoteConfig{}, terminal.UsageError("--pay-with: name the files with ?cert=FILE&macaroon=FILE (or the macaroon's in " + macaroonEnv + ")")
	}
	remote.Host = where
	return remote, nil
}

// onlyMacaroon finds the macaroon in lnd's data folder, of whichever network it
// serves.
func onlyMacaroon(folder string) (string, error) {
	found, err := filepath.Glob(filepath.Join(folder, "data", "chain", "bitcoin", "*", "admin.macaroon"))
	if err != nil || len(found) != 1 {
		return "", terminal.UsageError(fmt.Sprintf("--pay-with: there are %d macaroons below %s: name one with ?macaroon=FILE", len(found), folder))
	}
	return found[0], nil
}

// lnd pays for the user.
type lnd struct{ *lightning.Node }

// Price implements buy.Wallet.
func (l lnd) Price(bolt11 string) (amount.MilliSatoshi, invoice.Hash, error) {
	in, err := l.Decode(bolt11)
	return in.Amount, in.Hash, err
}

// Pay implements buy.Wallet.
func (l lnd) Pay(ctx context.Context, bolt11 string, routing amount.MilliSatoshi) (buy.Paid, error) {
	p, err := l.Node.Pay(ctx, ln.Order{Invoice: bolt11, FeeLimit: routing})
	return buy.Paid{Preimage: p.Preimage, Routing: p.Fee}, err
}

// Track implements buy.Wallet.
func (l lnd) Track(ctx context.Context, hash invoice.Hash) (buy.Paid, error) {
	p, err := l.Node.Track(ctx, hash)
	return buy.Paid{Preimage: p.Preimage, Routing: p.Fee}, err
}
