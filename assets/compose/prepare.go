package compose

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"cairn/assets"
	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/wire"
)

// Identify is the asset that an order to issue would make: known from its first coin
// before anything is signed, so that a definition can name it. Errors:
// assets.ErrProtocol, ErrOrder; ErrProtocolLimit for EPOBC, whose assets have the
// name of the transaction that makes them.
func (s *Service) Identify(o Order) (assets.ID, error) {
	r, err := rulesOf(o.Protocol)
	if err != nil {
		return assets.ID{}, err
	}
	if o.Seed != nil {
		o.Coins = []Coin{{Script: o.Seed}}
	}
	if len(o.Coins) == 0 {
		return assets.ID{}, fmt.Errorf("%w: no coins", ErrOrder)
	}
	id, err := r.id(o)
	return id, limited(err)
}

// Prepare drafts what an order asks for. Errors: every kind of this package and of
// package assets, those of the sponsor, and chain.ErrEngineDown; nothing is kept, or
// lent, after one.
func (s *Service) Prepare(ctx context.Context, o Order) (Draft, error) {
	if err := o.check(); err != nil {
		return Draft{}, err
	}
	if err := s.store(ctx).room(o.Source, s.cfg, s.now()); err != nil {
		return Draft{}, err
	}
	switch o.Operation {
	case Sell:
		return s.prepareSale(ctx, o)
	case Take:
		return s.prepareTake(ctx, o)
	}
	p, err := s.planner(ctx, o)
	if err != nil {
		return Draft{}, err
	}
	b := body{Operation: o.Operation, Asset: p.order.Asset, Protocol: p.order.Protocol}
	if o.Operation == Dividend {
		if b.Shares, b.Height, err = s.shares(ctx, o); err != nil {
			return Draft{}, err
		}
		p.order.Payments = paid(b.Shares)
		if len(p.order.Payments) == 0 {
			return Draft{}, fmt.Errorf("%w: every share is dust", ErrNothing)
		}
	}
	made, err := p.plan()
	if err != nil {
		return Draft{}, err
	}
	if o.Operation == Issue && o.Protocol == assets.EPOBC {
		b.Asset = assets.ID{} // named when its transaction is whole
	}
	return s.draft(ctx, p, made, b)
}

// planner looks up everything an order is about. Errors: see Prepare.
func (s *Service) planner(ctx context.Context, o Order) (planner, error) {
	colored, plain, err := s.sorted(ctx, o)
	if err != nil {
		return planner{}, err
	}
	p := planner{order: o, colored: colored, plain: plain}
	if p.order.Protocol, err = protocolOf(o, colored); err != nil {
		return planner{}, err
	}
	if p.rules, err = rulesOf(p.order.Protocol); err != nil {
		return planner{}, err
	}
	if p.rate = o.Rate; p.rate == 0 {
		if p.rate, err = s.cfg.Rate(ctx); err != nil {
			return planner{}, err
		}
	}
	if p.rate < chain.SatPerVByte(1) || p.rate > chain.SatPerVByte(mostRate) {
		return planner{}, fmt.Errorf("%w: %d sat/kw", ErrOrder, p.rate)
	}
	if o.Sponsored && s.cfg.Sponsor == nil {
		return planner{}, ErrNoSponsor
	}
	if o.Seed != nil {
		return p, p.seed()
	}
	switch o.Operation {
	case Issue, Reissue:
		err = p.issuer()
	case Lock:
		err = p.locker()
	case Dividend:
		if len(colored) > 0 {
			err = fmt.Errorf("%w: %s holds units, and a dividend is paid in satoshi", ErrOtherColor, colored[0].OutPoint)
		}
	}
	return p, err
}

const mostRate = 1_000 // sat/vB

// sorted tells colored coins from others, and has each looked up. Errors: ErrCoin,
// ErrOtherColor.
func (s *Service) sorted(ctx context.Context, o Order) (colored, plain []held, err error) {
	outpoints := make([]wire.OutPoint, len(o.Coins))
	for i, c := range o.Coins {
		outpoints[i] = c.OutPoint
	}
	found, err := s.cfg.Ledger.Colored(ctx, outpoints)
	if err != nil {
		return nil, nil, err
	}
	by := make(map[wire.OutPoint]Colored, len(found))
	for _, c := range found {
		if other, twice := by[c.OutPoint]; twice && other.Protocol != c.Protocol {
			return nil, nil, fmt.Errorf("%w: %s holds units under two protocols", ErrOtherColor, c.OutPoint)
		}
		by[c.OutPoint] = c
	}
	for _, c := range o.Coins {
		known, is := by[c.OutPoint]
		if !is {
			if err := s.lookUp(ctx, c); err != nil {
				return nil, nil, err
			}
			plain = append(plain, held{Coin: c})
			continue
		}
		if known.Spent || known.Value != c.Value || string(known.Script) != string(c.Script) {
			return nil, nil, fmt.Errorf("%w: %s", ErrCoin, c.OutPoint)
		}
		colored = append(colored, held{Coin: c, holdings: known.Holdings, tag: known.Tag, hasTag: known.HasTag})
	}
	return colored, plain, nil
}

// lookUp asks whether an uncolored coin is there. Errors: ErrCoin.
func (s *Service) lookUp(ctx context.Context, c Coin) error {
	if s.cfg.Coins == nil {
		return nil
	}
	real, err := s.cfg.Coins.Unspent(ctx, c.OutPoint, wire.NewTxOut(int64(c.Value), c.Script))
	switch {
	case err != nil:
		return fmt.Errorf("look for coin %s: %w", c.OutPoint, err)
	case real == nil || real.Value != int64(c.Value) || string(real.PkScript) != string(c.Script):
		return fmt.Errorf("%w: %s", ErrCoin, c.OutPoint)
	}
	return nil
}

// protocolOf is the one protocol an order is about: markers of two do not fit into
// one transaction. Errors: ErrOrder, ErrOtherColor.
func protocolOf(o Order, colored []held) (assets.Protocol, error) {
	p := o.Protocol
	name := func(id assets.ID) error {
		if id.IsZero() {
			return nil
		}
		if p == 0 {
			p = id.Protocol
		}
		if p != id.Protocol {
			return fmt.Errorf("%w: assets of two protocols in one order", ErrOtherColor)
		}
		return nil
	}
	var errs []error
	errs = append(errs, name(o.Asset))
	for _, pay := range o.Payments {
		errs = append(errs, name(pay.Asset))
	}
	for _, h := range o.Burn {
		errs = append(errs, name(h.Asset))
	}
	for _, c := range colored {
		for _, h := range c.holdings {
			errs = append(errs, name(h.Asset))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return 0, err
	}
	if p == 0 {
		return 0, fmt.Errorf("%w: no coin holds units, and no asset is named", ErrOrder)
	}
	return p, nil
}

// issuer puts the coin that fixes the id first. Errors: ErrNotIssuer,
// ErrNotReissuable, ErrOtherColor.
func (p *planner) issuer() error {
	first := p.order.Coins[0].OutPoint
	at := slices.IndexFunc(p.plain, func(c held) bool { return c.OutPoint == first })
	if at < 0 || len(p.colored) > 0 {
		return fmt.Errorf("%w: %s holds units already; issue from coins that hold none", ErrOtherColor, p.colored[0].OutPoint)
	}
	id, err := p.rules.id(p.order)
	switch {
	case p.order.Protocol == assets.EPOBC && p.order.Operation == Reissue:
		return fmt.Errorf("%w: an EPOBC colour is its first transaction", ErrNotReissuable)
	case p.order.Protocol == assets.EPOBC:
	case err != nil:
		return err
	case p.order.Operation == Reissue && id != p.order.Asset:
		if locked(p.order.Asset) {
			return fmt.Errorf("%w: it was locked when it was issued", ErrNotReissuable)
		}
		return fmt.Errorf("%w: its script issues %s", ErrNotIssuer, id)
	case p.order.Operation == Reissue && locked(p.order.Asset):
		return fmt.Errorf("%w: it was locked when it was issued", ErrNotReissuable)
	default:
		p.order.Asset = id
	}
	p.colored = []held{p.plain[at]}
	p.plain = slices.Delete(p.plain, at, at+1)
	return nil
}

// locker has the address that issues be emptied: all of its coins that are named.
// Errors: ErrProtocolLimit, ErrNotIssuer, ErrOrder.
func (p *planner) locker() error {
	if p.order.Protocol != assets.OpenAssets {
		return fmt.Errorf("%w: a Colu asset is locked when it is issued, an EPOBC colour always", ErrProtocolLimit)
	}
	issues := func(script []byte) bool {
		one := p.order
		one.Coins = []Coin{{Script: script}}
		id, err := p.rules.id(one)
		return err == nil && id == p.order.Asset
	}
	if issues(p.order.Change) {
		return fmt.Errorf("%w: the coins have to go to another address", ErrOrder)
	}
	if !slices.ContainsFunc(p.coins(), func(c held) bool { return issues(c.Script) }) {
		return fmt.Errorf("%w: no coin is at the address that issues it", ErrNotIssuer)
	}
	// Those come first, and are all taken; others pay the fee where they have to.
	slices.SortStableFunc(p.plain, func(a, b held) int {
		if issues(a.Script) == issues(b.Script) {
			return 0
		}
		if issues(a.Script) {
			return -1
		}
		return 1
	})
	for p.sweep < len(p.plain) && issues(p.plain[p.sweep].Script) {
		p.sweep++
	}
	return nil
}

// draft proves a plan, has the node's coins put in where it pays, and keeps it.
func (s *Service) draft(ctx context.Context, p planner, made plan, b body) (Draft, error) {
	var sponsored *Sponsored
	first := made.pieces[0].tx
	if p.order.Sponsored {
		if made.gift > s.mostGift(p.order) {
			return Draft{}, fmt.Errorf("%w: %d sat", ErrGift, int64(made.gift))
		}
		proposal, tx, err := s.propose(ctx, p, made)
		if err != nil {
			return Draft{}, err
		}
		sponsored = &proposal
		b.Sponsor = proposal.ID
		made.lead(tx)
		first = tx
	}
	txs := []*wire.MsgTx{first}
	for _, one := range made.pieces[1:] {
		txs = append(txs, one.tx)
	}
	if p.order.Operation != Dividend {
		if err := audit(p.order, p.rules.color, p.coins(), txs); err != nil {
			return Draft{}, err
		}
	}
	for i, one := range made.pieces {
		part, err := partOf(one)
		if err != nil {
			return Draft{}, err
		}
		if i == 0 && sponsored != nil {
			part.PSBT, part.Fee = sponsored.PSBT, sponsored.Fee
		}
		b.Parts = append(b.Parts, part)
	}
	return s.keep(ctx, p.order.Source, b, sponsored)
}

// propose has the node add its coins to the first piece. What comes back has the
// piece's own inputs and outputs first, unchanged.
func (s *Service) propose(ctx context.Context, p planner, made plan) (Sponsored, *wire.MsgTx, error) {
	one := made.pieces[0]
	packet, err := packetOf(one.tx, one.inputs)
	if err != nil {
		return Sponsored{}, nil, err
	}
	for i, in := range one.inputs {
		if in.presigned != nil {
			packet.Inputs[i].FinalScriptWitness = in.presigned
		}
	}
	raw, err := serialize(packet)
	if err != nil {
		return Sponsored{}, nil, err
	}
	weights := make([]int64, len(one.inputs))
	for i, in := range one.inputs {
		if weights[i], err = in.weight(); err != nil {
			return Sponsored{}, nil, err
		}
	}
	done, err := s.cfg.Sponsor.Propose(ctx, SponsorRequest{PSBT: raw, Weights: weights, Gift: made.gift, Bare: len(one.inputs) == 0, Source: p.order.Source})
	if err != nil {
		return Sponsored{}, nil, err
	}
	s.reach("proposed")
	back, err := parsePacket(done.PSBT)
	if err != nil {
		return Sponsored{}, nil, err
	}
	tx := back.UnsignedTx
	if len(tx.TxIn) < len(one.tx.TxIn) || len(tx.TxOut) < len(one.tx.TxOut) {
		return Sponsored{}, nil, fmt.Errorf("%w: by the node", ErrChanged)
	}
	mine := tx.Copy()
	mine.TxIn, mine.TxOut = mine.TxIn[:len(one.tx.TxIn)], mine.TxOut[:len(one.tx.TxOut)]
	return done, tx, same(one.tx, mine)
}

// partOf is a piece to be signed.
func partOf(one piece) (partBody, error) {
	packet, err := packetOf(one.tx, one.inputs)
	if err != nil {
		return partBody{}, err
	}
	for i, in := range one.inputs {
		if in.presigned != nil {
			packet.Inputs[i].FinalScriptWitness = in.presigned
		}
	}
	raw, err := serialize(packet)
	if err != nil {
		return partBody{}, err
	}
	part := partBody{PSBT: raw, Visitors: len(one.inputs), Fee: one.fee}
	for _, in := range one.inputs {
		part.Inputs = append(part.Inputs, inputBody{Holdings: encodeHoldings(in.holdings), Tag: in.tag, HasTag: in.hasTag})
	}
	return part, nil
}

// keep stores a draft.
func (s *Service) keep(ctx context.Context, source string, b body, sponsored *Sponsored) (Draft, error) {
	var id ID
	if _, err := io.ReadFull(s.cfg.Rand, id[:]); err != nil {
		return Draft{}, fmt.Errorf("make a draft's id: %w", err)
	}
	now := s.now().UTC().Truncate(time.Second)
	expires := now.Add(s.cfg.Life)
	if sponsored != nil && sponsored.ExpiresAt.Before(expires) {
		expires = sponsored.ExpiresAt
	}
	r := record{ID: id[:], Source: source, State: Open, CreatedAt: now.Unix(), ExpiresAt: expires.Unix()}
	if err := r.write(b); err != nil {
		return Draft{}, err
	}
	if err := s.store(ctx).insert(r, s.cfg, now); err != nil {
		return Draft{}, err
	}
	s.log.Info("transactions drafted", "draft", id.String(), "operation", string(b.Operation), "parts", len(b.Parts))
	return s.view(ctx, r, sponsored)
}

// fees of all parts.
func feesOf(parts []Part) btcutil.Amount {
	sum := btcutil.Amount(0)
	for _, part := range parts {
		sum += part.Fee
	}
	return sum
}
