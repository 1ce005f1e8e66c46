package compose

import (
	"fmt"

	"cairn/assets"

	"github.com/btcsuite/btcd/wire"
)

// rules are what a protocol's package gives to build with. Its composers refuse what
// one transaction cannot hold with assets.ErrTooMany.
type rules struct {
	color    func(tx *wire.MsgTx, inputs []assets.Input, reading assets.Reading) assets.Coloring
	issue    func(o Order, coins []assets.Coin, payments []assets.Payment) (assets.Unsigned, error)
	transfer func(coins []assets.Coin, payments []assets.Payment, change []byte) (assets.Unsigned, error)
	burn     func(coins []assets.Coin, burn assets.Holding, change []byte) (assets.Unsigned, error)
	// id is that of an asset that the first coin issues.
	id func(o Order) (assets.ID, error)
}

// held is a coin of the visitor with what it holds.
type held struct {
	Coin
	holdings []assets.Holding
	tag      uint32
	hasTag   bool
	// presigned is the witness of a coin that its owner has signed for beforehand, as
	// a PSBT holds it: that of an offer.
	presigned []byte
}

func (h held) coin() assets.Coin {
	return assets.Coin{
		OutPoint: h.OutPoint, Value: h.Value, Script: h.Script, Holdings: h.holdings, Tag: h.tag, HasTag: h.hasTag,
	}
}

func coinsOf(list []held) []assets.Coin {
	out := make([]assets.Coin, len(list))
	for i, h := range list {
		out[i] = h.coin()
	}
	return out
}

// inputsOf are the coins as a protocol reads them.
func inputsOf(list []held) []assets.Input {
	out := make([]assets.Input, len(list))
	for i, h := range list {
		out[i] = h.coin().Input()
	}
	return out
}

func rulesOf(p assets.Protocol) (rules, error) {
	r, known := protocols[p]
	if !known {
		return rules{}, fmt.Errorf("%w: %d", assets.ErrProtocol, p)
	}
	return r, nil
}
