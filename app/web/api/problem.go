package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"

	"cairn/app/db"
	"cairn/app/idempotency"
	"cairn/app/paywall"
	"cairn/assets"
	"cairn/assets/compose"
	"cairn/assets/guard"
	"cairn/assets/ledger"
	"cairn/assets/receipt"
	"cairn/assets/receipt/maker"
	"cairn/assets/voucher"
	"cairn/assets/voucher/bearer"
	"cairn/chain"
	"cairn/chain/coins"
	"cairn/channels/fees"
	"cairn/channels/invoice"
	"cairn/channels/l402"
	"cairn/channels/mpp"
	"cairn/channels/sponsor"
	"cairn/channels/sponsoring"
	"cairn/channels/tickets"
	"cairn/lighthouse"
	"cairn/lighthouse/campaigns"
	"cairn/lighthouse/claim"
	"cairn/lighthouse/contract"
	"cairn/lighthouse/document"
	"cairn/lighthouse/pledges"
	"cairn/notary"
	"cairn/notary/express"
	"cairn/notary/ots"
	"cairn/notary/verify"
)

// ErrorKind names what a program did that the API itself refuses; match it with
// errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrLine: a line of a list of digests is not one; see LineError.
	ErrLine = ErrorKind("a line is not a digest")
	// ErrLineLength: a line is too long to be one.
	ErrLineLength = ErrorKind("a line is too long")
	// ErrAlgorithm: a line has a digest of another hash function.
	ErrAlgorithm = ErrorKind("a line is not of SHA-256")
	// ErrConflict: a list has one name with two digests.
	ErrConflict = ErrorKind("a name has two digests")
	// ErrTooManyLines: more digests than one call takes.
	ErrTooManyLines = ErrorKind("a call takes at most 10,000 digests")
	// ErrNoLines: a call without a digest.
	ErrNoLines = ErrorKind("a call without a digest")
	// ErrJSON: a body that is not the JSON asked for.
	ErrJSON = ErrorKind("the body is not the JSON that is asked for")
	// ErrMediaType: a body of a type that is not taken.
	ErrMediaType = ErrorKind("bodies of this type are not taken")
	// ErrBodySize: a body larger than is taken.
	ErrBodySize = ErrorKind("the body is too large")
	// ErrDigestList: a question about no digests, or about too many.
	ErrDigestList = ErrorKind("a question names between 1 and 100 digests")
	// ErrPage: the part of a batch asked for cannot be.
	ErrPage = ErrorKind("from and limit are whole numbers from 0 on")
	// ErrRate: one address asks for too much.
	ErrRate = ErrorKind("too many digests from one address")
	// ErrStreams: too many streams are open.
	ErrStreams = ErrorKind("too many streams are open")
	// ErrNotFound: no such address.
	ErrNotFound = ErrorKind("no such address")
	// ErrPaymentRequired: this costs something.
	ErrPaymentRequired = ErrorKind("this has to be paid for")
	// ErrMethod: the address exists, the method does not.
	ErrMethod = ErrorKind("this cannot be done at that address")
)

// LineError is what is wrong with one line of a list.
type LineError struct {
	Line int // counted from 1
	Err  error
}

func (e *LineError) Error() string { return e.Err.Error() }
func (e *LineError) Unwrap() error { return e.Err }

// Kind is an error and the name of its kind, on which programs may rely.
type Kind struct {
	Err  error
	Name string
}

// kinds names errors; openapi.yaml lists the same names. The first that
// matches counts; the statuses and sentences are those of the web tier's error
// table.
var kinds = []Kind{
	{ErrLine, "bad-line"},
	{ErrAlgorithm, "not-sha256"},
	{ErrConflict, "name-conflict"},
	{ErrLineLength, "line-too-long"},
	{ErrTooManyLines, "too-many-digests"},
	{ErrNoLines, "no-digests"},
	{ErrJSON, "bad-json"},
	{ErrMediaType, "media-type"},
	{ErrBodySize, "too-large"},
	{ErrDigestList, "digest-list"},
	{ErrPage, "page"},
	{ErrRate, "too-many-requests"},
	{ErrStreams, "too-many-streams"},
	{ErrNotFound, "not-found"},
	{ErrMethod, "method"},
	{ErrPaymentRequired, "payment-required"},
	{tickets.ErrTicket, "not-a-ticket"},
	{tickets.ErrKey, "ticket-too-old"},
	{tickets.ErrSpent, "ticket-used"},
	{tickets.ErrTwice, "ticket-twice"},
	{tickets.ErrCount, "too-many-tickets"},
	{paywall.ErrScheme, "authorization"},
	{paywall.ErrUnknown, "unknown-payment"},
	{paywall.ErrOther, "other-purchase"},
	{fees.ErrUnpaid, "not-paid"},
	{fees.ErrSpent, "spent"},
	{fees.ErrPurseOver, "over"},
	{fees.ErrArriving, "arriving"},
	{fees.ErrReturned, "returned"},
	{fees.ErrLate, "late"},
	{express.ErrOrdered, "express-ordered"},
	{express.ErrComplete, "complete"},
	{express.ErrDear, "network-fees"},
	{express.ErrNoRate, "network-fees"},
	{notary.ErrForm, "form"},
	{chain.ErrFeeCap, "fee-cap"},
	{invoice.ErrUnpayable, "no-inbound"},
	{fees.ErrUnpayable, "unpayable"},
	{l402.ErrSyntax, "token-syntax"},
	{l402.ErrPreimage, "token-preimage"},
	{l402.ErrSignature, "token-stranger"},
	{l402.ErrService, "token-service"},
	{l402.ErrExpired, "token-expired"},
	{l402.ErrUnknownCaveat, "token-caveat"},
	{mpp.ErrCredential, "challenge-syntax"},
	{mpp.ErrStranger, "challenge-stranger"},
	{mpp.ErrMethod, "challenge-method"},
	{mpp.ErrExpired, "challenge-expired"},
	{mpp.ErrPreimage, "challenge-preimage"},
	{idempotency.ErrKey, "idempotency-key"},
	{idempotency.ErrReused, "idempotency-key-reused"},
	{idempotency.ErrRunning, "idempotency-key-in-use"},
	{notary.ErrDigestLength, "digest-length"},
	{notary.ErrDigestHex, "digest-hex"},
	{notary.ErrUnknownDigest, "unknown-digest"},
	{notary.ErrBatchID, "batch-id"},
	{notary.ErrUnknownBatch, "unknown-batch"},
	{notary.ErrOtherFile, "other-file"},
	{verify.ErrOtherFile, "other-file"},
	{notary.ErrBusy, "busy"},
	{db.ErrDiskFull, "storage"},
	{db.ErrReadOnly, "storage"},
	{db.ErrBusy, "busy"},
	{db.ErrUnavailable, "unavailable"},
	{db.ErrCommitUnknown, "unavailable"},
	{chain.ErrEngineDown, "unavailable"},
	{notary.ErrStorage, "storage"},
	{sponsoring.ErrUnknown, "unknown-proposal"},
	{sponsoring.ErrExpired, "proposal-expired"},
	{sponsoring.ErrUnpaid, "unpaid"},
	{sponsoring.ErrUnknownCoin, "unknown-coin"},
	{sponsoring.ErrBusy, "busy"},
	{sponsoring.ErrNotForSale, "not-offered"},
	{guard.ErrForm, "not-a-transaction"},
	{ledger.ErrSpent, "asset-spent"},
	{chain.ErrNoBlock, "no-block"},
	{guard.ErrTooLarge, "too-large"},
	{guard.ErrPrevious, "psbt-other-coin"},
	{sponsor.ErrSigned, "psbt-signed"},
	{sponsor.ErrPrevout, "psbt-coins"},
	{sponsor.ErrOurCoin, "psbt-our-coin"},
	{sponsor.ErrWeight, "psbt-weight"},
	{sponsor.ErrGift, "psbt-gift"},
	{sponsor.ErrNotNeeded, "psbt-fee-paid"},
	{sponsor.ErrCost, "psbt-cost"},
	{sponsor.ErrTerms, "psbt-terms"},
	{sponsor.ErrInputs, "changed-inputs"},
	{sponsor.ErrSequence, "changed-sequence"},
	{sponsor.ErrOutputs, "changed-outputs"},
	{sponsor.ErrHeader, "changed-header"},
	{sponsor.ErrSignature, "bad-signature"},
	{sponsor.ErrPSBT, "bad-psbt"},
	{sponsor.ErrCoins, "no-funds"},
	{chain.ErrNoFunds, "no-funds"},
	{fees.ErrUnpayable, "unpayable"},
	{lighthouse.ErrUnknown, "unknown-campaign"},
	{lighthouse.ErrUnknownPledge, "unknown-pledge"},
	{lighthouse.ErrNotYours, "not-yours"},
	{lighthouse.ErrNotOpen, "not-open"},
	{lighthouse.ErrChanged, "terms-changed"},
	{lighthouse.ErrNoCoin, "no-coin"},
	{lighthouse.ErrSpent, "coin-spent"},
	{lighthouse.ErrImmature, "coin-immature"},
	{lighthouse.ErrAlreadyPledged, "already-pledged"},
	{lighthouse.ErrNoRoom, "no-room"},
	{lighthouse.ErrMultiple, "not-a-multiple"},
	{lighthouse.ErrTooEarly, "too-early"},
	{claim.ErrNone, "no-claim"},
	{campaigns.ErrSort, "order"},
	{campaigns.ErrChoice, "category"},
	{pledges.ErrLevels, "levels"},
	{pledges.ErrWords, "words"},
	{pledges.ErrPending, "too-many-pending"},
	{pledges.ErrTooLarge, "too-large"},
	{coins.ErrNone, "no-coin"},
	{coins.ErrNoHint, "no-hint"},
	{coins.ErrTooDeep, "too-deep"},
	{coins.ErrBusy, "busy"},
	{coins.ErrSlow, "slow"},
	{contract.ErrInputs, "other-terms"},
	{contract.ErrVersion, "other-terms"},
	{contract.ErrLockTime, "other-terms"},
	{contract.ErrOutputs, "other-terms"},
	{contract.ErrSequence, "pledge-sequence"},
	{contract.ErrScriptType, "coin-kind"},
	{contract.ErrHashType, "hash-type"},
	{contract.ErrAnnex, "annex"},
	{contract.ErrWeight, "pledge-weight"},
	{contract.ErrTooSmall, "pledge-too-small"},
	{contract.ErrRefund, "bad-refund"},
	{contract.ErrSignature, "pledge-signature"},
	{contract.ErrPSBT, "not-signed"},
	{maker.ErrUncolored, "uncoloured"},
	{maker.ErrWaiting, "no-block-yet"},
	{maker.ErrChanged, "no-block-yet"},
	{receipt.ErrFormat, "bad-coin"},
	{receipt.ErrSize, "too-large"},
	{ErrAddress, "bad-address"},
	{assets.ErrProtocol, "unknown-protocol"},
	{assets.ErrID, "bad-asset"},
	{assets.ErrNetwork, "other-network"},
	{assets.ErrUnknown, "unknown-asset"},
	{assets.ErrUnits, "bad-units"},
	{assets.ErrShort, "too-few-units"},
	{assets.ErrDestroys, "would-destroy"},
	{assets.ErrDust, "dust"},
	{assets.ErrTooMany, "too-many-outputs"},
	{compose.ErrOrder, "bad-order"},
	{compose.ErrLimit, "order-too-large"},
	{compose.ErrCoin, "unknown-coin"},
	{compose.ErrUnsigned, "coin-kind"},
	{compose.ErrChain, "older-coin"},
	{compose.ErrOtherColor, "coloured-otherwise"},
	{compose.ErrFunds, "coins-too-small"},
	{compose.ErrNoSponsor, "not-offered"},
	{compose.ErrGift, "psbt-gift"},
	{compose.ErrNotReissuable, "not-reissuable"},
	{compose.ErrNotIssuer, "not-the-issuer"},
	{compose.ErrProtocolLimit, "not-in-protocol"},
	{compose.ErrNothing, "nothing-to-do"},
	{compose.ErrUnknownDraft, "unknown-draft"},
	{compose.ErrExpired, "draft-expired"},
	{compose.ErrBusy, "busy"},
	{compose.ErrChanged, "changed"},
	{compose.ErrSignature, "bad-signature"},
	{compose.ErrPSBT, "bad-psbt"},
	{compose.ErrUnknownOffer, "unknown-offer"},
	{compose.ErrOfferOver, "offer-over"},
	{compose.ErrNotSeller, "not-the-seller"},
	{voucher.ErrShop, "unknown-shop"},
	{voucher.ErrUnknown, "unknown-voucher"},
	{voucher.ErrNotYours, "unknown-key"},
	{voucher.ErrRevoked, "key-revoked"},
	{voucher.ErrRole, "other-role"},
	{voucher.ErrWords, "words"},
	{voucher.ErrTerms, "bad-days"},
	{voucher.ErrPlanned, "voucher-planned"},
	{voucher.ErrOtherShop, "other-shop"},
	{voucher.ErrExpired, "voucher-expired"},
	{voucher.ErrRedeemed, "voucher-redeemed"},
	{voucher.ErrInsufficient, "too-little-left"},
	{voucher.ErrGone, "voucher-gone"},
	{voucher.ErrGivenUp, "voucher-given-up"},
	{voucher.ErrMoving, "voucher-moving"},
	{voucher.ErrChanged, "voucher-changed"},
	{voucher.ErrBooking, "unknown-redemption"},
	{voucher.ErrTooLate, "too-late"},
	{voucher.ErrOrder, "undo-later-first"},
	{voucher.ErrReplay, "request-reused"},
	{voucher.ErrUndone, "redemption-undone"},
	{bearer.ErrName, "bad-voucher"},
	{bearer.ErrTransaction, "bad-voucher-transaction"},
	{bearer.ErrSignature, "voucher-signature"},
	{document.ErrSize, "too-large"},
	{document.ErrVersion, "newer-file"},
	{document.ErrSigned, "file-signature"},
	{document.ErrOther, "other-campaign"},
	{document.ErrContents, "contradiction"},
	{document.ErrFile, "not-a-pledge"},
	{ots.ErrBadMagic, "ots-magic"},
	{ots.ErrVersion, "ots-version"},
	{ots.ErrTruncated, "ots-truncated"},
	{ots.ErrTrailing, "ots-trailing"},
	{ots.ErrTooLong, "ots-limits"},
	{ots.ErrTooDeep, "ots-limits"},
	{ots.ErrTooLarge, "ots-limits"},
	{ots.ErrUnknownOp, "ots-operation"},
}

// unknownKind is everything that has no name: our fault.
const unknownKind = "internal"

// malformedKind is any other thing wrong with a proof.
const malformedKind = "ots-malformed"

func kindOf(err error) string {
	for _, k := range kinds {
		if errors.Is(err, k.Err) {
			return k.Name
		}
	}
	var proof ots.ErrorKind
	if errors.As(err, &proof) {
		return malformedKind
	}
	return unknownKind
}

// KindOf is the name of an error's kind.
func KindOf(err error) string { return kindOf(err) }

// Kinds lists each name once, sorted, with the first error of that name.
func Kinds() []Kind {
	list := append(slices.Clone(kinds), Kind{ots.ErrNumber, malformedKind}, Kind{errUnknown, unknownKind})
	slices.SortStableFunc(list, func(a, b Kind) int { return cmp.Compare(a.Name, b.Name) })
	return slices.CompactFunc(list, func(a, b Kind) bool { return a.Name == b.Name })
}

// errUnknown stands for what has no name.
var errUnknown = errors.New("an error without a name")

// problem is an error's answer (RFC 9457).
type problem struct {
	Type    string `json:"type"`
	Title   string `json:"title"`
	Status  int    `json:"status"`
	Kind    string `json:"kind"`
	Line    int    `json:"line,omitempty"`
	Request string `json:"request"`
	// Payment is what to pay, where that helps.
	Payment *payment `json:"payment,omitempty"`
}

// fail answers with an error. One that is ours is logged, once, here.
func (h *Handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		return // nobody reads this
	}
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		err = ErrBodySize
	}
	status, sentence := h.cfg.Rule(r.Context(), err)
	p := problem{Title: sentence, Status: status, Kind: kindOf(err), Request: requestID(w)}
	if p.Type = registered(err); p.Type == "" {
		p.Type = "/api#" + p.Kind
	}
	var line *LineError
	if errors.As(err, &line) {
		p.Line = line.Line
	}
	if status >= http.StatusInternalServerError {
		h.cfg.Log.Error("request failed", "route", matched(r), "request", p.Request, "error", err)
	}
	header := w.Header()
	header.Del(mpp.ReceiptHeader)
	h.offer(r.Context(), header, &p, err)
	switch status {
	case http.StatusTooManyRequests:
		header.Set("Retry-After", "5")
	case http.StatusServiceUnavailable:
		header.Set("Retry-After", "1")
	case http.StatusConflict:
		if errors.Is(err, idempotency.ErrRunning) || errors.Is(err, fees.ErrArriving) {
			header.Set("Retry-After", "1")
		}
	}
	header.Set("Content-Type", "application/problem+json")
	header.Set("Cache-Control", "no-store")
	header.Set("Vary", "Accept-Language")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(p)
}

// answer writes JSON.
func answer(w http.ResponseWriter, status int, value any) error {
	raw, err := json.Marshal(value)
	if err != nil {
		return err
	}
	answerRaw(w, status, append(raw, '\n'))
	return nil
}

func answerRaw(w http.ResponseWriter, status int, raw []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(raw)
}
