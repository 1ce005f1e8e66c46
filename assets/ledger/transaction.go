package ledger

import (
	"context"
	"errors"
	"fmt"

	"cairn/app/db"
	"cairn/assets"
	"cairn/chain"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// Transaction is a transaction that has to do with colored coins, in a block or
// waiting for one. Errors: ErrNoTx.
func (l *Ledger) Transaction(ctx context.Context, txid chainhash.Hash) (Tx, error) {
	read := l.db.Read(ctx)
	t, err := l.confirmed(read, txid)
	if !errors.Is(err, ErrNoTx) {
		return t, err
	}
	var rows []pendingRecord
	if err := read.Where("txid = ?", txid[:]).Limit(1).Find(&rows).Error; err != nil {
		return Tx{}, fmt.Errorf("read a transaction that waits: %w", db.Classify(err))
	}
	if len(rows) == 0 {
		return Tx{}, err
	}
	t, err = l.pendingTx(ctx, read, rows[0])
	if errors.Is(err, ErrSpent) {
		return l.confirmed(read, txid) // a block came in between
	}
	if err != nil {
		return Tx{}, err
	}
	return t, markSpent(read, t.Created)
}

// confirmed is a transaction in a block. Errors: ErrNoTx.
func (l *Ledger) confirmed(read *gorm.DB, txid chainhash.Hash) (Tx, error) {
	var r txRecord
	err := read.Where("txid = ?", txid[:]).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Tx{}, fmt.Errorf("%w: %s", ErrNoTx, txid)
	}
	if err != nil {
		return Tx{}, fmt.Errorf("read a transaction: %w", db.Classify(err))
	}
	t := Tx{TxRef: r.ref(), FirstScript: r.FirstScript, Inferred: r.Inferred}
	if t.Msg, err = decodeTx(r.Raw); err != nil {
		return Tx{}, err
	}
	var link hashRecord
	// By protocol as well, as the rows are sorted by it first.
	if err := read.Where("protocol IN ? AND height = ?", assets.Protocols, r.Height).Limit(1).Find(&link).Error; err != nil {
		return Tx{}, fmt.Errorf("read the block of a transaction: %w", db.Classify(err))
	}
	if len(link.BlockHash) == chainhash.HashSize {
		t.Block = chain.BlockRef{Height: r.Height, Hash: chainhash.Hash(link.BlockHash)}
	}
	var colorings []coloringRecord
	if err := read.Where("tx = ?", r.Number).Order("protocol").Find(&colorings).Error; err != nil {
		return Tx{}, fmt.Errorf("read the colourings of a transaction: %w", db.Classify(err))
	}
	for _, c := range colorings {
		coloring, err := decodeColoring(c.Coloring)
		if err != nil {
			return Tx{}, err
		}
		t.Colorings = append(t.Colorings, coloring)
	}
	for _, part := range []struct {
		where string
		into  *[]Coin
	}{
		{"WHERE c.spent_tx = ? ORDER BY c.spent_input, c.protocol, c.place", &t.Spent},
		{"WHERE c.tx = ? ORDER BY c.output, c.protocol, c.place", &t.Created},
	} {
		var rows []coinRow
		if err := read.Raw(coinQuery+part.where, r.Number).Scan(&rows).Error; err != nil {
			return Tx{}, fmt.Errorf("read the coins of a transaction: %w", db.Classify(err))
		}
		if *part.into, err = joinCoins(rows); err != nil {
			return Tx{}, err
		}
	}
	return t, markSpent(read, t.Created)
}

func (r txRecord) ref() TxRef {
	return TxRef{Txid: chainhash.Hash(r.Txid), Height: r.Height, Place: r.Place, Time: seconds(r.MadeAt)}
}

// Under is what another implementation makes of a transaction, whose inputs hold
// what they hold by the specification. Errors: ErrNoTx, assets.ErrProtocol.
func (l *Ledger) Under(ctx context.Context, txid chainhash.Hash, p assets.Protocol, reading assets.Reading) (assets.Coloring, error) {
	t, err := l.Transaction(ctx, txid)
	if err != nil {
		return assets.Coloring{}, err
	}
	for _, r := range l.cfg.Rules {
		if r.Protocol == p {
			return r.Color(t.Msg, t.Inputs(p), reading), nil
		}
	}
	return assets.Coloring{}, fmt.Errorf("%w: %s", assets.ErrProtocol, p)
}

// Inputs are the transaction's inputs as a protocol sees them, as far as the
// ledger remembers.
func (t Tx) Inputs(p assets.Protocol) []assets.Input {
	inputs := make([]assets.Input, len(t.Msg.TxIn))
	if len(inputs) > 0 && t.FirstScript != nil {
		inputs[0].Prevout = &wire.TxOut{PkScript: t.FirstScript}
	}
	for _, c := range t.Spent {
		if c.Spent.Input < 0 || c.Spent.Input >= len(inputs) {
			continue
		}
		held := inputs[c.Spent.Input].Holdings
		in := c.Coin.Input()
		if in.Holdings = held; c.Protocol == p {
			in.Holdings = c.Holdings
		}
		inputs[c.Spent.Input] = in
	}
	return inputs
}
