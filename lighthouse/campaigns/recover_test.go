package campaigns_test

import (
	"crypto/sha256"
	"strings"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/chain"
	"cairn/lighthouse"
	"cairn/lighthouse/campaigns"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/schnorr"
)

func sign(t *testing.T, key *btcec.PrivateKey, message string) []byte {
	t.Helper()
	digest := sha256.Sum256([]byte(message))
	signature, err := schnorr.Sign(key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return signature.Serialize()
}

func TestLostLink(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, chain.Devnet)
		ctx := t.Context()
		mine, err := btcec.NewPrivateKey()
		w.must(err)
		thief, err := btcec.NewPrivateKey()
		w.must(err)
		dr := draft(1)
		dr.Creator.PublicKey = schnorr.SerializePubKey(mine.PubKey())
		c, lost := w.opened(dr)
		plain, _ := w.opened(draft(2))
		dr = draft(3)
		dr.Creator.PublicKey = schnorr.SerializePubKey(mine.PubKey())
		other, _ := w.opened(dr)

		_, err = w.Challenge(ctx, plain.ID)
		w.wantErr(err, campaigns.ErrSignature)
		_, err = w.Challenge(ctx, lighthouse.ID{9})
		w.wantErr(err, lighthouse.ErrUnknown)
		challenge, err := w.Challenge(ctx, c.ID)
		w.must(err)
		message := campaigns.RecoverMessage(c.ID, challenge)
		if message != "cairn campaign "+c.ID.String()+" "+challenge {
			t.Errorf("to be signed: %q", message)
		}
		_, err = w.Recover(ctx, c.ID, challenge, sign(t, thief, message))
		w.wantErr(err, campaigns.ErrSignature)
		_, err = w.Recover(ctx, c.ID, challenge, []byte("x"))
		w.wantErr(err, campaigns.ErrSignature)
		for _, wrong := range []string{"", "00", strings.Repeat("00", 24), challenge[2:] + "00", "ff" + challenge[2:]} {
			_, err = w.Recover(ctx, c.ID, wrong, sign(t, mine, campaigns.RecoverMessage(c.ID, wrong)))
			w.wantErr(err, campaigns.ErrChallenge)
		}
		_, err = w.Recover(ctx, other.ID, challenge, sign(t, mine, campaigns.RecoverMessage(other.ID, challenge)))
		w.wantErr(err, campaigns.ErrChallenge)
		_, err = w.ByKey(ctx, lost)
		w.must(err) // nothing has changed so far

		key, err := w.Recover(ctx, c.ID, challenge, sign(t, mine, message))
		w.must(err)
		found, err := w.ByKey(ctx, key)
		w.must(err)
		if found.ID != c.ID {
			t.Errorf("found %s", found.ID)
		}
		_, err = w.ByKey(ctx, lost)
		w.wantErr(err, lighthouse.ErrNotYours)
		_, err = w.Recover(ctx, c.ID, challenge, sign(t, mine, message))
		w.wantErr(err, campaigns.ErrChallenge) // it was used
		late, err := w.Challenge(ctx, c.ID)
		w.must(err)
		w.at = w.at.Add(15*time.Minute + time.Second)
		_, err = w.Recover(ctx, c.ID, late, sign(t, mine, campaigns.RecoverMessage(c.ID, late)))
		w.wantErr(err, campaigns.ErrChallenge)
	})
}
