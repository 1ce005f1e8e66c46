package web

import (
	"net/http"
	"slices"

	"cairn/app/db"
	"cairn/chain"
	"cairn/notary"
	"cairn/notary/ots"
	"cairn/notary/verify"
)

// rules is the one table of errors, in parts by where they come from; the
// first rule that matches counts.
var rules = slices.Concat(
	notaryRules,
	expressRules,
	sumsRules,
	verifyRules,
	proofFileRules,
	logRules,
	walletsRules, // before chainRules: they say why the network refused
	chainRules,
	databaseRules,
	operatorRules,
	ticketRules,
	paymentRules,
	findRules,
	tsaRules,
	evidenceRules,
	apiRules,
	sponsorRules,
	payoutRules,
	accountRules,
	vaultRules,
	webhookRules,
	tillRules,
	sandboxRules,
	lightningRules,
	walletLoginRules,
	checkoutRules,
	fiveRules,
	pledgeRules, // before campaignRules: they say more
	campaignRules,
	documentRules,
	creatorRules,
	guardRules,
	assetDeskRules,
	assetRules,
	voucherRules,
	composeRules,
	receiptRules,
	webRules,
)

var notaryRules = []rule{
	{notary.ErrDigestLength, http.StatusUnprocessableEntity, "error.digest-length", ""},
	{notary.ErrDigestHex, http.StatusUnprocessableEntity, "error.digest-hex", ""},
	{notary.ErrUnknownDigest, http.StatusNotFound, "error.unknown-digest", "error.unknown-digest.advice"},
	{notary.ErrOtherFile, http.StatusUnprocessableEntity, "verdict.other-file", ""},
	{notary.ErrStorage, http.StatusInsufficientStorage, "error.storage", "error.storage.advice"},
	{notary.ErrBusy, http.StatusServiceUnavailable, "error.busy", "problem.try-again"},
}

var verifyRules = []rule{
	{verify.ErrOtherFile, http.StatusUnprocessableEntity, "verdict.other-file", ""},
	{verify.ErrHeaderList, http.StatusUnprocessableEntity, "error.headers", ""},
	{verify.ErrWork, http.StatusUnprocessableEntity, "error.headers", ""},
}

var proofFileRules = []rule{
	{ots.ErrBadMagic, http.StatusUnprocessableEntity, "error.ots.magic", ""},
	{ots.ErrVersion, http.StatusUnprocessableEntity, "error.ots.version", ""},
	{ots.ErrTruncated, http.StatusUnprocessableEntity, "error.ots.truncated", ""},
	{ots.ErrTrailing, http.StatusUnprocessableEntity, "error.ots.trailing", ""},
	{ots.ErrTooLong, http.StatusUnprocessableEntity, "error.ots.limits", ""},
	{ots.ErrEmptyArgument, http.StatusUnprocessableEntity, "error.ots.malformed", ""},
	{ots.ErrNumber, http.StatusUnprocessableEntity, "error.ots.malformed", ""},
	{ots.ErrUnknownOp, http.StatusUnprocessableEntity, "error.ots.unknown-op", ""},
	{ots.ErrNotHash, http.StatusUnprocessableEntity, "error.ots.malformed", ""},
	{ots.ErrDigestLength, http.StatusUnprocessableEntity, "error.ots.malformed", ""},
	{ots.ErrMessage, http.StatusUnprocessableEntity, "error.ots.malformed", ""},
	{ots.ErrTooDeep, http.StatusUnprocessableEntity, "error.ots.limits", ""},
	{ots.ErrTooLarge, http.StatusUnprocessableEntity, "error.ots.limits", ""},
	{ots.ErrURI, http.StatusUnprocessableEntity, "error.ots.malformed", ""},
	{ots.ErrEmptyTimestamp, http.StatusUnprocessableEntity, "error.ots.malformed", ""},
	{ots.ErrOtherMessage, http.StatusUnprocessableEntity, "error.ots.malformed", ""},
	{ots.ErrArmor, http.StatusUnprocessableEntity, "error.ots.malformed", ""},
	{ots.ErrNotInTransaction, http.StatusUnprocessableEntity, "error.ots.malformed", ""},
	{ots.ErrTxIndex, http.StatusUnprocessableEntity, "error.ots.malformed", ""},
	{ots.ErrTxOutProof, http.StatusUnprocessableEntity, "error.ots.malformed", ""},
}

var chainRules = []rule{
	{chain.ErrNoBlock, http.StatusNotFound, "error.no-block", ""},
	{chain.ErrEngineDown, http.StatusServiceUnavailable, "engine.down", "problem.try-again"},
	{chain.ErrNoFunds, http.StatusServiceUnavailable, "error.no-funds", ""},
	{chain.ErrRejected, http.StatusBadGateway, "error.rejected", ""},
	{chain.ErrProtected, http.StatusConflict, "error.protected", ""},
	{chain.ErrLoanOver, http.StatusConflict, "error.loan-over", ""},
	{chain.ErrFeeCap, http.StatusServiceUnavailable, "error.fee-cap", ""},
}

var databaseRules = []rule{
	{db.ErrDiskFull, http.StatusInsufficientStorage, "error.storage", "error.storage.advice"},
	{db.ErrReadOnly, http.StatusInsufficientStorage, "error.storage", "error.storage.advice"},
	{db.ErrBusy, http.StatusServiceUnavailable, "error.busy", "problem.try-again"},
	{db.ErrUnavailable, http.StatusServiceUnavailable, "error.database", "problem.try-again"},
	{db.ErrCommitUnknown, http.StatusServiceUnavailable, "error.database", "problem.try-again"},
	{db.ErrLeaseHeld, http.StatusServiceUnavailable, "error.busy", "problem.try-again"},
	{db.ErrFenced, http.StatusServiceUnavailable, "error.busy", "problem.try-again"},
	// These are faults of the installation: a visitor learns no more than
	// that it is not his.
	{db.ErrURL, http.StatusInternalServerError, "error.unknown", ""},
	{db.ErrCorrupt, http.StatusInternalServerError, "error.unknown", ""},
	{db.ErrNested, http.StatusInternalServerError, "error.unknown", ""},
	{db.ErrNewer, http.StatusInternalServerError, "error.unknown", ""},
	{db.ErrDirty, http.StatusInternalServerError, "error.unknown", ""},
	{db.ErrNoSetting, http.StatusInternalServerError, "error.unknown", ""},
	{db.ErrNoCopy, http.StatusInternalServerError, "error.unknown", ""},
}

var webRules = []rule{
	{ErrCrossSite, http.StatusForbidden, "error.cross-site", "error.cross-site.advice"},
	{ErrTooMany, http.StatusTooManyRequests, "error.too-many", "problem.try-again"},
	{ErrTooManyStreams, http.StatusTooManyRequests, "error.too-many", "problem.try-again"},
	{ErrFileCount, http.StatusUnprocessableEntity, "error.file-count", ""},
	{ErrForm, http.StatusBadRequest, "error.form", ""},
	{ErrTooLarge, http.StatusRequestEntityTooLarge, "error.too-large", ""},
	{ErrNotOperator, http.StatusForbidden, "error.not-operator", "error.not-operator.advice"},
	{ErrHeight, http.StatusBadRequest, "error.height", ""},
	{ErrBlockHash, http.StatusBadRequest, "error.block-hash", ""},
	{ErrNotFound, http.StatusNotFound, "error.not-found", ""},
	{ErrMethod, http.StatusMethodNotAllowed, "error.method", ""},
}
