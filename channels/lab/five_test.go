package lab

import (
	"bytes"
	"encoding/hex"
	"os"
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
		if t.Failed() {
			logFilm(t, f)
		}
		if err := f.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	began := time.Now()
	must(t, f.Build(deadline(t, 3*time.Minute)))
	t.Logf("built in %v", time.Since(began).Round(10*time.Millisecond))
	return f
}

func logFilm(t testing.TB, f *Five) {
	frames, _ := f.Frames(0)
	for _, fr := range frames {
		e := fr.Event
		t.Logf("%4d %8v %-9s %-6s hop %d amount %d height %d", fr.Seq, e.At.Round(time.Millisecond), e.Kind, e.Who, e.Hop, e.Amount, e.Height)
	}
}

// The chapter's line, from the payment that goes well to the one that comes
// back by the chain: one line of nodes for all, as they take longest to build.
func TestFive(t *testing.T) {
	t.Parallel() // with TestPair: nodes mostly wait
	cfg := testConfig(t)
	// What a switch says of payments; the rest of a trace is gossip, in which
	// everybody's key appears.
	cfg.LogLevel = "info,HSWC=trace,DISC=off,GRPH=off,CRTR=off,SRVR=off,PEER=off,RPCS=off,NANN=off"
	f := openFive(t, FiveConfig{Config: cfg})
	ok := t.Run("one bitcoin from Alice to Eric", func(t *testing.T) { payOnce(t, f) }) &&
		t.Run("each hop sees its neighbours only", func(t *testing.T) { neighbours(t, f) }) &&
		t.Run("and back, so that the line is as it was", func(t *testing.T) { payBack(t, f) }) &&
		t.Run("Carol is killed and comes back in time", func(t *testing.T) { cutAndMend(t, f) })
	if !ok {
		return
	}
	t.Run("Carol is killed and time runs out", func(t *testing.T) { cutAndRunOut(t, f) })
}

func payOnce(t *testing.T, f *Five) {
	ctx := deadline(t, 2*time.Minute)
	began, height, waiting := time.Now(), f.height(), len(f.lab.chain.Mempool())
	must(t, f.Pay(ctx))
	if s := f.State(); s.Phase != line.Waiting || s.Channels[0].Flight != 100_300_000 || s.Channels[3].Flight != 100_000_000 {
		t.Errorf("held: %+v", s)
	}
	must(t, f.Take(ctx))
	s := f.State()
	t.Logf("paid and counted in %v, under way %v", time.Since(began), s.Took)
	if !s.Matches() || !s.Counted || !s.Paid {
		t.Errorf("the balances are %+v, not the chapter's", s.Channels)
	}
	// The nodes' own books say so too, on both sides.
	for hop := range line.Hops {
		left, right := line.Chapter(hop)
		if b, err := f.balance(ctx, hop); err != nil || b != (line.Balance{Left: left, Right: right}) {
			t.Errorf("channel %d: %+v, %v; want %d and %d", hop, b, err, left, right)
		}
	}
	// Nothing of it is on the chain: no block, no transaction, and the four
	// funding outputs are where they were.
	if f.height() != height || len(f.lab.chain.Mempool()) != waiting {
		t.Errorf("the chain went from %d to %d, with %d transactions waiting", height, f.height(), len(f.lab.chain.Mempool()))
	}
	for hop, point := range f.points {
		out, err := f.lab.chain.Unspent(point)
		if err != nil || out == nil || out.Value != int64(line.Capacity) {
			t.Errorf("funding output of channel %d: %+v, %v", hop, out, err)
		}
	}
	if err := f.Take(ctx); err == nil {
		t.Error("what is settled cannot be taken again")
	}
}

// neighbours checks what each node in between was shown and wrote down.
func neighbours(t *testing.T, f *Five) {
	for _, w := range []line.Who{line.Bob, line.Carol, line.Diana} {
		views := f.Views(w)
		if len(views) != 1 {
			t.Fatalf("%s was asked %d times", w, len(views))
		}
		v := views[0]
		if v.In != f.ids[w-1] || v.Out != f.ids[w] || v.Incoming != line.Carried(int(w)-1) || v.Outgoing != line.Carried(int(w)) {
			t.Errorf("%s saw %+v", w, v)
		}
		if v.InUntil-v.OutUntil != hopBlocks || len(v.Onion) != 1366 {
			t.Errorf("%s: %d blocks of margin, an onion of %d bytes", w, v.InUntil-v.OutUntil, len(v.Onion))
		}
		log, err := os.ReadFile(f.parties[w].LogFile())
		must(t, err)
		if !bytes.Contains(log, []byte(hex.EncodeToString(v.Hash))) {
			t.Errorf("%s's log does not know the payment, so what it leaves out says nothing", w)
		}
		for _, other := range line.All() {
			if other >= w-1 && other <= w+1 {
				continue
			}
			key := f.parties[other].Key()
			raw, err := hex.DecodeString(key)
			must(t, err)
			if bytes.Contains(log, []byte(key)) || bytes.Contains(v.Onion, raw) {
				t.Errorf("%s's records of the payment name %s", w, other)
			}
		}
		// The onions differ at each hop, though they are one payment's.
		if w > line.Bob && bytes.Equal(v.Onion, f.Views(w - 1)[0].Onion) {
			t.Errorf("%s and %s passed on the same onion", w-1, w)
		}
	}
}

// payBack has everybody return to his neighbour what he got.
func payBack(t *testing.T, f *Five) {
	ctx := deadline(t, 2*time.Minute)
	for hop := range line.Hops {
		r, err := f.Transfer(ctx, line.Who(hop+1), line.Who(hop), line.Carried(hop))
		if err != nil || r.Fee != 0 {
			t.Fatalf("back over channel %d: %+v, %v", hop, r, err)
		}
	}
	for hop, c := range f.State().Channels {
		if c.Left != line.Each || c.Right != line.Each {
			t.Errorf("channel %d: %+v", hop, c)
		}
	}
}

func cutAndMend(t *testing.T, f *Five) {
	ctx := deadline(t, 2*time.Minute)
	must(t, f.Pay(ctx))
	must(t, f.Cut(line.Carol))
	if s := f.State(); s.Phase != line.Cut || s.Up[line.Carol] || f.parties[line.Carol].PID() != 0 {
		t.Fatalf("cut: %+v", s)
	}
	if err := f.Take(ctx); err == nil {
		t.Error("taken while Carol is gone")
	}
	must(t, f.Mend(ctx))
	must(t, f.Take(ctx))
	if s := f.State(); !s.Matches() {
		t.Errorf("after Carol's absence: %+v", s.Channels)
	}
	payBack(t, f)
}

func cutAndRunOut(t *testing.T, f *Five) {
	ctx := deadline(t, 4*time.Minute)
	began := time.Now()
	must(t, f.Pay(ctx))
	must(t, f.Cut(line.Carol))
	must(t, f.RunOut(ctx))
	s := f.State()
	t.Logf("resolved in %v; costs %v", time.Since(began), s.Cost)
	if s.Phase != line.Over || !s.Lost || s.Paid {
		t.Errorf("resolved: %+v", s)
	}
	// Alice and Eric, and their channels, are as before, to the satoshi.
	for _, hop := range []int{0, 3} {
		if c := s.Channels[hop]; c.Standing != line.Open || c.Left != line.Each || c.Right != line.Each || c.Flight != 0 {
			t.Errorf("channel %d: %+v", hop, c)
		}
	}
	if s.Channels[1].Standing != line.Gone {
		t.Errorf("the channel of Bob and Carol: %+v", s.Channels[1])
	}
	if s.Cost[line.Alice] != 0 || s.Cost[line.Eric] != 0 {
		t.Errorf("who only paid and was paid bears costs: %v", s.Cost)
	}
	// The others lost nothing but the chain's fees, of which RunOut has checked
	// that they are in the blocks to the satoshi.
	for _, w := range []line.Who{line.Bob, line.Carol, line.Diana} {
		if s.Cost[w] < 0 || s.Cost[w] > 100_000 {
			t.Errorf("%s bears %d sat", w, s.Cost[w])
		}
	}
	if s.Cost[line.Bob] == 0 {
		t.Error("Bob's closing cost nothing")
	}
}
