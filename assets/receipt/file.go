package receipt

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"

	"cairn/chain/rawtx"
)

// Format names the version.
const Format = "cairn-asset-receipt/1"

// Limits of a receipt.
const (
	MaxSize         = 4 << 20 // bytes of the file
	MaxTransactions = 2_000
	MaxBlocks       = 2_000
	maxBranch       = 32 // a block has fewer than 2^32 transactions
	maxHoldings     = 1_000
)

// File is a receipt as it is written down. All hashes are as explorers show them.
type File struct {
	Format   string `json:"format"`
	Network  string `json:"network"`
	Protocol string `json:"protocol"`
	// Coin is "<txid>:<output>".
	Coin     string    `json:"coin"`
	Holdings []Holding `json:"holdings"`
	// State is what its maker knew of the coin: no proof.
	State       State        `json:"state"`
	Definitions []Definition `json:"definitions,omitempty"`
	// Blocks are in order of height: those that hold transactions, and some upon
	// the newest of them.
	Blocks []Block `json:"blocks"`
	// Transactions are without witnesses, which ids leave out as well, in
	// hexadecimal: those that the coin comes from, and those that show that other
	// inputs on the way hold nothing.
	Transactions []Hex `json:"transactions"`
	// Stated are coins that are spent in between and whose transactions the maker
	// could not get: they are as he says.
	Stated []Stated `json:"stated,omitempty"`
}

// Holding is an amount of an asset; units are decimal digits, as there may be more
// than JavaScript's numbers can hold.
type Holding struct {
	Asset string `json:"asset"`
	Units string `json:"units"`
}

// State is what was known of the coin at a block.
type State struct {
	Height int32  `json:"height"`
	Block  string `json:"block"`
	// SpentBy is the transaction that spent it; empty for none up to that block.
	SpentBy string `json:"spent_by,omitempty"`
}

// Definition is what an asset says it is.
type Definition struct {
	Asset string `json:"asset"`
	// SHA256 is that of Content.
	SHA256 Hex `json:"sha256"`
	// Content is the file itself, in base64.
	Content []byte `json:"content"`
}

// Block is a header and those transactions of the block that matter.
type Block struct {
	Height       int32 `json:"height"`
	Header       Hex   `json:"header"`
	Transactions []In  `json:"transactions,omitempty"`
}

// In is the way from a transaction to the header: its place, and the hashes beside
// the way, from below.
type In struct {
	Txid   string   `json:"txid"`
	Index  uint32   `json:"index"`
	Branch []string `json:"branch"`
}

// Stated is a coin as the maker says. Value is -1 and Script nil where he does
// not know them.
type Stated struct {
	Coin   string `json:"coin"`
	Value  int64  `json:"value"`
	Script Hex    `json:"script,omitempty"`
	// Tag is the sequence number of the first input of its transaction.
	Tag *uint32 `json:"tag,omitempty"`
}

// Hex is bytes in hexadecimal.
type Hex []byte

// MarshalText implements encoding.TextMarshaler.
func (h Hex) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (h *Hex) UnmarshalText(text []byte) (err error) {
	*h, err = hex.AppendDecode(nil, text)
	return err
}

// Encode writes the file: the same receipt is always the same bytes.
func (f *File) Encode() ([]byte, error) {
	b, err := json.MarshalIndent(f, "", " ")
	if err != nil {
		return nil, err
	}
	if len(b) >= MaxSize {
		return nil, fmt.Errorf("%w: %d bytes", ErrSize, len(b))
	}
	return append(b, '\n'), nil
}

// Decode reads a file; whether it proves anything is for Verify to say. Errors:
// ErrFormat, ErrTruncated, ErrSize.
func Decode(b []byte) (*File, error) {
	if len(b) > MaxSize {
		return nil, fmt.Errorf("%w: %d bytes", ErrSize, len(b))
	}
	var f File
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) && len(b) > 0 {
			return nil, fmt.Errorf("%w: after %d bytes", ErrTruncated, len(b))
		}
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: something follows it", ErrFormat)
	}
	if f.Format != Format {
		return nil, fmt.Errorf("%w: its format is %.40q", ErrFormat, f.Format)
	}
	if len(f.Transactions) > MaxTransactions || len(f.Stated) > MaxTransactions || len(f.Blocks) > MaxBlocks || len(f.Holdings) > maxHoldings {
		return nil, fmt.Errorf("%w: %d transactions, %d blocks", ErrSize, len(f.Transactions), len(f.Blocks))
	}
	return &f, nil
}

// hollow is the length of what a block's tree hashes to make an inner node. A
// transaction of that length could be one (CVE-2017-12842).
const hollow = 2 * chainhash.HashSize

// readTx reads a transaction without witnesses.
func readTx(raw []byte) (*wire.MsgTx, error) {
	tx, err := rawtx.ReadStripped(raw)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: a transaction: %w", ErrFormat, err)
	case len(tx.TxIn) == 0:
		return nil, fmt.Errorf("%w: a transaction without inputs", ErrFormat)
	case len(raw) == hollow:
		return nil, fmt.Errorf("%w: a transaction of %d bytes proves nothing", ErrFormat, hollow)
	}
	return tx, nil
}
