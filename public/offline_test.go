package public_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cairn/notary/ots"
)

const examples = "../notary/ots/testdata"

// The offline page reads proofs in JavaScript. It must read what notary/ots
// reads, and refuse what that refuses for the same reason: the published
// examples, the reference's parser cases, and thousands of proofs made of them
// by chance.
func TestTheOfflinePageReadsProofsAsWeDo(t *testing.T) {
	var proofs [][]byte
	err := filepath.WalkDir(examples, func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".ots" {
			return err
		}
		raw, err := os.ReadFile(path)
		proofs = append(proofs, raw)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(proofs) < 20 {
		t.Fatalf("only %d examples", len(proofs))
	}
	proofs = append(proofs, parserCases(t)...)
	random := rand.New(rand.NewPCG(1, 2))
	for _, proof := range slices.Clone(proofs) {
		for range 40 {
			proofs = append(proofs, mutated(random, proof))
		}
	}

	var lines bytes.Buffer
	for _, proof := range proofs {
		lines.WriteString(hex.EncodeToString(proof) + "\n")
	}
	node := exec.Command("node", "src/offline/dump.js")
	node.Stdin = &lines
	var complaint bytes.Buffer
	node.Stderr = &complaint
	out, err := node.Output()
	if err != nil {
		t.Fatalf("node (.ci/setup installs it with npm): %v\n%s", err, complaint.Bytes())
	}
	got := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if len(got) != len(proofs) {
		t.Fatalf("%d answers for %d proofs", len(got), len(proofs))
	}
	kinds := map[string]int{}
	for i, proof := range proofs {
		want := dump(proof)
		if got[i] != want {
			t.Errorf("proof %x:\n got %s\nwant %s", proof, got[i], want)
		}
		if strings.HasPrefix(want, "error ") {
			kinds[want]++
		} else {
			kinds["read"]++
		}
	}
	if kinds["read"] < 100 || len(kinds) < 10 {
		t.Errorf("too few kinds of proofs were tried: %v", kinds)
	}
}

// parserCases are the cases that the reference's parser was asked.
func parserCases(t *testing.T) [][]byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(examples, "parser-cases.json"))
	if err != nil {
		t.Fatal(err)
	}
	var list struct{ Cases []struct{ Hex string } }
	if err := json.Unmarshal(raw, &list); err != nil {
		t.Fatal(err)
	}
	proofs := make([][]byte, len(list.Cases))
	for i, c := range list.Cases {
		if proofs[i], err = hex.DecodeString(c.Hex); err != nil {
			t.Fatal(err)
		}
	}
	return proofs
}

// mutated changes, drops, doubles or adds a few bytes behind the magic.
func mutated(random *rand.Rand, proof []byte) []byte {
	out := bytes.Clone(proof)
	for range 1 + random.IntN(3) {
		if len(out) <= 33 {
			return out
		}
		at := 31 + random.IntN(len(out)-31)
		switch random.IntN(6) {
		case 0:
			out[at] ^= 1 << random.IntN(8)
		case 1:
			out[at] = []byte{0x00, 0x02, 0x03, 0x08, 0x67, 0xf0, 0xf1, 0xf2, 0xf3, 0xff}[random.IntN(10)]
		case 2:
			out = out[:at]
		case 3:
			out = slices.Insert(out, at, byte(random.IntN(256)))
		case 4:
			out = slices.Delete(out, at, min(len(out), at+1+random.IntN(4)))
		case 5:
			part := bytes.Clone(out[at:min(len(out), at+40)])
			out = slices.Insert(out, at, part...)
		}
	}
	return out
}

// words are the kinds of errors as the page calls them.
var words = map[ots.ErrorKind]string{
	ots.ErrBadMagic: "magic", ots.ErrVersion: "version", ots.ErrTruncated: "truncated", ots.ErrTrailing: "trailing",
	ots.ErrTooLong: "too-long", ots.ErrEmptyArgument: "empty-argument", ots.ErrNumber: "number", ots.ErrUnknownOp: "unknown-op",
	ots.ErrNotHash: "not-hash", ots.ErrMessage: "message", ots.ErrTooDeep: "too-deep", ots.ErrTooLarge: "too-large", ots.ErrURI: "uri",
}

// dump writes what notary/ots reads of a proof, as src/offline/dump.js does.
func dump(proof []byte) string {
	f, err := ots.ParseFile(proof)
	if err != nil {
		var e *ots.Error
		if !errors.As(err, &e) {
			return err.Error()
		}
		return "error " + words[e.Kind]
	}
	parts := []string{fmt.Sprintf("%d %x", f.Hash, f.Digest())}
	f.Timestamp.Walk(func(way []ots.Branch, at *ots.Timestamp, a ots.Attestation) bool {
		steps := make([]string, len(way))
		for i, b := range way {
			steps[i] = fmt.Sprintf("%02x%x", byte(b.Op.Code), b.Op.Arg)
		}
		parts = append(parts, fmt.Sprintf("%s %x %s", strings.Join(steps, ","), at.Message(), word(a)))
		return true
	})
	return strings.Join(parts, "; ")
}

func word(a ots.Attestation) string {
	switch a.Tag {
	case ots.TagBitcoin:
		return fmt.Sprintf("bitcoin %d", a.Height)
	case ots.TagLitecoin:
		return fmt.Sprintf("litecoin %d", a.Height)
	case ots.TagEthereum:
		return fmt.Sprintf("ethereum %d", a.Height)
	case ots.TagPending:
		return "pending " + a.URI
	}
	return fmt.Sprintf("unknown %x %x", a.Tag[:], a.Payload)
}
