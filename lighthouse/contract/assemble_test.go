package contract

import (
	"bytes"
	"errors"
	"testing"

	"cairn/chain"

	"github.com/btcsuite/btcd/blockchain"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// Pledges of every kind make one claim, the same whatever their order.
func TestAssemble(t *testing.T) {
	c := newContract(t, 800_000, beneficiary(t, 1, 90_000), beneficiary(t, 2, 5_000))
	var pledges []Pledge
	var coins []Coin
	for i, kind := range kinds {
		b := newBacker(t, kind, i, 20_000)
		pledges, coins = append(pledges, b.pledge(t, c, hashType)), append(coins, b.coin)
	}
	tx, err := c.Assemble(pledges, coins)
	if err != nil {
		t.Fatal(err)
	}
	if tx.Version != c.Version || tx.LockTime != c.LockTime || len(tx.TxIn) != len(kinds) || len(tx.TxOut) != 2 {
		t.Errorf("the claim is %+v", tx)
	}
	last := len(pledges) - 1
	pledges[0], pledges[last], coins[0], coins[last] = pledges[last], pledges[0], coins[last], coins[0]
	again, err := c.Assemble(pledges, coins)
	if err != nil || again.TxHash() != tx.TxHash() {
		t.Errorf("in another order it is another claim (%v)", err)
	}

	if _, err := c.Assemble(append(pledges, pledges[0]), append(coins, coins[0])); !errors.Is(err, ErrDuplicate) {
		t.Errorf("the same pledge twice: %v", err)
	}
	var short *Shortfall
	if _, err := c.Assemble(pledges[:2], coins[:2]); !errors.As(err, &short) || short.Missing != 55_000 {
		t.Errorf("two of six pledges: %v", err)
	}
	pledges[1].Witness = nil
	if _, err := c.Assemble(pledges, coins); !errors.Is(err, ErrSignature) {
		t.Errorf("a pledge without a signature: %v", err)
	}
}

// A full claim: as many pledges as the specification counts, and one more is too
// many.
func TestFullClaims(t *testing.T) {
	for kind, most := range map[Kind]int{P2TR: 1_730, P2WPKH: 1_469, P2SHP2WPKH: 1_098} {
		c := newContract(t, 0, beneficiary(t, 1, 1_000_000))
		if got := (c.Limit() - c.fixedWeight(most)) / kind.Budget(); got != int64(most) {
			t.Errorf("%d pledges of %s fit by their budget, want %d", got, kind, most)
		}
	}
	if testing.Short() {
		t.Skip("signing 1,731 pledges")
	}
	pledges, coins, c := full(t, 1_731)
	if _, err := c.Assemble(pledges, coins); !errors.Is(err, ErrFull) {
		t.Errorf("1,731 pledges: %v", err)
	}
	tx, err := c.Assemble(pledges[:1_730], coins[:1_730])
	if err != nil {
		t.Fatal(err)
	}
	if w := blockchain.GetTransactionWeight(btcutil.NewTx(tx)); w > MaxWeight {
		t.Errorf("1,730 pledges weigh %d", w)
	}
}

func full(t testing.TB, n int) ([]Pledge, []Coin, *Contract) {
	c := newContract(t, 0, beneficiary(t, 1, 1_000_000))
	pledges, coins := make([]Pledge, n), make([]Coin, n)
	for i := range n {
		b := newBacker(t, P2TR, i, 1_000)
		pledges[i], coins[i] = b.pledge(t, c, hashType), b.coin
	}
	return pledges, coins, c
}

// Checking every pledge and putting a full claim together.
func BenchmarkFullClaim(b *testing.B) {
	pledges, coins, c := full(b, 1_730)
	rules := newBacker(b, P2TR, 0, 1_000).rules()
	for b.Loop() {
		candidates := make([]Candidate, len(pledges))
		for i, p := range pledges {
			rules.Rand = bytes.NewReader(make([]byte, 32))
			if _, err := c.Check(p, coins[i], rules); err != nil {
				b.Fatal(err)
			}
			candidates[i] = Candidate{coins[i].Value, p.Weight()}
		}
		if _, err := c.Choose(candidates, chain.FeeRate(250)); err != nil {
			b.Fatal(err)
		}
		if _, err := c.Assemble(pledges, coins); err != nil {
			b.Fatal(err)
		}
	}
}

// A contract comes back out of its bytes, and nothing else does.
func TestEncode(t *testing.T) {
	c := newContract(t, 800_000, beneficiary(t, 1, 90_000), beneficiary(t, 2, 5_000))
	raw := c.Encode()
	back, err := Decode(raw)
	if err != nil || back.ID() != c.ID() || back.OutputsHash() != c.OutputsHash() {
		t.Errorf("it comes back as %+v (%v)", back, err)
	}
	for n := range raw {
		if _, err := Decode(raw[:n]); !errors.Is(err, ErrContract) {
			t.Errorf("%d of its bytes: %v", n, err)
		}
	}
	if _, err := Decode(append(raw, 0)); !errors.Is(err, ErrContract) {
		t.Errorf("a byte more: %v", err)
	}
	same := newContract(t, 0, c.Outputs...)
	if same.OutputsHash() != c.OutputsHash() || same.ID() == c.ID() {
		t.Error("equal outputs under another lock time are not told")
	}
}

func TestContractsThatCannotBe(t *testing.T) {
	good := beneficiary(t, 1, 90_000)
	for name, test := range map[string]struct {
		version int32
		outputs []Output
		want    error
	}{
		"no outputs":      {2, nil, ErrContract},
		"too many":        {2, make([]Output, MaxOutputs+1), ErrContract},
		"another version": {1, []Output{good}, ErrContract},
		"dust":            {2, []Output{{293, good.Script}}, ErrDust},
		"no script":       {2, []Output{{1_000, nil}}, ErrContract},
		"data":            {2, []Output{{1_000, []byte{txscript.OP_RETURN}}}, ErrContract},
		"too much money":  {2, []Output{{btcutil.MaxSatoshi, good.Script}, {btcutil.MaxSatoshi, good.Script}}, ErrContract},
		"less than none":  {2, []Output{{-1, good.Script}}, ErrDust},
	} {
		if _, err := New(test.version, 0, test.outputs); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
	if _, err := New(2, 0, []Output{{294, good.Script}}); err != nil {
		t.Errorf("the least output: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(newContract(f, 800_000, beneficiary(f, 1, 90_000)).Encode())
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := Decode(raw)
		if err == nil && !bytes.Equal(c.Encode(), raw) {
			t.Errorf("it is encoded as %x", c.Encode())
		}
	})
}

// A refund gives the coin back, and not too early.
func TestCheckRefund(t *testing.T) {
	b := newBacker(t, P2WPKH, 1, 20_000)
	home := beneficiary(t, 9, 19_500)
	build := func(change func(tx *wire.MsgTx)) *wire.MsgTx {
		tx := wire.NewMsgTx(2)
		tx.LockTime = 800_144
		tx.AddTxIn(&wire.TxIn{PreviousOutPoint: b.at, Sequence: 0xfffffffd})
		tx.AddTxOut(wire.NewTxOut(int64(home.Value), home.Script))
		change(tx)
		var p Pledge
		b.sign(t, tx, &p, txscript.SigHashAll)
		tx.TxIn[0].Witness = p.Witness
		return tx
	}
	check := func(tx *wire.MsgTx) error { return CheckRefund(tx, b.at, b.coin, 800_144) }
	if err := check(build(func(*wire.MsgTx) {})); err != nil {
		t.Errorf("a good refund: %v", err)
	}
	for name, change := range map[string]func(tx *wire.MsgTx){
		"a block early":    func(tx *wire.MsgTx) { tx.LockTime-- },
		"at any time":      func(tx *wire.MsgTx) { tx.LockTime = 0 },
		"by the clock":     func(tx *wire.MsgTx) { tx.LockTime = 1_900_000_000 },
		"lock off":         func(tx *wire.MsgTx) { tx.TxIn[0].Sequence = wire.MaxTxInSequenceNum },
		"relative lock":    func(tx *wire.MsgTx) { tx.TxIn[0].Sequence = 1_000 },
		"another coin":     func(tx *wire.MsgTx) { tx.TxIn[0].PreviousOutPoint.Index++ },
		"no output":        func(tx *wire.MsgTx) { tx.TxOut = nil },
		"dust":             func(tx *wire.MsgTx) { tx.TxOut[0].Value = 100 },
		"more than it has": func(tx *wire.MsgTx) { tx.TxOut[0].Value = 20_001 },
		"most to miners":   func(tx *wire.MsgTx) { tx.TxOut[0].Value = 10_000 },
	} {
		if err := check(build(change)); !errors.Is(err, ErrRefund) {
			t.Errorf("%s: %v", name, err)
		}
	}
	tx := build(func(*wire.MsgTx) {})
	tx.TxIn[0].Witness[0][5] ^= 1
	if err := check(tx); !errors.Is(err, ErrRefund) || !errors.Is(err, ErrSignature) {
		t.Errorf("a wrong signature: %v", err)
	}
}
