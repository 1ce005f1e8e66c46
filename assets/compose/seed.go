package compose

import (
	"fmt"

	"cairn/assets"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/wire"
)

// checkSeed refuses orders whose asset has no id by a script alone, or that could
// not go on from it. Errors: ErrOrder, ErrProtocolLimit.
func (o Order) checkSeed() error {
	switch {
	case o.Operation != Issue || !payable(o.Seed) || !segwit(o.Seed) || string(o.Seed) == string(o.Change):
		return fmt.Errorf("%w: an issue begins at an address of its own", ErrOrder)
	case len(o.Coins) == 0 && !o.Sponsored, len(o.Coins) > 0 && o.Sponsored:
		return fmt.Errorf("%w: either coins pay, or the node", ErrOrder)
	case o.Protocol == assets.EPOBC || o.Protocol == assets.Colu && o.Locked:
		return fmt.Errorf("%w: the id of such an asset hangs on the transaction before it", ErrProtocolLimit)
	}
	return nil
}

// mostGift is how much the node puts into the outputs of an order's first
// transaction.
func (s *Service) mostGift(o Order) btcutil.Amount {
	if o.Seed != nil {
		return s.cfg.Seed
	}
	return s.cfg.Gift
}

// seed has the order issue from a coin that is yet to be made. Errors:
// ErrOtherColor; those of Identify.
func (p *planner) seed() error {
	if len(p.colored) > 0 {
		return fmt.Errorf("%w: %s holds units already; issue from coins that hold none", ErrOtherColor, p.colored[0].OutPoint)
	}
	one := p.order
	one.Coins = []Coin{{Script: p.order.Seed}}
	id, err := p.rules.id(one)
	if err != nil {
		return err
	}
	p.order.Asset = id
	at := wire.OutPoint{Hash: seedOf(p.order.Seed, 0).TxHash()}
	p.colored = []held{{Coin: Coin{OutPoint: at, Script: p.order.Seed}}}
	return nil
}

// seedOf is the transaction that pays the first coin, without what it spends.
func seedOf(script []byte, value btcutil.Amount) *wire.MsgTx {
	tx := wire.NewMsgTx(2)
	tx.AddTxOut(wire.NewTxOut(int64(value), script))
	return tx
}

// seeded funds pieces from one coin that is made for them, of just what all of them
// need. Errors: ErrFunds, ErrChain.
func (p planner) seeded(pieces []piece) (plan, error) {
	value, err := p.seedValue(pieces)
	if err != nil {
		return plan{}, err
	}
	first := piece{tx: seedOf(p.order.Seed, value), carried: []int{0}}
	var gift btcutil.Amount
	if p.order.Sponsored {
		gift = value
	} else if _, err := p.pay(&first, true, 0); err != nil {
		return plan{}, err
	}
	first.fee = first.worth()
	if err := signedLater(first); err != nil {
		return plan{}, err
	}
	pieces[0] = pieces[0].copied()
	pieces[0].inputs[0].Value = value
	rest := p
	rest.order.Sponsored, rest.plain, rest.sweep = false, nil, 0
	made, err := rest.fund(pieces)
	if err != nil {
		return plan{}, err
	}
	made.pieces = append([]piece{{tx: seedOf(p.order.Seed, 0)}}, made.pieces...)
	made.lead(first.tx)
	made.pieces[0], made.gift = first, gift
	return made, nil
}

// seedValue is what the pieces take together.
func (p planner) seedValue(pieces []piece) (btcutil.Amount, error) {
	needs, err := p.needs(pieces)
	if err != nil {
		return 0, err
	}
	one := pieces[0].copied()
	one.inputs[0].Value = 0
	if len(pieces) > 1 {
		one = one.with(p.order.Change, max(needs[1], assets.Dust(p.order.Change)))
	}
	weight, err := one.weight()
	if err != nil {
		return 0, err
	}
	return max(feeOf(p.rate, weight)-one.worth(), assets.Dust(p.order.Seed)), nil
}
