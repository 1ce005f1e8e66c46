package doctor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cairn/app/config"
	"cairn/app/control"
	"cairn/app/db"
	"cairn/chain"
	"cairn/migrations"
)

func lookAtDatabase(ctx context.Context, c config.Config) (Verdict, string) {
	if existing(c.Data) != c.Data && c.DatabaseInData() {
		return Warn, "not made yet"
	}
	d, err := db.Open(ctx, c.Database)
	if err != nil {
		return Fail, err.Error()
	}
	defer d.Close()
	have, err := d.Version(ctx)
	if err != nil {
		return Fail, err.Error()
	}
	newest, err := migrations.Newest(string(d.Dialect()))
	if err != nil {
		return Fail, err.Error()
	}
	says := fmt.Sprintf("%s, schema %d", d.Dialect(), have)
	if have != newest {
		return Warn, fmt.Sprintf("%s; this program brings it to %d at the next start", says, newest)
	}
	return OK, says
}

// ask is the running process's view of itself.
func ask(ctx context.Context, c config.Config) (control.Status, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return control.Dial(c.Data).Status(ctx)
}

func lookAtRunning(ctx context.Context, c config.Config) (Verdict, string) {
	s, err := ask(ctx, c)
	switch {
	case errors.Is(err, control.ErrNotRunning):
		return Warn, "no Cairn runs on this data folder"
	case err != nil:
		return Fail, fmt.Sprintf("a Cairn holds the data folder but does not answer: %v", err)
	case s.Paused != "":
		return Warn, fmt.Sprintf("%s at %s, process %d; %s (%d commitments wait)", s.Version, s.URL, s.PID, s.Paused, s.Pending)
	}
	return OK, fmt.Sprintf("%s at %s, process %d, %d commitments wait", s.Version, s.URL, s.PID, s.Pending)
}

func lookAtNode(ctx context.Context, c config.Config) (Verdict, string) {
	s, err := ask(ctx, c)
	if err != nil {
		return Warn, "not looked at: nothing runs"
	}
	e := s.Engine
	switch e.Phase {
	case chain.EngineReady:
		return OK, fmt.Sprintf("lnd %s, height %d, restarted %d times", e.Version, e.Height, e.Restarts)
	case chain.EngineDown, chain.EngineRefused:
		return Fail, e.Reason
	}
	return Warn, fmt.Sprintf("%s since %s", e.Phase, e.Since.Format(time.TimeOnly))
}

// staleTip is how old the newest block of a public network may be.
const staleTip = 2 * time.Hour

func lookAtTip(ctx context.Context, c config.Config) (Verdict, string) {
	s, err := ask(ctx, c)
	if err != nil {
		return Warn, "not looked at: nothing runs"
	}
	age := time.Since(s.TipTime).Round(time.Second)
	says := fmt.Sprintf("block %d, %s old", s.TipHeight, age)
	if c.Network != chain.Devnet && age > staleTip {
		return Warn, says + ": is the node connected?"
	}
	return OK, says
}

func lookAtClock(ctx context.Context, c config.Config) (Verdict, string) {
	s, err := ask(ctx, c)
	if err != nil {
		return Warn, "not looked at: it is compared with the newest block"
	}
	if ahead := time.Until(s.TipTime); ahead > staleTip {
		return Fail, fmt.Sprintf("the newest block is %s ahead of this machine's clock: set the clock", ahead.Round(time.Minute))
	}
	return OK, time.Now().UTC().Format(time.RFC3339)
}
