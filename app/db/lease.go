package db

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// LeaseTTL is how long a lease lasts without renewal where nothing else is
// asked for; it is renewed three times as often.
const LeaseTTL = 15 * time.Second

type leaseRecord struct {
	Name        string `gorm:"primaryKey"`
	Holder      string
	Epoch       int64
	Beat        int64
	ExpiresAtMs int64
}

func (leaseRecord) TableName() string { return "leases" }

// observation is what this process saw of a lease held by somebody else, and
// when by its own monotonic clock.
type observation struct {
	epoch, beat int64
	since       time.Time
}

// Lease is the right to lead, until it expires or is lost. Having one is no
// proof of still having it: every transaction that acts on it calls Fence.
type Lease struct {
	db     *DB
	name   string
	holder string
	epoch  int64
	ttl    time.Duration
}

// Acquire takes the lease name for holder, for ttl. holder is a stable id of
// the data folder or replica: the same holder gets its own lease back at once,
// with the same epoch, so that a restarted process need not wait for itself.
// Two processes must therefore never share a holder id.
//
// Somebody else's lease is taken over, with the next epoch, when it has
// expired by the clock of the database, or when this process has watched it
// for a whole ttl without seeing it renewed. The second rule needs no clock
// that others agree with: a database clock that jumps back cannot keep a dead
// leader in office, and one that jumps forward only ends a term early, which
// Fence makes safe.
//
// Errors: ErrLeaseHeld (try again later) and those of Transact.
func (d *DB) Acquire(ctx context.Context, name, holder string, ttl time.Duration) (*Lease, error) {
	if name == "" || holder == "" || CleanText(name+holder) != name+holder || ttl <= 0 {
		return nil, errors.New("a lease needs a name and a holder, both text, and a positive duration")
	}
	var epoch int64
	err := d.Transact(ctx, func(tx *gorm.DB) error {
		now, err := d.serverMillis(tx)
		if err != nil {
			return err
		}
		first := leaseRecord{Name: name, Holder: holder, Epoch: 1, ExpiresAtMs: now + ttl.Milliseconds()}
		made := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&first)
		if made.Error != nil {
			return made.Error
		}
		if made.RowsAffected == 1 {
			epoch = 1
			return nil
		}
		var held leaseRecord
		if err := tx.Where("name = ?", name).Take(&held).Error; err != nil {
			return err
		}
		next := held.Epoch
		if held.Holder != holder {
			if now < held.ExpiresAtMs && !d.unrenewed(held, ttl) {
				return fmt.Errorf("%w: %s by %s", ErrLeaseHeld, name, held.Holder)
			}
			next++
		}
		taken := tx.Model(&leaseRecord{}).
			Where("name = ? AND epoch = ? AND beat = ?", name, held.Epoch, held.Beat).
			Updates(map[string]any{"holder": holder, "epoch": next, "beat": held.Beat + 1, "expires_at_ms": now + ttl.Milliseconds()})
		if taken.Error != nil {
			return taken.Error
		}
		if taken.RowsAffected != 1 {
			return fmt.Errorf("%w: %s", ErrLeaseHeld, name)
		}
		epoch = next
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("acquiring lease %s: %w", name, err)
	}
	d.forget(name)
	return &Lease{db: d, name: name, holder: holder, epoch: epoch, ttl: ttl}, nil
}

// unrenewed reports whether the lease has stood still under this process's
// eyes for ttl, and starts to watch it when it has moved.
func (d *DB) unrenewed(held leaseRecord, ttl time.Duration) bool {
	d.leaseMu.Lock()
	defer d.leaseMu.Unlock()
	seen, ok := d.leases[held.Name]
	if !ok || seen.epoch != held.Epoch || seen.beat != held.Beat {
		d.leases[held.Name] = observation{epoch: held.Epoch, beat: held.Beat, since: time.Now()}
		return false
	}
	return time.Since(seen.since) >= ttl
}

func (d *DB) forget(name string) {
	d.leaseMu.Lock()
	defer d.leaseMu.Unlock()
	delete(d.leases, name)
}

// serverMillis is the database's clock, one for all replicas: milliseconds
// since 1970, now and not at the begin of the transaction.
func (d *DB) serverMillis(tx *gorm.DB) (int64, error) {
	query := "SELECT CAST(unixepoch('now', 'subsec') * 1000 AS INTEGER)"
	if d.dialect == Postgres {
		query = "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)"
	}
	var ms int64
	if err := tx.Raw(query).Scan(&ms).Error; err != nil {
		return 0, fmt.Errorf("reading the clock of the database: %w", err)
	}
	return ms, nil
}

// Name, Holder and Epoch say what was acquired. The epoch goes into everything
// that is stored or signed under the lease.
func (l *Lease) Name() string   { return l.name }
func (l *Lease) Holder() string { return l.holder }
func (l *Lease) Epoch() int64   { return l.epoch }

// Renew makes the lease last for another ttl from now. Errors: ErrFenced when
// somebody else has it, and those of Transact.
func (l *Lease) Renew(ctx context.Context) error {
	err := l.db.Transact(ctx, func(tx *gorm.DB) error {
		now, err := l.db.serverMillis(tx)
		if err != nil {
			return err
		}
		return l.update(tx, map[string]any{"beat": gorm.Expr("beat + 1"), "expires_at_ms": now + l.ttl.Milliseconds()})
	})
	if err != nil {
		return fmt.Errorf("renewing lease %s: %w", l.name, err)
	}
	return nil
}

// Release gives the lease up: others can take it at once. Its epoch is not
// fenced by that; the next holder's is higher. Errors: as Renew.
func (l *Lease) Release(ctx context.Context) error {
	err := l.db.Transact(ctx, func(tx *gorm.DB) error {
		return l.update(tx, map[string]any{"beat": gorm.Expr("beat + 1"), "expires_at_ms": 0})
	})
	if err != nil {
		return fmt.Errorf("releasing lease %s: %w", l.name, err)
	}
	return nil
}

func (l *Lease) update(tx *gorm.DB, changes map[string]any) error {
	res := tx.Model(&leaseRecord{}).Where("name = ? AND holder = ? AND epoch = ?", l.name, l.holder, l.epoch).Updates(changes)
	if res.Error != nil {
		return res.Error
	}
	if res.RowsAffected != 1 {
		return ErrFenced
	}
	return nil
}

// Keep renews the lease three times in each ttl until ctx ends, then releases
// it and returns nil. When the lease is lost to somebody else, or could not be
// renewed for a whole ttl (measured from before the last renewal was sent, so
// that this process stops no later than the next may start), it calls lost
// and returns ErrFenced or the last error.
func Keep(ctx context.Context, lease *Lease, lost func()) error {
	renewed := time.Now()
	ticker := time.NewTicker(max(lease.ttl/3, time.Millisecond))
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lease.ttl)
			defer cancel()
			if err := lease.Release(last); err != nil && !errors.Is(err, ErrFenced) {
				return err
			}
			return nil
		case <-ticker.C:
		}
		sent := time.Now()
		attempt, cancel := context.WithDeadline(ctx, renewed.Add(lease.ttl))
		err := lease.Renew(attempt)
		cancel()
		switch {
		case err == nil:
			renewed = sent
		case ctx.Err() != nil:
			// Ended from outside: the next round releases.
		case errors.Is(err, ErrFenced), time.Since(renewed) >= lease.ttl:
			lost()
			return err
		default:
			lease.db.log.WarnContext(ctx, "lease not renewed, trying again", "lease", lease.name, "error", err)
		}
	}
}

// Fence refuses, with ErrFenced, the work of a leader whose epoch is over. It
// belongs into every transaction that acts on a lease: on PostgreSQL it also
// locks the epoch until the transaction ends, so that the next leader begins
// only after this transaction is done. An expired lease that nobody has taken
// yet is still good: nobody else acts on it.
func Fence(tx *gorm.DB, name string, epoch int64) error {
	query := tx.Table("leases").Select("epoch").Where("name = ?", name)
	if tx.Name() == string(Postgres) {
		// The weakest lock that conflicts with a change of (name, epoch) and
		// not with a renewal.
		query = query.Clauses(clause.Locking{Strength: "KEY SHARE"})
	}
	var now []int64
	if err := query.Scan(&now).Error; err != nil {
		return fmt.Errorf("checking the epoch of lease %s: %w", name, err)
	}
	if len(now) != 1 || now[0] != epoch {
		return fmt.Errorf("%w: lease %s, epoch %d", ErrFenced, name, epoch)
	}
	return nil
}
