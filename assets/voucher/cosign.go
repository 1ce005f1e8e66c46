package voucher

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"cairn/app/db"
	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/btcutil/psbt"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// lentCoin is a coin as it was stored. Errors: db.ErrCorrupt.
func lentCoin(outpoint []byte, sat *int64, script []byte) (chain.Coin, error) {
	hash, index, ok := db.ParseOutpointKey(outpoint)
	if !ok || sat == nil {
		return chain.Coin{}, fmt.Errorf("%w: a coin lent for a redemption", db.ErrCorrupt)
	}
	return chain.Coin{OutPoint: wire.OutPoint{Hash: hash, Index: index}, Value: btcutil.Amount(*sat), Script: script}, nil
}

// prevoutOf is the voucher's own coin that a redemption spends.
func prevoutOf(tx *gorm.DB, sp spendRecord) (*wire.TxOut, error) {
	c, err := take[coinRecord](tx.Where("outpoint = ?", sp.Outpoint), ErrUnknown)
	if err != nil {
		return nil, err
	}
	v, err := take[voucherRecord](tx.Where("id = ?", sp.Voucher), ErrUnknown)
	return wire.NewTxOut(c.ValueSat, v.Script), err
}

// cosign has the node add its coin to a signed transaction, whose coins prevouts
// are, as one more input. Like the bearer it signs for any inputs beside, so that
// the fee can be raised by another coin later. Errors: chain.ErrLoanOver.
func (s *Service) cosign(ctx context.Context, purpose string, without *wire.MsgTx, prevouts []*wire.TxOut, coin chain.Coin) (raw []byte, fee btcutil.Amount, err error) {
	with := without.Copy()
	in := wire.NewTxIn(&coin.OutPoint, nil, nil)
	in.Sequence = wire.MaxTxInSequenceNum - 2
	with.AddTxIn(in)
	all := append(append([]*wire.TxOut(nil), prevouts...), wire.NewTxOut(int64(coin.Value), coin.Script))
	packet, err := packetOf(with, all)
	if err != nil {
		return nil, 0, err
	}
	for _, out := range all {
		fee += btcutil.Amount(out.Value)
	}
	for _, out := range with.TxOut {
		fee -= btcutil.Amount(out.Value)
	}
	raw, err = s.cfg.Wallet.Cosign(ctx, chain.CosignRequest{
		Purpose: purpose, PSBT: packet, Prevouts: all, Change: -1, Fee: fee, Charge: 0,
		Check: func(signed *wire.MsgTx) error { return onlyAdds(without, signed, coin.OutPoint) },
	})
	if err != nil {
		return nil, 0, fmt.Errorf("have the node sign for the fee: %w", err)
	}
	return raw, fee, nil
}

// packetOf is the PSBT (BIP-0174) of a transaction whose inputs are final but for
// the last.
func packetOf(tx *wire.MsgTx, prevouts []*wire.TxOut) ([]byte, error) {
	bare := tx.Copy()
	for _, in := range bare.TxIn {
		in.Witness = nil
	}
	p, err := psbt.NewFromUnsignedTx(bare)
	if err != nil {
		return nil, fmt.Errorf("make a PSBT of a redemption: %w", err)
	}
	last := len(tx.TxIn) - 1
	for i, in := range tx.TxIn {
		p.Inputs[i].WitnessUtxo = prevouts[i]
		if i == last {
			p.Inputs[i].SighashType = txscript.SigHashAll | txscript.SigHashAnyOneCanPay
			break
		}
		var witness bytes.Buffer
		if err := psbt.WriteTxWitness(&witness, in.Witness); err != nil {
			return nil, fmt.Errorf("make a PSBT of a redemption: %w", err)
		}
		p.Inputs[i].FinalScriptWitness = witness.Bytes()
	}
	var raw bytes.Buffer
	if err := p.Serialize(&raw); err != nil {
		return nil, fmt.Errorf("make a PSBT of a redemption: %w", err)
	}
	return raw.Bytes(), nil
}

// onlyAdds says that a signed transaction is another with one more input.
func onlyAdds(before, signed *wire.MsgTx, coin wire.OutPoint) error {
	last := len(signed.TxIn) - 1
	if last != len(before.TxIn) || signed.TxIn[last].PreviousOutPoint != coin {
		return errors.New("the wallet's transaction does not add its coin to the redemption")
	}
	without := signed.Copy()
	without.TxIn = without.TxIn[:last]
	var a, b bytes.Buffer
	if err := errors.Join(before.Serialize(&a), without.Serialize(&b)); err != nil {
		return err
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		return errors.New("the wallet's transaction is not the redemption with one more input")
	}
	return nil
}
