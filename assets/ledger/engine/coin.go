package engine

import (
	"context"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"

	"cairn/assets"
)

// Coin is an output that one protocol colors. An output may be colored under
// several at once; it is several Coins then.
type Coin struct {
	assets.Coin
	Protocol assets.Protocol
}

// Spent is a colored coin that an input spends.
type Spent struct {
	Input int
	Coin  Coin
}

// View is what is colored before a block or a transaction.
type View interface {
	// Colored are the coins of an outpoint that are not spent; none for nearly
	// every outpoint there is.
	Colored(at wire.OutPoint) []Coin
}

// Prevout is what is known of a coin that a transaction spends.
type Prevout struct {
	Out *wire.TxOut
	// Tag is the sequence number of the first input of the transaction that made
	// it, NoTag for a miner's coin; HasTag is false where only Out is known.
	Tag    uint32
	HasTag bool
}

// NoTag is the sequence number that no protocol reads anything from.
const NoTag = wire.MaxTxInSequenceNum

// PrevoutOf is what a transaction tells of one of its outputs; ok is false where
// it has no such output.
func PrevoutOf(tx *wire.MsgTx, index uint32) (p Prevout, ok bool) {
	if uint64(index) >= uint64(len(tx.TxOut)) {
		return Prevout{}, false
	}
	return Prevout{Out: tx.TxOut[index], Tag: tagOf(tx), HasTag: true}, true
}

// tagOf is what EPOBC reads in a transaction: miners' have none.
func tagOf(tx *wire.MsgTx) uint32 {
	if len(tx.TxIn) == 0 || isCoinbase(tx) {
		return NoTag
	}
	return tx.TxIn[0].Sequence
}

// Prevouts looks coins up that no ledger keeps. known is false for a coin that it
// cannot tell anything of; an error is for one that it may tell later.
type Prevouts interface {
	Prevout(ctx context.Context, at wire.OutPoint) (p Prevout, known bool, err error)
}

// Nowhere is the Prevouts that knows none.
type Nowhere struct{}

// Prevout implements Prevouts.
func (Nowhere) Prevout(context.Context, wire.OutPoint) (Prevout, bool, error) {
	return Prevout{}, false, nil
}

func isCoinbase(tx *wire.MsgTx) bool {
	return len(tx.TxIn) == 1 && tx.TxIn[0].PreviousOutPoint == wire.OutPoint{Hash: chainhash.Hash{}, Index: wire.MaxPrevOutIndex}
}
