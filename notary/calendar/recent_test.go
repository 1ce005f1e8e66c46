package calendar

import "testing"

func TestRecentRemembersAndForgets(t *testing.T) {
	const recentLimit = 1000
	r := recent[Commitment, int64]{limit: recentLimit}
	at := func(i int) Commitment { return Commitment{Time: uint32(i)} }
	if _, ok := r.get(at(1)); ok {
		t.Error("an empty memory remembers")
	}
	r.put(at(1), 7)
	for i := 2; i <= 10*recentLimit; i++ {
		r.put(at(i), int64(i))
		if i%(recentLimit/2) == 0 {
			// What is asked for again stays.
			if seq, ok := r.get(at(1)); !ok || seq != 7 {
				t.Fatalf("after %d others: %d %v", i, seq, ok)
			}
		}
	}
	if seq, ok := r.get(at(10 * recentLimit)); !ok || seq != 10*recentLimit {
		t.Errorf("the newest: %d %v", seq, ok)
	}
	if _, ok := r.get(at(2)); ok {
		t.Error("what nobody asked for is still there")
	}
	if n := len(r.young) + len(r.old); n > 2*recentLimit {
		t.Errorf("%d are remembered", n)
	}
}
