package webhook_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"sync/atomic"
	"testing"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/app/webhook"
	"cairn/notary"
	"cairn/notary/vault"

	"gorm.io/gorm"
)

// stamped is a notary whose digests are all at the same stage.
type stamped struct{ stage atomic.Int32 }

func (s *stamped) Proofs(_ context.Context, digests []notary.Digest) ([]notary.Proof, error) {
	out := make([]notary.Proof, len(digests))
	for i, d := range digests {
		out[i] = notary.Proof{Digest: d, Stage: notary.Stage(s.stage.Load())}
	}
	return out, nil
}

func (s *stamped) File(context.Context, notary.Digest) ([]byte, error) { return nil, nil }
func (s *stamped) Watch() (<-chan struct{}, func())                    { return nil, func() {} }

// From a proof that completes in a vault to the receiver: what is to be told is
// there exactly when the completion is, whatever stops the one or the other.
func TestACompleteProofIsToldOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newReceiver(t)
		w := newWorld(t, d, r.guard())
		_, secret := w.add(w.me, "https://example.com/hook")
		proofs := &stamped{}
		proofs.stage.Store(int32(notary.StageStored))
		fail := true
		v := vault.New(vault.Config{
			DB: d, Notary: proofs, Now: w.now, Rand: rand.Reader,
			Completed: func(tx *gorm.DB, done []vault.Completion) error {
				for _, c := range done {
					if err := w.Tell(tx, c.Account, webhook.ProofComplete, &webhook.Proof{Digest: c.Item.Digest.String(), Name: c.Item.Name}); err != nil {
						return err
					}
				}
				if fail {
					return errors.New("the power went")
				}
				return nil
			},
		})
		ctx := t.Context()
		for _, account := range []webhook.Account{w.me, w.other} {
			if _, err := v.Keep(ctx, account, []vault.Entry{{Digest: notary.Digest{7}, Name: "a.jpg"}}, vault.ID{}); err != nil {
				t.Fatal(err)
			}
		}
		proofs.stage.Store(int32(notary.StageComplete))
		if err := v.Look(ctx); err == nil {
			t.Fatal("the failure was not noticed")
		}
		if w.send() != 0 {
			t.Fatal("a delivery of a completion that was undone")
		}
		fail = false
		for range 3 {
			if err := v.Look(ctx); err != nil {
				t.Fatal(err)
			}
		}
		for w.send() > 0 {
		}
		if r.count() != 1 {
			t.Fatalf("told %d times", r.count())
		}
		var m webhook.Message
		if err := json.Unmarshal(r.got[0].body, &m); err != nil || m.Proof.Digest != (notary.Digest{7}).String() || m.Proof.Name != "a.jpg" {
			t.Errorf("%+v, %v", m, err)
		}
		if !webhook.Verify(secret, r.got[0].header.Get(webhook.SignatureHeader), r.got[0].body, w.now()) {
			t.Error("the signature is wrong")
		}
	})
}
