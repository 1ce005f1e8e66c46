package colu

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"

	"cairn/assets"
	"cairn/chain"
)

func readVectors(t *testing.T, name string, into any) {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.NewDecoder(z).Decode(into); err != nil {
		t.Fatal(err)
	}
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestNumbersLikeThePackages(t *testing.T) {
	var vectors [][3]string
	readVectors(t, "sffc.json.gz", &vectors)
	if len(vectors) != 2331 {
		t.Fatalf("%d vectors", len(vectors))
	}
	for _, v := range vectors {
		var n, want int64
		fmt.Sscan(v[0], &n)
		fmt.Sscan(v[2], &want)
		b, err := appendSFFC(nil, n)
		if err != nil || hex.EncodeToString(b) != v[1] {
			t.Errorf("%s: %x instead of %s, %v", v[0], b, v[1], err)
		}
		got, rest := readSFFC(append(unhex(t, v[1]), 0x99))
		if got != (amount{value: want}) || len(rest) != 1 {
			t.Errorf("%s: read as %+v with %d bytes left", v[1], got, len(rest))
		}
	}
}

func TestNumbersAtTheEdges(t *testing.T) {
	for _, n := range []int64{-1, MaxAmount + 1, math.MaxInt64} {
		if b, err := appendSFFC(nil, n); err == nil {
			t.Errorf("%d was written as %x", n, b)
		}
	}
	for text, want := range map[string]amount{
		"":               {absent: true},
		"40":             {},                                 // cut off: what is there is read
		"4012":           {value: 100},                       // 0x0012: 1 with two zeros
		"e0000000000001": {value: 1<<53 + 1},                 // the flag's third bit is the mantissa's
		"ffffffffffffff": {value: 1<<54 - 1},                 // and the largest of them
		"7fffffff":       {value: math.MaxInt64, huge: true}, // (2^25-1)·10^15
		"3fff":           {value: 511_000_000_000_000_000},   // over 2^53, exact here
		"42710f":         {value: math.MaxInt64, huge: true}, // 10^19, below 2^64
		"5fffff":         {value: math.MaxInt64, huge: true}, // (2^17-1)·10^15
		"bfffffffffff":   {value: math.MaxInt64, huge: true}, // (2^42-1)·10^7
		"9fffffffff":     {value: (1<<34 - 1) * 10_000_000},  // over 2^53, exact here
		"404000":         {value: 0x400},
	} {
		if got, _ := readSFFC(unhex(t, text)); got != want {
			t.Errorf("%q: %+v instead of %+v", text, got, want)
		}
	}
}

type jsonPayment struct {
	Skip, Range, Percent, Burn bool
	Input, Output              int
	Amount                     *int64
}

func (p jsonPayment) payment() Payment {
	out := Payment{Input: p.Input, Output: p.Output, Burn: p.Burn, Range: p.Range, Percent: p.Percent}
	if p.Amount != nil {
		out.Units = *p.Amount
	}
	return out
}

func TestPaymentsLikeThePackages(t *testing.T) {
	var vectors []struct {
		In  jsonPayment
		Hex string
	}
	readVectors(t, "payments.json.gz", &vectors)
	if len(vectors) != 400 {
		t.Fatalf("%d vectors", len(vectors))
	}
	for _, v := range vectors {
		want := step{Payment: v.In.payment(), skip: v.In.Skip}
		b, err := want.appendTo(nil, false)
		if err != nil || hex.EncodeToString(b) != v.Hex {
			t.Errorf("%+v: %x instead of %s, %v", v.In, b, v.Hex, err)
		}
		got, rest := readStep(unhex(t, v.Hex), false)
		if got != want || len(rest) != 0 {
			t.Errorf("%s: read as %+v, %d bytes left", v.Hex, got, len(rest))
		}
	}
}

func TestPayloadsLikeThePackages(t *testing.T) {
	var vectors []struct {
		Type     Kind
		NoRules  bool
		OpReturn string `json:"op_return"`
		Leftover []string
		Decoded  struct {
			Payments          []jsonPayment
			Version           byte
			LockStatus        bool
			AggregationPolicy string
			Divisibility      int
			Amount            int64
			MultiSig          []struct {
				Index    int
				HashType string
			}
			TorrentHash, Sha2 string
		}
	}
	readVectors(t, "transactions.json.gz", &vectors)
	if len(vectors) != 480 {
		t.Fatalf("%d vectors", len(vectors))
	}
	for _, v := range vectors {
		p, err := Parse(unhex(t, v.OpReturn))
		if err != nil {
			t.Errorf("%s: %v", v.OpReturn, err)
			continue
		}
		d := v.Decoded
		var payments []Payment
		for _, q := range d.Payments {
			payments = append(payments, q.payment())
		}
		if p.Kind != v.Type || p.Version != d.Version || !slices.Equal(p.Payments, payments) ||
			hex.EncodeToString(p.InfoHash) != d.TorrentHash || hex.EncodeToString(p.MetadataHash) != d.Sha2 ||
			p.hashesOutside() != len(d.MultiSig) {
			t.Errorf("%s: %+v", v.OpReturn, p)
		}
		if p.Kind == Issuance && (p.Units != d.Amount || p.Traits.Locked != d.LockStatus ||
			p.Traits.Policy.String() != d.AggregationPolicy || p.Traits.Divisibility != d.Divisibility) {
			t.Errorf("%s: issues %d, %+v", v.OpReturn, p.Units, p.Traits)
		}
		hashes := Hashes{InfoHash: p.InfoHash, Metadata: p.MetadataHash}
		switch len(v.Leftover) { // what the packages leave for an output
		case 1:
			hashes.Metadata = unhex(t, v.Leftover[0])
		case 2:
			hashes.InfoHash, hashes.Metadata = unhex(t, v.Leftover[0]), unhex(t, v.Leftover[1])
		}
		b, outside, err := p.Bytes(hashes, !v.NoRules)
		if err != nil || hex.EncodeToString(b) != v.OpReturn || len(outside) != len(v.Leftover) {
			t.Errorf("%s: written as %x, %d hashes outside, %v", v.OpReturn, b, len(outside), err)
		}
		for i := range outside {
			if hex.EncodeToString(outside[i]) != v.Leftover[i] {
				t.Errorf("%s: %x left for an output", v.OpReturn, outside[i])
			}
		}
	}
}

func TestIDsLikeThePackages(t *testing.T) {
	var vectors []struct {
		Ccdata struct {
			LockStatus        bool
			Divisibility      int
			AggregationPolicy string
		}
		Vin struct {
			Txid           string
			Vout           uint32
			PreviousOutput struct{ Hex string }
		}
		AssetID string `json:"assetId"`
	}
	readVectors(t, "assetids.json.gz", &vectors)
	if len(vectors) != 300 {
		t.Fatalf("%d vectors", len(vectors))
	}
	for _, v := range vectors {
		policy, err := ParsePolicy(v.Ccdata.AggregationPolicy)
		if err != nil {
			t.Fatal(err)
		}
		traits := Traits{Policy: policy, Divisibility: v.Ccdata.Divisibility, Locked: v.Ccdata.LockStatus}
		checkID(t, traits, v.Vin.Txid, v.Vin.Vout, unhex(t, v.Vin.PreviousOutput.Hex), v.AssetID)
	}
}

// The ids of the tests of cc-assetid-encoder (Apache-2.0).
func TestIDsOfLockedAssets(t *testing.T) {
	const coin = "0f45f38a8bcd8331877267e0f3f5f8a4b3c716165e40db4eee34d52759ad954f"
	for policy, want := range map[Policy]string{
		Aggregatable: "La8kMVUzB9RT2GGKpkpuWJgp1oTPVheheTjMi6",
		Hybrid:       "LhANhrERyCPXq5b4ZC92LtYSdJ8Xbsu18G1pHy",
		Dispersed:    "Ld7CtQsq1dSsN54B8i9j1nPtMHCiYKDXDZ6YBq",
	} {
		checkID(t, Traits{Policy: policy, Divisibility: 3, Locked: true}, coin, 2, nil, want)
	}
}

func checkID(t *testing.T, traits Traits, txid string, vout uint32, script []byte, want string) {
	t.Helper()
	hash, err := chainhash.NewHashFromStr(txid)
	if err != nil {
		t.Fatal(err)
	}
	id, err := IssuedID(traits, wire.OutPoint{Hash: *hash, Index: vout}, script)
	if err != nil || id.Text(chain.Mainnet) != want {
		t.Errorf("%s instead of %s, %v", id.Text(chain.Mainnet), want, err)
		return
	}
	if parsed, err := assets.ParseID(want, chain.Mainnet); err != nil || parsed != id {
		t.Errorf("%s: read as %s, %v", want, parsed, err)
	}
	if got, err := Describe(id); err != nil || got != traits {
		t.Errorf("%s: described as %+v, %v", want, got, err)
	}
}

// letterID stands for the assets that the vectors call by letters.
func letterID(t *testing.T, letter string, policy Policy) assets.ID {
	t.Helper()
	id, err := IssuedID(Traits{Policy: policy}, wire.OutPoint{}, []byte(letter))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// painting is a transaction of the vectors.
type painting struct {
	inputs   []assets.Input
	tx       *wire.MsgTx
	issued   string
	expected [][]assets.Holding
}

// name turns the vectors' asset into an id: a letter, or what was issued.
func (p *painting) name(t *testing.T, asset string, policies map[string]Policy) assets.ID {
	if len(asset) == 1 {
		return letterID(t, asset, policies[asset])
	}
	id, err := assets.ParseID(asset, chain.Mainnet)
	if err != nil {
		t.Fatal(err)
	}
	p.issued = asset
	return id
}

func (p *painting) spend(t *testing.T, txid string, vout uint32, script string) *assets.Input {
	hash, err := chainhash.NewHashFromStr(txid)
	if err != nil {
		t.Fatal(err)
	}
	p.tx.AddTxIn(wire.NewTxIn(&wire.OutPoint{Hash: *hash, Index: vout}, nil, nil))
	p.inputs = append(p.inputs, assets.Input{Prevout: wire.NewTxOut(546, unhex(t, script))})
	return &p.inputs[len(p.inputs)-1]
}

func sameOutputs(a, b [][]assets.Holding) bool {
	return slices.EqualFunc(a, b, func(x, y []assets.Holding) bool { return slices.Equal(x, y) })
}

func TestColorsLikeThePackages(t *testing.T) {
	type jsonAsset struct {
		AssetID           string `json:"assetId"`
		Amount            int64
		AggregationPolicy string
	}
	var vectors []struct {
		In struct {
			Vin []struct {
				Txid           string
				Vout           uint32
				PreviousOutput struct{ Hex string }
				Assets         []jsonAsset
			}
			Vout   []struct{}
			Ccdata []struct {
				Type              Kind
				Version           byte
				Payments          []jsonPayment
				Amount            int64
				Divisibility      int
				LockStatus        bool
				AggregationPolicy string
			}
		}
		Out      [][]jsonAsset
		Overflow bool
	}
	readVectors(t, "coloring.json.gz", &vectors)
	if len(vectors) != 1200 {
		t.Fatalf("%d vectors", len(vectors))
	}
	for i, v := range vectors {
		p := painting{tx: wire.NewMsgTx(2)}
		policies := map[string]Policy{}
		holding := func(a jsonAsset) assets.Holding {
			if policy, err := ParsePolicy(a.AggregationPolicy); err == nil {
				policies[a.AssetID] = policy
			}
			return assets.Holding{Asset: p.name(t, a.AssetID, policies), Units: a.Amount}
		}
		for _, in := range v.In.Vin {
			input := p.spend(t, in.Txid, in.Vout, in.PreviousOutput.Hex)
			for _, a := range in.Assets {
				input.Holdings = append(input.Holdings, holding(a))
			}
		}
		for range v.In.Vout {
			p.tx.AddTxOut(wire.NewTxOut(0, nil))
		}
		for _, out := range v.Out {
			var holdings []assets.Holding
			for _, a := range out {
				holdings = append(holdings, holding(a))
			}
			p.expected = append(p.expected, holdings)
		}
		cc := v.In.Ccdata[0]
		policy, _ := ParsePolicy(cc.AggregationPolicy)
		payload := Payload{Version: cc.Version, Kind: cc.Type, Units: cc.Amount,
			Traits: Traits{Policy: policy, Divisibility: cc.Divisibility, Locked: cc.LockStatus}}
		for _, q := range cc.Payments {
			payload.Payments = append(payload.Payments, q.payment())
		}
		c := assets.Coloring{Outputs: make([][]assets.Holding, len(p.tx.TxOut))}
		apply(&payload, p.tx, p.inputs, &c)
		if (c.Verdict == assets.Overflow) != v.Overflow || !sameOutputs(c.Outputs, p.expected) {
			t.Errorf("%d: %s (%s), %v instead of %v", i, c.Verdict, c.Why, c.Outputs, p.expected)
		}
		checkBalance(t, p.tx, p.inputs, c)
	}
}

// Transactions with payloads in bytes, as they are on the chain.
func TestColorsOfBytesLikeThePackages(t *testing.T) {
	type side [][2]any // asset and units
	var vectors []struct {
		Hex      string
		Vin      [][4]json.RawMessage
		Nout     int
		Overflow bool
		Out      []side
		Bad      bool
	}
	readVectors(t, "raw.json.gz", &vectors)
	if len(vectors) != 1500 {
		t.Fatalf("%d vectors", len(vectors))
	}
	policies := map[string]Policy{"A": Aggregatable, "B": Hybrid, "C": Dispersed, "D": Aggregatable}
	rejected := 0
	for i, v := range vectors {
		p := painting{tx: wire.NewMsgTx(2)}
		holdings := func(s side) (out []assets.Holding) {
			for _, a := range s {
				if units := int64(a[1].(float64)); units > 0 {
					out = append(out, assets.Holding{Asset: p.name(t, a[0].(string), policies), Units: units})
				}
			}
			return out
		}
		for _, in := range v.Vin {
			var txid, script string
			var vout uint32
			var held side
			for j, into := range []any{&txid, &vout, &script, &held} {
				if err := json.Unmarshal(in[j], into); err != nil {
					t.Fatal(err)
				}
			}
			p.spend(t, txid, vout, script).Holdings = holdings(held)
		}
		for range v.Nout {
			p.tx.AddTxOut(wire.NewTxOut(546, []byte{txscript.OP_TRUE}))
		}
		for _, s := range v.Out {
			p.expected = append(p.expected, holdings(s))
		}
		payload, err := Parse(unhex(t, v.Hex))
		if err != nil != v.Bad {
			t.Errorf("%d: %s: %v", i, v.Hex, err)
		}
		if err != nil {
			rejected++
			continue
		}
		c := assets.Coloring{Outputs: make([][]assets.Holding, len(p.tx.TxOut))}
		apply(payload, p.tx, p.inputs, &c)
		if (c.Verdict == assets.Overflow) != v.Overflow || !sameOutputs(c.Outputs, p.expected) {
			t.Errorf("%d: %s: %s (%s), %v instead of %v", i, v.Hex, c.Verdict, c.Why, c.Outputs, p.expected)
		}
		if p.issued != "" && c.Issued.Text(chain.Mainnet) != p.issued {
			t.Errorf("%d: issued %s instead of %s", i, c.Issued.Text(chain.Mainnet), p.issued)
		}
		checkBalance(t, p.tx, p.inputs, c)
	}
	if rejected == 0 {
		t.Error("no vector was rejected")
	}
}

// checkBalance sees to it that every unit that came in or was made is accounted
// for once, and that flows and holdings tell the same.
func checkBalance(t *testing.T, tx *wire.MsgTx, inputs []assets.Input, c assets.Coloring) {
	t.Helper()
	if len(c.Outputs) != len(tx.TxOut) {
		t.Fatalf("%d outputs of %d", len(c.Outputs), len(tx.TxOut))
	}
	type place struct {
		asset assets.ID
		at    int
	}
	in, gone, came, held := map[place]int64{}, map[place]int64{}, map[place]int64{}, map[place]int64{}
	for i, input := range inputs {
		for _, h := range input.Holdings {
			in[place{h.Asset, i}] += h.Units
		}
	}
	for i, holdings := range c.Outputs {
		for _, h := range holdings {
			if h.Units <= 0 {
				t.Errorf("output %d holds %d units", i, h.Units)
			}
			held[place{h.Asset, i}] += h.Units
		}
	}
	for _, f := range c.Flows {
		if f.Units <= 0 || f.First < 0 {
			t.Errorf("a flow of %+v", f)
		}
		gone[place{f.Asset, f.From}] += f.Units
		if f.To != assets.Destroyed {
			came[place{f.Asset, f.To}] += f.Units
		}
	}
	for p, n := range in {
		if gone[p] != n && c.Verdict != assets.Unsure {
			t.Errorf("%s: input %d had %d units of %s, %d flow", c.Verdict, p.at, n, p.asset, gone[p])
		}
	}
	for p, n := range gone {
		if p.at == assets.Issued && p.asset != c.Issued {
			t.Errorf("%d units of %s out of nothing", n, p.asset)
		}
	}
	if len(came) != len(held) {
		t.Errorf("flows to %d places, holdings in %d", len(came), len(held))
	}
	for p, n := range held {
		if came[p] != n {
			t.Errorf("output %d holds %d of %s, %d came", p.at, n, p.asset, came[p])
		}
	}
}

func TestRealTransactions(t *testing.T) {
	var vectors []struct {
		Txid     string
		Hex      string
		OpReturn string `json:"op_return"`
		Vout     int    `json:"op_return_vout"`
	}
	readVectors(t, "onchain.json.gz", &vectors)
	if len(vectors) != 10 {
		t.Fatalf("%d vectors", len(vectors))
	}
	byID := map[string]*wire.MsgTx{}
	for _, v := range vectors {
		tx := wire.NewMsgTx(1)
		if err := tx.Deserialize(bytes.NewReader(unhex(t, v.Hex))); err != nil {
			t.Fatal(err)
		}
		if tx.TxHash().String() != v.Txid || !Touches(tx) {
			t.Fatalf("%s: not what it says", v.Txid)
		}
		byID[v.Txid] = tx
		p, output, err := Find(tx)
		if err != nil || output != v.Vout {
			t.Errorf("%s: %+v in output %d, %v", v.Txid, p, output, err)
		}
	}
	// An issue and the transfer that spends it, in one testnet block.
	issue := byID["9a60ef2e6d61259fdee9afd3c432f514f52c0b24abfc91f840957c546d6a3376"]
	owner := issue.TxOut[2].PkScript // issued "to self", from the same address
	first := Color(issue, []assets.Input{{Prevout: wire.NewTxOut(0, owner)}}, assets.Specification)
	if first.Verdict != assets.Valid || len(first.Outputs[0]) != 1 || first.Outputs[0][0].Asset != first.Issued || len(first.Outputs[2]) != 0 {
		t.Fatalf("%+v", first)
	}
	units := first.Outputs[0][0].Units
	move := byID["8a31c13d124ff15f54fe35ab17c04817b1134f54c1d2c8b7fa89cf9d65cec235"]
	if move.TxIn[0].PreviousOutPoint != (wire.OutPoint{Hash: issue.TxHash(), Index: 0}) {
		t.Fatal("the transfer does not spend the issue")
	}
	second := Color(move, []assets.Input{{Holdings: first.Outputs[0]}, {}}, assets.Specification)
	if second.Verdict != assets.Valid || !slices.Equal(second.Outputs[0], []assets.Holding{{Asset: first.Issued, Units: units}}) {
		t.Errorf("%+v", second)
	}
	if traits, err := Describe(first.Issued); err != nil || !traits.Locked {
		t.Errorf("%+v, %v", traits, err)
	}
}
