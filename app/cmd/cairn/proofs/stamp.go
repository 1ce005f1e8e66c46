// Package proofs is the commands of cairn that work with proofs, against Cairn
// or any other OpenTimestamps calendar: stamp, upgrade, verify and info. They
// need no running Cairn and link no node.
package proofs

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"cairn/app/cmd/cairn/terminal"
	"cairn/notary/client"
	"cairn/notary/ots"
)

// StampCmd makes .ots proofs. Only one digest, hidden by random bytes, leaves
// the machine, however many files there are.
type StampCmd struct {
	Paths  []string `arg:"" optional:"" name:"file" help:"Files and folders to stamp; the proof of FILE is FILE.ots."`
	Digest []string `help:"Stamp a SHA-256 digest (64 hexadecimal digits) instead of a file; the proof is HEX.ots. May be repeated." placeholder:"HEX" sep:"none"`
	Sums   string   `help:"Stamp what a list names, as sha256sum, shasum -a 256 or sha256sum --tag write it; - is standard input." placeholder:"LIST"`
	Output string   `short:"o" help:"Folder for the proofs, laid out like the files; or the name of the proof, when there is only one." placeholder:"DIR"`
	Hidden bool     `help:"Stamp hidden files and folders of a folder, too."`
	Force  bool     `help:"Make a new proof where one is already; the old one stays as FILE.ots.bak."`

	Calendar []string      `short:"c" help:"Calendar to ask (${default}); give it several times for several." default:"http://127.0.0.1:8780" sep:"none" placeholder:"URL"`
	Needed   int           `short:"m" help:"How many calendars must answer; by default 2, or 1 when only one is asked." placeholder:"N"`
	Timeout  time.Duration `help:"How long to wait for a calendar." default:"5s"`

	Express bool   `help:"Have the calendar make a transaction of its own for this in the next block, pay for it over Lightning (--pay-with), and wait until the proofs are complete. An interrupt leaves proofs that cairn upgrade completes later."`
	PayWith string `name:"pay-with" help:"Your lnd: lnd:HOST:PORT?cert=FILE&macaroon=FILE, or lnd:FOLDER for its data folder on this machine." placeholder:"LND"`
	MaxFee  int64  `help:"Pay up to so many satoshi, with what the way costs, without asking; 0 asks." placeholder:"SATS"`

	JSON   bool `help:"Print the result as one JSON object." xor:"form"`
	NDJSON bool `name:"ndjson" help:"Print a JSON object on a line for each file, and one for the whole at the end." xor:"form"`
	Quiet  bool `short:"q" help:"Print results and errors only."`

	open OpenWallet
}

// Help tells kong what stands below the flags.
func (StampCmd) Help() string {
	return `A folder is walked in the order of its names. Proofs, and files that have one already, are passed over, so
that a second run goes on where the first was stopped. Links in a folder are not followed, and hidden files
not stamped unless asked for. All files of one run share one tree and one question to each calendar.

Exit codes: 0 stamped, or nothing left to stamp; 1 failed, and nothing was stamped unless proofs are listed;
2 wrong use; 5 some files could not be read or their proofs not written, and are named; the rest is stamped.`
}

// Run implements the command.
func (c *StampCmd) Run(ctx context.Context, out *terminal.Output) error {
	out.Quiet = out.Quiet || c.Quiet
	calendars, err := c.check()
	if err != nil {
		return err
	}
	purse, closePurse, err := c.purse(ctx)
	if err != nil {
		return err
	}
	defer closePurse()
	p, err := c.plan(ctx, out)
	if err != nil {
		return err
	}
	progress := out.Progress("hashing", "files", int64(len(p.items)), p.bytes)
	err = hashAll(ctx, p.items, progress)
	progress.End()
	if err != nil {
		return fmt.Errorf("nothing was stamped: %w", err)
	}
	batch, items, err := p.batch()
	if err != nil {
		return err
	}
	r := &stampReport{cmd: c, out: out, plan: p}
	if batch == nil {
		return r.end(items, nil)
	}
	answers, err := batch.Submit(ctx, calendars, c.needed())
	if err != nil {
		r.complain()
		remarkFailures(out, answers)
		if errors.Is(err, client.ErrUnreachable) {
			out.Remark("is a calendar running there? `cairn serve` starts one; -c names another")
		}
		return fmt.Errorf("nothing was stamped: %w", err)
	}
	tip := batch.Tip()
	r.tip = hex.EncodeToString(tip[:])
	if err := c.write(ctx, out, batch, items); err != nil {
		return fmt.Errorf("not all proofs were written; run it again for the rest: %w", err)
	}
	if c.Express {
		if err := c.hurry(ctx, out, purse, batch, items); err != nil {
			r.complain()
			return fmt.Errorf("the proofs are written, and not complete: %w", err)
		}
		r.complete = true
	}
	return r.end(items, answers)
}

// check refuses what makes no sense, before anything is looked at.
func (c *StampCmd) check() ([]*client.Calendar, error) {
	if len(c.Paths)+len(c.Digest) == 0 && c.Sums == "" {
		return nil, terminal.UsageError("name a file or a folder, or give --digest or --sums")
	}
	if strings.HasSuffix(c.Output, proofExt) && c.into() && !isFolder(c.Output) {
		return nil, terminal.UsageError("--output names one proof, and there would be several")
	}
	if needed := c.needed(); needed < 1 || needed > len(c.Calendar) {
		return nil, terminal.UsageError(fmt.Sprintf("-m %d: from 1 to %d, as many as there are calendars", needed, len(c.Calendar)))
	}
	if err := c.checkExpress(); err != nil {
		return nil, err
	}
	return calendars(c.Calendar, client.HTTP(c.Timeout))
}

// needed is -m, or the reference client's 2 when there are as many calendars.
func (c *StampCmd) needed() int {
	if c.Needed != 0 {
		return c.Needed
	}
	return min(2, len(c.Calendar))
}

// batch puts all that has a digest under one tree, and what has none among the
// failed. It is nil when nothing is left.
func (p *plan) batch() (*client.Batch, []item, error) {
	items := p.items[:0]
	for _, it := range p.items {
		if it.err != nil {
			p.failed = append(p.failed, it)
			continue
		}
		items = append(items, it)
	}
	if len(items) == 0 {
		return nil, nil, nil
	}
	digests := make([][32]byte, len(items))
	for i := range items {
		digests[i] = items[i].digest
	}
	batch, err := client.NewBatch(digests, rand.Reader)
	return batch, items, err
}

// write puts every proof in its place; a proof that could not be written says
// so in its item.
func (c *StampCmd) write(ctx context.Context, out *terminal.Output, batch *client.Batch, items []item) error {
	return c.put(ctx, out, batch, items, true)
}

// rewrite puts better proofs in the place of those just written.
func (c *StampCmd) rewrite(ctx context.Context, out *terminal.Output, batch *client.Batch, items []item) error {
	return c.put(ctx, out, batch, items, false)
}

func (c *StampCmd) put(ctx context.Context, out *terminal.Output, batch *client.Batch, items []item, backup bool) error {
	progress := out.Progress("writing", "proofs", int64(len(items)), 0)
	defer progress.End()
	into := c.into()
	told := 0
	w := newWriter(len(items), func(p *written) {
		items[told].err = p.err
		told++
		progress.One()
	})
	for i := range items {
		next := &written{path: items[i].proof, raw: batch.AppendProof(nil, i), replace: items[i].replace, backup: backup, mkdir: into}
		if err := w.add(ctx, next); err != nil {
			return err
		}
	}
	return w.flush(ctx)
}

func calendars(urls []string, h *http.Client) ([]*client.Calendar, error) {
	list := make([]*client.Calendar, len(urls))
	for i, u := range urls {
		calendar, err := client.NewCalendar(u, h)
		if err != nil {
			return nil, terminal.UsageError(err.Error())
		}
		list[i] = calendar
	}
	return list, nil
}

// upgradeHint is the command that completes proofs, with the calendars that
// upgrade would not ask by itself.
func upgradeHint(answers []client.Answer, paths string) string {
	hint := "cairn upgrade --wait"
	allowed, err := CalendarFlags{}.allowed()
	if err != nil {
		return hint
	}
	for _, answer := range answers {
		if answer.Timestamp == nil {
			continue
		}
		for _, a := range answer.Timestamp.All() {
			if a.Tag == ots.TagPending && !allowed.Allows(a.URI) {
				hint += " -l " + a.URI
			}
		}
	}
	return hint + " " + paths
}
