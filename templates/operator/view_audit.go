package operator

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"cairn/templates/i18n"
)

// AuditView is the audit log.
type AuditView struct {
	Frame
	// Entries are all there are, Head is the newest one's hash.
	Entries int64
	Head    string
	// Broken says what is wrong with the log; empty when it holds.
	Broken string
	// Stamped is the newest entry handed to the notary, Witness the newest that
	// is in a block; nil for none.
	Stamped, Witness *AuditStamp
	List             []AuditEntry
	// Older is the number to go on before; 0 at the end.
	Older int64
}

// AuditStamp is an entry handed to the notary.
type AuditStamp struct {
	Seq    int64
	Digest string
	At     time.Time
	// Height and BlockTime are zero before a block has it.
	Height    int32
	BlockTime time.Time
}

// AuditEntry is one line of the log.
type AuditEntry struct {
	Seq       int64
	At        time.Time
	Who, What string
	Detail    map[string]string
	Hash      string
}

// names lists the details in order.
func (e AuditEntry) names() []string { return slices.Sorted(maps.Keys(e.Detail)) }

// deeds are the words for what is written into the log; what another version
// wrote stands as it is.
var deeds = map[string]string{
	"app.started":              "audit.app.started",
	"operator.link-made":       "audit.operator.link-made",
	"operator.joined":          "audit.operator.joined",
	"operator.removed":         "audit.operator.removed",
	"operator.looks":           "audit.operator.looks",
	"operator.signed-in":       "audit.operator.signed-in",
	"operator.signed-out":      "audit.operator.signed-out",
	"operator.recovery-used":   "audit.operator.recovery-used",
	"operator.recovery-made":   "audit.operator.recovery-made",
	"operator.passkey-added":   "audit.operator.passkey-added",
	"operator.passkey-removed": "audit.operator.passkey-removed",
	"operator.account-deleted": "audit.operator.account-deleted",
	"wallet.sent":              "audit.wallet.sent",
	"wallet.bumped":            "audit.wallet.bumped",
	"credit.paid-out":          "audit.credit.paid-out",
	"seed.shown":               "audit.seed.shown",
	"seed.confirmed":           "audit.seed.confirmed",
	"seed.drill":               "audit.seed.drill",
	"wallet.created":           "audit.wallet.created",
	"node.backup.downloaded":   "audit.backup.downloaded",
	"node.backup.restored":     "audit.backup.restored",
	"node.tower.added":         "audit.tower.added",
	"node.tower.removed":       "audit.tower.removed",
	"campaign.taken-down":      "audit.campaign.taken-down",
	"campaign.put-back":        "audit.campaign.put-back",
}

// orderWords and stageWords are the words for what was ordered of the node, and how far
// it came: "node.open.done" (package desk).
var (
	orderWords = map[string]string{
		"open": "audit.order.open", "close": "audit.order.close", "force": "audit.order.force", "bump": "audit.order.bump", "pay": "audit.order.pay",
	}
	stageWords = map[string]string{
		"ordered": "audit.stage.ordered", "begun": "audit.stage.begun", "done": "audit.stage.done", "failed": "audit.stage.failed",
	}
)

// deed is what happened, in words.
func deed(ctx context.Context, what string) string {
	if key, ok := deeds[what]; ok {
		return i18n.T(ctx, key)
	}
	if parts := strings.Split(what, "."); len(parts) == 3 && parts[0] == "node" {
		order, stage := orderWords[parts[1]], stageWords[parts[2]]
		if order != "" && stage != "" {
			return i18n.T(ctx, "audit.order", "Order", i18n.T(ctx, order), "Stage", i18n.T(ctx, stage))
		}
	}
	return what
}
