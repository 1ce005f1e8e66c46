package pledges

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"cairn/app/db"
	"cairn/chain"
	"cairn/lighthouse"
	"cairn/lighthouse/contract"

	"github.com/btcsuite/btcd/btcutil"
	"gorm.io/gorm"
)

// standing is how far the confirmed pledges of a campaign reach, which takes
// reading all of them; it is made once for each version, fee rate, and revision of
// the terms.
type standing struct {
	version  int64
	rate     chain.FeeRate
	revision int
	level    int
	missing  btcutil.Amount
	waiting  lighthouse.Tally
}

// reached keeps standings. The zero value is ready.
type reached struct {
	mu sync.Mutex
	of map[lighthouse.ID]*remembered // guarded by mu
}

// remembered is the standing of one campaign, whose lock is held while it is
// made anew: who wants it meanwhile waits for that.
type remembered struct {
	mu  sync.Mutex
	now standing // guarded by mu
}

func (r *reached) at(id lighthouse.ID) *remembered {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.of == nil || len(r.of) >= maxStandings {
		r.of = make(map[lighthouse.ID]*remembered)
	}
	if r.of[id] == nil {
		r.of[id] = &remembered{now: standing{version: -1}}
	}
	return r.of[id]
}

// maxStandings bounds how many campaigns are remembered.
const maxStandings = 10_000

// Progress is how far a campaign is. Errors: lighthouse.ErrUnknown.
func (s *Service) Progress(ctx context.Context, id lighthouse.ID) (lighthouse.Progress, error) {
	c, err := s.cfg.Campaigns.Get(ctx, id)
	if err != nil {
		return lighthouse.Progress{}, err
	}
	return s.progress(ctx, c)
}

func (s *Service) progress(ctx context.Context, c lighthouse.Campaign) (lighthouse.Progress, error) {
	tx := s.db.Read(ctx)
	t, err := totalsOf(tx, c.ID)
	if err != nil {
		return lighthouse.Progress{}, err
	}
	p := lighthouse.Progress{
		Confirmed: lighthouse.Tally{Pledges: t.Backers, Amount: t.Confirmed},
		Firm:      lighthouse.Tally{Pledges: t.FirmBackers, Amount: t.Firm},
		Pending:   lighthouse.Tally{Pledges: t.PendingBackers, Amount: t.Pending},
		Revoked:   lighthouse.Tally{Pledges: t.RevokedBackers, Amount: t.Revoked},
		Taken:     lighthouse.Tally{Pledges: t.TakenBackers, Amount: t.Taken},
		Matched:   lighthouse.Tally{Pledges: t.Matches, Amount: t.Matched},
		Level:     -1,
	}
	if p.Checked, err = tipOf(tx); err != nil {
		return lighthouse.Progress{}, err
	}
	if len(c.Terms.Levels) == 0 || c.Terms.Levels[0].Contract == nil {
		return p, nil // a draft
	}
	rate := s.rate()
	now, err := s.standing(tx, c, t.Version, rate)
	if err != nil {
		return lighthouse.Progress{}, err
	}
	p.Level, p.Missing, p.Waiting = now.level, now.missing, now.waiting
	p.Slots = slots(c.Terms.Levels[0].Contract, t, contract.P2TR)
	p.Least = least(c.Terms, t, contract.P2WPKH, rate)
	return p, nil
}

// standing is what is remembered, or made anew.
func (s *Service) standing(tx *gorm.DB, c lighthouse.Campaign, version int64, rate chain.FeeRate) (standing, error) {
	r := s.reached.at(c.ID)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.now.version == version && r.now.rate == rate && r.now.revision == c.Terms.Revision {
		return r.now, nil
	}
	now, err := stand(tx, c, rate)
	if err != nil {
		return standing{}, err
	}
	now.version, now.rate, now.revision = version, rate, c.Terms.Revision
	r.now = now
	return now, nil
}

// stand tries the levels from the highest on.
func stand(tx *gorm.DB, c lighthouse.Campaign, rate chain.FeeRate) (standing, error) {
	var rows []struct {
		ValueSat, Weight, Levels int64
	}
	err := tx.Model(&pledgeRecord{}).Select("value_sat", "weight", "levels").
		Where("campaign = ? AND state = 'confirmed'", c.ID[:]).Order("number").Find(&rows).Error
	if err != nil {
		return standing{}, fmt.Errorf("read the pledges of campaign %s: %w", c.ID, db.Classify(err))
	}
	now := standing{level: -1}
	for level := len(c.Terms.Levels) - 1; level >= 0; level-- {
		var candidates []contract.Candidate
		for _, r := range rows {
			if r.Levels&(1<<level) != 0 {
				candidates = append(candidates, contract.Candidate{Value: btcutil.Amount(r.ValueSat), Weight: r.Weight})
			}
		}
		choice, err := c.Terms.Levels[level].Contract.Choose(candidates, rate)
		if err == nil {
			now.level = level
			now.waiting.Pledges, now.waiting.Amount = len(candidates), 0
			for _, k := range candidates {
				now.waiting.Amount += k.Value
			}
			for _, i := range choice.Taken {
				now.waiting.Pledges--
				now.waiting.Amount -= candidates[i].Value
			}
			return now, nil
		}
		var short *contract.Shortfall
		now.missing = 0
		if errors.As(err, &short) {
			now.missing = short.Missing
		}
	}
	return now, nil
}
