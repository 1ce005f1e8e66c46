package document

import (
	"encoding/hex"
	"fmt"
	"time"

	"cairn/chain"
	"cairn/lighthouse"
	"cairn/lighthouse/progress/tree"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
)

// Receipt is a server's word that it holds a pledge: whoever has it can show that
// a pledge was left out of what the server says of the campaign.
type Receipt struct {
	Network   chain.Network
	Server    string
	ServerKey [32]byte
	MadeAt    time.Time
	// Leaf is the pledge as it stands in the trees of the campaign.
	Leaf tree.Leaf
	// Since is when the pledge came in.
	Since time.Time
	// Included is the newest head that counts the pledge; nil while none does.
	Included *Included
}

// Included is the place of a leaf under a head.
type Included struct {
	Head  tree.Head
	Index uint32
	Path  []tree.Hash
}

type receiptFile struct {
	head
	Network  chain.Network  `json:"network"`
	Server   string         `json:"server"`
	MadeAt   time.Time      `json:"made_at"`
	Campaign string         `json:"campaign"`
	Pledge   string         `json:"pledge"`
	Outpoint string         `json:"outpoint"`
	Value    btcutil.Amount `json:"value"`
	Salt     string         `json:"salt"`
	Since    time.Time      `json:"since"`
	Included *includedFile  `json:"included,omitempty"`
}

type includedFile struct {
	Head  headFile `json:"head"`
	Index uint32   `json:"index"`
	Path  []string `json:"path"`
}

type headFile struct {
	Number   uint32         `json:"number"`
	Previous string         `json:"previous"`
	Size     uint32         `json:"size"`
	Sum      btcutil.Amount `json:"sum"`
	Height   int32          `json:"height"`
	Block    string         `json:"block"`
	At       time.Time      `json:"at"`
	Root     string         `json:"root"`
	// Digest is what was notarised.
	Digest string `json:"digest"`
}

const maxPath = 32

// Receipt writes a receipt.
func (s Signer) Receipt(r Receipt) ([]byte, error) {
	f := receiptFile{
		head: head{ReceiptFile, Version}, Network: r.Network, Server: r.Server, MadeAt: second(r.MadeAt),
		Campaign: r.Leaf.Campaign.String(), Pledge: r.Leaf.Pledge.String(), Outpoint: r.Leaf.Outpoint.String(), Value: r.Leaf.Value,
		Salt: hex.EncodeToString(r.Leaf.Salt[:]), Since: second(r.Since),
	}
	if in := r.Included; in != nil {
		f.Included = &includedFile{Head: headOf(in.Head), Index: in.Index, Path: []string{}}
		for _, h := range in.Path {
			f.Included.Path = append(f.Included.Path, hex.EncodeToString(h[:]))
		}
	}
	return s.sign(ReceiptFile, f)
}

// ReadReceipt reads a receipt, which a server must have signed, and follows the
// path of its leaf to the root. Errors: ErrFile, ErrVersion, ErrSize, ErrSigned,
// ErrContents, tree.ErrPath.
func ReadReceipt(raw []byte) (Receipt, error) {
	var f receiptFile
	signatures, err := open(ReceiptFile, raw, &f)
	if err != nil {
		return Receipt{}, err
	}
	r := Receipt{Network: f.Network, Server: f.Server, MadeAt: f.MadeAt, Since: f.Since}
	var signed bool
	if r.ServerKey, signed = by(Server, signatures); !signed {
		return Receipt{}, fmt.Errorf("%w: no server has signed it", ErrSigned)
	}
	if r.Leaf, err = readLeaf(f.Campaign, f.Pledge, f.Outpoint, f.Value, f.Salt); err != nil {
		return Receipt{}, err
	}
	if f.Included == nil {
		return r, nil
	}
	in := Included{Index: f.Included.Index}
	if in.Head, err = f.Included.Head.head(r.Leaf.Campaign); err != nil {
		return Receipt{}, err
	}
	if len(f.Included.Path) > maxPath {
		return Receipt{}, fmt.Errorf("%w: the path has %d steps", ErrFile, len(f.Included.Path))
	}
	for _, text := range f.Included.Path {
		var h tree.Hash
		if err := fixed(h[:], text); err != nil {
			return Receipt{}, err
		}
		in.Path = append(in.Path, h)
	}
	if err := tree.CheckPath(r.Leaf.Hash(), in.Index, in.Head.Size, in.Path, in.Head.Root); err != nil {
		return Receipt{}, err
	}
	r.Included = &in
	return r, nil
}

func readLeaf(campaign, pledge, outpoint string, value btcutil.Amount, salt string) (l tree.Leaf, err error) {
	l.Value = value
	if l.Campaign, err = lighthouse.ParseID(campaign); err != nil {
		return l, err
	}
	if l.Pledge, err = lighthouse.ParsePledgeID(pledge); err != nil {
		return l, err
	}
	if l.Outpoint, err = ParseOutpoint(outpoint); err != nil {
		return l, err
	}
	if value <= 0 || value > btcutil.MaxSatoshi {
		return l, fmt.Errorf("%w: a pledge of %d sat", ErrContents, int64(value))
	}
	return l, fixed(l.Salt[:], salt)
}

func headOf(h tree.Head) headFile {
	digest := h.Digest()
	return headFile{
		Number: h.Number, Previous: hex.EncodeToString(h.Previous[:]), Size: h.Size, Sum: h.Sum, Height: h.Block.Height,
		Block: h.Block.Hash.String(), At: second(h.At), Root: hex.EncodeToString(h.Root[:]), Digest: hex.EncodeToString(digest[:]),
	}
}

// head reads a head, whose digest must be its own. Errors: ErrFile, ErrContents.
func (f headFile) head(campaign lighthouse.ID) (tree.Head, error) {
	h := tree.Head{Campaign: campaign, Number: f.Number, Size: f.Size, Sum: f.Sum, Block: chain.BlockRef{Height: f.Height}, At: f.At}
	var digest tree.Hash
	for _, field := range []struct {
		into *tree.Hash
		text string
	}{{&h.Previous, f.Previous}, {&h.Root, f.Root}, {&digest, f.Digest}} {
		if err := fixed(field.into[:], field.text); err != nil {
			return h, err
		}
	}
	if len(f.Block) != chainhash.MaxHashStringSize {
		return h, fmt.Errorf("%w: the hash of a block", ErrFile)
	}
	block, err := chainhash.NewHashFromStr(f.Block)
	if err != nil {
		return h, fmt.Errorf("%w: %w", ErrFile, err)
	}
	h.Block.Hash = *block
	if h.Digest() != digest {
		return h, fmt.Errorf("%w: the digest of head %d", ErrContents, h.Number)
	}
	return h, nil
}
