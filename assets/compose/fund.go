package compose

import (
	"fmt"

	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// mostWeight is that of the heaviest transaction that is relayed, and mostBytes
// what is passed on in one piece (chain/visitor).
const (
	mostWeight = 400_000
	mostBytes  = 100_000
)

// Weights of signatures (BIP-0141): segwit version 0 by a key at most 72 bytes and
// the key, taproot by its key 65; where a signature script is needed, four times
// its bytes.
const (
	p2wpkhWeight = 1 + 1 + 72 + 1 + 33
	p2trWeight   = 1 + 1 + 65
	nestedWeight = p2wpkhWeight + 4*23
	p2pkhWeight  = 1 + 4*(1+72+1+33)
)

// weight is that of the coin's signature. Errors: ErrUnsigned.
func (c Coin) weight() (int64, error) {
	switch {
	case c.Weight > 0:
		return c.Weight, nil
	case txscript.IsPayToWitnessPubKeyHash(c.Script):
		return p2wpkhWeight, nil
	case txscript.IsPayToTaproot(c.Script):
		return p2trWeight, nil
	case txscript.IsPayToScriptHash(c.Script):
		return nestedWeight, nil
	case txscript.IsPayToPubKeyHash(c.Script):
		return p2pkhWeight, nil
	}
	return 0, fmt.Errorf("%w: %s", ErrUnsigned, c.OutPoint)
}

// weigh is the weight of a transaction that the coins' owners have signed.
func weigh(tx *wire.MsgTx, coins []Coin) (int64, error) {
	sum := 4*int64(tx.SerializeSizeStripped()) + 2
	for _, c := range coins {
		w, err := c.weight()
		if err != nil {
			return 0, err
		}
		sum += w
	}
	return sum, nil
}

// feeOf is what a weight costs: never less than one satoshi a virtual byte.
func feeOf(rate chain.FeeRate, weight int64) btcutil.Amount {
	return max(rate.Fee(weight), btcutil.Amount((weight+3)/4))
}
