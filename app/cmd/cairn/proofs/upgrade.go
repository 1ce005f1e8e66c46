package proofs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cairn/app/cmd/cairn/terminal"
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
		return nil, terminal.UsageError(err.Error())
	}
	return list, nil
}

// UpgradeCmd asks the calendars that proofs are waiting for, and puts their
// answers into them.
type UpgradeCmd struct {
	Paths []string `arg:"" name:"file.ots" help:"Proofs, and folders of proofs."`
	CalendarFlags
	All    bool          `help:"A proof is complete only when every calendar in it has answered, not the first."`
	Wait   bool          `help:"Ask again and again until all is complete, at growing intervals."`
	Every  time.Duration `help:"With --wait: the first interval; it grows to twenty times that." default:"5s"`
	GiveUp time.Duration `help:"With --wait: stop waiting after this long." default:"24h"`
	Silent time.Duration `help:"With --wait: give a calendar up that did not answer for this long." default:"10m"`

	NoBackup bool `help:"Keep no FILE.ots.bak of the proofs before."`
	JSON     bool `help:"Print the result as one JSON object." xor:"form"`
	NDJSON   bool `name:"ndjson" help:"Print a JSON object on a line for each proof, and one for the whole at the end." xor:"form"`
	Quiet    bool `short:"q" help:"Print results and errors only."`
}

// Help tells kong what stands below the flags.
func (UpgradeCmd) Help() string {
	return `A proof is replaced only when something was added to it; the old one stays as FILE.ots.bak. Each calendar is
asked once for each of its commitments, however many proofs wait for the same. Calendars are asked beyond the
first block, so that a proof may stand on several.

With --wait it ends when all is complete, when nobody is left who could complete the rest, after --give-up, or
when the calendars that are left have not answered for --silent. What is complete by then is on the disk.

Exit codes: 0 complete; 1 failed; 2 wrong use; 3 not complete yet; 5 some proofs could not be read or written,
and are named; the rest is done.`
}

// Run implements the command.
func (c *UpgradeCmd) Run(ctx context.Context, out *terminal.Output) error {
	out.Quiet = out.Quiet || c.Quiet
	allowed, err := c.allowed()
	if err != nil {
		return err
	}
	if c.Every <= 0 || c.GiveUp <= 0 || c.Silent <= 0 {
		return terminal.UsageError("--every, --give-up and --silent are longer than nothing")
	}
	found, err := findProofs(ctx, c.Paths)
	if err != nil {
		return err
	}
	u := &upgrade{cmd: c, out: out, desk: newDesk(allowed, client.HTTP(c.Timeout)), found: found}
	if err := u.open(ctx); err != nil {
		return err
	}
	if err := u.run(ctx); err != nil {
		return err
	}
	return u.report()
}

// upgrade is one run of the command. It keeps a few words for each proof and
// reads the proof again when there is news for it: a hundred thousand of them
// need no memory to speak of.
type upgrade struct {
	cmd   *UpgradeCmd
	out   *terminal.Output
	desk  *desk
	found *found
	list  []proofState
	// gaveUp is why waiting ended early; nil if it did not.
	gaveUp error
}

// proofState is what is known of one proof.
type proofState struct {
	path     string
	waiting  []client.Question
	complete bool
	changed  bool
	backup   string
	err      error
}

// open reads every proof once, to learn what it waits for.
func (u *upgrade) open(ctx context.Context) error {
	u.list = make([]proofState, len(u.found.paths))
	for i, path := range u.found.paths {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		s := &u.list[i]
		s.path = path
		f, err := readProof(path)
		if err != nil {
			s.err = err
			continue
		}
		u.look(s, f)
	}
	return nil
}

// look notes what a proof waits for. The strings of equal questions are shared
// among the proofs.
func (u *upgrade) look(s *proofState, f *ots.File) {
	s.waiting = u.desk.shared(client.Questions(f.Timestamp))
	s.complete = f.Timestamp.Complete() && !(u.cmd.All && len(s.waiting) > 0)
}

// followUps is how many times in a row what a calendar answers may send us on
// to another calendar, as pools do.
const followUps = 4

// run asks and writes, once or with --wait until nothing more is to be had.
func (u *upgrade) run(ctx context.Context) error {
	if err := u.round(ctx, u.questions(everyProof)); err != nil {
		return err
	}
	w := newWait(u.cmd, time.Now())
	for u.cmd.Wait && !u.settled() {
		pause, err := w.next(u.out, u.desk, u.questions(incomplete), time.Now())
		if err != nil {
			u.gaveUp = err
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("stopped waiting: %w", ctx.Err())
		case <-time.After(pause):
		}
		if err := u.round(ctx, u.questions(incomplete)); err != nil {
			return err
		}
	}
	return nil
}

// round asks questions, and those that the answers raise, and writes what
// became of them.
func (u *upgrade) round(ctx context.Context, questions []client.Question) error {
	for range followUps {
		u.desk.ask(ctx, questions, time.Now())
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("stopped; what was complete by then is written: %w", err)
		}
		if err := u.apply(ctx); err != nil {
			return err
		}
		if questions = u.desk.unasked(u.questions(incomplete)); len(questions) == 0 {
			return nil
		}
	}
	return nil
}

func everyProof(*proofState) bool   { return true }
func incomplete(s *proofState) bool { return !s.complete }

// settled reports whether every proof that could be read is complete.
func (u *upgrade) settled() bool {
	for i := range u.list {
		if s := &u.list[i]; s.err == nil && !s.complete {
			return false
		}
	}
	return true
}

// questions are what some of the proofs wait for, each once, in the order of
// the proofs.
func (u *upgrade) questions(of func(*proofState) bool) []client.Question {
	seen := map[client.Question]bool{}
	var list []client.Question
	for i := range u.list {
		s := &u.list[i]
		if s.err != nil || !of(s) {
			continue
		}
		for _, q := range s.waiting {
			if !seen[q] {
				seen[q] = true
				list = append(list, q)
			}
		}
	}
	return list
}

// apply puts what is new into the proofs that wait for it, and writes those. A
// proof may learn of further calendars to ask.
func (u *upgrade) apply(ctx context.Context) error {
	var states []*proofState
	for i := range u.list {
		if s := &u.list[i]; s.err == nil && u.desk.hasNews(s.waiting) {
			states = append(states, s)
		}
	}
	if len(states) == 0 {
		return nil
	}
	progress := u.out.Progress("completing", "proofs", int64(len(states)), 0)
	defer progress.End()
	byPath := make(map[string]*proofState, len(states))
	w := newWriter(len(states), func(p *written) { u.wrote(byPath[p.path], p); progress.One() })
	for _, s := range states {
		raw, err := u.complete(s)
		if err != nil || raw == nil {
			s.err = err
			progress.One()
			continue
		}
		byPath[s.path] = s
		next := &written{path: s.path, raw: raw, replace: true, backup: !u.cmd.NoBackup && s.backup == ""}
		if err := w.add(ctx, next); err != nil {
			return err
		}
	}
	return w.flush(ctx)
}

// wrote notes that a changed proof is on the disk, or why not.
func (u *upgrade) wrote(s *proofState, p *written) {
	if s.err = p.err; p.err != nil {
		return
	}
	s.changed = true
	if p.backup {
		s.backup = p.backupName
	}
}

// complete reads a proof again and adds what came for it; nil when that says
// nothing new.
func (u *upgrade) complete(s *proofState) ([]byte, error) {
	f, err := readProof(s.path)
	if err != nil {
		return nil, err
	}
	applied, changed := client.Apply(f.Timestamp, u.desk.answers)
	for _, a := range applied {
		if errors.Is(a.Err, client.ErrAnswer) && errors.Is(a.Err, ots.ErrTooDeep) {
			u.out.Complain("%s: %v", s.path, a.Err)
		}
	}
	u.look(s, f)
	if !changed {
		return nil, nil
	}
	return f.MarshalBinary()
}
