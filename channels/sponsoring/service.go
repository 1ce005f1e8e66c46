package sponsoring

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"cairn/app/db"
	"cairn/chain"
	"cairn/channels/amount"
	"cairn/channels/fees"
	"cairn/channels/sponsor"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// Wallet is the node's; chain/wallet has one.
type Wallet interface {
	EstimateRate(ctx context.Context, targetBlocks int32) (chain.FeeRate, error)
	// Owns tells coins of the wallet from others.
	Owns(ctx context.Context) (func(wire.OutPoint) bool, error)
	// Lend sets coins aside until a time, Cosign signs a transaction with them,
	// once for a purpose, TakeBack ends the loan, and Abandon gives up what was
	// signed and never sent.
	Lend(ctx context.Context, req chain.LoanRequest) (chain.Loan, error)
	Cosign(ctx context.Context, req chain.CosignRequest) ([]byte, error)
	TakeBack(ctx context.Context, purpose string) error
	Abandon(ctx context.Context, purpose string) error
}

// Till sells; channels/fees has one.
type Till interface {
	Quote(ctx context.Context, req fees.Request) (fees.Quote, error)
	Get(ctx context.Context, id fees.ID) (fees.Quote, error)
	UseIn(tx *gorm.DB, u fees.Use) (fees.Quote, error)
	Return(ctx context.Context, id fees.ID) (fees.Quote, error)
}

// Coins looks a coin up in the chain, and in the mempool where that is seen: nil
// when it is spent or does not exist. said is what the visitor says it is, and the
// answer where nobody can tell: the coin is older than what is searched.
type Coins interface {
	Unspent(ctx context.Context, op wire.OutPoint, said *wire.TxOut) (*wire.TxOut, error)
}

// What names sponsored transactions at the till.
const What = "sponsor"

// Config of a Service.
type Config struct {
	DB     *db.DB
	Wallet Wallet
	// Till is nil where nothing is sold; grants are possible all the same.
	Till Till
	// Coins is nil where nobody can be asked: a transaction over coins that do
	// not exist is then found out by the network alone, after it was paid for.
	Coins Coins
	// Tariff makes the price of what the node loses.
	Tariff fees.Tariff
	// Most is what one transaction may cost the node, 100,000 sat when 0; Gift
	// the part of it that may go into outputs, 2,000 sat when 0.
	Most, Gift btcutil.Amount
	// Seed is what a transaction may bring a visitor who has no coin at all; 0: such
	// are not made.
	Seed btcutil.Amount
	// Life is how long a proposal holds, 10 min when 0.
	Life time.Duration
	// Open is how many proposals may be open at a time, 50 when 0; OpenEach how
	// many of one source, 5 when 0.
	Open, OpenEach int
	// Epoch is that of this process's lease, and Fence is called first in each
	// transaction that fills the outbox; both may be nil.
	Epoch func() (int64, error)
	Fence func(tx *gorm.DB) error
	// Sent is called after something was put into the outbox; it may be nil.
	Sent func()
	Rand io.Reader
	Now  func() time.Time
	Log  *slog.Logger
}

// Service sponsors. Its methods are safe for concurrent use.
type Service struct {
	cfg Config
	db  *db.DB
	log *slog.Logger
	now func() time.Time

	// failpoint is called after each step; nil but in tests.
	failpoint func(step string)
}

// New makes a Service; Run keeps it tidy.
func New(cfg Config) (*Service, error) {
	if cfg.DB == nil || cfg.Wallet == nil {
		return nil, errors.New("sponsoring needs a database and a wallet")
	}
	orElse(&cfg.Most, 100_000)
	orElse(&cfg.Gift, 2_000)
	orElse(&cfg.Life, 10*time.Minute)
	orElse(&cfg.Open, 50)
	orElse(&cfg.OpenEach, 5)
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	if cfg.Sent == nil {
		cfg.Sent = func() {}
	}
	return &Service{cfg: cfg, db: cfg.DB, log: cfg.Log, now: cfg.Now}, nil
}

func orElse[T comparable](v *T, otherwise T) {
	if *v == *new(T) {
		*v = otherwise
	}
}

func (s *Service) reach(step string) {
	if s.failpoint != nil {
		s.failpoint(step)
	}
}

// ID names a proposal. It is random, and whoever knows it may use it.
type ID [16]byte

// String is the id in 32 hexadecimal digits.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// ParseID reads 32 hexadecimal digits. Errors: ErrUnknown.
func ParseID(text string) (id ID, err error) {
	if len(text) != 2*len(id) {
		return ID{}, ErrUnknown
	}
	if _, err := hex.Decode(id[:], []byte(text)); err != nil {
		return ID{}, ErrUnknown
	}
	return id, nil
}

// purpose is under which coins are lent and the transaction is kept.
func (id ID) purpose() string { return "sponsor/" + id.String() }

// State is how a proposal stands.
type State string

// The states.
const (
	// Open: it waits for the visitor's signatures, for its price, or both.
	Open State = "open"
	// Sent: it is in the outbox, and sent until a block has it.
	Sent State = "sent"
	// Confirmed: a block has it.
	Confirmed State = "confirmed"
	// Conflicted: a block spends one of its coins otherwise.
	Conflicted State = "conflicted"
	// Ended: its time was over before it was signed and paid for; what was paid
	// is credit.
	Ended State = "ended"
)

// Proposal is a transaction with the node's coins in it.
type Proposal struct {
	ID    ID
	State State
	// PSBT is for the visitor to sign.
	PSBT []byte
	// Fee is what the miners get, Pays what the node loses, in satoshi; Weight
	// is that of the signed transaction, at most.
	Fee, Pays btcutil.Amount
	Weight    int64
	// Price is what the visitor pays for it, 0 for a grant; Quote is where, as it
	// stands: the zero value for a grant.
	Price amount.MilliSatoshi
	Quote fees.Quote
	// Signed: his signatures were taken in.
	Signed    bool
	ExpiresAt time.Time
	// Txid is that of the signed transaction, once it is sent.
	Txid chainhash.Hash
}

// Request asks for a transaction to be sponsored.
type Request struct {
	// PSBT is the visitor's transaction, in binary form (BIP-0174).
	PSBT []byte
	// Weights are of his signatures, see sponsor.Terms.
	Weights []int64
	// Gift is the part of the cost that may go into outputs, at most Config.Gift.
	Gift btcutil.Amount
	// Bare is for a transaction without any coin of the visitor's: Gift is all that it
	// pays, at most Config.Seed. It is for other parts of Cairn to ask, which know
	// what becomes of it, and never for a visitor.
	Bare bool
	// Source is who asks, for limits: 0 to 200 bytes.
	Source string
	// Client gets credit back, see fees.Request.
	Client string
	// Grant, if set, says which part of Cairn pays for it, "pledge/17": there is
	// no price then. It never comes from a visitor.
	Grant string
	// Target is within how many blocks the transaction should be confirmed, 6
	// when 0.
	Target int32
}

// grace is how much longer coins are lent than a proposal holds: for what was
// signed and paid in its last moment.
const grace = 2 * time.Minute

// Propose adds coins of the node to a transaction and says what that costs.
//
// Errors: those of sponsor.Propose; ErrUnknownCoin, ErrBusy, ErrNotForSale;
// chain.ErrNoFunds, chain.ErrEngineDown; fees.ErrUnpayable. Nothing stays
// reserved after an error.
func (s *Service) Propose(ctx context.Context, req Request) (Proposal, error) {
	terms, err := s.terms(ctx, req)
	if err != nil {
		return Proposal{}, err
	}
	need, err := sponsor.Need(req.PSBT, terms)
	if err != nil {
		return Proposal{}, err
	}
	r := record{Source: req.Source, PSBT: req.PSBT, State: Open}
	var id ID
	if _, err := io.ReadFull(s.cfg.Rand, id[:]); err != nil {
		return Proposal{}, fmt.Errorf("make a proposal's id: %w", err)
	}
	now := s.now().UTC().Truncate(time.Second)
	r.ID, r.CreatedAt, r.ExpiresAt = id[:], now.Unix(), now.Add(s.cfg.Life).Unix()
	if err := s.store(ctx).room(req.Source, s.cfg, now); err != nil {
		return Proposal{}, err
	}
	deal, err := s.borrow(ctx, id, req.PSBT, need, &terms, now.Add(s.cfg.Life+grace))
	if err != nil {
		return Proposal{}, err
	}
	s.reach("lent")
	out, err := s.offer(ctx, req, r, deal, terms)
	if err != nil {
		s.takeBack(ctx, id)
		return Proposal{}, err
	}
	return out, nil
}

// terms are what the node offers, but for its coins.
func (s *Service) terms(ctx context.Context, req Request) (sponsor.Terms, error) {
	switch {
	case req.Grant == "" && s.cfg.Till == nil:
		return sponsor.Terms{}, ErrNotForSale
	case req.Gift < 0 || !req.Bare && req.Gift > s.cfg.Gift || req.Bare && req.Gift > s.cfg.Seed:
		return sponsor.Terms{}, fmt.Errorf("%w: a gift of %d sat", sponsor.ErrTerms, int64(req.Gift))
	case len(req.Source) > maxSource || db.CleanText(req.Source) != req.Source:
		return sponsor.Terms{}, fmt.Errorf("%w: a source of %d bytes", sponsor.ErrTerms, len(req.Source))
	}
	target := req.Target
	orElse(&target, 6)
	rate, err := s.cfg.Wallet.EstimateRate(ctx, target)
	if err != nil {
		return sponsor.Terms{}, err
	}
	ours, err := s.cfg.Wallet.Owns(ctx)
	if err != nil {
		return sponsor.Terms{}, err
	}
	most := s.cfg.Most
	if req.Bare {
		most += req.Gift
	}
	return sponsor.Terms{Rate: rate, Most: most, Gift: req.Gift, Bare: req.Bare, Weights: req.Weights, Ours: ours}, nil
}

const maxSource = 200 // bytes

// borrow takes a loan and makes the deal over it. Where signatures leave no
// place for change, the nearest coin is taken instead.
func (s *Service) borrow(ctx context.Context, id ID, psbt []byte, need btcutil.Amount, t *sponsor.Terms, until time.Time) (*sponsor.Deal, error) {
	var first error
	for _, exact := range []bool{false, true} {
		loan, err := s.cfg.Wallet.Lend(ctx, chain.LoanRequest{Purpose: id.purpose(), Need: need, Rate: t.Rate, Exact: exact, Until: until})
		if err != nil {
			return nil, errors.Join(first, err)
		}
		t.Coins, t.Change = nil, loan.Change
		for _, c := range loan.Coins {
			t.Coins = append(t.Coins, sponsor.Coin(c))
		}
		deal, err := sponsor.Propose(psbt, *t)
		if err == nil {
			if err = s.known(ctx, deal); err == nil {
				return deal, nil
			}
		}
		s.takeBack(ctx, id)
		if !errors.Is(err, sponsor.ErrSigned) && !errors.Is(err, sponsor.ErrCost) {
			return nil, err
		}
		if first == nil {
			first = err
		}
	}
	return nil, first
}

// known looks the visitor's coins up. Errors: ErrUnknownCoin, and
// sponsor.ErrPrevout for one that is not as he says.
func (s *Service) known(ctx context.Context, d *sponsor.Deal) error {
	if s.cfg.Coins == nil {
		return nil
	}
	prevouts := d.Prevouts()
	for i := range d.Visitors {
		op := d.Tx.TxIn[i].PreviousOutPoint
		real, err := s.cfg.Coins.Unspent(ctx, op, prevouts[i])
		switch {
		case err != nil:
			return fmt.Errorf("look for coin %s: %w", op, err)
		case real == nil:
			return fmt.Errorf("%w: %s", ErrUnknownCoin, op)
		case real.Value != prevouts[i].Value || string(real.PkScript) != string(prevouts[i].PkScript):
			return fmt.Errorf("%w: %s has another value or script", sponsor.ErrPrevout, op)
		}
	}
	return nil
}

// offer asks the till for a price and keeps the proposal.
func (s *Service) offer(ctx context.Context, req Request, r record, deal *sponsor.Deal, terms sponsor.Terms) (Proposal, error) {
	hash := deal.Tx.TxHash()
	r.Proposal, r.PaysSat = hash[:], int64(deal.Pays)
	var err error
	if r.Terms, err = encodeTerms(terms); err != nil {
		return Proposal{}, err
	}
	if req.Grant == "" {
		price, err := priceOf(s.cfg.Tariff, deal.Pays)
		if err != nil {
			return Proposal{}, err
		}
		q, err := s.cfg.Till.Quote(ctx, fees.Request{
			What: What, Subject: r.id().String(), Client: req.Client, Price: price, Expiry: s.cfg.Life, Memo: "Network fee",
		})
		if err != nil {
			return Proposal{}, err
		}
		r.PriceMsat, r.QuoteID = int64(price), q.ID[:]
	}
	s.reach("quoted")
	if err := s.store(ctx).insert(r, s.cfg, s.now()); err != nil {
		return Proposal{}, err
	}
	s.log.Info("transaction proposed", "proposal", r.id(), "pays_sat", r.PaysSat, "grant", req.Grant)
	return s.proposal(ctx, r, deal)
}

// priceOf is what a visitor pays for what the node loses, in whole satoshi.
func priceOf(t fees.Tariff, pays btcutil.Amount) (amount.MilliSatoshi, error) {
	if t.Flat < 0 || t.Margin < 0 || t.Margin > 10_000 || t.Least < 0 {
		return 0, fmt.Errorf("%w: the tariff of sponsored transactions", fees.ErrRequest)
	}
	cost := amount.MilliSatoshi(int64(pays) * (1000 + t.Margin)) // msat: satoshi times thousandths
	price := max(t.Flat+cost, t.Least, amount.PerSatoshi)
	return (price + amount.PerSatoshi - 1) / amount.PerSatoshi * amount.PerSatoshi, nil
}

func (s *Service) takeBack(ctx context.Context, id ID) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer cancel()
	if err := s.cfg.Wallet.TakeBack(ctx, id.purpose()); err != nil {
		s.log.Warn("loan not taken back; it ends by itself", "proposal", id, "error", err)
	}
}
