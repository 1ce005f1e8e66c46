package anchor

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/app/db/outbox"
	"cairn/chain/devnet"
	"cairn/chain/follow"
	"cairn/notary"
	"cairn/notary/calendar"
	"cairn/notary/carrier/carriertest"
	"cairn/notary/verify"

	"gorm.io/gorm"
)

// All parts run by themselves, as in the program: a visitor stamps, watches,
// and is told of each stage up to the end.
func TestEverythingRuns(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		defer running.Wait()
		defer cancel()
		run := func(name string, f func(context.Context) error) {
			running.Go(func() {
				if err := f(ctx); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			})
		}

		c, err := devnet.Open(devnet.Config{Dir: t.TempDir(), BlockInterval: 300 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		wallet := carriertest.NewWallet(t, c, 12)
		follower := follow.New(d, c, follow.Config{StartHeight: -1}, follow.Outbox{}, Projection{})
		ledger := NewLedger(LedgerConfig{DB: d, Confirmations: 1, Interval: time.Second, BlockInterval: time.Second, Headers: follower})
		lease, err := d.Acquire(ctx, "leader", "test", time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		sent := make(chan struct{}, 1)
		loop := NewLoop(Config{
			DB: d, Wallet: wallet, Interval: time.Second, Debounce: 50 * time.Millisecond,
			Sent: func() {
				select {
				case sent <- struct{}{}:
				default:
				}
			},
		})
		journal, err := calendar.OpenJournal(ctx, d)
		if err != nil {
			t.Fatal(err)
		}
		defer journal.Close()
		cal, err := calendar.New(calendar.Config{URI: testURI, Committed: loop.Kick}, journal)
		if err != nil {
			t.Fatal(err)
		}
		defer cal.Close()
		service := notary.New(notary.Config{Calendar: cal, Anchors: ledger, Headers: follower, Poll: 20 * time.Millisecond})

		run("follower", follower.Run)
		run("loop", func(ctx context.Context) error { return loop.Run(ctx, lease) })
		run("service", service.Run)
		run("broadcaster", func(ctx context.Context) error { return broadcast(ctx, d, c, sent) })

		for i := range 3 {
			digest := notary.Digest(sha256.Sum256(fmt.Append(nil, "file ", i)))
			watchUntilComplete(t, service, digest)
			file, err := service.File(ctx, digest)
			if err != nil {
				t.Fatal(err)
			}
			result, err := service.Verify(ctx, file, &digest)
			if err != nil || result.Verdict.Outcome != verify.Confirmed {
				t.Fatalf("%+v, %v", result, err)
			}
		}
	})
}

// watchUntilComplete reads the proof only when it is told to.
func watchUntilComplete(t *testing.T, service *notary.Service, digest notary.Digest) {
	t.Helper()
	moved, stop := service.Watch()
	defer stop()
	proof, err := service.Stamp(t.Context(), digest)
	timeout := time.After(30 * time.Second)
	last := proof.Stage
	for err == nil && proof.Stage < notary.StageComplete {
		select {
		case <-moved:
		case <-timeout:
			t.Fatalf("stuck at stage %d: %+v", proof.Stage, proof.Anchor)
		}
		proof, err = service.Proof(t.Context(), digest)
		if proof.Stage < last {
			t.Errorf("went back from stage %d to %d", last, proof.Stage)
		}
		last = proof.Stage
	}
	if err != nil {
		t.Fatal(err)
	}
}

func broadcast(ctx context.Context, d *db.DB, c *devnet.Chain, wake <-chan struct{}) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-wake:
		}
		entries, err := outbox.Pending(d.Read(ctx), 10)
		if err != nil {
			return err
		}
		for _, e := range entries {
			tx, err := e.Tx()
			if err != nil {
				return err
			}
			if err := c.Submit(tx); err != nil {
				return err
			}
			err = d.Transact(ctx, func(tx *gorm.DB) error { return outbox.MarkBroadcast(tx, e.Key, time.Now()) })
			if err != nil {
				return err
			}
		}
	}
}
