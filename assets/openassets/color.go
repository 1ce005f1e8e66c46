package openassets

import (
	"errors"
	"math"

	"cairn/assets"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// Why a marker was not applied, as Coloring.Why has it.
const (
	// WhyMalformed: the payload cannot be read.
	WhyMalformed = "malformed"
	// WhyDepth: a quantity is written with more than nine bytes.
	WhyDepth = "depth"
	// WhyUnits: a quantity is over 2^63-1.
	WhyUnits = "units"
	// WhyList: there are more quantities than outputs.
	WhyList = "list"
	// WhyShort: the outputs want more units than the inputs hold.
	WhyShort = "short"
	// WhyMixed: an output would hold units of two assets.
	WhyMixed = "mixed"
	// WhyIssuer: units are issued, and the first input's coin is not known, whose
	// script is the asset's id. What is moved is told all the same.
	WhyIssuer = "issuer"
	// WhyInputs: there are not as many inputs as the transaction has.
	WhyInputs = "inputs"
)

// AssetID is the asset that the holder of a script can issue (OAP/1.0 "Asset ID").
func AssetID(script []byte) assets.ID {
	id, err := assets.NewID(assets.OpenAssets, btcutil.Hash160(script))
	if err != nil {
		panic(err) // a hash is always as long as an id
	}
	return id
}

// Speaker is the asset about which a transaction's metadata speaks, whether it
// issues units or not: that of the first input's script. It is zero when that
// is not known.
func Speaker(inputs []assets.Input) assets.ID {
	if len(inputs) == 0 || inputs[0].Prevout == nil {
		return assets.ID{}
	}
	return AssetID(inputs[0].Prevout.PkScript)
}

// Color colors a transaction's outputs by the order of units (OAP/1.0 "Open
// Assets Transactions"). The coloring's Metadata is that of the marker applied,
// also of one that issues nothing: it speaks about Speaker(inputs).
func Color(tx *wire.MsgTx, inputs []assets.Input, reading assets.Reading) assets.Coloring {
	c := assets.Coloring{
		Protocol: assets.OpenAssets, Verdict: assets.None, Marker: -1,
		Outputs: make([][]assets.Holding, len(tx.TxOut)),
	}
	if coinbase(tx) {
		return c
	}
	if len(inputs) != len(tx.TxIn) {
		c.Verdict, c.Why = assets.Unsure, WhyInputs
		return c
	}
	d := dialectOf(reading)
	for at, out := range tx.TxOut {
		m, err := d.parseScript(out.PkScript)
		if errors.Is(err, ErrNoMarker) {
			continue
		}
		why := malformed(err)
		if err == nil {
			p := passage{tx: tx, inputs: inputs, marker: at, list: m.Quantities, Coloring: c}
			p.Marker, p.Metadata, p.Why = at, m.Metadata, ""
			if why = p.run(d); why == "" {
				return p.Coloring
			}
		}
		if c.Verdict == assets.None {
			c.Verdict, c.Why, c.Marker = assets.Rejected, why, at
		}
		if d.firstOnly && err == nil {
			break
		}
	}
	p := passage{inputs: inputs, Coloring: c}
	p.destroyRest()
	return p.Coloring
}

// malformed says in which way a payload cannot be read.
func malformed(err error) (why string) {
	switch {
	case errors.Is(err, ErrDepth):
		return WhyDepth
	case errors.Is(err, assets.ErrUnits):
		return WhyUnits
	}
	return WhyMalformed
}

// coinbase transactions and those without inputs have no units to move, nor a
// script to issue from.
func coinbase(tx *wire.MsgTx) bool {
	if len(tx.TxIn) != 1 {
		return len(tx.TxIn) == 0
	}
	from := tx.TxIn[0].PreviousOutPoint
	return from.Index == math.MaxUint32 && from.Hash == chainhash.Hash{}
}

// Needs are the inputs whose coins have to be known, beyond the units they hold,
// before the transaction can be colored: the first one's script when units are
// issued. It is empty when what inputs hold is enough.
func Needs(tx *wire.MsgTx, inputs []assets.Input) []int {
	if len(inputs) == 0 || inputs[0].Prevout != nil || !Touches(tx) {
		return nil
	}
	if c := Color(tx, inputs, assets.Specification); c.Verdict == assets.Unsure {
		return []int{0}
	}
	return nil
}
