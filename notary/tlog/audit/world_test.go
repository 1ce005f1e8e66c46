package audit_test

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"cairn/notary/merkle"
	"cairn/notary/ots"
	"cairn/notary/tlog/audit"
	"cairn/notary/tlog/format"
	"cairn/notary/verify"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
	"golang.org/x/mod/sumdb/tlog"
)

const origin = "cairn.example/log"

// start is when the log of the tests began.
var start = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// fakeLog is a whole log in memory, honest until a test changes something.
type fakeLog struct {
	testing.TB
	signer  *format.Signer
	entries []format.Entry
	// signed are the entries that the tree is over; nil for entries.
	signed  []format.Entry
	anchors []format.Anchor
	headers verify.HeaderList
	// evil changes a piece on its way out.
	evil map[string]func([]byte) []byte
	// slow makes every answer take so long.
	slow time.Duration
	now  time.Time
	asks int
}

func newLog(t testing.TB, entries int) *fakeLog {
	t.Helper()
	signer, err := format.NewSigner(origin, [32]byte{7})
	if err != nil {
		t.Fatal(err)
	}
	l := &fakeLog{TB: t, signer: signer, headers: verify.HeaderList{}, evil: map[string]func([]byte) []byte{}, now: start}
	l.grow(entries)
	return l
}

// entryAt is entry number i, made at a time.
func entryAt(i int, at time.Time) (e format.Entry) {
	binary.BigEndian.PutUint32(e[:4], uint32(at.Unix()))
	tip := sha256.Sum256(fmt.Append(nil, "entry ", i))
	copy(e[4:], tip[:])
	return e
}

// grow adds entries, one a second.
func (l *fakeLog) grow(n int) {
	for range n {
		l.entries = append(l.entries, entryAt(len(l.entries), l.now))
		l.now = l.now.Add(time.Second)
	}
}

// anchor puts all entries that have no anchor into a block.
func (l *fakeLog) anchor() {
	l.Helper()
	a := format.Anchor{ID: int64(len(l.anchors)) + 1, Last: int64(len(l.entries)) - 1}
	if n := len(l.anchors); n > 0 {
		a.First = l.anchors[n-1].Last + 1
	}
	var tree merkle.Builder
	for i := a.First; i <= a.Last; i++ {
		tree.Add(l.entries[i].AnchorLeaf())
	}
	a.Root = tree.Tops().Root()
	carrier := wire.NewMsgTx(1)
	carrier.AddTxIn(wire.NewTxIn(&wire.OutPoint{Hash: chainhash.Hash{byte(a.ID)}}, nil, nil))
	script, err := txscript.NullDataScript(a.Root[:])
	if err != nil {
		l.Fatal(err)
	}
	carrier.AddTxOut(wire.NewTxOut(0, script))
	l.block(&a, carrier)
	l.anchors = append(l.anchors, a)
}

// block mines the transaction of an anchor, beside one of somebody else.
func (l *fakeLog) block(a *format.Anchor, carrier *wire.MsgTx) {
	l.Helper()
	other := wire.NewMsgTx(1)
	other.AddTxIn(wire.NewTxIn(&wire.OutPoint{Hash: chainhash.Hash{9}}, nil, nil))
	other.AddTxOut(wire.NewTxOut(int64(a.ID), nil))
	block := &wire.MsgBlock{Transactions: []*wire.MsgTx{other, carrier}}
	left, right := tlog.Hash(other.TxHash()), carrier.TxHash()
	block.Header = wire.BlockHeader{
		MerkleRoot: chainhash.DoubleHashH(append(left[:], right[:]...)), Timestamp: l.now.Add(10 * time.Minute), Bits: 0x207fffff,
	}
	way, err := ots.AnchorPath(block, 1, a.Root[:])
	if err != nil {
		l.Fatal(err)
	}
	a.Height = int32(100 + a.ID)
	a.Path = ots.AppendAttestation(ots.AppendOps(nil, way...), ots.Bitcoin(uint64(a.Height)))
	a.Txid, a.Block = carrier.TxHash(), block.Header.BlockHash()
	l.headers[a.Height] = block.Header
}

// tree is the tree over the first n entries that are signed.
func (l *fakeLog) tree(n int) (*format.Tree, []format.Node) {
	var tree format.Tree
	var nodes []format.Node
	for i := range l.leaves()[:n] {
		nodes = tree.Append(l.leaves()[i].LeafHash(), nodes)
	}
	return &tree, nodes
}

func (l *fakeLog) leaves() []format.Entry {
	if l.signed != nil {
		return l.signed
	}
	return l.entries
}

func (l *fakeLog) checkpoint(n int) []byte {
	l.Helper()
	tree, _ := l.tree(n)
	signed, err := format.Checkpoint{Origin: origin, Size: int64(n), Root: tree.Root()}.Sign(l.signer)
	if err != nil {
		l.Fatal(err)
	}
	return signed
}

// piece is what an honest log serves; nil for not found.
func (l *fakeLog) piece(path string) []byte {
	l.Helper()
	switch path {
	case "checkpoint":
		return l.checkpoint(len(l.leaves()))
	case "key":
		return []byte(l.signer.PublicKey() + "\n")
	case "anchors":
		lines := []byte{}
		for i := range l.anchors {
			lines = append(lines, l.anchors[i].Line()...)
		}
		return lines
	}
	t, err := format.ParsePath(path)
	if err != nil || !t.In(int64(len(l.leaves()))) {
		return nil
	}
	var hashes []format.Hash
	_, nodes := l.tree(len(l.leaves()))
	for i := range t.W {
		n := t.N*format.Width + int64(i)
		switch t.Level {
		case format.Entries:
		case 0:
			hashes = append(hashes, l.leaves()[n].LeafHash())
		default:
			for _, node := range nodes {
				if node.Level == t.Level && node.N == n {
					hashes = append(hashes, node.Hash)
				}
			}
		}
	}
	raw := format.AppendHashes(nil, hashes)
	if t.Level == format.Entries {
		for i := t.N * format.Width; i < min(t.N*format.Width+int64(t.W), int64(len(l.entries))); i++ {
			raw = format.AppendEntry(raw, l.entries[i])
		}
	}
	return raw
}

// ServeHTTP is the log on the web.
func (l *fakeLog) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.asks++
	time.Sleep(l.slow)
	path := strings.TrimPrefix(r.URL.Path, "/log/")
	raw := l.piece(path)
	if change := l.evil[path]; change != nil {
		raw = change(raw)
	}
	if raw == nil {
		http.NotFound(w, r)
		return
	}
	_, _ = w.Write(raw)
}

// config audits the log over HTTP, one request at a time.
func (l *fakeLog) config(change ...func(*audit.Config)) audit.Config {
	l.Helper()
	server := httptest.NewServer(l)
	l.Cleanup(server.Close)
	source, err := audit.NewServer(server.URL, 5*time.Second, 1)
	if err != nil {
		l.Fatal(err)
	}
	cfg := audit.Config{Source: source, Headers: l.headers, Parallel: 1, Now: func() time.Time { return l.now }}
	for _, c := range change {
		c(&cfg)
	}
	return cfg
}

// honest audits and expects nothing wrong.
func (l *fakeLog) honest(change ...func(*audit.Config)) *audit.Result {
	l.Helper()
	result, err := audit.Verify(l.Context(), l.config(change...))
	if err != nil {
		l.Fatalf("an honest log was refuted: %v", err)
	}
	return result
}

// caught audits and expects one kind of offence.
func (l *fakeLog) caught(kind audit.ErrorKind, change ...func(*audit.Config)) error {
	l.Helper()
	_, err := audit.Verify(l.Context(), l.config(change...))
	var named *audit.Error
	if !errors.Is(err, kind) || !errors.As(err, &named) || named.Kind != kind {
		l.Errorf("the offence is told as %v, want %q", err, string(kind))
	}
	return err
}

// since is an audit that continues from a result.
func since(r *audit.Result) func(*audit.Config) {
	// Through its text, as a file would.
	raw, err := audit.MarshalState(r.State)
	if err != nil {
		panic(err)
	}
	state, err := audit.ParseState(raw)
	if err != nil {
		panic(err)
	}
	return func(c *audit.Config) { c.State = state }
}

// receipt is a receipt for entry i, with the proof in a tree of size entries,
// or without when size is 0.
func (l *fakeLog) receipt(i, size int) []byte {
	l.Helper()
	digest := sha256.Sum256(fmt.Append(nil, "file ", i))
	// The entry is made to be the end of a path from a digest.
	promise := format.Promise{Origin: origin, Index: int64(i), Entry: l.entries[i], Digest: digest, Path: pathTo(digest, &l.entries[i])}
	signed, err := promise.Sign(l.signer)
	if err != nil {
		l.Fatal(err)
	}
	if size == 0 {
		return signed
	}
	proof, err := tlog.ProveRecord(int64(size), int64(i), l.hashes(size))
	if err != nil {
		l.Fatal(err)
	}
	return format.JoinReceipt(signed, int64(i), proof, l.checkpoint(size))
}

// digestEntry is an entry whose tip a digest hashes to.
func digestEntry(i int, at time.Time) format.Entry {
	e := entryAt(i, at)
	digest := sha256.Sum256(fmt.Append(nil, "file ", i))
	tip := sha256.Sum256(digest[:])
	copy(e[4:36], tip[:])
	return e
}

func pathTo(_ [32]byte, e *format.Entry) []byte {
	return ots.AppendOps(nil, ots.SHA256(), ots.Prepend(e[:4]), ots.Append(e[36:]))
}

// hashes reads the binary tree of the first n entries.
func (l *fakeLog) hashes(n int) tlog.HashReader {
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			hashes[i] = stored[index]
		}
		return hashes, nil
	})
	for i, e := range l.leaves()[:n] {
		more, err := tlog.StoredHashes(int64(i), e[:], reader)
		if err != nil {
			l.Fatal(err)
		}
		stored = append(stored, more...)
	}
	return reader
}
