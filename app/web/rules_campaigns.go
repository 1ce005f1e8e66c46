package web

import (
	"net/http"

	"cairn/lighthouse"
	"cairn/lighthouse/claim"
	"cairn/lighthouse/contract"
)

// campaignRules are what can be wrong with campaigns, pledges and claims.
var campaignRules = []rule{
	{lighthouse.ErrUnknown, http.StatusNotFound, "error.campaign.unknown", "error.campaign.unknown.advice"},
	{lighthouse.ErrTakenDown, http.StatusGone, "error.campaign.taken-down", "error.campaign.taken-down.advice"},
	{lighthouse.ErrUnknownPledge, http.StatusNotFound, "error.campaign.unknown-pledge", "error.campaign.unknown-pledge.advice"},
	{lighthouse.ErrNotYours, http.StatusForbidden, "error.campaign.not-yours", "error.campaign.not-yours.advice"},
	{lighthouse.ErrFrozen, http.StatusConflict, "error.campaign.frozen", "error.campaign.frozen.advice"},
	{lighthouse.ErrNotOpen, http.StatusConflict, "error.campaign.not-open", "error.campaign.not-open.advice"},
	{lighthouse.ErrChanged, http.StatusConflict, "error.campaign.changed", "error.campaign.changed.advice"},
	{lighthouse.ErrNoCoin, http.StatusUnprocessableEntity, "error.campaign.no-coin", "error.campaign.no-coin.advice"},
	{lighthouse.ErrSpent, http.StatusConflict, "error.campaign.spent", "error.campaign.spent.advice"},
	{lighthouse.ErrImmature, http.StatusUnprocessableEntity, "error.campaign.immature", "error.campaign.immature.advice"},
	{lighthouse.ErrAlreadyPledged, http.StatusConflict, "error.campaign.already", "error.campaign.already.advice"},
	{lighthouse.ErrNoRoom, http.StatusConflict, "error.campaign.no-room", "error.campaign.no-room.advice"},
	{lighthouse.ErrMultiple, http.StatusUnprocessableEntity, "error.campaign.multiple", "error.campaign.multiple.advice"},
	{lighthouse.ErrTooEarly, http.StatusConflict, "error.campaign.early", "error.campaign.early.advice"},
	{lighthouse.ErrClaimed, http.StatusConflict, "error.campaign.claimed", "error.campaign.claimed.advice"},
	{lighthouse.ErrNoRefund, http.StatusNotFound, "error.campaign.no-refund", "error.campaign.no-refund.advice"},

	{contract.ErrContract, http.StatusUnprocessableEntity, "error.contract.contract", "error.contract.contract.advice"},
	{contract.ErrDust, http.StatusUnprocessableEntity, "error.contract.dust", "error.contract.dust.advice"},
	{contract.ErrInputs, http.StatusUnprocessableEntity, "error.contract.inputs", "error.contract.inputs.advice"},
	{contract.ErrVersion, http.StatusUnprocessableEntity, "error.contract.other", "error.contract.again"},
	{contract.ErrLockTime, http.StatusUnprocessableEntity, "error.contract.other", "error.contract.again"},
	{contract.ErrOutputs, http.StatusUnprocessableEntity, "error.contract.outputs", "error.contract.again"},
	{contract.ErrSequence, http.StatusUnprocessableEntity, "error.contract.sequence", "error.contract.again"},
	{contract.ErrScriptType, http.StatusUnprocessableEntity, "error.contract.script", "error.contract.script.advice"},
	{contract.ErrHashType, http.StatusUnprocessableEntity, "error.contract.hash-type", "error.contract.hash-type.advice"},
	{contract.ErrAnnex, http.StatusUnprocessableEntity, "error.contract.annex", "error.contract.again"},
	{contract.ErrSignature, http.StatusUnprocessableEntity, "error.contract.signature", "error.contract.signature.advice"},
	{contract.ErrWeight, http.StatusUnprocessableEntity, "error.contract.weight", "error.contract.again"},
	{contract.ErrTooSmall, http.StatusUnprocessableEntity, "error.contract.small", "error.contract.small.advice"},
	{contract.ErrDuplicate, http.StatusConflict, "error.campaign.already", "error.campaign.already.advice"},
	{contract.ErrShort, http.StatusConflict, "error.contract.short", "error.contract.short.advice"},
	{contract.ErrFull, http.StatusConflict, "error.contract.full", "error.contract.full.advice"},
	{contract.ErrRefund, http.StatusUnprocessableEntity, "error.contract.refund", "error.contract.refund.advice"},
	{contract.ErrPSBT, http.StatusUnprocessableEntity, "error.contract.psbt", "error.contract.psbt.advice"},

	{claim.ErrNone, http.StatusNotFound, "error.claim.none", ""},
	{claim.ErrOver, http.StatusConflict, "error.claim.over", "error.claim.over.advice"},
	{claim.ErrResting, http.StatusConflict, "error.claim.resting", "error.claim.resting.advice"},
	{claim.ErrMoving, http.StatusConflict, "error.claim.moving", "problem.try-again"},
	{claim.ErrInBlock, http.StatusConflict, "error.claim.in-block", ""},
	{claim.ErrFast, http.StatusConflict, "error.claim.fast", ""},
	{claim.ErrFull, http.StatusConflict, "error.claim.full", ""},
	{claim.ErrTakenBack, http.StatusConflict, "error.express.taken-back", "error.express.taken-back.advice"},
}
