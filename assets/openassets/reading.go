package openassets

import (
	"encoding/binary"
	"fmt"
	"reflect"

	"cairn/assets"

	"github.com/btcsuite/btcd/wire"
)

// The readings of published implementations.
const (
	// Python is OpenAssets/openassets, the reference: a marker must be the one
	// push of its output, and a quantity may be written with any number of bytes.
	Python assets.Reading = "openassets-py"
	// NBitcoin is MetacoSA/NBitcoin: only the first marker is tried, and a
	// quantity may take ten bytes.
	NBitcoin assets.Reading = "nbitcoin"
	// Ruby is haw-itn/openassets-ruby: one push, later markers are left out of the
	// list of outputs, a count of 253 and more is read in the other byte order,
	// and bytes behind the metadata are let through.
	Ruby assets.Reading = "openassets-ruby"
)

// Readings are those of other implementations, which differ from the
// specification's in few transactions.
func Readings() []assets.Reading { return []assets.Reading{Python, NBitcoin, Ruby} }

// dialect is where readings differ.
type dialect struct {
	// onePush: a marker is the only push of its output.
	onePush bool
	// firstOnly: when the first marker cannot be applied, no other is tried.
	firstOnly bool
	// ruby: later markers take no place in the list, and its way with counts.
	ruby bool
	// depth is how many bytes a quantity may have, 0 for any number.
	depth int
}

var specification = dialect{depth: 9}

func dialectOf(r assets.Reading) dialect {
	switch r {
	case Python:
		return dialect{onePush: true}
	case NBitcoin:
		return dialect{firstOnly: true, depth: 10}
	case Ruby:
		return dialect{onePush: true, ruby: true, depth: 9}
	}
	return specification
}

// Forks names the readings under which the transaction's outputs are colored
// otherwise than by the specification.
func Forks(tx *wire.MsgTx, inputs []assets.Input) (forks []assets.Reading) {
	if !Touches(tx) {
		return nil
	}
	own := Color(tx, inputs, assets.Specification)
	for _, r := range Readings() {
		if other := Color(tx, inputs, r); !reflect.DeepEqual(own.Outputs, other.Outputs) {
			forks = append(forks, r)
		}
	}
	return forks
}

// parseRuby reads a payload as openassets-ruby does: checked in one byte order,
// then taken apart in the other.
func parseRuby(payload []byte) (m Marker, err error) {
	rest := payload[len(tag):]
	if err := checkRuby(rest); err != nil {
		return Marker{}, err
	}
	count := uint64(rest[0])
	switch rest[0] {
	case 0xfd:
		count, rest = uint64(binary.BigEndian.Uint16(rest[1:])), rest[3:]
	case 0xfe:
		count, rest = uint64(binary.BigEndian.Uint32(rest[1:])), rest[5:]
	default:
		rest = rest[1:]
	}
	// A count of 0 takes everything for quantities, the metadata too.
	for all := count == 0; len(rest) > 0 && (all || count > 0); count-- {
		q, n, err := quantity(rest, 9)
		if err != nil {
			if ended(rest) {
				return Marker{}, err
			}
			rest = nil // a last one that is cut off is dropped
			break
		}
		m.Quantities, rest = append(m.Quantities, q), rest[n:]
	}
	if len(rest) > 0 {
		m.Metadata = rest[1:] // its length is taken to be one byte
	}
	return m, nil
}

// ended reports whether the number at the beginning of b has its last byte.
func ended(b []byte) bool {
	for _, c := range b {
		if c&0x80 == 0 {
			return true
		}
	}
	return false
}

func checkRuby(rest []byte) error {
	count, n, err := varInt(rest)
	if err != nil {
		return err
	}
	for rest = rest[n:]; count > 0; count-- {
		_, n, err := quantity(rest, 9)
		if err != nil {
			return err
		}
		rest = rest[n:]
	}
	length, n, err := varInt(rest)
	if err != nil {
		return err
	}
	if length > uint64(len(rest)-n) {
		return fmt.Errorf("%w: metadata is cut off", ErrMarker)
	}
	return nil
}
