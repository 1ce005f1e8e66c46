package pledges

import (
	"bytes"
	"errors"
	"fmt"

	"cairn/app/db"
	"cairn/chain"
	"cairn/chain/follow"
	"cairn/lighthouse"

	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// refused is why one entry is not taken, while the transaction goes on.
type refused struct{ error }

func (r refused) Unwrap() error { return r.error }

func refuse(err error) error { return refused{err} }

func refusal(err error) bool { return errors.As(err, new(refused)) }

// booking is one transaction.
type booking struct {
	s         *Service
	tx        *gorm.DB
	tip       *chain.BlockRef
	campaigns map[lighthouse.ID]*account
}

// account is a campaign within a booking.
type account struct {
	campaign lighthouse.Campaign
	totals   totals
	changed  bool
}

// book stores one entry, if it is there not yet and may be. An error of kind
// refused concerns this entry alone, and nothing was written for it.
func (b *booking) book(e *entry) (pledgeRecord, error) {
	o := e.offer
	if row, ok, err := known(b.tx, o); ok || err != nil {
		if errors.Is(err, lighthouse.ErrAlreadyPledged) {
			err = refuse(err)
		}
		return row, err
	}
	tip, err := b.now()
	if err != nil {
		return pledgeRecord{}, err
	}
	if tip != e.asOf {
		return pledgeRecord{}, refuse(errMoved)
	}
	a, err := b.account(o.campaign.ID)
	if err != nil {
		return pledgeRecord{}, err
	}
	if err := open(a.campaign, o.submission.Revision, tip); err != nil {
		return pledgeRecord{}, refuse(err)
	}
	confirmed, err := b.confirmed(e, tip)
	if err != nil {
		return pledgeRecord{}, err
	}
	if err := room(o, a.totals, !confirmed, b.s.rate()); err != nil {
		return pledgeRecord{}, refuse(err)
	}
	if !confirmed {
		if err := b.patience(o.submission.Client); err != nil {
			return pledgeRecord{}, err
		}
	}
	if !a.changed {
		if err := b.s.cfg.Campaigns.FreezeIn(b.tx, o.campaign.ID, o.submission.Revision); err != nil {
			if errors.Is(err, lighthouse.ErrChanged) || errors.Is(err, lighthouse.ErrNotOpen) {
				err = refuse(err)
			}
			return pledgeRecord{}, err
		}
	}
	row, err := b.write(e, tip, confirmed)
	if err != nil {
		return pledgeRecord{}, err
	}
	a.changed = true
	a.totals.add(sum{State: row.State, Goal: row.Goal, Firm: row.Firm, Count: 1, Value: o.coin.Value, Weight: row.Weight})
	return row, nil
}

// now is the last block that was taken in.
func (b *booking) now() (chain.BlockRef, error) {
	if b.tip == nil {
		tip, err := tipOf(b.tx)
		if err != nil {
			return chain.BlockRef{}, err
		}
		b.tip = &tip
	}
	return *b.tip, nil
}

func (b *booking) account(id lighthouse.ID) (*account, error) {
	if a := b.campaigns[id]; a != nil {
		return a, nil
	}
	c, err := b.s.cfg.Campaigns.GetIn(b.tx, id)
	if err != nil {
		return nil, err
	}
	t, err := totalsOf(b.tx, id)
	if err != nil {
		return nil, err
	}
	a := &account{campaign: c, totals: t}
	b.campaigns[id] = a
	return a, nil
}

// confirmed says whether a block that was taken in holds the coin. One that the
// source has and that was not taken in, or is of another branch than what was,
// will be taken in later, and confirms it then. Errors: lighthouse.ErrSpent, by a
// block that was taken in, for a coin that somebody watched before.
func (b *booking) confirmed(e *entry, tip chain.BlockRef) (bool, error) {
	watched, err := follow.CoinAt(b.tx, e.offer.at)
	switch {
	case err == nil && watched.Spent != nil:
		return false, refuse(fmt.Errorf("%w: %s", lighthouse.ErrSpent, e.offer.at))
	case err != nil && !errors.Is(err, follow.ErrNoCoin):
		return false, err
	}
	if e.found.Block == (chain.BlockRef{}) || e.found.Block.Height > tip.Height {
		return false, nil
	}
	hash, err := follow.HashAt(b.tx, e.found.Block.Height)
	if errors.Is(err, chain.ErrNoBlock) {
		return true, nil // below all that can be undone
	}
	return hash == e.found.Block.Hash, err
}

// patience refuses a visitor whose coins wait for too many blocks. Errors:
// ErrPending.
func (b *booking) patience(client string) error {
	if client == "" {
		return nil
	}
	var waiting int64
	err := b.tx.Model(&pledgeRecord{}).Where("client = ? AND state = 'seen'", b.s.clientOf(client)).Count(&waiting).Error
	if err != nil {
		return fmt.Errorf("count a visitor's pledges: %w", err)
	}
	if waiting >= maxPendingEach {
		return refuse(fmt.Errorf("%w: %d of this visitor", ErrPending, waiting))
	}
	return nil
}

// write stores the pledge with its signatures, and has its coin watched.
func (b *booking) write(e *entry, tip chain.BlockRef, confirmed bool) (pledgeRecord, error) {
	o, s := e.offer, b.s
	id, err := lighthouse.NewPledgeID(s.cfg.Rand)
	if err != nil {
		return pledgeRecord{}, fmt.Errorf("make a pledge's id: %w", err)
	}
	row := pledgeRecord{
		ID: id[:], Campaign: append([]byte{}, o.campaign.ID[:]...), Outpoint: db.OutpointKey(o.at.Hash, o.at.Index),
		KeyHash: hashOf(s.keyOf(id)), Proof: o.proof[:],
		ValueSat: int64(o.coin.Value), Script: o.coin.Script, Kind: o.kind, Weight: o.weight,
		Goal: o.forGoal(), Firm: o.firm(),
		Name: o.submission.Name, Message: o.submission.Message, Door: o.submission.Door, Client: s.clientOf(o.submission.Client),
		MadeAt: s.now().Unix(), MadeHeight: tip.Height, State: lighthouse.Seen,
	}
	if confirmed {
		row.State, row.Height, row.BlockHash = lighthouse.Confirmed, &e.found.Block.Height, append([]byte{}, e.found.Block.Hash[:]...)
	}
	for level := range o.signed {
		row.Levels |= 1 << level
	}
	if o.refund != nil {
		var raw bytes.Buffer
		if err := o.refund.Serialize(&raw); err != nil {
			return pledgeRecord{}, err
		}
		row.Refund = raw.Bytes()
	}
	// What somebody merely says the coin was made of proves nothing.
	if s.cfg.Mempool != nil || e.found.Block != (chain.BlockRef{}) {
		if err := b.replace(&row, e.found.Tx); err != nil {
			return pledgeRecord{}, err
		}
	}
	if err := b.tx.Create(&row).Error; err != nil {
		return pledgeRecord{}, fmt.Errorf("store a pledge: %w", err)
	}
	signatures := make([]signatureRecord, 0, len(o.signed))
	for level, p := range o.signed {
		r, err := signature(row.Number, level, p)
		if err != nil {
			return pledgeRecord{}, err
		}
		signatures = append(signatures, r)
	}
	if err := b.tx.Create(&signatures).Error; err != nil {
		return pledgeRecord{}, fmt.Errorf("store the signatures of a pledge: %w", err)
	}
	return row, follow.WatchOutpoint(b.tx, o.at, wire.NewTxOut(int64(o.coin.Value), o.coin.Script), label(id))
}

// replace recognises the change of a pledge: the coin was made of one that is
// pledged to the same campaign, which only its owner can have spent. His words
// go over, unless there are new ones, and the old pledge leaves at the same
// moment.
func (b *booking) replace(row *pledgeRecord, made *wire.MsgTx) error {
	spent := make([][]byte, 0, len(made.TxIn))
	for _, in := range made.TxIn {
		spent = append(spent, db.OutpointKey(in.PreviousOutPoint.Hash, in.PreviousOutPoint.Index))
	}
	if len(spent) > lookup {
		return nil // not by a wallet
	}
	var old pledgeRecord
	err := b.tx.Where("campaign = ? AND outpoint IN ? AND state NOT IN ('taken')", row.Campaign, spent).Order("number").Limit(1).Find(&old).Error
	if err != nil || old.Number == 0 {
		return err
	}
	row.Replaces = old.ID
	if row.Name == "" && row.Message == "" {
		row.Name, row.Message = old.Name, old.Message
	}
	set := map[string]any{"replaced": true}
	if old.State == lighthouse.Confirmed || old.State == lighthouse.Seen {
		hash := made.TxHash()
		set["state"], set["spent_txid"] = lighthouse.Leaving, hash[:]
	}
	if err := b.tx.Model(&pledgeRecord{}).Where("number = ?", old.Number).Updates(set).Error; err != nil {
		return fmt.Errorf("mark a pledge as replaced: %w", err)
	}
	return nil
}

// close counts what has changed, and lists the campaigns that it has, with those
// whose first pledges these are.
func (b *booking) close() (changed, frozen []lighthouse.ID, err error) {
	for id, a := range b.campaigns {
		if !a.changed {
			continue
		}
		tip, err := b.now()
		if err != nil {
			return nil, nil, err
		}
		if err := count(b.tx, id, tip.Height); err != nil {
			return nil, nil, err
		}
		changed = append(changed, id)
		if !a.campaign.Frozen {
			frozen = append(frozen, id)
		}
	}
	return changed, frozen, nil
}
