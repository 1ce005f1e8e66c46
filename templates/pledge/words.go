package pledge

import (
	"context"
	"slices"
	"strings"

	"cairn/templates/i18n"
	"cairn/templates/ui"
)

// doorWords are the sentences of the first door's script.
func doorWords(ctx context.Context) string {
	return ui.Words(map[string]string{
		"go":             i18n.T(ctx, "pledge.wallet.go", ui.Places("Amount")...),
		"change":         i18n.T(ctx, "pledge.wallet.change", ui.Places("Amount")...),
		"step-wallet":    i18n.T(ctx, "pledge.step.wallet"),
		"step-money":     i18n.T(ctx, "pledge.step.money"),
		"step-sign":      i18n.T(ctx, "pledge.step.sign"),
		"step-send":      i18n.T(ctx, "pledge.step.send"),
		"deposit":        i18n.T(ctx, "pledge.deposit", ui.Places("Amount")...),
		"deposit-text":   i18n.T(ctx, "pledge.deposit.text"),
		"deposit-wait":   i18n.T(ctx, "pledge.deposit.wait"),
		"deposit-slow":   i18n.T(ctx, "pledge.deposit.slow"),
		"address":        i18n.T(ctx, "pledge.deposit.address"),
		"code":           i18n.T(ctx, "pledge.deposit.code"),
		"copy":           i18n.T(ctx, "ui.copy"),
		"copied":         i18n.T(ctx, "ui.copied"),
		"open":           i18n.T(ctx, "pledge.deposit.open"),
		"faucet":         i18n.T(ctx, "pledge.deposit.faucet"),
		"make":           i18n.T(ctx, "pledge.make", ui.Places("Amount")...),
		"make-text":      i18n.T(ctx, "pledge.make.text", ui.Places("Amount", "Fee")...),
		"make-instead":   i18n.T(ctx, "pledge.make.instead", ui.Places("Amount", "Old", "Fee")...),
		"make-go":        i18n.T(ctx, "pledge.make.go"),
		"other":          i18n.T(ctx, "pledge.other", ui.Places("Got")...),
		"other-text":     i18n.T(ctx, "pledge.other.text", ui.Places("Amount")...),
		"other-take":     i18n.T(ctx, "pledge.other.take", ui.Places("Got")...),
		"other-more":     i18n.T(ctx, "pledge.other.more", ui.Places("Rest")...),
		"confirming":     i18n.T(ctx, "pledge.confirming"),
		"resume":         i18n.T(ctx, "pledge.resume"),
		"resumed":        i18n.T(ctx, "pledge.resumed"),
		"amount-small":   i18n.T(ctx, "pledge.amount.small", ui.Places("Least")...),
		"amount-shares":  i18n.T(ctx, "pledge.amount.shares", ui.Places("Price")...),
		"step-done":      i18n.T(ctx, "ui.step-done"),
		"step-now":       i18n.T(ctx, "ui.step-now"),
		"step-coming":    i18n.T(ctx, "ui.step-coming"),
		"instead-absent": i18n.T(ctx, "pledge.instead.absent"),
	})
}

// revokeWords are those of taking a pledge back.
func revokeWords(ctx context.Context) string {
	return ui.Words(map[string]string{
		"fee":     i18n.T(ctx, "pledge.revoke.fee", ui.Places("Home", "Fee")...),
		"confirm": i18n.T(ctx, "pledge.revoke.confirm"),
		"sent":    i18n.T(ctx, "pledge.revoke.sent"),
		"absent":  i18n.T(ctx, "pledge.revoke.absent"),
		"label":   i18n.T(ctx, "pledge.revoke.label", ui.Places("Title")...),
	})
}

// deskWords are those of the list.
func deskWords(ctx context.Context) string {
	return ui.Words(map[string]string{
		"seen":       i18n.T(ctx, "pledge.state.seen"),
		"confirmed":  i18n.T(ctx, "pledge.state.confirmed"),
		"leaving":    i18n.T(ctx, "pledge.state.leaving"),
		"spent":      i18n.T(ctx, "pledge.state.spent"),
		"taken":      i18n.T(ctx, "pledge.state.taken"),
		"gone":       i18n.T(ctx, "pledge.state.gone"),
		"unreached":  i18n.T(ctx, "pledge.desk.unreached"),
		"unknown":    i18n.T(ctx, "pledge.desk.unknown"),
		"forget":     i18n.T(ctx, "pledge.desk.forget"),
		"refund":     i18n.T(ctx, "pledge.refund.file"),
		"receipt":    i18n.T(ctx, "pledge.receipt"),
		"checked":    i18n.T(ctx, "pledge.checked", ui.Places("Height")...),
		"walletNone": i18n.T(ctx, "pledge.desk.wallet.none"),
		"revoke":     i18n.T(ctx, "pledge.revoke"),
	})
}

// levelsSigned lists the levels by number.
func (v Pledge) levelsSigned() string {
	var levels []int
	for level := range v.Pledge.Signed {
		levels = append(levels, level)
	}
	slices.Sort(levels)
	words := make([]string, len(levels))
	for i, level := range levels {
		words[i] = i18n.Number(int64(level) + 1)
	}
	return strings.Join(words, " · ")
}
