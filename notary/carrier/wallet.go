package carrier

import (
	"bytes"
	"context"
	"fmt"

	"cairn/chain"
	"cairn/notary/ots"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/wire"
)

// Wallet is what carrying needs of the node's wallet (chain/wallet). Kinds of
// errors that are understood: chain.ErrEngineDown, chain.ErrNoFunds,
// chain.ErrFeeCap, chain.ErrRejected.
type Wallet interface {
	// Prepare funds an output from confirmed fee coins and signs, without
	// sending. Repeating a purpose is safe: it reserves no further coins.
	Prepare(ctx context.Context, p Payment) (Signed, error)
	// Replace signs a transaction that pays the same at the payment's higher
	// rate and spends at least the inputs of replaced, a raw transaction made
	// by Prepare or Replace (BIP-0125).
	Replace(ctx context.Context, p Payment, replaced []byte) (Signed, error)
	// EstimateRate is the fee rate for confirmation within some blocks.
	EstimateRate(ctx context.Context, targetBlocks int32) (chain.FeeRate, error)
}

// Payment is one output to be paid for.
type Payment struct {
	// Purpose names it for ever ("anchor/17/1").
	Purpose string
	Output  *wire.TxOut
	Rate    chain.FeeRate
}

// Signed is a transaction ready to be sent.
type Signed struct {
	Tx  *wire.MsgTx
	Raw []byte
	// Fee goes to the miner.
	Fee btcutil.Amount
}

// rate is what the transaction pays, which may be more than was asked for: the
// next raise must go beyond it.
func (s Signed) rate() chain.FeeRate {
	weight := int64(3*s.Tx.SerializeSizeStripped() + s.Tx.SerializeSize())
	return chain.FeeRate((int64(s.Fee)*1000 + weight - 1) / weight)
}

// Check trusts no wallet: the transaction must have the payment's output, with
// no value, exactly once, and the way from what is carried to its id must fit
// into a proof.
func Check(p Payment, carried []byte, signed Signed) error {
	if signed.Tx == nil {
		return fmt.Errorf("the wallet signed nothing")
	}
	var raw bytes.Buffer
	if err := signed.Tx.Serialize(&raw); err != nil || !bytes.Equal(raw.Bytes(), signed.Raw) {
		return fmt.Errorf("the wallet's transaction and its bytes differ")
	}
	times := 0
	for _, out := range signed.Tx.TxOut {
		if out.Value == 0 && bytes.Equal(out.PkScript, p.Output.PkScript) {
			times++
		}
	}
	if times != 1 {
		return fmt.Errorf("the wallet's transaction carries the bytes %d times", times)
	}
	if _, err := ots.TxPath(signed.Tx, carried); err != nil {
		return fmt.Errorf("the wallet's transaction does not fit into a proof: %w", err)
	}
	return nil
}
