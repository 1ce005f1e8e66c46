package contract

import (
	"bytes"
	"errors"
	"testing"

	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// Every kind of coin can be pledged, with a lock time and without.
func TestEveryKindIsPledged(t *testing.T) {
	for _, lockTime := range []uint32{0, 800_000} {
		c := newContract(t, lockTime, beneficiary(t, 1, 90_000), beneficiary(t, 2, 5_000))
		for i, kind := range kinds {
			b := newBacker(t, kind, i, 20_000)
			p := b.pledge(t, c, hashType)
			got, err := c.Check(p, b.coin, b.rules())
			if err != nil || got != kind {
				t.Errorf("%s at lock time %d: %q, %v", kind, lockTime, got, err)
			}
			if w := p.Weight(); w > kind.Budget() || w < kind.Budget()-8 {
				t.Errorf("%s weighs %d, its budget is %d", kind, w, kind.Budget())
			}
			opened, err := c.Open(c.Alone(p))
			if err != nil || opened.OutPoint != p.OutPoint || opened.Weight() != p.Weight() {
				t.Errorf("%s does not come out of its transaction: %v", kind, err)
			}
		}
	}
}

// A signature of any other hash type is refused by name, though some of them
// would hold for the pledge alone.
func TestOtherHashTypes(t *testing.T) {
	c := newContract(t, 0, beneficiary(t, 1, 90_000))
	for i, kind := range kinds {
		for _, other := range []txscript.SigHashType{
			txscript.SigHashAll, txscript.SigHashNone, txscript.SigHashSingle,
			txscript.SigHashSingle | txscript.SigHashAnyOneCanPay, txscript.SigHashNone | txscript.SigHashAnyOneCanPay,
		} {
			b := newBacker(t, kind, i, 20_000)
			if _, err := c.Check(b.pledge(t, c, other), b.coin, b.rules()); !errors.Is(err, ErrHashType) {
				t.Errorf("%s with %02x: %v", kind, other, err)
			}
		}
	}
	b := newBacker(t, P2TR, 1, 20_000)
	if _, err := c.Check(b.pledge(t, c, txscript.SigHashDefault), b.coin, b.rules()); !errors.Is(err, ErrHashType) {
		t.Errorf("p2tr with the default: %v", err)
	}
}

// A hash type is not believed: a signature made for the pledge alone (0x01) and
// given out as one that allows others does not hold.
func TestForgedHashType(t *testing.T) {
	c := newContract(t, 0, beneficiary(t, 1, 90_000))
	b := newBacker(t, P2WPKH, 1, 20_000)
	p := b.pledge(t, c, txscript.SigHashAll)
	p.Witness[0][len(p.Witness[0])-1] = byte(hashType)
	if _, err := c.Check(p, b.coin, b.rules()); !errors.Is(err, ErrSignature) {
		t.Errorf("a forged hash type: %v", err)
	}
}

// What a pledge for another transaction looks like: it was signed honestly, and
// is taken for this contract's.
func TestPledgesForOtherTransactions(t *testing.T) {
	honest := newContract(t, 800_000, beneficiary(t, 1, 90_000), beneficiary(t, 2, 5_000))
	for name, change := range map[string]func(tx *wire.MsgTx){
		"another version":      func(tx *wire.MsgTx) { tx.Version = 1 },
		"another lock time":    func(tx *wire.MsgTx) { tx.LockTime-- },
		"another order":        func(tx *wire.MsgTx) { tx.TxOut[0], tx.TxOut[1] = tx.TxOut[1], tx.TxOut[0] },
		"another amount":       func(tx *wire.MsgTx) { tx.TxOut[0].Value-- },
		"another script":       func(tx *wire.MsgTx) { tx.TxOut[0].PkScript = bytes.Clone(tx.TxOut[1].PkScript) },
		"one output less":      func(tx *wire.MsgTx) { tx.TxOut = tx.TxOut[:1] },
		"one output more":      func(tx *wire.MsgTx) { tx.AddTxOut(tx.TxOut[0]) },
		"another coin":         func(tx *wire.MsgTx) { tx.TxIn[0].PreviousOutPoint.Index++ },
		"another sequence":     nil, // below: the sequence is the pledge's own
		"a stranger signed it": nil,
	} {
		for i, kind := range kinds {
			b := newBacker(t, kind, i, 20_000)
			var p Pledge
			switch {
			case change != nil:
				b.claim = func(c *Contract, p Pledge) *wire.MsgTx {
					tx := c.Alone(p)
					change(tx)
					return tx
				}
				p = b.pledge(t, honest, hashType)
				p.OutPoint = b.at
			case name == "another sequence":
				p = b.pledge(t, honest, hashType)
				p.Sequence--
			default:
				b.key = keyOf("a stranger")
				p = b.pledge(t, honest, hashType)
			}
			_, err := honest.Check(p, b.coin, b.rules())
			nested := kind == P2SHP2WPKH && name == "a stranger signed it" // shows another program than the coin's
			if !errors.Is(err, ErrSignature) && !(nested && errors.Is(err, ErrScriptType)) {
				t.Errorf("%s, %s: %v", name, kind, err)
			}
		}
	}
}

// Open names what differs.
func TestOpen(t *testing.T) {
	c := newContract(t, 800_000, beneficiary(t, 1, 90_000), beneficiary(t, 2, 5_000))
	for want, change := range map[error]func(tx *wire.MsgTx){
		ErrVersion:  func(tx *wire.MsgTx) { tx.Version = 3 },
		ErrLockTime: func(tx *wire.MsgTx) { tx.LockTime = 0 },
		ErrOutputs:  func(tx *wire.MsgTx) { tx.TxOut[0], tx.TxOut[1] = tx.TxOut[1], tx.TxOut[0] },
		ErrInputs:   func(tx *wire.MsgTx) { tx.AddTxIn(tx.TxIn[0]) },
	} {
		tx := c.Alone(Pledge{Sequence: 0xfffffffd})
		change(tx)
		if _, err := c.Open(tx); !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
	}
}

// A lie about the coin's amount does not pass where amounts are signed.
func TestAmountLie(t *testing.T) {
	c := newContract(t, 0, beneficiary(t, 1, 90_000))
	for i, kind := range kinds {
		b := newBacker(t, kind, i, 20_000)
		p := b.pledge(t, c, hashType)
		b.coin.Value += 5_000
		_, err := c.Check(p, b.coin, b.rules())
		if kind == P2PKH {
			if err != nil {
				t.Errorf("legacy signatures say nothing of the amount, and yet: %v", err)
			}
			continue // the caller looks the amount up
		}
		if !errors.Is(err, ErrSignature) {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

func TestBadInputs(t *testing.T) {
	c := newContract(t, 800_000, beneficiary(t, 1, 90_000))
	wpkh, tr, pkh := newBacker(t, P2WPKH, 1, 20_000), newBacker(t, P2TR, 2, 20_000), newBacker(t, P2PKH, 3, 20_000)
	nested, firm, leaf := newBacker(t, P2SHP2WPKH, 4, 20_000), newBacker(t, FirmP2WSH, 5, 20_000), newBacker(t, FirmP2TR, 6, 20_000)
	bare := Coin{20_000, []byte{txscript.OP_TRUE}}
	cases := map[string]struct {
		of     *backer
		change func(p *Pledge, b *backer, r *Rules)
		want   error
	}{
		"relative lock":   {wpkh, func(p *Pledge, _ *backer, _ *Rules) { p.Sequence = 144 }, ErrSequence},
		"final sequence":  {wpkh, func(p *Pledge, _ *backer, _ *Rules) { p.Sequence = wire.MaxTxInSequenceNum }, ErrSequence},
		"too small":       {wpkh, func(_ *Pledge, _ *backer, r *Rules) { r.Least = 20_001 }, ErrTooSmall},
		"bare script":     {wpkh, func(_ *Pledge, b *backer, _ *Rules) { b.coin = bare }, ErrScriptType},
		"annex":           {tr, func(p *Pledge, _ *backer, _ *Rules) { p.Witness = append(p.Witness, []byte{0x50, 1}) }, ErrAnnex},
		"annex on a leaf": {leaf, func(p *Pledge, _ *backer, _ *Rules) { p.Witness[3] = []byte{0x50} }, ErrAnnex},
		"another leaf": {leaf, func(p *Pledge, b *backer, _ *Rules) {
			_, back, err := b.firm.Leaves()
			if err != nil {
				t.Fatal(err)
			}
			p.Witness[2] = back.Script
		}, ErrScriptType},
		"a leaf nobody allows":      {leaf, func(_ *Pledge, _ *backer, r *Rules) { r.Firm = nil }, ErrScriptType},
		"no signature":              {wpkh, func(p *Pledge, _ *backer, _ *Rules) { p.Witness[0] = nil }, ErrSignature},
		"no witness":                {wpkh, func(p *Pledge, _ *backer, _ *Rules) { p.Witness = nil }, ErrSignature},
		"a witness for legacy":      {pkh, func(p *Pledge, _ *backer, _ *Rules) { p.Witness = wire.TxWitness{{1}} }, ErrSignature},
		"more than pushes":          {pkh, func(p *Pledge, _ *backer, _ *Rules) { p.SignatureScript = append(p.SignatureScript, txscript.OP_NOP) }, ErrSignature},
		"another script hash":       {nested, func(p *Pledge, _ *backer, _ *Rules) { p.SignatureScript = []byte{txscript.OP_TRUE} }, ErrScriptType},
		"a firm coin nobody allows": {firm, func(_ *Pledge, _ *backer, r *Rules) { r.Firm = nil }, ErrScriptType},
		"a firm coin of another keeper": {firm, func(_ *Pledge, b *backer, r *Rules) {
			r.Firm = &Firm{Owner: b.firm.Owner, Keeper: keyOf("another").PubKey(), Until: b.firm.Until}
		}, ErrScriptType},
		"a firm coin free too early": {firm, func(_ *Pledge, b *backer, r *Rules) {
			early := *b.firm
			early.Until = 800_000
			r.Firm = &early
		}, ErrScriptType},
		"the way back of a firm coin": {firm, func(p *Pledge, _ *backer, _ *Rules) { p.Witness[3] = nil }, ErrScriptType},
	}
	for name, test := range cases {
		b := *test.of
		p := b.pledge(t, c, hashType)
		r := b.rules()
		test.change(&p, &b, &r)
		if _, err := c.Check(p, b.coin, r); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
}

// The other signature of the same message, which anybody can make of the first,
// is refused; one of two is heavier than its kind, too.
func TestHighS(t *testing.T) {
	c := newContract(t, 0, beneficiary(t, 1, 90_000))
	refused := map[error]int{}
	for n := range 20 {
		b := newBacker(t, P2WPKH, n, 20_000)
		p := b.pledge(t, c, hashType)
		p.Witness[0] = highS(t, p.Witness[0])
		_, err := c.Check(p, b.coin, b.rules())
		switch {
		case errors.Is(err, ErrSignature):
			refused[ErrSignature]++
		case errors.Is(err, ErrWeight):
			refused[ErrWeight]++
		default:
			t.Errorf("backer %d: %v", n, err)
		}
	}
	if refused[ErrSignature] == 0 {
		t.Error("none was refused for its signature")
	}
}

// An input heavier than its kind is refused before its script runs.
func TestTooHeavy(t *testing.T) {
	c := newContract(t, 0, beneficiary(t, 1, 90_000))
	b := newBacker(t, P2WPKH, 1, 20_000)
	p := b.pledge(t, c, hashType)
	p.Witness[1] = bytes.Repeat([]byte{2}, 65)
	if _, err := c.Check(p, b.coin, b.rules()); !errors.Is(err, ErrWeight) {
		t.Errorf("an uncompressed key: %v", err)
	}
}

func BenchmarkCheck(b *testing.B) {
	c := newContract(b, 0, beneficiary(b, 1, 90_000))
	for _, kind := range kinds {
		b.Run(string(kind), func(b *testing.B) {
			who := newBacker(b, kind, 1, 20_000)
			p := who.pledge(b, c, hashType)
			for b.Loop() {
				if _, err := c.Check(p, who.coin, who.rules()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
