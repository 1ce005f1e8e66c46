package guard

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"cairn/chain/rawtx"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

var psbtMagic = []byte{0x70, 0x73, 0x62, 0x74, 0xff}

// The types of keys that are read (BIP-0174, BIP-0370).
const (
	globalUnsignedTx  = 0x00
	globalTxVersion   = 0x02
	globalLockTime    = 0x03
	globalInputs      = 0x04
	globalOutputs     = 0x05
	globalPSBTVersion = 0xfb

	inPreviousTx   = 0x00
	inWitnessCoin  = 0x01
	inPreviousTxid = 0x0e
	inOutputIndex  = 0x0f
	inSequence     = 0x10
	inTimeLock     = 0x11
	inHeightLock   = 0x12

	outAmount = 0x03
	outScript = 0x04
)

// keyed is one map of a PSBT, those of its fields whose key is a type alone.
type keyed map[byte][]byte

// readPSBT reads the transaction, and the coins it shows, of both versions.
func (s *Subject) readPSBT(raw []byte) error {
	r := bytes.NewReader(raw[len(psbtMagic):])
	global, err := readMap(r)
	if err != nil {
		return err
	}
	var inputs []keyed
	switch version, err := global.number(globalPSBTVersion, 0); {
	case err != nil:
		return err
	case version == 0:
		if s.Tx, err = readUnsigned(global[globalUnsignedTx]); err != nil {
			return err
		}
		if inputs, err = readMaps(r, len(s.Tx.TxIn)); err != nil {
			return err
		}
		if _, err := readMaps(r, len(s.Tx.TxOut)); err != nil {
			return err
		}
	case version == 2:
		if inputs, err = s.readVersion2(r, global); err != nil {
			return err
		}
	default:
		return fmt.Errorf("%w: a PSBT of version %d", ErrForm, version)
	}
	if r.Len() > 0 {
		return fmt.Errorf("%w: %d bytes behind the PSBT", ErrForm, r.Len())
	}
	for i, in := range inputs {
		if err := s.readCoin(s.Tx.TxIn[i].PreviousOutPoint, in); err != nil {
			return err
		}
	}
	return nil
}

// readUnsigned reads the transaction of version 0, which never has witnesses.
func readUnsigned(raw []byte) (*wire.MsgTx, error) {
	tx, err := rawtx.ReadStripped(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: a PSBT without its transaction: %w", ErrForm, err)
	}
	return tx, nil
}

// readVersion2 puts the transaction of version 2 together.
func (s *Subject) readVersion2(r *bytes.Reader, global keyed) (inputs []keyed, err error) {
	version, err := global.number(globalTxVersion, 2)
	if err != nil {
		return nil, err
	}
	ins, err := global.count(globalInputs)
	if err != nil {
		return nil, err
	}
	outs, err := global.count(globalOutputs)
	if err != nil {
		return nil, err
	}
	if inputs, err = readMaps(r, ins); err != nil {
		return nil, err
	}
	outputs, err := readMaps(r, outs)
	if err != nil {
		return nil, err
	}
	s.Tx = wire.NewMsgTx(int32(version))
	for _, in := range inputs {
		hash, err := chainhash.NewHash(in[inPreviousTxid])
		if err != nil {
			return nil, fmt.Errorf("%w: an input without its coin", ErrForm)
		}
		index, err := in.number(inOutputIndex, 0)
		if err != nil {
			return nil, err
		}
		sequence, err := in.number(inSequence, wire.MaxTxInSequenceNum)
		if err != nil {
			return nil, err
		}
		s.Tx.AddTxIn(&wire.TxIn{PreviousOutPoint: wire.OutPoint{Hash: *hash, Index: index}, Sequence: sequence})
	}
	for _, out := range outputs {
		if len(out[outAmount]) != 8 {
			return nil, fmt.Errorf("%w: an output without its amount", ErrForm)
		}
		s.Tx.AddTxOut(wire.NewTxOut(int64(binary.LittleEndian.Uint64(out[outAmount])), out[outScript]))
	}
	s.Tx.LockTime, err = lockTime(global, inputs)
	return inputs, err
}

// lockTime is the one that all inputs can do with: by height where they can
// (BIP-0370 "Determining Lock Time").
func lockTime(global keyed, inputs []keyed) (uint32, error) {
	fallback, err := global.number(globalLockTime, 0)
	if err != nil {
		return 0, err
	}
	var height, time uint32
	locked, byHeight := false, true
	for _, in := range inputs {
		h, err := in.number(inHeightLock, 0)
		if err != nil {
			return 0, err
		}
		t, err := in.number(inTimeLock, 0)
		if err != nil {
			return 0, err
		}
		if h == 0 && t == 0 {
			continue
		}
		locked, byHeight = true, byHeight && h > 0
		height, time = max(height, h), max(time, t)
	}
	switch {
	case !locked:
		return fallback, nil
	case byHeight:
		return height, nil
	}
	return time, nil
}

// readCoin keeps what an input's map shows of its coin.
func (s *Subject) readCoin(at wire.OutPoint, in keyed) error {
	if raw, is := in[inPreviousTx]; is {
		parent, err := readTx(raw)
		if err != nil {
			return err
		}
		if parent.TxHash() != at.Hash || int64(at.Index) >= int64(len(parent.TxOut)) {
			return fmt.Errorf("%w: %s", ErrPrevious, at)
		}
		s.Parents[at.Hash] = parent
		return nil
	}
	raw, is := in[inWitnessCoin]
	if !is {
		return nil
	}
	if len(raw) < 9 {
		return fmt.Errorf("%w: the coin of %s", ErrForm, at)
	}
	r := bytes.NewReader(raw[8:])
	script, err := wire.ReadVarBytes(r, 0, MaxBytes, "script")
	if err != nil || r.Len() > 0 {
		return fmt.Errorf("%w: the coin of %s", ErrForm, at)
	}
	s.Coins[at] = wire.NewTxOut(int64(binary.LittleEndian.Uint64(raw)), script)
	return nil
}

func readMaps(r *bytes.Reader, n int) ([]keyed, error) {
	if n > r.Len() { // a map has a byte at least
		return nil, fmt.Errorf("%w: the PSBT is cut off", ErrForm)
	}
	maps := make([]keyed, n)
	for i := range maps {
		var err error
		if maps[i], err = readMap(r); err != nil {
			return nil, err
		}
	}
	return maps, nil
}

func readMap(r *bytes.Reader) (keyed, error) {
	out := keyed{}
	for {
		key, err := wire.ReadVarBytes(r, 0, MaxBytes, "key")
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrForm, err)
		}
		if len(key) == 0 {
			return out, nil
		}
		value, err := wire.ReadVarBytes(r, 0, MaxBytes, "value")
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrForm, err)
		}
		if len(key) > 1 {
			continue
		}
		if _, twice := out[key[0]]; twice {
			return nil, fmt.Errorf("%w: a field is there twice", ErrForm)
		}
		out[key[0]] = value
	}
}

// number is a little-endian one of 4 bytes, otherwise when it is not there.
func (k keyed) number(kind byte, otherwise uint32) (uint32, error) {
	v, is := k[kind]
	if !is {
		return otherwise, nil
	}
	if len(v) != 4 {
		return 0, fmt.Errorf("%w: field %02x has %d bytes", ErrForm, kind, len(v))
	}
	return binary.LittleEndian.Uint32(v), nil
}

// count is a compact size.
func (k keyed) count(kind byte) (int, error) {
	r := bytes.NewReader(k[kind])
	n, err := wire.ReadVarInt(r, 0)
	if err != nil || r.Len() > 0 || n > maxParts {
		return 0, fmt.Errorf("%w: field %02x is no number of inputs or outputs", ErrForm, kind)
	}
	return int(n), nil
}
