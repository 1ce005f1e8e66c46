package claim

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"cairn/app/db"
	"cairn/app/db/outbox"
	"cairn/chain"
	"cairn/lighthouse"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Reason is why an attempt was made.
type Reason string

// The reasons.
const (
	// Asked: the creator did.
	Asked Reason = "asked"
	// ByItself: the campaign says so, and its goal was reached.
	ByItself Reason = "by-itself"
	// Left: backers had left the attempt before.
	Left Reason = "left"
	// Bumped: somebody paid for a higher fee.
	Bumped Reason = "bumped"
	// Stranger: it was not made here; anybody can who has the pledges.
	Stranger Reason = "stranger"
)

// planTries is how often a claim is planned anew while pledges change.
const planTries = 5

// errCrash is what tests return from a crash point.
var errCrash = errors.New("crash")

// Claim claims a campaign for its creator: it stores the transaction, which is
// sent from then on. Asked again it gives the claim that is there. In a process
// that does not lead it notes the wish, which the leader sees at once, and gives
// what there is of a claim within a moment; a Claim without Tx is one that was
// only asked for so far.
//
// Errors: lighthouse.ErrNotYours; those of Readiness.Why; ErrMoving; those of
// Config.Rate.
func (s *Service) Claim(ctx context.Context, key lighthouse.Key) (lighthouse.Claim, error) {
	c, err := s.cfg.Campaigns.ByKey(ctx, key)
	if err != nil {
		return lighthouse.Claim{}, err
	}
	if now, err := s.Get(ctx, c.ID); err == nil && now.State != lighthouse.Failed {
		return now, nil
	} else if err != nil && !errors.Is(err, ErrNone) {
		return lighthouse.Claim{}, err
	}
	if _, err := s.cfg.Epoch(); err != nil {
		return s.wish(ctx, c.ID)
	}
	return s.start(ctx, c.ID, Asked, true)
}

// start makes the first claim of a campaign, or one after a claim that failed.
func (s *Service) start(ctx context.Context, id lighthouse.ID, reason Reason, slow bool) (lighthouse.Claim, error) {
	rates, err := s.rates(ctx, slow)
	if err != nil {
		return lighthouse.Claim{}, err
	}
	for range planTries {
		v, why, err := s.look(ctx, id, rates)
		if err != nil {
			return lighthouse.Claim{}, err
		}
		if errors.Is(why, lighthouse.ErrClaimed) {
			// Another was faster, perhaps between two reads of this look.
			now, err := s.Get(ctx, id)
			if err == nil && now.State != lighthouse.Failed || err != nil && !errors.Is(err, ErrNone) {
				return now, err
			}
			continue
		}
		if why != nil {
			return lighthouse.Claim{}, why
		}
		stored, err := s.make(ctx, v, made{reason: reason, starts: true})
		if err != nil {
			return lighthouse.Claim{}, err
		}
		if stored {
			return s.Get(ctx, id)
		}
	}
	return lighthouse.Claim{}, ErrMoving
}

// made is how an attempt comes to be.
type made struct {
	reason Reason
	gone   int
	// starts: there is no claim before it that waits for a block.
	starts bool
}

// make puts the claim of a view together and stores it; false when what it was
// planned by has changed meanwhile.
func (s *Service) make(ctx context.Context, v view, m made) (bool, error) {
	p, err := v.assemble(v.choice)
	if err != nil {
		return false, err
	}
	if err := s.crash("planned"); err != nil {
		return false, err
	}
	stored, err := s.store(ctx, v, p, m)
	if err != nil || !stored {
		return false, err
	}
	s.log.Info("claim made", "campaign", v.campaign.ID, "txid", p.tx.TxHash(), "pledges", len(p.pledges), "level", p.level,
		"fee_sat", int64(p.fee), "reason", m.reason)
	if err := s.crash("stored"); err != nil {
		return false, err
	}
	s.cfg.Sent()
	s.hub.tell(v.campaign.ID)
	return true, nil
}

// store writes an attempt, its entry in the outbox, and the campaign's stage,
// after one more look at every pledge it spends. What was abandoned for it is
// sent no more.
func (s *Service) store(ctx context.Context, v view, p plan, m made) (stored bool, err error) {
	raw, err := serialize(p.tx)
	if err != nil {
		return false, err
	}
	epoch, err := s.cfg.Epoch()
	if err != nil {
		return false, err
	}
	id := v.campaign.ID
	err = s.db.Transact(ctx, func(tx *gorm.DB) error {
		stored = false
		if err := s.cfg.Fence(tx); err != nil {
			return err
		}
		campaign, same, err := s.unchanged(tx, v, p, m)
		if err != nil || !same {
			return err
		}
		if err := abandonAll(tx, id, "another attempt takes its place"); err != nil {
			return err
		}
		number, err := s.insert(tx, v, p, m, raw, epoch)
		if err != nil {
			return err
		}
		if err := setClaim(tx, id, lighthouse.Claiming, number, ""); err != nil {
			return err
		}
		if err := tx.Where("campaign = ?", id[:]).Delete(&wishRecord{}).Error; err != nil {
			return fmt.Errorf("fulfil the wish to claim %s: %w", id, err)
		}
		stored = true
		if campaign.Stage == lighthouse.Claimed {
			return nil
		}
		return s.cfg.Campaigns.StageIn(tx, id, lighthouse.Claimed)
	})
	return stored && err == nil, err
}

// unchanged looks whether everything a plan rests on still is as it was.
func (s *Service) unchanged(tx *gorm.DB, v view, p plan, m made) (lighthouse.Campaign, bool, error) {
	id := v.campaign.ID
	now, err := loadClaim(tx, id)
	if err != nil && !errors.Is(err, ErrNone) {
		return lighthouse.Campaign{}, false, err
	}
	tip, err := tipOf(tx)
	if err != nil {
		return lighthouse.Campaign{}, false, err
	}
	// The version counts attempts too, and the tip decides which are dead.
	if now.Version != v.before.Version || tip != v.tip {
		return lighthouse.Campaign{}, false, nil
	}
	campaign, err := s.cfg.Campaigns.GetIn(tx, id)
	if err != nil {
		return campaign, false, err
	}
	if m.starts && inTime(campaign, tip) != nil {
		return campaign, false, nil
	}
	f, err := s.field(tx, campaign)
	if err != nil {
		return campaign, false, err
	}
	for op := range inputsOf(p.tx) {
		if !f.stays(f.of[op]) {
			return campaign, false, nil
		}
	}
	return campaign, true, nil
}

// insert stores an attempt with its entry in the outbox. One that was there
// before, as backers who left came back, is sent again as the same bytes.
func (s *Service) insert(tx *gorm.DB, v view, p plan, m made, raw []byte, epoch int64) (number int64, err error) {
	id, txid := v.campaign.ID, p.tx.TxHash()
	attempts, err := loadAttempts(tx, id)
	if err != nil {
		return 0, err
	}
	for _, a := range attempts {
		if a.txid() != txid {
			continue
		}
		return a.Number, s.send(tx, a, epoch)
	}
	var pledges []byte
	for _, pledge := range p.pledges {
		pledges = append(pledges, pledge.ID[:]...)
	}
	number = int64(len(attempts) + 1)
	key := keyOf(id, number)
	err = outbox.Put(tx, outbox.Entry{Key: key, Raw: raw, Fee: p.fee, Epoch: epoch, CreatedAt: s.now().UTC()})
	if err != nil {
		return 0, fmt.Errorf("put the claim of %s into the outbox: %w", id, err)
	}
	if number == 1 { // its attempts refer to it
		if err := setClaim(tx, id, lighthouse.Claiming, number, ""); err != nil {
			return 0, err
		}
	}
	return number, insertAttempt(tx, attemptRecord{
		Campaign: id[:], Number: number, OutboxKey: &key, Txid: txid[:], Raw: raw, Level: p.level, FeeSat: int64(p.fee),
		Weight: p.weight, Pledges: pledges, Reason: m.reason, Gone: m.gone, MadeAt: s.now().Unix(), MadeHeight: v.tip.Height,
	})
}

func insertAttempt(tx *gorm.DB, a attemptRecord) error {
	if err := tx.Create(&a).Error; err != nil {
		return fmt.Errorf("store attempt %d to claim %x: %w", a.Number, a.Campaign, err)
	}
	return nil
}

// send has an attempt sent that is not: one given up, or a stranger's that a
// reorganisation took out of its block.
func (s *Service) send(tx *gorm.DB, a attemptRecord, epoch int64) error {
	if a.OutboxKey != nil {
		return outbox.Revive(tx, *a.OutboxKey)
	}
	key := keyOf(lighthouse.ID(a.Campaign), a.Number)
	entry := outbox.Entry{Key: key, Raw: a.Raw, Epoch: epoch, CreatedAt: s.now().UTC()}
	if err := outbox.Put(tx, entry); err != nil {
		return fmt.Errorf("put a stranger's claim into the outbox: %w", err)
	}
	err := tx.Model(&attemptRecord{}).Where("campaign = ? AND number = ?", a.Campaign, a.Number).Update("outbox_key", key).Error
	if err != nil {
		return fmt.Errorf("note that a stranger's claim is sent: %w", err)
	}
	return nil
}

// abandonAll gives up every attempt that is being sent, newest first so that
// none that was replaced comes back. That they may be mined all the same is what
// the rule of the package is about.
func abandonAll(tx *gorm.DB, id lighthouse.ID, why string) error {
	attempts, err := loadAttempts(tx, id)
	if err != nil {
		return err
	}
	for _, a := range slices.Backward(attempts) {
		state, err := standing(tx, a)
		if err != nil {
			return err
		}
		switch state {
		case outbox.Stored, outbox.Broadcast, outbox.Conflicted:
			if err := outbox.Abandon(tx, *a.OutboxKey, why); err != nil {
				return fmt.Errorf("give up attempt %d to claim %s: %w", a.Number, id, err)
			}
		}
	}
	return nil
}

type wishRecord struct {
	Campaign []byte `gorm:"primaryKey"`
	At       int64
}

func (wishRecord) TableName() string { return "claim_wishes" }

// wish notes that a creator asks for his claim, and waits a moment for it.
func (s *Service) wish(ctx context.Context, id lighthouse.ID) (lighthouse.Claim, error) {
	ready, err := s.Ready(ctx, id)
	if err == nil {
		err = ready.Why
	}
	if err != nil {
		return lighthouse.Claim{}, err
	}
	err = s.db.Transact(ctx, func(tx *gorm.DB) error {
		return tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&wishRecord{Campaign: id[:], At: s.now().Unix()}).Error
	})
	if err != nil {
		return lighthouse.Claim{}, fmt.Errorf("note the wish to claim %s: %w", id, err)
	}
	for range wishTries {
		if err := s.pause(ctx, wishStep); err != nil {
			break
		}
		if now, err := s.Get(ctx, id); err == nil && now.State != lighthouse.Failed {
			return now, nil
		}
	}
	return lighthouse.Claim{Campaign: id, State: lighthouse.Claiming, Level: ready.Level, At: s.now().UTC()}, nil
}

// wishes fulfils what was asked for elsewhere. A wish that cannot be fulfilled
// is forgotten: a claim long after would surprise.
func (s *Service) wishes(ctx context.Context) error {
	var rows []wishRecord
	if err := s.db.Read(ctx).Order("at").Limit(wishesAtOnce).Find(&rows).Error; err != nil {
		return fmt.Errorf("read the wishes to claim: %w", db.Classify(err))
	}
	for _, r := range rows {
		id := lighthouse.ID(r.Campaign)
		_, err := s.start(ctx, id, Asked, true)
		switch {
		case err == nil:
			continue
		case errors.Is(err, db.ErrFenced), errors.Is(err, errCrash), errors.Is(err, chain.ErrEngineDown), ctx.Err() != nil:
			return err
		}
		s.log.Info("a claim that was asked for cannot be made", "campaign", id, "error", err)
		err = s.transact(ctx, func(tx *gorm.DB) error {
			return tx.Where("campaign = ?", r.Campaign).Delete(&wishRecord{}).Error
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// transact runs fn in a transaction that only the leader commits.
func (s *Service) transact(ctx context.Context, fn func(tx *gorm.DB) error) error {
	return s.db.Transact(ctx, func(tx *gorm.DB) error {
		if err := s.cfg.Fence(tx); err != nil {
			return err
		}
		return fn(tx)
	})
}
