package app

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"

	"cairn/app/db"
	"cairn/app/db/durable"

	"gorm.io/gorm"
)

// The lease of the one process that follows the chain, anchors and
// broadcasts. A dead leader is replaced within leaseLife.
const (
	leaseName = "leader"
	leaseLife = 15 * time.Second
)

// term is this process's time as leader. The zero value leads nothing.
type term struct {
	mu    sync.Mutex
	lease *db.Lease
}

// set begins a term.
func (t *term) set(l *db.Lease) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lease = l
}

// leading reports whether a term has begun, and its epoch.
func (t *term) leading() (epoch int64, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.lease == nil {
		return 0, false
	}
	return t.lease.Epoch(), true
}

// epoch is the term's number; db.ErrFenced before it begins.
func (t *term) epoch() (int64, error) {
	epoch, ok := t.leading()
	if !ok {
		return 0, db.ErrFenced
	}
	return epoch, nil
}

// fence refuses a transaction of a process whose term is over or has not
// begun.
func (t *term) fence(tx *gorm.DB) error {
	epoch, err := t.epoch()
	if err != nil {
		return err
	}
	return db.Fence(tx, leaseName, epoch)
}

// acquire waits until this process leads.
func (t *term) acquire(ctx context.Context, d *db.DB, holder string) (*db.Lease, error) {
	for {
		lease, err := d.Acquire(ctx, leaseName, holder, leaseLife)
		if err == nil {
			t.set(lease)
			return lease, nil
		}
		if !errors.Is(err, db.ErrLeaseHeld) && !errors.Is(err, db.ErrUnavailable) && !errors.Is(err, db.ErrBusy) {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(leaseLife / 5):
		}
	}
}

// holder is the lasting id of this replica: the operator's choice, or a
// random one kept in the data folder, which no two processes use at a time.
func (a *App) holder() (string, error) {
	if a.cfg.Replica != "" {
		return a.cfg.Replica, nil
	}
	name := a.folder.file("replica")
	if id, err := readSecret(name); err == nil {
		return id, nil
	}
	raw := make([]byte, 8)
	if _, err := rand.Read(raw); err != nil {
		return "", err
	}
	id := hex.EncodeToString(raw)
	if err := durable.WriteFile(name, []byte(id+"\n")); err != nil {
		return "", fmt.Errorf("the replica's id cannot be kept: %w", err)
	}
	return id, nil
}
