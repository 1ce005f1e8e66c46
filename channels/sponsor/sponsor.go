// Package sponsor lets the node pay the network fee of a visitor's transaction:
// a PSBT (BIP-0174) comes in, and goes out with the node's coins added behind
// the visitor's inputs and the change behind his outputs. The visitor signs
// that, and before the node does the package proves that it is the same
// transaction to the byte: his inputs, their sequence numbers, all outputs and
// their order, version and lock time. Nothing else of what he sends reaches the
// node.
//
//	Propose → the visitor signs → Accept → the node signs → Finish
//
// Propose gives the same deal for the same PSBT and terms, so that these two are
// all that has to be kept meanwhile. The package is pure; choosing, leasing and
// signing coins is chain/wallet's, and so is keeping protected coins out.
package sponsor

import (
	"bytes"
	"fmt"
	"slices"

	"cairn/chain"
	"cairn/chain/rawtx"

	"github.com/btcsuite/btcd/blockchain"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/btcutil/psbt"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// ErrorKind names why a transaction is not sponsored; match it with errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrPSBT: the bytes are no PSBT, or one that is too large or senseless.
	ErrPSBT = ErrorKind("this is not a transaction to be signed")
	// ErrPrevout: the PSBT does not say, or not credibly, which coin an input
	// spends.
	ErrPrevout = ErrorKind("the transaction does not show the coins it spends")
	// ErrOurCoin: an input of the visitor's spends a coin of the node.
	ErrOurCoin = ErrorKind("the transaction spends a coin of this node")
	// ErrWeight: nobody knows how large the signature of an input will be, or
	// the transaction is too large.
	ErrWeight = ErrorKind("the size of the signed transaction is not known, or too large")
	// ErrGift: the outputs are worth more than the inputs.
	ErrGift = ErrorKind("the transaction pays out more than it takes in")
	// ErrNotNeeded: the transaction pays its fee by itself.
	ErrNotNeeded = ErrorKind("the transaction pays its own fee already")
	// ErrCoins: the node's coins do not cover the fee.
	ErrCoins = ErrorKind("the coins for the fee are too small")
	// ErrCost: it would cost the node more than was agreed.
	ErrCost = ErrorKind("the fee is more than was agreed")
	// ErrSigned: the transaction carries signatures that an added input makes
	// void; only ANYONECANPAY allows one.
	ErrSigned = ErrorKind("the transaction is signed already, for exactly its own inputs")
	// ErrTerms: the caller asks for something that cannot be.
	ErrTerms = ErrorKind("these terms make no sense")

	// What came back is not what was proposed: ErrInputs in its inputs or
	// their order, ErrSequence in their sequence numbers, ErrOutputs in its
	// outputs or their order, ErrHeader in its version or lock time.
	ErrInputs   = ErrorKind("the inputs of the transaction were changed")
	ErrSequence = ErrorKind("the sequence numbers of the transaction were changed")
	ErrOutputs  = ErrorKind("the outputs of the transaction were changed")
	ErrHeader   = ErrorKind("the version or lock time of the transaction was changed")
	// ErrSignature: a signature is missing or does not hold.
	ErrSignature = ErrorKind("a signature of the transaction is missing or wrong")
)

const (
	maxPSBT    = 100_000 // bytes
	maxInputs  = 100
	maxOutputs = 200
	maxCoins   = 20
	maxWeight  = 400_000 // of a transaction that nodes relay
	// replaceable is the highest sequence number that signals BIP-0125.
	replaceable = wire.MaxTxInSequenceNum - 2
)

// Coin is one of the node's: P2WPKH, or P2TR spent by its key.
type Coin struct {
	wire.OutPoint
	Value  btcutil.Amount
	Script []byte
}

// Terms are what the node offers.
type Terms struct {
	// Coins pay the fee, 1 to 20 of them, leased by the caller.
	Coins []Coin
	// Change is where what is left goes.
	Change []byte
	Rate   chain.FeeRate
	// Most is what it may cost the node, and Gift the part of that which may
	// go into outputs beyond the visitor's own inputs, as the dust of a
	// colored coin.
	Most, Gift btcutil.Amount
	// Ours reports whether a coin belongs to the node; nil when it has none but
	// Coins.
	Ours func(wire.OutPoint) bool
	// Bare has the transaction spend no coin of the visitor's: all that it pays is
	// the node's, and a gift.
	Bare bool
	// Weights are of the visitor's signatures, by input: the weight of the
	// witness and four times the bytes of the signature script. 0, or none,
	// for P2WPKH, P2SH-P2WPKH and P2TR by key.
	Weights []int64
}

// Deal is a sponsored transaction. Its fields are not to be changed.
type Deal struct {
	// Tx is the whole transaction, unsigned.
	Tx *wire.MsgTx
	// Visitors is how many of its inputs are the visitor's; they come first.
	Visitors int
	// Change is the index of the node's change, or -1.
	Change int
	// Fee is what the miners get, and Pays what the node loses.
	Fee, Pays btcutil.Amount
	// Weight is that of the signed transaction, at most.
	Weight int64

	packet   *psbt.Packet // of the visitor
	prevouts []*wire.TxOut
	coins    []Coin
}

// Propose adds the node's coins to a visitor's transaction. Inputs that were
// signed with ANYONECANPAY stay signed; with ALL beside it there is no change,
// as outputs cannot be added. Errors: ErrPSBT, ErrPrevout, ErrOurCoin,
// ErrWeight, ErrGift, ErrNotNeeded, ErrCoins, ErrCost, ErrSigned, ErrTerms.
func Propose(raw []byte, t Terms) (*Deal, error) {
	packet, err := parse(raw, t.Bare)
	if err != nil {
		return nil, err
	}
	if err := t.check(); err != nil {
		return nil, err
	}
	prevouts, err := t.visitorsCoins(packet)
	if err != nil {
		return nil, err
	}
	witness, err := t.witnessWeight(prevouts, len(packet.UnsignedTx.TxIn))
	if err != nil {
		return nil, err
	}
	d := &Deal{packet: packet, Visitors: len(packet.UnsignedTx.TxIn), coins: t.Coins, prevouts: prevouts}
	for _, c := range t.Coins {
		d.prevouts = append(d.prevouts, wire.NewTxOut(int64(c.Value), c.Script))
	}
	var signed error
	if d.fund(t, witness, true) == nil {
		if signed = d.presignedHold(); signed == nil {
			return d, nil
		}
	}
	// The change may be too small to be, or what is signed leaves it no place.
	if err := d.fund(t, witness, false); err != nil {
		if signed != nil {
			return nil, fmt.Errorf("%w; without change: %w", signed, err)
		}
		return nil, err
	}
	if err := d.presignedHold(); err != nil {
		return nil, err
	}
	return d, nil
}

// parse reads a PSBT whose transaction makes sense by itself; a bare one has no
// inputs yet.
func parse(raw []byte, bare bool) (*psbt.Packet, error) {
	if len(raw) == 0 || len(raw) > maxPSBT {
		return nil, fmt.Errorf("%w: %d bytes", ErrPSBT, len(raw))
	}
	p, err := rawtx.ReadPSBT(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPSBT, err)
	}
	tx := p.UnsignedTx
	if (len(tx.TxIn) == 0) != bare || len(tx.TxIn) > maxInputs+maxCoins || len(tx.TxOut) == 0 || len(tx.TxOut) > maxOutputs+1 {
		return nil, fmt.Errorf("%w: %d inputs, %d outputs", ErrPSBT, len(tx.TxIn), len(tx.TxOut))
	}
	if bare { // its outputs are looked at with an input that stands for the node's
		tx = tx.Copy()
		tx.AddTxIn(wire.NewTxIn(&wire.OutPoint{Index: 0}, nil, nil))
	}
	if err := blockchain.CheckTransactionSanity(btcutil.NewTx(tx)); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPSBT, err)
	}
	return p, nil
}

func (t Terms) check() error {
	switch {
	case len(t.Coins) == 0 || len(t.Coins) > maxCoins:
		return fmt.Errorf("%w: %d coins", ErrTerms, len(t.Coins))
	case t.Rate < chain.SatPerVByte(1) || t.Rate > chain.SatPerVByte(10_000):
		return fmt.Errorf("%w: %d sat/kw", ErrTerms, t.Rate)
	case t.Most <= 0 || t.Gift < 0 || t.Gift > t.Most || t.Most > btcutil.MaxSatoshi:
		return fmt.Errorf("%w: at most %d sat, %d of them given", ErrTerms, int64(t.Most), int64(t.Gift))
	case len(t.Change) == 0 || len(t.Change) > 42 || !segwit(t.Change):
		return fmt.Errorf("%w: the change goes to no segwit script", ErrTerms)
	}
	for _, c := range t.Coins {
		if c.Value <= 0 || c.Value > btcutil.MaxSatoshi || !txscript.IsPayToWitnessPubKeyHash(c.Script) && !txscript.IsPayToTaproot(c.Script) {
			return fmt.Errorf("%w: the coin %s", ErrTerms, c.OutPoint)
		}
	}
	return nil
}

func segwit(script []byte) bool {
	return txscript.IsPayToTaproot(script) || txscript.IsPayToWitnessPubKeyHash(script) || txscript.IsPayToWitnessScriptHash(script)
}

// visitorsCoins are the outputs that the visitor's inputs spend. A value he
// lies about makes his own signature void (BIP-0143, BIP-0341); where the
// signature does not commit to it, the whole transaction before has to be there.
func (t Terms) visitorsCoins(p *psbt.Packet) ([]*wire.TxOut, error) {
	var out []*wire.TxOut
	if len(p.UnsignedTx.TxIn) > maxInputs || len(p.UnsignedTx.TxOut) > maxOutputs {
		return nil, fmt.Errorf("%w: %d inputs, %d outputs", ErrPSBT, len(p.UnsignedTx.TxIn), len(p.UnsignedTx.TxOut))
	}
	for i, in := range p.UnsignedTx.TxIn {
		op := in.PreviousOutPoint
		if t.Ours != nil && t.Ours(op) || slices.ContainsFunc(t.Coins, func(c Coin) bool { return c.OutPoint == op }) {
			return nil, fmt.Errorf("%w: %s", ErrOurCoin, op)
		}
		prev, err := prevout(op, p.Inputs[i])
		if err != nil {
			return nil, fmt.Errorf("input %d: %w", i, err)
		}
		out = append(out, prev)
	}
	return out, nil
}

func prevout(op wire.OutPoint, in psbt.PInput) (*wire.TxOut, error) {
	prev := in.WitnessUtxo
	if before := in.NonWitnessUtxo; before != nil {
		if before.TxHash() != op.Hash || op.Index >= uint32(len(before.TxOut)) {
			return nil, fmt.Errorf("%w: another transaction", ErrPrevout)
		}
		proven := before.TxOut[op.Index]
		if prev != nil && (prev.Value != proven.Value || !bytes.Equal(prev.PkScript, proven.PkScript)) {
			return nil, fmt.Errorf("%w: two that differ", ErrPrevout)
		}
		prev = proven
	}
	switch {
	case prev == nil:
		return nil, ErrPrevout
	case prev.Value <= 0 || prev.Value > btcutil.MaxSatoshi || len(prev.PkScript) > txscript.MaxScriptSize:
		return nil, fmt.Errorf("%w: its value or script is out of range", ErrPrevout)
	case in.NonWitnessUtxo == nil && !segwit(prev.PkScript) && !txscript.IsPayToScriptHash(prev.PkScript):
		return nil, fmt.Errorf("%w: an input without segwit needs the whole transaction before", ErrPrevout)
	}
	return wire.NewTxOut(prev.Value, prev.PkScript), nil
}

// Weights of signatures (BIP-0141): segwit version 0 by a key at most 72 bytes
// and the key, taproot by its key 65.
const (
	p2wpkhWitness = 1 + 1 + 72 + 1 + 33
	p2trWitness   = 1 + 1 + 65
	nestedScript  = 4 * 23
)

// witnessWeight is that of all signatures.
func (t Terms) witnessWeight(visitors []*wire.TxOut, n int) (int64, error) {
	if len(t.Weights) > n {
		return 0, fmt.Errorf("%w: %d weights for %d inputs", ErrTerms, len(t.Weights), n)
	}
	sum := int64(0)
	for i, prev := range visitors {
		switch {
		case i < len(t.Weights) && t.Weights[i] != 0:
			if t.Weights[i] < 0 || t.Weights[i] > maxWeight {
				return 0, fmt.Errorf("%w: a weight of %d", ErrTerms, t.Weights[i])
			}
			sum += t.Weights[i]
		case txscript.IsPayToWitnessPubKeyHash(prev.PkScript):
			sum += p2wpkhWitness
		case txscript.IsPayToTaproot(prev.PkScript):
			sum += p2trWitness
		case txscript.IsPayToScriptHash(prev.PkScript):
			sum += p2wpkhWitness + nestedScript
		default:
			return 0, fmt.Errorf("%w: of input %d", ErrWeight, i)
		}
	}
	for _, c := range t.Coins {
		if txscript.IsPayToTaproot(c.Script) {
			sum += p2trWitness
		} else {
			sum += p2wpkhWitness
		}
	}
	return sum, nil
}

// fund builds the whole transaction, with change or without.
func (d *Deal) fund(t Terms, witness int64, withChange bool) error {
	tx := d.packet.UnsignedTx.Copy()
	in, out := btcutil.Amount(0), btcutil.Amount(0)
	for _, prev := range d.prevouts[:d.Visitors] {
		in += btcutil.Amount(prev.Value)
	}
	for _, o := range tx.TxOut {
		out += btcutil.Amount(o.Value)
	}
	ours := btcutil.Amount(0)
	for _, c := range t.Coins {
		added := wire.NewTxIn(&c.OutPoint, nil, nil)
		added.Sequence = replaceable
		tx.AddTxIn(added)
		ours += c.Value
	}
	d.Change = -1
	if withChange {
		d.Change = len(tx.TxOut)
		tx.AddTxOut(wire.NewTxOut(0, t.Change))
	}
	d.Weight = 4*int64(tx.SerializeSizeStripped()) + 2 + witness
	if d.Weight > maxWeight {
		return fmt.Errorf("%w: %d weight units", ErrWeight, d.Weight)
	}
	fee := max(t.Rate.Fee(d.Weight), btcutil.Amount((d.Weight+3)/4))
	switch {
	case out-in > t.Gift:
		return fmt.Errorf("%w: by %d sat", ErrGift, int64(out-in))
	case in-out >= fee:
		return fmt.Errorf("%w: %d of %d sat", ErrNotNeeded, int64(in-out), int64(fee))
	case ours < fee+out-in:
		return fmt.Errorf("%w: %d of %d sat", ErrCoins, int64(ours), int64(fee+out-in))
	}
	d.Fee, d.Pays = ours+in-out, ours
	if withChange {
		change := ours - (fee + out - in)
		if change < dust(t.Change) {
			return fmt.Errorf("%w: a change of %d sat", ErrCoins, int64(change))
		}
		tx.TxOut[d.Change].Value = int64(change)
		d.Fee, d.Pays = fee, ours-change
	}
	if d.Pays > t.Most {
		return fmt.Errorf("%w: %d of %d sat", ErrCost, int64(d.Pays), int64(t.Most))
	}
	d.Tx = tx
	return nil
}

// dust is the smallest change that is relayed (Bitcoin Core, 3 sat/vB).
func dust(script []byte) btcutil.Amount {
	if txscript.IsPayToWitnessPubKeyHash(script) {
		return 294
	}
	return 330
}

// PSBT is for the visitor to sign: every input shows the coin it spends.
func (d *Deal) PSBT() ([]byte, error) {
	p, err := psbt.NewFromUnsignedTx(d.Tx)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPSBT, err)
	}
	copy(p.Inputs, d.packet.Inputs)
	copy(p.Outputs, d.packet.Outputs)
	for i := d.Visitors; i < len(p.Inputs); i++ {
		p.Inputs[i].WitnessUtxo = d.prevouts[i]
	}
	return serialize(p)
}

func serialize(p *psbt.Packet) ([]byte, error) {
	var b bytes.Buffer
	if err := p.Serialize(&b); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPSBT, err)
	}
	return b.Bytes(), nil
}

// Prevouts are the coins that the inputs spend, in their order.
func (d *Deal) Prevouts() []*wire.TxOut { return append([]*wire.TxOut(nil), d.prevouts...) }

// Need is what coins have to bring for a PSBT beyond what spending them costs:
// the fee of everything else with a change output, and the gift. Of the terms
// Coins, Change and Most are not looked at. Errors: ErrPSBT, ErrPrevout,
// ErrOurCoin, ErrWeight, ErrGift, ErrNotNeeded, ErrTerms.
func Need(raw []byte, t Terms) (btcutil.Amount, error) {
	packet, err := parse(raw, t.Bare)
	if err != nil {
		return 0, err
	}
	t.Coins = nil
	prevouts, err := t.visitorsCoins(packet)
	if err != nil {
		return 0, err
	}
	witness, err := t.witnessWeight(prevouts, len(packet.UnsignedTx.TxIn))
	if err != nil {
		return 0, err
	}
	gift := btcutil.Amount(0)
	for _, o := range packet.UnsignedTx.TxOut {
		gift += btcutil.Amount(o.Value)
	}
	for _, prev := range prevouts {
		gift -= btcutil.Amount(prev.Value)
	}
	const changeOutput = 8 + 1 + 34
	weight := 4*int64(packet.UnsignedTx.SerializeSizeStripped()+changeOutput) + 2 + witness
	fee := max(t.Rate.Fee(weight), btcutil.Amount((weight+3)/4))
	switch {
	case weight > maxWeight:
		return 0, fmt.Errorf("%w: %d weight units", ErrWeight, weight)
	case gift > t.Gift:
		return 0, fmt.Errorf("%w: by %d sat", ErrGift, int64(gift))
	case fee+gift <= 0:
		return 0, fmt.Errorf("%w: %d of %d sat", ErrNotNeeded, int64(-gift), int64(fee))
	}
	return fee + gift, nil
}
