package api

import (
	"encoding/hex"
	"time"

	"cairn/notary"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
)

// stages are the names of notary's stages.
var stages = map[notary.Stage]string{
	notary.StageStored:     "stored",
	notary.StageInTree:     "in-tree",
	notary.StageBroadcast:  "broadcast",
	notary.StageConfirming: "confirming",
	notary.StageComplete:   "complete",
}

// progress is how far a digest, or a batch, has come.
type progress struct {
	Stage      string     `json:"stage"`
	StoredAt   time.Time  `json:"stored_at"`
	ExpectedBy *time.Time `json:"expected_by"`
	Commitment string     `json:"commitment"`
	Anchor     *anchor    `json:"anchor"`
	Calendars  []calendar `json:"calendars"`
}

type anchor struct {
	Root          string     `json:"root"`
	Digests       int64      `json:"digests"`
	Txid          *string    `json:"txid"`
	FeeSat        int64      `json:"fee_sat"`
	BroadcastAt   *time.Time `json:"broadcast_at"`
	Block         *block     `json:"block"`
	Confirmations int32      `json:"confirmations"`
	Needed        int32      `json:"confirmations_needed"`
}

type block struct {
	Height int32     `json:"height"`
	Hash   string    `json:"hash"`
	Time   time.Time `json:"time"`
}

// calendar is somebody else's, asked as well.
type calendar struct {
	URL      string `json:"url"`
	Complete bool   `json:"complete"`
}

type proof struct {
	Digest string `json:"digest"`
	progress
	// Own are its transactions of its own; most have none.
	Own   []own      `json:"own,omitempty"`
	Links proofLinks `json:"links"`
}

// own is a transaction of its own for one digest.
type own struct {
	Form      string    `json:"form"`
	OrderedAt time.Time `json:"ordered_at"`
	// Stage is "stored" while it is being made, "returned" when it could not
	// be and the money was given back.
	Stage  string  `json:"stage"`
	Held   bool    `json:"held_up"`
	Anchor *anchor `json:"anchor"`
}

type proofLinks struct {
	Self   string `json:"self"`
	Page   string `json:"page"`
	OTS    string `json:"ots"`
	Events string `json:"events"`
	// Receipt is the signed receipt of the public log.
	Receipt string `json:"receipt"`
}

type storedBatch struct {
	ID         string     `json:"id"`
	Count      int        `json:"count"`
	StoredAt   time.Time  `json:"stored_at"`
	Commitment string     `json:"commitment"`
	Links      batchLinks `json:"links"`
}

type batch struct {
	ID    string `json:"id"`
	Count int    `json:"count"`
	progress
	Links batchLinks `json:"links"`
}

type batchLinks struct {
	Self   string `json:"self"`
	Proofs string `json:"proofs"`
}

func proofPath(d notary.Digest) string { return Prefix + "/proofs/" + d.String() }

func proofView(p notary.Proof) proof {
	self := proofPath(p.Digest)
	return proof{
		Digest:   p.Digest.String(),
		progress: progressView(p.Stage, p.StoredAt, p.ExpectedBy, p.Commitment, p.Anchor, p.Upstreams),
		Own:      ownsView(p.Own),
		Links: proofLinks{
			Self: self, Page: "/proof/" + p.Digest.String(), OTS: self + ".ots", Events: self + "/events",
			Receipt: "/proof/" + p.Digest.String() + "/receipt",
		},
	}
}

func ownsView(owns []notary.Own) []own {
	views := make([]own, len(owns))
	for i, o := range owns {
		views[i] = own{Form: string(o.Form), OrderedAt: second(o.OrderedAt), Stage: stages[o.Stage], Held: o.Trouble != ""}
		switch {
		case o.Returned:
			views[i].Stage = "returned"
		case o.Stage >= notary.StageBroadcast:
			views[i].Anchor = anchorView(&o.Anchor)
		}
	}
	return views
}

func batchView(b notary.Batch) storedBatch {
	return storedBatch{
		ID: b.ID.String(), Count: b.Digests, StoredAt: second(b.StoredAt),
		Commitment: hex.EncodeToString(b.Commitment), Links: linksOf(b.ID),
	}
}

func batchStateView(b notary.BatchState) batch {
	return batch{
		ID: b.ID.String(), Count: b.Digests, Links: linksOf(b.ID),
		progress: progressView(b.Stage, b.StoredAt, b.ExpectedBy, b.Commitment, b.Anchor, b.Upstreams),
	}
}

func linksOf(id notary.BatchID) batchLinks {
	self := Prefix + "/batches/" + id.String()
	return batchLinks{Self: self, Proofs: self + "/proofs"}
}

func progressView(stage notary.Stage, stored, expected time.Time, commitment []byte, a *notary.AnchorState, upstreams []notary.Upstream) progress {
	p := progress{
		Stage: stages[stage], StoredAt: second(stored), ExpectedBy: moment(expected),
		Commitment: hex.EncodeToString(commitment), Anchor: anchorView(a), Calendars: make([]calendar, len(upstreams)),
	}
	for i, u := range upstreams {
		p.Calendars[i] = calendar{URL: u.URL, Complete: u.Complete}
	}
	return p
}

func anchorView(a *notary.AnchorState) *anchor {
	if a == nil {
		return nil
	}
	view := &anchor{
		Root: hex.EncodeToString(a.Root[:]), Digests: a.Digests, FeeSat: int64(a.Fee), BroadcastAt: moment(a.BroadcastAt),
		Confirmations: a.Confirmations, Needed: a.Needed,
	}
	if a.Txid != (chainhash.Hash{}) {
		txid := a.Txid.String()
		view.Txid = &txid
	}
	if a.Block.Hash != (chainhash.Hash{}) {
		view.Block = &block{Height: a.Block.Height, Hash: a.Block.Hash.String(), Time: second(a.BlockTime)}
	}
	return view
}

// moment is a time in whole seconds, or null for the zero time.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = second(t)
	return &t
}

func second(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }
