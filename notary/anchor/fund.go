package anchor

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"cairn/app/db/outbox"
	"cairn/chain"
	"cairn/notary/ots"

	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// Purpose names one attempt for one anchor, to the wallet and the outbox.
func Purpose(anchorID, attempt int64) string { return fmt.Sprintf("anchor/%d/%d", anchorID, attempt) }

// Output carries a root: no value, OP_RETURN and 32 bytes
// (otsserver/stamper.py).
func Output(root [32]byte) *wire.TxOut {
	script := append([]byte{txscript.OP_RETURN, txscript.OP_DATA_32}, root[:]...)
	return wire.NewTxOut(0, script)
}

// fund makes the first attempt for an anchor, or one more after all before it
// were made impossible by a block.
func (l *Loop) fund(ctx context.Context, row anchorRecord, number int64, tip chain.BlockRef) error {
	rate, err := l.cfg.Wallet.EstimateRate(ctx, l.cfg.TargetBlocks)
	if err != nil {
		return fmt.Errorf("estimate the fee of anchor %d: %w", row.ID, err)
	}
	payment := Payment{Purpose: Purpose(row.ID, number), Output: Output(row.root()), Rate: min(rate, l.cfg.MaxRate)}
	signed, err := l.cfg.Wallet.Prepare(ctx, payment)
	if err != nil {
		return fmt.Errorf("fund anchor %d: %w", row.ID, err)
	}
	if err := l.crash("prepared"); err != nil {
		return err
	}
	if err := l.settle(ctx, row, number, payment, signed, "", tip); err != nil {
		return err
	}
	l.cfg.Log.Info("anchor signed", "anchor", row.ID, "txid", signed.Tx.TxHash().String(), "fee", int64(signed.Fee))
	l.cfg.Sent()
	return l.crash("settled")
}

// bump raises the fee of a transaction that lingers: to the estimate, and by a
// quarter at least.
func (l *Loop) bump(ctx context.Context, row anchorRecord, old attempt, number int64, tip chain.BlockRef) error {
	rate, err := l.cfg.Wallet.EstimateRate(ctx, l.cfg.TargetBlocks)
	if err != nil {
		return fmt.Errorf("estimate the fee of anchor %d: %w", row.ID, err)
	}
	was := chain.FeeRate(old.RateKw)
	rate = min(max(rate, was+was/4+chain.SatPerVByte(1)), l.cfg.MaxRate)
	if rate <= was {
		return nil
	}
	payment := Payment{Purpose: Purpose(row.ID, number), Output: Output(row.root()), Rate: rate}
	signed, err := l.cfg.Wallet.Replace(ctx, payment, old.entry.Raw)
	if err != nil {
		// The anchor is on its way all the same; it is tried again after as
		// many blocks.
		l.cfg.Log.Warn("the fee of an anchor could not be raised", "anchor", row.ID, "error", err)
		return nil
	}
	if err := l.crash("replaced"); err != nil {
		return err
	}
	if err := l.settle(ctx, row, number, payment, signed, old.OutboxKey, tip); err != nil {
		return err
	}
	l.cfg.Log.Info("anchor fee raised", "anchor", row.ID, "txid", signed.Tx.TxHash().String(), "fee", int64(signed.Fee))
	l.cfg.Sent()
	return l.crash("replacement settled")
}

// settle stores an attempt and its transaction together, after which it will
// be sent until a block has it.
func (l *Loop) settle(ctx context.Context, row anchorRecord, number int64, p Payment, signed Signed, replaces string, tip chain.BlockRef) error {
	if err := checkSigned(p, signed); err != nil {
		return fmt.Errorf("anchor %d: %w", row.ID, err)
	}
	txid := signed.Tx.TxHash()
	return l.transact(ctx, func(tx *gorm.DB) error {
		var now anchorRecord
		if err := tx.Omit("tops").Where("id = ?", row.ID).Take(&now).Error; err != nil {
			return fmt.Errorf("read anchor %d: %w", row.ID, err)
		}
		var made int64
		if err := tx.Model(&attemptRecord{}).Where("anchor_id = ?", row.ID).Count(&made).Error; err != nil {
			return fmt.Errorf("count attempts of anchor %d: %w", row.ID, err)
		}
		if now.ConfirmedBy != nil || made != number-1 {
			return nil // a block came first
		}
		if replaces == "" {
			if err := giveUp(tx, row.ID); err != nil {
				return err
			}
		}
		err := outbox.Put(tx, outbox.Entry{
			Key: p.Purpose, Raw: signed.Raw, Fee: signed.Fee, Epoch: l.lease.Epoch(),
			ReplacesKey: replaces, CreatedAt: l.cfg.Now().UTC(),
		})
		if err != nil {
			return fmt.Errorf("put anchor %d into the outbox: %w", row.ID, err)
		}
		err = tx.Create(&attemptRecord{
			AnchorID: row.ID, Number: number, OutboxKey: p.Purpose, Txid: txid[:],
			RateKw: int64(signed.rate()), MadeAt: tip.Height,
		}).Error
		if err != nil {
			return fmt.Errorf("store attempt %d of anchor %d: %w", number, row.ID, err)
		}
		return moved(tx)
	})
}

// giveUp abandons the attempts that a block made impossible, newest first, so
// that a reorg does not bring them back beside the one that takes their place.
func giveUp(tx *gorm.DB, anchorID int64) error {
	attempts, err := attemptsOf(tx, anchorID)
	if err != nil {
		return err
	}
	for _, a := range slices.Backward(attempts) {
		if a.entry.State != outbox.Conflicted {
			continue
		}
		if err := outbox.Abandon(tx, a.OutboxKey, "another attempt takes its place"); err != nil {
			return fmt.Errorf("give up attempt %d of anchor %d: %w", a.Number, anchorID, err)
		}
	}
	return nil
}

// checkSigned trusts no wallet: the transaction must carry the root in exactly
// one output of no value, and fit into a proof.
func checkSigned(p Payment, signed Signed) error {
	if signed.Tx == nil {
		return fmt.Errorf("the wallet signed nothing")
	}
	var raw bytes.Buffer
	if err := signed.Tx.Serialize(&raw); err != nil || !bytes.Equal(raw.Bytes(), signed.Raw) {
		return fmt.Errorf("the wallet's transaction and its bytes differ")
	}
	carried := 0
	for _, out := range signed.Tx.TxOut {
		if out.Value == 0 && bytes.Equal(out.PkScript, p.Output.PkScript) {
			carried++
		}
	}
	if carried != 1 {
		return fmt.Errorf("the wallet's transaction carries the root %d times", carried)
	}
	if _, err := ots.TxPath(signed.Tx, p.Output.PkScript[2:]); err != nil {
		return fmt.Errorf("the wallet's transaction does not fit into a proof: %w", err)
	}
	return nil
}
