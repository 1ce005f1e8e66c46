package format

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"time"
)

// EntrySize is the length of an entry in bytes.
const EntrySize = 44

// BundledSize is what an entry takes in a bundle: a length of two bytes
// before it.
const BundledSize = 2 + EntrySize

// Entry is one commitment of the calendar: be32(Unix time) ‖ 32-byte Merkle
// root of the digests it stands for ‖ 8-byte MAC (otsserver/calendar.py).
type Entry [EntrySize]byte

// Time is when the calendar says it stored the digests: UTC, second precision.
func (e Entry) Time() time.Time {
	return time.Unix(int64(binary.BigEndian.Uint32(e[:4])), 0).UTC()
}

// LeafHash is the entry's leaf in the log: sha256(00 ‖ entry).
func (e *Entry) LeafHash() Hash {
	var prefixed [1 + EntrySize]byte
	copy(prefixed[1:], e[:])
	return sha256.Sum256(prefixed[:])
}

// AnchorLeaf is the entry's leaf in the tree of an anchor: its SHA-256
// (otsserver/stamper.py).
func (e *Entry) AnchorLeaf() [sha256.Size]byte { return sha256.Sum256(e[:]) }

// String is the entry in hexadecimal.
func (e Entry) String() string { return hex.EncodeToString(e[:]) }

// ParseEntry reads what String wrote. Errors: ErrBundle.
func ParseEntry(text string) (e Entry, err error) {
	if len(text) != 2*EntrySize {
		return e, fmt.Errorf("%w: an entry has %d hexadecimal digits", ErrBundle, 2*EntrySize)
	}
	if _, err := hex.Decode(e[:], []byte(text)); err != nil {
		return Entry{}, fmt.Errorf("%w: %w", ErrBundle, err)
	}
	return e, nil
}

// AppendEntry writes an entry into a bundle: its length in two bytes,
// big-endian, and its bytes.
func AppendEntry(dst []byte, e Entry) []byte {
	dst = binary.BigEndian.AppendUint16(dst, EntrySize)
	return append(dst, e[:]...)
}

// ParseBundle reads whole entries, at most Width of them; how many there must
// be is for the caller to say. Errors: ErrBundle.
func ParseBundle(raw []byte) ([]Entry, error) {
	if len(raw)%BundledSize != 0 || len(raw) > Width*BundledSize {
		return nil, fmt.Errorf("%w: %d bytes are not whole entries of %d", ErrBundle, len(raw), BundledSize)
	}
	entries := make([]Entry, len(raw)/BundledSize)
	for i := range entries {
		one := raw[i*BundledSize : (i+1)*BundledSize]
		if n := binary.BigEndian.Uint16(one); n != EntrySize {
			return nil, fmt.Errorf("%w: entry %d has %d bytes", ErrBundle, i, n)
		}
		copy(entries[i][:], one[2:])
	}
	return entries, nil
}
