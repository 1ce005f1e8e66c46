package anchor

import (
	"fmt"
	"net/http/httptest"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/chain/devnet"
	"cairn/notary/tlog"
	"cairn/notary/tlog/audit"
)

// The public log over a real chain: its anchors appear once they are deep
// enough, and all of it is found honest from outside, again after a reorg that
// took the last anchor back.
func TestPublishedAnchorsAreProven(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, 2)
		service, err := tlog.Open(t.Context(), tlog.Config{DB: d, Origin: "cairn.example/log", Digests: w.calendar, Anchors: w.ledger})
		if err != nil {
			t.Fatal(err)
		}
		sequencer := service.Sequencer()
		site := httptest.NewServer(service.Files())
		t.Cleanup(site.Close)
		source, err := audit.NewServer(site.URL, 10*time.Second, 2)
		if err != nil {
			t.Fatal(err)
		}
		var state *audit.State
		prove := func(entries int64, anchors int, anchored int64) {
			t.Helper()
			if err := sequencer.Once(t.Context(), w.lease); err != nil {
				t.Fatal(err)
			}
			time.Sleep(150 * time.Millisecond) // the service looks anew
			result, err := audit.Verify(t.Context(), audit.Config{Source: source, State: state, Headers: w.follower, Now: w.clock.Now})
			if err != nil {
				t.Fatal(err)
			}
			if result.Checkpoint.Size != entries || result.Anchors != anchors || result.Anchored != anchored || !result.Blocks {
				t.Fatalf("%d entries, %d anchors over %d", result.Checkpoint.Size, result.Anchors, result.Anchored)
			}
			state = result.State
		}
		prove(0, 0, 0)
		for i := range 3 {
			w.stamp(fmt.Sprint("first ", i))
		}
		w.step()
		w.send()
		w.mine(1)
		prove(3, 0, 0) // one confirmation of two
		w.mine(1)
		prove(3, 1, 3)

		w.stamp("second")
		w.step()
		w.send()
		w.mine(1)
		w.stamp("third")
		prove(5, 0, 3)
		w.mine(1)
		prove(5, 1, 4)

		list, err := w.ledger.Published(t.Context(), 0, 10)
		if err != nil || len(list) != 2 || list[0].First != 0 || list[0].Last != 2 || list[1].First != 3 || list[1].Last != 3 {
			t.Fatalf("the list is %+v, %v", list, err)
		}
		if one, err := w.ledger.Published(t.Context(), list[0].ID, 1); err != nil || len(one) != 1 || one[0].ID != list[1].ID {
			t.Fatalf("after the first: %+v, %v", one, err)
		}
		if _, err := w.chain.Reorg(2, devnet.WithoutTx(list[1].Txid)); err != nil {
			t.Fatal(err)
		}
		w.follow()
		if list, err := w.ledger.Published(t.Context(), 0, 10); err != nil || len(list) != 1 {
			t.Fatalf("after a reorg: %+v, %v", list, err)
		}
	})
}
