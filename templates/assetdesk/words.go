package assetdesk

import (
	"context"

	"cairn/templates/i18n"
)

// actWords are the sentences of public/src/assetdesk.
func actWords(ctx context.Context) string {
	return words(map[string]string{
		"opening":        i18n.T(ctx, "assetdesk.say.opening"),
		"building":       i18n.T(ctx, "assetdesk.say.building"),
		"signing":        i18n.T(ctx, "assetdesk.say.signing"),
		"arrived":        i18n.T(ctx, "assetdesk.say.arrived"),
		"deposit":        i18n.T(ctx, "assetdesk.deposit.text", "Least", "{Least}"),
		"deposit-fixed":  i18n.T(ctx, "assetdesk.deposit.text", "Least", "{Least}") + " " + i18n.T(ctx, "assetdesk.deposit.fixed"),
		"deposit-issuer": i18n.T(ctx, "assetdesk.deposit.issuer"),
		"faucet":         i18n.T(ctx, "assetdesk.deposit.sent"),
		"short":          i18n.T(ctx, "assetdesk.say.short", "Have", "{Have}", "Name", "{Name}"),
		"coming":         i18n.T(ctx, "assetdesk.say.coming"),
		"units":          i18n.T(ctx, "assetdesk.say.units"),
		"price":          i18n.T(ctx, "assetdesk.say.price"),
		"name":           i18n.T(ctx, "assetdesk.say.name"),
		"tick":           i18n.T(ctx, "assetdesk.say.tick"),
		"not-issuer":     i18n.T(ctx, "assetdesk.say.not-issuer"),
		"line-to":        i18n.T(ctx, "assetdesk.say.line-to", "Line", "{Line}"),
		"line-units":     i18n.T(ctx, "assetdesk.say.line-units", "Line", "{Line}"),
		"line-other":     i18n.T(ctx, "assetdesk.say.line-other", "Line", "{Line}"),
		"list-none":      i18n.T(ctx, "assetdesk.say.list-none"),
		"list-many":      i18n.T(ctx, "assetdesk.say.list-many"),
		"list-sum":       i18n.T(ctx, "assetdesk.list.sum", "Units", "{Units}", "Count", "{Count}"),
		"more-receivers": i18n.T(ctx, "assetdesk.effect.more", "Count", "{Count}", "Units", "{Units}"),
		"other":          i18n.T(ctx, "error.assetdesk.other"),
		"request":        i18n.T(ctx, "error.assetdesk.receiver"),
		"not-seller":     i18n.T(ctx, "assetdesk.say.not-seller"),
		"withdraw":       i18n.T(ctx, "assetdesk.effect.withdraw"),
		"split":          i18n.T(ctx, "assetdesk.say.split", "Units", "{Units}"),
		"make":           i18n.T(ctx, "assetdesk.effect.issue", "Units", "{Units}"),
		"send":           i18n.T(ctx, "assetdesk.effect.send", "Units", "{Units}", "Address", "{Address}"),
		"keep":           i18n.T(ctx, "assetdesk.effect.keep", "Units", "{Units}"),
		"get":            i18n.T(ctx, "assetdesk.effect.get", "Units", "{Units}"),
		"burn":           i18n.T(ctx, "assetdesk.effect.burn", "Units", "{Units}"),
		"lock":           i18n.T(ctx, "assetdesk.effect.lock"),
		"pay":            i18n.T(ctx, "assetdesk.effect.pay", "Amount", "{Amount}", "Count", "{Count}"),
		"sell":           i18n.T(ctx, "assetdesk.effect.sell", "Units", "{Units}", "Amount", "{Amount}"),
		"parts":          i18n.T(ctx, "assetdesk.effect.parts", "Count", "{Count}"),
		"cost-own":       i18n.T(ctx, "assetdesk.cost.own", "Amount", "{Amount}", "Fee", "{Fee}"),
		"cost-sponsor":   i18n.T(ctx, "assetdesk.cost.sponsor", "Amount", "{Amount}"),
		"cost-sats":      i18n.T(ctx, "assetdesk.cost.sats", "Amount", "{Amount}"),
		"cost-none":      i18n.T(ctx, "assetdesk.cost.none"),
	})
}

// mineWords are those of the page of what one holds.
func mineWords(ctx context.Context) string {
	return words(map[string]string{
		"units":   i18n.T(ctx, "assetdesk.mine.units", "Units", "{Units}"),
		"coming":  i18n.T(ctx, "assetdesk.mine.coming", "Units", "{Units}"),
		"unnamed": i18n.T(ctx, "assetdesk.mine.unnamed"),
	})
}

func coinsHelp(ctx context.Context, act Act) string {
	switch act {
	case Issue:
		return i18n.T(ctx, "assetdesk.psbt.coins.issue")
	case Reissue, Lock:
		return i18n.T(ctx, "assetdesk.psbt.coins.issuer")
	case Sell:
		return i18n.T(ctx, "assetdesk.psbt.coins.sell")
	case Dividend, Take:
		return i18n.T(ctx, "assetdesk.psbt.coins.money")
	}
	return i18n.T(ctx, "assetdesk.psbt.coins.units")
}

// shown are the first of many shares.
func shown(all []Share) []Share { return all[:min(len(all), 100)] }

// Hue is the class of the asset's color, the same wherever its pebbles lie.
func (a Asset) Hue() string {
	sum := 0
	for _, b := range a.ID.Raw() {
		sum += int(b)
	}
	return []string{"hue-0", "hue-1", "hue-2", "hue-3", "hue-4", "hue-5"}[sum%6]
}
