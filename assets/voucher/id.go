package voucher

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"io"
)

// ShopID and SeriesID name shops and series: 16 letters and digits.
type (
	ShopID   [10]byte
	SeriesID [10]byte
)

// Key is a secret that whoever has it is taken for an owner, cashier or
// accountant of a shop. The store keeps its SHA-256 only.
type Key [16]byte

// RequestID is made by the till for one redemption: repeated under the same,
// nothing happens twice.
type RequestID [16]byte

var letters = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// String is the ID as it stands in addresses.
func (id ShopID) String() string { return letters.EncodeToString(id[:]) }

// String is the ID as it stands in addresses.
func (id SeriesID) String() string { return letters.EncodeToString(id[:]) }

// String is the ID in hexadecimal.
func (id RequestID) String() string { return hex.EncodeToString(id[:]) }

// ParseShopID reads a ShopID. Errors: ErrShop.
func ParseShopID(text string) (id ShopID, err error) {
	err = readID(id[:], text, ErrShop)
	return id, err
}

// ParseSeriesID reads a SeriesID. Errors: ErrSeries.
func ParseSeriesID(text string) (id SeriesID, err error) {
	err = readID(id[:], text, ErrSeries)
	return id, err
}

func readID(into []byte, text string, kind ErrorKind) error {
	if len(text) != letters.EncodedLen(len(into)) {
		return fmt.Errorf("%w: an ID has 16 characters", kind)
	}
	if _, err := letters.Decode(into, []byte(text)); err != nil {
		return fmt.Errorf("%w: %w", kind, err)
	}
	return nil
}

// ParseRequestID reads 32 hexadecimal digits. Errors: ErrReplay.
func ParseRequestID(text string) (id RequestID, err error) {
	if err := parseHex(id[:], text); err != nil {
		return RequestID{}, fmt.Errorf("%w: %w", ErrReplay, err)
	}
	return id, nil
}

// Text is the key in hexadecimal, for the link of whom it is for. It is not
// called String, so that no log shows it by accident.
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

func (k Key) hash() []byte {
	sum := sha256.Sum256(k[:])
	return sum[:]
}

func draw[T ~[10]byte | ~[16]byte](rand io.Reader) (v T, err error) {
	raw := make([]byte, len(v))
	if _, err = io.ReadFull(rand, raw); err != nil {
		return v, fmt.Errorf("draw a random name: %w", err)
	}
	return T(raw), nil
}

func parseHex(into []byte, text string) error {
	if len(text) != hex.EncodedLen(len(into)) {
		return fmt.Errorf("%d characters instead of %d", len(text), hex.EncodedLen(len(into)))
	}
	_, err := hex.Decode(into, []byte(text))
	return err
}
