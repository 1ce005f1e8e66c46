package claim

import (
	"context"
	"errors"
	"fmt"

	"cairn/chain"
	"cairn/chain/follow"
	"cairn/lighthouse"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// Projection finds claims in blocks, whoever sent them, and sees who has left
// one. It belongs after follow.Outbox, follow.Watched and that of pledges.
func (s *Service) Projection() follow.Projection { return projection{s} }

type projection struct{ *Service }

// Name implements follow.Projection.
func (projection) Name() string { return "claims" }

// Connect implements follow.Projection.
func (p projection) Connect(_ context.Context, tx *gorm.DB, b *chain.Block) error {
	touched, err := follow.Touched(tx, b.Height)
	if err != nil {
		return err
	}
	spentBy := make(map[wire.OutPoint]chainhash.Hash)
	var ops []wire.OutPoint
	for _, c := range touched {
		if c.Spent != nil && c.Spent.Block == b.BlockRef {
			spentBy[c.Outpoint] = c.Spent.Txid
			ops = append(ops, c.Outpoint)
		}
	}
	if len(ops) == 0 {
		return nil
	}
	pledges, err := p.cfg.Pledges.ByOutpointsIn(tx, ops)
	if err != nil || len(pledges) == 0 {
		return err
	}
	in := make(map[chainhash.Hash]*wire.MsgTx)
	for _, msg := range b.Msg.Transactions {
		in[msg.TxHash()] = msg
	}
	// Each transaction that spends pledges, with the campaigns they are for.
	type spend struct {
		txid     chainhash.Hash
		campaign lighthouse.ID
	}
	seen := make(map[spend]bool)
	for _, pledge := range pledges {
		at := spend{spentBy[pledge.Outpoint], pledge.Campaign}
		if seen[at] || in[at.txid] == nil {
			continue
		}
		seen[at] = true
		if err := p.spent(tx, at.campaign, in[at.txid], b.BlockRef); err != nil {
			return err
		}
	}
	return nil
}

// spent takes in a transaction of a block that spends pledges of a campaign: the
// claim, or somebody leaving.
func (p projection) spent(tx *gorm.DB, id lighthouse.ID, msg *wire.MsgTx, block chain.BlockRef) error {
	c, err := p.cfg.Campaigns.GetIn(tx, id)
	if err != nil {
		return err
	}
	if level := levelOf(c.Terms.Levels, msg); level >= 0 {
		return p.confirm(tx, c, level, msg, block)
	}
	now, err := loadClaim(tx, id)
	if errors.Is(err, ErrNone) || err == nil && now.State != lighthouse.Claiming {
		return nil
	}
	if err != nil {
		return err
	}
	current, err := loadAttempt(tx, id, now.Current)
	if err != nil {
		return err
	}
	claim, err := current.tx()
	if err != nil {
		return err
	}
	has := inputsOf(claim)
	for _, in := range msg.TxIn {
		if has[in.PreviousOutPoint] {
			return setClaim(tx, id, lighthouse.Rebuilding, now.Current, "")
		}
	}
	return nil
}

// confirm notes that a block holds a claim, ours or a stranger's.
func (p projection) confirm(tx *gorm.DB, c lighthouse.Campaign, level int, msg *wire.MsgTx, block chain.BlockRef) error {
	attempts, err := loadAttempts(tx, c.ID)
	if err != nil {
		return err
	}
	txid := msg.TxHash()
	number := int64(0)
	for _, a := range attempts {
		if a.txid() == txid {
			number = a.Number
		}
	}
	if number == 0 {
		number = int64(len(attempts) + 1)
		if err := p.stranger(tx, c, level, msg, number, block); err != nil {
			return err
		}
	}
	err = tx.Model(&attemptRecord{}).Where("campaign = ? AND number = ?", c.ID[:], number).
		Updates(map[string]any{"height": block.Height, "block_hash": block.Hash[:]}).Error
	if err != nil {
		return fmt.Errorf("store the block of the claim of %s: %w", c.ID, err)
	}
	if err := setClaim(tx, c.ID, lighthouse.InBlock, number, ""); err != nil {
		return err
	}
	if c.Stage == lighthouse.Claimed {
		return nil
	}
	return p.cfg.Campaigns.StageIn(tx, c.ID, lighthouse.Claimed)
}

// stranger stores a claim that was made elsewhere.
func (p projection) stranger(tx *gorm.DB, c lighthouse.Campaign, level int, msg *wire.MsgTx, number int64, block chain.BlockRef) error {
	raw, err := serialize(msg)
	if err != nil {
		return err
	}
	known, err := p.cfg.Pledges.ByOutpointsIn(tx, list(inputsOf(msg)))
	if err != nil {
		return err
	}
	of := make(map[wire.OutPoint]lighthouse.Pledge, len(known))
	for _, pledge := range known {
		if pledge.Campaign == c.ID {
			of[pledge.Outpoint] = pledge
		}
	}
	var ids []byte
	sum := btcutil.Amount(0)
	for _, in := range msg.TxIn {
		pledge := of[in.PreviousOutPoint] // zero for another's coin
		ids = append(ids, pledge.ID[:]...)
		sum += pledge.Coin.Value
	}
	if number == 1 { // its attempts refer to it
		if err := setClaim(tx, c.ID, lighthouse.InBlock, number, ""); err != nil {
			return err
		}
	}
	txid := msg.TxHash()
	return insertAttempt(tx, attemptRecord{
		Campaign: c.ID[:], Number: number, Txid: txid[:], Raw: raw, Level: level,
		// What coins we do not know bring is not known.
		FeeSat: int64(max(sum-c.Terms.Levels[level].Contract.Net(), 0)), Weight: weightOf(msg),
		Pledges: ids, Reason: Stranger, MadeAt: p.now().Unix(), MadeHeight: block.Height,
	})
}

// Disconnect implements follow.Projection: the claim of the block is sent again,
// by Run.
func (p projection) Disconnect(_ context.Context, tx *gorm.DB, b *chain.Block) error {
	var rows []attemptRecord
	if err := tx.Where("height = ? AND block_hash = ?", b.Height, b.Hash[:]).Omit("raw").Find(&rows).Error; err != nil {
		return fmt.Errorf("read the claims of block %s: %w", b.BlockRef, err)
	}
	for _, a := range rows {
		id := lighthouse.ID(a.Campaign)
		err := tx.Model(&attemptRecord{}).Where("campaign = ? AND number = ?", a.Campaign, a.Number).
			Updates(map[string]any{"height": nil, "block_hash": nil}).Error
		if err != nil {
			return fmt.Errorf("undo the block of the claim of %s: %w", id, err)
		}
		if err := setClaim(tx, id, lighthouse.Claiming, a.Number, ""); err != nil {
			return err
		}
	}
	return nil
}
