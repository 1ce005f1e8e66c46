package compose

import (
	"errors"
	"fmt"
	"slices"
	"sort"

	"cairn/assets"
	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// mostParts is how many transactions one order may become: networks refuse more
// than 25 in a row that no block has.
const mostParts = 20

// piece is one transaction of a plan. Its first inputs are what the protocol's package
// put there, then come uncolored coins of the visitor.
type piece struct {
	tx     *wire.MsgTx
	inputs []held
	// fee is what the inputs leave to the miners; 0 or less for one that the node is to pay for.
	fee btcutil.Amount
	// carried are outputs that the next piece spends.
	carried []int
}

// plan is what an order becomes: pure, and without the node's coins.
type plan struct {
	pieces []piece
	// gift is what the first piece's outputs are worth beyond its inputs, where the node pays.
	gift btcutil.Amount
}

// planner builds the pieces of one order.
type planner struct {
	order   Order
	rules   rules
	rate    chain.FeeRate
	colored []held // for an issue, the coin that fixes the id first
	plain   []held
	// sweep is how many of plain, the first ones, are spent in any case.
	sweep int
}

// limited gives what a protocol's package refuses in words of its own a kind.
func limited(err error) error {
	var word assets.ErrorKind
	var own ErrorKind
	if err == nil || errors.As(err, &word) || errors.As(err, &own) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrProtocolLimit, err)
}

// plan builds and funds; whether it keeps every unit is for audit to say. Errors: those of package
// assets; ErrFunds, ErrChain, ErrLimit, ErrNothing.
func (p planner) plan() (plan, error) {
	pieces, err := p.split()
	if err != nil {
		return plan{}, limited(err)
	}
	if p.order.Seed != nil {
		return p.seeded(pieces)
	}
	return p.fund(pieces)
}

// coins are all of the visitor's.
func (p planner) coins() []held { return append(slices.Clone(p.colored), p.plain...) }

// split makes bare pieces, each as large as its marker lets it be.
func (p planner) split() ([]piece, error) {
	switch p.order.Operation {
	case Dividend:
		return p.shareOut(), nil
	case Lock:
		return p.leave()
	case Burn:
		u, err := p.rules.burn(coinsOf(p.colored), p.order.Burn[0], p.order.Change)
		if err != nil {
			return nil, err
		}
		one, err := p.piece(u, p.colored)
		return []piece{one}, err
	}
	var pieces []piece
	coins, rest := p.colored, p.order.Payments
	for first := true; first || len(rest) > 0; first = false {
		if len(pieces) == mostParts {
			return nil, fmt.Errorf("%w: more than %d transactions", ErrLimit, mostParts)
		}
		issues := first && (p.order.Operation == Issue || p.order.Operation == Reissue)
		u, n, err := p.most(coins, rest, issues)
		if err != nil {
			return nil, err
		}
		one, err := p.piece(u, coins)
		if err != nil {
			return nil, err
		}
		rest = rest[n:]
		if issues {
			rest = named(rest, u.Coloring.Issued)
		}
		if coins, err = p.carry(&one, u); err != nil {
			return nil, err
		}
		pieces = append(pieces, one)
		if len(rest) > 0 && len(coins) == 0 {
			return nil, fmt.Errorf("%w: nothing is left for payment %d", assets.ErrShort, len(p.order.Payments)-len(rest))
		}
	}
	last := &pieces[len(pieces)-1]
	last.carried = nil
	if len(pieces) > 1 && !segwit(p.order.Change) {
		return nil, fmt.Errorf("%w: the change goes to an older address", ErrChain)
	}
	return pieces, nil
}

// leave empties an address: all units, and all satoshi, go to the change address.
func (p planner) leave() ([]piece, error) {
	if len(p.colored) == 0 {
		return []piece{{tx: wire.NewMsgTx(2)}}, nil
	}
	var all []assets.Payment
	for _, c := range p.colored {
		for _, h := range c.holdings {
			at := slices.IndexFunc(all, func(pay assets.Payment) bool { return pay.Asset == h.Asset })
			if at < 0 {
				all = append(all, assets.Payment{Script: p.order.Change, Asset: h.Asset, Units: h.Units})
				continue
			}
			all[at].Units += h.Units
		}
	}
	u, err := p.rules.transfer(coinsOf(p.colored), all, p.order.Change)
	if err != nil {
		return nil, err
	}
	one, err := p.piece(u, p.colored)
	return []piece{one}, err
}

// mostPaid is how many bytes of outputs one transaction of a dividend has: with its
// inputs and signatures it stays under what is passed on in one piece.
const mostPaid = 85_000

// shareOut makes pieces that pay satoshi alone.
func (p planner) shareOut() []piece {
	var pieces []piece
	size := mostPaid
	for _, pay := range p.order.Payments {
		out := wire.NewTxOut(int64(pay.Value), pay.Script)
		if size += out.SerializeSize(); size > mostPaid {
			pieces = append(pieces, piece{tx: wire.NewMsgTx(2)})
			size = out.SerializeSize()
		}
		pieces[len(pieces)-1].tx.AddTxOut(out)
	}
	return pieces
}

// named has the payments of an issue that come later say which asset it was.
func named(payments []assets.Payment, id assets.ID) []assets.Payment {
	out := slices.Clone(payments)
	for i := range out {
		out[i].Asset = id
	}
	return out
}

// most builds with as many payments as one transaction holds, and says how many.
func (p planner) most(coins []held, payments []assets.Payment, issues bool) (assets.Unsigned, int, error) {
	build := func(n int) (assets.Unsigned, error) {
		if !issues {
			return p.rules.transfer(coinsOf(coins), payments[:n], p.order.Change)
		}
		now := slices.Clone(payments[:n])
		later, err := sum(payments[n:])
		if err != nil {
			return assets.Unsigned{}, err
		}
		if later > 0 {
			now = append(now, assets.Payment{Script: p.order.Change, Units: later})
		}
		return p.rules.issue(p.order, coinsOf(coins), now)
	}
	u, err := build(len(payments))
	if !errors.Is(err, assets.ErrTooMany) {
		return u, len(payments), err
	}
	least := 1
	if issues {
		least = 0 // all to oneself, and on from there
	}
	// Whatever a prefix cannot hold, a longer one cannot.
	n := least + sort.Search(len(payments)-least, func(i int) bool {
		_, err := build(least + i)
		return errors.Is(err, assets.ErrTooMany)
	}) - 1
	if n < least {
		return u, 0, err
	}
	u, err = build(n)
	return u, n, err
}

// sum of the units of payments. Errors: assets.ErrUnits.
func sum(payments []assets.Payment) (int64, error) {
	all := make([]assets.Holding, len(payments))
	for i, pay := range payments {
		all[i] = assets.Holding{Units: pay.Units}
	}
	return assets.Units(all, assets.ID{})
}

// piece takes what a composer built, over the coins it was given.
func (p planner) piece(u assets.Unsigned, coins []held) (piece, error) {
	by := make(map[wire.OutPoint]held, len(coins))
	for _, c := range coins {
		by[c.OutPoint] = c
	}
	one := piece{tx: u.Tx.Copy()}
	for i, in := range one.tx.TxIn {
		c, known := by[in.PreviousOutPoint]
		if !known || i >= len(u.Coins) || u.Coins[i].OutPoint != in.PreviousOutPoint {
			return piece{}, fmt.Errorf("%w: a coin nobody named", ErrOrder)
		}
		one.inputs = append(one.inputs, c)
	}
	return one, nil
}

// carry finds what a piece leaves at the change address that is still colored.
func (p planner) carry(one *piece, u assets.Unsigned) ([]held, error) {
	name := one.tx.TxHash()
	var out []held
	for i, holdings := range u.Coloring.Outputs {
		txOut := one.tx.TxOut[i]
		if len(holdings) == 0 || string(txOut.PkScript) != string(p.order.Change) {
			continue
		}
		one.carried = append(one.carried, i)
		out = append(out, held{
			Coin: Coin{
				OutPoint: wire.OutPoint{Hash: name, Index: uint32(i)}, Value: btcutil.Amount(txOut.Value), Script: txOut.PkScript,
			},
			holdings: holdings, tag: one.tx.TxIn[0].Sequence, hasTag: true,
		})
	}
	return out, nil
}

// worth is the value of inputs less that of outputs.
func (one piece) worth() btcutil.Amount {
	sum := btcutil.Amount(0)
	for _, in := range one.inputs {
		sum += in.Value
	}
	for _, out := range one.tx.TxOut {
		sum -= btcutil.Amount(out.Value)
	}
	return sum
}

func (one piece) weight() (int64, error) {
	coins := make([]Coin, len(one.inputs))
	for i, in := range one.inputs {
		coins[i] = in.Coin
	}
	return weigh(one.tx, coins)
}

// add puts an uncolored coin of the visitor's behind the others.
func (one *piece) add(c held) {
	in := wire.NewTxIn(&c.OutPoint, nil, nil)
	in.Sequence = wire.MaxTxInSequenceNum - 2
	one.tx.AddTxIn(in)
	one.inputs = append(one.inputs, c)
}

// with is the piece with one more output, which the caller may throw away again.
func (one piece) with(script []byte, value btcutil.Amount) piece {
	one.tx = one.tx.Copy()
	one.tx.AddTxOut(wire.NewTxOut(int64(value), script))
	return one
}

// fund has each piece pay its way. Those after the first live on an uncolored
// output of the one before, so that the first alone needs coins from elsewhere.
func (p planner) fund(pieces []piece) (plan, error) {
	needs, err := p.needs(pieces)
	if err != nil {
		return plan{}, err
	}
	var out plan
	var fund *held // what the piece before left
	for i, bare := range pieces {
		one := bare.copied()
		if i > 0 {
			before := out.pieces[i-1].tx.TxHash()
			one.rename(pieces[i-1].tx.TxHash(), before)
			fund.Hash = before
			one.add(*fund)
		}
		least := btcutil.Amount(0)
		if i+1 < len(pieces) {
			least = max(needs[i+1], assets.Dust(p.order.Change))
		}
		if i == 0 {
			for _, c := range p.plain[:p.sweep] {
				one.add(c)
			}
		}
		var at int
		if i == 0 && p.order.Sponsored {
			at, err = p.lean(&one, least)
			out.gift = max(0, -one.worth())
		} else {
			at, err = p.pay(&one, i == 0, least)
		}
		if err != nil {
			return plan{}, err
		}
		one.fee = one.worth()
		if i+1 < len(pieces) {
			if err := signedLater(one); err != nil {
				return plan{}, err
			}
			made := one.tx.TxOut[at]
			fund = &held{Coin: Coin{
				OutPoint: wire.OutPoint{Index: uint32(at)}, Value: btcutil.Amount(made.Value), Script: made.PkScript,
			}}
			one.carried = append(slices.Clone(one.carried), at)
		}
		out.pieces = append(out.pieces, one)
	}
	return out, nil
}

// signedLater refuses a piece that others follow and whose name depends on its
// signatures. Errors: ErrChain.
func signedLater(one piece) error {
	for _, in := range one.inputs {
		if !segwit(in.Script) {
			return fmt.Errorf("%w: %s", ErrChain, in.OutPoint)
		}
	}
	return nil
}

// needs is what each piece but the first takes from the one before, beside its
// colored coins.
func (p planner) needs(pieces []piece) ([]btcutil.Amount, error) {
	needs := make([]btcutil.Amount, len(pieces)+1)
	for i := len(pieces) - 1; i > 0; i-- {
		one := pieces[i].copied()
		one.add(held{Coin: Coin{Script: p.order.Change}})
		if i+1 < len(pieces) {
			one = one.with(p.order.Change, max(needs[i+1], assets.Dust(p.order.Change)))
		}
		weight, err := one.weight()
		if err != nil {
			return nil, err
		}
		needs[i] = max(feeOf(p.rate, weight)-one.worth(), assets.Dust(p.order.Change))
	}
	return needs, nil
}

// copied is the piece to work on.
func (one piece) copied() piece {
	one.tx, one.inputs = one.tx.Copy(), slices.Clone(one.inputs)
	return one
}

// rename has a piece spend a transaction under the name that it has now.
func (one *piece) rename(from, to chainhash.Hash) {
	for i := range one.inputs {
		if one.inputs[i].Hash == from {
			one.inputs[i].Hash = to
			one.tx.TxIn[i].PreviousOutPoint.Hash = to
		}
	}
}

// lead puts another transaction in the place of the first piece, as the one with the
// node's coins in it, and renames what follows.
func (made *plan) lead(tx *wire.MsgTx) {
	from, to := made.pieces[0].tx.TxHash(), tx.TxHash()
	for i := 1; i < len(made.pieces); i++ {
		one := &made.pieces[i]
		before := one.tx.TxHash()
		one.rename(from, to)
		from, to = before, one.tx.TxHash()
	}
}

// pay has a piece pay its own fee, of the visitor's uncolored coins where it may
// take any. At least least is left for the piece that follows, at the output
// returned; what is left otherwise is change. Errors: ErrFunds.
func (p planner) pay(one *piece, take bool, least btcutil.Amount) (at int, err error) {
	spare := p.plain[p.sweep:]
	if !take {
		spare = nil
	}
	for {
		ok, at, err := p.settle(one, least)
		if ok || err != nil {
			return at, err
		}
		if len(spare) == 0 {
			return 0, fmt.Errorf("%w: %d sat are missing at least", ErrFunds, int64(p.missing(*one, least)))
		}
		one.add(spare[0])
		spare = spare[1:]
	}
}

// missing is by how much a piece falls short without change.
func (p planner) missing(one piece, least btcutil.Amount) btcutil.Amount {
	weight, err := one.weight()
	if err != nil {
		return 0
	}
	return feeOf(p.rate, weight) + least - one.worth()
}

// settle gives what is left over to change, if the fee is covered.
func (p planner) settle(one *piece, least btcutil.Amount) (ok bool, at int, err error) {
	with := one.with(p.order.Change, 0)
	weight, err := with.weight()
	if err != nil {
		return false, 0, err
	}
	if change := with.worth() - feeOf(p.rate, weight); change >= max(least, assets.Dust(p.order.Change)) {
		at = len(one.tx.TxOut)
		with.tx.TxOut[at].Value = int64(change)
		*one = with
		return true, at, nil
	}
	if least > 0 {
		return false, 0, nil
	}
	if weight, err = one.weight(); err != nil {
		return false, 0, err
	}
	return one.worth() >= feeOf(p.rate, weight), -1, nil
}

// lean leaves the fee of a piece to the node. Coins of the visitor are taken only for
// satoshi that he pays somebody, and what his coins bring beyond the outputs comes
// back.
func (p planner) lean(one *piece, least btcutil.Amount) (at int, err error) {
	pays := btcutil.Amount(0)
	for _, pay := range p.order.Payments {
		if pay.Units == 0 {
			pays += pay.Value
		}
	}
	spare := p.plain[p.sweep:]
	for brought := btcutil.Amount(0); brought < pays; spare = spare[1:] {
		if len(spare) == 0 {
			return 0, fmt.Errorf("%w: %d of %d sat", ErrFunds, int64(brought), int64(pays))
		}
		brought += spare[0].Value
		one.add(spare[0])
	}
	left := max(one.worth(), least)
	if left < assets.Dust(p.order.Change) {
		return -1, nil // too little to come back
	}
	at = len(one.tx.TxOut)
	*one = one.with(p.order.Change, left)
	return at, nil
}
