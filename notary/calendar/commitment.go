package calendar

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
)

// CommitmentSize is the length of a commitment in bytes.
const CommitmentSize = 4 + sha256.Size + 8

// Commitment is what the calendar promises to include in the chain, one for
// each group commit (otsserver/calendar.py).
type Commitment struct {
	// Time is the Unix time of the group commit in seconds.
	Time uint32
	// Tip is the Merkle root over the digests of the group.
	Tip [sha256.Size]byte
	// MAC marks the commitment as ours; see Key.
	MAC [8]byte
}

// Bytes is be32(time) ‖ tip ‖ mac, the message GET /timestamp is asked for.
func (c Commitment) Bytes() [CommitmentSize]byte {
	var raw [CommitmentSize]byte
	binary.BigEndian.PutUint32(raw[:4], c.Time)
	copy(raw[4:36], c.Tip[:])
	copy(raw[36:], c.MAC[:])
	return raw
}

// Leaf is the commitment's leaf in the tree of an anchor: its SHA-256
// (otsserver/stamper.py).
func (c Commitment) Leaf() [sha256.Size]byte {
	raw := c.Bytes()
	return sha256.Sum256(raw[:])
}

// String is the commitment in hexadecimal.
func (c Commitment) String() string {
	raw := c.Bytes()
	return hex.EncodeToString(raw[:])
}

// ParseCommitment reads what Bytes wrote; ok is false for any other length.
func ParseCommitment(raw []byte) (c Commitment, ok bool) {
	if len(raw) != CommitmentSize {
		return c, false
	}
	c.Time = binary.BigEndian.Uint32(raw[:4])
	copy(c.Tip[:], raw[4:36])
	copy(c.MAC[:], raw[36:])
	return c, true
}
