package blockfile

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/btcsuite/btcd/wire"
)

// maxBlock is the size of the largest block there can be, in bytes: one has four
// million units of weight (BIP-0141), and each byte has one at least.
const maxBlock = 4_000_000

const (
	frameSize  = 8 // magic and length
	headerSize = 80
)

// magics open each block, in the order of the file: mainnet, testnet 3 and 4,
// signet, regtest.
var magics = map[[4]byte]bool{
	{0xf9, 0xbe, 0xb4, 0xd9}: true,
	{0x0b, 0x11, 0x09, 0x07}: true,
	{0x1c, 0x16, 0x3f, 0x28}: true,
	{0x0a, 0x03, 0xcf, 0x40}: true,
	{0xfa, 0xbf, 0xb5, 0xda}: true,
}

// KeySize is the length of the key with which Bitcoin Core obfuscates its files
// (xor.dat).
const KeySize = 8

// File is an open file of blocks.
type File struct {
	at   io.ReaderAt
	size int64
}

// NewFile reads blocks from a file of a size in bytes. The key is that of
// Bitcoin Core's obfuscation; empty for none. Errors: ErrFormat for a key of
// another length.
func NewFile(at io.ReaderAt, size int64, key []byte) (*File, error) {
	switch len(key) {
	case 0:
		return &File{at, size}, nil
	case KeySize:
		return &File{plain{at, [KeySize]byte(key)}, size}, nil
	}
	return nil, fmt.Errorf("%w: a key of %d bytes", ErrFormat, len(key))
}

// plain undoes the obfuscation: each byte is XORed with that of the key at its
// place in the file.
type plain struct {
	io.ReaderAt
	key [KeySize]byte
}

// ReadAt implements io.ReaderAt.
func (p plain) ReadAt(b []byte, offset int64) (int, error) {
	n, err := p.ReaderAt.ReadAt(b, offset)
	for i := range b[:n] {
		b[i] ^= p.key[(offset+int64(i))%KeySize]
	}
	return n, err
}

// Entry is a block in a file.
type Entry struct {
	// Offset is where the block begins, and Size how long it is, in bytes.
	Offset, Size int64
	Header       wire.BlockHeader
}

// Index lists the blocks of the file, in its order. Zero bytes, which a node
// leaves at the end, are passed over, and so is a last newline. With ErrFormat come the blocks before what
// cannot be read.
func (f *File) Index() (entries []Entry, err error) {
	for offset := int64(0); offset < f.size; {
		e, next, err := f.entry(offset)
		if errors.Is(err, errPadding) {
			if offset, err = f.skipZeros(offset); err != nil {
				return entries, err
			}
			continue
		}
		if errors.Is(err, errNewline) {
			break
		}
		if err != nil {
			return entries, err
		}
		entries = append(entries, e)
		offset = next
	}
	return entries, nil
}

var (
	errPadding = errors.New("zero bytes")
	errNewline = errors.New("an editor's last byte")
)

// entry is the block at an offset, behind a frame or bare.
func (f *File) entry(offset int64) (e Entry, next int64, err error) {
	var head [frameSize]byte
	n, err := f.at.ReadAt(head[:], offset)
	if err != nil && !errors.Is(err, io.EOF) {
		return e, 0, err
	}
	if n >= 4 && [4]byte(head[:4]) == [4]byte{} || n < 4 && bytes.Count(head[:n], []byte{0}) == n {
		return e, 0, errPadding
	}
	if n == 1 && head[0] == '\n' {
		return e, 0, errNewline
	}
	if n < frameSize {
		return e, 0, fmt.Errorf("%w: %d bytes at the end", ErrFormat, n)
	}
	if !magics[[4]byte(head[:4])] {
		return f.bare(offset)
	}
	e.Offset, e.Size = offset+frameSize, int64(binary.LittleEndian.Uint32(head[4:]))
	if e.Size < headerSize || e.Size > maxBlock || e.Offset+e.Size > f.size {
		return e, 0, fmt.Errorf("%w: a block of %d bytes at %d", ErrFormat, e.Size, offset)
	}
	if err := e.Header.Deserialize(io.NewSectionReader(f.at, e.Offset, headerSize)); err != nil {
		return e, 0, fmt.Errorf("%w: the header at %d: %w", ErrFormat, e.Offset, err)
	}
	return e, e.Offset + e.Size, nil
}

// bare is a block without a frame, which has to be read to know its end.
func (f *File) bare(offset int64) (e Entry, next int64, err error) {
	// A small buffer: a hostile file may have many tiny blocks.
	section := io.NewSectionReader(f.at, offset, min(maxBlock, f.size-offset))
	r := counter{r: bufio.NewReaderSize(section, 4<<10)}
	var block wire.MsgBlock
	if err := block.Deserialize(&r); err != nil {
		return e, 0, fmt.Errorf("%w: at %d: %w", ErrFormat, offset, err)
	}
	return Entry{Offset: offset, Size: r.n, Header: block.Header}, offset + r.n, nil
}

// counter counts what is read.
type counter struct {
	r io.Reader
	n int64
}

// Read implements io.Reader.
func (c *counter) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += int64(n)
	return n, err
}

// skipZeros is where the first byte behind an offset is that is not zero.
func (f *File) skipZeros(offset int64) (int64, error) {
	buf := make([]byte, 64<<10)
	for offset < f.size {
		n, err := f.at.ReadAt(buf[:min(int64(len(buf)), f.size-offset)], offset)
		for i := range n {
			if buf[i] != 0 {
				return offset + int64(i), nil
			}
		}
		offset += int64(n)
		if err != nil && !errors.Is(err, io.EOF) {
			return offset, err
		}
		if n == 0 {
			break
		}
	}
	return f.size, nil
}

// Read is the block of an entry. Errors: ErrFormat.
func (f *File) Read(e Entry) (*wire.MsgBlock, error) {
	if e.Size < headerSize || e.Size > maxBlock {
		return nil, fmt.Errorf("%w: a block of %d bytes", ErrFormat, e.Size)
	}
	raw := make([]byte, e.Size)
	if _, err := f.at.ReadAt(raw, e.Offset); err != nil {
		return nil, fmt.Errorf("%w: the block at %d: %w", ErrFormat, e.Offset, err)
	}
	r := bytes.NewReader(raw)
	block := new(wire.MsgBlock)
	if err := block.Deserialize(r); err != nil {
		return nil, fmt.Errorf("%w: the block at %d: %w", ErrFormat, e.Offset, err)
	}
	if r.Len() != 0 || len(block.Transactions) == 0 {
		return nil, fmt.Errorf("%w: the block at %d has %d bytes too many, %d transactions", ErrFormat, e.Offset, r.Len(), len(block.Transactions))
	}
	return block, nil
}
