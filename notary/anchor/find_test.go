package anchor

import (
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
	"testing"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/notary"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
)

// Whatever people hold of a stamp leads to its anchor, also a transaction that
// was replaced since, and in either order of its bytes.
func TestFind(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, 1)
		stored := w.stamp("a photograph")
		commitment := hex.EncodeToString(stored.Commitment)
		if f, err := w.service.Find(t.Context(), " "+commitment+"\n"); err != nil || !f.Waiting {
			t.Errorf("a commitment that waits: %+v, %v", f, err)
		}
		w.step()
		w.send()
		first := *w.stage("a photograph", notary.StageBroadcast).Anchor
		for range 2 {
			w.passWithout(first.Txid)
		}
		w.step()
		w.send()
		raised := *w.stage("a photograph", notary.StageBroadcast).Anchor
		if raised.Txid == first.Txid {
			t.Fatal("the fee was not raised")
		}
		w.mine(1)
		final := *w.stage("a photograph", notary.StageComplete).Anchor
		backwards := final.Txid
		slices.Reverse(backwards[:])
		digest := stored.Digest.String()
		if f, err := w.service.Find(t.Context(), digest); err != nil || f.Digest == nil || *f.Digest != stored.Digest {
			t.Errorf("the digest: %+v, %v", f, err)
		}
		for name, text := range map[string]string{
			"txid":          final.Txid.String(),
			"replaced txid": first.Txid.String(),
			"txid in bytes": backwards.String(),
			"root":          hex.EncodeToString(final.Root[:]),
			"block":         final.Block.Hash.String(),
			"height":        strconv.Itoa(int(final.Block.Height)),
			"commitment":    commitment,
		} {
			f, err := w.service.Find(t.Context(), text)
			if err != nil || len(f.Anchors) != 1 || f.Anchors[0].Txid != final.Txid || f.Anchors[0].Block != final.Block {
				t.Errorf("%s: %+v, %v", name, f, err)
			}
		}
		if a, err := w.service.Anchor(t.Context(), first.Txid); err != nil || a.Txid != final.Txid || a.FirstSeq != 1 || a.LastSeq != 1 {
			t.Errorf("%+v, %v", a, err)
		}
		if _, err := w.service.Anchor(t.Context(), chainhash.Hash{1}); !errors.Is(err, notary.ErrUnknownTransaction) {
			t.Errorf("%v", err)
		}
	})
}

func TestFindNothing(t *testing.T) {
	w := newWorld(t, dbtest.Open(t, db.SQLite), 1)
	hash := chainhash.Hash{1}.String()
	for text, want := range map[string]error{
		hash:                     notary.ErrNothingFound,
		hash + hash[:24]:         notary.ErrNothingFound,
		"999999":                 notary.ErrNothingFound,
		"2147483647":             notary.ErrNothingFound,
		"2147483648":             notary.ErrQuery,
		"-1":                     notary.ErrQuery,
		"":                       notary.ErrQuery,
		"photo.jpg":              notary.ErrQuery,
		hash[:62]:                notary.ErrQuery,
		hash + hash:              notary.ErrQuery,
		"zz" + hash[2:]:          notary.ErrQuery,
		"https://cairn.example/": notary.ErrQuery,
	} {
		if f, err := w.service.Find(t.Context(), text); !errors.Is(err, want) {
			t.Errorf("%q: %+v, %v", text, f, err)
		}
	}
}

// A transaction that was signed and never sent is nobody's business yet.
func TestUnsentTransactionIsUnknown(t *testing.T) {
	w := newWorld(t, dbtest.Open(t, db.SQLite), 1)
	w.stamp("a photograph")
	w.step()
	unsent := w.unsent()
	if len(unsent) != 1 {
		t.Fatalf("%d unsent", len(unsent))
	}
	if _, err := w.service.Anchor(t.Context(), unsent[0].Txid); !errors.Is(err, notary.ErrUnknownTransaction) {
		t.Errorf("%v", err)
	}
}
