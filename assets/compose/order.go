package compose

import (
	"fmt"

	"cairn/assets"
	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// Operation is what an order is for.
type Operation string

// The operations.
const (
	// Issue makes a new asset. The first coin fixes its id.
	Issue Operation = "issue"
	// Reissue makes more units of an asset. The first coin has to be the issuer's.
	Reissue Operation = "reissue"
	// Transfer pays units and satoshi; what is left of the coins' units comes back.
	Transfer Operation = "transfer"
	// Burn destroys the units named, and none else.
	Burn Operation = "burn"
	// Lock empties the address that may issue an Open Assets asset, so that its key
	// can be forgotten. Nobody can see from outside whether it was.
	Lock Operation = "lock"
	// Dividend pays satoshi to all who held an asset at a block.
	Dividend Operation = "dividend"
	// Sell makes an offer: units of a coin for satoshi.
	Sell Operation = "sell"
	// Take accepts an offer.
	Take Operation = "take"
)

// Coin is a coin that the visitor offers to spend. What it holds is looked up.
type Coin struct {
	wire.OutPoint
	Value  btcutil.Amount
	Script []byte
	// Previous is the transaction that made it: needed where a signature does not
	// cover the value, which is for all but segwit coins.
	Previous *wire.MsgTx
	// Weight is that of its signature: of the witness, and four times the bytes of
	// the signature script; 0 for P2WPKH, P2TR by key, P2SH-P2WPKH and P2PKH.
	Weight int64
}

// Order is what a visitor wants. Which fields count depends on the operation.
type Order struct {
	Operation Operation
	// Protocol is that of an issue; else it is that of the assets.
	Protocol assets.Protocol
	// Asset: of Reissue, Lock, Dividend and Sell.
	Asset assets.ID
	// Coins are all that may be spent. Colored ones are spent all, and what is left of
	// their units comes back to Change; uncolored ones pay outputs and fees. For an
	// Issue the first is the one whose script, or place, fixes the id.
	Coins []Coin
	// Seed, if set, is the script whose coin fixes the id of an Issue under Open Assets
	// or an unlocked one under Colu: a transaction of its own, before the others, pays
	// that coin, of Coins or, where the order is Sponsored, of the node alone. Then the
	// visitor needs no coin, and the id is one that no issue before it has.
	Seed []byte
	// Payments: of Issue and Reissue those who get the new units (Asset is not looked at);
	// of Transfer those who get units or satoshi.
	Payments []assets.Payment
	// Burn names what is destroyed: units of one asset.
	Burn []assets.Holding
	// Change is where units and satoshi go that are left.
	Change []byte
	// Sponsored: the node pays fee and dust, for a price. Otherwise the coins do.
	Sponsored bool
	// Rate is for a fee of one's own; 0 for what is usual now.
	Rate chain.FeeRate

	// Metadata goes into an Open Assets marker as it is: "u=https://…", or "h" and 20
	// bytes. Torrent and Digest are Colu's: 20 and 32 bytes, or none.
	Metadata        []byte
	Torrent, Digest []byte
	// Divisibility (0 to 7), Locked and Dispersed, or Hybrid, are in the id of a Colu asset.
	Divisibility int
	Locked       bool
	Aggregation  Aggregation

	// Height is the block whose holders a Dividend pays, 0 for the last one; Sum what is
	// shared out, fees not included; Exclude are scripts that get nothing, such as the
	// issuer's own.
	Height  int32
	Sum     btcutil.Amount
	Exclude [][]byte

	// Price is what the seller gets for the coin, the first of Coins, at PayTo. Days is
	// how long the offer is in the book, 30 when 0.
	Price btcutil.Amount
	PayTo []byte
	Days  int
	// Offer is the one to Take; what it sells goes to PayTo.
	Offer OfferID

	// Source is who asks, for limits: 0 to 200 bytes, never from a visitor.
	Source string
}

// Aggregation says whether units of a Colu asset can be put together.
type Aggregation string

// Colu's three ways; "" is Aggregatable.
const (
	Aggregatable Aggregation = "aggregatable"
	Hybrid       Aggregation = "hybrid"
	Dispersed    Aggregation = "dispersed"
)

// Limits of one order.
const (
	MostCoins    = 80
	MostPayments = 2_000
	MostMetadata = 200 // bytes; a marker that is relayed holds fewer
	mostExclude  = 100
	mostScript   = 42 // bytes: all forms of outputs that have an address are shorter
	mostSource   = 200
	mostDays     = 365
	defaultDays  = 30
)

// check refuses what makes no sense by itself. Errors: ErrOrder, ErrLimit,
// assets.ErrUnits, assets.ErrDust.
func (o Order) check() error {
	switch {
	case len(o.Coins) > MostCoins || len(o.Payments) > MostPayments || len(o.Exclude) > mostExclude || len(o.Burn) > MostPayments:
		return fmt.Errorf("%w: %d coins, %d payments", ErrLimit, len(o.Coins), len(o.Payments))
	case len(o.Metadata) > MostMetadata || len(o.Source) > mostSource:
		return fmt.Errorf("%w: metadata of %d bytes", ErrLimit, len(o.Metadata))
	case o.Seed != nil:
		if err := o.checkSeed(); err != nil {
			return err
		}
	case len(o.Coins) == 0:
		return fmt.Errorf("%w: no coins", ErrOrder)
	}
	if o.Operation != Sell && !payable(o.Change) {
		return fmt.Errorf("%w: the change goes to no address", ErrOrder)
	}
	seen := make(map[wire.OutPoint]bool, len(o.Coins))
	for _, c := range o.Coins {
		if seen[c.OutPoint] {
			return fmt.Errorf("%w: coin %s twice", ErrOrder, c.OutPoint)
		}
		seen[c.OutPoint] = true
		if err := c.check(); err != nil {
			return err
		}
	}
	for i, p := range o.Payments {
		if err := checkPayment(p); err != nil {
			return fmt.Errorf("payment %d: %w", i, err)
		}
	}
	return o.checkOperation()
}

func (o Order) checkOperation() error {
	bad := func(what string) error { return fmt.Errorf("%w: %s", ErrOrder, what) }
	switch o.Operation {
	case Issue, Reissue:
		if len(o.Payments) == 0 {
			return fmt.Errorf("%w: nobody gets the units", ErrNothing)
		}
		for _, p := range o.Payments {
			if p.Units == 0 {
				return bad("an issue pays units only")
			}
		}
		if o.Operation == Reissue && o.Asset.IsZero() {
			return bad("which asset?")
		}
	case Transfer:
		if len(o.Payments) == 0 {
			return fmt.Errorf("%w: no payments", ErrNothing)
		}
		for _, p := range o.Payments {
			if p.Units > 0 && p.Asset.IsZero() {
				return bad("which asset?")
			}
		}
	case Burn:
		if len(o.Burn) != 1 || o.Burn[0].Units < 1 || o.Burn[0].Asset.IsZero() {
			return bad("what is destroyed is named: one asset, and its units")
		}
	case Lock:
		if o.Asset.IsZero() {
			return bad("which asset?")
		}
	case Dividend:
		if o.Asset.IsZero() || o.Sum < 1 || o.Sum > btcutil.MaxSatoshi || o.Height < 0 {
			return bad("a dividend needs an asset and a sum")
		}
	case Sell:
		if o.Asset.IsZero() || len(o.Coins) != 1 || !payable(o.PayTo) || o.Price < assets.Dust(o.PayTo) || o.Price > btcutil.MaxSatoshi {
			return bad("an offer is one coin, a price and where it goes")
		}
		if o.Days < 0 || o.Days > mostDays {
			return bad("an offer lasts 1 to 365 days")
		}
	case Take:
		if !payable(o.PayTo) {
			return bad("what is bought goes to no address")
		}
	default:
		return bad("no such operation")
	}
	return nil
}

func (c Coin) check() error {
	switch {
	case c.Value < 1 || c.Value > btcutil.MaxSatoshi || len(c.Script) == 0 || len(c.Script) > txscript.MaxScriptSize:
		return fmt.Errorf("%w: %s has no value or script", ErrCoin, c.OutPoint)
	case c.Weight < 0 || c.Weight > mostWeight:
		return fmt.Errorf("%w: a signature of weight %d", ErrOrder, c.Weight)
	case c.Previous != nil && (c.Previous.TxHash() != c.Hash || int(c.Index) >= len(c.Previous.TxOut)):
		return fmt.Errorf("%w: %s is not of that transaction", ErrCoin, c.OutPoint)
	case c.Previous == nil && !segwit(c.Script) && !txscript.IsPayToScriptHash(c.Script):
		return fmt.Errorf("%w: %s needs the transaction that made it", ErrUnsigned, c.OutPoint)
	}
	if c.Previous != nil {
		out := c.Previous.TxOut[c.Index]
		if out.Value != int64(c.Value) || string(out.PkScript) != string(c.Script) {
			return fmt.Errorf("%w: %s has another value or script", ErrCoin, c.OutPoint)
		}
	}
	_, err := c.weight()
	return err
}

func checkPayment(p assets.Payment) error {
	switch {
	case !payable(p.Script):
		return fmt.Errorf("%w: no address", ErrOrder)
	case p.Units < 0:
		return fmt.Errorf("%w: %d", assets.ErrUnits, p.Units)
	case p.Units == 0 && p.Value == 0:
		return fmt.Errorf("%w: it pays nothing", ErrOrder)
	case p.Value < 0 || p.Value > btcutil.MaxSatoshi:
		return fmt.Errorf("%w: a value of %d sat", ErrOrder, int64(p.Value))
	case p.Value > 0 && p.Value < assets.Dust(p.Script):
		return fmt.Errorf("%w: %d sat", assets.ErrDust, int64(p.Value))
	}
	return nil
}

// payable says that a script has an address, so that somebody can spend what it gets.
func payable(script []byte) bool {
	if len(script) == 0 || len(script) > mostScript {
		return false
	}
	return txscript.IsPayToPubKeyHash(script) || txscript.IsPayToScriptHash(script) || segwit(script)
}

func segwit(script []byte) bool {
	return txscript.IsPayToTaproot(script) || txscript.IsPayToWitnessPubKeyHash(script) || txscript.IsPayToWitnessScriptHash(script)
}
