package contract

import (
	"fmt"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// MaxRefundFee is the most a refund may leave to the miners, as a share of the
// coin: a tenth.
const MaxRefundFee = 10

// CheckRefund says whether a signed transaction gives a pledged coin back to its
// owner, and not before a time (a lock time as of Contract): whoever holds it
// may send it from then on, so nobody may hold one that is valid earlier. It
// spends that coin alone, to ordinary outputs. Errors: ErrRefund.
func CheckRefund(tx *wire.MsgTx, pledged wire.OutPoint, coin Coin, notBefore uint32) error {
	if len(tx.TxIn) != 1 || tx.TxIn[0].PreviousOutPoint != pledged {
		return fmt.Errorf("%w: it does not spend that coin alone", ErrRefund)
	}
	if tx.TxIn[0].Sequence == wire.MaxTxInSequenceNum {
		return fmt.Errorf("%w: its lock time is switched off", ErrRefund)
	}
	if tx.TxIn[0].Sequence&sequenceLocks == 0 {
		return fmt.Errorf("%w: it has a relative lock", ErrRefund)
	}
	if notBefore == 0 || (tx.LockTime < txscript.LockTimeThreshold) != (notBefore < txscript.LockTimeThreshold) || tx.LockTime < notBefore {
		return fmt.Errorf("%w: it is good from %d on instead of %d", ErrRefund, tx.LockTime, notBefore)
	}
	if len(tx.TxOut) == 0 || len(tx.TxOut) > MaxOutputs {
		return fmt.Errorf("%w: it has %d outputs", ErrRefund, len(tx.TxOut))
	}
	fee := coin.Value
	for _, o := range tx.TxOut {
		dust, err := dustLimit(o.PkScript)
		if err != nil || btcutil.Amount(o.Value) < dust || o.Value > btcutil.MaxSatoshi {
			return fmt.Errorf("%w: an output is unusual or too small", ErrRefund)
		}
		fee -= btcutil.Amount(o.Value)
	}
	if fee < 0 || fee > coin.Value/MaxRefundFee {
		return fmt.Errorf("%w: it leaves %d of %d sat to the miners", ErrRefund, int64(fee), int64(coin.Value))
	}
	if err := verify(tx, map[wire.OutPoint]*wire.TxOut{pledged: wire.NewTxOut(int64(coin.Value), coin.Script)}); err != nil {
		return fmt.Errorf("%w: %w", ErrRefund, err)
	}
	return nil
}
