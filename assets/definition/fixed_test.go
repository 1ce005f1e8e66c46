package definition

import (
	"bytes"
	"strings"
	"testing"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/assets"
	"cairn/assets/openassets"
	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// fixedIssue is an issue by a script that carries a pointer, and the id that the
// definition has to name.
func fixedIssue(t *testing.T, at openassets.Pointer) (issue Issue, listed assets.ID) {
	t.Helper()
	redeem, listed, err := openassets.FixedRedeem(at, []byte{txscript.OP_TRUE})
	if err != nil {
		t.Fatal(err)
	}
	input, err := txscript.NewScriptBuilder().AddData(redeem).Script()
	if err != nil {
		t.Fatal(err)
	}
	address, err := btcutil.NewAddressScriptHash(redeem, &chaincfg.MainNetParams)
	if err != nil {
		t.Fatal(err)
	}
	script, err := txscript.PayToAddrScript(address)
	if err != nil {
		t.Fatal(err)
	}
	return Issue{
		Asset: openassets.AssetID(script), Input: wire.NewTxIn(&wire.OutPoint{}, input, nil), Prevout: wire.NewTxOut(600, script),
	}, listed
}

// A pointer in the asset's own script counts before what issues say, and its
// definition names the script without it.
func TestAScriptFixesThePointer(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		issue, listed := fixedIssue(t, openassets.Pointer{URL: where})
		w.web[where] = json1(listed.Text(chain.Mainnet))
		issue.Metadata = []byte("u=https://elsewhere.example.com/later")
		w.web["https://elsewhere.example.com/later"] = json1(issue.Asset.Text(chain.Mainnet))
		if err := w.Note(t.Context(), issue); err != nil {
			t.Fatal(err)
		}
		w.work()
		got := w.of(issue.Asset, string(issue.Metadata))
		if got.State != Fetched || !got.Fixed || got.Pointer != where || got.Name != "Mastering Bitcoin voucher" || !got.Authentic {
			t.Fatalf("%+v", got)
		}
		if none := w.of(issue.Asset, ""); none.Hash != got.Hash {
			t.Errorf("without metadata: %+v", none)
		}
		brief, err := w.Brief(t.Context(), []Asked{{Asset: issue.Asset, Metadata: issue.Metadata}, {Asset: book(t)}})
		if err != nil || brief[0].Name != got.Name || !brief[0].Fixed || brief[1].State != Missing {
			t.Errorf("brief %+v, %v", brief, err)
		}

		// A definition that names the asset itself is not the one.
		other, _ := fixedIssue(t, openassets.Pointer{URL: where + "/2"})
		w.web[where+"/2"] = json1(other.Asset.Text(chain.Mainnet))
		if err := w.Note(t.Context(), other); err != nil {
			t.Fatal(err)
		}
		w.work()
		if got := w.of(other.Asset, ""); got.State != Refused || got.Why != Unlisted || got.Name != "" {
			t.Errorf("%+v", got)
		}
	})
}

// No metadata can pass for the pointer of a script, and speak as somebody else.
func TestMetadataIsNoScript(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		victim := book(t)
		w.web[where] = json1(victim.Text(chain.Mainnet))
		liar, err := assets.ParseID("ALn3aK1fSuG27N96UGYB1kUYUpGKRhBuBC", chain.Mainnet)
		if err != nil {
			t.Fatal(err)
		}
		forged := storedFixed(openassets.Fixed{Listed: victim}, []byte("u="+where))
		w.note(liar, string(forged))
		w.work()
		if got := w.of(liar, string(forged)); got.Known() || got.Fixed || got.Name != "" || got.State != Refused || w.asked[where] != 0 {
			t.Errorf("%+v, asked %v", got, w.asked)
		}
		if !bytes.HasPrefix(forged, fixedMark) || !strings.Contains(string(forged), where) {
			t.Fatalf("%q proves nothing", forged)
		}
		// Nor an input that shows another script than the coin's.
		issue, listed := fixedIssue(t, openassets.Pointer{URL: where})
		w.web[where] = json1(listed.Text(chain.Mainnet))
		issue.Prevout = wire.NewTxOut(600, bytes.Replace(issue.Prevout.PkScript, issue.Prevout.PkScript[5:9], []byte{1, 2, 3, 4}, 1))
		if err := w.Note(t.Context(), issue); err != nil {
			t.Fatal(err)
		}
		w.work()
		if got := w.of(issue.Asset, ""); got.State != Missing {
			t.Errorf("%+v", got)
		}
	})
}
