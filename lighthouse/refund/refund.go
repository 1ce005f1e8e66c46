// Package refund sends pledged coins home after a campaign's date: the way back
// that needs neither its creator nor the backer, nor this server. A backer may
// leave, with his pledge, a signed transaction that nobody can have mined before
// Terms.RefundHeight (contract.CheckRefund); from then on anybody may have it
// sent, here or elsewhere.
//
// A refund goes into the outbox as the bytes that were left, and is sent until a
// block holds it, or another transaction that spends the coin. That it came home
// is seen as with every pledged coin, by package pledges.
//
// The package imports no lnd and no other product.
package refund

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"cairn/app/db"
	"cairn/app/db/outbox"
	"cairn/chain"
	"cairn/chain/follow"
	"cairn/lighthouse"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/txscript"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Pledges is what refunds need of them; package pledges has it.
type Pledges interface {
	// RefundsIn lists every pledge of a campaign with its refund, oldest first.
	RefundsIn(tx *gorm.DB, campaign lighthouse.ID) ([]lighthouse.Pledge, error)
	// RefundIn reads one. Errors: lighthouse.ErrUnknownPledge.
	RefundIn(tx *gorm.DB, id lighthouse.PledgeID) (lighthouse.Pledge, error)
}

// Config is what a Service needs to know. DB and Pledges are required.
type Config struct {
	DB      *db.DB
	Pledges Pledges
	// Epoch is that of this process's lease, an error unless it leads, and Fence
	// is called first in each transaction that fills the outbox. Both may be nil.
	Epoch func() (int64, error)
	Fence func(tx *gorm.DB) error
	// Sent is called after something was put into the outbox; it may be nil.
	Sent func()
	// Poll is how often Run looks; 0 is 2 s.
	Poll time.Duration
	Now  func() time.Time
	Log  *slog.Logger
}

// Service sends refunds. Its methods are safe for concurrent use.
type Service struct {
	cfg Config
	db  *db.DB
}

// New makes a Service; Run does what other processes were asked for.
func New(cfg Config) (*Service, error) {
	if cfg.DB == nil || cfg.Pledges == nil {
		return nil, errors.New("refunds need a database and pledges")
	}
	if cfg.Epoch == nil {
		cfg.Epoch = func() (int64, error) { return 0, nil }
	}
	if cfg.Fence == nil {
		cfg.Fence = func(*gorm.DB) error { return nil }
	}
	if cfg.Sent == nil {
		cfg.Sent = func() {}
	}
	if cfg.Poll == 0 {
		cfg.Poll = 2 * time.Second
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{cfg: cfg, db: cfg.DB}, nil
}

// State is how far a coin is on its way home.
type State string

// The states.
const (
	// None: its owner left no refund.
	None State = "none"
	// Waiting: the refund cannot be sent yet.
	Waiting State = "waiting"
	// Due: anybody may have it sent.
	Due State = "due"
	// Sent: it waits for a block.
	Sent State = "sent"
	// Home: a block holds it.
	Home State = "home"
	// Moved: something else spends the coin.
	Moved State = "moved"
)

// Row is one pledge with its way home.
type Row struct {
	Pledge lighthouse.Pledge
	State  State
}

// List lists the pledges of a campaign that still have a coin, or have sent it
// home, oldest first; those that the claim took are not among them.
func (s *Service) List(ctx context.Context, id lighthouse.ID) ([]Row, error) {
	tx := s.db.Read(ctx)
	pledges, err := s.cfg.Pledges.RefundsIn(tx, id)
	if err != nil {
		return nil, err
	}
	sent, err := sentOf(tx, id)
	if err != nil {
		return nil, err
	}
	tip, err := tipOf(tx)
	if err != nil {
		return nil, err
	}
	var rows []Row
	for _, p := range pledges {
		if p.State != lighthouse.Taken {
			rows = append(rows, Row{p, stateOf(p, sent[p.ID], tip)})
		}
	}
	return rows, nil
}

// stateOf is how far a pledge's coin is on its way home.
func stateOf(p lighthouse.Pledge, sent bool, tip chain.BlockRef) State {
	home := p.Refund != nil && p.SpentBy == p.Refund.TxHash()
	switch {
	case p.SpentAt.Height > 0 && home:
		return Home
	case p.State == lighthouse.Leaving && home:
		return Sent
	case p.SpentAt.Height > 0 || p.State == lighthouse.Leaving:
		return Moved
	case p.Refund == nil:
		return None
	case sent:
		return Sent
	case !locked(p, tip) && p.Created.Height > 0:
		return Due
	}
	return Waiting
}

// locked says that a pledge's refund cannot be in the next block.
func locked(p lighthouse.Pledge, tip chain.BlockRef) bool {
	return p.Refund.LockTime >= txscript.LockTimeThreshold || int64(tip.Height) < int64(p.Refund.LockTime)
}

// may says why a refund cannot be sent now; nil when it can.
func may(p lighthouse.Pledge, tip chain.BlockRef) error {
	switch {
	case p.State == lighthouse.Taken:
		return lighthouse.ErrClaimed
	case p.SpentAt.Height > 0:
		return lighthouse.ErrSpent
	case p.Refund == nil:
		return lighthouse.ErrNoRefund
	case locked(p, tip):
		return fmt.Errorf("%w: not before block %d", lighthouse.ErrTooEarly, p.Refund.LockTime)
	case p.Created.Height == 0:
		return fmt.Errorf("%w: no block holds the coin", lighthouse.ErrNoCoin)
	case p.State == lighthouse.Leaving && p.SpentBy != p.Refund.TxHash():
		return lighthouse.ErrSpent
	}
	return nil
}

// Send has one refund sent, by whoever asks; again is no error. In a process
// that does not lead it is noted, and the leader sends it within seconds.
// Errors: lighthouse.ErrUnknownPledge, ErrTooEarly, ErrNoRefund, ErrSpent,
// ErrNoCoin; ErrClaimed also while a claim that spends the coin waits for its
// block.
func (s *Service) Send(ctx context.Context, id lighthouse.PledgeID) error {
	_, err := s.send(ctx, []lighthouse.PledgeID{id}, true)
	return err
}

// sendAtOnce is how many refunds one transaction of the database takes.
const sendAtOnce = 100

// SendAll has all refunds of a campaign sent that can be, and says how many
// were not on their way before.
func (s *Service) SendAll(ctx context.Context, id lighthouse.ID) (int, error) {
	rows, err := s.List(ctx, id)
	if err != nil {
		return 0, err
	}
	var due []lighthouse.PledgeID
	for _, r := range rows {
		if r.State == Due {
			due = append(due, r.Pledge.ID)
		}
	}
	count := 0
	for start := 0; start < len(due); start += sendAtOnce {
		n, err := s.send(ctx, due[start:min(start+sendAtOnce, len(due))], false)
		count += n
		if err != nil {
			return count, err
		}
	}
	return count, nil
}

// send stores refunds in the outbox, or as wishes where this process does not
// lead. strict fails for one that cannot be sent; otherwise it is passed over.
func (s *Service) send(ctx context.Context, ids []lighthouse.PledgeID, strict bool) (count int, err error) {
	epoch, notLeading := s.cfg.Epoch()
	err = s.db.Transact(ctx, func(tx *gorm.DB) error {
		count = 0
		if notLeading == nil {
			if err := s.cfg.Fence(tx); err != nil {
				return err
			}
		}
		tip, err := tipOf(tx)
		if err != nil {
			return err
		}
		for _, id := range ids {
			p, err := s.cfg.Pledges.RefundIn(tx, id)
			if err == nil {
				err = may(p, tip)
			}
			if err == nil && notLeading != nil {
				err = wish(tx, id, s.cfg.Now())
			} else if err == nil {
				err = s.store(tx, p, epoch)
			}
			switch {
			case err == nil:
				count++
			case strict || !refusal(err):
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	if notLeading == nil && count > 0 {
		s.cfg.Log.Info("refunds are sent", "count", count)
		s.cfg.Sent()
	}
	return count, nil
}

// refusal says that an error is about one refund alone.
func refusal(err error) bool {
	var kind lighthouse.ErrorKind
	return errors.As(err, &kind)
}

// store puts one refund into the outbox, as the bytes its owner left. Whether
// another stored transaction spends the coin is looked at before, so that one
// refused leaves the others alone.
func (s *Service) store(tx *gorm.DB, p lighthouse.Pledge, epoch int64) error {
	key := "refund/" + p.ID.String()
	switch e, err := outbox.Get(tx, key); {
	case err == nil && e.State == outbox.Abandoned:
		return outbox.Revive(tx, key)
	case err == nil:
		return nil // it is on its way
	case !errors.Is(err, outbox.ErrUnknownKey):
		return err
	}
	var raw bytes.Buffer
	if err := p.Refund.Serialize(&raw); err != nil {
		return err
	}
	fee := p.Coin.Value
	for _, o := range p.Refund.TxOut {
		fee -= btcutil.Amount(o.Value)
	}
	err := outbox.Put(tx, outbox.Entry{Key: key, Raw: raw.Bytes(), Fee: fee, Epoch: epoch, CreatedAt: s.cfg.Now().UTC()})
	switch {
	case errors.Is(err, outbox.ErrInputTaken):
		return fmt.Errorf("%w: %w", lighthouse.ErrClaimed, err)
	case errors.Is(err, outbox.ErrDuplicateKey):
		// The coin is pledged twice here, with the same refund: it is on its way
		// under the other's name.
		return nil
	case err != nil:
		return fmt.Errorf("put a refund into the outbox: %w", err)
	}
	txid := p.Refund.TxHash()
	row := sentRecord{Pledge: p.ID[:], Campaign: p.Campaign[:], OutboxKey: key, Txid: txid[:], SentAt: s.cfg.Now().Unix()}
	if err := tx.Create(&row).Error; err != nil {
		return fmt.Errorf("note a refund: %w", err)
	}
	return nil
}

type sentRecord struct {
	Pledge    []byte `gorm:"primaryKey"`
	Campaign  []byte
	OutboxKey string
	Txid      []byte
	SentAt    int64
}

func (sentRecord) TableName() string { return "refunds_sent" }

type wishRecord struct {
	Pledge []byte `gorm:"primaryKey"`
	At     int64
}

func (wishRecord) TableName() string { return "refund_wishes" }

func wish(tx *gorm.DB, id lighthouse.PledgeID, now time.Time) error {
	err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&wishRecord{Pledge: id[:], At: now.Unix()}).Error
	if err != nil {
		return fmt.Errorf("note that a refund is asked for: %w", err)
	}
	return nil
}

// sentOf lists the refunds of a campaign that are on their way.
func sentOf(tx *gorm.DB, id lighthouse.ID) (map[lighthouse.PledgeID]bool, error) {
	var keys [][]byte
	err := tx.Raw(`SELECT r.pledge FROM refunds_sent r JOIN outbox o ON o."key" = r.outbox_key
		WHERE r.campaign = ? AND o.state IN ?`, id[:], []outbox.State{outbox.Stored, outbox.Broadcast, outbox.Confirmed}).Scan(&keys).Error
	if err != nil {
		return nil, fmt.Errorf("read the refunds that were sent: %w", db.Classify(err))
	}
	sent := make(map[lighthouse.PledgeID]bool, len(keys))
	for _, k := range keys {
		sent[lighthouse.PledgeID(k)] = true
	}
	return sent, nil
}

// Run sends what other processes were asked for, under the leader's lease, until
// ctx ends (nil) or somebody else leads (db.ErrFenced).
func (s *Service) Run(ctx context.Context) error {
	for {
		err := s.fulfil(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, db.ErrFenced):
			return err
		case err != nil:
			s.cfg.Log.Warn("refunds that were asked for are not sent, trying again", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(s.cfg.Poll):
		}
	}
}

// fulfil sends what was wished for, and forgets the wishes: one that cannot be
// sent any more has been overtaken.
func (s *Service) fulfil(ctx context.Context) error {
	var rows []wishRecord
	if err := s.db.Read(ctx).Order("at, pledge").Limit(sendAtOnce).Find(&rows).Error; err != nil {
		return fmt.Errorf("read the refunds asked for: %w", db.Classify(err))
	}
	if len(rows) == 0 {
		return nil
	}
	if _, err := s.cfg.Epoch(); err != nil {
		return err
	}
	ids, keys := make([]lighthouse.PledgeID, len(rows)), make([][]byte, len(rows))
	for i, r := range rows {
		ids[i], keys[i] = lighthouse.PledgeID(r.Pledge), r.Pledge
	}
	if _, err := s.send(ctx, ids, false); err != nil {
		return err
	}
	return s.db.Transact(ctx, func(tx *gorm.DB) error {
		if err := s.cfg.Fence(tx); err != nil {
			return err
		}
		return tx.Where("pledge IN ?", keys).Delete(&wishRecord{}).Error
	})
}

// tipOf is the last block followed; the zero value before the first.
func tipOf(tx *gorm.DB) (chain.BlockRef, error) {
	tip, err := follow.Cursor(tx)
	if errors.Is(err, chain.ErrNoBlock) {
		return chain.BlockRef{}, nil
	}
	return tip, err
}
