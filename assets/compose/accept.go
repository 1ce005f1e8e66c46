package compose

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"cairn/app/db"
	"cairn/assets"
	"cairn/chain"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// Get is how a draft stands. Errors: ErrUnknownDraft.
func (s *Service) Get(ctx context.Context, id ID) (Draft, error) {
	r, err := s.store(ctx).get(id)
	if err != nil {
		return Draft{}, err
	}
	return s.view(ctx, r, nil)
}

// view is what others see of a draft.
func (s *Service) view(ctx context.Context, r record, sponsored *Sponsored) (Draft, error) {
	b, err := r.body()
	if err != nil {
		return Draft{}, err
	}
	d := Draft{
		ID: r.id(), Operation: b.Operation, State: r.State, Asset: b.Asset, Sponsored: sponsored,
		Shares: b.Shares, Height: b.Height, Offer: b.Offer, ExpiresAt: time.Unix(r.ExpiresAt, 0).UTC(),
	}
	if b.Sponsor != "" && sponsored == nil {
		if s.cfg.Sponsor == nil {
			return Draft{}, ErrNoSponsor
		}
		now, err := s.cfg.Sponsor.Sponsored(ctx, b.Sponsor)
		if err != nil {
			return Draft{}, err
		}
		d.Sponsored = &now
	}
	for i, part := range b.Parts {
		one, err := b.part(part)
		if err != nil {
			return Draft{}, fmt.Errorf("draft %s, part %d: %w", d.ID, i, err)
		}
		d.Parts = append(d.Parts, one)
	}
	d.Fee = feesOf(d.Parts)
	if r.State == Open && s.now().Unix() >= r.ExpiresAt {
		d.State = Ended
	}
	if r.Signed == nil {
		return d, nil
	}
	txs, err := s.store(ctx).txs(d.ID)
	if err != nil {
		return Draft{}, err
	}
	d.follow(txs)
	return d, nil
}

// follow tells a draft what became of its transactions.
func (d *Draft) follow(txs []txRecord) {
	confirmed, lost := 0, false
	for _, t := range txs {
		if t.Part >= len(d.Parts) {
			continue
		}
		part := &d.Parts[t.Part]
		part.Txid, part.Sent = chainhash.Hash(t.Txid), t.Sent
		if t.Height != nil {
			part.Height = *t.Height
			confirmed++
		}
		lost = lost || t.LostAt != nil
	}
	switch {
	case lost:
		d.State = Conflicted
	case confirmed == len(d.Parts) && confirmed > 0:
		d.State = Confirmed
	}
}

// part is one part for others to see, colored anew.
func (b body) part(p partBody) (Part, error) {
	packet, err := p.packet()
	if err != nil {
		return Part{}, err
	}
	prevouts, err := prevoutsOf(packet)
	if err != nil {
		return Part{}, fmt.Errorf("%w: %w", db.ErrCorrupt, err)
	}
	one := Part{PSBT: p.PSBT, Visitors: p.Visitors, Tx: packet.UnsignedTx, Fee: p.Fee}
	named := true
	for _, prev := range prevouts {
		named = named && segwit(prev.PkScript)
	}
	if named {
		one.Txid = one.Tx.TxHash()
	}
	inputs, holdings, err := p.inputs(prevouts)
	if err != nil {
		return Part{}, err
	}
	one.Holdings = holdings
	if b.Operation == Dividend || b.Operation == Sell { // satoshi alone, or half of a transaction
		one.Coloring = assets.Coloring{Verdict: assets.None, Marker: -1, Outputs: make([][]assets.Holding, len(one.Tx.TxOut))}
		return one, nil
	}
	r, err := rulesOf(b.Protocol)
	if err != nil {
		return Part{}, err
	}
	one.Coloring = r.color(one.Tx, inputs, assets.Specification)
	return one, nil
}

// Accept takes the PSBTs that the visitor has signed, all parts in their order, and
// sends them. Doing so again is no error: the first that were good count. A draft
// that waits for its price stays Signed, and the payment alone sets it going.
//
// Errors: ErrUnknownDraft, ErrExpired, ErrPSBT, ErrChanged, ErrSignature; when the
// network refuses the first part chain.ErrRejected, after which the draft is open
// again.
func (s *Service) Accept(ctx context.Context, id ID, psbts [][]byte) (Draft, error) {
	r, err := s.store(ctx).get(id)
	if err != nil {
		return Draft{}, err
	}
	switch {
	case r.State == Ended || r.State == Open && s.now().Unix() >= r.ExpiresAt:
		return Draft{}, fmt.Errorf("%w: %s", ErrExpired, id)
	case r.State == Open:
		if r, err = s.sign(ctx, r, psbts); err != nil {
			return Draft{}, err
		}
	}
	if r.State == Signed {
		if r, err = s.advance(ctx, r); err != nil {
			return Draft{}, err
		}
	}
	return s.view(ctx, r, nil)
}

// sign checks what came back and keeps it.
func (s *Service) sign(ctx context.Context, r record, psbts [][]byte) (record, error) {
	b, err := r.body()
	if err != nil {
		return r, err
	}
	if len(psbts) != len(b.Parts) {
		return r, fmt.Errorf("%w: %d transactions instead of %d", ErrPSBT, len(psbts), len(b.Parts))
	}
	if b.Sale != nil {
		return s.publish(ctx, r, b, psbts[0])
	}
	keep := make([][]byte, len(psbts))
	txs := make([]*wire.MsgTx, len(psbts))
	for i, part := range b.Parts {
		packet, err := part.packet()
		if err != nil {
			return r, err
		}
		prevouts, err := prevoutsOf(packet)
		if err != nil {
			return r, err
		}
		if txs[i], err = handed(packet, prevouts, part.Visitors, psbts[i]); err != nil {
			return r, fmt.Errorf("transaction %d: %w", i+1, err)
		}
		if i == 0 && b.Sponsor != "" {
			keep[i], err = completed(packet, txs[i], part.Visitors)
		} else {
			keep[i], err = rawOf(txs[i])
		}
		if err != nil {
			return r, err
		}
	}
	signed, err := json.Marshal(keep)
	if err != nil {
		return r, err
	}
	if r, err = s.store(ctx).sign(r.id(), signed, txs, s.now()); err != nil {
		return r, err
	}
	s.reach("signed")
	if r.State == Open || r.State == Ended {
		return r, fmt.Errorf("%w: %s", ErrExpired, r.id())
	}
	return r, nil
}

// advance sends what has not been sent of a signed draft, as far as that goes now.
func (s *Service) advance(ctx context.Context, r record) (record, error) {
	b, err := r.body()
	if err != nil {
		return r, err
	}
	signed, err := r.signed()
	if err != nil {
		return r, err
	}
	txs, err := s.store(ctx).txs(r.id())
	if err != nil {
		return r, err
	}
	for i := range b.Parts {
		if i < len(txs) && txs[i].Sent {
			continue
		}
		var goes bool
		if i == 0 && b.Sponsor != "" {
			goes, err = s.sendSponsored(ctx, r, b, signed[i])
		} else {
			goes, err = s.sendOwn(ctx, r, i, signed[i])
		}
		if err != nil || !goes {
			return s.reload(ctx, r, err)
		}
		s.reach("sent")
		if err := s.store(ctx).sent(r.id(), i, i == len(b.Parts)-1); err != nil {
			return r, err
		}
	}
	if !b.Offer.IsZero() && len(txs) > 0 {
		if err := s.taken(ctx, chainhash.Hash(txs[0].Txid), b.Offer); err != nil {
			return r, err
		}
	}
	return s.reload(ctx, r, nil)
}

func (s *Service) reload(ctx context.Context, r record, err error) (record, error) {
	if err != nil {
		return r, err
	}
	return s.store(ctx).get(r.id())
}

// sendSponsored hands the first part to the node; goes is false while it is not paid
// for.
func (s *Service) sendSponsored(ctx context.Context, r record, b body, signed []byte) (goes bool, err error) {
	if s.cfg.Sponsor == nil {
		return false, ErrNoSponsor
	}
	done, err := s.cfg.Sponsor.Accept(ctx, b.Sponsor, signed)
	if err != nil {
		return false, err
	}
	switch done.State {
	case SponsorEnded:
		return false, errors.Join(fmt.Errorf("%w: %s", ErrExpired, r.id()), s.store(ctx).end(r.id(), Signed))
	case SponsorOpen:
		return false, nil
	}
	if done.Tx == nil {
		return false, nil
	}
	s.see(ctx, done.Tx)
	return true, nil
}

// sendOwn hands a part to the network that pays its own fee. One that follows another
// may be refused until the other has arrived: it is tried again.
func (s *Service) sendOwn(ctx context.Context, r record, part int, raw []byte) (goes bool, err error) {
	tx, err := readTx(raw)
	if err != nil {
		return false, fmt.Errorf("%w: draft %s: %w", db.ErrCorrupt, r.id(), err)
	}
	_, err = s.cfg.Sender.Send(ctx, raw)
	switch {
	case errors.Is(err, chain.ErrRejected) && part > 0:
		s.log.Debug("a part of a draft has to wait", "draft", r.id().String(), "part", part, "error", err)
		return false, nil
	case errors.Is(err, chain.ErrRejected):
		return false, errors.Join(err, s.store(ctx).reopen(r.id()))
	case err != nil:
		return false, err
	}
	s.see(ctx, tx)
	return true, nil
}

// see tells the ledger of what was sent. Without it the ledger knows it from a block.
func (s *Service) see(ctx context.Context, tx *wire.MsgTx) {
	if err := s.cfg.Ledger.See(ctx, tx); err != nil && ctx.Err() == nil {
		s.log.Warn("the ledger was not told of a transaction", "txid", tx.TxHash().String(), "error", err)
	}
}

// Run goes on with signed drafts until ctx ends: those that were paid for, those
// whose turn has come, and those that a crash cut off. Only one process runs it.
func (s *Service) Run(ctx context.Context) error {
	const every = 2 * time.Second
	for {
		if err := s.Sweep(ctx); err != nil && ctx.Err() == nil {
			if errors.Is(err, db.ErrFenced) {
				return err
			}
			s.log.Warn("drafts of asset transactions not swept", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(every):
		}
	}
}

const sweepBatch = 200

// giveUpAfter is how long a draft is tried of which no block has anything.
const giveUpAfter = 14 * 24 * time.Hour

// Sweep is one round of Run.
func (s *Service) Sweep(ctx context.Context) error {
	if err := s.store(ctx).tidy(s.now(), s.cfg.Fence); err != nil {
		return err
	}
	if err := s.tidyOffers(ctx); err != nil {
		return err
	}
	var after []byte
	for {
		rows, err := s.store(ctx).waiting(after, sweepBatch)
		if err != nil || len(rows) == 0 {
			return err
		}
		if err := s.goOn(ctx, rows); err != nil {
			return err
		}
		after = rows[len(rows)-1].ID
	}
}

// goOn sends what can be sent of signed drafts. One that has to wait holds up none
// behind it.
func (s *Service) goOn(ctx context.Context, rows []record) error {
	for _, r := range rows {
		if s.now().After(time.Unix(r.CreatedAt, 0).Add(giveUpAfter)) {
			gone, err := s.givenUp(ctx, r)
			if err != nil {
				return err
			}
			if gone {
				continue
			}
		}
		if _, err := s.advance(ctx, r); err != nil {
			if ctx.Err() != nil || errors.Is(err, db.ErrFenced) {
				return err
			}
			s.log.Info("a draft waits", "draft", r.id().String(), "error", err)
		}
	}
	return nil
}

// givenUp ends a draft that was tried for long, unless some of it is in a block: then
// what follows is owed to those who were promised it, and is tried on.
func (s *Service) givenUp(ctx context.Context, r record) (bool, error) {
	txs, err := s.store(ctx).txs(r.id())
	if err != nil {
		return false, err
	}
	lost := slices.ContainsFunc(txs, func(t txRecord) bool { return t.LostAt != nil })
	if !lost && slices.ContainsFunc(txs, func(t txRecord) bool { return t.Height != nil }) {
		return false, nil
	}
	return true, s.store(ctx).end(r.id(), Signed)
}

// Waiting is a transaction of a draft that was sent, and that no block has; nil for
// any other.
func (s *Service) Waiting(ctx context.Context, txid chainhash.Hash) (*wire.MsgTx, error) {
	row, found, err := s.store(ctx).tx(txid)
	if err != nil || !found || !row.Sent || row.Height != nil || row.LostAt != nil {
		return nil, err
	}
	r, err := s.store(ctx).get(ID(row.Draft))
	if err != nil {
		return nil, err
	}
	b, err := r.body()
	if err != nil || row.Part == 0 && b.Sponsor != "" {
		return nil, err // the node's transaction, which it knows itself
	}
	signed, err := r.signed()
	if err != nil || row.Part >= len(signed) {
		return nil, err
	}
	return readTx(signed[row.Part])
}

// Lost says that a transaction of a draft can never be confirmed, as a block spends
// one of its coins otherwise.
func (s *Service) Lost(ctx context.Context, txid chainhash.Hash) (bool, error) {
	row, found, err := s.store(ctx).tx(txid)
	return found && row.LostAt != nil, err
}
