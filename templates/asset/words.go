package asset

import (
	"context"
	"encoding/hex"
	"math"
	"net/url"
	"strconv"
	"strings"

	"cairn/assets"
	"cairn/assets/definition"
	"cairn/templates/i18n"
)

// verdict is what a protocol makes of a transaction, as a sentence.
func verdict(ctx context.Context, c assets.Coloring) string {
	switch c.Verdict {
	case assets.Valid:
		if c.Issued != (assets.ID{}) {
			return i18n.T(ctx, "asset.verdict.issue")
		}
		return i18n.T(ctx, "asset.verdict.valid")
	case assets.Rejected:
		return i18n.T(ctx, "asset.verdict.rejected")
	case assets.Overflow:
		return i18n.T(ctx, "asset.verdict.overflow")
	case assets.Unsure:
		return i18n.T(ctx, "asset.verdict.unsure")
	}
	return i18n.T(ctx, "asset.verdict.none")
}

// why is the rule by which a transaction was rejected, overflowed or left unsure;
// empty for none.
func why(ctx context.Context, c assets.Coloring) string {
	key := map[string]string{
		"open-assets/malformed": "asset.why.malformed",
		"open-assets/depth":     "asset.why.depth",
		"open-assets/units":     "asset.why.uncountable",
		"open-assets/list":      "asset.why.list",
		"open-assets/short":     "asset.why.short",
		"open-assets/mixed":     "asset.why.mixed",
		"open-assets/issuer":    "asset.why.issuer",
		"open-assets/inputs":    "asset.why.inputs",
		"colu/opcode":           "asset.why.opcode",
		"colu/truncated":        "asset.why.truncated",
		"colu/coinbase":         "asset.why.coinbase",
		"colu/prevout":          "asset.why.issuer",
		"colu/units":            "asset.why.units",
		"colu/range":            "asset.why.range",
		"colu/percent":          "asset.why.range",
		"colu/input":            "asset.why.nowhere",
		"colu/output":           "asset.why.nowhere",
		"colu/short":            "asset.why.short",
		"colu/mixed":            "asset.why.mixed",
		"colu/parts":            "asset.why.parts",
		"epobc/small":           "asset.why.small",
		"epobc/order":           "asset.why.order",
		"epobc/stretched":       "asset.why.stretched",
		"epobc/coin":            "asset.why.coin",
		"epobc/inputs":          "asset.why.inputs",
	}[c.Protocol.String()+"/"+c.Why]
	if key == "" {
		return ""
	}
	return i18n.T(ctx, key)
}

// field is what a stretch of a payload is.
func field(ctx context.Context, name string) string {
	key := map[string]string{
		"return":          "asset.field.return",
		"other":           "asset.field.other",
		"push":            "asset.field.push",
		"tag":             "asset.field.tag",
		"version":         "asset.field.version",
		"count":           "asset.field.count",
		"quantity":        "asset.field.quantity",
		"metadata-length": "asset.field.length",
		"metadata":        "asset.field.metadata",
		"opcode":          "asset.field.opcode",
		"infohash":        "asset.field.infohash",
		"sha256":          "asset.field.sha256",
		"amount":          "asset.field.amount",
		"payment":         "asset.field.payment",
		"flags":           "asset.field.flags",
		"padding":         "asset.field.padding",
	}[name]
	if key == "" {
		return i18n.T(ctx, "asset.field.unread")
	}
	return i18n.T(ctx, key)
}

// state is how far a definition is to be believed.
func state(ctx context.Context, d definition.Definition) string {
	switch d.State {
	case definition.Fetched:
		return i18n.T(ctx, "asset.definition.fetched")
	case definition.Archived:
		if d.Ours {
			return i18n.T(ctx, "asset.definition.ours")
		}
		return i18n.T(ctx, "asset.definition.archived")
	case definition.Rotten:
		if d.Known() {
			return i18n.T(ctx, "asset.definition.rotten")
		}
		return i18n.T(ctx, "asset.definition.dead")
	case definition.Refused:
		return i18n.T(ctx, "asset.definition.refused")
	case definition.Unchecked:
		return i18n.T(ctx, "asset.definition.unchecked")
	}
	return i18n.T(ctx, "asset.definition.missing")
}

// reason is why a definition is not shown, or not renewed; empty for none.
func reason(ctx context.Context, r definition.Reason) string {
	key := map[definition.Reason]string{
		definition.Opaque: "asset.reason.opaque", definition.Torrent: "asset.reason.torrent", definition.Unknown: "asset.reason.unknown",
		definition.Address: "asset.reason.address", definition.Private: "asset.reason.private", definition.Redirect: "asset.reason.redirect",
		definition.Large: "asset.reason.large", definition.Silent: "asset.reason.silent", definition.Media: "asset.reason.media",
		definition.Malformed: "asset.reason.malformed", definition.Unlisted: "asset.reason.unlisted", definition.Hash: "asset.reason.hash",
		definition.Restless: "asset.reason.restless",
	}[r]
	if key == "" {
		return ""
	}
	return i18n.T(ctx, key)
}

// reading is what another program's way is called.
func reading(ctx context.Context, r assets.Reading) string {
	if r == assets.Specification {
		return i18n.T(ctx, "asset.reading.specification")
	}
	return string(r)
}

// rules say whether there can be more of an asset.
func rules(ctx context.Context, v View) string {
	switch {
	case v.ID.Protocol == assets.OpenAssets:
		return i18n.T(ctx, "asset.rules.open")
	case v.Reissuable:
		return i18n.T(ctx, "asset.rules.more")
	}
	return i18n.T(ctx, "asset.rules.fixed")
}

// endLabel names an end of bands.
func endLabel(ctx context.Context, e End) string {
	switch {
	case e.Index == assets.Issued && !e.Right:
		return i18n.T(ctx, "asset.bands.new")
	case e.Index == assets.Destroyed && e.Right:
		return i18n.T(ctx, "asset.bands.destroyed")
	case e.Right:
		return i18n.T(ctx, "asset.bands.output", "N", e.Index)
	}
	return i18n.T(ctx, "asset.bands.input", "N", e.Index)
}

// sums are what a transaction does in all, in a few words: "20 MasterBTC made".
func sums(ctx context.Context, v Tx) string {
	const shown = 4
	var words []string
	for _, n := range v.drawn() {
		var made, moved, burnt int64
		for _, f := range v.Shown.Flows {
			switch {
			case f.Asset != n.ID:
			case f.To == assets.Destroyed:
				burnt = more(burnt, f.Units)
			case f.From == assets.Issued:
				made = more(made, f.Units)
			default:
				moved = more(moved, f.Units)
			}
		}
		say := func(key string, units int64) {
			if units > 0 {
				words = append(words, i18n.T(ctx, key, "Units", n.Units(units)+" "+n.Title()))
			}
		}
		say("asset.move.issued", made)
		say("asset.move.moved", moved)
		say("asset.move.destroyed", burnt)
	}
	if len(words) > shown {
		words = append(words[:shown], "…")
	}
	return strings.Join(words, " · ")
}

// more adds units; what cannot be counted stays at the most that can.
func more(a, b int64) int64 {
	if b > math.MaxInt64-a {
		return math.MaxInt64
	}
	return a + b
}

// drawn are the assets of the transaction's flows, in their order.
func (v Tx) drawn() (out []Name) {
	seen := map[assets.ID]bool{}
	for _, f := range v.Shown.Flows {
		if !seen[f.Asset] {
			seen[f.Asset] = true
			out = append(out, v.named(f.Asset))
		}
	}
	return out
}

// unitsAt is how many units an end of bands has, empty where they are of several
// assets, or too many for the picture: the lists say it.
func (v Tx) unitsAt(e End) string {
	const fits = 13 // characters
	var id assets.ID
	var units int64
	for _, f := range v.Shown.Flows {
		if e.Right && f.To != e.Index || !e.Right && f.From != e.Index {
			continue
		}
		if !id.IsZero() && id != f.Asset {
			return ""
		}
		id, units = f.Asset, more(units, f.Units)
	}
	if text := v.named(id).Units(units); len(text) <= fits {
		return text
	}
	return ""
}

// flow says where a run of units came from and went.
func flow(ctx context.Context, v Tx, f assets.Flow) string {
	n := v.named(f.Asset)
	units, first, last := n.Units(f.Units), i18n.Number(f.First+1), i18n.Number(f.First+f.Units)
	switch {
	case f.To == assets.Destroyed && f.From == assets.Issued:
		return i18n.T(ctx, "asset.flow.stillborn", "Units", units, "Name", n.Title())
	case f.To == assets.Destroyed:
		return i18n.T(ctx, "asset.flow.destroyed", "Units", units, "Name", n.Title(), "Input", f.From, "First", first, "Last", last)
	case f.From == assets.Issued:
		return i18n.T(ctx, "asset.flow.new", "Units", units, "Name", n.Title())
	case f.Units == 1:
		return i18n.T(ctx, "asset.flow.one", "Units", units, "Name", n.Title(), "Input", f.From, "First", first)
	}
	return i18n.T(ctx, "asset.flow.moved", "Units", units, "Name", n.Title(), "Input", f.From, "First", first, "Last", last)
}

// named is an asset of the transaction.
func (v Tx) named(id assets.ID) Name {
	if n, ok := v.Names[id]; ok {
		return n
	}
	return Name{ID: id, Text: id.Text(v.Network)}
}

// destroyed are the runs of units that go nowhere.
func (v Tx) destroyed() (out []assets.Flow) {
	for _, f := range v.Shown.Flows {
		if f.To == assets.Destroyed {
			out = append(out, f)
		}
	}
	return out
}

// path is that of the transaction's page under a protocol and reading.
func (v Tx) path(p assets.Protocol, r assets.Reading) string {
	path := TxPath(v.Ledger.Txid.String()) + "?protocol=" + p.String()
	if r != assets.Specification {
		path += "&reading=" + string(r)
	}
	return path
}

// bytesOf is a stretch of the payload as hexadecimal digits.
func (v Tx) bytesOf(f assets.Field) string {
	if f.From < 0 || f.To > len(v.Payload) || f.From > f.To {
		return ""
	}
	return hex.EncodeToString(v.Payload[f.From:f.To])
}

// forked says that the other program colors this transaction otherwise.
func (v Tx) forked(r assets.Reading) bool {
	for _, c := range v.Ledger.Colorings {
		if c.Protocol != v.Shown.Protocol {
			continue
		}
		for _, f := range c.Forks {
			if f == r {
				return true
			}
		}
	}
	return false
}

// forks says whether any does.
func (v Tx) forks() bool {
	for _, r := range v.Readings {
		if v.forked(r) {
			return true
		}
	}
	return false
}

// hexOf is a hash in digits.
func hexOf(hash [32]byte) string { return hex.EncodeToString(hash[:]) }

// query continues a list of the page, at the same block.
func (v View) query(list, after string) string {
	q := url.Values{list: {after}}
	if v.At > 0 {
		q.Set("at", strconv.Itoa(int(v.At)))
	}
	return v.Path() + "?" + q.Encode()
}

// file is a file about the asset, as of the same block.
func (v View) file(name string) string {
	path := v.Path() + "/" + name
	if v.At > 0 {
		path += "?at=" + strconv.Itoa(int(v.At))
	}
	return path
}
