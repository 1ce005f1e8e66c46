package calendar_test

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"cairn/notary/calendar"
)

func readTestdata(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestCommitmentsOfTheReference(t *testing.T) {
	var vectors struct {
		Commitments []struct {
			Key        string `json:"key"`
			Index      uint32 `json:"idx"`
			Digest     string `json:"digest"`
			Commitment string `json:"commitment44"`
		} `json:"calendar_commitments"`
	}
	if err := json.Unmarshal(readTestdata(t, "merkle-and-calendar.json"), &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors.Commitments) != 5 {
		t.Fatalf("vectors hold %d commitments", len(vectors.Commitments))
	}
	for _, v := range vectors.Commitments {
		c := calendar.Commitment{Time: v.Index}
		var key calendar.Key
		decodeInto(t, key[:], v.Key)
		decodeInto(t, c.Tip[:], v.Digest)
		c.MAC = key.MAC(c.Time, c.Tip)
		if c.String() != v.Commitment {
			t.Errorf("commitment at %d is %s, want %s", v.Index, c, v.Commitment)
		}
	}
}

func TestJournalOfOtsd(t *testing.T) {
	key := calendar.Key(readTestdata(t, "hmac-key.bin"))
	journal := readTestdata(t, "journal.first10")
	if len(journal) != 10*calendar.CommitmentSize {
		t.Fatalf("journal has %d bytes", len(journal))
	}
	for record := range slices.Chunk(journal, calendar.CommitmentSize) {
		c, ok := calendar.ParseCommitment(record)
		if !ok {
			t.Fatalf("record %x does not parse", record)
		}
		if mac := key.MAC(c.Time, c.Tip); mac != c.MAC {
			t.Errorf("MAC of %s is %x", c, mac)
		}
		if again := c.Bytes(); !bytes.Equal(again[:], record) {
			t.Errorf("record %x is written as %x", record, again)
		}
	}
	if _, ok := calendar.ParseCommitment(journal[:43]); ok {
		t.Error("43 bytes parse as a commitment")
	}
}

func decodeInto(t *testing.T, dst []byte, written string) {
	t.Helper()
	if n, err := hex.Decode(dst, []byte(written)); err != nil || n != len(dst) {
		t.Fatalf("%q: %d bytes, %v", written, n, err)
	}
}

func TestOpenKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "calendar.key")
	keys := make([]calendar.Key, 8)
	var wg sync.WaitGroup
	for i := range keys {
		wg.Go(func() {
			key, err := calendar.OpenKey(path, rand.Reader)
			if err != nil {
				t.Error(err)
			}
			keys[i] = key
		})
	}
	wg.Wait()
	for _, key := range keys {
		if key != keys[0] || key == (calendar.Key{}) {
			t.Fatalf("processes that start together have keys %x", keys)
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %o, want 600", info.Mode().Perm())
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 {
		t.Errorf("beside the key: %v, %v", left, err)
	}
}

func TestOpenKeyRefuses(t *testing.T) {
	for name, content := range map[string]string{
		"empty": "", "short": "00ff", "not hex": strings.Repeat("xy", 32), "long": strings.Repeat("00", 33),
	} {
		path := filepath.Join(t.TempDir(), "calendar.key")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if key, err := calendar.OpenKey(path, rand.Reader); err == nil {
			t.Errorf("%s: got key %x", name, key)
		}
		if kept, _ := os.ReadFile(path); string(kept) != content {
			t.Errorf("%s: the file was changed", name)
		}
	}
	if _, err := calendar.OpenKey(filepath.Join(t.TempDir(), "key"), bytes.NewReader(nil)); err == nil {
		t.Error("made a key without randomness")
	}
}
