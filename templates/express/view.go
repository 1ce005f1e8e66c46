// Package express is the part of a proof's page that is about a transaction of
// its own: the offer, and what became of one that was bought.
package express

import (
	"context"
	"slices"
	"time"

	"cairn/notary"
	"cairn/templates/i18n"
	"cairn/templates/ui"

	"github.com/btcsuite/btcd/btcutil"
)

// View is what is offered for a digest, and what there is.
type View struct {
	// Action is where the forms go.
	Action string
	Stage  notary.Stage
	// Main is the form of the one that the rest of the page is about; empty
	// when that is a shared transaction.
	Main notary.Form
	// Own are the transactions that the digest has, oldest first.
	Own   []notary.Own
	Offer *Offer
}

// Offer is what transactions cost now.
type Offer struct {
	Plain, Docproof btcutil.Amount
	// Within is how long the next block takes as a rule; 0 for unknown.
	Within time.Duration
	// Sandbox: the coins are worth nothing, and have to be paid all the same.
	Sandbox bool
}

// live is the latest transaction in a form that was not given back; nil for
// none. The empty form is any.
func (v View) live(form notary.Form) *notary.Own {
	for _, own := range slices.Backward(v.Own) {
		if !own.Returned && (form == "" || own.Form == form) {
			return &own
		}
	}
	return nil
}

// making is one that is paid for and not sent yet; nil for none.
func (v View) making() *notary.Own {
	if own := v.live(""); own != nil && own.Stage < notary.StageBroadcast {
		return own
	}
	return nil
}

// beside are those that were sent and that the rest of the page is not about.
func (v View) beside() []notary.Own {
	var owns []notary.Own
	for _, own := range v.Own {
		if !own.Returned && own.Stage >= notary.StageBroadcast && own.Form != v.Main {
			owns = append(owns, own)
		}
	}
	return owns
}

// tone is that of a notice about a transaction.
func tone(own notary.Own) ui.Tone {
	if own.Stage >= notary.StageComplete {
		return ui.Good
	}
	return ui.Wait
}

// returned: the last that was bought could not be made.
func (v View) returned() bool {
	return len(v.Own) > 0 && v.Own[len(v.Own)-1].Returned
}

// hurry: the offer can still bring the proof forward.
func (v View) hurry() bool {
	return v.Offer != nil && v.Stage < notary.StageConfirming && v.live("") == nil
}

// record: a public record of the digest can be had, though the proof needs it
// no more.
func (v View) record() bool {
	return v.Offer != nil && !v.hurry() && v.live(notary.FormDocproof) == nil && v.making() == nil
}

// when says what is offered, and how soon the next block is expected.
func (o Offer) when(ctx context.Context) string {
	if o.Within <= 0 {
		return i18n.T(ctx, "express.text")
	}
	return i18n.T(ctx, "express.within", "Span", i18n.Span(ctx, o.Within))
}

func price(amount btcutil.Amount) string { return i18n.Number(int64(amount)) + " sat" }
