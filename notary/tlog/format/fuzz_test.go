package format_test

import (
	"bytes"
	"testing"

	"cairn/notary/tlog/format"

	"golang.org/x/mod/sumdb/tlog"
)

// What is read as a tile's path is its only spelling.
func FuzzParsePath(f *testing.F) {
	for _, seed := range []string{"tile/0/x001/x234/067.p/5", "tile/entries/000", "tile/63/999.p/255", "tile/0/000.p/256"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		tile, err := format.ParsePath(path)
		if err == nil && (tile.Path() != path || tile.N < 0 || tile.W < 1 || tile.W > 256 || tile.Level < -1) {
			t.Errorf("%q is %+v, at %q", path, tile, tile.Path())
		}
		if err == nil && tile.In(0) {
			t.Errorf("the empty log has %q", path)
		}
	})
}

// What is read as a checkpoint is written the same, but for extensions.
func FuzzParseCheckpoint(f *testing.F) {
	f.Add(format.Checkpoint{Origin: "cairn.example/log", Size: 5, Root: tlog.Hash{1}}.Text())
	f.Add("cairn.example/log\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\nmore\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := format.ParseCheckpoint(text)
		if err == nil && !bytes.HasPrefix([]byte(text), []byte(c.Text())) {
			t.Errorf("%q is read as %q", text, c.Text())
		}
	})
}

func FuzzReceipt(f *testing.F) {
	s, key := signer(f, 1)
	p := promised()
	signed, err := p.Sign(s)
	if err != nil {
		f.Fatal(err)
	}
	checkpoint, err := format.Checkpoint{Origin: p.Origin, Size: 6, Root: p.Entry.LeafHash()}.Sign(s)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(signed)
	f.Add(format.JoinReceipt(signed, 5, []tlog.Hash{{1}, {2}}, checkpoint))
	f.Add(format.JoinReceipt(nil, 0, nil, checkpoint))
	f.Fuzz(func(t *testing.T, text []byte) {
		if r, err := format.OpenReceipt(text, key); err == nil && r.Check() != nil {
			t.Errorf("%q is taken though its path leads elsewhere", text)
		}
		if proof, err := format.ParseProof(text); err == nil {
			again, err := format.ParseProof(proof.Text())
			if err != nil || !bytes.Equal(again.Text(), proof.Text()) {
				t.Errorf("%q reads differently a second time: %v", text, err)
			}
		}
	})
}

func FuzzParseAnchor(f *testing.F) {
	a := format.Anchor{ID: 3, First: 10, Last: 20, Height: 5, Path: []byte{8, 0}}
	f.Add(a.Line())
	f.Fuzz(func(t *testing.T, line []byte) {
		a, err := format.ParseAnchor(line)
		if err != nil {
			return
		}
		if again, err := format.ParseAnchor(a.Line()); err != nil || !bytes.Equal(again.Line(), a.Line()) {
			t.Errorf("%q reads differently a second time: %v", line, err)
		}
		_, _ = a.Timestamp()
	})
}

func FuzzParseBundle(f *testing.F) {
	f.Add(format.AppendEntry(nil, format.Entry{1}))
	f.Fuzz(func(t *testing.T, raw []byte) {
		entries, err := format.ParseBundle(raw)
		if err != nil {
			return
		}
		var again []byte
		for _, e := range entries {
			again = format.AppendEntry(again, e)
		}
		if !bytes.Equal(again, raw) {
			t.Errorf("%x reads as %x", raw, again)
		}
	})
}
