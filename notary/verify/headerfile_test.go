package verify_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"os"
	"strings"
	"testing"

	"cairn/chain"
	"cairn/notary/verify"

	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// helloHeader is the header of block 358391 in hexadecimal.
func helloHeader(t *testing.T) string {
	t.Helper()
	h, err := mainnet(t).HeaderAt(t.Context(), 358391)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := h.Serialize(&b); err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(b.Bytes())
}

// A header without a height confirms by its Merkle root, in text and raw.
func TestReadHeadersInEveryForm(t *testing.T) {
	text := helloHeader(t)
	raw, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	hello := proof(t, "client/hello-world.txt.ots")
	bad := proof(t, "client/bad-stamp.txt.ots")
	for name, content := range map[string]string{
		"with a height": "# one\n358391 " + text + "\n",
		"alone":         "\ufeff" + strings.ToUpper(text) + "\r\n",
		"raw":           string(raw),
	} {
		f, err := verify.ReadHeaders(strings.NewReader(content), chaincfg.MainNetParams.PowLimit)
		if err != nil || f.Len() != 1 {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if v := check(t, hello, f); v.Outcome != verify.Confirmed || v.Block.Height != 358391 || v.Time.Year() != 2015 {
			t.Errorf("%s: %+v", name, v)
		}
		want := verify.NoHeader
		if name == "with a height" {
			want = verify.Mismatch
		}
		if v := check(t, bad, f); v.Outcome != want {
			t.Errorf("%s: a proof that is wrong is %s", name, v.Outcome)
		}
	}
}

// easyChain is headers that stand on each other, with the devnet's work, on
// its genesis block; the first is the genesis block itself.
func easyChain(t *testing.T, n int) []*wire.BlockHeader {
	t.Helper()
	genesis := chaincfg.RegressionNetParams.GenesisBlock.Header
	list := []*wire.BlockHeader{&genesis}
	for len(list) < n {
		below := list[len(list)-1]
		next := *below
		next.PrevBlock, next.MerkleRoot = below.BlockHash(), chainhash.Hash{byte(len(list))}
		for verify.CheckWork(&next, chaincfg.RegressionNetParams.PowLimit) != nil {
			next.Nonce++
		}
		list = append(list, &next)
	}
	return list
}

func rawHeaders(t *testing.T, list []*wire.BlockHeader) []byte {
	t.Helper()
	var b bytes.Buffer
	for _, h := range list {
		if err := h.Serialize(&b); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

// Headers on a chain's first block have heights without being told.
func TestReadHeadersCountsFromTheFirstBlock(t *testing.T) {
	list := easyChain(t, 20)
	f, err := verify.ReadHeaders(bytes.NewReader(rawHeaders(t, list)), chaincfg.RegressionNetParams.PowLimit)
	if err != nil {
		t.Fatal(err)
	}
	for height, want := range list {
		got, err := f.HeaderAt(t.Context(), int32(height))
		if err != nil || got.BlockHash() != want.BlockHash() {
			t.Errorf("height %d: %v, %v", height, got, err)
		}
	}
	if _, err := f.HeaderAt(t.Context(), 20); !errors.Is(err, chain.ErrNoBlock) {
		t.Errorf("above the last: %v", err)
	}
	if blocks, work := f.OnTop(list[15]); blocks != 4 || work.Int64() != 5*2 {
		t.Errorf("%d blocks on top, %d hashes", blocks, work)
	}
	// Without the first block there are no heights, and the roots still lead to
	// the headers.
	f, err = verify.ReadHeaders(bytes.NewReader(rawHeaders(t, list[5:])), chaincfg.RegressionNetParams.PowLimit)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.HeaderAt(t.Context(), 5); !errors.Is(err, chain.ErrNoBlock) {
		t.Errorf("got %v", err)
	}
	if h, ok := f.HeaderByRoot(list[9].MerkleRoot); !ok || h.BlockHash() != list[9].BlockHash() {
		t.Errorf("not found by its root")
	}
	if blocks, _ := f.OnTop(list[19]); blocks != 0 {
		t.Errorf("%d blocks on the last", blocks)
	}
}

func TestReadHeadersRefuses(t *testing.T) {
	text := helloHeader(t)
	raw, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	weak := bytes.Clone(raw)
	weak[79] ^= 1
	genesis := hex.EncodeToString(rawHeaders(t, []*wire.BlockHeader{&chaincfg.MainNetParams.GenesisBlock.Header}))
	for name, c := range map[string]struct {
		content string
		want    error
		says    string
	}{
		"nothing":               {"", verify.ErrHeaderList, "there is none"},
		"comments":              {"# none\n", verify.ErrHeaderList, "there is none"},
		"text":                  {"hello, I am no header\n", verify.ErrHeaderList, "line 1"},
		"a picture":             {"\x89PNG\r\n\x1a\n" + strings.Repeat("\x00", 200), verify.ErrWork, "header 1"},
		"cut":                   {string(raw) + string(raw[:79]), verify.ErrHeaderList, "ends within"},
		"without work":          {string(weak), verify.ErrWork, "header 1"},
		"without work, as text": {text + "\n" + hex.EncodeToString(weak), verify.ErrWork, "line 2"},
		"two at one height":     {"0 " + text + "\n" + genesis, verify.ErrHeaderList, "line 2"},
	} {
		_, err := verify.ReadHeaders(strings.NewReader(c.content), chaincfg.MainNetParams.PowLimit)
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzReadHeaders(f *testing.F) {
	raw, err := os.ReadFile("testdata/headers.txt")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add([]byte(strings.Repeat("\x00", 160)))
	f.Fuzz(func(t *testing.T, content []byte) {
		file, err := verify.ReadHeaders(bytes.NewReader(content), chaincfg.RegressionNetParams.PowLimit)
		if (err == nil) != (file != nil && file.Len() > 0) {
			t.Errorf("%v and %v", file, err)
		}
	})
}
