package claim

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"cairn/app/db/outbox"
	"cairn/chain"
	"cairn/lighthouse"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
)

// Standing is how an attempt is.
type Standing string

// The standings.
const (
	// Waiting: it is sent until a block holds it.
	Waiting Standing = "waiting"
	// Replaced: another pays more for the same; it may still be the one.
	Replaced Standing = "replaced"
	// Dead: it was given up, or a block has spent a coin of it otherwise.
	Dead Standing = "dead"
	// Mined: a block holds it.
	Mined Standing = "mined"
)

// Attempt is one transaction that was made, or found, to claim.
type Attempt struct {
	Number int
	Txid   chainhash.Hash
	Reason Reason
	// Gone is how many backers had left the one before.
	Gone     int
	Standing Standing
	Level    int
	Pledges  int
	Fee      btcutil.Amount
	Weight   int64
	Rate     chain.FeeRate
	At       time.Time
	// Sent is when the network was handed it first; zero before, and for a
	// stranger's.
	Sent  time.Time
	Block chain.BlockRef
}

// Details is a claim with how it came to be.
type Details struct {
	lighthouse.Claim
	// History has every attempt, oldest first.
	History []Attempt
	// RestsUntil is the block at which an attempt whose pledges have all left is
	// surely over, so that another can be made; 0 where none is waited for.
	RestsUntil int32
	// Waited is for how many blocks the claim has been waiting. Stuck: for too
	// long, at less than what blocks ask for now, Wanted.
	Waited int32
	Stuck  bool
	Wanted chain.FeeRate
	// Refused is what the network said of the last try to send it; empty where it
	// said nothing.
	Refused string
	Tip     chain.BlockRef
}

// Details tells all about a campaign's claim. While the node cannot say what
// blocks ask for, nothing is called stuck. Errors: ErrNone.
func (s *Service) Details(ctx context.Context, id lighthouse.ID) (Details, error) {
	tx := s.db.Read(ctx)
	r, err := loadClaim(tx, id)
	if err != nil {
		return Details{}, err
	}
	out := Details{}
	if out.Claim, err = s.claimOf(tx, r); err != nil {
		return Details{}, err
	}
	if out.Tip, err = tipOf(tx); err != nil {
		return Details{}, err
	}
	attempts, err := loadAttempts(tx, id)
	if err != nil {
		return Details{}, err
	}
	for _, a := range attempts {
		shown, e, err := s.shown(ctx, a)
		if err != nil {
			return Details{}, err
		}
		out.History = append(out.History, shown)
		if a.Number == r.Current && shown.Standing == Waiting {
			out.Waited, out.Refused = max(out.Tip.Height-a.MadeHeight, 0), e.LastError
		}
	}
	if r.State == lighthouse.Claiming && out.Waited >= s.cfg.StuckAfter {
		if rate, err := s.cfg.Rate(ctx); err == nil {
			out.Wanted = rate
			out.Stuck = out.Rate < rate
		}
	}
	if r.State != lighthouse.Rebuilding {
		return out, nil
	}
	return out, s.rests(ctx, id, &out)
}

// rests sets RestsUntil.
func (s *Service) rests(ctx context.Context, id lighthouse.ID, out *Details) error {
	tx := s.db.Read(ctx)
	c, err := s.cfg.Campaigns.GetIn(tx, id)
	if err != nil {
		return err
	}
	sit, err := s.situation(tx, c, out.Tip, []chain.FeeRate{s.cfg.Floor})
	if err != nil {
		return err
	}
	_, err = sit.choose()
	var resting *Resting
	if errors.As(err, &resting) {
		out.RestsUntil = resting.Until
	}
	return nil
}

// shown is an attempt as others see it, with its entry in the outbox.
func (s *Service) shown(ctx context.Context, a attemptRecord) (Attempt, outbox.Entry, error) {
	pledges, err := a.pledges()
	if err != nil {
		return Attempt{}, outbox.Entry{}, err
	}
	fee := btcutil.Amount(a.FeeSat)
	out := Attempt{
		Number: int(a.Number), Txid: a.txid(), Reason: a.Reason, Gone: a.Gone, Standing: Dead, Level: a.Level,
		Pledges: len(slices.DeleteFunc(pledges, func(p lighthouse.PledgeID) bool { return p == lighthouse.PledgeID{} })),
		Fee:     fee, Weight: a.Weight, Rate: rateOf(fee, a.Weight), At: time.Unix(a.MadeAt, 0).UTC(), Block: a.block(),
	}
	var e outbox.Entry
	if a.OutboxKey != nil {
		if e, err = outbox.Get(s.db.Read(ctx), *a.OutboxKey); err != nil {
			return out, e, fmt.Errorf("attempt %d: %w", a.Number, err)
		}
		out.Sent = e.FirstBroadcastAt
		switch e.State {
		case outbox.Stored, outbox.Broadcast:
			out.Standing = Waiting
		case outbox.Replaced:
			out.Standing = Replaced
		}
	}
	if a.Height != nil {
		out.Standing = Mined
	}
	return out, e, nil
}
