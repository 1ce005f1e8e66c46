// Package rawtx reads transactions and PSBTs (BIP-0174) that strangers hand in.
//
// Package wire makes room for what a count promises before it reads on, so that a
// transaction of ten bytes can take two hundred megabytes, and a PSBT of a few
// kilobytes with many such transactions in it minutes. Here the bytes are walked
// over first, and those that cannot hold what they promise are refused.
//
// It is pure and imports nothing of ours.
package rawtx

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/btcsuite/btcd/btcutil/psbt"
	"github.com/btcsuite/btcd/wire"
)

// ErrShape: the bytes do not add up to a transaction or a PSBT.
var ErrShape = errors.New("the bytes do not add up")

// Read reads one whole transaction, with witnesses or without. Errors: ErrShape.
func Read(raw []byte) (*wire.MsgTx, error) {
	if err := Check(raw); err != nil {
		return nil, err
	}
	return whole(raw, (*wire.MsgTx).Deserialize)
}

// ReadStripped reads one whole transaction in the form without witnesses, which
// one without inputs can be told from no other way. Errors: ErrShape.
func ReadStripped(raw []byte) (*wire.MsgTx, error) {
	if _, err := checkStripped(raw); err != nil {
		return nil, err
	}
	return whole(raw, (*wire.MsgTx).DeserializeNoWitness)
}

// ReadPSBT reads a PSBT of version 0; bytes behind it are not looked at. Errors:
// ErrShape.
func ReadPSBT(raw []byte) (*psbt.Packet, error) {
	if err := checkPSBT(raw); err != nil {
		return nil, err
	}
	p, err := psbt.NewFromRawBytes(bytes.NewReader(raw), false)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrShape, err)
	}
	return p, nil
}

func whole(raw []byte, deserialize func(*wire.MsgTx, io.Reader) error) (*wire.MsgTx, error) {
	tx, r := wire.NewMsgTx(wire.TxVersion), bytes.NewReader(raw)
	if err := deserialize(tx, r); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrShape, err)
	}
	if r.Len() > 0 {
		return nil, fmt.Errorf("%w: %d bytes too many", ErrShape, r.Len())
	}
	return tx, nil
}
