package assets

import (
	"fmt"
	"math"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/wire"
)

// Coin is an unspent output with what it holds under one protocol; Holdings is
// empty for one that pays in satoshi only.
type Coin struct {
	wire.OutPoint
	Value    btcutil.Amount
	Script   []byte
	Holdings []Holding
	// Tag is that of the transaction that made it (EPOBC), see Input.
	Tag    uint32
	HasTag bool
}

// Input is the coin as a protocol reads it.
func (c Coin) Input() Input {
	return Input{
		Prevout: wire.NewTxOut(int64(c.Value), c.Script), Holdings: c.Holdings,
		Tag: c.Tag, HasTag: c.HasTag,
	}
}

// Payment is an output to be made: units of an asset for a script, or satoshi
// only where Units is 0. A Value of 0 is the least that the network relays.
type Payment struct {
	Script []byte
	Asset  ID
	Units  int64
	Value  btcutil.Amount
}

// Units of one asset in holdings. Errors: ErrUnits over 2^63-1.
func Units(holdings []Holding, asset ID) (sum int64, err error) {
	for _, h := range holdings {
		if h.Asset != asset {
			continue
		}
		if h.Units < 0 || sum > math.MaxInt64-h.Units {
			return 0, fmt.Errorf("%w: more than %d", ErrUnits, int64(math.MaxInt64))
		}
		sum += h.Units
	}
	return sum, nil
}
