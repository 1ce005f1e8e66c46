package wallet

import (
	"bytes"
	"fmt"
	"time"

	"cairn/app/db/outbox"
	"cairn/chain"

	"github.com/btcsuite/btcd/blockchain"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// Signed is a transaction ready to be stored and then broadcast.
type Signed struct {
	// Purpose is what it is for, and Generation counts what was signed for
	// that purpose before it.
	Purpose    string
	Generation int
	Tx         *wire.MsgTx
	Raw        []byte
	Txid       chainhash.Hash
	Fee        btcutil.Amount
	// Inputs and Prevouts are the coins it spends, in the order of its inputs.
	Inputs   []wire.OutPoint
	Prevouts []*wire.TxOut
	// Change is the index of the change output, which comes last; -1 if none.
	Change int
	// Shared: others have signed it too (Cosign), and Replace cannot.
	Shared bool
}

// Rate is what it pays per weight, rounded down.
func (s *Signed) Rate() chain.FeeRate {
	return chain.FeeRate(int64(s.Fee) * 1000 / weightOf(s.Tx))
}

// Entry is what to put into the outbox for it, under a key of the caller's
// choice; replaces is the key of the entry that it bumps, or empty.
func (s *Signed) Entry(key, replaces string, epoch int64, now time.Time) outbox.Entry {
	return outbox.Entry{Key: key, Raw: s.Raw, Fee: s.Fee, Epoch: epoch, ReplacesKey: replaces, CreatedAt: now}
}

// recipients are the outputs that somebody asked for.
func (s *Signed) recipients() []*wire.TxOut {
	if s.Change < 0 {
		return s.Tx.TxOut
	}
	return s.Tx.TxOut[:s.Change]
}

// weightOf is a transaction's weight (BIP-0141).
func weightOf(tx *wire.MsgTx) int64 { return blockchain.GetTransactionWeight(btcutil.NewTx(tx)) }

// vsize is the virtual size of a weight, rounded up (BIP-0141).
func vsize(weight int64) int64 { return (weight + 3) / 4 }

func serialize(tx *wire.MsgTx) ([]byte, error) {
	var buf bytes.Buffer
	buf.Grow(tx.SerializeSize())
	if err := tx.Serialize(&buf); err != nil {
		return nil, fmt.Errorf("serialize a transaction: %w", err)
	}
	return buf.Bytes(), nil
}

func sameOutputs(a, b []*wire.TxOut) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Value != b[i].Value || !bytes.Equal(a[i].PkScript, b[i].PkScript) {
			return false
		}
	}
	return true
}
