package blockfile_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"cairn/assets/blockfile"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

func read(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "blocks", name))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func open(t testing.TB, raw, key []byte) *blockfile.File {
	t.Helper()
	f, err := blockfile.NewFile(bytes.NewReader(raw), int64(len(raw)), key)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// framed puts blocks behind magic and length, as nodes keep them.
func framed(blocks ...[]byte) (file []byte) {
	for _, b := range blocks {
		file = append(file, 0xf9, 0xbe, 0xb4, 0xd9)
		file = binary.LittleEndian.AppendUint32(file, uint32(len(b)))
		file = append(file, b...)
	}
	return file
}

func TestFilesOfNodes(t *testing.T) {
	small, large := read(t, "block898352-testnet.raw"), read(t, "block1087400-testnet.raw")
	key := []byte{1, 2, 3, 4, 5, 6, 7, 0xff}
	hidden := append(framed(small, large), make([]byte, 1000)...)
	for i := range hidden {
		hidden[i] ^= key[i%len(key)]
	}
	for name, f := range map[string]*blockfile.File{
		"framed":     open(t, framed(small, large), nil),
		"zeros":      open(t, slices.Concat(framed(small), make([]byte, 70_000), framed(large), make([]byte, 3)), nil),
		"obfuscated": open(t, hidden, key),
		"bare":       open(t, slices.Concat(small, large), nil),
		"newline":    open(t, slices.Concat(small, large, []byte("\n")), nil),
	} {
		entries, err := f.Index()
		if err != nil || len(entries) != 2 {
			t.Errorf("%s: %d blocks, %v", name, len(entries), err)
			continue
		}
		for i, want := range [][]byte{small, large} {
			block, err := f.Read(entries[i])
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			var got bytes.Buffer
			if err := block.Serialize(&got); err != nil || !bytes.Equal(got.Bytes(), want) || entries[i].Header != block.Header {
				t.Errorf("%s: block %d is another", name, i)
			}
			if err := blockfile.Check(block); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestNoFilesOfBlocks(t *testing.T) {
	block := read(t, "block898352-testnet.raw")
	long := framed(block)
	binary.LittleEndian.PutUint32(long[4:], uint32(len(block)+1))
	for name, raw := range map[string][]byte{
		"text":        []byte("these are no blocks at all, whatever the name of the file may say to the contrary"),
		"cut off":     block[:len(block)-1],
		"too long":    long,
		"short frame": framed(block[:79]),
		"too large":   framed(append(bytes.Clone(block), make([]byte, 4_000_001-len(block))...)),
		"rest":        append(framed(block), 1, 2, 3),
	} {
		entries, err := open(t, raw, nil).Index()
		if !errors.Is(err, blockfile.ErrFormat) || len(entries) > 1 {
			t.Errorf("%s: %d blocks, %v", name, len(entries), err)
		}
	}
	if _, err := blockfile.NewFile(bytes.NewReader(nil), 0, []byte("short")); !errors.Is(err, blockfile.ErrFormat) {
		t.Errorf("a short key: %v", err)
	}
	padded := framed(append(bytes.Clone(block), 0))
	f := open(t, padded, nil)
	entries, err := f.Index()
	if err != nil || len(entries) != 1 {
		t.Fatal(entries, err)
	}
	if _, err := f.Read(entries[0]); !errors.Is(err, blockfile.ErrFormat) {
		t.Errorf("a block with a byte too many: %v", err)
	}
}

func TestCheckAndHeight(t *testing.T) {
	f := open(t, read(t, "block1087400-testnet.raw"), nil)
	entries, err := f.Index()
	if err != nil {
		t.Fatal(err)
	}
	block, err := f.Read(entries[0])
	if err != nil {
		t.Fatal(err)
	}
	if height, ok := blockfile.Height(block); !ok || height != 1_087_400 {
		t.Errorf("height %d, %t", height, ok)
	}
	block.Transactions[3].LockTime++
	if err := blockfile.Check(block); !errors.Is(err, blockfile.ErrMerkle) {
		t.Errorf("a changed transaction: %v", err)
	}
}

func TestUndo(t *testing.T) {
	f := open(t, read(t, "block1087400-testnet.raw"), nil)
	entries, err := f.Index()
	if err != nil {
		t.Fatal(err)
	}
	block, err := f.Read(entries[0])
	if err != nil {
		t.Fatal(err)
	}
	raw := read(t, "block1087400-testnet-undo.raw")
	coins, err := blockfile.Undo(bytes.NewReader(raw), block)
	if err != nil || len(coins) != 205 {
		t.Fatalf("%d coins, %v", len(coins), err)
	}
	// Nobody pays out more than he has: every fee is 0 or more.
	for _, tx := range block.Transactions[1:] {
		var fee int64
		for _, in := range tx.TxIn {
			fee += coins[in.PreviousOutPoint].Value
		}
		for _, out := range tx.TxOut {
			fee -= out.Value
		}
		if fee < 0 {
			t.Errorf("%s pays out %d more than it has", tx.TxHash(), -fee)
		}
	}
	for name, wrong := range map[string][]byte{
		"cut off": raw[:len(raw)-1], "one more": append(bytes.Clone(raw), 0), "empty": nil,
		"a huge value": append(bytes.Repeat([]byte{0xff}, 8), raw[8:]...),
	} {
		if _, err := blockfile.Undo(bytes.NewReader(wrong), block); !errors.Is(err, blockfile.ErrUndo) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Shuffled blocks come in the order of the chain, those of shorter branches apart.
func TestOrder(t *testing.T) {
	var headers []wire.BlockHeader
	add := func(prev chainhash.Hash) chainhash.Hash {
		h := wire.BlockHeader{PrevBlock: prev, Nonce: uint32(len(headers))}
		headers = append(headers, h)
		return h.BlockHash()
	}
	tip := chainhash.Hash{9}
	var main []chainhash.Hash
	for i := range 50 {
		if i == 20 {
			for branch, n := tip, 0; n < 3; n++ {
				branch = add(branch)
			}
		}
		tip = add(tip)
		main = append(main, tip)
	}
	headers = append(headers, headers[30]) // there twice
	rnd := rand.New(rand.NewPCG(1, 2))
	rnd.Shuffle(len(headers), func(i, j int) { headers[i], headers[j] = headers[j], headers[i] })
	chain, stale := blockfile.Order(headers)
	var got []chainhash.Hash
	for _, i := range chain {
		got = append(got, headers[i].BlockHash())
	}
	if !slices.Equal(got, main) || len(stale) != 3 {
		t.Errorf("%d blocks in order, %d stale", len(got), len(stale))
	}
}

func FuzzFile(f *testing.F) {
	small := read(f, "block898352-testnet.raw")
	f.Add(small, []byte{})
	f.Add(framed(small, small), []byte{1, 2, 3, 4, 5, 6, 7, 8})
	f.Add(append(framed(small), make([]byte, 100)...), []byte{})
	f.Fuzz(func(t *testing.T, raw, key []byte) {
		file, err := blockfile.NewFile(bytes.NewReader(raw), int64(len(raw)), key)
		if err != nil {
			return
		}
		entries, _ := file.Index()
		end := int64(0)
		for _, e := range entries {
			if e.Offset < end || e.Size <= 0 || e.Offset+e.Size > int64(len(raw)) {
				t.Fatalf("a block at %d of %d bytes in a file of %d", e.Offset, e.Size, len(raw))
			}
			end = e.Offset + e.Size
			block, err := file.Read(e)
			if err != nil {
				continue
			}
			_ = blockfile.Check(block)
			_, _ = blockfile.Height(block)
			_, _ = blockfile.Undo(bytes.NewReader(raw), block)
		}
	})
}
