package format_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"cairn/notary/ots"
	"cairn/notary/tlog/format"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

func signer(t testing.TB, seed byte) (*format.Signer, note.Verifier) {
	t.Helper()
	s, err := format.NewSigner("cairn.example/log", [32]byte{seed})
	if err != nil {
		t.Fatal(err)
	}
	key, err := format.ParseKey(s.PublicKey() + "\n")
	if err != nil {
		t.Fatal(err)
	}
	return s, key
}

// The examples of c2sp.org/tlog-tiles, and its neighbours.
func TestTilePaths(t *testing.T) {
	for path, want := range map[string]format.Tile{
		"tile/0/x001/x234/067":     {Level: 0, N: 1234067, W: 256},
		"tile/63/000":              {Level: 63, N: 0, W: 256},
		"tile/1/999.p/1":           {Level: 1, N: 999, W: 1},
		"tile/1/x001/000.p/255":    {Level: 1, N: 1000, W: 255},
		"tile/entries/x001/007":    {Level: format.Entries, N: 1007, W: 256},
		"tile/entries/000.p/112":   {Level: format.Entries, N: 0, W: 112},
		"tile/0/x999/x999/999.p/9": {Level: 0, N: 999_999_999, W: 9},
	} {
		if got, err := format.ParsePath(path); err != nil || got != want {
			t.Errorf("%s is %+v, %v", path, got, err)
		}
		if got := want.Path(); got != path {
			t.Errorf("%+v is at %s, want %s", want, got, path)
		}
	}
	for _, bad := range []string{
		"", "tile", "tile/0", "tile/0/", "tile/0/0", "tile/0/00", "tile/0/0000", "tile/0/1000", "tile/00/000", "tile/64/000",
		"tile/-1/000", "tile/+1/000", "tile/0/x000/001", "tile/0/001/000", "tile/0/x001/", "tile/0/000.p", "tile/0/000.p/",
		"tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p/+1", "tile/0/000.p/1/2", "/tile/0/000", "tile/0/000/",
		"tile/data/000", "tile/0/x-01/000", "tile/0/ 00", "tile/0/x999/x999/x999/x999/x999/x999/999", "tile/8/0/000", "tile/0/..",
	} {
		if got, err := format.ParsePath(bad); !errors.Is(err, format.ErrPath) {
			t.Errorf("%q is taken for %+v, %v", bad, got, err)
		}
	}
}

// A log of 70,000 entries has the tiles that c2sp.org/tlog-tiles counts.
func TestTilesOfALog(t *testing.T) {
	for level, want := range map[int][2]int{0: {273, 112}, 1: {1, 17}, 2: {0, 1}, 3: {0, 0}} {
		tiles := format.TilesAt(level, 70_000, 0)
		full, width := 0, 0
		for _, tile := range tiles {
			if !tile.In(70_000) {
				t.Errorf("%s is not in the log", tile.Path())
			}
			if tile.W == 256 {
				full++
			} else {
				width = tile.W
			}
		}
		if full != want[0] || width != want[1] {
			t.Errorf("level %d: %d full tiles and one of %d", level, full, width)
		}
	}
	for _, none := range []format.Tile{{Level: 0, N: 273, W: 113}, {Level: 0, N: 273, W: 256}, {Level: 0, N: 1 << 62, W: 1}, {Level: 2, N: 0, W: 2}, {Level: 63, W: 1}} {
		if none.In(70_000) {
			t.Errorf("%+v is in the log", none)
		}
	}
}

// reader stores the hashes of the binary tree as the reference does.
type reader struct{ stored []tlog.Hash }

func (r *reader) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		hashes[i] = r.stored[index]
	}
	return hashes, nil
}

// add stores one more leaf.
func (r *reader) add(t testing.TB, n int64, leaf tlog.Hash) {
	more, err := tlog.StoredHashesForRecordHash(n, leaf, r)
	if err != nil {
		t.Fatal(err)
	}
	r.stored = append(r.stored, more...)
}

// At every size the tree has the root of the reference, its filled tiles are
// the reference's, and it goes on from its edge or from its tiles alone.
func TestTreeIsTheReferences(t *testing.T) {
	var r reader
	var tree, byTiles format.Tree
	const size = 70_000
	for n := int64(0); n < size; n++ {
		leaf := tlog.RecordHash(binary.BigEndian.AppendUint64(nil, uint64(n)))
		r.add(t, n, leaf)
		for _, node := range tree.Append(leaf, nil) {
			stored := r.stored[tlog.StoredHashIndex(8*node.Level, node.N)]
			if node.Hash != stored {
				t.Fatalf("node %+v, the reference has %s", node, stored)
			}
			if node.Level == 1 {
				byTiles.AppendTile(node.Hash, nil)
			}
		}
		if n%997 != 0 && n+1 != size && (n+1)%256 > 1 {
			continue
		}
		want, err := tlog.TreeHash(n+1, &r)
		if err != nil {
			t.Fatal(err)
		}
		if tree.Root() != want || tree.Size() != n+1 {
			t.Fatalf("%d leaves make %s, want %s", tree.Size(), tree.Root(), want)
		}
		if byTiles.Size() == n+1 && byTiles.Root() != want {
			t.Fatalf("%d leaves by tiles make %s", n+1, byTiles.Root())
		}
	}
	copied := tree.Clone()
	copied.Append(tlog.Hash{1}, nil)
	if copied.Root() == tree.Root() || tree.Size() != size {
		t.Error("a copy is not independent")
	}
	for _, edge := range [][][]format.Hash{nil, {make([]format.Hash, 113)}} {
		if _, err := format.ResumeTree(size, edge); !errors.Is(err, format.ErrTile) {
			t.Errorf("a wrong edge is taken: %v", err)
		}
	}
	if got := new(format.Tree).Root().String(); got != "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" {
		t.Errorf("the empty tree has the root %s", got)
	}
}

func TestCheckpoints(t *testing.T) {
	s, key := signer(t, 1)
	other, _ := signer(t, 2)
	c := format.Checkpoint{Origin: "cairn.example/log", Size: 20852163, Root: tlog.Hash{1, 2, 3}}
	signed, err := c.Sign(s)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := format.OpenCheckpoint(signed, key); err != nil || got != c {
		t.Errorf("%+v, %v\n%s", got, err, signed)
	}
	forged, err := c.Sign(other)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		text string
		kind error
	}{
		"another key":    {string(forged), format.ErrSignature},
		"another size":   {strings.Replace(string(signed), "20852163", "20852164", 1), format.ErrSignature},
		"no note":        {c.Text(), format.ErrCheckpoint},
		"nothing":        {"", format.ErrCheckpoint},
		"control bytes":  {string(signed) + "\x00", format.ErrCheckpoint},
		"too long":       {strings.Repeat("x", format.MaxNote) + string(signed), format.ErrCheckpoint},
		"another's name": {signText(t, s, "other.example\n1\n"+c.Root.String()+"\n"), format.ErrCheckpoint},
		"no size":        {signText(t, s, "cairn.example/log\n"), format.ErrCheckpoint},
		"a padded size":  {signText(t, s, "cairn.example/log\n01\n"+c.Root.String()+"\n"), format.ErrCheckpoint},
		"a negative one": {signText(t, s, "cairn.example/log\n-1\n"+c.Root.String()+"\n"), format.ErrCheckpoint},
		"a huge one":     {signText(t, s, "cairn.example/log\n4611686018427387904\n"+c.Root.String()+"\n"), format.ErrCheckpoint},
		"no root":        {signText(t, s, "cairn.example/log\n1\nAAAA\n"), format.ErrCheckpoint},
		"an empty line":  {signText(t, s, "cairn.example/log\n1\n"+c.Root.String()+"\n\nmore\n"), format.ErrCheckpoint},
		"a root over 0":  {signText(t, s, "cairn.example/log\n0\n"+c.Root.String()+"\n"), format.ErrCheckpoint},
	} {
		if got, err := format.OpenCheckpoint([]byte(test.text), key); !errors.Is(err, test.kind) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	extended := signText(t, s, c.Text()+"an extension\n")
	if got, err := format.OpenCheckpoint([]byte(extended), key); err != nil || got != c {
		t.Errorf("with an extension: %+v, %v", got, err)
	}
}

func signText(t testing.TB, s *format.Signer, text string) string {
	t.Helper()
	signed, err := note.Sign(&note.Note{Text: text}, s)
	if err != nil {
		t.Fatal(err)
	}
	return string(signed)
}

// The key is the one that golang.org/x/mod/sumdb/note makes of the same seed.
func TestKeys(t *testing.T) {
	s, _ := signer(t, 1)
	private := fmt.Sprintf("PRIVATE+KEY+%s+%08x+%s", s.Name(), s.KeyHash(), base64.StdEncoding.EncodeToString(append([]byte{1}, append([]byte{1}, make([]byte, 31)...)...)))
	reference, err := note.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	mine, err1 := s.Sign([]byte("text"))
	theirs, err2 := reference.Sign([]byte("text"))
	if err1 != nil || err2 != nil || !bytes.Equal(mine, theirs) {
		t.Errorf("%x, %x, %v, %v", mine, theirs, err1, err2)
	}
	if said := fmt.Sprintf("%v %+v %s %#v", s, s, s, s); strings.Contains(said, private[len(private)-20:]) || !strings.Contains(said, s.PublicKey()) {
		t.Errorf("a signer says %s", said)
	}
	for _, bad := range []string{"", "x", "cairn.example/log+00000000+AAAA", private} {
		if _, err := format.ParseKey(bad); !errors.Is(err, format.ErrKey) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	for _, origin := range []string{"", "with space", "with+plus"} {
		if _, err := format.NewSigner(origin, [32]byte{}); !errors.Is(err, format.ErrKey) {
			t.Errorf("a log %q: %v", origin, err)
		}
	}
}

// promised is a promise for a digest, whose path is like a calendar's.
func promised() format.Promise {
	p := format.Promise{Origin: "cairn.example/log", Index: 5, Digest: sha256.Sum256([]byte("file"))}
	nonce, before, after := []byte("sixteen bytes ok"), []byte{0x6a, 1, 2, 3}, []byte("mac of 8")
	p.Path = ots.AppendOps(nil, ots.Append(nonce), ots.SHA256(), ots.Prepend(before), ots.Append(after))
	tip := sha256.Sum256(append(p.Digest[:], nonce...))
	copy(p.Entry[:], append(append(bytes.Clone(before), tip[:]...), after...))
	return p
}

func TestReceipts(t *testing.T) {
	s, key := signer(t, 1)
	other, otherKey := signer(t, 2)
	p := promised()
	signed, err := p.Sign(s)
	if err != nil {
		t.Fatal(err)
	}
	r, err := format.OpenReceipt(signed, key)
	if err != nil || r.Index != 5 || r.Entry != p.Entry || r.Digest != p.Digest || !bytes.Equal(r.Path, p.Path) || r.Checkpoint != nil {
		t.Fatalf("%+v, %v\n%s", r, err, signed)
	}
	if at := r.Entry.Time(); !at.Equal(time.Unix(0x6a010203, 0)) {
		t.Errorf("it is of %s", at)
	}
	bare := format.Promise{Origin: p.Origin, Index: 5, Entry: p.Entry}
	unnamed, err := bare.Sign(s)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := format.OpenReceipt(unnamed, key); err != nil || r.Index != 5 || r.Entry != p.Entry || len(r.Path) != 0 {
		t.Fatalf("without a digest: %+v, %v\n%s", r, err, unnamed)
	}
	// A receipt is never a checkpoint, nor the other way.
	if _, err := format.OpenCheckpoint(signed, key); !errors.Is(err, format.ErrCheckpoint) {
		t.Errorf("a receipt as a checkpoint: %v", err)
	}

	var hashes reader
	leaves := make([]tlog.Hash, 9)
	for i := range leaves {
		leaves[i] = tlog.RecordHash([]byte{byte(i)})
		if i == 5 {
			leaves[i] = p.Entry.LeafHash()
		}
		hashes.add(t, int64(i), leaves[i])
	}
	root, err := tlog.TreeHash(9, &hashes)
	if err != nil {
		t.Fatal(err)
	}
	proof, err := tlog.ProveRecord(9, 5, &hashes)
	if err != nil {
		t.Fatal(err)
	}
	checkpoint, err := format.Checkpoint{Origin: p.Origin, Size: 9, Root: root}.Sign(s)
	if err != nil {
		t.Fatal(err)
	}
	joined := format.JoinReceipt(signed, 5, proof, checkpoint)
	if r, err = format.OpenReceipt(joined, key); err != nil || r.Checkpoint.Size != 9 || r.Checkpoint.Root != root || r.Digest != p.Digest {
		t.Fatalf("%+v, %v\n%s", r, err, joined)
	}
	parsed, err := format.ParseProof(joined)
	if err != nil || !bytes.Equal(parsed.Text(), joined) {
		t.Errorf("a proof does not read as it was written: %v", err)
	}

	change := func(old, new string) []byte { return []byte(strings.Replace(string(joined), old, new, 1)) }
	elsewhere := p
	elsewhere.Path = p.Path[:len(p.Path)-1]
	foreign := p
	foreign.Origin = "other.example/log"
	mustSign := func(p format.Promise, s *format.Signer) []byte {
		text, err := p.Sign(s)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	for name, test := range map[string]struct {
		text []byte
		kind error
	}{
		"another key":        {mustSign(p, other), format.ErrSignature},
		"of another log":     {mustSign(foreign, s), format.ErrReceipt},
		"a path elsewhere":   {mustSign(elsewhere, s), format.ErrReceipt},
		"a long path":        {mustSign(format.Promise{Origin: p.Origin, Path: make([]byte, 5000)}, s), format.ErrReceipt},
		"a number changed":   {bytes.Replace(signed, []byte("index 5"), []byte("index 6"), 1), format.ErrSignature},
		"a line missing":     {[]byte(signText(t, s, "cairn.receipt@v1\ncairn.example/log\nindex 5\n")), format.ErrReceipt},
		"another line":       {[]byte(signText(t, s, strings.Replace(p.Text(), "entry ", "Entry ", 1))), format.ErrReceipt},
		"a digest alone":     {[]byte(signText(t, s, bare.Text()+"digest sha256:"+strings.Repeat("00", 32)+"\n")), format.ErrReceipt},
		"an empty path":      {[]byte(signText(t, s, bare.Text()+"digest sha256:"+strings.Repeat("00", 32)+"\npath \n")), format.ErrReceipt},
		"no hexadecimal":     {[]byte(signText(t, s, strings.Replace(p.Text(), "entry 6a", "entry xy", 1))), format.ErrReceipt},
		"a checkpoint":       {checkpoint, format.ErrReceipt},
		"nothing":            {nil, format.ErrReceipt},
		"another index":      {change("\nindex 5\n", "\nindex 4\n"), format.ErrReceipt},
		"a hash changed":     {change(proof[0].String(), tlog.Hash{}.String()), format.ErrInclusion},
		"a hash too many":    {change(proof[0].String(), tlog.Hash{}.String()+"\n"+proof[0].String()), format.ErrInclusion},
		"a hash malformed":   {change(proof[0].String(), "A"+proof[0].String()), format.ErrReceipt},
		"no promise":         {format.JoinReceipt(nil, 5, proof, checkpoint), format.ErrReceipt},
		"extra not base64":   {change("extra ", "extra !"), format.ErrReceipt},
		"no index":           {change("\nindex ", "\nnumber "), format.ErrReceipt},
		"no checkpoint":      {joined[:bytes.Index(joined, []byte("\n\n"))], format.ErrReceipt},
		"checkpoint changed": {change("\n9\n", "\n8\n"), format.ErrSignature},
		"endless":            {append(joined, make([]byte, format.MaxReceipt)...), format.ErrReceipt},
	} {
		if got, err := format.OpenReceipt(test.text, key); !errors.Is(err, test.kind) {
			t.Errorf("%s: %+v, %v, want %v", name, got, err, test.kind)
		}
	}
	if _, err := format.OpenReceipt(joined, otherKey); !errors.Is(err, format.ErrSignature) {
		t.Errorf("by another log's key: %v", err)
	}
}

func TestBundles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		entries := make([]format.Entry, rapid.IntRange(0, 256).Draw(t, "n"))
		var raw []byte
		for i := range entries {
			copy(entries[i][:], rapid.SliceOfN(rapid.Byte(), 44, 44).Draw(t, "entry"))
			raw = format.AppendEntry(raw, entries[i])
		}
		got, err := format.ParseBundle(raw)
		if err != nil || len(got) != len(entries) {
			t.Fatalf("%d entries, %v", len(got), err)
		}
		for i := range got {
			if got[i] != entries[i] {
				t.Fatalf("entry %d differs", i)
			}
			again, err := format.ParseEntry(got[i].String())
			if err != nil || again != got[i] {
				t.Fatalf("entry %d as text: %v", i, err)
			}
		}
	})
	one := format.AppendEntry(nil, format.Entry{1})
	for name, bad := range map[string][]byte{
		"cut off": one[:45], "too long": append(bytes.Clone(one), 0), "length": append([]byte{0, 43}, one[2:]...), "257 entries": bytes.Repeat(one, 257),
	} {
		if _, err := format.ParseBundle(bad); !errors.Is(err, format.ErrBundle) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnchorLines(t *testing.T) {
	a := format.Anchor{ID: 3, First: 10, Last: 20, Root: [32]byte{1}, Txid: [32]byte{2}, Height: 912095, Block: [32]byte{3}}
	a.Path = ots.AppendAttestation(ots.AppendOps(nil, ots.SHA256()), ots.Bitcoin(912095))
	got, err := format.ParseAnchor(a.Line())
	if err != nil || !bytes.Equal(got.Line(), a.Line()) || got.Txid != a.Txid || got.Root != a.Root {
		t.Errorf("%+v, %v", got, err)
	}
	if way, err := got.Timestamp(); err != nil || !way.Complete() {
		t.Errorf("its path: %v", err)
	}
	broken := a
	broken.Path = []byte{1}
	if _, err := broken.Timestamp(); !errors.Is(err, format.ErrAnchor) {
		t.Errorf("a broken path: %v", err)
	}
	line := string(a.Line())
	for name, bad := range map[string]string{
		"nothing": "", "no JSON": "x", "ends before it begins": strings.Replace(line, `"last":20`, `"last":9`, 1),
		"below zero": strings.Replace(line, `"first":10`, `"first":-1`, 1), "no height": strings.Replace(line, `912095`, `-1`, 1),
		"short txid": strings.Replace(line, `"txid":"00`, `"txid":"`, 1), "short root": strings.Replace(line, `"root":"01`, `"root":"`, 1),
		"too long": strings.Replace(line, `{`, `{"x":"`+strings.Repeat("y", format.MaxAnchorLine)+`",`, 1),
	} {
		if got, err := format.ParseAnchor([]byte(bad)); !errors.Is(err, format.ErrAnchor) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}
