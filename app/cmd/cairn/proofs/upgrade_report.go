package proofs

import (
	"errors"
	"fmt"
	"strings"

	"cairn/app/cmd/cairn/terminal"
)

// upgradeJSON is the result as JSON; with --ndjson, the last line.
type upgradeJSON struct {
	// Proofs are in the order of names; with --ndjson each had a line.
	Proofs []upgradedJSON `json:"proofs,omitempty"`
	Failed []failedJSON   `json:"failed,omitempty"`
	// Complete: all proofs that could be read are.
	Complete bool `json:"complete"`
	// GaveUp is why --wait ended before that.
	GaveUp    string         `json:"gave_up,omitempty"`
	Calendars []calendarJSON `json:"calendars"`
	Counts    upgradeCounts  `json:"counts"`
}

type upgradeCounts struct {
	Complete int `json:"complete"`
	Pending  int `json:"pending"`
	Changed  int `json:"changed"`
	Failed   int `json:"failed"`
}

type upgradedJSON struct {
	Proof    string `json:"proof"`
	Complete bool   `json:"complete"`
	Changed  bool   `json:"changed"`
	Backup   string `json:"backup,omitempty"`
}

// report tells the result and makes the exit code.
func (u *upgrade) report() error {
	result := u.result()
	var err error
	switch {
	case u.cmd.JSON:
		err = u.out.JSON(result)
	case u.cmd.NDJSON:
		err = u.lines(result)
	default:
		u.say(result)
	}
	n := result.Counts
	switch {
	case err != nil:
		return err
	case errors.Is(u.gaveUp, errSilent):
		return u.gaveUp
	case n.Failed > 0 && n.Complete+n.Pending == 0:
		return terminal.SilentExit(terminal.ExitFail)
	case n.Failed > 0:
		return terminal.SilentExit(terminal.ExitPartly)
	case n.Pending > 0:
		return terminal.SilentExit(terminal.ExitPending)
	}
	return nil
}

func (u *upgrade) result() upgradeJSON {
	r := upgradeJSON{Calendars: calendarsJSON(u.desk.results()), Failed: u.found.failed}
	for i := range u.list {
		s := &u.list[i]
		if s.err != nil {
			r.Failed = append(r.Failed, failedJSON{File: s.path, Error: s.err.Error()})
			continue
		}
		r.Proofs = append(r.Proofs, upgradedJSON{Proof: s.path, Complete: s.complete, Changed: s.changed, Backup: s.backup})
		if s.changed {
			r.Counts.Changed++
		}
		if s.complete {
			r.Counts.Complete++
		} else {
			r.Counts.Pending++
		}
	}
	r.Counts.Failed = len(r.Failed)
	r.Complete = r.Counts.Pending == 0
	if u.gaveUp != nil {
		r.GaveUp = u.gaveUp.Error()
	}
	return r
}

func (u *upgrade) lines(r upgradeJSON) error {
	for _, p := range r.Proofs {
		if err := u.out.Line(p); err != nil {
			return err
		}
	}
	for _, f := range r.Failed {
		if err := u.out.Line(f); err != nil {
			return err
		}
	}
	r.Proofs, r.Failed = nil, nil
	return u.out.Line(r)
}

func (u *upgrade) say(r upgradeJSON) {
	u.desk.remarkFailures(u.out)
	for _, f := range r.Failed {
		u.out.Complain("%s", f.text())
	}
	if u.gaveUp != nil && !errors.Is(u.gaveUp, errSilent) {
		u.out.Complain("%v", u.gaveUp)
	}
	if u.found.many {
		n := r.Counts
		line := fmt.Sprintf("%s complete, %d pending", count(n.Complete, "proof"), n.Pending)
		if n.Changed > 0 {
			line += fmt.Sprintf("; %d changed", n.Changed)
		}
		if n.Failed > 0 {
			line += fmt.Sprintf("; %d failed", n.Failed)
		}
		u.out.Say("%s", line)
		return
	}
	for i := range u.list {
		if u.list[i].err == nil {
			u.out.Say("%s", u.list[i].sentence())
		}
	}
}

// text names what failed, once: errors of the file system have the name.
func (f failedJSON) text() string {
	if strings.Contains(f.Error, f.File) {
		return f.Error
	}
	return f.File + ": " + f.Error
}

// sentence is what became of a proof.
func (s *proofState) sentence() string {
	old := ""
	if s.backup != "" {
		old = "; the one before is " + s.backup
	}
	switch {
	case s.complete && s.changed:
		return s.path + " is complete now" + old
	case s.complete:
		return s.path + " is complete"
	case s.changed:
		return s.path + " says more now, but is not complete yet" + old
	case len(s.waiting) == 0:
		return s.path + " is not complete, and names no calendar that could complete it"
	}
	return s.path + " is not complete yet"
}
