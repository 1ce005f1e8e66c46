package web

import (
	"context"
	"crypto/sha256"
	"net/http"
	"sync"
	"time"

	"cairn/chain"
	"cairn/notary"
	"cairn/notary/ots"
	"cairn/notary/verify"
	"cairn/templates/operator"

	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// fakeNotary keeps digests in memory and lets a test move them from stage to
// stage. Its proofs are real OpenTimestamps files, and its blocks carry them.
type fakeNotary struct {
	mu       sync.Mutex
	now      func() time.Time
	needed   int32
	proofs   map[notary.Digest]*notary.Proof
	blocks   []*wire.BlockHeader // by height
	watchers map[chan struct{}]bool
	paused   string
	fail     error
	// failStatus makes Status fail alone.
	failStatus error
}

func newFakeNotary(now func() time.Time, needed int32) *fakeNotary {
	n := &fakeNotary{now: now, needed: needed, proofs: map[notary.Digest]*notary.Proof{}, watchers: map[chan struct{}]bool{}}
	for range 101 {
		n.addBlock(chainhash.Hash{1})
	}
	return n
}

// addBlock appends a block with a Merkle root.
func (n *fakeNotary) addBlock(root chainhash.Hash) {
	h := &wire.BlockHeader{Version: 4, MerkleRoot: root, Timestamp: n.now().Truncate(time.Second), Bits: 0x207fffff, Nonce: uint32(len(n.blocks))}
	if len(n.blocks) > 0 {
		h.PrevBlock = n.blocks[len(n.blocks)-1].BlockHash()
	}
	for verify.CheckWork(h, chaincfg.RegressionNetParams.PowLimit) != nil {
		h.Nonce++
	}
	n.blocks = append(n.blocks, h)
}

func (n *fakeNotary) ref(height int) chain.BlockRef {
	return chain.BlockRef{Height: int32(height), Hash: n.blocks[height].BlockHash()}
}

func (n *fakeNotary) Stamp(_ context.Context, d notary.Digest) (notary.Proof, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.fail != nil {
		return notary.Proof{}, n.fail
	}
	if n.proofs[d] == nil {
		n.proofs[d] = &notary.Proof{
			Digest: d, StoredAt: n.now().UTC().Truncate(time.Second), Stage: notary.StageStored,
			Commitment: make([]byte, 44), ExpectedBy: n.now().Add(12 * time.Minute),
		}
		n.moved()
	}
	return *n.proofs[d], nil
}

func (n *fakeNotary) Proof(_ context.Context, d notary.Digest) (notary.Proof, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.fail != nil {
		return notary.Proof{}, n.fail
	}
	p := n.proofs[d]
	if p == nil {
		return notary.Proof{}, notary.ErrUnknownDigest
	}
	out := *p
	if p.Stage < notary.StageBroadcast {
		out.Paused = n.paused
	}
	if p.Anchor != nil {
		a := *p.Anchor
		out.Anchor = &a
	}
	return out, nil
}

// way is the digest's path to its root: one nonce and a hash.
func way(d notary.Digest) (*ots.File, *ots.Timestamp) {
	f, err := ots.NewFile(ots.OpSHA256, d[:])
	if err != nil {
		panic(err)
	}
	end, err := f.Timestamp.Extend(ots.Append([]byte("sixteen random b")), ots.SHA256())
	if err != nil {
		panic(err)
	}
	return f, end
}

func (n *fakeNotary) File(ctx context.Context, d notary.Digest) ([]byte, error) {
	p, err := n.Proof(ctx, d)
	if err != nil {
		return nil, err
	}
	f, end := way(d)
	attestation := ots.Pending("http://127.0.0.1:8780")
	if p.Stage == notary.StageComplete {
		attestation = ots.Bitcoin(uint64(p.Anchor.Block.Height))
	}
	if err := end.Attest(attestation); err != nil {
		return nil, err
	}
	return f.MarshalBinary()
}

// advance moves every digest one stage on, mining a block where one is
// needed.
func (n *fakeNotary) advance() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for d, p := range n.proofs {
		switch {
		case p.Stage == notary.StageStored:
			p.Stage = notary.StageInTree
			_, end := way(d)
			p.Anchor = &notary.AnchorState{ID: 1, Root: sha256.Sum256(end.Message()), Commitments: 3, Digests: 12304, Needed: n.needed}
		case p.Stage == notary.StageInTree:
			p.Stage = notary.StageBroadcast
			p.Anchor.Txid, p.Anchor.Fee, p.Anchor.BroadcastAt = chainhash.Hash(p.Anchor.Root), 152, n.now()
		case p.Stage == notary.StageBroadcast:
			_, end := way(d)
			n.addBlock(chainhash.Hash(end.Message()))
			p.Stage = notary.StageConfirming
			p.Anchor.Block, p.Anchor.BlockTime = n.ref(len(n.blocks)-1), n.blocks[len(n.blocks)-1].Timestamp.UTC()
			p.Anchor.Confirmations = 1
		case p.Stage == notary.StageConfirming:
			p.Anchor.Confirmations++
		}
		n.advanceOwns(p)
		if p.Anchor != nil && p.Anchor.Confirmations >= n.needed {
			p.Stage, p.ExpectedBy = notary.StageComplete, time.Time{}
		}
	}
	n.moved()
}

func (n *fakeNotary) moved() {
	for ch := range n.watchers {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}

func (n *fakeNotary) Watch() (<-chan struct{}, func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	ch := make(chan struct{}, 1)
	n.watchers[ch] = true
	return ch, func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		delete(n.watchers, ch)
	}
}

func (n *fakeNotary) Status(context.Context) (notary.Status, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.fail != nil {
		return notary.Status{}, n.fail
	}
	if n.failStatus != nil {
		return notary.Status{}, n.failStatus
	}
	st := notary.Status{Digests: int64(len(n.proofs)), Paused: n.paused}
	for _, p := range n.proofs {
		if p.Stage < notary.StageBroadcast {
			st.Pending++
		}
		if p.Stage >= notary.StageConfirming {
			st.Latest = p.Anchor
		} else if p.Anchor != nil {
			st.Unconfirmed, st.Tip = p.Anchor, p.Anchor.Root[:]
		}
	}
	return st, nil
}

// The chain, as Headers.

func (n *fakeNotary) Tip() chain.BlockRef {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.ref(len(n.blocks) - 1)
}

func (n *fakeNotary) HeaderAt(_ context.Context, height int32) (*wire.BlockHeader, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if int(height) >= len(n.blocks) {
		return nil, chain.ErrNoBlock
	}
	return n.blocks[height], nil
}

func (n *fakeNotary) HeaderByHash(_ context.Context, hash chainhash.Hash) (*wire.BlockHeader, int32, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for height, h := range n.blocks {
		if h.BlockHash() == hash {
			return h, int32(height), nil
		}
	}
	return nil, 0, chain.ErrNoBlock
}

// Mine implements Demo: every proof moves on.
func (n *fakeNotary) Mine(context.Context) (chain.BlockRef, error) {
	n.advance()
	return n.Tip(), nil
}

// fakeEngine is a node in whatever state the test wants.
type fakeEngine struct{ status chain.EngineStatus }

func (e *fakeEngine) Status() chain.EngineStatus { return e.status }

// fakeCalendar answers like a calendar would, to show which requests reach it.
var fakeCalendar = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Write([]byte("calendar " + r.Method + " " + r.URL.Path)) //nolint:errcheck
})

func overview(n *fakeNotary, e *fakeEngine) func(context.Context) (operator.Overview, error) {
	return func(context.Context) (operator.Overview, error) {
		o := operator.Overview{
			Engine: e.status, Wallet: &operator.Wallet{Confirmed: 1_240_000, SpentToday: 304, DailyCap: 100_000},
			Leader: "cairn-1", Epoch: 3, Leading: true, Tip: n.Tip(), Database: "SQLite 3.53 · cairn.db",
		}
		n.mu.Lock()
		defer n.mu.Unlock()
		for _, p := range n.proofs {
			if p.Anchor != nil {
				o.Anchors = append(o.Anchors, *p.Anchor)
			}
		}
		return o, nil
	}
}
