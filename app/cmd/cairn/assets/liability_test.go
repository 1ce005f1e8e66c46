package assets

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cairn/app/cmd/cairn/terminal"
	"cairn/assets/voucher/liability"
	"cairn/notary/ots"
	"cairn/notary/verify"

	"github.com/btcsuite/btcd/blockchain"
	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/schnorr"
	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// testServer signs with a key that everybody knows.
type testServer byte

func (s testServer) key() *btcec.PrivateKey {
	k, _ := btcec.PrivKeyFromBytes(bytes.Repeat([]byte{byte(s)}, 32))
	return k
}

func (s testServer) Key() [32]byte { return [32]byte(schnorr.SerializePubKey(s.key().PubKey())) }

func (s testServer) Sign(digest [32]byte) ([64]byte, error) {
	signature, err := schnorr.Sign(s.key(), digest[:])
	if err != nil {
		return [64]byte{}, err
	}
	return [64]byte(signature.Serialize()), nil
}

// statementOf writes a statement of a day into a folder.
func statementOf(t *testing.T, dir string, by testServer, day int) (path string, s liability.Signed) {
	t.Helper()
	at := time.Date(2026, 11, day, 0, 0, 4, 0, time.UTC)
	raw, err := liability.Statement{
		Cairn: "liability", Version: 1, Network: "devnet", Server: "https://cairn.example", Shop: liability.Shop{Slug: "books", Name: "Book Shop"},
		MadeAt: at.Format(time.RFC3339), Block: liability.Block{Height: int32(100 + day), Hash: strings.Repeat("0a", 32)},
		Assets: []liability.Owed{{
			Asset: "AcuRVsoa81hoLHmVTNXrRD8KpTqUXeqwgH", Protocol: "open-assets", Supply: 20, Returned: 3, Outstanding: 17,
			Ledger: strings.Repeat("0b", 32), Series: []string{"aaaaaaaaaaaaaaaa"},
		}},
		Series: []liability.Series{{ID: "aaaaaaaaaaaaaaaa", Name: "MasterBTC", Vouchers: 20, Issued: 20, Redeemed: 3, Outstanding: 17}},
	}.Seal(by)
	if err != nil {
		t.Fatal(err)
	}
	if s, err = liability.Read(raw); err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(dir, fmt.Sprintf("books-2026-11-%02d-%d.jsonl", day, by))
	write(t, path, raw)
	return path, s
}

func write(t *testing.T, path string, raw []byte) {
	t.Helper()
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

// proves writes a proof that a block whose Merkle root is the digest attests it.
func proves(t *testing.T, path string, digest [32]byte, height uint64) {
	t.Helper()
	f, err := ots.NewFile(ots.OpSHA256, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Timestamp.Attest(ots.Bitcoin(height)); err != nil {
		t.Fatal(err)
	}
	raw, err := f.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, raw)
}

// headerWith is the header of a block of the devnet with a Merkle root.
func headerWith(t *testing.T, root chainhash.Hash) string {
	t.Helper()
	h := wire.BlockHeader{Version: 1, MerkleRoot: root, Timestamp: time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC), Bits: chaincfg.RegressionNetParams.PowLimitBits}
	for hash := h.BlockHash(); blockchain.HashToBig(&hash).Cmp(chaincfg.RegressionNetParams.PowLimit) > 0; hash = h.BlockHash() {
		h.Nonce++
	}
	var b bytes.Buffer
	if err := h.Serialize(&b); err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(b.Bytes())
}

func liabilities(t *testing.T, c LiabilityCmd) (verdicts []stated, code int) {
	t.Helper()
	c.JSON = true
	out, text := output()
	if err := c.Run(t.Context(), out); err != nil {
		silent := terminal.SilentExit(0)
		if !errors.As(err, &silent) {
			t.Fatal(err)
		}
		code = int(silent)
	}
	for d := json.NewDecoder(text); d.More(); {
		var v stated
		if err := d.Decode(&v); err != nil {
			t.Fatal(err)
		}
		verdicts = append(verdicts, v)
	}
	return verdicts, code
}

func TestLiability(t *testing.T) {
	dir := t.TempDir()
	first, s := statementOf(t, dir, 7, 22)
	second, _ := statementOf(t, dir, 7, 23)
	stranger, _ := statementOf(t, dir, 8, 24)
	key := hex.EncodeToString(s.Key[:])

	got, code := liabilities(t, LiabilityCmd{Files: []string{first, second}})
	if code != 0 || len(got) != 2 || !got[0].Holds || got[0].Key != key || got[1].Block.Height != 123 || got[0].Proof != "" {
		t.Fatalf("%d, %+v", code, got)
	}
	// One server signs with one key, the one that is expected if any is.
	if got, code = liabilities(t, LiabilityCmd{Files: []string{first, stranger}}); code != terminal.ExitFail || !got[0].Holds || got[1].Holds || !strings.Contains(got[1].Error, errOtherKey.Error()) {
		t.Fatalf("%d, %+v", code, got)
	}
	if got, code = liabilities(t, LiabilityCmd{Files: []string{stranger}, Key: strings.ToUpper(key)}); code != terminal.ExitFail || got[0].Holds {
		t.Fatalf("%d, %+v", code, got)
	}
	// A number is changed.
	raw, err := os.ReadFile(second)
	if err != nil {
		t.Fatal(err)
	}
	write(t, second, bytes.Replace(raw, []byte(`"supply":20`), []byte(`"supply":30`), 1))
	if got, code = liabilities(t, LiabilityCmd{Files: []string{second, filepath.Join(dir, "none")}}); code != terminal.ExitFail || !strings.Contains(got[0].Error, liability.ErrSignature.Error()) || got[1].Error == "" {
		t.Fatalf("%d, %+v", code, got)
	}
}

func TestLiabilityNotarised(t *testing.T) {
	dir := t.TempDir()
	path, s := statementOf(t, dir, 7, 22)
	proves(t, path+".ots", s.Digest, 5)
	got, code := liabilities(t, LiabilityCmd{Files: []string{path}})
	if code != 0 || got[0].ProofBlock != 5 || got[0].Proof == verify.Confirmed {
		t.Fatalf("%d, %+v", code, got)
	}
	list := filepath.Join(dir, "headers")
	write(t, list, []byte("5 "+headerWith(t, s.Digest)+"\n"))
	if got, code = liabilities(t, LiabilityCmd{Files: []string{path}, Headers: list}); code != 0 || got[0].Proof != verify.Confirmed || got[0].NoLaterThan.Day() != 23 {
		t.Fatalf("%d, %+v", code, got)
	}
	out, text := output()
	if err := (&LiabilityCmd{Files: []string{path}, Headers: list}).Run(t.Context(), out); err != nil || !strings.Contains(text.String(), "17 of 20 units outstanding") || !strings.Contains(text.String(), "no later than 2026-11-23, block 5") {
		t.Fatalf("%s, %v", text, err)
	}
	write(t, list, []byte("5 "+headerWith(t, chainhash.Hash{1})+"\n"))
	if got, code = liabilities(t, LiabilityCmd{Files: []string{path}, Headers: list}); code != terminal.ExitFail || got[0].Holds || got[0].Proof != verify.Mismatch {
		t.Fatalf("%d, %+v", code, got)
	}
	other := filepath.Join(dir, "other.ots")
	proves(t, other, [32]byte{9}, 5)
	if got, code = liabilities(t, LiabilityCmd{Files: []string{path}, Proof: other}); code != terminal.ExitFail || !strings.Contains(got[0].Error, verify.ErrOtherFile.Error()) {
		t.Fatalf("%d, %+v", code, got)
	}
}
