package claim

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"cairn/app/db"
	"cairn/app/db/outbox"
	"cairn/chain"
	"cairn/lighthouse"
	"cairn/lighthouse/contract"

	"gorm.io/gorm"
)

const (
	// maxBackoff is the longest pause between tries while claims cannot be worked
	// on.
	maxBackoff = 15 * time.Second
	// A process that does not lead waits so long for the leader.
	wishStep, wishTries = 200 * time.Millisecond, 25
	wishesAtOnce        = 100
	// unmadeFor is how many blocks after a claim was made a coin of it that no
	// block holds, since a reorganisation, counts as gone.
	unmadeFor = 12
)

// Due is a campaign to be claimed by itself.
type Due struct {
	ID lighthouse.ID
	// Mark changes whenever its pledges do.
	Mark int64
}

// Run works under the leader's lease until ctx ends (nil) or somebody else has
// taken it (db.ErrFenced). Whatever else fails is tried again.
func (s *Service) Run(ctx context.Context) error {
	var backoff time.Duration
	for {
		err := s.work(ctx)
		next := s.cfg.Poll
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, db.ErrFenced), errors.Is(err, errCrash):
			return err
		case err != nil:
			backoff = min(max(2*backoff, s.cfg.Poll), maxBackoff)
			next = backoff
			s.log.Warn("a claim did not get on, trying again", "error", err, "in", backoff)
		default:
			backoff = 0
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(next):
		case <-s.wake:
		}
	}
}

func (s *Service) pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// work brings everything on by one step. One claim that fails keeps no other
// waiting.
func (s *Service) work(ctx context.Context) error {
	errs := []error{s.wishes(ctx), s.byThemselves(ctx)}
	ids, err := openClaims(s.db.Read(ctx))
	errs = append(errs, err)
	for _, id := range ids {
		if err := s.tend(ctx, id); err != nil {
			errs = append(errs, fmt.Errorf("claim of %s: %w", id, err))
		}
	}
	errs = append(errs, s.bumps(ctx))
	return errors.Join(errs...)
}

// byThemselves claims the campaigns that do so as soon as they can. One that
// could not is looked at again when its pledges change or a block comes.
func (s *Service) byThemselves(ctx context.Context) error {
	if s.cfg.Due == nil {
		return nil
	}
	due, err := s.cfg.Due(ctx)
	if err != nil {
		return err
	}
	tip, err := tipOf(s.db.Read(ctx))
	if err != nil {
		return err
	}
	var errs []error
	looked := make(map[lighthouse.ID]string, len(due))
	for _, d := range due {
		as := fmt.Sprint(tip.Hash, d.Mark)
		s.mu.Lock()
		seen := s.looked[d.ID] == as
		s.mu.Unlock()
		if !seen {
			if err := s.byItself(ctx, d.ID, tip); err != nil {
				errs = append(errs, err)
				continue // again at the next look
			}
		}
		looked[d.ID] = as
	}
	s.mu.Lock()
	s.looked = looked
	s.mu.Unlock()
	return errors.Join(errs...)
}

// byItself claims one campaign if it can be claimed.
func (s *Service) byItself(ctx context.Context, id lighthouse.ID, tip chain.BlockRef) error {
	c, err := s.cfg.Campaigns.GetIn(s.db.Read(ctx), id)
	if err != nil || !c.Terms.ByItself {
		return err
	}
	const day = 144
	_, err = s.start(ctx, id, ByItself, tip.Height >= c.Terms.Deadline-day)
	var early *TooEarly
	switch {
	case errors.Is(err, contract.ErrShort), errors.Is(err, contract.ErrFull), errors.Is(err, ErrResting), errors.As(err, &early),
		errors.Is(err, lighthouse.ErrClaimed), errors.Is(err, lighthouse.ErrNotOpen), errors.Is(err, ErrOver):
		return nil
	}
	return err
}

// tend looks after one claim that waits for a block: it is rebuilt when backers
// have left, sent when it is not being sent, or given up.
func (s *Service) tend(ctx context.Context, id lighthouse.ID) error {
	for range planTries {
		done, err := s.tendOnce(ctx, id)
		if done || err != nil {
			return err
		}
	}
	return ErrMoving
}

// tendOnce reports false when what it saw had changed before it could act.
func (s *Service) tendOnce(ctx context.Context, id lighthouse.ID) (done bool, err error) {
	tx := s.db.Read(ctx)
	v := view{}
	if v.before, err = loadClaim(tx, id); err != nil {
		return false, err
	}
	if v.before.State != lighthouse.Claiming && v.before.State != lighthouse.Rebuilding {
		return true, nil
	}
	if v.tip, err = tipOf(tx); err != nil {
		return false, err
	}
	if v.campaign, err = s.cfg.Campaigns.GetIn(tx, id); err != nil {
		return false, err
	}
	if until := int64(v.campaign.Terms.RefundHeight()) + lighthouse.RefundAfter; int64(v.tip.Height) >= until {
		// Refunds have been good for a day, and cannot be sent from here while a
		// claim holds their coins.
		return s.fail(ctx, v, fmt.Errorf("%w: since block %d", ErrOver, until))
	}
	current, err := loadAttempt(tx, id, v.before.Current)
	if err != nil {
		return false, err
	}
	state, err := s.health(tx, v.campaign, v.tip, current)
	if err != nil {
		return false, err
	}
	switch {
	case state.gone > 0, state.leaving > 0 && !state.waiting:
		return s.rebuild(ctx, v, current, state)
	default:
		return s.resume(ctx, v, current)
	}
}

// health is how the coins of an attempt are.
type health struct {
	// gone were spent otherwise in a block; leaving are about to be, or have lost
	// the block that made them and may have another soon.
	gone, leaving int
	// waiting: the attempt is in the mempool all the same.
	waiting bool
}

func (s *Service) health(tx *gorm.DB, c lighthouse.Campaign, tip chain.BlockRef, a attemptRecord) (health, error) {
	msg, err := a.tx()
	if err != nil {
		return health{}, err
	}
	f, err := s.field(tx, c)
	if err != nil {
		return health{}, err
	}
	h := health{waiting: s.cfg.Mempool != nil && s.cfg.Mempool.InMempool(a.txid())}
	for op := range inputsOf(msg) {
		p, known := f.of[op]
		switch {
		case !known: // the node's own, or a stranger's
		case p.SpentAt.Height > 0 && p.SpentBy != a.txid():
			h.gone++
		case p.Created.Height == 0 && tip.Height >= a.MadeHeight+unmadeFor:
			h.gone++
		case p.Created.Height == 0, f.leaves[op]:
			h.leaving++
		}
	}
	// Of a coin of the node's own the outbox alone knows that a block spends it.
	state, err := standing(tx, a)
	if state == outbox.Conflicted && h.gone == 0 {
		h.gone = 1
	}
	return h, err
}

// rebuild makes an attempt of those who stayed and those who waited. Without
// enough of them the claim is given up, unless nobody has surely left yet.
func (s *Service) rebuild(ctx context.Context, v view, old attemptRecord, h health) (bool, error) {
	rates, err := s.rates(ctx, true)
	if err != nil {
		return false, err
	}
	v, why, err := s.choose(s.db.Read(ctx), v, rates)
	if err != nil {
		return false, err
	}
	switch {
	case why == nil:
		return s.make(ctx, v, made{reason: Left, gone: max(h.gone+h.leaving, 1)})
	case h.gone == 0:
		return true, nil // whoever leaves may yet stay
	case errors.Is(why, ErrResting):
		return s.note(ctx, v, lighthouse.Rebuilding, old.Number, why.Error())
	case errors.Is(why, contract.ErrShort), errors.Is(why, contract.ErrFull):
		return s.fail(ctx, v, why)
	}
	return false, why
}

// resume sees to it that the current attempt is being sent.
func (s *Service) resume(ctx context.Context, v view, current attemptRecord) (bool, error) {
	tx := s.db.Read(ctx)
	state, err := standing(tx, current)
	if err != nil {
		return false, err
	}
	switch state {
	case outbox.Stored, outbox.Broadcast, outbox.Confirmed:
		if v.before.State == lighthouse.Claiming && v.before.Trouble == "" {
			return true, nil
		}
		return s.note(ctx, v, lighthouse.Claiming, current.Number, "")
	case outbox.Replaced:
		return s.follow(ctx, v, current)
	}
	epoch, err := s.cfg.Epoch()
	if err != nil {
		return false, err
	}
	return s.change(ctx, v, func(tx *gorm.DB) error {
		if err := abandonAll(tx, v.campaign.ID, "another attempt is sent again"); err != nil {
			return err
		}
		if err := s.send(tx, current, epoch); err != nil {
			return err
		}
		return setClaim(tx, v.campaign.ID, lighthouse.Claiming, current.Number, "")
	})
}

// follow makes the attempt that replaced one the current one.
func (s *Service) follow(ctx context.Context, v view, current attemptRecord) (bool, error) {
	tx := s.db.Read(ctx)
	line, err := outbox.Line(tx, current.key())
	if err != nil {
		return false, err
	}
	attempts, err := loadAttempts(tx, v.campaign.ID)
	if err != nil {
		return false, err
	}
	for _, e := range slices.Backward(line) {
		if e.State != outbox.Stored && e.State != outbox.Broadcast {
			continue
		}
		for _, a := range attempts {
			if a.key() == e.Key {
				return s.note(ctx, v, lighthouse.Claiming, a.Number, "")
			}
		}
	}
	return true, nil // a block has decided; its projection says so
}

// note writes a state down, if it is news.
func (s *Service) note(ctx context.Context, v view, state lighthouse.ClaimState, current int64, trouble string) (bool, error) {
	if v.before.State == state && v.before.Current == current && v.before.Trouble == trouble {
		return true, nil
	}
	return s.change(ctx, v, func(tx *gorm.DB) error { return setClaim(tx, v.campaign.ID, state, current, trouble) })
}

// fail gives a claim up: too many have left. The campaign is open again, or
// closed if its date has passed.
func (s *Service) fail(ctx context.Context, v view, why error) (bool, error) {
	id, stage := v.campaign.ID, lighthouse.Open
	if v.tip.Height >= v.campaign.Terms.Deadline {
		stage = lighthouse.Closed
	}
	done, err := s.change(ctx, v, func(tx *gorm.DB) error {
		if err := abandonAll(tx, id, "too many backers have left"); err != nil {
			return err
		}
		if err := setClaim(tx, id, lighthouse.Failed, v.before.Current, why.Error()); err != nil {
			return err
		}
		return s.cfg.Campaigns.StageIn(tx, id, stage)
	})
	if done {
		s.log.Info("claim given up", "campaign", id, "why", why)
	}
	return done, err
}

// change runs fn in the leader's transaction if the claim and the tip are as
// they were seen; false if not.
func (s *Service) change(ctx context.Context, v view, fn func(tx *gorm.DB) error) (bool, error) {
	done := false
	err := s.transact(ctx, func(tx *gorm.DB) error {
		done = false
		now, err := loadClaim(tx, v.campaign.ID)
		if err != nil {
			return err
		}
		tip, err := tipOf(tx)
		if err != nil || now.Version != v.before.Version || tip != v.tip {
			return err
		}
		done = true
		return fn(tx)
	})
	if err != nil {
		return false, err
	}
	if done {
		s.hub.tell(v.campaign.ID)
		s.cfg.Sent()
	}
	return done, s.crash("changed")
}
