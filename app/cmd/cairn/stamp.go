package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"time"

	"cairn/notary"
	"cairn/notary/client"
	"cairn/notary/ots"
	"cairn/notary/verify"
)

// StampCmd makes .ots proofs. Only digests, hidden by random bytes, leave the
// machine.
type StampCmd struct {
	Files    []string      `arg:"" optional:"" name:"file" help:"Files to stamp; the proof of FILE is FILE.ots."`
	Digest   string        `help:"Stamp a SHA-256 digest (64 hexadecimal digits) instead of a file; the proof is HEX.ots." placeholder:"HEX"`
	Output   string        `short:"o" help:"Name of the proof, when there is only one." placeholder:"FILE.ots"`
	Calendar []string      `short:"c" help:"Calendar to ask (${default}); give it several times for several." default:"http://127.0.0.1:8780" sep:"none" placeholder:"URL"`
	Needed   int           `short:"m" help:"How many calendars must answer; by default 2, or 1 when only one is asked." placeholder:"N"`
	Timeout  time.Duration `help:"How long to wait for a calendar." default:"5s"`
	JSON     bool          `help:"Print the result as JSON."`
}

// Help tells kong what stands below the flags.
func (StampCmd) Help() string {
	return `Exit codes: 0 stamped; 1 failed; 2 wrong use.`
}

// stampJSON is the result as JSON.
type stampJSON struct {
	Proofs    []stampedJSON  `json:"proofs"`
	Calendars []calendarJSON `json:"calendars"`
}

type stampedJSON struct {
	File   string `json:"file,omitempty"`
	SHA256 string `json:"sha256"`
	Proof  string `json:"proof"`
}

// calendarJSON is what became of asking a calendar.
type calendarJSON struct {
	URL   string `json:"url"`
	OK    bool   `json:"ok"`
	Error string `json:"error,omitempty"`
}

// stamping is one digest on its way into one proof.
type stamping struct {
	file, proof string // file is empty for a bare digest
	ots         *ots.File
}

// Run implements the command.
func (c *StampCmd) Run(ctx context.Context, out *Output) error {
	stampings, err := c.prepare()
	if err != nil {
		return err
	}
	calendars, err := calendars(c.Calendar, client.HTTP(c.Timeout))
	if err != nil {
		return err
	}
	files := make([]*ots.File, len(stampings))
	for i, s := range stampings {
		files[i] = s.ots
	}
	answers, err := client.Stamp(ctx, files, calendars, c.needed(), rand.Reader)
	if err != nil {
		if len(answers) > 1 {
			// The error names one calendar only.
			remarkFailures(out, answers)
		}
		if errors.Is(err, client.ErrUnreachable) {
			out.Remark("is a calendar running there? `cairn serve` starts one; -c names another")
		}
		return err
	}
	for _, s := range stampings {
		if err := createProof(s.proof, s.ots); err != nil {
			return fmt.Errorf("the proof was not written: %w", err)
		}
	}
	if c.JSON {
		return out.JSON(c.result(stampings, answers))
	}
	remarkFailures(out, answers)
	for _, s := range stampings {
		out.Say("%s", s.proof)
	}
	out.Remark("stamped; once a block has it, this makes it complete: %s", upgradeHint(stampings[0]))
	return nil
}

// upgradeHint is the command that completes a proof, with the calendars that
// upgrade would not ask by itself.
func upgradeHint(s stamping) string {
	hint := "cairn upgrade --wait"
	allowed, err := CalendarFlags{}.allowed()
	for _, a := range s.ots.Timestamp.All() {
		if a.Tag == ots.TagPending && err == nil && !allowed.Allows(a.URI) {
			hint += " -l " + a.URI
		}
	}
	return hint + " " + s.proof
}

// prepare hashes the files and finds out, before anything is sent, whether the
// proofs can be written.
func (c *StampCmd) prepare() ([]stamping, error) {
	if c.Digest == "" && len(c.Files) == 0 {
		return nil, usageError("name a file, or give --digest")
	}
	count := len(c.Files)
	if c.Digest != "" {
		count++
	}
	if c.Output != "" && count > 1 {
		return nil, usageError("--output names one proof, and there would be several")
	}
	if needed := c.needed(); needed < 1 || needed > len(c.Calendar) {
		return nil, usageError(fmt.Sprintf("-m %d: from 1 to %d, as many as there are calendars", needed, len(c.Calendar)))
	}
	stampings := make([]stamping, 0, count)
	seen := map[string]bool{}
	for _, path := range c.Files {
		f, err := hashFile(path)
		if err != nil {
			return nil, err
		}
		stampings = append(stampings, stamping{file: path, proof: c.proofName(path), ots: f})
	}
	if c.Digest != "" {
		digest, err := notary.ParseDigest(c.Digest)
		if err != nil {
			return nil, usageError("--digest: " + err.Error())
		}
		f, err := ots.NewFile(ots.OpSHA256, digest[:])
		if err != nil {
			return nil, err
		}
		stampings = append(stampings, stamping{proof: c.proofName(digest.String()), ots: f})
	}
	for _, s := range stampings {
		if _, err := os.Lstat(s.proof); !errors.Is(err, fs.ErrNotExist) || seen[s.proof] {
			return nil, fmt.Errorf("%s is there already: remove it, or name another with --output", s.proof)
		}
		seen[s.proof] = true
	}
	return stampings, nil
}

func (c *StampCmd) proofName(of string) string {
	if c.Output != "" {
		return c.Output
	}
	return of + proofExt
}

// needed is -m, or the reference client's 2 when there are as many calendars.
func (c *StampCmd) needed() int {
	if c.Needed != 0 {
		return c.Needed
	}
	return min(2, len(c.Calendar))
}

func (c *StampCmd) result(stampings []stamping, answers []client.Answer) stampJSON {
	result := stampJSON{Calendars: calendarsJSON(answers)}
	for _, s := range stampings {
		result.Proofs = append(result.Proofs, stampedJSON{
			File: s.file, SHA256: hex.EncodeToString(s.ots.Digest()), Proof: s.proof,
		})
	}
	return result
}

// hashFile starts the proof of a file, which is read as a stream.
func hashFile(path string) (*ots.File, error) {
	r, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	digest, err := verify.Digest(&ots.File{Hash: ots.OpSHA256}, r)
	if err != nil {
		return nil, err
	}
	return ots.NewFile(ots.OpSHA256, digest)
}

func calendars(urls []string, h *http.Client) ([]*client.Calendar, error) {
	list := make([]*client.Calendar, len(urls))
	for i, u := range urls {
		calendar, err := client.NewCalendar(u, h)
		if err != nil {
			return nil, usageError(err.Error())
		}
		list[i] = calendar
	}
	return list, nil
}

func calendarsJSON(answers []client.Answer) []calendarJSON {
	list := []calendarJSON{}
	for _, a := range answers {
		entry := calendarJSON{URL: a.Calendar, OK: a.Err == nil}
		if a.Err != nil {
			entry.Error = a.Err.Error()
		}
		list = append(list, entry)
	}
	return list
}

// remarkFailures says which calendars did not help.
func remarkFailures(out *Output, answers []client.Answer) {
	for _, a := range answers {
		if a.Err != nil {
			out.Remark("%v", a.Err)
		}
	}
}
