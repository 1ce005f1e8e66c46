package docproof_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"testing"

	"cairn/notary/docproof"
	"cairn/notary/ots"

	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
	"github.com/google/go-cmp/cmp"
)

func TestScript(t *testing.T) {
	digest := sha256.Sum256(nil)
	const want = "6a28444f4350524f4f46e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	script := docproof.Script(digest)
	if got := hex.EncodeToString(script); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if txscript.GetScriptClass(script) != txscript.NullDataTy {
		t.Error("nodes would not relay it")
	}
	if got, err := docproof.ParseScript(script); err != nil || got != digest {
		t.Errorf("read back %x, %v", got, err)
	}
}

func TestParseScript(t *testing.T) {
	digest := sha256.Sum256([]byte("a document"))
	payload := append([]byte("DOCPROOF"), digest[:]...)
	push := func(op ...byte) []byte { return append(append([]byte{txscript.OP_RETURN}, op...), payload...) }
	for name, c := range map[string]struct {
		script []byte
		want   error
	}{
		"one push":            {push(40), nil},
		"OP_PUSHDATA1":        {push(txscript.OP_PUSHDATA1, 40), nil},
		"OP_PUSHDATA2":        {push(txscript.OP_PUSHDATA2, 40, 0), nil},
		"nothing":             {nil, docproof.ErrNotDocproof},
		"only OP_RETURN":      {[]byte{txscript.OP_RETURN}, docproof.ErrNotDocproof},
		"no OP_RETURN":        {push(40)[1:], docproof.ErrNotDocproof},
		"another marker":      {append([]byte{txscript.OP_RETURN, 40}, bytes.Repeat([]byte{7}, 40)...), docproof.ErrNotDocproof},
		"cut":                 {push(40)[:41], docproof.ErrNotDocproof},
		"marker alone":        {push(8)[:10], docproof.ErrLength},
		"digest too short":    {push(39)[:41], docproof.ErrLength},
		"another push after":  {append(push(40), 1, 7), docproof.ErrLength},
		"a broken push after": {append(push(40), 9), docproof.ErrLength},
	} {
		got, err := docproof.ParseScript(c.script)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
		if c.want == nil && got != digest {
			t.Errorf("%s: digest %x", name, got)
		}
	}
}

func TestFind(t *testing.T) {
	one, two := sha256.Sum256([]byte("1")), sha256.Sum256([]byte("2"))
	tx := wire.NewMsgTx(2)
	tx.AddTxOut(wire.NewTxOut(1000, []byte{txscript.OP_TRUE}))
	tx.AddTxOut(docproof.Output(one))
	tx.AddTxOut(wire.NewTxOut(0, []byte{txscript.OP_RETURN, 8, 'D', 'O', 'C', 'P', 'R', 'O', 'O', 'F'}))
	tx.AddTxOut(docproof.Output(two))
	want := []docproof.Found{{Output: 1, Digest: one}, {Output: 3, Digest: two}}
	if diff := cmp.Diff(want, docproof.Find(tx)); diff != "" {
		t.Error(diff)
	}
}

// The document's digest stands in the transaction, so that the transaction can
// be told as an OpenTimestamps path as well.
func TestLeadsToItsTransaction(t *testing.T) {
	digest := sha256.Sum256([]byte("a document"))
	tx := wire.NewMsgTx(2)
	tx.AddTxIn(&wire.TxIn{})
	tx.AddTxOut(docproof.Output(digest))
	way, err := ots.TxPath(tx, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	ts, err := ots.New(digest[:])
	if err != nil {
		t.Fatal(err)
	}
	at, err := ts.Extend(way...)
	if err != nil {
		t.Fatal(err)
	}
	if txid := tx.TxHash(); !bytes.Equal(at.Message(), txid[:]) {
		t.Errorf("leads to %x, not %x", at.Message(), txid[:])
	}
}

func FuzzParseScript(f *testing.F) {
	f.Add(docproof.Script(sha256.Sum256(nil)))
	f.Add([]byte{txscript.OP_RETURN, txscript.OP_PUSHDATA1, 40, 'D', 'O', 'C', 'P', 'R', 'O', 'O', 'F'})
	f.Fuzz(func(t *testing.T, script []byte) {
		digest, err := docproof.ParseScript(script)
		if err != nil {
			return
		}
		again, err := docproof.ParseScript(docproof.Script(digest))
		if err != nil || again != digest {
			t.Fatalf("read %x, then %x, %v", digest, again, err)
		}
	})
}
