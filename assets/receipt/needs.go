package receipt

import (
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"

	"cairn/assets"
	"cairn/assets/colu"
	"cairn/assets/epobc"
	"cairn/assets/openassets"
)

// Touches reports whether a transaction can have colored outputs under a protocol
// at all: outputs of others are uncolored, whatever they spend.
func Touches(p assets.Protocol, tx *wire.MsgTx) bool {
	if IsCoinbase(tx) {
		return false
	}
	switch p {
	case assets.OpenAssets:
		return openassets.Touches(tx)
	case assets.Colu:
		return colu.Touches(tx)
	case assets.EPOBC:
		return epobc.Touches(tx)
	}
	return false
}

// IsCoinbase reports whether a transaction pays a miner.
func IsCoinbase(tx *wire.MsgTx) bool {
	return len(tx.TxIn) == 1 && tx.TxIn[0].PreviousOutPoint == wire.OutPoint{Hash: chainhash.Hash{}, Index: wire.MaxPrevOutIndex}
}

// Need says what has to be known of the coin that an input spends, to color
// one output.
type Need uint8

// What may be needed, each with what comes before.
const (
	Nothing Need = iota
	// Script is the coin itself: its value, its script, the tag.
	Script
	// Units are what the coin holds, too, and so where it comes from.
	Units
)

// Needed says what one output's color depends on, for each input. An issue that
// moves nothing does not depend on what its inputs hold, so that a receipt need
// not go through all that its issuer ever did.
func Needed(p assets.Protocol, tx *wire.MsgTx, output uint32) []Need {
	needs := make([]Need, len(tx.TxIn))
	fill := func(n Need) []Need {
		for i := range needs {
			needs[i] = n
		}
		return needs
	}
	switch {
	case !Touches(p, tx):
		return needs
	case p == assets.OpenAssets && onlyIssues(tx), p == assets.Colu && paysWhatItIssues(tx, output):
		needs[0] = Script
		return needs
	case p == assets.EPOBC:
		if tag, tagged := epobc.ParseTag(epobc.Sequence(tx)); tagged && tag.Genesis {
			return needs
		}
	}
	return fill(Units)
}

// onlyIssues reports whether the one Open Assets marker has nothing for outputs
// behind it: then it holds whatever the inputs have.
func onlyIssues(tx *wire.MsgTx) bool {
	marker, list := -1, []int64(nil)
	for i, out := range tx.TxOut {
		m, err := openassets.ParseScript(out.PkScript)
		if err != nil {
			continue
		}
		if marker >= 0 {
			return false
		}
		marker, list = i, m.Quantities
	}
	if marker < 0 || len(list) >= len(tx.TxOut) {
		return false
	}
	for i, units := range list {
		if i >= marker && units != 0 {
			return false
		}
	}
	return true
}

// paysWhatItIssues reports whether a Colu issue pays out exactly its new units,
// which come before all others, and the output is not the last, which gets the rest.
func paysWhatItIssues(tx *wire.MsgTx, output uint32) bool {
	p, _, err := colu.Find(tx)
	if p == nil || err != nil || p.Kind != colu.Issuance || p.Huge || uint64(output)+1 >= uint64(len(tx.TxOut)) {
		return false
	}
	left := p.Units
	for _, q := range p.Payments {
		if q.Range || q.Percent || q.Input != 0 || q.Output >= len(tx.TxOut) || q.Units > left {
			return false
		}
		left -= q.Units
	}
	return left == 0
}
