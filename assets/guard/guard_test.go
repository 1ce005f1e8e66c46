package guard

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/assets"
	"cairn/assets/epobc"
	"cairn/assets/ledger"
	"cairn/assets/ledger/engine"
	"cairn/assets/openassets"
	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/btcutil/psbt"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// scriptOf is a P2PKH script, which has an Open Assets address; segwit, one that
// has none.
func scriptOf(n byte) []byte {
	return append(append([]byte{0x76, 0xa9, 0x14}, bytes.Repeat([]byte{n}, 20)...), 0x88, 0xac)
}

func segwit(n byte) []byte { return append([]byte{0x00, 0x14}, bytes.Repeat([]byte{n}, 20)...) }

// town is a chain of three blocks, with 20 vouchers and 500 units of a color in
// the last, and a ledger of it.
type town struct {
	*Guard
	ledger   *ledger.Ledger
	store    *db.DB
	txs      map[chainhash.Hash]*wire.MsgTx
	heights  map[chainhash.Hash]int32
	tip      *chain.Block
	vouchers assets.Coin
	color    assets.Coin
	plain    assets.Coin
}

// Prevout implements engine.Prevouts.
func (w *town) Prevout(_ context.Context, at wire.OutPoint) (engine.Prevout, bool, error) {
	tx := w.txs[at.Hash]
	if tx == nil {
		return engine.Prevout{}, false, nil
	}
	p, is := engine.PrevoutOf(tx, at.Index)
	return p, is, nil
}

// Placed implements Chain.
func (w *town) Placed(_ context.Context, at wire.OutPoint) (int32, *wire.TxOut, bool, error) {
	height, known := w.heights[at.Hash]
	if !known {
		return 0, nil, false, nil
	}
	return height, w.txs[at.Hash].TxOut[at.Index], true, nil
}

func (w *town) mine(t *testing.T, txs ...*wire.MsgTx) {
	t.Helper()
	msg := wire.NewMsgBlock(&wire.BlockHeader{Version: 4, Timestamp: time.Unix(1_700_000_000, 0)})
	height := int32(0)
	if w.tip != nil {
		msg.Header.PrevBlock, height = w.tip.Hash, w.tip.Height+1
	}
	miners := wire.NewMsgTx(1)
	miners.AddTxIn(wire.NewTxIn(&wire.OutPoint{Index: wire.MaxPrevOutIndex}, fmt.Appendf(nil, "block %d", height), nil))
	for n := range byte(4) {
		miners.AddTxOut(wire.NewTxOut(50_000, scriptOf(n+1)))
	}
	msg.Transactions = append([]*wire.MsgTx{miners}, txs...)
	w.tip = &chain.Block{BlockRef: chain.BlockRef{Height: height, Hash: msg.BlockHash()}, Msg: msg}
	for _, tx := range msg.Transactions {
		w.txs[tx.TxHash()], w.heights[tx.TxHash()] = tx, height
	}
	err := w.store.Transact(t.Context(), func(tx *gorm.DB) error {
		return w.ledger.Projection().Connect(t.Context(), tx, w.tip)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// coin is an output of a transaction in the chain.
func (w *town) coin(txid chainhash.Hash, n uint32, held ...assets.Holding) assets.Coin {
	out := w.txs[txid].TxOut[n]
	return assets.Coin{
		OutPoint: wire.OutPoint{Hash: txid, Index: n}, Value: btcutil.Amount(out.Value), Script: out.PkScript, Holdings: held,
		Tag: epobc.Sequence(w.txs[txid]), HasTag: true,
	}
}

func eachTown(t *testing.T, run func(t *testing.T, w *town)) {
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		w := &town{store: store, txs: map[chainhash.Hash]*wire.MsgTx{}, heights: map[chainhash.Hash]int32{}}
		w.ledger = ledger.New(ledger.Config{DB: store, Network: chain.Devnet, Prevouts: w})
		w.Guard = New(w.ledger, w)
		w.mine(t)
		miners := w.tip.Msg.Transactions[0].TxHash()
		w.plain = w.coin(miners, 3)
		issue, err := openassets.Issue([]assets.Coin{w.coin(miners, 0)}, []assets.Payment{{Script: scriptOf(1), Units: 20}}, nil, scriptOf(1))
		must(t, err)
		genesis, err := epobc.Genesis([]assets.Coin{w.coin(miners, 1)}, assets.Payment{Script: scriptOf(2), Units: 500})
		must(t, err)
		w.mine(t, issue.Tx, genesis.Tx)
		w.vouchers = w.coin(issue.Tx.TxHash(), 0, issue.Coloring.Outputs[0]...)
		w.color = w.coin(genesis.Tx.TxHash(), 0, genesis.Coloring.Outputs[0]...)
		w.mine(t)
		run(t, w)
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// spend is an ordinary transaction.
func spend(script []byte, coins ...assets.Coin) *wire.MsgTx {
	tx := wire.NewMsgTx(2)
	for _, c := range coins {
		tx.AddTxIn(&wire.TxIn{PreviousOutPoint: c.OutPoint, Sequence: wire.MaxTxInSequenceNum - 2})
	}
	tx.AddTxOut(wire.NewTxOut(1000, script))
	return tx
}

func raw(t testing.TB, tx *wire.MsgTx) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := tx.Serialize(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func (w *town) judge(t *testing.T, data []byte) Report {
	t.Helper()
	s, err := Parse(data)
	must(t, err)
	r, err := w.Judge(t.Context(), s)
	must(t, err)
	return r
}

func TestVerdicts(t *testing.T) {
	eachTown(t, func(t *testing.T, w *town) {
		asset, color := w.vouchers.Holdings[0].Asset, w.color.Holdings[0].Asset
		foreign := assets.Coin{OutPoint: wire.OutPoint{Hash: chainhash.Hash{9}}}
		moves, err := openassets.Transfer([]assets.Coin{w.vouchers}, []assets.Payment{{Script: scriptOf(3), Asset: asset, Units: 3}}, scriptOf(1))
		must(t, err)
		burns, err := openassets.Burn([]assets.Coin{w.vouchers}, asset, 5, scriptOf(1))
		must(t, err)
		broken := moves.Tx.Copy()
		broken.TxOut[0].PkScript = bytes.Clone(broken.TxOut[0].PkScript)
		broken.TxOut[0].PkScript[len(broken.TxOut[0].PkScript)-1] = 7 // metadata that is not there
		nobody := moves.Tx.Copy()
		nobody.TxOut[1].PkScript = []byte{0x6a, 0x01, 0x01}
		both := spend(scriptOf(3), w.color, w.vouchers)
		issues, err := openassets.Issue([]assets.Coin{w.plain}, []assets.Payment{{Script: scriptOf(3), Units: 7}}, nil, scriptOf(1))
		must(t, err)

		for name, c := range map[string]struct {
			tx     *wire.MsgTx
			want   Verdict
			losses []Loss
		}{
			"an ordinary payment":       {spend(scriptOf(3), w.plain), Safe, nil},
			"a transfer":                {moves.Tx, Moves, nil},
			"an issue":                  {issues.Tx, Moves, nil},
			"an ordinary wallet's":      {spend(scriptOf(3), w.plain, w.vouchers), Destroys, []Loss{{asset, 20, 1, -1, WhyOrdinary}}},
			"on purpose":                {burns.Tx, Destroys, []Loss{{asset, 5, 0, -1, WhyLeft}}},
			"a marker that is cut":      {broken, Destroys, []Loss{{asset, 20, 0, -1, WhyRejected}}},
			"to nobody":                 {nobody, Destroys, []Loss{{asset, 3, 0, 1, WhyNobody}}},
			"of two protocols":          {both, Destroys, []Loss{{asset, 20, 1, -1, WhyOrdinary}, {color, 500, 0, -1, WhyOrdinary}}},
			"a coin nobody knows":       {spend(scriptOf(3), foreign), Unsure, nil},
			"lost beside an unknown":    {spend(scriptOf(3), foreign, w.vouchers), Destroys, []Loss{{asset, 20, 1, -1, WhyOrdinary}}},
			"a voucher beside a colour": {moveBoth(t, moves.Tx, w.color), Destroys, []Loss{{color, 500, 1, -1, WhyOrdinary}}},
		} {
			r := w.judge(t, raw(t, c.tx))
			if r.Verdict != c.want || fmt.Sprint(r.Losses) != fmt.Sprint(c.losses) {
				t.Errorf("%s: %s, %v; want %s, %v", name, r.Verdict, r.Losses, c.want, c.losses)
			}
			if r.AsOf != w.tip.BlockRef || r.Base != 0 || len(r.Inputs) != len(c.tx.TxIn) || len(r.Outputs) != len(c.tx.TxOut) {
				t.Errorf("%s: %+v", name, r)
			}
		}
		r := w.judge(t, raw(t, moves.Tx))
		if in := r.Inputs[0]; in.State != Colored || in.Value != w.vouchers.Value || len(in.Holdings) != 1 {
			t.Errorf("the voucher: %+v", in)
		}
		if out := r.Outputs[1]; out.Care != NoCare || len(out.Holdings) != 1 || out.Holdings[0].Units != 3 {
			t.Errorf("where it goes: %+v", out)
		}
		if r := w.judge(t, raw(t, issues.Tx)); len(r.Issues) != 1 || r.Issues[0].Units != 7 {
			t.Errorf("issued: %+v", r.Issues)
		}
		if lost := w.judge(t, raw(t, both)).Lost(); len(lost) != 2 {
			t.Errorf("lost in all: %v", lost)
		}
	})
}

// moveBoth adds a coin of another protocol behind.
func moveBoth(t *testing.T, tx *wire.MsgTx, c assets.Coin) *wire.MsgTx {
	t.Helper()
	more := tx.Copy()
	more.AddTxIn(&wire.TxIn{PreviousOutPoint: c.OutPoint, Sequence: wire.MaxTxInSequenceNum - 2})
	return more
}

func TestSegwitTakesUnitsUnknowing(t *testing.T) {
	eachTown(t, func(t *testing.T, w *town) {
		u, err := openassets.Transfer([]assets.Coin{w.vouchers}, []assets.Payment{{Script: segwit(3), Asset: w.vouchers.Holdings[0].Asset, Units: 3}}, scriptOf(1))
		must(t, err)
		if r := w.judge(t, raw(t, u.Tx)); r.Outputs[1].Care != NoForm || r.Outputs[2].Care != NoCare || r.Verdict != Moves {
			t.Errorf("%+v", r.Outputs)
		}
	})
}

func TestWhatABlockHoldsOrSpentAlready(t *testing.T) {
	eachTown(t, func(t *testing.T, w *town) {
		burn := spend(scriptOf(3), w.vouchers)
		must(t, w.ledger.See(t.Context(), burn))
		if r := w.judge(t, raw(t, burn)); r.Verdict != Destroys || len(r.Rivals) != 0 {
			t.Errorf("while it waits: %s, rivals %v", r.Verdict, r.Rivals)
		}
		other := spend(scriptOf(2), w.vouchers)
		if r := w.judge(t, raw(t, other)); r.Verdict != Destroys || len(r.Rivals) != 1 || r.Rivals[0] != burn.TxHash() {
			t.Errorf("beside it: %s, rivals %v", r.Verdict, r.Rivals)
		}
		w.mine(t, burn)
		if r := w.judge(t, raw(t, burn)); r.Verdict != Destroys || r.Block != w.tip.BlockRef {
			t.Errorf("in a block: %s in %s", r.Verdict, r.Block)
		}
		s, err := Parse(raw(t, other))
		must(t, err)
		if r, err := w.Judge(t.Context(), s); !errors.Is(err, ledger.ErrSpent) {
			t.Errorf("of what is spent: %s, %v", r.Verdict, err)
		}
	})
}

// packet is a PSBT of a transaction, with what a wallet shows of its coins.
func packet(t testing.TB, tx *wire.MsgTx, parents map[chainhash.Hash]*wire.MsgTx, witness bool) []byte {
	t.Helper()
	p, err := psbt.NewFromUnsignedTx(tx)
	if err != nil {
		t.Fatal(err)
	}
	for i, in := range tx.TxIn {
		parent := parents[in.PreviousOutPoint.Hash]
		if parent == nil {
			continue
		}
		if witness {
			p.Inputs[i].WitnessUtxo = parent.TxOut[in.PreviousOutPoint.Index]
		} else {
			p.Inputs[i].NonWitnessUtxo = parent
		}
	}
	var b bytes.Buffer
	if err := p.Serialize(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestPSBT: the coins of a PSBT are told by the transactions in it. A coin of a
// transaction without a marker holds nothing, whoever made it; of one that the
// PSBT merely describes nothing is sure.
func TestPSBT(t *testing.T) {
	eachTown(t, func(t *testing.T, w *town) {
		outside := wire.NewMsgTx(2)
		outside.AddTxIn(&wire.TxIn{PreviousOutPoint: wire.OutPoint{Hash: chainhash.Hash{7}}})
		outside.AddTxOut(wire.NewTxOut(4000, segwit(9)))
		marked := outside.Copy()
		script, err := openassets.Marker{Quantities: []int64{5}}.Script()
		must(t, err)
		marked.AddTxOut(wire.NewTxOut(0, script))
		all := map[chainhash.Hash]*wire.MsgTx{outside.TxHash(): outside, marked.TxHash(): marked, w.vouchers.Hash: w.txs[w.vouchers.Hash]}
		of := func(tx *wire.MsgTx) assets.Coin {
			return assets.Coin{OutPoint: wire.OutPoint{Hash: tx.TxHash()}}
		}
		for name, c := range map[string]struct {
			tx      *wire.MsgTx
			witness bool
			want    Verdict
		}{
			"with its transaction":           {spend(scriptOf(3), of(outside)), false, Safe},
			"described":                      {spend(scriptOf(3), of(outside)), true, Unsure},
			"of a transaction with a marker": {spend(scriptOf(3), of(marked)), false, Unsure},
			"a voucher":                      {spend(scriptOf(3), of(outside), w.vouchers), false, Destroys},
		} {
			b := packet(t, c.tx, all, c.witness)
			for form, data := range map[string][]byte{
				"bytes": b, "hexadecimal": []byte(hex.EncodeToString(b)), "base64": []byte(base64.StdEncoding.EncodeToString(b) + "\n"),
			} {
				r := w.judge(t, data)
				if r.Verdict != c.want || r.Format != PSBT {
					t.Errorf("%s as %s: %s", name, form, r.Verdict)
				}
				if r.Inputs[0].Value != 4000 {
					t.Errorf("%s as %s: the coin is worth %d", name, form, r.Inputs[0].Value)
				}
			}
		}
	})
}

// TestVersion2 reads a PSBT of BIP-0370 that was put together by hand.
func TestVersion2(t *testing.T) {
	tx := spend(scriptOf(3), assets.Coin{OutPoint: wire.OutPoint{Hash: chainhash.Hash{7}, Index: 3}})
	tx.LockTime = 100
	var b bytes.Buffer
	field := func(key byte, value ...byte) {
		b.Write([]byte{1, key, byte(len(value))})
		b.Write(value)
	}
	b.Write(psbtMagic)
	field(globalPSBTVersion, 2, 0, 0, 0)
	field(globalTxVersion, 2, 0, 0, 0)
	field(globalInputs, 1)
	field(globalOutputs, 1)
	b.WriteByte(0)
	at := tx.TxIn[0].PreviousOutPoint
	field(inPreviousTxid, at.Hash[:]...)
	field(inOutputIndex, 3, 0, 0, 0)
	field(inSequence, 0xfd, 0xff, 0xff, 0xff)
	field(inHeightLock, 100, 0, 0, 0)
	b.WriteByte(0)
	field(outAmount, 0xe8, 3, 0, 0, 0, 0, 0, 0)
	field(outScript, scriptOf(3)...)
	b.WriteByte(0)
	s, err := Parse(b.Bytes())
	must(t, err)
	if s.Tx.TxHash() != tx.TxHash() {
		t.Errorf("%+v, want %+v", s.Tx, tx)
	}
}

// The lock time of a PSBT of version 2 is by height where all inputs that want one can
// do with that, and by time otherwise (BIP-0370).
func TestLockTimes(t *testing.T) {
	number := func(n byte) []byte { return []byte{n, 0, 0, 0} }
	for name, c := range map[string]struct {
		inputs []keyed
		want   uint32
	}{
		"none":          {[]keyed{{}, {}}, 7},
		"heights":       {[]keyed{{inHeightLock: number(3)}, {}, {inHeightLock: number(5)}}, 5},
		"times":         {[]keyed{{inTimeLock: number(9)}, {inTimeLock: number(8)}}, 9},
		"both of one":   {[]keyed{{inHeightLock: number(3), inTimeLock: number(9)}}, 3},
		"one has times": {[]keyed{{inHeightLock: number(3), inTimeLock: number(9)}, {inTimeLock: number(8)}}, 9},
	} {
		got, err := lockTime(keyed{globalLockTime: number(7)}, c.inputs)
		if err != nil || got != c.want {
			t.Errorf("%s: %d instead of %d, %v", name, got, c.want, err)
		}
	}
}

// TestWhatCannotBeToldIsUnsure: a coin that lies where the ledger has not been, and a
// transaction whose colors cannot be told.
func TestWhatCannotBeToldIsUnsure(t *testing.T) {
	eachTown(t, func(t *testing.T, w *town) {
		tx := spend(scriptOf(3), w.plain)
		for height, want := range map[int32]Verdict{0: Safe, w.tip.Height: Safe, -1: Unsure, w.tip.Height + 1: Unsure} {
			w.heights[w.plain.Hash] = height
			if r := w.judge(t, raw(t, tx)); r.Verdict != want {
				t.Errorf("a coin at height %d: %s", height, r.Verdict)
			}
		}
	})
	r := Report{Tx: wire.NewMsgTx(2), Inputs: []Input{{State: Colored}}, Colorings: []assets.Coloring{{Verdict: assets.Unsure}}}
	if r.weigh(); r.Verdict != Unsure {
		t.Errorf("a transaction whose colours cannot be told is %s", r.Verdict)
	}
}

// TestALyingPSBT: what a PSBT says of a coin counts for nothing where the chain knows
// better.
func TestALyingPSBT(t *testing.T) {
	eachTown(t, func(t *testing.T, w *town) {
		issue, err := openassets.Issue([]assets.Coin{w.plain}, []assets.Payment{{Script: scriptOf(3), Units: 7}}, nil, scriptOf(1))
		must(t, err)
		p, err := psbt.NewFromUnsignedTx(issue.Tx)
		must(t, err)
		p.Inputs[0].WitnessUtxo = wire.NewTxOut(9_999, scriptOf(9))
		var b bytes.Buffer
		must(t, p.Serialize(&b))
		r := w.judge(t, b.Bytes())
		if len(r.Issues) != 1 || r.Issues[0].Asset != openassets.AssetID(w.plain.Script) || r.Inputs[0].Value != w.plain.Value {
			t.Errorf("%+v", r)
		}
	})
}

func TestWrongForms(t *testing.T) {
	tx := spend(scriptOf(3), assets.Coin{OutPoint: wire.OutPoint{Hash: chainhash.Hash{7}}})
	other := spend(scriptOf(4), assets.Coin{OutPoint: wire.OutPoint{Hash: chainhash.Hash{8}}})
	good := packet(t, tx, nil, false)
	lying := packet(t, tx, map[chainhash.Hash]*wire.MsgTx{{7}: other}, false)
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"nothing":          {nil, ErrForm},
		"words":            {[]byte("hello, world"), ErrForm},
		"a digest":         {[]byte(strings.Repeat("ab", 32)), ErrForm},
		"bytes behind":     {append(raw(t, tx), 0), ErrForm},
		"a cut PSBT":       {good[:len(good)-1], ErrForm},
		"more than a PSBT": {append(bytes.Clone(good), 0), ErrForm},
		"a field twice":    {slices.Insert(bytes.Clone(good), len(good)-2, 1, 0x03, 1, 0, 1, 0x03, 1, 0), ErrForm},
		"another parent":   {lying, ErrPrevious},
		"too much":         {make([]byte, 2*MaxBytes+1), ErrTooLarge},
		"too many bytes":   {make([]byte, MaxBytes+1), ErrTooLarge},
	} {
		if s, err := Parse(c.data); !errors.Is(err, c.want) {
			t.Errorf("%s: %+v, %v; want %v", name, s.Tx, err, c.want)
		}
	}
}

func TestLists(t *testing.T) {
	eachTown(t, func(t *testing.T, w *town) {
		params, err := chain.Devnet.Params()
		must(t, err)
		ordinary, err := btcutil.NewAddressPubKeyHash(scriptOf(2)[3:23], params)
		must(t, err)
		colored, err := openassets.Address(scriptOf(1), chain.Devnet)
		must(t, err)
		scripts, _, err := ParseAddresses(colored+", "+ordinary.EncodeAddress()+"\n", chain.Devnet)
		must(t, err)
		coins, err := w.Colored(t.Context(), scripts)
		must(t, err)
		if len(coins) != 2 {
			t.Fatalf("%+v", coins)
		}
		labels, err := Labels(coins, func(h assets.Holding) string { return fmt.Sprintf("%d %s", h.Units, h.Asset.Text(chain.Devnet)) })
		must(t, err)
		lock, err := LockUnspent(coins)
		must(t, err)
		freeze, err := Freeze(coins)
		must(t, err)
		for _, c := range []assets.Coin{w.vouchers, w.color} {
			line := fmt.Sprintf(`{"type":"output","ref":"%s","label":"%d %s","spendable":false}`, c.OutPoint, c.Holdings[0].Units, c.Holdings[0].Asset.Text(chain.Devnet))
			if !strings.Contains(string(labels), line+"\n") {
				t.Errorf("labels: %s", labels)
			}
			if !strings.Contains(lock, fmt.Sprintf(`{"txid":"%s","vout":%d}`, c.Hash, c.Index)) || !strings.HasPrefix(lock, "bitcoin-cli lockunspent false '[{") {
				t.Error(lock)
			}
			if !strings.Contains(freeze, `"`+c.OutPoint.String()+`"`) {
				t.Error(freeze)
			}
		}
	})
	for text, want := range map[string]error{
		"": ErrNoAddress, " , ": ErrNoAddress, "hello": ErrNoAddress, "16UwLL9Risc3QfPqBUvKofHmBQ7wMtjvM": assets.ErrNetwork,
		"akB4NBW9UuCmHuepksob6yfZs6naHtRCPNy": assets.ErrNetwork, strings.Repeat("a ", MaxAddresses+1): ErrNoAddress,
	} {
		if scripts, _, err := ParseAddresses(text, chain.Devnet); !errors.Is(err, want) || scripts != nil {
			t.Errorf("%.40q: %v", text, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	tx := spend(scriptOf(3), assets.Coin{OutPoint: wire.OutPoint{Hash: chainhash.Hash{7}}})
	f.Add(raw(f, tx))
	f.Add([]byte(hex.EncodeToString(raw(f, tx))))
	f.Add(packet(f, tx, nil, false))
	f.Add(append(bytes.Clone(psbtMagic), 1, globalPSBTVersion, 4, 2, 0, 0, 0, 0))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Parse(data)
		if err != nil {
			return
		}
		for _, in := range s.Tx.TxIn {
			s.known(in.PreviousOutPoint)
		}
		r := Report{Tx: s.Tx}
		r.outputs()
		r.weigh()
	})
}
