package vault_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"cairn/app/db"
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
