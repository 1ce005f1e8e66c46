package receipt

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"

	"cairn/assets"
	"cairn/assets/openassets"
)

// kept are the receipts in testdata, which package maker's tests write.
func kept(t testing.TB) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob("testdata/*.json")
	if err != nil || len(paths) < 8 {
		t.Fatalf("%d receipts, %v", len(paths), err)
	}
	all := map[string][]byte{}
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all[strings.TrimSuffix(filepath.Base(path), ".json")] = raw
	}
	return all
}

func decode(t testing.TB, raw []byte) *File {
	t.Helper()
	f, err := Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestKeptReceiptsHold(t *testing.T) {
	for name, raw := range kept(t) {
		v, err := Verify(decode(t, raw), Options{})
		if err != nil || len(v.Holdings) == 0 || v.Known != 0 || v.Checked {
			t.Errorf("%s: %+v, %v", name, v, err)
		}
		if again, err := decode(t, raw).Encode(); err != nil || !bytes.Equal(again, raw) {
			t.Errorf("%s: written otherwise, %v", name, err)
		}
	}
}

func TestATruncatedReceiptIsNamed(t *testing.T) {
	for name, raw := range kept(t) {
		for n := 0; n < len(raw)-2; n += 97 {
			want := ErrTruncated
			if n == 0 {
				want = ErrFormat
			}
			if _, err := Decode(raw[:n]); !errors.Is(err, want) {
				t.Fatalf("%s cut at %d: %v", name, n, err)
			}
		}
		if _, err := Decode(append(bytes.Clone(raw), '{')); !errors.Is(err, ErrFormat) {
			t.Errorf("%s with more behind: %v", name, err)
		}
	}
}

// Every transaction of a receipt is needed: none can be left out.
func TestEveryTransactionIsNeeded(t *testing.T) {
	for name, raw := range kept(t) {
		n := len(decode(t, raw).Transactions)
		for i := range n {
			f := decode(t, raw)
			f.Transactions = slices.Delete(f.Transactions, i, i+1)
			if _, err := Verify(f, Options{}); !errors.Is(err, ErrAncestor) {
				t.Errorf("%s without transaction %d of %d: %v", name, i, n, err)
			}
		}
	}
}

func TestEveryPlaceIsChecked(t *testing.T) {
	for name, raw := range kept(t) {
		f := decode(t, raw)
		for b := range f.Blocks {
			for i := range f.Blocks[b].Transactions {
				f := decode(t, raw)
				f.Blocks[b].Transactions = slices.Delete(f.Blocks[b].Transactions, i, i+1)
				if _, err := Verify(f, Options{}); !errors.Is(err, ErrUnconfirmed) {
					t.Errorf("%s without a place: %v", name, err)
				}
				f = decode(t, raw)
				in := &f.Blocks[b].Transactions[i]
				if len(in.Branch) == 0 {
					continue
				}
				in.Branch[0] = strings.Repeat("ab", 32)
				if _, err := Verify(f, Options{}); !errors.Is(err, ErrBranch) {
					t.Errorf("%s with a wrong branch: %v", name, err)
				}
				f = decode(t, raw)
				f.Blocks[b].Transactions[i].Index ^= 1
				if _, err := Verify(f, Options{}); !errors.Is(err, ErrBranch) {
					t.Errorf("%s with a wrong place: %v", name, err)
				}
			}
		}
	}
}

func TestWhatIsWrongHasAName(t *testing.T) {
	raw := kept(t)["open-assets-transfer"]
	for name, c := range map[string]struct {
		spoil func(f *File)
		want  error
	}{
		"more units":             {func(f *File) { f.Holdings[0].Units = "8" }, ErrHoldings},
		"another asset":          {func(f *File) { f.Holdings[0].Asset = "oMsYAJSAmVtdMEy4isBVdHWvPDy6tUVZYW" }, ErrHoldings},
		"an id of another chain": {func(f *File) { f.Holdings[0].Asset = "ALn3aK1fSuG27N96UGYB1kUYUpGKRhBuBC" }, ErrFormat},
		"units with a zero":      {func(f *File) { f.Holdings[0].Units = "07" }, ErrFormat},
		"nothing held":           {func(f *File) { f.Holdings = nil }, ErrHoldings},
		"another output":         {func(f *File) { f.Coin = f.Coin[:65] + "0" }, ErrHoldings},
		"no such output":         {func(f *File) { f.Coin = f.Coin[:65] + "9" }, ErrFormat},
		"another coin":           {func(f *File) { f.Coin = strings.Repeat("0", 64) + ":0" }, ErrAncestor},
		"no coin":                {func(f *File) { f.Coin = "1:2:3" }, ErrFormat},
		"another protocol":       {func(f *File) { f.Protocol = "colu" }, ErrHoldings},
		"no protocol":            {func(f *File) { f.Protocol = "omni" }, ErrFormat},
		"work for mainnet":       {func(f *File) { f.Network = "mainnet" }, ErrWork},
		"no network":             {func(f *File) { f.Network = "moon" }, ErrFormat},
		"a short header":         {func(f *File) { f.Blocks[0].Header = f.Blocks[0].Header[:79] }, ErrFormat},
		"a header of no work":    {func(f *File) { f.Blocks[0].Header[75] = 0x03 }, ErrWork},
		"blocks out of order":    {func(f *File) { slices.Reverse(f.Blocks) }, ErrOrder},
		"a height that is not":   {func(f *File) { last(f).Height += 5 }, nil}, // nobody can tell that of a header
		"a gap closed":           {func(f *File) { f.Blocks = slices.Delete(f.Blocks, len(f.Blocks)-2, len(f.Blocks)-1); last(f).Height-- }, ErrOrder},
		"one in two blocks": {func(f *File) {
			for _, b := range f.Blocks {
				if len(b.Transactions) > 0 {
					f.Blocks[0].Transactions = append(f.Blocks[0].Transactions, b.Transactions[0])
					return
				}
			}
		}, ErrOrder},
		"a transaction twice":   {func(f *File) { f.Transactions = append(f.Transactions, f.Transactions[0]) }, ErrFormat},
		"a transaction cut off": {func(f *File) { f.Transactions[0] = f.Transactions[0][:20] }, ErrFormat},
		"bytes behind":          {func(f *File) { f.Transactions[0] = append(f.Transactions[0], 0) }, ErrFormat},
		"an inner node":         {func(f *File) { f.Transactions = append(f.Transactions, innerNode()) }, ErrFormat},
		"a state of the past":   {func(f *File) { f.State.Height = 1 }, ErrFormat},
		"a definition that lies": {func(f *File) {
			f.Definitions = []Definition{{Asset: f.Holdings[0].Asset, SHA256: make([]byte, 32), Content: []byte("{}")}}
		}, ErrDefinition},
		"a definition of others": {func(f *File) {
			f.Definitions = []Definition{define(f.Holdings[0].Asset, definition("oMsYAJSAmVtdMEy4isBVdHWvPDy6tUVZYW"))}
		}, ErrDefinition},
	} {
		f := decode(t, raw)
		c.spoil(f)
		if _, err := Verify(f, Options{}); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func last(f *File) *Block { return &f.Blocks[len(f.Blocks)-1] }

// innerNode is 64 bytes that are a transaction.
func innerNode() []byte {
	tx := wire.NewMsgTx(1)
	tx.AddTxIn(&wire.TxIn{})
	tx.AddTxOut(wire.NewTxOut(0, make([]byte, 4)))
	var b bytes.Buffer
	if err := tx.SerializeNoWitness(&b); err != nil || b.Len() != hollow {
		panic(b.Len())
	}
	return b.Bytes()
}

func definition(asset string) []byte {
	file, err := openassets.Definition{AssetIDs: []string{asset}, NameShort: "M", Name: "MasterBTC"}.File()
	if err != nil {
		panic(err)
	}
	return file
}

func define(asset string, content []byte) Definition {
	sum := sha256.Sum256(content)
	return Definition{Asset: asset, SHA256: sum[:], Content: content}
}

func TestDefinitions(t *testing.T) {
	// By address alone: anybody could change it.
	f := decode(t, kept(t)["open-assets-issue"])
	f.Definitions = []Definition{define(f.Holdings[0].Asset, definition(f.Holdings[0].Asset))}
	v, err := Verify(f, Options{})
	if err != nil || len(v.Definitions) != 1 || v.Definitions[0].Bound {
		t.Errorf("%+v, %v", v, err)
	}
	// By hash: 32 zeros, which nothing hashes to.
	f = decode(t, kept(t)["colu-issue"])
	f.Definitions = []Definition{define(f.Holdings[0].Asset, []byte("{}"))}
	if _, err := Verify(f, Options{}); !errors.Is(err, ErrDefinition) {
		t.Errorf("%v", err)
	}
	r := &reading{}
	r.verdict.Network = "devnet"
	asset := openassets.AssetID([]byte{1})
	content := definition(asset.Text("devnet"))
	for metadata, bound := range map[string]bool{
		"h" + string(btcutil.Hash160(content)): true, "u=https://shop.example/": false, "": false,
	} {
		r.verdict.Issues = []Issue{{Asset: asset, Metadata: []byte(metadata)}}
		if got, err := r.bound(asset, content); err != nil || got != bound {
			t.Errorf("%q: %v, %v", metadata, got, err)
		}
	}
	r.verdict.Issues = []Issue{{Asset: asset, Metadata: []byte("h" + strings.Repeat("x", 20))}}
	if _, err := r.bound(asset, content); !errors.Is(err, ErrDefinition) {
		t.Errorf("another hash: %v", err)
	}
}

// The redeem script of the issuing coin says where the definition is, which lists the
// id of what follows the pointer, as the asset's own depends on it.
func TestFixedDefinitions(t *testing.T) {
	f := decode(t, kept(t)["open-assets-fixed"])
	rest := append(append([]byte{33}, make([]byte, 33)...), txscript.OP_CHECKSIG)
	listed := openassets.AssetID(rest).Text("devnet")
	for name, c := range map[string]struct {
		lists string
		want  error
	}{
		"the id of the rest": {listed, nil}, "its own id": {f.Holdings[0].Asset, nil}, "another": {"oMsYAJSAmVtdMEy4isBVdHWvPDy6tUVZYW", ErrDefinition},
	} {
		f.Definitions = []Definition{define(f.Holdings[0].Asset, definition(c.lists))}
		v, err := Verify(f, Options{})
		if !errors.Is(err, c.want) || err == nil && (len(v.Definitions) != 1 || v.Definitions[0].Bound) {
			t.Errorf("%s: %+v, %v", name, v, err)
		}
	}
	f.Definitions = []Definition{define(listed, definition(listed))}
	if _, err := Verify(f, Options{}); !errors.Is(err, ErrDefinition) {
		t.Errorf("of an asset that the coin does not hold: %v", err)
	}

	// With a hash in the redeem script the content is bound.
	content := definition(listed)
	for hash, want := range map[string]error{string(btcutil.Hash160(content)): nil, strings.Repeat("x", 20): ErrDefinition} {
		redeem, _, err := openassets.FixedRedeem(openassets.Pointer{Hash160: []byte(hash)}, rest)
		if err != nil {
			t.Fatal(err)
		}
		script := append(append([]byte{0xa9, 20}, btcutil.Hash160(redeem)...), 0x87)
		show, err := txscript.NewScriptBuilder().AddData(redeem).Script()
		if err != nil {
			t.Fatal(err)
		}
		r := &reading{}
		r.verdict.Network = "devnet"
		asset := openassets.AssetID(script)
		r.verdict.Issues = []Issue{{Asset: asset, input: &wire.TxIn{SignatureScript: show}, prevout: wire.NewTxOut(1, script)}}
		if bound, err := r.bound(asset, content); !errors.Is(err, want) || bound != (want == nil) {
			t.Errorf("%x: %v, %v", hash, bound, err)
		}
	}
}

// What an output's color depends on: an issue that moves nothing depends on its first
// coin alone, and everything else on what all inputs hold.
func TestNeeded(t *testing.T) {
	marked := func(quantities ...int64) []byte {
		t.Helper()
		script, err := openassets.Marker{Quantities: quantities}.Script()
		if err != nil {
			t.Fatal(err)
		}
		return script
	}
	payload := func(hex string) []byte { return append([]byte{txscript.OP_RETURN, byte(len(hex))}, hex...) }
	plain := []byte{txscript.OP_TRUE}
	all, first := []Need{Units, Units}, []Need{Script, Nothing}
	for name, c := range map[string]struct {
		p      assets.Protocol
		outs   [][]byte
		output uint32
		want   []Need
	}{
		"no marker":             {assets.OpenAssets, [][]byte{plain}, 0, []Need{Nothing, Nothing}},
		"an issue":              {assets.OpenAssets, [][]byte{plain, marked(5), plain}, 0, first},
		"an issue with nothing": {assets.OpenAssets, [][]byte{plain, marked(5, 0), plain}, 0, first},
		"that moves, too":       {assets.OpenAssets, [][]byte{plain, marked(5, 1), plain}, 0, all},
		"a transfer":            {assets.OpenAssets, [][]byte{marked(5), plain}, 1, all},
		"too long a list":       {assets.OpenAssets, [][]byte{plain, marked(5, 0)}, 0, all},
		"two markers":           {assets.OpenAssets, [][]byte{plain, marked(5), marked(6)}, 0, all},
		"a Colu issue":          {assets.Colu, [][]byte{plain, payload("CC\x02\x05\x05\x00\x05\x10"), plain}, 0, first},
		"its last output":       {assets.Colu, [][]byte{plain, payload("CC\x02\x05\x05\x00\x05\x10"), plain}, 2, all},
		"units left over":       {assets.Colu, [][]byte{plain, payload("CC\x02\x05\x05\x00\x04\x10"), plain}, 0, all},
		"more than it issues":   {assets.Colu, [][]byte{plain, payload("CC\x02\x05\x05\x00\x06\x10"), plain}, 0, all},
		"to no output":          {assets.Colu, [][]byte{plain, payload("CC\x02\x05\x05\x07\x05\x10"), plain}, 0, all},
		"of the next input":     {assets.Colu, [][]byte{plain, payload("CC\x02\x05\x05\x80\x04\x00\x01\x10"), plain}, 0, all},
		"a range":               {assets.Colu, [][]byte{plain, payload("CC\x02\x05\x05\x40\x00\x05\x10"), plain}, 0, all},
		"a Colu transfer":       {assets.Colu, [][]byte{plain, payload("CC\x02\x15\x00\x05"), plain}, 0, all},
	} {
		tx := wire.NewMsgTx(2)
		for n := range uint32(2) {
			tx.AddTxIn(&wire.TxIn{PreviousOutPoint: wire.OutPoint{Index: n}})
		}
		for _, script := range c.outs {
			tx.AddTxOut(wire.NewTxOut(600, script))
		}
		if got := Needed(c.p, tx, c.output); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	tx := wire.NewMsgTx(1)
	tx.AddTxIn(&wire.TxIn{Sequence: 37})
	if got := Needed(assets.EPOBC, tx, 0); !slices.Equal(got, []Need{Nothing}) {
		t.Errorf("a genesis: %v", got)
	}
	tx.TxIn[0].Sequence = 51
	if got := Needed(assets.EPOBC, tx, 0); !slices.Equal(got, []Need{Units}) {
		t.Errorf("an EPOBC transfer: %v", got)
	}
}

func TestAnotherChainIsSeen(t *testing.T) {
	f := decode(t, kept(t)["colu-transfer"])
	known := func(hash chainhash.Hash) Options {
		return Options{Known: func(h int32) (chainhash.Hash, bool) { return hash, h == f.Blocks[0].Height }}
	}
	if _, err := Verify(f, known(chainhash.Hash{1})); !errors.Is(err, ErrOtherChain) {
		t.Errorf("%v", err)
	}
	v, err := Verify(f, known(chainhash.DoubleHashH(f.Blocks[0].Header)))
	if err != nil || v.Known != 1 || v.Checked {
		t.Errorf("%+v, %v", v, err)
	}
}

func TestTheMakersWordIsCounted(t *testing.T) {
	f := decode(t, kept(t)["open-assets-issue"])
	tx, err := readTx(f.Transactions[0])
	if err != nil {
		t.Fatal(err)
	}
	f.Transactions = f.Transactions[1:]
	at := wire.OutPoint{Hash: tx.TxHash()}
	f.Stated = []Stated{{Coin: at.String(), Value: -1, Script: tx.TxOut[0].PkScript}}
	v, err := Verify(f, Options{})
	if err != nil || len(v.Stated) != 1 || v.Stated[0] != at {
		t.Errorf("%+v, %v", v, err)
	}
	f.Stated[0].Script = nil // the issuer's script must be told
	if _, err := Verify(f, Options{}); !errors.Is(err, ErrAncestor) {
		t.Errorf("%v", err)
	}
}

func TestBranches(t *testing.T) {
	var ids []chainhash.Hash
	for n := range 20 {
		ids = append(ids, chainhash.HashH([]byte{byte(n)}))
		for i := range ids {
			in := In{Txid: ids[i].String(), Index: uint32(i)}
			for _, h := range Branch(ids, i) {
				in.Branch = append(in.Branch, h.String())
			}
			if err := leads(ids[i], in, root(ids)); err != nil {
				t.Errorf("%d of %d: %v", i, len(ids), err)
			}
		}
	}
}

// root is a Merkle root, by definition.
func root(ids []chainhash.Hash) chainhash.Hash {
	if len(ids) == 1 {
		return ids[0]
	}
	var up []chainhash.Hash
	for i := 0; i < len(ids); i += 2 {
		right := ids[min(i+1, len(ids)-1)]
		up = append(up, chainhash.DoubleHashH(append(ids[i][:len(ids[i]):len(ids[i])], right[:]...)))
	}
	return root(up)
}

func FuzzVerify(f *testing.F) {
	for _, raw := range kept(f) {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		file, err := Decode(raw)
		if err != nil {
			return
		}
		v, err := Verify(file, Options{})
		if err == nil && (len(v.Holdings) == 0 || v.Protocol < assets.OpenAssets) {
			t.Errorf("%+v", v)
		}
	})
}
