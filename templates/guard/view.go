// Package guard is the page that looks at a transaction before anybody signs it,
// and says which units it would destroy.
package guard

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"cairn/assets"
	"cairn/assets/guard"
	"cairn/assets/openassets"
	"cairn/chain"
	"cairn/templates/asset"
	"cairn/templates/i18n"
	"cairn/templates/layout"
	"cairn/templates/ui"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/txscript"
)

// Where the page and the lists are.
const (
	Path       = "/assets/guard"
	FreezePath = Path + "/freeze"
)

// Lists are the forms in which coins are frozen, by their names in the form.
const (
	AsLabels   = "labels"
	AsCore     = "core"
	AsElectrum = "electrum"
)

// View is the page.
type View struct {
	Meta layout.Meta
	// Typed is the transaction as text, and Wrong what is wrong with it.
	Typed, Wrong string
	// Report is nil before anything was asked.
	Report *guard.Report
	// Names are what assets are called; those without a name are not in it.
	Names map[assets.ID]Name
	// Addresses are those whose coins are to be frozen, and AddressesWrong what is
	// wrong with them; None, that their coins hold nothing.
	Addresses, AddressesWrong string
	None                      bool
}

// Name is what an asset is called, and how many decimals its units have.
type Name struct {
	Short    string
	Decimals int
}

// maxListed bounds how many inputs, outputs and losses are shown.
const maxListed = 200

// Say puts units into words: "20 MasterBTC".
func Say(names map[assets.ID]Name, network chain.Network, h assets.Holding) string {
	name := names[h.Asset]
	if name.Short == "" {
		name.Short = short(h.Asset.Text(network))
	}
	return number(h.Units, name.Decimals) + " " + name.Short
}

// number writes units with their decimals, as i18n.Number does.
func number(units int64, decimals int) string {
	whole, part, fraction := strings.Cut(openassets.Amount(units, decimals), ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return whole
	}
	if fraction {
		return i18n.Number(n) + "." + part
	}
	return i18n.Number(n)
}

// short is the beginning and the end of an asset id.
func short(id string) string {
	if len(id) <= 16 {
		return id
	}
	return id[:8] + "…" + id[len(id)-4:]
}

func (v View) say(h assets.Holding) string { return Say(v.Names, v.Meta.Network, h) }

func (v View) sayAll(held []assets.Holding) string {
	var words []string
	for _, h := range held[:min(len(held), 5)] {
		words = append(words, v.say(h))
	}
	if len(held) > 5 {
		words = append(words, "…")
	}
	return strings.Join(words, ", ")
}

// tone is the color of the verdict.
func (v View) tone() ui.Tone {
	switch v.Report.Verdict {
	case guard.Destroys:
		return ui.Bad
	case guard.Unsure:
		return ui.Wait
	}
	return ui.Good
}

// inBlock: it is too late to do anything about it.
func (v View) inBlock() bool { return v.Report.Block != (chain.BlockRef{}) }

// title is the verdict in a sentence.
func (v View) title(ctx context.Context) string {
	switch r := v.Report; r.Verdict {
	case guard.Destroys:
		if v.inBlock() {
			return i18n.T(ctx, "guard.destroyed", "Units", v.sayAll(r.Lost()))
		}
		return i18n.T(ctx, "guard.destroys", "Units", v.sayAll(r.Lost()))
	case guard.Unsure:
		return i18n.T(ctx, "guard.unsure")
	case guard.Moves:
		return i18n.T(ctx, "guard.moves")
	}
	return i18n.T(ctx, "guard.safe")
}

// text is what follows from the verdict.
func (v View) text(ctx context.Context) string {
	switch r := v.Report; {
	case v.inBlock():
		return i18n.T(ctx, "guard.in-block", "Height", i18n.Number(int64(r.Block.Height)))
	case r.Verdict == guard.Destroys:
		return i18n.T(ctx, "guard.destroys.text")
	case r.Verdict == guard.Unsure:
		return i18n.T(ctx, "guard.unsure.text")
	case r.Verdict == guard.Moves:
		return i18n.T(ctx, "guard.moves.text")
	}
	return i18n.T(ctx, "guard.safe.text")
}

// unknown counts the coins nobody can tell anything of.
func (v View) unknown() (n int64) {
	for _, in := range v.Report.Inputs {
		if in.State == guard.Unknown {
			n++
		}
	}
	return n
}

// why is how units get lost.
func (v View) why(ctx context.Context, l guard.Loss) string {
	switch l.Why {
	case guard.WhyOrdinary:
		return i18n.T(ctx, "guard.why.ordinary")
	case guard.WhyRejected:
		return i18n.T(ctx, "guard.why.rejected")
	case guard.WhyNobody:
		return i18n.T(ctx, "guard.why.nobody", "Output", strconv.Itoa(l.Output))
	}
	return i18n.T(ctx, "guard.why.left")
}

func (v View) from(ctx context.Context, l guard.Loss) string {
	units := v.say(assets.Holding{Asset: l.Asset, Units: l.Units})
	if l.Input < 0 {
		return i18n.T(ctx, "guard.loss.new", "Units", units)
	}
	return i18n.T(ctx, "guard.loss", "Units", units, "Input", strconv.Itoa(l.Input))
}

// state is what is known of a coin.
func (v View) state(ctx context.Context, in guard.Input) string {
	switch in.State {
	case guard.Colored:
		return v.sayAll(in.Holdings)
	case guard.Plain:
		return i18n.T(ctx, "guard.plain")
	}
	return i18n.T(ctx, "guard.unknown")
}

// formless are the outputs that get units at an address that tells nobody so.
func (v View) formless() string {
	var numbers []string
	for i, o := range v.Report.Outputs {
		if o.Care == guard.NoForm && len(numbers) < 10 {
			numbers = append(numbers, strconv.Itoa(i))
		}
	}
	return strings.Join(numbers, ", ")
}

// place is the address of a script, or what else it is.
func (v View) place(ctx context.Context, script []byte) string {
	params, err := v.Meta.Network.Params()
	if err != nil {
		return ""
	}
	if _, to, _, err := txscript.ExtractPkScriptAddrs(script, params); err == nil && len(to) == 1 {
		return to[0].EncodeAddress()
	}
	return i18n.T(ctx, "guard.script")
}

// flows are the pictures of units on their way, one for each protocol that moves any.
func (v View) flows() (list []asset.Tx) {
	names := make(map[assets.ID]asset.Name, len(v.Names))
	for id, n := range v.Names {
		names[id] = asset.Name{ID: id, Text: id.Text(v.Meta.Network), Name: n.Short, Decimals: n.Decimals}
	}
	for _, c := range v.Report.Colorings {
		if bands := asset.Draw(c.Flows); len(bands.Bands) > 0 {
			list = append(list, asset.Tx{Shown: c, Names: names, Bands: bands, Network: v.Meta.Network})
		}
	}
	return list
}

func sats(v btcutil.Amount) string { return i18n.Number(int64(v)) + " sat" }

// protocol is what a protocol makes of the transaction, in a few words.
func protocol(ctx context.Context, c assets.Coloring) string {
	switch c.Verdict {
	case assets.Valid:
		return i18n.T(ctx, "guard.protocol.valid")
	case assets.Rejected:
		return i18n.T(ctx, "guard.protocol.rejected", "Rule", c.Why)
	case assets.Overflow:
		return i18n.T(ctx, "guard.protocol.overflow")
	case assets.Unsure:
		return i18n.T(ctx, "guard.protocol.unsure")
	}
	return i18n.T(ctx, "guard.protocol.none")
}

var protocolNames = map[assets.Protocol]string{assets.OpenAssets: "Open Assets", assets.Colu: "Colu", assets.EPOBC: "EPOBC"}

// inputs are those worth showing: the ones with units and the unknown first.
func (v View) inputs() []int {
	order := make([]int, len(v.Report.Inputs))
	for i := range order {
		order[i] = i
	}
	weight := map[guard.State]int{guard.Colored: 0, guard.Unknown: 1, guard.Plain: 2}
	slices.SortStableFunc(order, func(a, b int) int {
		return weight[v.Report.Inputs[a].State] - weight[v.Report.Inputs[b].State]
	})
	return order[:min(len(order), maxListed)]
}
