package contract

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"github.com/btcsuite/btcd/blockchain"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// Assemble puts the claim together, its inputs in the order of BIP-0069 so that
// the same pledges give the same transaction, and runs every script once more.
// coins are those of the pledges, in their order. Errors: ErrDuplicate, ErrFull,
// ErrShort when the coins do not even cover the outputs, ErrSignature.
func (c *Contract) Assemble(pledges []Pledge, coins []Coin) (*wire.MsgTx, error) {
	if len(pledges) == 0 || len(pledges) != len(coins) {
		return nil, fmt.Errorf("%w: %d pledges with %d coins", ErrInputs, len(pledges), len(coins))
	}
	if err := unique(pledges); err != nil {
		return nil, err
	}
	spent := make(map[wire.OutPoint]*wire.TxOut, len(pledges))
	inputs := make([]*wire.TxIn, len(pledges))
	var sum btcutil.Amount
	for i, p := range pledges {
		inputs[i] = p.input()
		spent[p.OutPoint] = wire.NewTxOut(int64(coins[i].Value), coins[i].Script)
		sum += coins[i].Value
	}
	if sum < c.Net() {
		return nil, &Shortfall{c.Net() - sum}
	}
	slices.SortFunc(inputs, func(a, b *wire.TxIn) int { return compareOutPoints(a.PreviousOutPoint, b.PreviousOutPoint) })
	tx := c.claim(inputs)
	if w := blockchain.GetTransactionWeight(btcutil.NewTx(tx)); w > c.Limit() {
		return nil, fmt.Errorf("%w: %d weight units", ErrFull, w)
	}
	return tx, verify(tx, spent)
}

// verify runs the scripts of all inputs.
func verify(tx *wire.MsgTx, spent map[wire.OutPoint]*wire.TxOut) error {
	prevouts := txscript.NewMultiPrevOutFetcher(spent)
	hashes := txscript.NewTxSigHashes(tx, prevouts)
	for i, in := range tx.TxIn {
		out := spent[in.PreviousOutPoint]
		engine, err := txscript.NewEngine(out.PkScript, tx, i, txscript.StandardVerifyFlags, nil, hashes, out.Value, prevouts)
		if err == nil {
			err = engine.Execute()
		}
		if err != nil {
			return fmt.Errorf("%w: %s: %w", ErrSignature, in.PreviousOutPoint, err)
		}
	}
	return nil
}

// compareOutPoints orders them as BIP-0069 does: by the transaction's id as
// explorers show it, then by index.
func compareOutPoints(a, b wire.OutPoint) int {
	x, y := a.Hash, b.Hash
	slices.Reverse(x[:])
	slices.Reverse(y[:])
	return cmp.Or(bytes.Compare(x[:], y[:]), cmp.Compare(a.Index, b.Index))
}
