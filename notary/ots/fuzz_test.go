package ots_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cairn/notary/ots"
)

// seeds calls add with every file below testdata/dir that ends in suffix.
func seeds(f *testing.F, dir, suffix string, add func([]byte)) {
	f.Helper()
	err := filepath.WalkDir(filepath.Join("testdata", dir), func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, suffix) {
			return err
		}
		b, err := os.ReadFile(path)
		add(b)
		return err
	})
	if err != nil {
		f.Fatal(err)
	}
}

// What is read can be written, and what is written reads the same again.
func FuzzParseFile(f *testing.F) {
	seeds(f, "client", ".ots", func(b []byte) { f.Add(b) })
	f.Fuzz(func(t *testing.T, raw []byte) {
		file, err := ots.ParseFile(raw)
		if err != nil {
			return
		}
		wrote, err := file.MarshalBinary()
		if err != nil {
			t.Fatalf("read but not written: %v", err)
		}
		again, err := ots.ParseFile(wrote)
		if err != nil {
			t.Fatalf("written but not read: %v", err)
		}
		if again.Hash != file.Hash || !again.Timestamp.Equal(file.Timestamp) {
			t.Fatal("read differently the second time")
		}
		if file.Info() != again.Info() {
			t.Fatal("described differently the second time")
		}
	})
}

func FuzzParse(f *testing.F) {
	seeds(f, "client", ".ots", func(b []byte) {
		if len(b) > 65 {
			f.Add(b[33:65], b[65:])
		}
	})
	f.Fuzz(func(t *testing.T, msg, raw []byte) {
		ts, err := ots.Parse(msg, raw)
		if err != nil {
			return
		}
		wrote, err := ts.AppendBinary(nil)
		if err != nil {
			t.Fatalf("read but not written: %v", err)
		}
		again, err := ots.Parse(msg, wrote)
		if err != nil {
			t.Fatalf("written but not read: %v", err)
		}
		rewrote, err := again.AppendBinary(nil)
		if err != nil || !bytes.Equal(wrote, rewrote) {
			t.Fatalf("writing is not stable: %v", err)
		}
		both, err := ots.Merge(ts, again)
		if err != nil || !both.Equal(ts) {
			t.Fatalf("merging with itself changed it: %v", err)
		}
	})
}

func FuzzParseArmor(f *testing.F) {
	f.Add([]byte("commit"), []byte("sig\n-----BEGIN OPENTIMESTAMPS GIT TIMESTAMP-----\n\n"+
		"AQAABYiWDXPXGQEBBQ==\n-----END OPENTIMESTAMPS GIT TIMESTAMP-----\n"))
	f.Fuzz(func(t *testing.T, commit, signature []byte) {
		ots.SplitCommit(signature)
		got, err := ots.ParseArmor(commit, signature)
		if err != nil {
			return
		}
		armored, err := ots.AppendArmor(bytes.Clone(got.Signature), got.Timestamp, got.Minor)
		if err != nil {
			t.Fatalf("read but not written: %v", err)
		}
		again, err := ots.ParseArmor(commit, armored)
		if err != nil {
			t.Fatalf("written but not read: %v", err)
		}
		if !again.Timestamp.Equal(got.Timestamp) || again.Minor != got.Minor {
			t.Fatal("read differently the second time")
		}
	})
}

func FuzzParseTxOutProof(f *testing.F) {
	seeds(f, "txoutproof", ".bin", func(b []byte) { f.Add(b) })
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := ots.ParseTxOutProof(raw)
		if err != nil {
			return
		}
		for _, m := range p.Matches {
			msg := m.Txid[:]
			for _, op := range m.Path {
				if msg, err = op.Apply(msg); err != nil {
					t.Fatal(err)
				}
			}
			if !bytes.Equal(msg, p.Header.MerkleRoot[:]) {
				t.Fatalf("transaction %d does not lead to the root", m.Index)
			}
		}
	})
}
