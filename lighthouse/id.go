package lighthouse

import (
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"io"
)

// ID names a campaign in addresses: 16 letters and digits, guessed by nobody.
type ID [10]byte

// PledgeID names a pledge in public: nothing can be done with it but look.
type PledgeID [16]byte

// Key is a secret that whoever has it is taken for the creator of a campaign,
// or the owner of a pledge. Stores keep its SHA-256 only.
type Key [16]byte

var letters = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// NewID draws an ID from 10 random bytes.
func NewID(rand io.Reader) (id ID, err error) {
	_, err = io.ReadFull(rand, id[:])
	return id, err
}

// String is the ID as it stands in addresses.
func (id ID) String() string { return letters.EncodeToString(id[:]) }

// ParseID reads an ID. Errors: ErrUnknown.
func ParseID(text string) (id ID, err error) {
	if len(text) != letters.EncodedLen(len(id)) {
		return ID{}, fmt.Errorf("%w: an ID has 16 characters", ErrUnknown)
	}
	if _, err := letters.Decode(id[:], []byte(text)); err != nil {
		return ID{}, fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	return id, nil
}

// NewPledgeID draws a PledgeID from 16 random bytes.
func NewPledgeID(rand io.Reader) (id PledgeID, err error) {
	_, err = io.ReadFull(rand, id[:])
	return id, err
}

// String is the PledgeID in hexadecimal.
func (id PledgeID) String() string { return hex.EncodeToString(id[:]) }

// ParsePledgeID reads a PledgeID. Errors: ErrUnknownPledge.
func ParsePledgeID(text string) (id PledgeID, err error) {
	if err := parseHex(id[:], text); err != nil {
		return PledgeID{}, fmt.Errorf("%w: %w", ErrUnknownPledge, err)
	}
	return id, nil
}

// NewKey draws a Key from 16 random bytes.
func NewKey(rand io.Reader) (k Key, err error) {
	_, err = io.ReadFull(rand, k[:])
	return k, err
}

// Text is the key in hexadecimal, for the link of its owner. It is not called
// String, so that no log shows it by accident.
func (k Key) Text() string { return hex.EncodeToString(k[:]) }

// String hides the key.
func (k Key) String() string { return "secret" }

// ParseKey reads a Key. Errors: ErrNotYours.
func ParseKey(text string) (k Key, err error) {
	if err := parseHex(k[:], text); err != nil {
		return Key{}, fmt.Errorf("%w: %w", ErrNotYours, err)
	}
	return k, nil
}

func parseHex(into []byte, text string) error {
	if len(text) != hex.EncodedLen(len(into)) {
		return fmt.Errorf("%d characters instead of %d", len(text), hex.EncodedLen(len(into)))
	}
	_, err := hex.Decode(into, []byte(text))
	return err
}
