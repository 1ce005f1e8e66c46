package epobc

import (
	"strconv"

	"cairn/assets"

	"github.com/btcsuite/btcd/wire"
)

// The names of what a tag consists of, as Explain has them.
const (
	FieldTag     = "tag"     // "genesis" or "transfer"
	FieldPadding = "padding" // satoshi
	FieldUnread  = "unread"  // bits that mean nothing here
)

// Explain takes the tag apart. From and To are bits of the first input's
// sequence number, from the lowest. It is nil for a transaction without a tag.
func Explain(tx *wire.MsgTx) []assets.Field {
	sequence := Sequence(tx)
	tag, tagged := ParseTag(sequence)
	if !tagged {
		return nil
	}
	kind := "transfer"
	if tag.Genesis {
		kind = "genesis"
	}
	return []assets.Field{
		{From: 0, To: tagBits, Name: FieldTag, Value: kind},
		{From: tagBits, To: 2 * tagBits, Name: FieldPadding, Value: strconv.FormatUint(tag.Padding(), 10)},
		{From: 2 * tagBits, To: 32, Name: FieldUnread, Value: strconv.FormatUint(uint64(sequence>>(2*tagBits)), 10)},
	}
}
