package compose

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/assets"
	"cairn/chain"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/schnorr"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/btcutil/psbt"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// world is a chain without blocks but those that tests make: every transaction that
// is sent has its scripts run and its colors reckoned by the protocols themselves.
type world struct {
	t    testing.TB
	mu   sync.Mutex
	txs  map[chainhash.Hash]*wire.MsgTx
	gone map[wire.OutPoint]chainhash.Hash // spent, by what
	// held are colored outputs, by protocol.
	held map[wire.OutPoint][]Colored
	// pool is what no block has.
	pool   []*wire.MsgTx
	height int32
	next   uint32
	// refuse has the network refuse what is sent.
	refuse error
	seen   int
}

func newWorld(t testing.TB) *world {
	return &world{
		t: t, txs: map[chainhash.Hash]*wire.MsgTx{}, gone: map[wire.OutPoint]chainhash.Hash{},
		held: map[wire.OutPoint][]Colored{}, height: 100,
	}
}

// wallet has keys, and knows what is its own.
type wallet struct {
	*world
	keys map[string]*btcec.PrivateKey
	name string
	n    int
}

func (w *world) wallet(name string) *wallet {
	return &wallet{world: w, keys: map[string]*btcec.PrivateKey{}, name: name}
}

// script is a fresh address: P2WPKH and P2TR by turns.
func (w *wallet) script() []byte {
	w.n++
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/%d", w.name, w.n))
	key, public := btcec.PrivKeyFromBytes(sum[:])
	var script []byte
	if w.n%2 == 0 {
		script, _ = txscript.PayToTaprootScript(txscript.ComputeTaprootKeyNoScript(public))
	} else {
		script, _ = txscript.NewScriptBuilder().AddOp(txscript.OP_0).AddData(btcutil.Hash160(public.SerializeCompressed())).Script()
	}
	w.keys[string(script)] = key
	return script
}

// fund gives a wallet an uncolored coin.
func (w *wallet) fund(value btcutil.Amount) Coin { return w.fundAt(w.script(), value) }

func (w *wallet) fundAt(script []byte, value btcutil.Amount) Coin {
	w.mu.Lock()
	defer w.mu.Unlock()
	tx := wire.NewMsgTx(2)
	w.next++
	tx.AddTxIn(wire.NewTxIn(&wire.OutPoint{Index: w.next}, nil, nil))
	tx.AddTxOut(wire.NewTxOut(int64(value), script))
	w.txs[tx.TxHash()] = tx
	return Coin{OutPoint: wire.OutPoint{Hash: tx.TxHash()}, Value: value, Script: script}
}

// coins are all unspent ones of a wallet, colored ones apart.
func (w *wallet) coins() (colored []Colored, plain []Coin) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for name, tx := range w.txs {
		for i, out := range tx.TxOut {
			at := wire.OutPoint{Hash: name, Index: uint32(i)}
			if _, spent := w.gone[at]; spent || w.keys[string(out.PkScript)] == nil {
				continue
			}
			if len(w.held[at]) > 0 {
				colored = append(colored, w.held[at]...)
				continue
			}
			plain = append(plain, Coin{OutPoint: at, Value: btcutil.Amount(out.Value), Script: out.PkScript})
		}
	}
	return colored, plain
}

func coinOf(c Colored) Coin { return Coin{OutPoint: c.OutPoint, Value: c.Value, Script: c.Script} }

// units of an asset in a wallet.
func (w *wallet) units(id assets.ID) int64 {
	colored, _ := w.coins()
	sum := int64(0)
	for _, c := range colored {
		for _, h := range c.Holdings {
			if h.Asset == id {
				sum += h.Units
			}
		}
	}
	return sum
}

// sign does what a wallet does with a PSBT.
func (w *wallet) sign(raw []byte) []byte {
	w.t.Helper()
	p, err := psbt.NewFromRawBytes(bytes.NewReader(raw), false)
	if err != nil {
		w.t.Fatal(err)
	}
	prevouts, err := prevoutsOf(p)
	if err != nil {
		w.t.Fatal(err)
	}
	spent := map[wire.OutPoint]*wire.TxOut{}
	for i, in := range p.UnsignedTx.TxIn {
		spent[in.PreviousOutPoint] = prevouts[i]
	}
	fetcher := txscript.NewMultiPrevOutFetcher(spent)
	hashes := txscript.NewTxSigHashes(p.UnsignedTx, fetcher)
	for i, prev := range prevouts {
		key := w.keys[string(prev.PkScript)]
		if key == nil || p.Inputs[i].FinalScriptWitness != nil {
			continue
		}
		how := p.Inputs[i].SighashType
		if txscript.IsPayToTaproot(prev.PkScript) {
			sig, err := txscript.RawTxInTaprootSignature(p.UnsignedTx, hashes, i, prev.Value, prev.PkScript, nil, how, key)
			if err != nil {
				w.t.Fatal(err)
			}
			if _, err := schnorr.ParseSignature(sig[:64]); err != nil {
				w.t.Fatal(err)
			}
			p.Inputs[i].TaprootKeySpendSig = sig
			continue
		}
		if how == 0 {
			how = txscript.SigHashAll
		}
		sig, err := txscript.RawTxInWitnessSignature(p.UnsignedTx, hashes, i, prev.Value, prev.PkScript, how, key)
		if err != nil {
			w.t.Fatal(err)
		}
		p.Inputs[i].PartialSigs = append(p.Inputs[i].PartialSigs, &psbt.PartialSig{PubKey: key.PubKey().SerializeCompressed(), Signature: sig})
	}
	out, err := serialize(p)
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

func (w *wallet) signAll(d Draft) [][]byte {
	var out [][]byte
	for _, part := range d.Parts {
		out = append(out, w.sign(part.PSBT))
	}
	return out
}

// Send implements Sender.
func (w *world) Send(_ context.Context, raw []byte) (chainhash.Hash, error) {
	tx, err := readTx(raw)
	if err != nil {
		return chainhash.Hash{}, err
	}
	return tx.TxHash(), w.submit(tx)
}

func (w *world) submit(tx *wire.MsgTx) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	name := tx.TxHash()
	if w.refuse != nil {
		return w.refuse
	}
	if w.txs[name] != nil {
		return nil
	}
	prevouts := make([]*wire.TxOut, len(tx.TxIn))
	var value int64
	for i, in := range tx.TxIn {
		before := w.txs[in.PreviousOutPoint.Hash]
		if _, spent := w.gone[in.PreviousOutPoint]; spent || before == nil {
			return fmt.Errorf("%w: missing inputs", chain.ErrRejected)
		}
		prevouts[i] = before.TxOut[in.PreviousOutPoint.Index]
		value += prevouts[i].Value
	}
	for _, out := range tx.TxOut {
		if out.Value < int64(assets.Dust(out.PkScript)) {
			return fmt.Errorf("%w: dust", chain.ErrRejected)
		}
		value -= out.Value
	}
	if value < int64(tx.SerializeSizeStripped()) {
		return fmt.Errorf("%w: min relay fee", chain.ErrRejected)
	}
	if err := execute(tx, prevouts, len(prevouts)); err != nil {
		return fmt.Errorf("%w: %w", chain.ErrRejected, err)
	}
	w.apply(tx, prevouts)
	w.pool = append(w.pool, tx)
	return nil
}

// apply colors a transaction under every protocol, as a ledger does.
func (w *world) apply(tx *wire.MsgTx, prevouts []*wire.TxOut) {
	name := tx.TxHash()
	for p, r := range protocols {
		inputs := make([]assets.Input, len(tx.TxIn))
		for i, in := range tx.TxIn {
			inputs[i].Prevout = prevouts[i]
			before := w.txs[in.PreviousOutPoint.Hash]
			inputs[i].Tag, inputs[i].HasTag = before.TxIn[0].Sequence, true
			for _, c := range w.held[in.PreviousOutPoint] {
				if c.Protocol == p {
					inputs[i].Holdings = c.Holdings
				}
			}
		}
		for i, holdings := range r.color(tx, inputs, assets.Specification).Outputs {
			if len(holdings) == 0 {
				continue
			}
			at := wire.OutPoint{Hash: name, Index: uint32(i)}
			w.held[at] = append(w.held[at], Colored{Protocol: p, Coin: assets.Coin{
				OutPoint: at, Value: btcutil.Amount(tx.TxOut[i].Value), Script: tx.TxOut[i].PkScript,
				Holdings: holdings, Tag: tx.TxIn[0].Sequence, HasTag: true,
			}})
		}
	}
	w.txs[name] = tx
	for _, in := range tx.TxIn {
		w.gone[in.PreviousOutPoint] = name
	}
}

// Colored implements Ledger.
func (w *world) Colored(_ context.Context, outpoints []wire.OutPoint) ([]Colored, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []Colored
	for _, at := range outpoints {
		_, spent := w.gone[at]
		for _, c := range w.held[at] {
			c.Spent = spent
			out = append(out, c)
		}
	}
	return out, nil
}

// See implements Ledger.
func (w *world) See(context.Context, *wire.MsgTx) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen++
	return nil
}

// Holders implements Ledger.
func (w *world) Holders(_ context.Context, id assets.ID, height int32) ([]Holder, int32, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	sums := map[string]int64{}
	for at, list := range w.held {
		if _, spent := w.gone[at]; spent {
			continue
		}
		for _, c := range list {
			for _, h := range c.Holdings {
				if h.Asset == id {
					sums[string(c.Script)] += h.Units
				}
			}
		}
	}
	var out []Holder
	for script, units := range sums {
		out = append(out, Holder{[]byte(script), units})
	}
	return out, w.height, nil
}

// Unspent implements Coins.
func (w *world) Unspent(_ context.Context, at wire.OutPoint, _ *wire.TxOut) (*wire.TxOut, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	tx := w.txs[at.Hash]
	if _, spent := w.gone[at]; spent || tx == nil || int(at.Index) >= len(tx.TxOut) {
		return nil, nil
	}
	return tx.TxOut[at.Index], nil
}

// block makes a block of what waits, for the projection.
func (w *world) block(tx *gorm.DB) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.height++
	b := &chain.Block{Msg: &wire.MsgBlock{Transactions: append([]*wire.MsgTx{wire.NewMsgTx(1)}, w.pool...)}}
	b.Height = w.height
	w.pool = nil
	return Projection{}.Connect(w.t.Context(), tx, b)
}

// sponsor is the node's part as channels/sponsoring plays it: a coin behind, the
// change last, and the price in a table.
type sponsor struct {
	*wallet
	mu   sync.Mutex
	open map[string]*proposal
	// paid: what is proposed is paid for already.
	paid bool
	ends time.Time
}

type proposal struct {
	Sponsored
	visitors int
	paid     bool
}

func (s *sponsor) Propose(_ context.Context, req SponsorRequest) (Sponsored, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := psbt.NewFromRawBytes(bytes.NewReader(req.PSBT), false)
	if err != nil {
		return Sponsored{}, err
	}
	prevouts, err := prevoutsOf(p)
	if err != nil {
		return Sponsored{}, err
	}
	const fee = 5_000
	coin := s.fund(200_000)
	tx := p.UnsignedTx.Copy()
	in := wire.NewTxIn(&coin.OutPoint, nil, nil)
	in.Sequence = wire.MaxTxInSequenceNum - 2
	tx.AddTxIn(in)
	change := int64(coin.Value) - fee
	for _, out := range tx.TxOut {
		change -= out.Value
	}
	for _, prev := range prevouts {
		change += prev.Value
	}
	gift := int64(coin.Value) - fee - change
	if gift > int64(req.Gift) || gift < 0 && -gift >= fee {
		return Sponsored{}, fmt.Errorf("a gift of %d where %d were asked for", gift, req.Gift)
	}
	tx.AddTxOut(wire.NewTxOut(change, s.script()))
	whole, err := psbt.NewFromUnsignedTx(tx)
	if err != nil {
		return Sponsored{}, err
	}
	copy(whole.Inputs, p.Inputs)
	whole.Inputs[len(prevouts)].WitnessUtxo = wire.NewTxOut(int64(coin.Value), coin.Script)
	raw, err := serialize(whole)
	if err != nil {
		return Sponsored{}, err
	}
	one := &proposal{visitors: len(prevouts), paid: s.paid, Sponsored: Sponsored{
		ID: fmt.Sprint(len(s.open) + 1), State: SponsorOpen, PSBT: raw, Fee: fee, Price: 6_000, ExpiresAt: s.ends,
	}}
	s.open[one.ID] = one
	return one.Sponsored, nil
}

func (s *sponsor) Sponsored(_ context.Context, id string) (Sponsored, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open[id].Sponsored, nil
}

func (s *sponsor) pay(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open[id].paid = true
}

func (s *sponsor) Accept(_ context.Context, id string, signed []byte) (Sponsored, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one := s.open[id]
	if one.State != SponsorOpen || !one.paid {
		return one.Sponsored, nil
	}
	p, err := psbt.NewFromRawBytes(bytes.NewReader(s.sign(signed)), false)
	if err != nil {
		return Sponsored{}, err
	}
	if err := psbt.MaybeFinalizeAll(p); err != nil {
		return Sponsored{}, err
	}
	tx, err := psbt.Extract(p)
	if err != nil {
		return Sponsored{}, err
	}
	if err := s.submit(tx); err != nil {
		return Sponsored{}, err
	}
	one.State, one.Tx = SponsorSent, tx
	return one.Sponsored, nil
}

// bench is a service over a world and a database.
type bench struct {
	*Service
	*world
	db      *db.DB
	sponsor *sponsor
	at      time.Time
}

func newBench(t testing.TB, d *db.DB) *bench {
	w := newWorld(t)
	b := &bench{world: w, db: d, at: time.Unix(1_800_000_000, 0)}
	b.sponsor = &sponsor{wallet: w.wallet("sponsor"), open: map[string]*proposal{}, paid: true, ends: b.at.Add(10 * time.Minute)}
	b.restart(t)
	return b
}

func (b *bench) restart(t testing.TB) {
	var err error
	b.Service, err = New(Config{
		DB: b.db, Ledger: b.world, Coins: b.world, Sender: b.world, Sponsor: b.sponsor,
		Rate: func(context.Context) (chain.FeeRate, error) { return chain.SatPerVByte(2), nil },
		Now:  func() time.Time { return b.at },
	})
	if err != nil {
		t.Fatal(err)
	}
}

func eachBench(t *testing.T, do func(t *testing.T, b *bench)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) { do(t, newBench(t, d)) })
}

// mine has a block take in what waits.
func (b *bench) mine() {
	b.t.Helper()
	if err := b.db.Transact(b.t.Context(), b.world.block); err != nil {
		b.t.Fatal(err)
	}
}

// do prepares, signs and hands in.
func (b *bench) do(w *wallet, o Order) Draft {
	b.t.Helper()
	d, err := b.Prepare(b.t.Context(), o)
	if err != nil {
		b.t.Fatalf("%s: %v", o.Operation, err)
	}
	if d, err = b.Accept(b.t.Context(), d.ID, w.signAll(d)); err != nil {
		b.t.Fatalf("%s: %v", o.Operation, err)
	}
	return d
}

func wantKind(t testing.TB, what string, err, kind error) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Errorf("%s: %v, want %v", what, err, kind)
	}
}
