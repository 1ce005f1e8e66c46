package ledger

import (
	"bytes"
	"context"
	"fmt"

	"cairn/assets/ledger/engine"
	"cairn/chain"
	"cairn/chain/follow"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Projection takes blocks in (follow.Projection).
type Projection struct{ ledger *Ledger }

var _ follow.Projection = Projection{}

// Projection is the ledger's.
func (l *Ledger) Projection() Projection { return Projection{l} }

// Name implements follow.Projection.
func (Projection) Name() string { return "assets" }

// Connect implements follow.Projection. A block that is not the next one is left
// alone: the ledger is still on its way there, see Backfill, which also tells when
// it cannot get there. Nothing else has to wait for it.
func (p Projection) Connect(ctx context.Context, tx *gorm.DB, b *chain.Block) error {
	state, err := readState(tx)
	if err != nil {
		return err
	}
	switch {
	case state == nil && p.ledger.cfg.From >= 0 && b.Height != p.ledger.cfg.From:
		return nil
	case state != nil && state.ref() != b.Prev():
		return nil
	}
	return p.ledger.connect(ctx, tx, state, b)
}

// connect takes in the block that follows state.
func (l *Ledger) connect(ctx context.Context, tx *gorm.DB, state *stateRecord, b *chain.Block) error {
	if state == nil {
		state = &stateRecord{ID: 1, Base: b.Height, ToldTx: 1}
	} else if prev := b.Prev(); state.ref() != prev {
		return fmt.Errorf("%w: %s is not on top of %s", ErrOrder, b.BlockRef, state.ref())
	}
	coins, err := loadView(tx, b.Msg.Transactions)
	if err != nil {
		return err
	}
	found, err := l.engine.Block(ctx, b.Msg, coins, remembered{tx, l.cfg.Prevouts})
	if err != nil {
		return fmt.Errorf("colour block %s: %w", b.BlockRef, err)
	}
	w := writer{tx: tx, block: b, view: coins, past: l.past, toldTx: state.ToldTx}
	if err := w.write(found); err != nil {
		return err
	}
	if err := l.extendHashes(tx, b, found); err != nil {
		return err
	}
	waited, err := settlePending(tx, b, found)
	if err != nil {
		return err
	}
	if len(found) > 0 || waited {
		state.Changes++
	}
	state.Height, state.Hash = b.Height, append([]byte{}, b.Hash[:]...)
	if err := tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(state).Error; err != nil {
		return fmt.Errorf("note how far the ledger is: %w", err)
	}
	return nil
}

// extendHashes adds to the chains of hashes that the block changes.
func (l *Ledger) extendHashes(tx *gorm.DB, b *chain.Block, found []engine.Tx) error {
	if len(found) == 0 {
		return nil
	}
	for _, r := range l.cfg.Rules {
		before, err := hashAt(tx, r.Protocol, b.Height)
		if err != nil {
			return err
		}
		next, changed := engine.Hash(before, b.Hash, r.Protocol, found)
		if !changed {
			continue
		}
		row := hashRecord{Protocol: r.Protocol, Height: b.Height, BlockHash: bytes.Clone(b.Hash[:]), Hash: next[:]}
		if err := tx.Create(&row).Error; err != nil {
			return fmt.Errorf("extend the chain of hashes: %w", err)
		}
	}
	return nil
}

// Disconnect implements follow.Projection. Blocks that the ledger has not taken in
// are left alone.
func (p Projection) Disconnect(_ context.Context, tx *gorm.DB, b *chain.Block) error {
	state, err := readState(tx)
	if err != nil || state == nil || state.ref() != b.BlockRef {
		return err
	}
	u := undo{tx: tx, height: b.Height}
	if err := u.run(); err != nil {
		return err
	}
	if err := pendAgain(tx, u.gone, p.ledger.cfg.Now().Unix(), b.Height); err != nil {
		return err
	}
	if b.Height == state.Base {
		if err := tx.Delete(state).Error; err != nil {
			return fmt.Errorf("forget the ledger's first block: %w", err)
		}
		return nil
	}
	prev := b.Prev()
	state.Height, state.Hash = prev.Height, append([]byte{}, prev.Hash[:]...)
	state.Changes++
	if err := tx.Save(state).Error; err != nil {
		return fmt.Errorf("note how far the ledger is: %w", err)
	}
	return nil
}
