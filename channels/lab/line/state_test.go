package line

import "testing"

// open is a line with all channels open.
func open() State {
	s := New()
	for _, w := range All() {
		s = s.Apply(Event{Kind: Up, Who: w})
	}
	for i := range Hops {
		b := [Hops]Balance{}
		b[i] = Balance{Each, Each}
		s = s.Apply(Event{Kind: Opened, Hop: i, Balances: b})
	}
	return s.Apply(Event{Kind: Ready})
}

// carried is a line with the payment held by Eric.
func carried() State {
	s := open().Apply(Event{Kind: Asked, Who: Eric, Amount: Price})
	for i := range Hops {
		s = s.Apply(Event{Kind: Offered, Who: Who(i), Hop: i, Amount: Carried(i), Height: int32(300 - 24*i)})
	}
	return s.Apply(Event{Kind: Held, Who: Eric, Amount: Price})
}

// The table of the chapter, in satoshi.
func TestChapterFigures(t *testing.T) {
	want := [Hops]Balance{
		{99_700_000, 300_300_000}, {99_800_000, 300_200_000},
		{99_900_000, 300_100_000}, {100_000_000, 300_000_000},
	}
	for i, w := range want {
		if left, right := Chapter(i); left != w.Left || right != w.Right {
			t.Errorf("hop %d: %v and %v, want %v", i, left, right, w)
		}
	}
	if Capacity-2*Each != CommitFee+660 {
		t.Errorf("capacity %v", Capacity)
	}
}

func TestPaymentGoesOver(t *testing.T) {
	s := carried()
	if s.Phase != Waiting || s.Matches() {
		t.Fatalf("held: %+v", s)
	}
	if c := s.Channels[0]; c.Left != Each-100_300_000 || c.Right != Each || c.Flight != 100_300_000 || c.By != Alice || c.Until != 300 {
		t.Errorf("in flight: %+v", c)
	}
	for i := Hops - 1; i >= 0; i-- {
		s = s.Apply(Event{Kind: Settled, Hop: i, Who: Who(i)})
	}
	if !s.Matches() {
		t.Errorf("settled: %+v", s.Channels)
	}
}

func TestPaymentComesBack(t *testing.T) {
	s := carried()
	for i := Hops - 1; i >= 0; i-- {
		s = s.Apply(Event{Kind: Returned, Hop: i, Who: Who(i)})
	}
	for i, c := range s.Channels {
		if c.Left != Each || c.Right != Each || c.Flight != 0 {
			t.Errorf("hop %d: %+v", i, c)
		}
	}
	if s.Matches() {
		t.Error("nothing was paid")
	}
}

// A payment the other way is the mirror of one this way.
func TestOtherDirection(t *testing.T) {
	s := open().Apply(Event{Kind: Offered, Who: Eric, Hop: 3, Amount: 5})
	if c := s.Channels[3]; c.Right != Each-5 || c.Left != Each {
		t.Errorf("offered: %+v", c)
	}
	back := s.Apply(Event{Kind: Returned, Hop: 3, Who: Eric})
	if c := back.Channels[3]; c.Right != Each || c.Left != Each {
		t.Errorf("returned: %+v", c)
	}
	over := s.Apply(Event{Kind: Settled, Hop: 3, Who: Eric})
	if c := over.Channels[3]; c.Right != Each-5 || c.Left != Each+5 {
		t.Errorf("settled: %+v", c)
	}
}

func TestPhases(t *testing.T) {
	s := carried().Apply(Event{Kind: Down, Who: Carol})
	if s.Phase != Cut {
		t.Fatalf("with Carol gone it is %s", s.Phase)
	}
	if s = s.Apply(Event{Kind: Up, Who: Carol}); s.Phase != Waiting {
		t.Errorf("with Carol back it is %s", s.Phase)
	}
	if s = s.Apply(Event{Kind: Failed}); s.Phase != Broke || s.Up[Alice] {
		t.Errorf("failed: %+v", s)
	}
}

// Whatever comes, in whatever order, nothing panics and no channel's total
// changes by a promise made or resolved.
func FuzzApply(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3})
	kinds := []Kind{Chain, Up, Down, Mined, Ready, Asked, Peeled, Offered, Held, Settled, Returned, Paid, Lost, Broken, Closed, Cost, Resolved, Ended, Failed}
	f.Fuzz(func(t *testing.T, script []byte) {
		s := open()
		for i := 0; i+2 < len(script); i += 3 {
			s = s.Apply(Event{Kind: kinds[int(script[i])%len(kinds)], Who: Who(int(script[i+1])%8 - 1), Hop: int(script[i+2])%7 - 1, Amount: 10})
			for _, c := range s.Channels {
				if c.Left+c.Right+c.Flight != 2*Each {
					t.Fatalf("a channel of %v after %+v", c.Left+c.Right+c.Flight, c)
				}
			}
		}
	})
}
