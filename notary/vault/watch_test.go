package vault_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"os"
	"sync"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/notary"
	"cairn/notary/client"
	"cairn/notary/ots"
	"cairn/notary/vault"

	"gorm.io/gorm"
)

// Whatever stops the telling stops the noting too, and each completion is told
// once, however many look.
func TestCompletionsAreToldOnceAndWithTheNote(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx := t.Context()
		trips := w.group(w.me, "Trips")
		item := w.keep(w.me, "a.jpg", trips)
		w.keep(w.other, "a.jpg", vault.ID{})
		w.keep(w.me, "b.jpg", vault.ID{})
		look := func() {
			t.Helper()
			if err := w.Look(ctx); err != nil {
				t.Fatal(err)
			}
		}
		look()
		if len(w.told) != 0 {
			t.Fatalf("told too early: %+v", w.told)
		}
		w.notary.set(item.Digest, notary.StageComplete)
		w.failTold = errors.New("the outbox is full")
		if err := w.Look(ctx); !errors.Is(err, w.failTold) {
			t.Fatal(err)
		}
		if got, _ := w.Item(ctx, w.me, item.ID); !got.CompleteAt.IsZero() {
			t.Error("noted without being told")
		}
		w.failTold = nil
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(look)
		}
		wg.Wait()
		if len(w.told) != 2 {
			t.Fatalf("told %d times", len(w.told))
		}
		for _, c := range w.told {
			if c.Item.Digest != item.Digest || c.Item.Block != 77 || !c.Item.CompleteAt.Equal(w.now) {
				t.Errorf("told %+v", c)
			}
			if c.Account == w.me && c.Item.GroupName != "Trips" {
				t.Errorf("told without the group: %+v", c)
			}
		}
		got, err := w.Item(ctx, w.me, item.ID)
		if err != nil || !got.CompleteAt.Equal(w.now) || got.Block != 77 || got.BlockTime.Unix() != 1_700_000_000 {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

func TestRunLooksWhenSomethingMoves(t *testing.T) {
	w := newWorld(t, dbtest.Open(t, db.SQLite))
	told := make(chan vault.Completion, 1)
	d := digest("a.jpg")
	v := vault.New(vault.Config{
		DB: dbtest.Open(t, db.SQLite), Notary: w.notary, Now: time.Now, Rand: rand.Reader,
		Completed: func(_ *gorm.DB, done []vault.Completion) error { told <- done[0]; return nil },
	})
	w.notary.set(d, notary.StageStored)
	if _, err := v.Keep(t.Context(), w.me, []vault.Entry{{Digest: d}}, vault.ID{}); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- v.Run(ctx) }()
	w.notary.set(d, notary.StageComplete)
	select {
	case c := <-told:
		if c.Item.Digest != d {
			t.Errorf("told %+v", c)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("nobody was told")
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestImportedProofsAreCompleted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx := t.Context()
		digest := digest("elsewhere.pdf")
		file := pendingFile(digest[:], "https://a.pool.opentimestamps.org")
		asked := 0
		var height uint64
		w.ask = func(questions []client.Question) []client.Answer {
			asked++
			answers := make([]client.Answer, len(questions))
			for i, q := range questions {
				answers[i] = client.Answer{Calendar: q.Calendar, Err: client.ErrPending}
				if height > 0 {
					answer, err := ots.New([]byte(q.Commitment))
					if err != nil {
						t.Fatal(err)
					}
					if err := answer.Attest(ots.Bitcoin(height)); err != nil {
						t.Fatal(err)
					}
					answers[i] = client.Answer{Calendar: q.Calendar, Timestamp: answer}
				}
			}
			return answers
		}
		id, err := w.Import(ctx, w.me, file, "elsewhere.pdf.ots", vault.ID{})
		if err != nil {
			t.Fatal(err)
		}
		again, err := w.Import(ctx, w.me, file, "", vault.ID{})
		if err != nil || again != id {
			t.Errorf("imported twice: %v, %v", again, err)
		}
		item, stored, err := w.File(ctx, w.me, id)
		if err != nil || item.Name != "elsewhere.pdf" || !item.Foreign || item.Complete() || !bytes.Equal(stored, file) {
			t.Errorf("%+v, %v", item, err)
		}
		look := func() {
			t.Helper()
			if err := w.Look(ctx); err != nil {
				t.Fatal(err)
			}
		}
		look()
		look()
		if asked != 1 {
			t.Errorf("asked %d times in a row", asked)
		}
		height = 800_000
		w.now = w.now.Add(time.Hour)
		look()
		item, stored, err = w.File(ctx, w.me, id)
		if err != nil || item.Block != 800_000 || !item.CompleteAt.Equal(w.now) || len(stored) <= len(file) {
			t.Errorf("%+v, %v", item, err)
		}
		if len(w.told) != 1 || !w.told[0].Item.Foreign || w.told[0].Item.Block != 800_000 {
			t.Errorf("told %+v", w.told)
		}
		w.now = w.now.Add(time.Hour)
		look()
		if asked != 2 {
			t.Errorf("a complete proof is asked for: %d", asked)
		}
		// The pending file once more does not take the block away.
		if _, err := w.Import(ctx, w.me, file, "", vault.ID{}); err != nil {
			t.Fatal(err)
		}
		if item, now, err := w.File(ctx, w.me, id); err != nil || !item.Complete() || !bytes.Equal(now, stored) {
			t.Errorf("the proof went back: %+v, %v", item, err)
		}
	})
}

func TestBadImportsChangeNothing(t *testing.T) {
	w := newWorld(t, dbtest.Open(t, db.SQLite))
	d := digest("x")
	good := pendingFile(d[:], "https://a.pool.opentimestamps.org")
	sha1, err := ots.NewFile(ots.OpSHA1, make([]byte, 20))
	if err != nil {
		t.Fatal(err)
	}
	if err := sha1.Timestamp.Attest(ots.Bitcoin(1)); err != nil {
		t.Fatal(err)
	}
	other, _ := sha1.MarshalBinary()
	unknown, _ := ots.NewFile(ots.OpSHA256, d[:])
	if err := unknown.Timestamp.Attest(ots.Attestation{Tag: ots.AttestationTag{1, 2, 3, 4, 5, 6, 7, 8}, Payload: "?"}); err != nil {
		t.Fatal(err)
	}
	nowhere, _ := unknown.MarshalBinary()
	for name, bad := range map[string]struct {
		file []byte
		kind error
	}{
		"nothing":      {nil, ots.ErrBadMagic},
		"cut":          {good[:len(good)-2], ots.ErrTruncated},
		"trailing":     {append(bytes.Clone(good), 1), ots.ErrTrailing},
		"sha1":         {other, vault.ErrHash},
		"ends nowhere": {nowhere, vault.ErrEndsNowhere},
	} {
		if _, err := w.Import(t.Context(), w.me, bad.file, "x", vault.ID{}); !errors.Is(err, bad.kind) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if page, err := w.List(t.Context(), w.me, vault.Query{}); err != nil || page.Total != 0 {
		t.Errorf("%+v, %v", page, err)
	}
	complete, err := os.ReadFile("../ots/testdata/client/hello-world.txt.ots")
	if err != nil {
		t.Fatal(err)
	}
	id, err := w.Import(t.Context(), w.me, complete, "hello-world.txt.ots", vault.ID{})
	if err != nil {
		t.Fatal(err)
	}
	if item, err := w.Item(t.Context(), w.me, id); err != nil || item.Block != 358391 || !item.Complete() {
		t.Errorf("%+v, %v", item, err)
	}
}
