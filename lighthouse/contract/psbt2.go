package contract

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/btcsuite/btcd/wire"
)

// The key types of BIP-0370 that take the place of the unsigned transaction,
// and what else this file has to know.
const (
	globalUnsignedTx  = 0x00
	globalTxVersion   = 0x02
	globalLockTime    = 0x03
	globalInputs      = 0x04
	globalOutputs     = 0x05
	globalModifiable  = 0x06
	globalPSBTVersion = 0xfb

	inPreviousTxid = 0x0e
	inOutputIndex  = 0x0f
	inSequence     = 0x10
	inTimeLock     = 0x11
	inHeightLock   = 0x12

	outAmount = 0x03
	outScript = 0x04

	maxPSBTParts = 2_000 // inputs, and outputs
)

var psbtMagic = []byte{0x70, 0x73, 0x62, 0x74, 0xff}

// field is one of a PSBT's: its key, whose first byte is the type, and value.
type field struct{ key, value []byte }

// fields is one map of a PSBT.
type fields []field

// plain is the value of the field whose key is a type alone.
func (f fields) plain(kind byte) ([]byte, bool) {
	for _, x := range f {
		if len(x.key) == 1 && x.key[0] == kind {
			return x.value, true
		}
	}
	return nil, false
}

// number is a little-endian one of 4 bytes, otherwise when it is not there.
func (f fields) number(kind byte, otherwise uint32) (uint32, error) {
	v, ok := f.plain(kind)
	if !ok {
		return otherwise, nil
	}
	if len(v) != 4 {
		return 0, fmt.Errorf("%w: field %02x has %d bytes", ErrPSBT, kind, len(v))
	}
	return binary.LittleEndian.Uint32(v), nil
}

// count is a compact size.
func (f fields) count(kind byte) (int, error) {
	v, _ := f.plain(kind)
	r := bytes.NewReader(v)
	n, err := wire.ReadVarInt(r, 0)
	if err != nil || r.Len() > 0 || n > maxPSBTParts {
		return 0, fmt.Errorf("%w: field %02x is no number of inputs or outputs", ErrPSBT, kind)
	}
	return int(n), nil
}

// without leaves fields of some types out.
func (f fields) without(kinds ...byte) fields {
	var out fields
	for _, x := range f {
		if len(x.key) != 1 || !bytes.Contains(kinds, x.key[:1]) {
			out = append(out, x)
		}
	}
	return out
}

func readFields(r *bytes.Reader) (fields, error) {
	var out fields
	for {
		key, err := wire.ReadVarBytes(r, 0, MaxPSBT, "key")
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrPSBT, err)
		}
		if len(key) == 0 {
			return out, nil
		}
		value, err := wire.ReadVarBytes(r, 0, MaxPSBT, "value")
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrPSBT, err)
		}
		out = append(out, field{key, value})
	}
}

func (f fields) write(b *bytes.Buffer) {
	for _, x := range f {
		_ = wire.WriteVarBytes(b, 0, x.key) // a buffer takes everything
		_ = wire.WriteVarBytes(b, 0, x.value)
	}
	b.WriteByte(0)
}

// asVersion0 is a PSBT in version 0, which it may be already (BIP-0370,
// conversion).
func asVersion0(raw []byte) ([]byte, error) {
	r := bytes.NewReader(raw)
	magic := make([]byte, len(psbtMagic))
	if _, err := r.Read(magic); err != nil || !bytes.Equal(magic, psbtMagic) {
		return nil, fmt.Errorf("%w: no PSBT", ErrPSBT)
	}
	global, err := readFields(r)
	if err != nil {
		return nil, err
	}
	version, err := global.number(globalPSBTVersion, 0)
	switch {
	case err != nil:
		return nil, err
	case version == 0:
		return raw, nil
	case version != 2:
		return nil, fmt.Errorf("%w: version %d", ErrPSBT, version)
	}
	inputs, err := global.count(globalInputs)
	if err != nil {
		return nil, err
	}
	outputs, err := global.count(globalOutputs)
	if err != nil {
		return nil, err
	}
	parts := make([]fields, inputs+outputs)
	for i := range parts {
		if parts[i], err = readFields(r); err != nil {
			return nil, err
		}
	}
	tx, err := unsigned(global, parts[:inputs], parts[inputs:])
	if err != nil {
		return nil, err
	}
	var plain bytes.Buffer
	if err := tx.SerializeNoWitness(&plain); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPSBT, err)
	}
	b := bytes.NewBuffer(bytes.Clone(psbtMagic))
	rest := global.without(globalUnsignedTx, globalTxVersion, globalLockTime, globalInputs, globalOutputs, globalModifiable, globalPSBTVersion)
	append(fields{{[]byte{globalUnsignedTx}, plain.Bytes()}}, rest...).write(b)
	for i, part := range parts {
		if i < inputs {
			part.without(inPreviousTxid, inOutputIndex, inSequence, inTimeLock, inHeightLock).write(b)
		} else {
			part.without(outAmount, outScript).write(b)
		}
	}
	return b.Bytes(), nil
}

// unsigned is the transaction that version 2 spreads over its maps. The lock
// time is the fallback: inputs that ask for one of their own are no pledges.
func unsigned(global fields, inputs, outputs []fields) (*wire.MsgTx, error) {
	version, err := global.number(globalTxVersion, 0)
	if err != nil {
		return nil, err
	}
	tx := wire.NewMsgTx(int32(version))
	if tx.LockTime, err = global.number(globalLockTime, 0); err != nil {
		return nil, err
	}
	for i, f := range inputs {
		txid, _ := f.plain(inPreviousTxid)
		if len(txid) != 32 {
			return nil, fmt.Errorf("%w: input %d names no coin", ErrPSBT, i)
		}
		for _, lock := range []byte{inTimeLock, inHeightLock} {
			own, err := f.number(lock, tx.LockTime)
			if err != nil || own != tx.LockTime {
				return nil, fmt.Errorf("%w: input %d asks for a lock time of its own", ErrPSBT, i)
			}
		}
		in := &wire.TxIn{}
		copy(in.PreviousOutPoint.Hash[:], txid)
		if _, ok := f.plain(inOutputIndex); !ok {
			return nil, fmt.Errorf("%w: input %d names no coin", ErrPSBT, i)
		}
		if in.PreviousOutPoint.Index, err = f.number(inOutputIndex, 0); err != nil {
			return nil, err
		}
		if in.Sequence, err = f.number(inSequence, wire.MaxTxInSequenceNum); err != nil {
			return nil, err
		}
		tx.AddTxIn(in)
	}
	for i, f := range outputs {
		amount, _ := f.plain(outAmount)
		script, ok := f.plain(outScript)
		if len(amount) != 8 || !ok {
			return nil, fmt.Errorf("%w: output %d has no amount or script", ErrPSBT, i)
		}
		tx.AddTxOut(wire.NewTxOut(int64(binary.LittleEndian.Uint64(amount)), script))
	}
	return tx, nil
}
