package compose

import "encoding/hex"

// OfferID names a sell offer. It is public.
type OfferID [16]byte

// String is the id in 32 hexadecimal digits.
func (id OfferID) String() string { return hex.EncodeToString(id[:]) }

// IsZero reports whether it names nothing.
func (id OfferID) IsZero() bool { return id == OfferID{} }

// ParseOfferID reads 32 hexadecimal digits. Errors: ErrUnknownOffer.
func ParseOfferID(text string) (id OfferID, err error) {
	if len(text) != 2*len(id) {
		return OfferID{}, ErrUnknownOffer
	}
	if _, err := hex.Decode(id[:], []byte(text)); err != nil {
		return OfferID{}, ErrUnknownOffer
	}
	return id, nil
}
