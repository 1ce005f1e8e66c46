package claim

import (
	"context"
	"fmt"
	"time"

	"cairn/chain"
	"cairn/lighthouse"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Payment names what paid for a faster claim; it pays for one.
type Payment [16]byte

// Till spends payments and gives them back.
type Till interface {
	// Spend spends a payment in a transaction; doing so again is no error. Error:
	// ErrTakenBack when it was given back.
	Spend(tx *gorm.DB, p Payment) error
	// Spent is called after the transaction is committed.
	Spent(p Payment)
	// GiveBack gives a payment back; doing so again is no error.
	GiveBack(ctx context.Context, p Payment) error
}

// Wallet is the node's, as raising a claim's fee needs it. Kinds of errors that
// are understood: chain.ErrLoanOver.
type Wallet interface {
	// Lend sets a coin aside, TakeBack ends the loan, Cosign signs with it, once
	// for a purpose, and Abandon gives up what was signed and never sent.
	Lend(ctx context.Context, req chain.LoanRequest) (chain.Loan, error)
	TakeBack(ctx context.Context, purpose string) error
	Cosign(ctx context.Context, req chain.CosignRequest) ([]byte, error)
	Abandon(ctx context.Context, purpose string) error
	// Script is a new one of the wallet's own, and Pay signs a transaction that
	// pays an output, the same for the same purpose.
	Script(ctx context.Context) ([]byte, error)
	Pay(ctx context.Context, purpose string, out *wire.TxOut, rate chain.FeeRate) (raw []byte, fee btcutil.Amount, err error)
}

// Bumps is what raising fees needs. Without a Wallet and a Till none are raised.
//
// A claim's outputs are fixed, so that what is added to it goes to the miners
// whole: the node adds one coin of the right size. Where it has none it makes
// one first, which takes a block, as a replacement may spend no new coin that
// waits for one (BIP-0125).
type Bumps struct {
	Wallet Wallet
	Till   Till
	// MaxRate is the highest rate offered; 0 is 200 sat/vB.
	MaxRate chain.FeeRate
	// GiveUpAfter is how long a raise may take before its money goes back; 0 is
	// 6 h.
	GiveUpAfter time.Duration
}

func (b *Bumps) defaults() {
	orElse(&b.MaxRate, chain.SatPerVByte(200))
	orElse(&b.GiveUpAfter, 6*time.Hour)
}

const (
	// coinWeight is that of the added input, at most (P2WPKH), with a count of
	// inputs that may grow by it; makeWeight that of a transaction that makes the
	// coin: one taproot coin spent, two such outputs.
	coinWeight = 272 + 8
	makeWeight = 616
	// relayStep is what a replacement has to pay for itself (BIP-0125, rule 4):
	// 1 sat/vB.
	relayStep = chain.FeeRate(250)
	// leastCoin is the smallest that is made: well above dust.
	leastCoin = btcutil.Amount(1_000)
	// loanTime is how long the coin is set aside.
	loanTime = 10 * time.Minute
	// mostCoins bounds how many coins are made for one raise: others may take
	// them.
	mostCoins = 3
	// walletLag is how many blocks the node's wallet may take to see a coin that
	// was made, before another is.
	walletLag = 3
)

// Offer is what a faster claim takes.
type Offer struct {
	// Rate is what the claim would pay then, Coin what is added to it.
	Rate chain.FeeRate
	Coin btcutil.Amount
	// Cost is Coin and what making it costs at most.
	Cost btcutil.Amount
}

// Offer says what it takes for a campaign's claim to pay what blocks ask for
// now, by a quarter more than it does at least. Errors: ErrNone, ErrInBlock,
// ErrFast, ErrFull, ErrMoving while it is rebuilt or was given up; those of
// Config.Rate.
func (s *Service) Offer(ctx context.Context, id lighthouse.ID) (Offer, error) {
	tx := s.db.Read(ctx)
	r, err := loadClaim(tx, id)
	if err != nil {
		return Offer{}, err
	}
	if err := waits(r); err != nil {
		return Offer{}, err
	}
	a, err := loadAttempt(tx, id, r.Current)
	if err != nil {
		return Offer{}, err
	}
	rate, err := s.cfg.Rate(ctx)
	if err != nil {
		return Offer{}, fmt.Errorf("ask what blocks cost: %w", err)
	}
	rate = min(rate, s.cfg.Bumps.MaxRate)
	was := rateOf(btcutil.Amount(a.FeeSat), a.Weight)
	if rate <= was {
		return Offer{}, ErrFast
	}
	rate = min(max(rate, was+was/4), s.cfg.Bumps.MaxRate)
	weight := a.Weight + coinWeight
	c, err := s.cfg.Campaigns.GetIn(tx, id)
	if err != nil {
		return Offer{}, err
	}
	if weight > c.Terms.Levels[a.Level].Contract.Limit() {
		return Offer{}, ErrFull
	}
	coin := max(rate.Fee(weight)-btcutil.Amount(a.FeeSat), relayStep.Fee(weight), leastCoin)
	return Offer{Rate: rate, Coin: coin, Cost: coin + rate.Fee(makeWeight)}, nil
}

// waits says why a claim cannot be made faster in its state.
func waits(r claimRecord) error {
	switch r.State {
	case lighthouse.Claiming:
		return nil
	case lighthouse.InBlock:
		return ErrInBlock
	}
	return ErrMoving
}

// Order has the fee of a campaign's claim raised as was offered, once for a
// payment; Run does it, or gives the payment back.
func (s *Service) Order(ctx context.Context, p Payment, id lighthouse.ID, o Offer) error {
	row := bumpRecord{
		ID: p[:], Campaign: id[:], CoinSat: int64(o.Coin), RateKw: int64(o.Rate), State: ordered, OrderedAt: s.now().Unix(),
	}
	err := s.db.Transact(ctx, func(tx *gorm.DB) error {
		return tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row).Error
	})
	if err != nil {
		return fmt.Errorf("order a faster claim of %s: %w", id, err)
	}
	s.Kick()
	return nil
}
