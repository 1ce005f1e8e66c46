package claim

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"cairn/app/db/outbox"
	"cairn/chain"
	"cairn/lighthouse"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/btcutil/psbt"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// cosign has the node sign its coin as one more input of the claim, and stores
// the claim with it as the replacement of the one without; the payment is spent
// in the same transaction. The node signs as backers do, ALL|ANYONECANPAY: so
// the claim can be raised again, by another coin beside it, and its coin still
// goes to the miners of this campaign's claim or nowhere. A claim that is rebuilt
// does without it, and the node has it back once the raised one is impossible.
func (s *Service) cosign(ctx context.Context, r bumpRecord, c lighthouse.Campaign, before claimRecord, base attemptRecord) error {
	coin, err := r.coin()
	if err != nil {
		return err
	}
	without, err := base.tx()
	if err != nil {
		return err
	}
	prevouts, known, err := s.prevouts(ctx, c, base, without)
	if err != nil {
		return err
	}
	if !known {
		return s.moveBump(ctx, r, map[string]any{"state": returning, "trouble": "the claim was made elsewhere"})
	}
	with := without.Copy()
	in := wire.NewTxIn(&coin.OutPoint, nil, nil)
	in.Sequence = wire.MaxTxInSequenceNum - 2
	with.AddTxIn(in)
	prevouts = append(prevouts, wire.NewTxOut(int64(coin.Value), coin.Script))
	packet, err := packetOf(with, prevouts)
	if err != nil {
		return err
	}
	fee := btcutil.Amount(base.FeeSat) + coin.Value
	raw, err := s.cfg.Bumps.Wallet.Cosign(ctx, chain.CosignRequest{
		Purpose: r.purpose(), PSBT: packet, Prevouts: prevouts, Change: -1, Fee: fee, Charge: 0,
		Check: func(signed *wire.MsgTx) error { return onlyAdds(without, signed, coin.OutPoint) },
	})
	if errors.Is(err, chain.ErrLoanOver) {
		return s.again(ctx, r)
	}
	if err != nil {
		return err
	}
	if err := s.crash("raise signed"); err != nil {
		return err
	}
	signed := wire.NewMsgTx(0)
	if err := signed.Deserialize(bytes.NewReader(raw)); err != nil {
		return fmt.Errorf("what the wallet signed: %w", err)
	}
	if err := onlyAdds(without, signed, coin.OutPoint); err != nil {
		return s.again(ctx, r) // it was signed before the claim was rebuilt
	}
	return s.storeBump(ctx, r, before, base, signed, raw, fee)
}

// prevouts are the coins of a claim's inputs; false when it spends one that is
// not known here.
func (s *Service) prevouts(ctx context.Context, c lighthouse.Campaign, base attemptRecord, tx *wire.MsgTx) ([]*wire.TxOut, bool, error) {
	all, err := s.cfg.Pledges.AllIn(s.db.Read(ctx), c.ID)
	if err != nil {
		return nil, false, err
	}
	of := make(map[wire.OutPoint]*wire.TxOut, len(all))
	for _, p := range all {
		of[p.Outpoint] = wire.NewTxOut(int64(p.Coin.Value), p.Coin.Script)
	}
	// The node's own, of raises before.
	var rows []bumpRecord
	if err := s.db.Read(ctx).Where("campaign = ? AND lent IS NOT NULL", c.ID[:]).Find(&rows).Error; err != nil {
		return nil, false, fmt.Errorf("read the raises of claim %s: %w", c.ID, err)
	}
	for _, r := range rows {
		coin, err := r.coin()
		if err != nil {
			return nil, false, err
		}
		of[coin.OutPoint] = wire.NewTxOut(int64(coin.Value), coin.Script)
	}
	out := make([]*wire.TxOut, len(tx.TxIn))
	for i, in := range tx.TxIn {
		if out[i] = of[in.PreviousOutPoint]; out[i] == nil {
			return nil, false, nil
		}
	}
	return out, true, nil
}

// packetOf is the PSBT (BIP-0174) of a transaction whose inputs are final but
// for the last.
func packetOf(tx *wire.MsgTx, prevouts []*wire.TxOut) ([]byte, error) {
	bare := tx.Copy()
	for _, in := range bare.TxIn {
		in.SignatureScript, in.Witness = nil, nil
	}
	p, err := psbt.NewFromUnsignedTx(bare)
	if err != nil {
		return nil, fmt.Errorf("make a PSBT of the claim: %w", err)
	}
	for i, in := range tx.TxIn {
		p.Inputs[i].WitnessUtxo = prevouts[i]
		if i == len(tx.TxIn)-1 {
			p.Inputs[i].SighashType = txscript.SigHashAll | txscript.SigHashAnyOneCanPay
			break
		}
		p.Inputs[i].FinalScriptSig = in.SignatureScript
		if len(in.Witness) == 0 {
			continue
		}
		var w bytes.Buffer
		if err := psbt.WriteTxWitness(&w, in.Witness); err != nil {
			return nil, fmt.Errorf("make a PSBT of the claim: %w", err)
		}
		p.Inputs[i].FinalScriptWitness = w.Bytes()
	}
	var raw bytes.Buffer
	if err := p.Serialize(&raw); err != nil {
		return nil, fmt.Errorf("make a PSBT of the claim: %w", err)
	}
	return raw.Bytes(), nil
}

// onlyAdds says that a signed transaction is the claim with one more input.
func onlyAdds(claim, signed *wire.MsgTx, coin wire.OutPoint) error {
	last := len(signed.TxIn) - 1
	if last != len(claim.TxIn) || signed.TxIn[last].PreviousOutPoint != coin {
		return errors.New("the wallet's transaction does not add its coin to the claim")
	}
	without := signed.Copy()
	without.TxIn = without.TxIn[:last]
	a, err := serialize(claim)
	if err != nil {
		return err
	}
	b, err := serialize(without)
	if err != nil {
		return err
	}
	if !bytes.Equal(a, b) {
		return errors.New("the wallet's transaction is not the claim with one more input")
	}
	return nil
}

// storeBump stores the faster claim and spends its payment: both, or neither.
func (s *Service) storeBump(ctx context.Context, r bumpRecord, before claimRecord, base attemptRecord, signed *wire.MsgTx, raw []byte, fee btcutil.Amount) error {
	epoch, err := s.cfg.Epoch()
	if err != nil {
		return err
	}
	id, stored := r.id(), false
	err = s.transact(ctx, func(tx *gorm.DB) error {
		stored = false
		now, err := loadClaim(tx, id)
		if err != nil || now.Version != before.Version {
			return err // looked at again
		}
		attempts, err := loadAttempts(tx, id)
		if err != nil {
			return err
		}
		tip, err := tipOf(tx)
		if err != nil {
			return err
		}
		if err := s.cfg.Bumps.Till.Spend(tx, r.payment()); err != nil {
			return err
		}
		number := int64(len(attempts) + 1)
		key, txid := keyOf(id, number), signed.TxHash()
		err = outbox.Put(tx, outbox.Entry{Key: key, Raw: raw, Fee: fee, Epoch: epoch, ReplacesKey: base.key(), CreatedAt: s.now().UTC()})
		if err != nil {
			return fmt.Errorf("put the faster claim into the outbox: %w", err)
		}
		err = insertAttempt(tx, attemptRecord{
			Campaign: id[:], Number: number, OutboxKey: &key, Txid: txid[:], Raw: raw, Level: base.Level, FeeSat: int64(fee), Weight: weightOf(signed),
			Pledges: append(bytes.Clone(base.Pledges), make([]byte, len(lighthouse.PledgeID{}))...),
			Reason:  Bumped, MadeAt: s.now().Unix(), MadeHeight: tip.Height,
		})
		if err != nil {
			return err
		}
		moved := tx.Model(&bumpRecord{}).Where("id = ? AND state = ?", r.ID, lent).Updates(map[string]any{"state": done, "attempt": number})
		if moved.Error != nil {
			return fmt.Errorf("note that the claim is faster: %w", moved.Error)
		}
		if moved.RowsAffected != 1 {
			return fmt.Errorf("raise %x is not being made any more", r.ID)
		}
		stored = true
		return setClaim(tx, id, lighthouse.Claiming, number, "")
	})
	if errors.Is(err, ErrTakenBack) {
		return s.moveBump(ctx, r, map[string]any{"state": returning, "trouble": "the payment was taken back"})
	}
	if err != nil || !stored {
		return err
	}
	s.log.Info("claim made faster", "campaign", id, "txid", signed.TxHash(), "fee_sat", int64(fee))
	s.cfg.Bumps.Till.Spent(r.payment())
	s.cfg.Sent()
	s.hub.tell(id)
	return s.crash("raise stored")
}
