package guard

import (
	"context"
	"errors"
	"math"

	"cairn/assets"
	"cairn/assets/ledger"
	"cairn/assets/ledger/engine"
	"cairn/assets/openassets"
	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// Ledger knows which coins are colored; *ledger.Ledger is one.
type Ledger interface {
	Network() chain.Network
	Tip(ctx context.Context) (chain.BlockRef, error)
	Base(ctx context.Context) (int32, error)
	Holdings(ctx context.Context, at ...wire.OutPoint) ([]ledger.Coin, error)
	Examine(ctx context.Context, tx *wire.MsgTx, more engine.Prevouts) (ledger.Tx, error)
	Conflicts(ctx context.Context, tx *wire.MsgTx) ([]chainhash.Hash, error)
	Coins(ctx context.Context, scripts [][]byte) ([]ledger.Coin, error)
}

// Chain places coins that hold nothing.
type Chain interface {
	// Placed is the height of the block that made a coin, and the coin; known is
	// false where nobody can tell, and for one that no block holds.
	Placed(ctx context.Context, at wire.OutPoint) (height int32, out *wire.TxOut, known bool, err error)
}

// Guard judges transactions. It is safe for concurrent use.
type Guard struct {
	ledger Ledger
	chain  Chain
	rules  []engine.Rules
}

// New makes a guard over a ledger; where may be nil.
func New(l Ledger, where Chain) *Guard { return &Guard{ledger: l, chain: where, rules: engine.All()} }

// Judge says what a transaction would do. Errors: ledger.ErrSpent for one that
// spends a colored coin that another transaction in a block has spent;
// chain.ErrNoBlock before the ledger's first block.
func (g *Guard) Judge(ctx context.Context, s Subject) (Report, error) {
	r := Report{Format: s.Format, Tx: s.Tx, Txid: s.Tx.TxHash()}
	var err error
	if r.AsOf, err = g.ledger.Tip(ctx); err != nil {
		return Report{}, err
	}
	if r.Base, err = g.ledger.Base(ctx); err != nil {
		return Report{}, err
	}
	tx, err := g.ledger.Examine(ctx, s.Tx, shown{s, g.chain})
	if err != nil {
		return Report{}, err
	}
	r.Block, r.Colorings = tx.Block, tx.Colorings
	if r.Inputs, err = g.inputs(ctx, s, r, tx.Spent); err != nil {
		return Report{}, err
	}
	if r.Block == (chain.BlockRef{}) {
		if r.Rivals, err = g.rivals(ctx, s.Tx, r.Txid); err != nil {
			return Report{}, err
		}
	}
	r.outputs()
	r.weigh()
	return r, nil
}

// rivals are the other transactions that wait and spend the same coins.
func (g *Guard) rivals(ctx context.Context, tx *wire.MsgTx, own chainhash.Hash) (out []chainhash.Hash, err error) {
	all, err := g.ledger.Conflicts(ctx, tx)
	for _, id := range all {
		if id != own {
			out = append(out, id)
		}
	}
	return out, err
}

// inputs says what is known of every coin.
func (g *Guard) inputs(ctx context.Context, s Subject, r Report, spent []ledger.Coin) ([]Input, error) {
	inputs := make([]Input, len(s.Tx.TxIn))
	for i, in := range s.Tx.TxIn {
		inputs[i] = Input{OutPoint: in.PreviousOutPoint}
	}
	for _, c := range spent {
		in := &inputs[c.Spent.Input]
		in.State, in.Value, in.Script = Colored, c.Value, c.Script
		in.Holdings = append(in.Holdings, c.Holdings...)
	}
	for i := range inputs {
		in := &inputs[i]
		if in.State == Colored {
			continue
		}
		out, plain, err := g.plain(ctx, s, r, in.OutPoint)
		if err != nil {
			return nil, err
		}
		if in.State = Unknown; plain {
			in.State = Plain
		}
		if out != nil {
			in.Value, in.Script = btcutil.Amount(out.Value), out.PkScript
		}
	}
	return inputs, nil
}

// plain reports whether a coin that the ledger does not color surely holds
// nothing: what made it says nothing to any protocol, or is in a block that the
// ledger has read. Of a transaction in a block of the ledger all is known.
func (g *Guard) plain(ctx context.Context, s Subject, r Report, at wire.OutPoint) (out *wire.TxOut, plain bool, err error) {
	if shown, is := s.known(at); is {
		out = shown.Out
	}
	if parent := s.Parents[at.Hash]; r.Block != (chain.BlockRef{}) || parent != nil && !g.touched(parent) {
		return out, true, nil
	}
	if g.chain == nil {
		return out, false, nil
	}
	height, found, known, err := g.chain.Placed(ctx, at)
	if err != nil || !known {
		return out, false, err
	}
	return found, height >= r.Base && height <= r.AsOf.Height, nil
}

// touched reports whether a transaction says anything to any protocol.
func (g *Guard) touched(tx *wire.MsgTx) bool {
	for _, rules := range g.rules {
		if rules.Touches(tx) {
			return true
		}
	}
	return false
}

// outputs says what every output would hold.
func (r *Report) outputs() {
	r.Outputs = make([]Output, len(r.Tx.TxOut))
	for i, out := range r.Tx.TxOut {
		o := Output{Value: btcutil.Amount(out.Value), Script: out.PkScript}
		for _, c := range r.Colorings {
			o.Holdings = append(o.Holdings, c.Outputs[i]...)
		}
		if len(o.Holdings) > 0 {
			o.Care = careOf(out.PkScript)
		}
		r.Outputs[i] = o
	}
}

// careOf is what should be thought about before units go to a script.
func careOf(script []byte) Care {
	if txscript.IsUnspendable(script) {
		return Nobody
	}
	if _, err := openassets.Address(script, chain.Mainnet); errors.Is(err, openassets.ErrNoForm) {
		return NoForm
	}
	return NoCare
}

// weigh finds what is lost and made, and gives the verdict.
func (r *Report) weigh() {
	moved, unsure := false, false
	for _, c := range r.Colorings {
		unsure = unsure || c.Verdict == assets.Unsure
		for _, f := range c.Flows {
			moved = true
			switch {
			case f.To == assets.Destroyed:
				r.lose(Loss{Asset: f.Asset, Units: f.Units, Input: f.From, Output: -1, Why: whyOf(c)})
			case txscript.IsUnspendable(r.Tx.TxOut[f.To].PkScript):
				r.lose(Loss{Asset: f.Asset, Units: f.Units, Input: f.From, Output: f.To, Why: WhyNobody})
			}
			if f.From == assets.Issued {
				r.issue(f)
			}
		}
	}
	for _, in := range r.Inputs {
		unsure = unsure || in.State == Unknown
	}
	switch {
	case len(r.Losses) > 0:
		r.Verdict = Destroys
	case unsure:
		r.Verdict = Unsure
	case moved:
		r.Verdict = Moves
	default:
		r.Verdict = Safe
	}
}

func whyOf(c assets.Coloring) Why {
	switch c.Verdict {
	case assets.None:
		return WhyOrdinary
	case assets.Rejected:
		return WhyRejected
	}
	return WhyLeft
}

// lose adds up what one input loses of one asset in one way.
func (r *Report) lose(l Loss) {
	for i, have := range r.Losses {
		if have.Asset == l.Asset && have.Input == l.Input && have.Output == l.Output && have.Why == l.Why {
			r.Losses[i].Units = plus(have.Units, l.Units)
			return
		}
	}
	r.Losses = append(r.Losses, l)
}

func (r *Report) issue(f assets.Flow) {
	for i, have := range r.Issues {
		if have.Asset == f.Asset {
			r.Issues[i].Units = plus(have.Units, f.Units)
			return
		}
	}
	r.Issues = append(r.Issues, assets.Holding{Asset: f.Asset, Units: f.Units})
}

// plus adds units up, to 2^63-1 at most.
func plus(a, b int64) int64 { return a + min(b, math.MaxInt64-a) }

// Lost is how much would be destroyed in all, by asset.
func (r Report) Lost() (sums []assets.Holding) {
	var sum Report
	for _, l := range r.Losses {
		sum.issue(assets.Flow{Asset: l.Asset, Units: l.Units})
	}
	return sum.Issues
}

// shown is what a subject tells the ledger of its coins. A transaction that made
// one is what it is; the mere word of a PSBT counts where nobody knows better, as
// a signature vouches for the signer's own coins alone.
type shown struct {
	Subject
	chain Chain
}

// Prevout implements engine.Prevouts.
func (s shown) Prevout(ctx context.Context, at wire.OutPoint) (engine.Prevout, bool, error) {
	if s.Parents[at.Hash] == nil && s.chain != nil {
		if _, _, known, err := s.chain.Placed(ctx, at); err != nil || known {
			return engine.Prevout{}, false, err
		}
	}
	p, is := s.known(at)
	return p, is, nil
}
