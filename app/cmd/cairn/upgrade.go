package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"cairn/notary/client"
	"cairn/notary/ots"
)

// CalendarFlags say which calendars a proof may send us to.
type CalendarFlags struct {
	Whitelist []string      `short:"l" help:"Calendar that a proof may name besides the public ones and this machine's; * in the host stands for anything." sep:"none" placeholder:"URL"`
	Timeout   time.Duration `help:"How long to wait for a server." default:"5s"`
}

// allowed is the list of those calendars: the reference client's, a Cairn on
// this machine, and what the user adds.
func (c CalendarFlags) allowed() (client.Whitelist, error) {
	list, err := client.PublicCalendars.With(append([]string{defaultServer, "http://localhost:8780"}, c.Whitelist...)...)
	if err != nil {
		return nil, usageError(err.Error())
	}
	return list, nil
}

// UpgradeCmd asks the calendars that a proof is waiting for, and puts their
// answers into it.
type UpgradeCmd struct {
	Proof string `arg:"" name:"file.ots" help:"The proof."`
	CalendarFlags
	Wait  bool          `help:"Ask again and again until the proof is complete."`
	Every time.Duration `help:"How long to wait between two questions." default:"5s"`
	JSON  bool          `help:"Print the result as JSON."`
}

// Help tells kong what stands below the flags.
func (UpgradeCmd) Help() string {
	return `The proof is replaced only when something was added to it; the old one stays as FILE.ots.bak.

Exit codes: 0 complete; 1 failed; 2 wrong use; 3 not complete yet.`
}

// upgradeJSON is the result as JSON.
type upgradeJSON struct {
	Proof     string         `json:"proof"`
	Complete  bool           `json:"complete"`
	Changed   bool           `json:"changed"`
	Backup    string         `json:"backup,omitempty"`
	Calendars []calendarJSON `json:"calendars"`
}

// Run implements the command.
func (c *UpgradeCmd) Run(ctx context.Context, out *Output) error {
	f, err := readProof(c.Proof)
	if err != nil {
		return err
	}
	allowed, err := c.allowed()
	if err != nil {
		return err
	}
	answers, changed, err := c.ask(ctx, f.Timestamp, allowed)
	if err != nil {
		return err
	}
	result := upgradeJSON{Proof: c.Proof, Changed: changed, Complete: f.Timestamp.Complete(), Calendars: calendarsJSON(answers)}
	if changed {
		if result.Backup, err = replaceProof(c.Proof, f); err != nil {
			return err
		}
	}
	if c.JSON {
		if err := out.JSON(result); err != nil {
			return err
		}
	} else {
		remarkFailures(out, answers)
		c.say(out, result)
	}
	if !result.Complete {
		return silentExit(exitPending)
	}
	return nil
}

// ask asks the calendars once, or with --wait until the proof is complete or
// nobody is left who could make it so.
func (c *UpgradeCmd) ask(ctx context.Context, t *ots.Timestamp, allowed client.Whitelist) (answers []client.Answer, changed bool, err error) {
	h := client.HTTP(c.Timeout)
	for {
		var news bool
		answers, news = client.Upgrade(ctx, t, allowed, h)
		if err := ctx.Err(); err != nil {
			return nil, false, err
		}
		changed = changed || news
		if !c.Wait || t.Complete() || !slices.ContainsFunc(answers, worthWaiting) {
			return answers, changed, nil
		}
		select {
		case <-ctx.Done():
			return nil, false, ctx.Err()
		case <-time.After(c.Every):
		}
	}
}

// worthWaiting tells whether a calendar may know more later.
func worthWaiting(a client.Answer) bool {
	return errors.Is(a.Err, client.ErrPending) || errors.Is(a.Err, client.ErrUnreachable)
}

func (c *UpgradeCmd) say(out *Output, result upgradeJSON) {
	switch {
	case result.Complete && result.Changed:
		out.Say("%s is complete now; the pending one is %s", c.Proof, result.Backup)
	case result.Complete:
		out.Say("%s is complete", c.Proof)
	case result.Changed:
		out.Say("%s says more now, but no block has it yet; the old one is %s", c.Proof, result.Backup)
	case len(result.Calendars) == 0:
		out.Say("%s is not complete, and names no calendar that could complete it", c.Proof)
	default:
		out.Say("%s is not complete yet", c.Proof)
	}
}
