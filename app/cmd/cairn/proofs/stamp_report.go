package proofs

import (
	"encoding/hex"
	"fmt"
	"strings"

	"cairn/app/cmd/cairn/terminal"
	"cairn/notary/client"
)

// stampJSON is the result as JSON; with --ndjson, the last line.
type stampJSON struct {
	// Proofs are the proofs written, in order; with --ndjson each had a line.
	Proofs []stampedJSON `json:"proofs,omitempty"`
	// Failed could not be read or written; with --ndjson each had a line.
	Failed []failedJSON `json:"failed,omitempty"`
	// Tip is the root of the tree over all of them, the only thing that the
	// calendars saw; empty when nothing was stamped.
	Tip       string         `json:"tip,omitempty"`
	Calendars []calendarJSON `json:"calendars"`
	Counts    stampCounts    `json:"counts"`
}

// stampCounts is how many files there were of each kind.
type stampCounts struct {
	Stamped int `json:"stamped"`
	Failed  int `json:"failed"`
	// HaveProof had a proof already; ChangedSince are those of them that are
	// newer than it.
	HaveProof    int `json:"have_proof"`
	ChangedSince int `json:"changed_since"`
	// Passed over in folders.
	Hidden  int `json:"hidden"`
	Links   int `json:"links"`
	Special int `json:"special"`
	Proofs  int `json:"proofs"`
}

type stampedJSON struct {
	File   string `json:"file,omitempty"`
	SHA256 string `json:"sha256"`
	Proof  string `json:"proof"`
}

type failedJSON struct {
	File  string `json:"file"`
	Error string `json:"error"`
}

// calendarJSON is what became of asking a calendar.
type calendarJSON struct {
	URL   string `json:"url"`
	OK    bool   `json:"ok"`
	Error string `json:"error,omitempty"`
}

// stampReport tells what a stamp did.
type stampReport struct {
	cmd  *StampCmd
	out  *terminal.Output
	plan *plan
	tip  string
	// complete: nothing is left for upgrade to do.
	complete bool
}

// end tells the result and makes the exit code.
func (r *stampReport) end(items []item, answers []client.Answer) error {
	stamped := make([]item, 0, len(items))
	for _, it := range items {
		if it.err != nil {
			r.plan.failed = append(r.plan.failed, it)
			continue
		}
		stamped = append(stamped, it)
	}
	var err error
	switch {
	case r.cmd.JSON:
		result := r.summary(len(stamped), answers)
		for _, it := range stamped {
			result.Proofs = append(result.Proofs, it.json())
		}
		for _, it := range r.plan.failed {
			result.Failed = append(result.Failed, it.failure())
		}
		err = r.out.JSON(result)
	case r.cmd.NDJSON:
		err = r.lines(stamped, answers)
	default:
		r.say(stamped, answers)
	}
	switch {
	case err != nil:
		return err
	case len(r.plan.failed) > 0 && len(stamped)+r.plan.skipped > 0:
		return terminal.SilentExit(terminal.ExitPartly)
	case len(r.plan.failed) > 0:
		return terminal.SilentExit(terminal.ExitFail)
	case len(stamped)+r.plan.skipped+r.plan.proofs == 0:
		return fmt.Errorf("there is nothing to stamp")
	}
	return nil
}

func (r *stampReport) summary(stamped int, answers []client.Answer) stampJSON {
	p := r.plan
	return stampJSON{Tip: r.tip, Calendars: calendarsJSON(answers), Counts: stampCounts{
		Stamped: stamped, Failed: len(p.failed), HaveProof: p.skipped, ChangedSince: p.newer,
		Hidden: p.hidden, Links: p.links, Special: p.special, Proofs: p.proofs,
	}}
}

func (r *stampReport) lines(stamped []item, answers []client.Answer) error {
	for _, it := range stamped {
		if err := r.out.Line(it.json()); err != nil {
			return err
		}
	}
	for _, it := range r.plan.failed {
		if err := r.out.Line(it.failure()); err != nil {
			return err
		}
	}
	return r.out.Line(r.summary(len(stamped), answers))
}

func (it item) json() stampedJSON {
	return stampedJSON{File: it.name, SHA256: hex.EncodeToString(it.digest[:]), Proof: it.proof}
}

func (it item) failure() failedJSON {
	name := it.name
	if name == "" {
		name = it.proof
	}
	return failedJSON{File: name, Error: it.err.Error()}
}

// complain names what failed.
func (r *stampReport) complain() {
	for _, it := range r.plan.failed {
		r.out.Complain("%s", it.failure().text())
	}
}

// say tells a person: each proof of what was named, or how many there are of
// a folder or a list.
func (r *stampReport) say(stamped []item, answers []client.Answer) {
	r.complain()
	remarkFailures(r.out, answers)
	p := r.plan
	if p.many {
		r.out.Say("%s stamped%s", count(len(stamped), "file"), r.others())
	} else {
		for _, it := range stamped {
			r.out.Say("%s", it.proof)
		}
		if p.skipped > 0 {
			r.out.Remark("%s had a proof already (--force makes another)", count(p.skipped, "file"))
		}
	}
	if p.proofs > 0 && !p.many {
		r.out.Remark("%s not stamped: the name says that it is a proof already", count(p.proofs, "file"))
	}
	if p.newer > 0 {
		r.out.Remark("%s changed since the proof was made: `cairn verify` tells whether in content", count(p.newer, "file"))
	}
	if len(stamped) > 0 && !r.complete {
		r.out.Remark("once a block has it, this makes it complete: %s", upgradeHint(answers, r.where(stamped)))
	}
}

// others is what else was met in a folder, as the end of a sentence.
func (r *stampReport) others() string {
	p := r.plan
	var parts []string
	for _, part := range []struct {
		n    int
		text string
	}{
		{len(p.failed), "failed"}, {p.skipped, "had a proof already"},
		{p.hidden, "hidden, passed over"}, {p.links, "links, passed over"}, {p.special, "not ordinary files, passed over"},
	} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", part.n, part.text))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "; " + strings.Join(parts, "; ")
}

// where is what upgrade should be given.
func (r *stampReport) where(stamped []item) string {
	switch {
	case len(stamped) == 1:
		return stamped[0].proof
	case r.cmd.into():
		return r.cmd.Output
	case len(r.cmd.Paths) > 0 && r.plan.many:
		return strings.Join(r.cmd.Paths, " ")
	}
	return "FILE.ots…"
}

// count writes "1 file", "2 files".
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
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
func remarkFailures(out *terminal.Output, answers []client.Answer) {
	for _, a := range answers {
		if a.Err != nil {
			out.Remark("%v", a.Err)
		}
	}
}
