// Package api is the JSON interface for programs, under /api/v1: stamping one
// digest or thousands, how far they have come, their proofs, and verifying.
// openapi.yaml is the promise to others, and a test holds every answer to it.
//
// It is for programs and pages of any origin: it reads no cookie, so a request
// that another site sends can do no more than one sent by its owner. The web
// tier gives it what both share: the error table, the address of a visitor, and
// the limits.
package api

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"cairn/app/idempotency"
	"cairn/chain"
	"cairn/notary"
)

// Prefix is where the API is.
const Prefix = "/api/v1"

// Notary is what the API does; notary.Service is one.
type Notary interface {
	Stamp(ctx context.Context, d notary.Digest) (notary.Proof, error)
	StampMany(ctx context.Context, digests []notary.Digest) (notary.Batch, error)
	StampBatch(ctx context.Context, id notary.BatchID, digests []notary.Digest) (notary.Batch, error)
	Proof(ctx context.Context, d notary.Digest) (notary.Proof, error)
	Proofs(ctx context.Context, digests []notary.Digest) ([]notary.Proof, error)
	File(ctx context.Context, d notary.Digest) ([]byte, error)
	Batch(ctx context.Context, id notary.BatchID) (notary.BatchState, error)
	BatchFiles(ctx context.Context, id notary.BatchID, from, limit int) ([]notary.DigestFile, error)
	Verify(ctx context.Context, file []byte, digest *notary.Digest) (*notary.Verified, error)
	Status(ctx context.Context) (notary.Status, error)
	Watch() (<-chan struct{}, func())
}

// Keys makes requests repeatable; idempotency.Keys is one.
type Keys interface {
	Do(ctx context.Context, key string, request [32]byte, act func(ctx context.Context) (idempotency.Answer, error)) (idempotency.Answer, bool, error)
}

// Config is what the API needs of the web tier and the rest of Cairn.
type Config struct {
	Notary Notary
	Keys   Keys
	// Sponsor is nil where nobody's fees are paid.
	Sponsor Sponsor
	// Wall asks to be paid for what is not free; nil where nothing costs.
	Wall Wall
	// Express sells transactions of their own, through Wall; nil for none.
	Express Express
	// Crowdfunding is nil where there are no campaigns.
	Crowdfunding *Crowdfunding
	// Guard looks at transactions before they are signed; nil for none.
	Guard Guard
	// Compose builds transactions of assets; nil for none.
	Compose Compose
	// Receipts prove what coins hold; nil for none.
	Receipts Receipts
	// Ledger is compared with others; nil for none.
	Ledger AssetLedger
	// Explorer tells what there is of assets; nil for none.
	Explorer *Explorer
	// Shops keeps the books of shops; nil for none.
	Shops Shops
	Tip   func() chain.BlockRef
	// Network and Version are told by the status.
	Network chain.Network
	Version string
	// Rule is the status and the sentence of an error in the language of ctx.
	Rule func(ctx context.Context, err error) (status int, sentence string)
	// Speak puts the language that a request asks for into its context.
	Speak func(r *http.Request) context.Context
	// Address is where a request comes from.
	Address func(r *http.Request) string
	// Client is who shares an allowance: an address, or its neighbourhood.
	Client func(r *http.Request) string
	// AllowOffer says whether an address may be told another price now.
	AllowOffer func(address string) bool
	// Allow says whether an address may have so many digests stamped now, and
	// AllowRead whether it may be told of so many.
	Allow, AllowRead func(address string, digests int) bool
	// Enter counts one more stream to an address, until leave.
	Enter func(address string) (leave func(), err error)
	// Closing is closed when streams have to end.
	Closing <-chan struct{}
	Now     func() time.Time
	// Rand gives the ids of requests.
	Rand io.Reader
	Log  *slog.Logger
}

// Handler serves everything under Prefix.
type Handler struct {
	cfg Config
	mux *http.ServeMux
}

// New makes the handler.
func New(cfg Config) *Handler {
	h := &Handler{cfg: cfg, mux: http.NewServeMux()}
	for _, r := range h.routes() {
		h.mux.Handle(Prefix+r.pattern, h.dispatch(r))
	}
	h.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { h.fail(w, r, ErrNotFound) })
	return h
}

// Handles reports whether a path belongs to the API.
func Handles(path string) bool { return path == Prefix || strings.HasPrefix(path, Prefix+"/") }

// action answers a request or returns why not, before it has written anything.
type action func(w http.ResponseWriter, r *http.Request) error

// route is an address and what can be done there, by method. suffix is what
// may stand behind the address for another form of the same.
type route struct {
	pattern string
	suffix  string
	actions map[string]action
}

// routes names everything; what is not listed does not exist, and the tests
// hold the list against openapi.yaml.
func (h *Handler) routes() []route {
	get := func(a action) map[string]action { return map[string]action{http.MethodGet: a} }
	post := func(a action) map[string]action { return map[string]action{http.MethodPost: a} }
	return []route{
		{"/stamps", "", post(h.stamp)},
		{"/express", "", post(h.express)},
		{"/proofs", "", get(h.proofs)},
		{"/proofs/{digest}", ".ots", get(h.proof)},
		{"/proofs/{digest}/events", "", get(h.events)},
		{"/batches/{id}", "", get(h.batch)},
		{"/batches/{id}/proofs", "", get(h.batchProofs)},
		{"/verify", "", post(h.verify)},
		{"/sponsor", "", post(h.sponsor)},
		{"/sponsor/{id}", "", map[string]action{http.MethodGet: h.proposal, http.MethodPost: h.sponsorSigned}},
		{"/campaigns", "", get(h.campaignList)},
		{"/campaigns/{id}", "", get(h.campaign)},
		{"/campaigns/{id}/file", "", get(h.campaignFile)},
		{"/campaigns/{id}/pledges", "", map[string]action{http.MethodGet: h.campaignPledges, http.MethodPost: h.submitPledge}},
		{"/campaigns/{id}/progress", "", get(h.campaignProgress)},
		{"/campaigns/{id}/heads", "", get(h.campaignHeads)},
		{"/campaigns/{id}/claim", "", get(h.campaignClaim)},
		{"/campaigns/{id}/opening", "", get(h.campaignOpening)},
		{"/pledges/{id}", "", get(h.pledge)},
		{"/pledges/{id}/receipt", "", get(h.pledgeReceipt)},
		{"/pledges/{id}/file", "", get(h.pledgeFile)},
		{"/assets/guard", "", post(h.guard)},
		{"/assets/identify", "", post(h.assetIdentify)},
		{"/assets/drafts", "", post(h.assetDraft)},
		{"/assets/drafts/{id}", "", map[string]action{http.MethodGet: h.assetDraftNow, http.MethodPost: h.assetDraftSigned}},
		{"/assets/offers", "", get(h.assetOffers)},
		{"/assets/offers/{id}", "", get(h.assetOffer)},
		{"/assets/offers/{id}/withdraw", "", post(h.assetWithdraw)},
		{"/assets/dividends", "", get(h.assetDividends)},
		{"/assets/receipts/{coin}", "", get(h.assetReceipt)},
		{"/assets/ledger/{protocol}", "", get(h.assetHashes)},
		{"/assets/{id}", "", get(h.asset)},
		{"/assets/holders/{id}", "", get(h.assetHolders)},
		{"/assets/transfers/{id}", "", get(h.assetTransfers)},
		{"/assets/transactions/{txid}", "", get(h.assetTransaction)},
		{"/shops/{shop}", "", get(h.shop)},
		{"/shops/{shop}/liability", "", get(h.shopLiability)},
		{"/vouchers/{name}", "", get(h.voucher)},
		{"/vouchers/{name}/plan", "", post(h.voucherPlan)},
		{"/vouchers/{name}/redeem", "", post(h.voucherRedeem)},
		{"/redemptions", "", get(h.redemptions)},
		{"/redemptions/report", "", get(h.redemptionReport)},
		{"/redemptions/{number}/undo", "", post(h.redemptionUndo)},
		{"/status", "", get(h.status)},
		{"/openapi.yaml", "", get(h.openapi)},
	}
}

// Operations lists what there is as "METHOD /path", to be held against
// openapi.yaml.
func (h *Handler) Operations() []string {
	var list []string
	for _, r := range h.routes() {
		for method := range r.actions {
			list = append(list, method+" "+r.pattern)
			if r.suffix != "" {
				list = append(list, method+" "+r.pattern+r.suffix)
			}
		}
	}
	return list
}

// Spec is openapi.yaml.
func Spec() []byte { return openapiFile }
