package web

import (
	"bytes"
	"context"
	"encoding/hex"
	"testing"

	"cairn/assets"
	"cairn/assets/guard"
	"cairn/assets/ledger"
	"cairn/assets/openassets"
	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil/psbt"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// voucherAsset is the asset that the fake guard's coins hold.
var voucherAsset = openassets.AssetID([]byte{1})

// fakeGuard knows coins by the first byte of their transaction: 1 holds twenty
// vouchers, 2 bitcoin only, and the rest nobody knows.
type fakeGuard struct{}

// spentCoin is the first byte of a transaction whose coin is spent already.
const spentCoin = 9

func (fakeGuard) Judge(_ context.Context, s guard.Subject) (guard.Report, error) {
	r := guard.Report{Format: s.Format, Tx: s.Tx, Txid: s.Tx.TxHash(), AsOf: chain.BlockRef{Height: 912_095}}
	inputs := make([]assets.Input, len(s.Tx.TxIn))
	for i, in := range s.Tx.TxIn {
		coin := guard.Input{OutPoint: in.PreviousOutPoint, State: guard.Unknown}
		switch in.PreviousOutPoint.Hash[0] {
		case spentCoin:
			return guard.Report{}, ledger.ErrSpent
		case 1:
			coin.State, coin.Value, coin.Script = guard.Colored, 600, []byte{0x51}
			coin.Holdings = []assets.Holding{{Asset: voucherAsset, Units: 20}}
		case 2:
			coin.State, coin.Value, coin.Script = guard.Plain, 50_000, []byte{0x51}
		}
		r.Inputs = append(r.Inputs, coin)
		inputs[i] = assets.Input{Prevout: wire.NewTxOut(int64(coin.Value), coin.Script), Holdings: coin.Holdings}
	}
	c := openassets.Color(s.Tx, inputs, assets.Specification)
	r.Colorings = []assets.Coloring{c}
	for i, out := range s.Tx.TxOut {
		o := guard.Output{Value: 600, Script: out.PkScript, Holdings: c.Outputs[i]}
		if len(o.Holdings) > 0 {
			o.Care = guard.NoForm
		}
		r.Outputs = append(r.Outputs, o)
	}
	r.Verdict = guard.Safe
	for _, f := range c.Flows {
		r.Verdict = guard.Moves
		if f.To == assets.Destroyed {
			r.Losses = append(r.Losses, guard.Loss{Asset: f.Asset, Units: f.Units, Input: f.From, Output: -1, Why: guard.WhyOrdinary})
		}
	}
	for _, in := range r.Inputs {
		if in.State == guard.Unknown {
			r.Verdict = guard.Unsure
		}
	}
	if len(r.Losses) > 0 {
		r.Verdict = guard.Destroys
	}
	return r, nil
}

// Colored finds a coin for each script that ends in an odd number.
func (fakeGuard) Colored(_ context.Context, scripts [][]byte) (coins []guard.Frozen, err error) {
	for _, script := range scripts {
		if script[len(script)-1]%2 == 1 {
			coins = append(coins, guard.Frozen{
				OutPoint: wire.OutPoint{Hash: chainhash.Hash{1}}, Value: 600, Holdings: []assets.Holding{{Asset: voucherAsset, Units: 20}},
			})
		}
	}
	return coins, nil
}

func withGuard(deps *Deps) {
	deps.Guard = &GuardDeps{Guard: fakeGuard{}, Name: func(_ context.Context, id assets.ID) (string, int) {
		if id == voucherAsset {
			return "MasterBTC", 0
		}
		return "", 0
	}}
}

// guardedTx is an ordinary transaction that spends coins of the fake guard, in
// hexadecimal.
func guardedTx(coins ...byte) string {
	tx := wire.NewMsgTx(2)
	for n, kind := range coins {
		tx.AddTxIn(&wire.TxIn{PreviousOutPoint: wire.OutPoint{Hash: chainhash.Hash{kind}, Index: uint32(n)}})
	}
	tx.AddTxOut(wire.NewTxOut(600, append([]byte{0x00, 0x14}, make([]byte, 20)...)))
	return txHex(tx)
}

// movedTx moves three of the vouchers.
func movedTx() string {
	script := append([]byte{0x00, 0x14}, make([]byte, 20)...)
	u, err := openassets.Transfer(
		[]assets.Coin{{OutPoint: wire.OutPoint{Hash: chainhash.Hash{1}}, Value: 600, Script: script, Holdings: []assets.Holding{{Asset: voucherAsset, Units: 20}}}},
		[]assets.Payment{{Script: script, Asset: voucherAsset, Units: 3}}, script,
	)
	if err != nil {
		panic(err)
	}
	return txHex(u.Tx)
}

func txHex(tx *wire.MsgTx) string {
	var b hexWriter
	_ = tx.Serialize(&b) // into memory
	return string(b)
}

// hexWriter writes hexadecimal digits.
type hexWriter []byte

func (w *hexWriter) Write(p []byte) (int, error) {
	*w = hex.AppendEncode(*w, p)
	return len(p), nil
}

// lyingPSBT shows another transaction than the one it spends from.
func lyingPSBT(t *testing.T) string {
	t.Helper()
	raw, err := hex.DecodeString(guardedTx(2))
	if err != nil {
		t.Fatal(err)
	}
	tx := wire.NewMsgTx(2)
	if err := tx.Deserialize(bytes.NewReader(raw)); err != nil {
		t.Fatal(err)
	}
	p, err := psbt.NewFromUnsignedTx(tx)
	if err != nil {
		t.Fatal(err)
	}
	p.Inputs[0].NonWitnessUtxo = tx
	var w hexWriter
	if err := p.Serialize(&w); err != nil {
		t.Fatal(err)
	}
	return string(w)
}
