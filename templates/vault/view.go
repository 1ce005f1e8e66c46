// Package vault is the pages of what an account keeps: the list, one proof,
// adding, links, and what a link shows.
package vault

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"cairn/notary"
	"cairn/notary/vault"
	"cairn/templates/i18n"
	"cairn/templates/layout"
	"cairn/templates/ui"

	"github.com/a-h/templ"
)

// View is the list.
type View struct {
	Meta   layout.Meta
	Page   vault.Page
	Groups []vault.Group
	// Search and Group are what the list was narrowed to.
	Search string
	Group  vault.ID
	// Added is how many were added just now, in digits; empty for none.
	Added string
	Now   time.Time
}

// ItemView is the page of one item.
type ItemView struct {
	Meta   layout.Meta
	Item   vault.Item
	Groups []vault.Group
	Now    time.Time
}

// AddView is the form to add proofs.
type AddView struct {
	Meta   layout.Meta
	Groups []vault.Group
	// List is what was in the field; One is set when it is a single digest
	// that a proof page led here with.
	List string
	One  bool
	// Problem is what was wrong.
	Problem string
	// Unknown were not added as they are not stamped here, beside Added that
	// were and Had that were there before.
	Unknown    []Unknown
	Added, Had int
}

// Unknown is a digest that is not in our calendar.
type Unknown struct {
	Digest notary.Digest
	Name   string
}

// LinksView lists links.
type LinksView struct {
	Meta   layout.Meta
	Shares []vault.Share
	// New is the link made just now, shown this once.
	New string
}

// SharedView is what a link shows.
type SharedView struct {
	Meta   layout.Meta
	Shared vault.Shared
	Now    time.Time
}

// ItemPath is the address of an item's page.
func ItemPath(id vault.ID) string { return "/vault/items/" + id.String() }

func filePath(i vault.Item) string { return ItemPath(i.ID) + "/proof.ots" }

// path is the list's address with some page of it.
func (v View) path(page int) string {
	q := url.Values{}
	if v.Search != "" {
		q.Set("q", v.Search)
	}
	if v.Group != (vault.ID{}) {
		q.Set("group", v.Group.String())
	}
	if page > 1 {
		q.Set("page", fmt.Sprint(page))
	}
	if len(q) == 0 {
		return "/vault"
	}
	return "/vault?" + q.Encode()
}

// group is the group the list is narrowed to; nil for none.
func (v View) group() *vault.Group {
	for i, g := range v.Groups {
		if g.ID == v.Group {
			return &v.Groups[i]
		}
	}
	return nil
}

func (v View) addedCount() int64 {
	var n int64
	if _, err := fmt.Sscanf(v.Added, "%d", &n); err != nil || n < 0 || n > vault.MaxEntries+1000 {
		return 0
	}
	return n
}

// title is what an item is called: its name, or the beginning of its digest.
func title(i vault.Item) string {
	if i.Name != "" {
		return i.Name
	}
	return i.Digest.String()[:16] + "…"
}

// pile is the picture of how far an item has come, without words: they stand
// beside it.
func pile(i vault.Item) ui.Pile {
	p := ui.Pile{Total: 3}
	switch {
	case i.Complete():
		p.Solid = 3
	case i.Proof == nil:
		p.Pending = 1
	case i.Proof.Stage >= notary.StageConfirming:
		p.Solid, p.Pending = 2, 1
	case i.Proof.Stage == notary.StageBroadcast:
		p.Solid, p.Pending = 1, 1
	default:
		p.Pending = 1
	}
	return p
}

// stage is how far an item has come, in words.
func stage(ctx context.Context, i vault.Item) templ.Component {
	switch {
	case i.Foreign && i.Complete():
		return ui.Sentence("vault.stage.foreign", ui.Slots{"Height": ui.Number(i.Block)})
	case i.Foreign:
		return ui.Sentence("vault.stage.foreign-waits", nil)
	case i.Complete() && !i.BlockTime.IsZero():
		return ui.Sentence("vault.stage.complete", ui.Slots{"Date": ui.Day(i.BlockTime)})
	case i.Complete() && i.Proof != nil && i.Proof.Anchor != nil:
		return ui.Sentence("vault.stage.complete", ui.Slots{"Date": ui.Day(i.Proof.Anchor.BlockTime)})
	case i.Complete():
		return ui.Text(i18n.T(ctx, "vault.stage.whole"))
	case i.Proof == nil:
		return ui.Text(i18n.T(ctx, "vault.stage.unknown"))
	case i.Proof.Stage == notary.StageConfirming:
		a := i.Proof.Anchor
		return ui.Text(i18n.T(ctx, "vault.stage.confirming", "Have", a.Confirmations, "Need", a.Needed))
	case i.Proof.Stage == notary.StageBroadcast:
		return ui.Text(i18n.T(ctx, "vault.stage.sent"))
	}
	return ui.Text(i18n.T(ctx, "vault.stage.stored"))
}
