package blockfile

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/btcsuite/btcd/wire"
)

// maxScript bounds the script of a coin, in bytes: no transaction is larger than
// its block.
const maxScript = maxBlock

// Undo reads the coins that a block spends: for each input behind the first
// transaction's, in order, the value in 8 bytes, little-endian, and the script
// behind its length as a varint. Errors: ErrUndo.
func Undo(from io.Reader, b *wire.MsgBlock) (map[wire.OutPoint]*wire.TxOut, error) {
	if len(b.Transactions) == 0 {
		return nil, fmt.Errorf("%w: the block is empty", ErrUndo)
	}
	r := bufio.NewReader(from)
	coins := make(map[wire.OutPoint]*wire.TxOut)
	for _, tx := range b.Transactions[1:] {
		for _, in := range tx.TxIn {
			out, err := readCoin(r)
			if err != nil {
				return nil, fmt.Errorf("%w: the coin %s: %w", ErrUndo, in.PreviousOutPoint, err)
			}
			coins[in.PreviousOutPoint] = out
		}
	}
	if _, err := r.ReadByte(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: there are more", ErrUndo)
	}
	return coins, nil
}

func readCoin(r io.Reader) (*wire.TxOut, error) {
	var value uint64
	if err := binary.Read(r, binary.LittleEndian, &value); err != nil {
		return nil, err
	}
	if value > 21e14 {
		return nil, fmt.Errorf("a value of %d", value)
	}
	script, err := wire.ReadVarBytes(r, 0, maxScript, "script")
	if err != nil {
		return nil, err
	}
	return wire.NewTxOut(int64(value), script), nil
}
