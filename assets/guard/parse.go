package guard

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"

	"cairn/assets/ledger/engine"
	"cairn/chain/rawtx"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// MaxBytes is how large a transaction or PSBT may be, in bytes; twice as much as
// text.
const MaxBytes = 2 << 20

// maxParts is how many inputs, and how many outputs, are looked at.
const maxParts = 4_000

// Format is what was handed in.
type Format string

// The formats.
const (
	Transaction Format = "transaction"
	PSBT        Format = "psbt"
)

// Subject is a transaction to be judged, and what came with it of the coins that
// it spends.
type Subject struct {
	Format Format
	Tx     *wire.MsgTx
	// Parents are the transactions whose coins it spends, by their ids, and Coins
	// what it says of coins without them, by input.
	Parents map[chainhash.Hash]*wire.MsgTx
	Coins   map[wire.OutPoint]*wire.TxOut
}

// Parse reads a transaction or a PSBT: bytes, hexadecimal, or base64. Errors:
// ErrForm, ErrTooLarge, ErrPrevious.
func Parse(data []byte) (Subject, error) {
	if len(data) > 2*MaxBytes {
		return Subject{}, fmt.Errorf("%w: %d bytes", ErrTooLarge, len(data))
	}
	raw := decoded(data)
	if len(raw) > MaxBytes {
		return Subject{}, fmt.Errorf("%w: %d bytes", ErrTooLarge, len(raw))
	}
	s := Subject{Format: Transaction, Parents: map[chainhash.Hash]*wire.MsgTx{}, Coins: map[wire.OutPoint]*wire.TxOut{}}
	var err error
	if bytes.HasPrefix(raw, psbtMagic) {
		s.Format = PSBT
		err = s.readPSBT(raw)
	} else {
		s.Tx, err = readTx(raw)
	}
	if err != nil {
		return Subject{}, err
	}
	if len(s.Tx.TxIn) == 0 || len(s.Tx.TxOut) == 0 {
		return Subject{}, fmt.Errorf("%w: without inputs or outputs", ErrForm)
	}
	if len(s.Tx.TxIn) > maxParts || len(s.Tx.TxOut) > maxParts {
		return Subject{}, fmt.Errorf("%w: %d inputs, %d outputs", ErrTooLarge, len(s.Tx.TxIn), len(s.Tx.TxOut))
	}
	return s, nil
}

// decoded takes text for what it says; anything else is bytes already.
func decoded(data []byte) []byte {
	text := strings.Join(strings.Fields(string(data)), "")
	if raw, err := hex.DecodeString(text); err == nil {
		return raw
	}
	for _, e := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		if raw, err := e.DecodeString(text); err == nil {
			return raw
		}
	}
	return data
}

// readTx reads a transaction with witnesses, or without.
func readTx(raw []byte) (*wire.MsgTx, error) {
	if tx, err := rawtx.Read(raw); err == nil {
		return tx, nil
	}
	tx, err := rawtx.ReadStripped(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrForm, err)
	}
	return tx, nil
}

// known is what the subject itself tells of a coin.
func (s Subject) known(at wire.OutPoint) (p engine.Prevout, is bool) {
	if parent := s.Parents[at.Hash]; parent != nil {
		return engine.PrevoutOf(parent, at.Index)
	}
	if out := s.Coins[at]; out != nil {
		return engine.Prevout{Out: out}, true
	}
	return engine.Prevout{}, false
}
