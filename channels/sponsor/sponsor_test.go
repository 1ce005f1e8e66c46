package sponsor

import (
	"bytes"
	"errors"
	"testing"

	"cairn/chain"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/schnorr"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/btcutil/psbt"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// owner has a key and a script for it.
type owner struct {
	key    *btcec.PrivateKey
	script []byte
}

func newOwner(t testing.TB, seed byte, taproot bool) owner {
	t.Helper()
	key, pub := btcec.PrivKeyFromBytes(bytes.Repeat([]byte{seed}, 32))
	var script []byte
	var err error
	if taproot {
		script, err = txscript.PayToTaprootScript(txscript.ComputeTaprootKeyNoScript(pub))
	} else {
		script, err = txscript.NewScriptBuilder().AddOp(txscript.OP_0).AddData(btcutil.Hash160(pub.SerializeCompressed())).Script()
	}
	if err != nil {
		t.Fatal(err)
	}
	return owner{key, script}
}

// sign makes the witness of an input.
func (o owner) sign(t testing.TB, tx *wire.MsgTx, i int, prevouts []*wire.TxOut, how txscript.SigHashType) wire.TxWitness {
	t.Helper()
	spent := make(map[wire.OutPoint]*wire.TxOut)
	for n, in := range tx.TxIn {
		spent[in.PreviousOutPoint] = prevouts[n]
	}
	fetcher := txscript.NewMultiPrevOutFetcher(spent)
	hashes := txscript.NewTxSigHashes(tx, fetcher)
	if txscript.IsPayToTaproot(o.script) {
		sig, err := txscript.RawTxInTaprootSignature(tx, hashes, i, prevouts[i].Value, o.script, nil, how, o.key)
		if err != nil {
			t.Fatal(err)
		}
		return wire.TxWitness{sig}
	}
	if how == txscript.SigHashDefault {
		how = txscript.SigHashAll
	}
	w, err := txscript.WitnessSignature(tx, hashes, i, prevouts[i].Value, o.script, how, o.key, true)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func finalWitness(t testing.TB, w wire.TxWitness) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := psbt.WriteTxWitness(&b, w); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// scene is a visitor with two coins who wants to pay 9,000 and a note, and a
// node with one coin to help him.
type scene struct {
	ann, tap, node owner
	tx             *wire.MsgTx
	prevouts       []*wire.TxOut
	terms          Terms
}

func newScene(t testing.TB) *scene {
	t.Helper()
	s := &scene{ann: newOwner(t, 1, false), tap: newOwner(t, 2, true), node: newOwner(t, 3, true)}
	s.tx = wire.NewMsgTx(2)
	s.tx.LockTime = 77
	for i, sequence := range []uint32{0xfffffffd, 5} {
		in := wire.NewTxIn(&wire.OutPoint{Hash: chainhash.Hash{9}, Index: uint32(i)}, nil, nil)
		in.Sequence = sequence
		s.tx.AddTxIn(in)
	}
	s.prevouts = []*wire.TxOut{wire.NewTxOut(4_000, s.ann.script), wire.NewTxOut(5_000, s.tap.script)}
	note, err := txscript.NullDataScript([]byte("a note"))
	if err != nil {
		t.Fatal(err)
	}
	s.tx.AddTxOut(wire.NewTxOut(9_000, newOwner(t, 4, true).script))
	s.tx.AddTxOut(wire.NewTxOut(0, note))
	s.terms = Terms{
		Coins:  []Coin{{wire.OutPoint{Hash: chainhash.Hash{8}, Index: 1}, 50_000, s.node.script}},
		Change: newOwner(t, 5, true).script, Rate: chain.SatPerVByte(10), Most: 10_000,
		Ours: func(op wire.OutPoint) bool { return op.Hash == chainhash.Hash{7} },
	}
	return s
}

// raw is the visitor's PSBT.
func (s *scene) raw(t testing.TB, change ...func(*psbt.Packet)) []byte {
	t.Helper()
	p, err := psbt.NewFromUnsignedTx(s.tx)
	if err != nil {
		t.Fatal(err)
	}
	for i := range p.Inputs {
		p.Inputs[i].WitnessUtxo = s.prevouts[i]
	}
	for _, fn := range change {
		fn(p)
	}
	raw, err := serialize(p)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func (s *scene) propose(t testing.TB) *Deal {
	t.Helper()
	d, err := Propose(s.raw(t), s.terms)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// signed is the proposal's PSBT with the visitor's signatures, changed before
// or after signing.
func (s *scene) signed(t testing.TB, d *Deal, before, after func(*psbt.Packet)) []byte {
	t.Helper()
	raw, err := d.PSBT()
	if err != nil {
		t.Fatal(err)
	}
	p, err := psbt.NewFromRawBytes(bytes.NewReader(raw), false)
	if err != nil {
		t.Fatal(err)
	}
	if before != nil {
		before(p)
	}
	prevouts := make([]*wire.TxOut, len(p.UnsignedTx.TxIn))
	for i := range prevouts {
		prevouts[i] = wire.NewTxOut(50_000, s.node.script)
		if i < len(d.prevouts) {
			prevouts[i] = d.prevouts[i]
		}
	}
	for i, o := range []owner{s.ann, s.tap} {
		if i < len(p.Inputs) {
			p.Inputs[i].FinalScriptWitness = finalWitness(t, o.sign(t, p.UnsignedTx, i, prevouts, txscript.SigHashDefault))
		}
	}
	if after != nil {
		after(p)
	}
	out, err := serialize(p)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// finish has the node sign, as lnd would, and gives the whole transaction.
func (s *scene) finish(t testing.TB, accepted []byte) *wire.MsgTx {
	t.Helper()
	p, err := psbt.NewFromRawBytes(bytes.NewReader(accepted), false)
	if err != nil {
		t.Fatal(err)
	}
	prevouts := make([]*wire.TxOut, len(p.Inputs))
	for i, in := range p.Inputs {
		prevouts[i] = in.WitnessUtxo
	}
	for i, in := range p.Inputs {
		if bytes.Equal(in.WitnessUtxo.PkScript, s.node.script) {
			p.Inputs[i].FinalScriptWitness = finalWitness(t, s.node.sign(t, p.UnsignedTx, i, prevouts, in.SighashType))
		}
	}
	tx, err := psbt.Extract(p)
	if err != nil {
		t.Fatal(err)
	}
	return tx
}

func TestSponsored(t *testing.T) {
	s := newScene(t)
	d := s.propose(t)
	if d.Visitors != 2 || d.Change != 2 || d.Pays != d.Fee || len(d.Tx.TxIn) != 3 || d.Tx.LockTime != 77 || d.Tx.TxIn[2].Sequence != replaceable {
		t.Fatalf("%+v", d)
	}
	for i, in := range s.tx.TxIn {
		if d.Tx.TxIn[i].PreviousOutPoint != in.PreviousOutPoint || d.Tx.TxIn[i].Sequence != in.Sequence {
			t.Errorf("input %d was changed", i)
		}
	}
	for i, out := range s.tx.TxOut {
		if d.Tx.TxOut[i].Value != out.Value || !bytes.Equal(d.Tx.TxOut[i].PkScript, out.PkScript) {
			t.Errorf("output %d was changed", i)
		}
	}
	accepted, err := d.Accept(s.signed(t, d, nil, nil))
	if err != nil {
		t.Fatal(err)
	}
	tx := s.finish(t, accepted)
	if err := d.Finish(tx); err != nil {
		t.Fatal(err)
	}
	if fee := 59_000 - tx.TxOut[0].Value - tx.TxOut[1].Value - tx.TxOut[2].Value; btcutil.Amount(fee) != d.Fee {
		t.Errorf("a fee of %d, not %d", fee, d.Fee)
	}
	if again := s.propose(t); again.Tx.TxHash() != d.Tx.TxHash() {
		t.Error("the same PSBT and terms make another deal")
	}
	// The node's signature does not survive any change.
	tx.TxOut[0].Value--
	if err := d.Finish(tx); !errors.Is(err, ErrOutputs) {
		t.Errorf("changed after signing: %v", err)
	}
	tx.TxOut[0].Value++
	tx.TxIn[2].Witness[0][5] ^= 1
	if err := d.Finish(tx); !errors.Is(err, ErrSignature) {
		t.Errorf("a wrong signature: %v", err)
	}
}

// Every way to tamper with the proposal is refused by its kind, however well it
// is signed.
func TestTamperingIsRefused(t *testing.T) {
	s := newScene(t)
	d := s.propose(t)
	swapIn := func(p *psbt.Packet, i, j int) {
		p.UnsignedTx.TxIn[i], p.UnsignedTx.TxIn[j] = p.UnsignedTx.TxIn[j], p.UnsignedTx.TxIn[i]
		p.Inputs[i], p.Inputs[j] = p.Inputs[j], p.Inputs[i]
	}
	for name, c := range map[string]struct {
		before, after func(*psbt.Packet)
		kind          ErrorKind
	}{
		"change to himself": {func(p *psbt.Packet) { p.UnsignedTx.TxOut[2].PkScript = s.ann.script }, nil, ErrOutputs},
		"less change":       {func(p *psbt.Packet) { p.UnsignedTx.TxOut[2].Value -= 1000; p.UnsignedTx.TxOut[0].Value += 1000 }, nil, ErrOutputs},
		"an output more": {func(p *psbt.Packet) {
			p.UnsignedTx.AddTxOut(wire.NewTxOut(1000, s.ann.script))
			p.Outputs = append(p.Outputs, psbt.POutput{})
		}, nil, ErrOutputs},
		"an output less":       {func(p *psbt.Packet) { p.UnsignedTx.TxOut = p.UnsignedTx.TxOut[:2]; p.Outputs = p.Outputs[:2] }, nil, ErrOutputs},
		"outputs swapped":      {func(p *psbt.Packet) { o := p.UnsignedTx.TxOut; o[0], o[2] = o[2], o[0] }, nil, ErrOutputs},
		"the note changed":     {func(p *psbt.Packet) { p.UnsignedTx.TxOut[1].PkScript[3] ^= 1 }, nil, ErrOutputs},
		"an input less":        {func(p *psbt.Packet) { p.UnsignedTx.TxIn = p.UnsignedTx.TxIn[:2]; p.Inputs = p.Inputs[:2] }, nil, ErrInputs},
		"another coin of ours": {func(p *psbt.Packet) { p.UnsignedTx.TxIn[2].PreviousOutPoint.Index = 2 }, nil, ErrInputs},
		"an input more": {func(p *psbt.Packet) {
			p.UnsignedTx.AddTxIn(wire.NewTxIn(&wire.OutPoint{Hash: chainhash.Hash{7}}, nil, nil))
			p.Inputs = append(p.Inputs, psbt.PInput{WitnessUtxo: wire.NewTxOut(50_000, s.node.script)})
		}, nil, ErrInputs},
		"inputs swapped":        {func(p *psbt.Packet) { swapIn(p, 0, 2) }, nil, ErrInputs},
		"his sequence":          {func(p *psbt.Packet) { p.UnsignedTx.TxIn[1].Sequence = 6 }, nil, ErrSequence},
		"our sequence":          {func(p *psbt.Packet) { p.UnsignedTx.TxIn[2].Sequence = wire.MaxTxInSequenceNum }, nil, ErrSequence},
		"the version":           {func(p *psbt.Packet) { p.UnsignedTx.Version = 3 }, nil, ErrHeader},
		"the lock time":         {func(p *psbt.Packet) { p.UnsignedTx.LockTime = 78 }, nil, ErrHeader},
		"not signed":            {nil, func(p *psbt.Packet) { p.Inputs[0].FinalScriptWitness = nil }, ErrSignature},
		"signatures swapped":    {nil, func(p *psbt.Packet) { p.Inputs[0].FinalScriptWitness = p.Inputs[1].FinalScriptWitness }, ErrSignature},
		"a bit of a signature":  {nil, func(p *psbt.Packet) { p.Inputs[1].FinalScriptWitness[9] ^= 1 }, ErrSignature},
		"a witness without end": {nil, func(p *psbt.Packet) { p.Inputs[1].FinalScriptWitness = []byte{0xfd, 0xff, 0xff} }, ErrSignature},
		"bytes after a witness": {nil, func(p *psbt.Packet) { p.Inputs[1].FinalScriptWitness = append(p.Inputs[1].FinalScriptWitness, 0) }, ErrSignature},
	} {
		if _, err := d.Accept(s.signed(t, d, c.before, c.after)); !errors.Is(err, c.kind) {
			t.Errorf("%s: %v, want %q", name, err, c.kind)
		}
	}
	// What he writes about our input, and beside it, does not reach the node.
	noise := func(p *psbt.Packet) {
		p.Inputs[2].WitnessUtxo = wire.NewTxOut(1, s.ann.script)
		p.Inputs[2].SighashType = txscript.SigHashNone
		p.Inputs[2].RedeemScript = []byte{1}
		p.Inputs[0].Unknowns = []*psbt.Unknown{{Key: []byte{0xfc, 1}, Value: []byte("x")}}
		p.Inputs[0].WitnessUtxo = wire.NewTxOut(1, s.ann.script)
	}
	quiet, err := d.Accept(s.signed(t, d, nil, nil))
	if err != nil {
		t.Fatal(err)
	}
	noisy, err := d.Accept(s.signed(t, d, nil, noise))
	if err != nil {
		t.Fatal(err)
	}
	a, b := s.finish(t, quiet), s.finish(t, noisy)
	if a.TxHash() != b.TxHash() || !bytes.Equal(strip(t, quiet), strip(t, noisy)) {
		t.Error("what the visitor wrote beside his signatures was passed on")
	}
}

// strip takes the visitor's signatures out, which differ each time.
func strip(t *testing.T, raw []byte) []byte {
	t.Helper()
	p, err := psbt.NewFromRawBytes(bytes.NewReader(raw), false)
	if err != nil {
		t.Fatal(err)
	}
	p.Inputs[0].FinalScriptWitness, p.Inputs[1].FinalScriptWitness = nil, nil
	out, err := serialize(p)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestProposeRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*scene)
		psbt   func(*psbt.Packet)
		kind   ErrorKind
	}{
		"our coin":            {func(s *scene) { s.tx.TxIn[0].PreviousOutPoint.Hash = chainhash.Hash{7} }, nil, ErrOurCoin},
		"the very coin":       {func(s *scene) { s.tx.TxIn[0].PreviousOutPoint = s.terms.Coins[0].OutPoint }, nil, ErrOurCoin},
		"no coin shown":       {nil, func(p *psbt.Packet) { p.Inputs[0].WitnessUtxo = nil }, ErrPrevout},
		"a coin of nothing":   {nil, func(p *psbt.Packet) { p.Inputs[0].WitnessUtxo = wire.NewTxOut(0, p.Inputs[0].WitnessUtxo.PkScript) }, ErrPrevout},
		"another transaction": {nil, func(p *psbt.Packet) { p.Inputs[0].WitnessUtxo = nil; p.Inputs[0].NonWitnessUtxo = p.UnsignedTx.Copy() }, ErrPrevout},
		"a legacy coin": {func(s *scene) {
			s.prevouts[0].PkScript = append([]byte{0x76, 0xa9, 20}, append(make([]byte, 20), 0x88, 0xac)...)
		}, nil, ErrPrevout},
		"an unknown script":   {func(s *scene) { s.prevouts[0].PkScript = append([]byte{0, 32}, make([]byte, 32)...) }, nil, ErrWeight},
		"a gift":              {func(s *scene) { s.tx.TxOut[0].Value = 9_001 }, nil, ErrGift},
		"a fee of its own":    {func(s *scene) { s.tx.TxOut[0].Value = 1_000 }, nil, ErrNotNeeded},
		"too dear":            {func(s *scene) { s.terms.Most = 100 }, nil, ErrCost},
		"too poor":            {func(s *scene) { s.terms.Coins[0].Value = 500 }, nil, ErrCoins},
		"no coins":            {func(s *scene) { s.terms.Coins = nil }, nil, ErrTerms},
		"no change script":    {func(s *scene) { s.terms.Change = nil }, nil, ErrTerms},
		"no rate":             {func(s *scene) { s.terms.Rate = 0 }, nil, ErrTerms},
		"no price":            {func(s *scene) { s.terms.Most = 0 }, nil, ErrTerms},
		"a gift beyond price": {func(s *scene) { s.terms.Gift = s.terms.Most + 1 }, nil, ErrTerms},
		"too many weights":    {func(s *scene) { s.terms.Weights = make([]int64, 3) }, nil, ErrTerms},
		"too heavy":           {func(s *scene) { s.terms.Weights = []int64{maxWeight} }, nil, ErrWeight},
		"a coin in P2WSH":     {func(s *scene) { s.terms.Coins[0].Script = append([]byte{0, 32}, make([]byte, 32)...) }, nil, ErrTerms},
		"the same coin twice": {func(s *scene) { s.tx.TxIn[1].PreviousOutPoint = s.tx.TxIn[0].PreviousOutPoint }, nil, ErrPSBT},
	} {
		s := newScene(t)
		if c.change != nil {
			c.change(s)
		}
		var fns []func(*psbt.Packet)
		if c.psbt != nil {
			fns = append(fns, c.psbt)
		}
		if d, err := Propose(s.raw(t, fns...), s.terms); !errors.Is(err, c.kind) || d != nil {
			t.Errorf("%s: %+v, %v, want %q", name, d, err, c.kind)
		}
	}
	s := newScene(t)
	for _, raw := range [][]byte{nil, {}, []byte("psbt\xff"), make([]byte, maxPSBT+1), s.raw(t)[:80]} {
		if _, err := Propose(raw, s.terms); !errors.Is(err, ErrPSBT) {
			t.Errorf("%d bytes: %v", len(raw), err)
		}
	}
}

// The dust of a colored output may be given, within bounds.
func TestGift(t *testing.T) {
	s := newScene(t)
	s.tx.TxOut[0].Value += 330
	s.terms.Gift = 330
	d := s.propose(t)
	if d.Pays != d.Fee+330 {
		t.Errorf("it pays %d with a fee of %d", d.Pays, d.Fee)
	}
	accepted, err := d.Accept(s.signed(t, d, nil, nil))
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Finish(s.finish(t, accepted)); err != nil {
		t.Error(err)
	}
}

// Signatures made before: ANYONECANPAY survives an input more, and with SINGLE
// also the change; with ALL there is none; without it nothing survives.
func TestSignedBefore(t *testing.T) {
	for name, c := range map[string]struct {
		how    txscript.SigHashType
		coin   btcutil.Amount
		change int
		kind   error
	}{
		"all":                        {txscript.SigHashAll, 50_000, 0, ErrSigned},
		"all, anyone, a large coin":  {txscript.SigHashAll | txscript.SigHashAnyOneCanPay, 50_000, 0, ErrCost},
		"all, anyone, a fitting one": {txscript.SigHashAll | txscript.SigHashAnyOneCanPay, 5_000, -1, nil},
		"single, anyone":             {txscript.SigHashSingle | txscript.SigHashAnyOneCanPay, 50_000, 2, nil},
	} {
		s := newScene(t)
		s.terms.Coins[0].Value = c.coin
		presign := func(p *psbt.Packet) {
			p.Inputs[0].FinalScriptWitness = finalWitness(t, s.ann.sign(t, s.tx, 0, s.prevouts, c.how))
			p.Inputs[1].FinalScriptWitness = finalWitness(t, s.tap.sign(t, s.tx, 1, s.prevouts, c.how))
		}
		raw := s.raw(t, presign)
		d, err := Propose(raw, s.terms)
		if !errors.Is(err, c.kind) {
			t.Errorf("%s: %v, want %v", name, err, c.kind)
		}
		if err != nil {
			continue
		}
		if d.Change != c.change {
			t.Errorf("%s: change at %d, want %d", name, d.Change, c.change)
		}
		whole, err := d.PSBT()
		if err != nil {
			t.Fatal(err)
		}
		accepted, err := d.Accept(whole) // nothing left to sign for him
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := d.Finish(s.finish(t, accepted)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Signatures as wallets leave them, not final yet.
func TestPartialSignatures(t *testing.T) {
	s := newScene(t)
	d := s.propose(t)
	raw := s.signed(t, d, nil, func(p *psbt.Packet) {
		for i := range 2 {
			p.Inputs[i].FinalScriptWitness = nil
		}
		w := s.ann.sign(t, p.UnsignedTx, 0, d.prevouts, txscript.SigHashAll)
		p.Inputs[0].PartialSigs = []*psbt.PartialSig{{PubKey: w[1], Signature: w[0]}}
		p.Inputs[1].TaprootKeySpendSig = s.tap.sign(t, p.UnsignedTx, 1, d.prevouts, txscript.SigHashDefault)[0]
		p.Inputs[1].TaprootInternalKey = schnorr.SerializePubKey(s.tap.key.PubKey())
	})
	accepted, err := d.Accept(raw)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Finish(s.finish(t, accepted)); err != nil {
		t.Error(err)
	}
}

func FuzzProposeAccept(f *testing.F) {
	s := newScene(f)
	d := s.propose(f)
	f.Add(s.raw(f))
	f.Add(s.signed(f, d, nil, nil))
	want := d.Tx.TxHash()
	f.Fuzz(func(t *testing.T, raw []byte) {
		if got, err := Propose(raw, s.terms); err == nil {
			if got.Pays > s.terms.Most || got.Pays < 0 {
				t.Fatalf("it pays %d", got.Pays)
			}
			if _, err := got.PSBT(); err != nil {
				t.Fatal(err)
			}
		}
		accepted, err := d.Accept(raw)
		if err != nil {
			return
		}
		p, err := psbt.NewFromRawBytes(bytes.NewReader(accepted), false)
		if err != nil || p.UnsignedTx.TxHash() != want {
			t.Fatalf("something else was accepted: %v", err)
		}
	})
}
