// Package receipt is the page of an asset receipt: what a coin holds, and the files
// that prove it to others.
package receipt

import (
	"cairn/assets"
	"cairn/assets/receipt"
	"cairn/templates/guard"
	"cairn/templates/i18n"
	"cairn/templates/layout"
	"context"
	"strconv"
	"strings"
)

// Path is where receipts are: Path + "/<txid>:<output>".
const Path = "/assets/receipts"

// Check is the empty page that checks receipts without a network.
const Check = Path + "/check.html"

// View is the page.
type View struct {
	Meta layout.Meta
	// Proven is what the receipt proves.
	Proven *receipt.Verdict
	// Names are what assets are called.
	Names map[assets.ID]guard.Name
}

// Of is the address of a coin's page.
func Of(coin string) string { return Path + "/" + coin }

// file is the address of one of the page's files.
func (v View) file(name string) string {
	return Of(v.Proven.Coin.String()) + "/" + name + "?protocol=" + v.Proven.Protocol.String()
}

// Say is what the coin holds, in words.
func (v View) Say(ctx context.Context) string {
	var parts []string
	for _, h := range v.Proven.Holdings {
		parts = append(parts, guard.Say(v.Names, v.Meta.Network, h))
	}
	return strings.Join(parts, i18n.T(ctx, "coinreceipt.and"))
}

func number(n int) string { return i18n.Number(int64(n)) }

// protocol is the name of the rules, as people know it.
func (v View) protocol() string {
	return map[assets.Protocol]string{assets.OpenAssets: "Open Assets", assets.Colu: "Colu", assets.EPOBC: "EPOBC"}[v.Proven.Protocol]
}

func (v View) bits() string { return strconv.Itoa(v.Proven.Work.BitLen() - 1) }
