package vault_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
	"sync"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/chain"
	"cairn/notary"
	"cairn/notary/client"
	"cairn/notary/ots"
	"cairn/notary/vault"

	"gorm.io/gorm"
)

// notaryFake knows digests and how far each has come.
type notaryFake struct {
	mu     sync.Mutex
	stages map[notary.Digest]notary.Stage
	moved  chan struct{}
}

func (n *notaryFake) set(d notary.Digest, stage notary.Stage) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.stages[d] = stage
	select {
	case n.moved <- struct{}{}:
	default:
	}
}

func (n *notaryFake) Proofs(_ context.Context, digests []notary.Digest) ([]notary.Proof, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	var out []notary.Proof
	for _, d := range digests {
		stage, ok := n.stages[d]
		if !ok {
			continue
		}
		p := notary.Proof{Digest: d, Stage: stage}
		if stage == notary.StageComplete {
			p.Anchor = &notary.AnchorState{Block: chain.BlockRef{Height: 77}, BlockTime: time.Unix(1_700_000_000, 0), Confirmations: 6, Needed: 6}
		}
		out = append(out, p)
	}
	return out, nil
}

func (n *notaryFake) File(_ context.Context, d notary.Digest) ([]byte, error) {
	return pendingFile(d[:], "https://cairn.example"), nil
}

func (n *notaryFake) Watch() (<-chan struct{}, func()) { return n.moved, func() {} }

func pendingFile(digest []byte, calendar string) []byte {
	f, err := ots.NewFile(ots.OpSHA256, digest)
	if err != nil {
		panic(err)
	}
	end, err := f.Timestamp.Extend(ots.Append([]byte("nonce")), ots.SHA256())
	if err != nil {
		panic(err)
	}
	if err := end.Attest(ots.Pending(calendar)); err != nil {
		panic(err)
	}
	out, err := f.MarshalBinary()
	if err != nil {
		panic(err)
	}
	return out
}

type world struct {
	*vault.Vault
	t         *testing.T
	now       time.Time
	notary    *notaryFake
	told      []vault.Completion
	failTold  error
	ask       func([]client.Question) []client.Answer
	me, other vault.Account
}

func newWorld(t *testing.T, d *db.DB) *world {
	w := &world{
		t: t, now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC), me: vault.Account{1}, other: vault.Account{2},
		notary: &notaryFake{stages: map[notary.Digest]notary.Stage{}, moved: make(chan struct{}, 1)},
	}
	w.Vault = vault.New(vault.Config{
		DB: d, Notary: w.notary, Now: func() time.Time { return w.now }, Rand: rand.Reader,
		Completed: func(_ *gorm.DB, done []vault.Completion) error {
			if w.failTold != nil {
				return w.failTold
			}
			w.told = append(w.told, done...)
			return nil
		},
		Ask: func(_ context.Context, q []client.Question) []client.Answer { return w.ask(q) },
	})
	return w
}

func digest(text string) notary.Digest { return sha256.Sum256([]byte(text)) }

// keep stamps and keeps a file of a name, and returns its item.
func (w *world) keep(account vault.Account, name string, group vault.ID) vault.Item {
	w.t.Helper()
	d := digest(name)
	if _, ok := w.notary.stages[d]; !ok {
		w.notary.set(d, notary.StageStored)
	}
	if _, err := w.Keep(w.t.Context(), account, []vault.Entry{{Digest: d, Name: name}}, group); err != nil {
		w.t.Fatal(err)
	}
	item, err := w.Find(w.t.Context(), account, d)
	if err != nil {
		w.t.Fatal(err)
	}
	w.now = w.now.Add(time.Second)
	return item
}

func (w *world) group(account vault.Account, name string) vault.ID {
	w.t.Helper()
	id, err := w.MakeGroup(w.t.Context(), account, name)
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

func (w *world) names(q vault.Query) string {
	w.t.Helper()
	page, err := w.List(w.t.Context(), w.me, q)
	if err != nil {
		w.t.Fatal(err)
	}
	var names []string
	for _, item := range page.Items {
		names = append(names, item.Name)
	}
	return strings.Join(names, ",")
}

func (w *world) wantErr(err, kind error) {
	w.t.Helper()
	if !errors.Is(err, kind) {
		w.t.Errorf("got %v, want %v", err, kind)
	}
}

func TestKeepFindEditMoveRemove(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx := t.Context()
		contract := w.keep(w.me, "contract.pdf", vault.ID{})
		w.keep(w.me, "Bild 100%_ä.JPG", vault.ID{})
		w.keep(w.other, "contract.pdf", vault.ID{})
		trips := w.group(w.me, "Trips")
		if w.group(w.me, " Trips ") != trips {
			t.Error("a second group of the same name")
		}
		if err := w.Edit(ctx, w.me, contract.ID, " the\nlease ", "Signed in Bern", trips); err != nil {
			t.Fatal(err)
		}
		got, err := w.Item(ctx, w.me, contract.ID)
		if err != nil || got.Name != "the lease" || got.Note != "Signed in Bern" || got.GroupName != "Trips" || got.Proof == nil || got.Proof.Stage != notary.StageStored {
			t.Errorf("%+v, %v", got, err)
		}
		d8 := contract.Digest.String()
		for q, want := range map[vault.Query]string{
			{}:                                 "Bild 100%_ä.JPG,the lease",
			{Search: "LEASE"}:                  "the lease",
			{Search: "bern"}:                   "the lease",
			{Search: "%"}:                      "Bild 100%_ä.JPG",
			{Search: "_"}:                      "Bild 100%_ä.JPG",
			{Search: `\`}:                      "",
			{Search: "Ä.jpg"}:                  "Bild 100%_ä.JPG",
			{Search: d8[:6]}:                   "the lease",
			{Search: d8}:                       "the lease",
			{Search: d8[:7]}:                   "the lease",
			{Search: "contract"}:               "",
			{Group: trips}:                     "the lease",
			{Group: trips, Page: 999}:          "the lease",
			{Search: strings.Repeat("长", 500)}: "",
		} {
			if got := w.names(q); got != want {
				t.Errorf("%+v lists %q, want %q", q, got, want)
			}
		}
		if err := w.Move(ctx, w.me, []vault.ID{contract.ID}, vault.ID{}); err != nil || w.names(vault.Query{Group: trips}) != "" {
			t.Errorf("moved out: %v", err)
		}
		if err := w.Remove(ctx, w.me, []vault.ID{contract.ID, {9}}); err != nil || w.names(vault.Query{}) != "Bild 100%_ä.JPG" {
			t.Errorf("removed: %v", err)
		}
		w.wantErr(w.Edit(ctx, w.me, contract.ID, "x", "", vault.ID{}), vault.ErrUnknownItem)
	})
}

func TestKeepMany(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx := t.Context()
		var entries []vault.Entry
		for i := range 1200 {
			name := fmt.Sprintf("folder/%d", i)
			entries = append(entries, vault.Entry{Digest: digest(name), Name: name})
			if i != 7 {
				w.notary.set(digest(name), notary.StageStored)
			}
		}
		w.notary.set(digest("folder/3"), notary.StageComplete)
		entries = append(entries, entries[0])
		kept, err := w.Keep(ctx, w.me, entries, vault.ID{})
		if err != nil || kept.Added != 1199 || kept.Had != 0 || len(kept.Unknown) != 1 || kept.Unknown[0] != digest("folder/7") {
			t.Fatalf("%+v, %v", kept, err)
		}
		kept, err = w.Keep(ctx, w.me, entries[:10], vault.ID{})
		if err != nil || kept.Added != 0 || kept.Had != 9 {
			t.Errorf("again: %+v, %v", kept, err)
		}
		page, err := w.List(ctx, w.me, vault.Query{Page: 24})
		if err != nil || page.Total != 1199 || page.Pages != 24 || page.Number != 24 || len(page.Items) != 49 {
			t.Errorf("page %d of %d: %d of %d, %v", page.Number, page.Pages, len(page.Items), page.Total, err)
		}
		item, err := w.Find(ctx, w.me, digest("folder/3"))
		if err != nil || item.Block != 77 || !item.CompleteAt.Equal(w.now) {
			t.Errorf("kept when complete: %+v, %v", item, err)
		}
		long := strings.Repeat("a/", 300) + "end.txt"
		if item := w.keep(w.me, long, vault.ID{}); len([]rune(item.Name)) != vault.MaxName || !strings.HasSuffix(item.Name, "/end.txt") {
			t.Errorf("a long path became %q", item.Name)
		}
		_, err = w.Keep(ctx, w.me, nil, vault.ID{})
		w.wantErr(err, vault.ErrEntries)
		_, err = w.Keep(ctx, w.me, make([]vault.Entry, vault.MaxEntries+1), vault.ID{})
		w.wantErr(err, vault.ErrEntries)
	})
}

// Nothing of one account can be read or changed through another.
func TestAccountsAreApart(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx := t.Context()
		mine := w.group(w.me, "Mine")
		item := w.keep(w.me, "contract.pdf", mine)
		own := w.keep(w.other, "other.pdf", vault.ID{})
		token, err := w.Share(ctx, w.me, item.ID, vault.ID{}, 0)
		if err != nil {
			t.Fatal(err)
		}
		shares, _ := w.Shares(ctx, w.me)

		_, err = w.Item(ctx, w.other, item.ID)
		w.wantErr(err, vault.ErrUnknownItem)
		_, err = w.Find(ctx, w.other, item.Digest)
		w.wantErr(err, vault.ErrUnknownItem)
		_, _, err = w.File(ctx, w.other, item.ID)
		w.wantErr(err, vault.ErrUnknownItem)
		w.wantErr(w.Edit(ctx, w.other, item.ID, "x", "", vault.ID{}), vault.ErrUnknownItem)
		w.wantErr(w.Edit(ctx, w.other, own.ID, "x", "", mine), vault.ErrUnknownGroup)
		w.wantErr(w.Move(ctx, w.other, []vault.ID{own.ID}, mine), vault.ErrUnknownGroup)
		w.wantErr(w.RenameGroup(ctx, w.other, mine, "x"), vault.ErrUnknownGroup)
		w.wantErr(w.RemoveGroup(ctx, w.other, mine), vault.ErrUnknownGroup)
		_, err = w.Share(ctx, w.other, item.ID, vault.ID{}, 0)
		w.wantErr(err, vault.ErrUnknownItem)
		_, err = w.Share(ctx, w.other, vault.ID{}, mine, 0)
		w.wantErr(err, vault.ErrUnknownGroup)
		_, err = w.List(ctx, w.other, vault.Query{Group: mine})
		w.wantErr(err, vault.ErrUnknownGroup)
		w.wantErr(w.Walk(ctx, w.other, mine, nil), vault.ErrUnknownGroup)
		for _, do := range []func() error{
			func() error { return w.Remove(ctx, w.other, []vault.ID{item.ID}) },
			func() error { return w.Move(ctx, w.other, []vault.ID{item.ID}, vault.ID{}) },
			func() error { return w.Unshare(ctx, w.other, shares[0].ID) },
			func() error {
				return d.Transact(ctx, func(tx *gorm.DB) error { return vault.Forget(tx, w.other) })
			},
		} {
			if err := do(); err != nil {
				t.Error(err)
			}
		}
		got, err := w.Item(ctx, w.me, item.ID)
		if err != nil || got.Name != "contract.pdf" || got.Group != mine {
			t.Errorf("%+v, %v", got, err)
		}
		if _, err := w.Open(ctx, token, 1); err != nil {
			t.Error(err)
		}
		if page, err := w.List(ctx, w.other, vault.Query{}); err != nil || page.Total != 0 {
			t.Errorf("the other was forgotten, yet %+v, %v", page, err)
		}
	})
}

func TestLinks(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx := t.Context()
		trips := w.group(w.me, "Trips")
		item := w.keep(w.me, "a.jpg", trips)
		w.keep(w.me, "b.jpg", trips)
		w.keep(w.me, "secret.pdf", vault.ID{})
		if err := w.Edit(ctx, w.me, item.ID, "a.jpg", "my note", trips); err != nil {
			t.Fatal(err)
		}
		one, err := w.Share(ctx, w.me, item.ID, vault.ID{}, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		all, err := w.Share(ctx, w.me, vault.ID{}, trips, 0)
		if err != nil {
			t.Fatal(err)
		}
		shared, err := w.Open(ctx, all, 1)
		if err != nil || shared.Group != "Trips" || shared.Page.Total != 2 || !shared.Expires.IsZero() {
			t.Errorf("%+v, %v", shared, err)
		}
		for _, i := range shared.Page.Items {
			if i.Note != "" {
				t.Error("a stranger reads the note")
			}
		}
		shared, err = w.Open(ctx, one, 1)
		if err != nil || shared.Group != "" || len(shared.Page.Items) != 1 || shared.Page.Items[0].Name != "a.jpg" || !shared.Expires.Equal(w.now.Add(time.Hour)) {
			t.Errorf("%+v, %v", shared, err)
		}
		var files int
		if err := w.OpenWalk(ctx, all, func(i vault.Item, file []byte) error { files++; return nil }); err != nil || files != 2 {
			t.Errorf("%d files, %v", files, err)
		}
		var stored int64
		d.Read(ctx).Table("vault_shares").Where("token_hash = ?", []byte(all)).Count(&stored)
		shares, err := w.Shares(ctx, w.me)
		if err != nil || len(shares) != 2 || stored != 0 {
			t.Errorf("%+v, %v", shares, err)
		}
		for _, wrong := range []string{"", "guess", shares[0].ID.String(), strings.Repeat("x", 5000)} {
			_, err := w.Open(ctx, wrong, 1)
			w.wantErr(err, vault.ErrShare)
		}
		w.now = w.now.Add(time.Hour)
		_, err = w.Open(ctx, one, 1)
		w.wantErr(err, vault.ErrShare)
		w.wantErr(w.OpenWalk(ctx, one, nil), vault.ErrShare)
		for _, s := range shares {
			if s.Group == trips {
				if err := w.Unshare(ctx, w.me, s.ID); err != nil {
					t.Fatal(err)
				}
			}
		}
		_, err = w.Open(ctx, all, 1)
		w.wantErr(err, vault.ErrShare)

		// A group or item that goes takes its links along.
		all, _ = w.Share(ctx, w.me, vault.ID{}, trips, 0)
		one, _ = w.Share(ctx, w.me, item.ID, vault.ID{}, 0)
		if err := w.RemoveGroup(ctx, w.me, trips); err != nil {
			t.Fatal(err)
		}
		if err := w.Remove(ctx, w.me, []vault.ID{item.ID}); err != nil {
			t.Fatal(err)
		}
		for _, token := range []string{all, one} {
			_, err = w.Open(ctx, token, 1)
			w.wantErr(err, vault.ErrShare)
		}
		if got := w.names(vault.Query{}); got != "secret.pdf,b.jpg" {
			t.Errorf("left: %s", got)
		}
	})
}

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

func TestGroups(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx := t.Context()
		a, b := w.group(w.me, "Alps"), w.group(w.me, "Bern")
		w.group(w.other, "Alps")
		w.keep(w.me, "x", a)
		groups, err := w.Groups(ctx, w.me)
		if err != nil || len(groups) != 2 || groups[0] != (vault.Group{ID: a, Name: "Alps", Items: 1}) || groups[1].ID != b {
			t.Errorf("%+v, %v", groups, err)
		}
		w.wantErr(w.RenameGroup(ctx, w.me, b, "Alps"), vault.ErrGroupTaken)
		w.wantErr(w.RenameGroup(ctx, w.me, b, " "), vault.ErrName)
		if err := w.RenameGroup(ctx, w.me, b, "Bern"); err != nil {
			t.Error(err)
		}
		for _, name := range []string{"", "\n", strings.Repeat("x", vault.MaxName+1)} {
			_, err := w.MakeGroup(ctx, w.me, name)
			w.wantErr(err, vault.ErrName)
		}
		for i := range vault.MaxGroups - 2 {
			w.group(w.me, fmt.Sprint(i))
		}
		_, err = w.MakeGroup(ctx, w.me, "one too many")
		w.wantErr(err, vault.ErrTooManyGroups)
		item := w.keep(w.me, "y", a)
		w.wantErr(w.Edit(ctx, w.me, item.ID, strings.Repeat("x", vault.MaxName+1), "", a), vault.ErrName)
		w.wantErr(w.Edit(ctx, w.me, item.ID, "", strings.Repeat("x", vault.MaxNote+1), a), vault.ErrNote)
		w.wantErr(w.Edit(ctx, w.me, item.ID, "", "", vault.ID{7}), vault.ErrUnknownGroup)
	})
}

func TestArchiveNamesStayInside(t *testing.T) {
	var b bytes.Buffer
	a := vault.NewArchive(&b)
	d := digest("x")
	for _, name := range []string{"a.jpg", "A.JPG", "../../etc/passwd", `..\..\x`, "/abs", "C:\\evil", "", "...", "a\x00b", "dir/a.jpg", "x\u202egpj.exe"} {
		if err := a.Add(vault.Item{Name: name, GroupName: "../G", Digest: d}, []byte("proof")); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, f := range r.File {
		lower := strings.ToLower(f.Name)
		if seen[lower] || path.Clean(f.Name) != f.Name || strings.HasPrefix(f.Name, "/") || strings.HasPrefix(f.Name, "..") ||
			strings.ContainsAny(f.Name, "\\:\x00\u202e") || !strings.HasSuffix(f.Name, ".ots") {
			t.Errorf("%q", f.Name)
		}
		seen[lower] = true
		rc, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if content, err := io.ReadAll(rc); err != nil || string(content) != "proof" {
			t.Errorf("%s: %q, %v", f.Name, content, err)
		}
	}
	if len(seen) != 11 {
		t.Errorf("%d files", len(seen))
	}
}

func TestWalkGoesThroughAll(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		var entries []vault.Entry
		for i := range 450 { // all kept in the same second
			name := fmt.Sprint(i)
			w.notary.set(digest(name), notary.StageStored)
			entries = append(entries, vault.Entry{Digest: digest(name), Name: name})
		}
		if _, err := w.Keep(t.Context(), w.me, entries, vault.ID{}); err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		err := w.Walk(t.Context(), w.me, vault.ID{}, func(i vault.Item, file []byte) error {
			seen[i.Name] = len(file) > 0
			return nil
		})
		if err != nil || len(seen) != 450 {
			t.Errorf("%d, %v", len(seen), err)
		}
	})
}

func FuzzParseID(f *testing.F) {
	f.Add(vault.ID{1, 2, 3}.String())
	f.Add("")
	f.Add("AAAAAAAAAAAAAAAAAAAAAB")
	f.Fuzz(func(t *testing.T, text string) {
		if id, ok := vault.ParseID(text); ok && id.String() != text {
			t.Errorf("%q is %q", text, id)
		}
	})
}
