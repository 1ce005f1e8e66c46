// Package maker makes asset receipts from the ledger and the chain.
package maker

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"

	"cairn/assets"
	"cairn/assets/ledger"
	"cairn/assets/receipt"
	"cairn/chain"
)

// ErrorKind names what is wrong; match it with errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrUncolored: the coin holds nothing, or is not known.
	ErrUncolored = ErrorKind("this coin holds no asset")
	// ErrWaiting: the coin, or one that it comes from, is in no block yet.
	ErrWaiting = ErrorKind("no block holds this coin yet")
	// ErrChanged: the chain changed while the receipt was made. It can be asked for
	// again.
	ErrChanged = ErrorKind("the chain changed meanwhile")
)

// Ledger is what a Maker asks the ledger; ledger.Ledger is one.
type Ledger interface {
	Network() chain.Network
	Tip(ctx context.Context) (chain.BlockRef, error)
	Holdings(ctx context.Context, at ...wire.OutPoint) ([]ledger.Coin, error)
	Transaction(ctx context.Context, txid chainhash.Hash) (ledger.Tx, error)
}

// Blocks are the chain's; chain.Source has them.
type Blocks interface {
	HashAt(ctx context.Context, height int32) (chainhash.Hash, error)
	Header(ctx context.Context, hash chainhash.Hash) (*wire.BlockHeader, error)
	Block(ctx context.Context, hash chainhash.Hash) (*wire.MsgBlock, error)
}

// Transactions looks up transactions that the ledger does not keep: known is
// false for one that cannot be had.
type Transactions func(ctx context.Context, txid chainhash.Hash) (tx *wire.MsgTx, known bool, err error)

// Definitions is the file of an asset's definition; nil for none. Metadata is what
// the issue says of it.
type Definitions func(ctx context.Context, asset assets.ID, metadata []byte) ([]byte, error)

// Maker makes receipts. It is safe for concurrent use.
type Maker struct {
	Ledger Ledger
	Blocks Blocks
	// Transactions and Definitions may be nil.
	Transactions Transactions
	Definitions  Definitions
}

// upon is how many headers upon the coin's block a receipt has, if there are.
const upon = 6

// Make makes the receipt of a coin under a protocol, or, with 0, under the first
// that colors it. It is checked before it is given out. Errors: ErrUncolored,
// ErrWaiting, ErrChanged, receipt.ErrSize, and those of the ledger and the chain.
func (m *Maker) Make(ctx context.Context, at wire.OutPoint, p assets.Protocol) (*receipt.File, error) {
	tip, err := m.Ledger.Tip(ctx)
	if err != nil {
		return nil, err
	}
	coin, err := m.coin(ctx, at, p)
	if err != nil {
		return nil, err
	}
	w := walk{Maker: m, ctx: ctx, protocol: coin.Protocol, done: map[chainhash.Hash]bool{}, deep: map[wire.OutPoint]bool{},
		in: map[chainhash.Hash]chain.BlockRef{}, stated: map[wire.OutPoint]bool{}, first: map[wire.OutPoint][]byte{}}
	if err := w.visit(at, receipt.Units); err != nil {
		return nil, err
	}
	f := &receipt.File{
		Format: receipt.Format, Network: string(m.Ledger.Network()), Protocol: coin.Protocol.String(),
		Coin:         at.String(),
		State:        receipt.State{Height: tip.Height, Block: tip.Hash.String()},
		Transactions: w.raw, Stated: w.states,
	}
	if s := coin.Spent; coin.IsSpent() && !s.Pending {
		f.State.SpentBy = s.Txid.String()
	}
	for _, h := range coin.Holdings {
		f.Holdings = append(f.Holdings, receipt.Holding{Asset: h.Asset.Text(m.Ledger.Network()), Units: strconv.FormatInt(h.Units, 10)})
	}
	if f.Blocks, err = w.blocks(tip); err != nil {
		return nil, err
	}
	return f, m.proofread(ctx, f)
}

// coin is what the ledger knows of the coin. Errors: ErrUncolored, ErrWaiting.
func (m *Maker) coin(ctx context.Context, at wire.OutPoint, p assets.Protocol) (ledger.Coin, error) {
	coins, err := m.Ledger.Holdings(ctx, at)
	if err != nil {
		return ledger.Coin{}, err
	}
	i := slices.IndexFunc(coins, func(c ledger.Coin) bool {
		return len(c.Holdings) > 0 && (p == 0 || c.Protocol == p)
	})
	switch {
	case i < 0:
		return ledger.Coin{}, fmt.Errorf("%w: %s", ErrUncolored, at)
	case coins[i].Pending:
		return ledger.Coin{}, fmt.Errorf("%w: %s", ErrWaiting, at)
	}
	return coins[i], nil
}

// proofread verifies the receipt as its readers will, and adds definitions that
// hold.
func (m *Maker) proofread(ctx context.Context, f *receipt.File) error {
	v, err := receipt.Verify(f, receipt.Options{})
	if errors.Is(err, receipt.ErrBranch) || errors.Is(err, receipt.ErrOrder) {
		return fmt.Errorf("%w: %w", ErrChanged, err)
	}
	if err != nil {
		return err
	}
	for _, h := range v.Holdings {
		if m.Definitions == nil || slices.ContainsFunc(f.Definitions, func(d receipt.Definition) bool { return d.Asset == h.Asset.Text(v.Network) }) {
			continue
		}
		var metadata []byte
		for _, issue := range v.Issues { // the newest counts
			if issue.Asset == h.Asset && len(issue.Metadata) > 0 {
				metadata = issue.Metadata
			}
		}
		content, err := m.Definitions(ctx, h.Asset, metadata)
		if err != nil {
			return err
		}
		if content == nil {
			continue
		}
		sum := sha256.Sum256(content)
		with := *f
		with.Definitions = append(slices.Clone(f.Definitions), receipt.Definition{Asset: h.Asset.Text(v.Network), SHA256: sum[:], Content: content})
		if _, err := receipt.Verify(&with, receipt.Options{}); err == nil { // else it says something else, and is left out
			f.Definitions = with.Definitions
		}
	}
	_, err = f.Encode()
	return err
}

// walk goes from a coin to the issues it comes from.
type walk struct {
	*Maker
	ctx      context.Context
	protocol assets.Protocol
	done     map[chainhash.Hash]bool // transactions taken in
	deep     map[wire.OutPoint]bool  // coins whose units were followed
	stated   map[wire.OutPoint]bool
	first    map[wire.OutPoint][]byte // scripts that issue, by the ledger's word
	raw      []receipt.Hex
	states   []receipt.Stated
	in       map[chainhash.Hash]chain.BlockRef // blocks of those that touch the protocol
	order    []chainhash.Hash                  // the same, in the order of raw
}

// visit takes in a coin's transaction, behind those that it needs.
func (w *walk) visit(at wire.OutPoint, need receipt.Need) error {
	if need == receipt.Nothing || w.deep[at] {
		return nil
	}
	tx, block, script, err := w.find(at.Hash)
	if err != nil {
		return err
	}
	if tx == nil {
		return w.state(at, nil)
	}
	touches := receipt.Touches(w.protocol, tx)
	if touches && need == receipt.Units {
		if block == (chain.BlockRef{}) { // from before the ledger: uncolored, by its word
			return w.state(at, tx)
		}
		w.deep[at] = true
		if len(w.deep) > 4*receipt.MaxTransactions {
			return fmt.Errorf("%w: more than %d coins", receipt.ErrSize, 4*receipt.MaxTransactions)
		}
		for i, n := range receipt.Needed(w.protocol, tx, at.Index) {
			if i == 0 {
				w.first[tx.TxIn[0].PreviousOutPoint] = script
			}
			if err := w.visit(tx.TxIn[i].PreviousOutPoint, n); err != nil {
				return err
			}
		}
		w.in[at.Hash] = block
	}
	return w.take(at.Hash, tx)
}

// take writes a transaction down, once.
func (w *walk) take(id chainhash.Hash, tx *wire.MsgTx) error {
	if w.done[id] {
		return nil
	}
	if len(w.raw) == receipt.MaxTransactions {
		return fmt.Errorf("%w: more than %d transactions", receipt.ErrSize, receipt.MaxTransactions)
	}
	w.done[id] = true
	var b bytes.Buffer
	if err := tx.SerializeNoWitness(&b); err != nil {
		return err
	}
	w.raw = append(w.raw, b.Bytes())
	w.order = append(w.order, id)
	return nil
}

// find looks a transaction up, and, of one that the ledger keeps, its block and
// the script that its first input spends; nil for one that nobody has. Errors:
// ErrWaiting.
func (w *walk) find(id chainhash.Hash) (tx *wire.MsgTx, block chain.BlockRef, first []byte, err error) {
	t, err := w.Ledger.Transaction(w.ctx, id)
	switch {
	case err == nil && t.Pending:
		return nil, block, nil, fmt.Errorf("%w: %s", ErrWaiting, id)
	case err == nil:
		return t.Msg, t.Block, t.FirstScript, nil
	case !errors.Is(err, ledger.ErrNoTx):
		return nil, block, nil, err
	case w.Transactions == nil:
		return nil, block, nil, nil
	}
	tx, known, err := w.Transactions(w.ctx, id)
	if err != nil || !known {
		return nil, block, nil, err
	}
	return tx, block, nil, nil
}

// state writes down what is known of a coin whose transaction cannot speak for
// itself.
func (w *walk) state(at wire.OutPoint, tx *wire.MsgTx) error {
	if w.stated[at] {
		return nil
	}
	w.stated[at] = true
	s := receipt.Stated{Coin: at.String(), Value: -1, Script: w.first[at]}
	if tx != nil && int(at.Index) < len(tx.TxOut) {
		s.Value, s.Script = tx.TxOut[at.Index].Value, tx.TxOut[at.Index].PkScript
		if !receipt.IsCoinbase(tx) {
			s.Tag = &tx.TxIn[0].Sequence
		}
	}
	w.states = append(w.states, s)
	return nil
}

// blocks are those that hold the transactions, with their branches, and some upon
// the newest.
func (w *walk) blocks(tip chain.BlockRef) ([]receipt.Block, error) {
	byHeight := map[int32]*receipt.Block{}
	var heights []int32
	for _, id := range w.order {
		ref, is := w.in[id]
		if !is {
			continue
		}
		b := byHeight[ref.Height]
		if b == nil {
			header, err := w.header(ref.Hash)
			if err != nil {
				return nil, err
			}
			b = &receipt.Block{Height: ref.Height, Header: header}
			byHeight[ref.Height] = b
			heights = append(heights, ref.Height)
		}
	}
	slices.Sort(heights)
	for _, h := range heights {
		if err := w.branches(byHeight[h]); err != nil {
			return nil, err
		}
	}
	newest := heights[len(heights)-1]
	for h := newest + 1; h <= min(tip.Height, newest+upon); h++ {
		hash, err := w.Blocks.HashAt(w.ctx, h)
		if err != nil {
			return nil, err
		}
		header, err := w.header(hash)
		if err != nil {
			return nil, err
		}
		byHeight[h] = &receipt.Block{Height: h, Header: header}
		heights = append(heights, h)
	}
	out := make([]receipt.Block, len(heights))
	for i, h := range heights {
		out[i] = *byHeight[h]
	}
	return out, nil
}

// branches adds the ways of the walk's transactions in a block.
func (w *walk) branches(b *receipt.Block) error {
	hash := chainhash.DoubleHashH(b.Header)
	block, err := w.Blocks.Block(w.ctx, hash)
	if err != nil {
		return err
	}
	ids := make([]chainhash.Hash, len(block.Transactions))
	for i, tx := range block.Transactions {
		ids[i] = tx.TxHash()
	}
	for i, id := range ids {
		if ref, is := w.in[id]; !is || ref.Hash != hash {
			continue
		}
		in := receipt.In{Txid: id.String(), Index: uint32(i), Branch: []string{}}
		for _, beside := range receipt.Branch(ids, i) {
			in.Branch = append(in.Branch, beside.String())
		}
		b.Transactions = append(b.Transactions, in)
	}
	return nil
}

func (w *walk) header(hash chainhash.Hash) (receipt.Hex, error) {
	header, err := w.Blocks.Header(w.ctx, hash)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := header.Serialize(&b); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
