package format

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"cairn/notary/ots"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
)

// MaxAnchorLine is the longest line of the list of anchors, in bytes.
const MaxAnchorLine = 16 << 10

// Anchor is one line of the list of anchors: entries First to Last, both
// counted from zero and included, are under Root, which the transaction Txid
// carries in a block of the Bitcoin chain.
//
// Root is the tip of the Merkle tree of OpenTimestamps (package merkle) over
// the SHA-256 of each entry, and not a hash of the log's own tree.
type Anchor struct {
	ID    int64
	First int64
	Last  int64
	Root  [32]byte
	Txid  chainhash.Hash
	// Height and Block are those of the block.
	Height int32
	Block  chainhash.Hash
	// Path leads from Root to the attestation of the block: a serialised
	// timestamp, as in an .ots file.
	Path []byte
}

// anchorJSON is the line. Hashes of transactions and blocks are written as
// block explorers do, the root in its own order, the path in base64.
type anchorJSON struct {
	ID     int64  `json:"id"`
	First  int64  `json:"first"`
	Last   int64  `json:"last"`
	Root   string `json:"root"`
	Txid   string `json:"txid"`
	Height int32  `json:"height"`
	Block  string `json:"block"`
	Path   []byte `json:"path"`
}

// Line is the anchor as a line of JSON with a newline at its end.
func (a *Anchor) Line() []byte {
	line, err := json.Marshal(anchorJSON{
		ID: a.ID, First: a.First, Last: a.Last, Root: hex.EncodeToString(a.Root[:]),
		Txid: a.Txid.String(), Height: a.Height, Block: a.Block.String(), Path: a.Path,
	})
	if err != nil {
		panic(err) // strings and numbers only
	}
	return append(line, '\n')
}

// ParseAnchor reads a line. Errors: ErrAnchor.
func ParseAnchor(line []byte) (*Anchor, error) {
	var j anchorJSON
	if len(line) > MaxAnchorLine {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrAnchor, MaxAnchorLine)
	}
	if err := json.Unmarshal(line, &j); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAnchor, err)
	}
	a := &Anchor{ID: j.ID, First: j.First, Last: j.Last, Height: j.Height, Path: j.Path}
	root, err := parseDigest(j.Root)
	txid, err2 := parseBlockHash(j.Txid)
	block, err3 := parseBlockHash(j.Block)
	if err := errors.Join(err, err2, err3); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAnchor, err)
	}
	a.Root, a.Txid, a.Block = root, txid, block
	if a.First < 0 || a.Last < a.First || a.Height < 0 {
		return nil, fmt.Errorf("%w: entries %d to %d at height %d", ErrAnchor, a.First, a.Last, a.Height)
	}
	return a, nil
}

func parseBlockHash(text string) (chainhash.Hash, error) {
	hash, err := chainhash.NewHashFromStr(text)
	if err != nil || len(text) != 2*chainhash.HashSize {
		return chainhash.Hash{}, errors.New("a hash has 64 hexadecimal digits")
	}
	return *hash, nil
}

// Timestamp is the way from the root to the block. Errors: ErrAnchor.
func (a *Anchor) Timestamp() (*ots.Timestamp, error) {
	t, err := ots.Parse(a.Root[:], a.Path)
	if err != nil {
		return nil, fmt.Errorf("%w: its path: %w", ErrAnchor, err)
	}
	return t, nil
}
