// Package publiclog is the commands on a calendar's public log: check it, and
// keep a copy.
package publiclog

import (
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"time"

	"cairn/app/cmd/cairn/terminal"
	"cairn/chain"
	"cairn/notary/client"
	"cairn/notary/tlog/audit"
	"cairn/notary/verify"
)

// Cmd is `cairn log`.
type Cmd struct {
	Verify  VerifyCmd  `cmd:"" help:"Check that a calendar's public log dropped, reordered and back-dated nothing."`
	Mirror  MirrorCmd  `cmd:"" help:"Make or update a copy of a public log that can be checked by itself."`
	Receipt ReceiptCmd `cmd:"" help:"Get the signed receipt of a .ots proof."`
}

// Flags are those of both commands.
type Flags struct {
	Key  string `help:"The log's public key, as its page shows it, to accept no other." placeholder:"VKEY"`
	Full bool   `help:"Read everything again, also what was checked before."`

	Headers string `help:"Take block headers from a file, and ask no server: lines \"height header\" or headers alone in hexadecimal, or raw headers of 80 bytes." placeholder:"FILE" xor:"headers"`
	Esplora string `help:"Any server of the Esplora kind to take block headers from, by the address before /block-height; by default the log's own site." placeholder:"URL" xor:"headers"`
	Network string `help:"Refuse headers with less work than the easiest block of a network: mainnet, testnet4, signet or devnet." enum:"mainnet,testnet4,signet,devnet" default:"devnet"`

	Parallel int           `help:"How many requests are made at a time." default:"8"`
	Timeout  time.Duration `help:"How long to wait for an answer." default:"15s"`
	JSON     bool          `help:"Print the result as JSON."`
}

// trusted is where block headers come from, and whom that means to believe.
type trusted struct {
	verify.Headers
	from string
}

// config is the audit of a place, without what one command alone has; headers
// is nil when there are none to be had.
func (f *Flags) config(place string) (audit.Config, *trusted, error) {
	if f.Parallel < 1 || f.Parallel > 64 {
		return audit.Config{}, nil, terminal.UsageError("--parallel: from 1 to 64")
	}
	cfg := audit.Config{Key: f.Key, Full: f.Full, Parallel: f.Parallel, Now: time.Now}
	site := ""
	if info, err := os.Stat(place); err == nil && info.IsDir() {
		cfg.Source = audit.Folder(place)
	} else {
		server, err := audit.NewServer(place, f.Timeout, f.Parallel)
		if err != nil {
			return audit.Config{}, nil, terminal.UsageError(err.Error())
		}
		cfg.Source, site = server, server.Site()
	}
	headers, err := f.headers(place, site)
	if err != nil {
		return audit.Config{}, nil, err
	}
	if headers != nil {
		cfg.Headers = headers
	}
	return cfg, headers, nil
}

// headers chooses where headers come from: what the flags say, else the log's
// site, else the file in the copy; nil when it has none.
func (f *Flags) headers(place, site string) (*trusted, error) {
	params, err := chain.Network(f.Network).Params()
	if err != nil {
		return nil, terminal.UsageError(err.Error())
	}
	switch {
	case f.Headers != "":
		return headersOf(f.Headers, params.PowLimit, "the file "+f.Headers)
	case f.Esplora != "":
		return headersAt(f.Esplora, f.Timeout, params.PowLimit, "the server "+f.Esplora)
	case site != "":
		return headersAt(site+"/esplora", f.Timeout, params.PowLimit, "the log's own site, which must be believed to know the best chain")
	}
	name := filepath.Join(place, audit.HeadersFile)
	headers, err := headersOf(name, params.PowLimit, "the copy itself, as the log's site gave them when it was made")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return headers, err
}

func headersAt(address string, timeout time.Duration, limit *big.Int, from string) (*trusted, error) {
	server, err := client.NewEsplora(strings.TrimRight(address, "/"), client.HTTP(timeout), limit)
	if err != nil {
		return nil, terminal.UsageError(err.Error())
	}
	return &trusted{server, from}, nil
}

func headersOf(name string, limit *big.Int, from string) (*trusted, error) {
	r, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	file, err := verify.ReadHeaders(r, limit)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &trusted{file, from}, nil
}

// watch tells how far an audit is.
func watch(out *terminal.Output, cfg *audit.Config) (end func()) {
	var bar *terminal.Progress
	cfg.Progress = func(_, of int64) {
		if bar == nil {
			bar = out.Progress("checking", "pieces", of, 0)
		}
		bar.One()
	}
	return func() {
		if bar != nil {
			bar.End()
		}
	}
}

// judge turns an audit's error into an exit: refuted, or undecided.
func judge(out *terminal.Output, asJSON bool, err error) error {
	var named *audit.Error
	if !errors.As(err, &named) {
		return err
	}
	code := terminal.ExitFail
	if named.Kind.Undecided() {
		code = terminal.ExitUndecided
	}
	if asJSON {
		if err := out.JSON(refutedJSON{Proven: false, Undecided: named.Kind.Undecided(), Kind: string(named.Kind), Error: err.Error()}); err != nil {
			return err
		}
		return terminal.SilentExit(code)
	}
	switch {
	case named.Kind.Undecided():
		out.Say("It could not be checked: %v.", err)
	case named.Kind == audit.ErrNoReceipt:
		out.Say("The receipt is worth nothing, whatever the log is: %v.", err)
	default:
		out.Say("The log cannot be trusted: %v.", err)
		out.Remark("what it has signed is evidence: keep the state, the receipts, and a copy of what it shows now")
	}
	return terminal.SilentExit(code)
}
