package asset

import (
	"math"
	"time"

	"cairn/assets"
	"cairn/assets/colu"
	"cairn/assets/ledger"
	"cairn/assets/openassets"
	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// SampleTx is a transaction in one of its states: its colorings, and under which
// reading it is shown. The page is laid from it as from one of the ledger.
type SampleTx struct {
	Name    string
	Tx      ledger.Tx
	Names   map[assets.ID]Name
	Reading assets.Reading
}

// SampleTxs are transactions in every state.
func SampleTxs(now time.Time) []SampleTx {
	voucher, shares, unnamed, card := sampleName(1, "MasterBTC", 0), sampleName(2, longNameChinese, 2), sampleName(4, "", 0), sampleFixed("Ten coffees", 0)
	names := map[assets.ID]Name{voucher.ID: voucher, shares.ID: shares, card.ID: card}
	var out []SampleTx
	add := func(name string, u assets.Unsigned, err error) *ledger.Tx {
		if err != nil {
			panic(name + ": " + err.Error()) // of our own values
		}
		tx := ledger.Tx{TxRef: sampleRefs(1, now)[0], Block: chain.BlockRef{Height: 912_001}, Msg: u.Tx, Colorings: []assets.Coloring{u.Coloring}}
		tx.Txid = u.Tx.TxHash()
		for i, c := range u.Coins {
			if len(c.Holdings) > 0 {
				tx.Spent = append(tx.Spent, ledger.Coin{Coin: c, Protocol: u.Coloring.Protocol, Spent: ledger.Spender{Input: i}})
			}
		}
		out = append(out, SampleTx{Name: name, Tx: tx, Names: names})
		return &out[len(out)-1].Tx
	}
	pay := func(n byte, id assets.ID, units int64) assets.Payment {
		return assets.Payment{Script: sampleScript(n), Asset: id, Units: units}
	}
	plain := sampleCoin(1)
	of := func(n byte, held ...assets.Holding) assets.Coin {
		c := sampleCoin(n)
		c.Value, c.Holdings = 600, held
		return c
	}

	issue, err := openassets.Issue([]assets.Coin{plain}, []assets.Payment{pay(1, voucher.ID, 20)}, []byte("u=https://cpr.sm/FoykwrH6UY"), sampleScript(1))
	add("tx-issue", issue, err).FirstScript = plain.Script
	move, err := openassets.Transfer([]assets.Coin{of(2, assets.Holding{Asset: voucher.ID, Units: 20}), plain}, []assets.Payment{pay(2, voucher.ID, 3), pay(3, voucher.ID, 5)}, sampleScript(1))
	moved := add("tx-move", move, err)
	moved.Created = []ledger.Coin{{Coin: assets.Coin{OutPoint: wire.OutPoint{Index: 1}}, Spent: ledger.Spender{Txid: sampleHash(7), Height: 912_002}}}
	add("tx-pending", move, nil).Pending = true
	burn, err := openassets.Burn([]assets.Coin{of(2, assets.Holding{Asset: voucher.ID, Units: 20}), plain}, voucher.ID, 2, sampleScript(1))
	add("tx-burn", burn, err)
	add("tx-destroys", sampleLoss(of(2, assets.Holding{Asset: shares.ID, Units: 1_234_567})), nil)

	several := []assets.Coin{of(2, assets.Holding{Asset: voucher.ID, Units: 20}), of(3, assets.Holding{Asset: shares.ID, Units: 900_000}), of(4, assets.Holding{Asset: unnamed.ID, Units: math.MaxInt64}), plain}
	three, err := openassets.Transfer(several, []assets.Payment{pay(2, voucher.ID, 12), pay(3, shares.ID, 450_000), pay(4, unnamed.ID, math.MaxInt64/3)}, sampleScript(1))
	add("tx-several", three, err)
	var many []assets.Payment
	for i := range 24 {
		many = append(many, pay(byte(i+10), shares.ID, int64(i*i+1)*50))
	}
	wide, err := openassets.Transfer([]assets.Coin{several[1], of(5, assets.Holding{Asset: shares.ID, Units: 100_000}), plain}, many, sampleScript(1))
	add("tx-many", wide, err)

	card10, err := colu.Transfer([]assets.Coin{of(6, assets.Holding{Asset: card.ID, Units: 10}), plain}, []assets.Payment{pay(2, card.ID, 3)}, sampleScript(1))
	add("tx-colu", card10, err)
	forked, spent := sampleFork()
	fork := add("tx-forked", forked, nil)
	fork.FirstScript = spent.Script
	fork.Colorings[0].Forks = openassets.Readings()[:2]
	add("tx-reading", forked, nil).FirstScript = spent.Script
	out[len(out)-1].Reading = openassets.Readings()[0]
	out[len(out)-1].Tx.Colorings[0].Forks = openassets.Readings()[:2]

	rejected := issue
	rejected.Coloring = assets.Coloring{Protocol: assets.OpenAssets, Verdict: assets.Rejected, Why: openassets.WhyList, Marker: issue.Coloring.Marker, Outputs: make([][]assets.Holding, len(issue.Tx.TxOut))}
	add("tx-rejected", rejected, nil)
	unsure := rejected
	unsure.Coloring.Verdict, unsure.Coloring.Why = assets.Unsure, openassets.WhyIssuer
	add("tx-unsure", unsure, nil)
	both := add("tx-protocols", move, nil)
	both.Colorings = append(both.Colorings, assets.Coloring{Protocol: assets.EPOBC, Verdict: assets.Rejected, Why: "order", Marker: -1, Outputs: make([][]assets.Holding, len(move.Tx.TxOut))})
	return out
}

// sampleCoin is one without units.
func sampleCoin(n byte) assets.Coin {
	return assets.Coin{OutPoint: wire.OutPoint{Hash: sampleHash(n), Index: uint32(n)}, Value: 50_000, Script: sampleScript(n)}
}

// sampleLoss is what an ordinary wallet does to units: it spends their coin.
func sampleLoss(c assets.Coin) assets.Unsigned {
	tx := wire.NewMsgTx(2)
	tx.AddTxIn(wire.NewTxIn(&c.OutPoint, nil, nil))
	tx.AddTxOut(wire.NewTxOut(int64(c.Value-300), sampleScript(30)))
	return assets.Unsigned{Tx: tx, Coins: []assets.Coin{c}, Coloring: openassets.Color(tx, []assets.Input{c.Input()}, assets.Specification)}
}

// sampleFork has two markers, of which the first wants units that are not there:
// the specification goes on to the second, and some programs do not.
func sampleFork() (assets.Unsigned, assets.Coin) {
	coin := sampleCoin(8)
	key, err := txscript.NewScriptBuilder().AddOp(txscript.OP_DUP).AddOp(txscript.OP_HASH160).AddData(btcutil.Hash160(coin.Script)).AddOp(txscript.OP_EQUALVERIFY).AddOp(txscript.OP_CHECKSIG).Script()
	if err != nil {
		panic(err) // of our own values
	}
	coin.Script = key
	tx := wire.NewMsgTx(2)
	tx.AddTxIn(wire.NewTxIn(&coin.OutPoint, nil, nil))
	for i, quantities := range [][]int64{{7}, {4, 9}} {
		script, err := openassets.Marker{Quantities: quantities}.Script()
		if err != nil {
			panic(err) // of our own values
		}
		tx.AddTxOut(wire.NewTxOut(0, script))
		tx.AddTxOut(wire.NewTxOut(600, sampleScript(byte(5+i))))
	}
	return assets.Unsigned{Tx: tx, Coins: []assets.Coin{coin}, Coloring: openassets.Color(tx, []assets.Input{coin.Input()}, assets.Specification)}, coin
}
