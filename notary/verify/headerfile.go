package verify

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"

	"cairn/chain"

	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// HeaderFile is block headers that somebody keeps in a file, with or without
// their heights. It implements Headers and ByRoot.
//
// Its headers have the work that they claim; that they are of the chain that
// the world follows is the word of whoever gave the file.
type HeaderFile struct {
	headers  []wire.BlockHeader
	byHeight map[int32]int
	byRoot   map[chainhash.Hash]int
	// next leads from a block to the one on top of it in the file.
	next map[chainhash.Hash]int
}

// ByRoot is a Headers that also finds headers whose height it does not know. A
// header that has the Merkle root which a proof leads to confirms the proof:
// the height is only where to look.
type ByRoot interface {
	HeaderByRoot(root chainhash.Hash) (*wire.BlockHeader, bool)
}

// LineError is what is wrong with a list of headers, and where.
type LineError struct {
	// Line counts from 1.
	Line int
	Err  error
}

// Error names the line.
func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap is the kind of the mistake.
func (e *LineError) Unwrap() error { return e.Err }

// ReadHeaders reads a file of headers in any of these forms, at most
// MaxHeaderList of them:
//
//   - text, on each line a height, a space, and the header in hexadecimal;
//     empty lines and lines that begin with # are passed over
//   - text, on each line a header alone, as `bitcoin-cli getblockheader HASH
//     false` prints it
//   - raw headers of 80 bytes, one behind the other, as Electrum keeps them
//
// A header without a height gets one when it is a chain's first block or stands
// on a header whose height is known. Every header's work is checked against
// limit, as CheckWork does. Errors: ErrHeaderList and ErrWork, with the line or
// the number of the header; and the reader's own.
func ReadHeaders(r io.Reader, limit *big.Int) (*HeaderFile, error) {
	f := &HeaderFile{byHeight: map[int32]int{}, byRoot: map[chainhash.Hash]int{}, next: map[chainhash.Hash]int{}}
	b := &headerBuilder{file: f, limit: limit, height: map[chainhash.Hash]int32{}}
	buffered := bufio.NewReader(r)
	start, err := buffered.Peek(headerSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	read := b.text
	if isRaw(start) {
		read = b.raw
	}
	if err := read(buffered); err != nil {
		return nil, err
	}
	if len(f.headers) == 0 {
		return nil, fmt.Errorf("%w: there is none in it", ErrHeaderList)
	}
	return f, nil
}

// isRaw tells raw headers, which begin with a version's four bytes, from text.
func isRaw(start []byte) bool {
	return len(start) == headerSize && bytes.IndexFunc(start, func(r rune) bool {
		return r == '\ufffd' || r < ' ' && r != '\t' && r != '\r' && r != '\n'
	}) >= 0
}

// headerBuilder takes headers in the order of the file.
type headerBuilder struct {
	file   *HeaderFile
	limit  *big.Int
	height map[chainhash.Hash]int32
}

func (b *headerBuilder) text(r io.Reader) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1024)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if n == 1 {
			line = strings.TrimPrefix(line, "\ufeff")
		}
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := b.line(line); err != nil {
			return &LineError{Line: n, Err: err}
		}
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return fmt.Errorf("%w: a line is too long", ErrHeaderList)
	} else if err != nil {
		return err
	}
	return nil
}

func (b *headerBuilder) line(line string) error {
	if len(line) == hex.EncodedLen(headerSize) && !strings.Contains(line, " ") {
		header, err := ParseHeader(line)
		if err != nil {
			return err
		}
		return b.add(header, -1)
	}
	height, header, err := parseHeaderLine(line)
	if err != nil {
		return err
	}
	return b.add(header, height)
}

func (b *headerBuilder) raw(r io.Reader) error {
	var raw [headerSize]byte
	for n := 1; ; n++ {
		_, err := io.ReadFull(r, raw[:])
		if errors.Is(err, io.EOF) {
			return nil
		}
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return fmt.Errorf("%w: it ends within a header of %d bytes", ErrHeaderList, headerSize)
		}
		if err != nil {
			return err
		}
		var header wire.BlockHeader
		if err := header.Deserialize(bytes.NewReader(raw[:])); err != nil {
			return fmt.Errorf("header %d: %w: %v", n, ErrHeaderList, err)
		}
		if err := b.add(&header, -1); err != nil {
			return fmt.Errorf("header %d: %w", n, err)
		}
	}
}

// add takes a header; height is -1 when it is not said.
func (b *headerBuilder) add(header *wire.BlockHeader, height int32) error {
	if err := CheckWork(header, b.limit); err != nil {
		return err
	}
	hash := header.BlockHash()
	if height < 0 {
		height = b.guess(header, hash)
	}
	f := b.file
	if height >= 0 {
		if other, taken := f.byHeight[height]; taken {
			if f.headers[other] != *header {
				return fmt.Errorf("%w: another header at height %d", ErrHeaderList, height)
			}
			return nil
		}
		f.byHeight[height] = len(f.headers)
		b.height[hash] = height
	}
	f.byRoot[header.MerkleRoot] = len(f.headers)
	f.next[header.PrevBlock] = len(f.headers)
	if f.headers = append(f.headers, *header); len(f.headers) > MaxHeaderList {
		return fmt.Errorf("%w: more than %d headers", ErrHeaderList, MaxHeaderList)
	}
	return nil
}

// guess is the height of a header by what it stands on, or -1.
func (b *headerBuilder) guess(header *wire.BlockHeader, hash chainhash.Hash) int32 {
	if below, ok := b.height[header.PrevBlock]; ok {
		return below + 1
	}
	for _, params := range []*chaincfg.Params{&chaincfg.MainNetParams, &chaincfg.TestNet3Params, &chaincfg.TestNet4Params, &chaincfg.SigNetParams, &chaincfg.RegressionNetParams} {
		if hash == *params.GenesisHash {
			return 0
		}
	}
	return -1
}

// Len is the number of headers.
func (f *HeaderFile) Len() int { return len(f.headers) }

// HeaderAt implements Headers.
func (f *HeaderFile) HeaderAt(_ context.Context, height int32) (*wire.BlockHeader, error) {
	i, ok := f.byHeight[height]
	if !ok {
		return nil, fmt.Errorf("height %d: %w", height, chain.ErrNoBlock)
	}
	return &f.headers[i], nil
}

// HeaderByRoot implements ByRoot.
func (f *HeaderFile) HeaderByRoot(root chainhash.Hash) (*wire.BlockHeader, bool) {
	i, ok := f.byRoot[root]
	if !ok {
		return nil, false
	}
	return &f.headers[i], true
}

// OnTop counts the blocks of the file that stand on a block, and their work
// together with the block's own, in hashes on average.
func (f *HeaderFile) OnTop(header *wire.BlockHeader) (blocks int, work *big.Int) {
	work = Work(header)
	for hash := header.BlockHash(); blocks < len(f.headers); blocks++ {
		i, ok := f.next[hash]
		if !ok {
			break
		}
		work.Add(work, Work(&f.headers[i]))
		hash = f.headers[i].BlockHash()
	}
	return blocks, work
}
