package document

import (
	"bytes"
	"encoding/hex"
	"fmt"

	"cairn/chain/rawtx"

	"github.com/btcsuite/btcd/wire"
)

// fixed reads exactly as many bytes as into has. Errors: ErrFile.
func fixed(into []byte, text string) error {
	if len(text) != hex.EncodedLen(len(into)) {
		return fmt.Errorf("%w: %d characters of hexadecimal instead of %d", ErrFile, len(text), hex.EncodedLen(len(into)))
	}
	if _, err := hex.Decode(into, []byte(text)); err != nil {
		return fmt.Errorf("%w: %w", ErrFile, err)
	}
	return nil
}

// Hex is a transaction in hexadecimal, as files have it.
func Hex(tx *wire.MsgTx) []byte {
	var b bytes.Buffer
	_ = tx.Serialize(&b) // a buffer takes everything
	return hex.AppendEncode(nil, b.Bytes())
}

func encodeTx(tx *wire.MsgTx) string { return string(Hex(tx)) }

// decodeTx reads a transaction in hexadecimal. Errors: ErrFile.
func decodeTx(text string) (*wire.MsgTx, error) {
	raw, err := hex.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFile, err)
	}
	return readTx(raw)
}

func readTx(raw []byte) (*wire.MsgTx, error) {
	tx, err := rawtx.Read(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: a transaction that cannot be read: %w", ErrFile, err)
	}
	return tx, nil
}
