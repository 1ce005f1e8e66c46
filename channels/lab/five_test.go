package lab

import (
	"testing"
	"time"

	"cairn/channels/lab/line"
)

// openFive builds the line.
func openFive(t testing.TB, cfg FiveConfig) *Five {
	t.Helper()
	f, err := NewFive(cfg)
	must(t, err)
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	began := time.Now()
	must(t, f.Build(deadline(t, 3*time.Minute)))
	t.Logf("built in %v", time.Since(began).Round(10*time.Millisecond))
	return f
}

func TestFive(t *testing.T) {
	f := openFive(t, FiveConfig{Config: testConfig(t)})
	ctx := deadline(t, 3*time.Minute)
	began := time.Now()
	must(t, f.Pay(ctx))
	must(t, f.Take(ctx))
	t.Logf("paid and counted in %v, under way %v", time.Since(began), f.State().Took)
	if s := f.State(); !s.Matches() || !s.Counted {
		t.Errorf("the balances are %+v, not the chapter's", s.Channels)
	}
	frames, _ := f.Frames(0)
	for _, fr := range frames {
		t.Logf("%3d %8v %-9s %-6s hop %d amount %d height %d", fr.Seq, fr.Event.At.Round(time.Millisecond), fr.Event.Kind, fr.Event.Who, fr.Event.Hop, fr.Event.Amount, fr.Event.Height)
	}
	_ = line.Alice
}
