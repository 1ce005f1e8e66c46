package web

import (
	"context"
	"encoding/hex"

	"cairn/notary"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
)

// fakeReplaced is the transaction that each of the fake's anchors replaced.
var fakeReplaced = chainhash.Hash{0xbb}

// Find implements Finder over the stamped digests and their anchors.
func (n *fakeNotary) Find(_ context.Context, text string) (notary.Found, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.fail != nil {
		return notary.Found{}, n.fail
	}
	switch text {
	case "100":
		two := []notary.AnchorState{{Txid: chainhash.Hash{1}, Digests: 1}, {Txid: chainhash.Hash{2}, Digests: 1234}}
		return notary.Found{Anchors: two}, nil
	case hex.EncodeToString(make([]byte, 44)):
		return notary.Found{Waiting: true}, nil
	}
	d, err := notary.ParseDigest(text)
	if err != nil {
		return notary.Found{}, notary.ErrQuery
	}
	if n.proofs[d] != nil {
		return notary.Found{Digest: &d}, nil
	}
	for _, p := range n.proofs {
		if p.Anchor != nil && p.Anchor.Txid.String() == text {
			return notary.Found{Anchors: []notary.AnchorState{*p.Anchor}}, nil
		}
	}
	return notary.Found{}, notary.ErrNothingFound
}

// Anchor implements Finder.
func (n *fakeNotary) Anchor(_ context.Context, txid chainhash.Hash) (notary.AnchorState, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, p := range n.proofs {
		if p.Stage >= notary.StageBroadcast && (p.Anchor.Txid == txid || txid == fakeReplaced) {
			a := *p.Anchor
			a.FirstSeq, a.LastSeq = 1, a.Commitments
			return a, nil
		}
	}
	return notary.AnchorState{}, notary.ErrUnknownTransaction
}
