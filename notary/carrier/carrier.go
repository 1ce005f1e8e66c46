package carrier

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"cairn/app/db"
	"cairn/app/db/outbox"
	"cairn/chain"

	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// Config is what a Carrier needs to know. DB, Wallet, Book and Lease are
// required.
type Config struct {
	DB     *db.DB
	Wallet Wallet
	Book   Book
	// Lease is the leader's: nothing is stored once another one leads.
	Lease func() Lease
	// BumpAfter is how many blocks a transaction may wait before its fee is
	// raised; 0 is 2.
	BumpAfter int32
	// TargetBlocks is the estimate asked for; 0 is 6.
	TargetBlocks int32
	// MaxRate is the highest rate offered; 0 is 200 sat/vB.
	MaxRate chain.FeeRate
	// Sent is called after a transaction was put into the outbox, and must not
	// wait; nil for nobody.
	Sent func()
	// Crash is called after each step; tests return an error from it. nil for
	// nobody.
	Crash func(step string) error
	Now   func() time.Time
	Log   *slog.Logger
}

// Lease is the leader's lease (*db.Lease).
type Lease interface {
	Name() string
	Epoch() int64
}

// Carrier makes and raises transactions. It is for one goroutine.
type Carrier struct {
	cfg     Config
	lingers map[int64]int32 // see Waiting
}

// New makes a Carrier.
func New(cfg Config) *Carrier {
	if cfg.BumpAfter <= 0 {
		cfg.BumpAfter = 2
	}
	if cfg.TargetBlocks <= 0 {
		cfg.TargetBlocks = 6
	}
	if cfg.MaxRate <= 0 {
		cfg.MaxRate = chain.SatPerVByte(200)
	}
	if cfg.Sent == nil {
		cfg.Sent = func() {}
	}
	if cfg.Crash == nil {
		cfg.Crash = func(string) error { return nil }
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Carrier{cfg: cfg}
}

// Load is what is to be carried for an owner.
type Load struct {
	ID int64
	// Name is for the log and for errors ("anchor").
	Name string
	// Output has no value, and Carried is the part of its script that proofs
	// lead through.
	Output  *wire.TxOut
	Carried []byte
	// Settling, if set, is called in the transaction that stores an attempt
	// which replaces none: both happen, or neither. It may be called again.
	Settling func(tx *gorm.DB) error
}

// Purpose names one attempt, to the wallet and the outbox.
func (l Load) Purpose(number int64) string { return fmt.Sprintf("%s/%d/%d", l.Name, l.ID, number) }

// Waiting notes the height from which each of the owners without a block has
// been waiting: that at which it was first seen so, or at which its fee was
// last tried to be raised. For those found at the start the height at which
// their transaction was made must do.
func (c *Carrier) Waiting(owners []int64, tip chain.BlockRef) {
	now := make(map[int64]int32, len(owners))
	for _, id := range owners {
		since, known := c.lingers[id]
		if !known && c.lingers != nil {
			since = tip.Height
		}
		now[id] = since
	}
	c.lingers = now
}

// Advance brings one owner on by one step, if there is one to do. Errors:
// those of the wallet; db.ErrFenced.
func (c *Carrier) Advance(ctx context.Context, load Load, tip chain.BlockRef) error {
	attempts, err := c.cfg.Book.AttemptsOf(c.cfg.DB.Read(ctx), load.ID)
	if err != nil {
		return err
	}
	live := Current(attempts, nil)
	switch {
	case live == nil:
		return c.fund(ctx, load, int64(len(attempts)+1), tip)
	case live.Entry.State != outbox.Broadcast:
		return nil // the broadcaster's turn, or the follower's
	case tip.Height-max(live.MadeAt, c.lingers[load.ID]) < c.cfg.BumpAfter:
		return nil
	}
	c.lingers[load.ID] = tip.Height
	return c.bump(ctx, load, *live, int64(len(attempts)+1), tip)
}

// fund makes the first attempt for an owner, or one more after all before it
// were made impossible by a block.
func (c *Carrier) fund(ctx context.Context, load Load, number int64, tip chain.BlockRef) error {
	rate, err := c.cfg.Wallet.EstimateRate(ctx, c.cfg.TargetBlocks)
	if err != nil {
		return fmt.Errorf("estimate the fee of %s %d: %w", load.Name, load.ID, err)
	}
	payment := Payment{Purpose: load.Purpose(number), Output: load.Output, Rate: min(rate, c.cfg.MaxRate)}
	signed, err := c.cfg.Wallet.Prepare(ctx, payment)
	if err != nil {
		return fmt.Errorf("fund %s %d: %w", load.Name, load.ID, err)
	}
	if err := c.cfg.Crash("prepared"); err != nil {
		return err
	}
	if err := c.settle(ctx, load, number, payment, signed, "", tip); err != nil {
		return err
	}
	c.cfg.Log.Info("transaction signed", load.Name, load.ID, "txid", signed.Tx.TxHash().String(), "fee", int64(signed.Fee))
	c.cfg.Sent()
	return c.cfg.Crash("settled")
}

// bump raises the fee of a transaction that lingers: to the estimate, and by a
// quarter at least.
func (c *Carrier) bump(ctx context.Context, load Load, old Attempt, number int64, tip chain.BlockRef) error {
	rate, err := c.cfg.Wallet.EstimateRate(ctx, c.cfg.TargetBlocks)
	if err != nil {
		return fmt.Errorf("estimate the fee of %s %d: %w", load.Name, load.ID, err)
	}
	was := chain.FeeRate(old.RateKw)
	rate = min(max(rate, was+was/4+chain.SatPerVByte(1)), c.cfg.MaxRate)
	if rate <= was {
		return nil
	}
	payment := Payment{Purpose: load.Purpose(number), Output: load.Output, Rate: rate}
	signed, err := c.cfg.Wallet.Replace(ctx, payment, old.Entry.Raw)
	if err != nil {
		// It is on its way all the same, and tried again after as many
		// blocks.
		c.cfg.Log.Warn("the fee of a transaction could not be raised", load.Name, load.ID, "error", err)
		return nil
	}
	if err := c.cfg.Crash("replaced"); err != nil {
		return err
	}
	if err := c.settle(ctx, load, number, payment, signed, old.OutboxKey, tip); err != nil {
		return err
	}
	c.cfg.Log.Info("fee raised", load.Name, load.ID, "txid", signed.Tx.TxHash().String(), "fee", int64(signed.Fee))
	c.cfg.Sent()
	return c.cfg.Crash("replacement settled")
}

// settle stores an attempt and its transaction together, after which it will
// be sent until a block has it.
func (c *Carrier) settle(ctx context.Context, load Load, number int64, p Payment, signed Signed, replaces string, tip chain.BlockRef) error {
	if err := Check(p, load.Carried, signed); err != nil {
		return fmt.Errorf("%s %d: %w", load.Name, load.ID, err)
	}
	book, txid := c.cfg.Book, signed.Tx.TxHash()
	return c.Transact(ctx, func(tx *gorm.DB) error {
		var now struct{ Confirmed, Made int64 }
		err := tx.Raw(`SELECT (SELECT count(confirmed_by) FROM `+book.Owners+` WHERE id = ?) AS confirmed,
			(SELECT count(*) FROM `+book.Attempts+` WHERE `+book.Key+` = ?) AS made`, load.ID, load.ID).Scan(&now).Error
		if err != nil {
			return fmt.Errorf("read %s %d: %w", load.Name, load.ID, err)
		}
		if now.Confirmed > 0 || now.Made != number-1 {
			return nil // a block came first
		}
		if replaces == "" {
			if err := book.giveUp(tx, load.ID); err != nil {
				return err
			}
			if load.Settling != nil {
				if err := load.Settling(tx); err != nil {
					return err
				}
			}
		}
		err = outbox.Put(tx, outbox.Entry{
			Key: p.Purpose, Raw: signed.Raw, Fee: signed.Fee, Epoch: c.cfg.Lease().Epoch(),
			ReplacesKey: replaces, CreatedAt: c.cfg.Now().UTC(),
		})
		if err != nil {
			return fmt.Errorf("put %s %d into the outbox: %w", load.Name, load.ID, err)
		}
		err = tx.Exec(`INSERT INTO `+book.Attempts+` (`+book.Key+`, number, outbox_key, txid, rate_kw, made_at) VALUES (?, ?, ?, ?, ?, ?)`,
			load.ID, number, p.Purpose, txid[:], int64(signed.rate()), tip.Height).Error
		if err != nil {
			return fmt.Errorf("store attempt %d of %s %d: %w", number, load.Name, load.ID, err)
		}
		return Moved(tx)
	})
}

// Transact runs fn in a transaction that only the leader can commit.
func (c *Carrier) Transact(ctx context.Context, fn func(tx *gorm.DB) error) error {
	return c.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		lease := c.cfg.Lease()
		if err := db.Fence(tx, lease.Name(), lease.Epoch()); err != nil {
			return err
		}
		return fn(tx)
	})
}
