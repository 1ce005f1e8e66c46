package receipt

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/btcsuite/btcd/blockchain"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"

	"cairn/assets"
	"cairn/assets/ledger/engine"
	"cairn/chain"
)

// Verdict is what a receipt proves.
type Verdict struct {
	Network  chain.Network
	Protocol assets.Protocol
	Coin     wire.OutPoint
	Value    btcutil.Amount
	Script   []byte
	Holdings []assets.Holding
	// Block holds the coin's transaction; Time is the block's own.
	Block chain.BlockRef
	Time  time.Time
	// Upon is how many of the receipt's blocks lie upon it; Work is how many hashes
	// it and they took on average.
	Upon int
	Work *big.Int
	// Transactions is how many of them the coin comes from, itself included.
	Transactions int
	Issues       []Issue
	Definitions  []Defined
	// Stated are coins for which the maker's word stands instead of a proof.
	Stated []wire.OutPoint
	// Known is how many of the receipt's blocks the given headers have.
	Known int
	// Checked: the coin's block is one of them.
	Checked bool
	// State is what the maker knew of the coin. No proof.
	State State
}

// Issue is where units of an asset that the coin holds were made.
type Issue struct {
	Asset    assets.ID
	Txid     chainhash.Hash
	Height   int32
	Metadata []byte
	// input and prevout are the first, which may tell an Open Assets definition.
	input   *wire.TxIn
	prevout *wire.TxOut
}

// Options of a verification.
type Options struct {
	// Known tells the hash of the block at a height, for a chain that is believed;
	// nil for none.
	Known func(height int32) (hash chainhash.Hash, known bool)
}

// Verify checks everything that a receipt says but its State, from itself alone.
// Errors: all kinds of this package.
func Verify(f *File, o Options) (*Verdict, error) {
	r, err := read(f)
	if err != nil {
		return nil, err
	}
	if err := r.compare(o, &r.verdict); err != nil {
		return nil, err
	}
	if err := r.prove(f); err != nil {
		return nil, err
	}
	if err := r.define(f.Definitions); err != nil {
		return nil, err
	}
	return &r.verdict, nil
}

// reading is a receipt, taken apart.
type reading struct {
	verdict Verdict
	rules   engine.Rules
	txs     map[chainhash.Hash]*wire.MsgTx
	stated  map[wire.OutPoint]Stated
	chain   *chainPart

	colored map[depth]*assets.Coloring
	used    map[chainhash.Hash]bool
	word    map[wire.OutPoint]bool
	issues  map[chainhash.Hash]Issue
}

// depth is a transaction, and whether everything of its inputs was known.
type depth struct {
	txid  chainhash.Hash
	whole bool
}

// read takes a receipt apart. Errors: ErrFormat, ErrWork, ErrOrder, ErrBranch.
func read(f *File) (*reading, error) {
	r := &reading{
		txs: map[chainhash.Hash]*wire.MsgTx{}, stated: map[wire.OutPoint]Stated{},
		colored: map[depth]*assets.Coloring{}, used: map[chainhash.Hash]bool{},
		word: map[wire.OutPoint]bool{}, issues: map[chainhash.Hash]Issue{},
	}
	v := &r.verdict
	v.Network, v.State = chain.Network(f.Network), f.State
	params, err := v.Network.Params()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if v.Protocol, err = assets.ParseProtocol(f.Protocol); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	for _, rules := range engine.All() {
		if rules.Protocol == v.Protocol {
			r.rules = rules
		}
	}
	if v.Coin, err = ParseCoin(f.Coin); err != nil {
		return nil, err
	}
	for _, raw := range f.Transactions {
		tx, err := readTx(raw)
		if err != nil {
			return nil, err
		}
		if id := tx.TxHash(); r.txs[id] == nil {
			r.txs[id] = tx
		} else {
			return nil, fmt.Errorf("%w: %s is there twice", ErrFormat, id)
		}
	}
	for _, s := range f.Stated {
		at, err := ParseCoin(s.Coin)
		if err != nil {
			return nil, err
		}
		r.stated[at] = s
	}
	r.chain, err = readChain(f.Blocks, params)
	return r, err
}

// ParseCoin reads "<txid>:<output>". Errors: ErrFormat.
func ParseCoin(text string) (wire.OutPoint, error) {
	id, output, found := strings.Cut(text, ":")
	hash, err := chainhash.NewHashFromStr(id)
	if !found || err != nil || len(id) != 2*chainhash.HashSize {
		return wire.OutPoint{}, fmt.Errorf("%w: the coin %.80q", ErrFormat, text)
	}
	index, err := strconv.ParseUint(output, 10, 32)
	if err != nil {
		return wire.OutPoint{}, fmt.Errorf("%w: the coin %.80q", ErrFormat, text)
	}
	return wire.OutPoint{Hash: *hash, Index: uint32(index)}, nil
}

// compare puts the receipt's blocks beside a chain that is believed. Errors:
// ErrOtherChain.
func (r *reading) compare(o Options, v *Verdict) error {
	if o.Known == nil {
		return nil
	}
	for height, header := range r.chain.headers {
		hash, known := o.Known(height)
		if !known {
			continue
		}
		if header.BlockHash() != hash {
			return fmt.Errorf("%w: block %d is %s there", ErrOtherChain, height, hash)
		}
		v.Known++
		v.Checked = v.Checked || height == r.chain.of[v.Coin.Hash].height
	}
	return nil
}

// prove colors the coin and compares. Errors: ErrAncestor, ErrUnconfirmed,
// ErrOrder, ErrHoldings, ErrFormat.
func (r *reading) prove(f *File) error {
	v := &r.verdict
	if r.txs[v.Coin.Hash] == nil {
		return fmt.Errorf("%w: %s", ErrAncestor, v.Coin.Hash)
	}
	in, err := r.coin(v.Coin, Units)
	if err != nil {
		return err
	}
	if len(in.Holdings) == 0 {
		return fmt.Errorf("%w: it holds nothing", ErrHoldings)
	}
	v.Value, v.Script, v.Holdings = btcutil.Amount(in.Prevout.Value), in.Prevout.PkScript, in.Holdings
	claimed := make([]assets.Holding, len(f.Holdings))
	for i, h := range f.Holdings {
		units, err := strconv.ParseInt(h.Units, 10, 64)
		if err != nil || strconv.FormatInt(units, 10) != h.Units {
			return fmt.Errorf("%w: %.40q units", ErrFormat, h.Units)
		}
		id, err := assets.ParseID(h.Asset, v.Network)
		if err != nil || id.Text(v.Network) != h.Asset {
			return fmt.Errorf("%w: the asset %.80q", ErrFormat, h.Asset)
		}
		claimed[i] = assets.Holding{Asset: id, Units: units}
	}
	if !slices.Equal(claimed, v.Holdings) || len(claimed) == 0 {
		return fmt.Errorf("%w: it holds %v", ErrHoldings, v.Holdings)
	}
	at := r.chain.of[v.Coin.Hash]
	v.Block, v.Time = chain.BlockRef{Height: at.height, Hash: at.header.BlockHash()}, at.header.Timestamp.UTC()
	v.Work = blockchain.CalcWork(at.header.Bits)
	for h := at.height + 1; r.chain.headers[h] != nil; h++ {
		v.Upon++
		v.Work.Add(v.Work, blockchain.CalcWork(r.chain.headers[h].Bits))
	}
	if _, err := chainhash.NewHashFromStr(f.State.Block); err != nil || f.State.Height < at.height {
		return fmt.Errorf("%w: the state at block %d, %.70q", ErrFormat, f.State.Height, f.State.Block)
	}
	v.Transactions = len(r.used)
	for at := range r.word {
		v.Stated = append(v.Stated, at)
	}
	slices.SortFunc(v.Stated, func(a, b wire.OutPoint) int { return strings.Compare(a.String(), b.String()) })
	for _, issue := range r.issues {
		if slices.ContainsFunc(v.Holdings, func(h assets.Holding) bool { return h.Asset == issue.Asset }) {
			v.Issues = append(v.Issues, issue)
		}
	}
	slices.SortFunc(v.Issues, func(a, b Issue) int {
		if a.Height != b.Height {
			return int(a.Height - b.Height)
		}
		return strings.Compare(a.Txid.String(), b.Txid.String())
	})
	return nil
}

// coin is what is needed of a coin that is spent.
func (r *reading) coin(at wire.OutPoint, need Need) (assets.Input, error) {
	tx := r.txs[at.Hash]
	if tx == nil {
		return r.fromWord(at)
	}
	prevout, ok := engine.PrevoutOf(tx, at.Index)
	if !ok {
		return assets.Input{}, fmt.Errorf("%w: %s has no output %d", ErrFormat, at.Hash, at.Index)
	}
	r.used[at.Hash] = true
	in := assets.Input{Prevout: prevout.Out, Tag: prevout.Tag, HasTag: prevout.HasTag}
	if need < Units || !Touches(r.verdict.Protocol, tx) {
		return in, nil
	}
	c, err := r.color(tx, at)
	if err == nil {
		in.Holdings = c.Outputs[at.Index]
	}
	return in, err
}

// fromWord is a coin as the maker states it: uncolored, with whatever he knows
// of it. Errors: ErrAncestor.
func (r *reading) fromWord(at wire.OutPoint) (assets.Input, error) {
	s, stated := r.stated[at]
	if !stated {
		return assets.Input{}, fmt.Errorf("%w: %s", ErrAncestor, at.Hash)
	}
	r.word[at] = true
	in := assets.Input{}
	switch {
	case s.Value >= 0:
		in.Prevout = wire.NewTxOut(s.Value, s.Script)
	case len(s.Script) > 0 && r.verdict.Protocol != assets.EPOBC: // which reads values
		in.Prevout = wire.NewTxOut(0, s.Script)
	}
	if s.Tag != nil {
		in.Tag, in.HasTag = *s.Tag, true
	}
	return in, nil
}

// color is what the protocol makes of a transaction, as far as one output needs
// it. Errors: ErrAncestor, ErrUnconfirmed, ErrOrder.
func (r *reading) color(tx *wire.MsgTx, at wire.OutPoint) (*assets.Coloring, error) {
	needs := Needed(r.verdict.Protocol, tx, at.Index)
	known := depth{at.Hash, !slices.ContainsFunc(needs, func(n Need) bool { return n < Units })}
	if c := r.colored[known]; c != nil {
		return c, nil
	}
	place, placed := r.chain.of[at.Hash]
	if !placed {
		return nil, fmt.Errorf("%w: %s", ErrUnconfirmed, at.Hash)
	}
	inputs := make([]assets.Input, len(tx.TxIn))
	for i, need := range needs {
		if need == Nothing {
			continue
		}
		from := tx.TxIn[i].PreviousOutPoint
		var err error
		if inputs[i], err = r.coin(from, need); err != nil {
			return nil, err
		}
		if parent, is := r.chain.of[from.Hash]; is && parent.height > place.height {
			return nil, fmt.Errorf("%w: %s spends a coin of a later block", ErrOrder, at.Hash)
		}
	}
	c := r.rules.Color(tx, inputs, assets.Specification)
	if c.Verdict == assets.Unsure {
		return nil, fmt.Errorf("%w: %s cannot be coloured (%s)", ErrAncestor, at.Hash, c.Why)
	}
	if !c.Issued.IsZero() {
		r.issues[at.Hash] = Issue{
			Asset: c.Issued, Txid: at.Hash, Height: place.height, Metadata: c.Metadata,
			input: tx.TxIn[0], prevout: inputs[0].Prevout,
		}
	}
	r.colored[known] = &c
	return &c, nil
}
