package document

import (
	"encoding/hex"
	"fmt"
	"time"

	"cairn/chain"
	"cairn/lighthouse"
	"cairn/lighthouse/progress/tree"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/wire"
)

// Opening shows all that was ever counted for a campaign, once it is claimed:
// whoever recomputes the heads sees a pledge that was left out, and one that
// never was.
type Opening struct {
	Network   chain.Network
	Server    string
	ServerKey [32]byte
	MadeAt    time.Time
	Campaign  lighthouse.ID
	// Leaves are all pledges that a head counted, or a receipt was given for.
	Leaves []tree.Leaf
	Heads  []OpenedHead
}

// OpenedHead is a head with what it counts, as indexes of Opening.Leaves,
// ascending.
type OpenedHead struct {
	Head    tree.Head
	Members []int
}

type openingFile struct {
	head
	Network  chain.Network `json:"network"`
	Server   string        `json:"server"`
	MadeAt   time.Time     `json:"made_at"`
	Campaign string        `json:"campaign"`
	Leaves   []leafFile    `json:"leaves"`
	Heads    []openedFile  `json:"heads"`
}

type leafFile struct {
	Pledge   string         `json:"pledge"`
	Outpoint string         `json:"outpoint"`
	Value    btcutil.Amount `json:"value"`
	Salt     string         `json:"salt"`
}

type openedFile struct {
	Head headFile `json:"head"`
	// Members has bit i%8 of byte i/8 set for each leaf i that is counted.
	Members string `json:"members"`
}

// Bits writes ascending numbers as a bitmap: bit n%8 of byte n/8.
func Bits(members []int) []byte {
	if len(members) == 0 {
		return []byte{}
	}
	bits := make([]byte, members[len(members)-1]/8+1)
	for _, n := range members {
		bits[n/8] |= 1 << (n % 8)
	}
	return bits
}

// Members reads a bitmap.
func Members(bits []byte) []int {
	var members []int
	for i, b := range bits {
		for n := range 8 {
			if b&(1<<n) != 0 {
				members = append(members, i*8+n)
			}
		}
	}
	return members
}

// Opening writes an opening. Errors: ErrSize for more than a file holds.
func (s Signer) Opening(o Opening) ([]byte, error) {
	f := openingFile{
		head: head{OpeningFile, Version}, Network: o.Network, Server: o.Server, MadeAt: second(o.MadeAt), Campaign: o.Campaign.String(),
		Leaves: []leafFile{}, Heads: []openedFile{},
	}
	for _, l := range o.Leaves {
		f.Leaves = append(f.Leaves, leafFile{l.Pledge.String(), l.Outpoint.String(), l.Value, hex.EncodeToString(l.Salt[:])})
	}
	for _, h := range o.Heads {
		f.Heads = append(f.Heads, openedFile{headOf(h.Head), hex.EncodeToString(Bits(h.Members))})
	}
	file, err := s.sign(OpeningFile, f)
	if err == nil && len(file) > limits[OpeningFile] {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrSize, len(file), limits[OpeningFile])
	}
	return file, err
}

// ReadOpening reads an opening, which a server must have signed, and recomputes
// every head. Errors: ErrFile, ErrVersion, ErrSize, ErrSigned, ErrContents,
// tree.ErrHead.
func ReadOpening(raw []byte) (Opening, error) {
	var f openingFile
	signatures, err := open(OpeningFile, raw, &f)
	if err != nil {
		return Opening{}, err
	}
	o := Opening{Network: f.Network, Server: f.Server, MadeAt: f.MadeAt}
	var signed bool
	if o.ServerKey, signed = by(Server, signatures); !signed {
		return Opening{}, fmt.Errorf("%w: no server has signed it", ErrSigned)
	}
	if o.Campaign, err = lighthouse.ParseID(f.Campaign); err != nil {
		return Opening{}, err
	}
	for _, l := range f.Leaves {
		leaf, err := readLeaf(f.Campaign, l.Pledge, l.Outpoint, l.Value, l.Salt)
		if err != nil {
			return Opening{}, err
		}
		o.Leaves = append(o.Leaves, leaf)
	}
	return o, o.readHeads(f.Heads)
}

func (o *Opening) readHeads(files []openedFile) error {
	var before *tree.Head
	for _, f := range files {
		h, err := f.Head.head(o.Campaign)
		if err != nil {
			return err
		}
		bits, err := hex.DecodeString(f.Members)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrFile, err)
		}
		opened := OpenedHead{Head: h, Members: Members(bits)}
		leaves := make([]tree.Leaf, 0, len(opened.Members))
		for _, n := range opened.Members {
			if n >= len(o.Leaves) {
				return fmt.Errorf("%w: head %d counts leaf %d of %d", ErrContents, h.Number, n, len(o.Leaves))
			}
			leaves = append(leaves, o.Leaves[n])
		}
		if err := h.Check(before, leaves); err != nil {
			return err
		}
		o.Heads, before = append(o.Heads, opened), &h
	}
	return nil
}

// Holds finds the leaf of a pledge as a receipt has it, and says how many heads
// counted it. Errors: ErrOther when it was left out, or is another one.
func (o Opening) Holds(leaf tree.Leaf) (heads int, err error) {
	for i, l := range o.Leaves {
		if l != leaf {
			continue
		}
		for _, h := range o.Heads {
			for _, n := range h.Members {
				if n == i {
					heads++
				}
			}
		}
		return heads, nil
	}
	return 0, fmt.Errorf("%w: pledge %s is not among those that were counted", ErrOther, leaf.Pledge)
}

// Uncounted are the inputs of a claim that no head ever counted, such as one that
// only adds to its fee.
func (o Opening) Uncounted(claim *wire.MsgTx) (coins []wire.OutPoint) {
	counted := make(map[wire.OutPoint]bool, len(o.Leaves))
	for _, l := range o.Leaves {
		counted[l.Outpoint] = true
	}
	for _, in := range claim.TxIn {
		if !counted[in.PreviousOutPoint] {
			coins = append(coins, in.PreviousOutPoint)
		}
	}
	return coins
}
