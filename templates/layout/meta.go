// Package layout is the frame of every page: head, header, footer, the strips
// that say on which chain this runs and whether the node is down.
package layout

import (
	"net/url"
	"time"

	"cairn/chain"

	"github.com/a-h/templ"
)

// Theme is the visitor's choice of colors; empty follows the system.
type Theme string

// The themes.
const (
	ThemeSystem Theme = ""
	ThemeLight  Theme = "light"
	ThemeDark   Theme = "dark"
)

// ParseTheme reads a theme; anything unknown is ThemeSystem.
func ParseTheme(s string) Theme {
	switch t := Theme(s); t {
	case ThemeLight, ThemeDark:
		return t
	}
	return ThemeSystem
}

// Section is the part of the site a page belongs to, marked in the header.
type Section string

// The sections.
const (
	SectionNone      Section = ""
	SectionCampaigns Section = "campaigns"
	SectionStamp     Section = "stamp"
	SectionVerify    Section = "verify"
	SectionVault     Section = "vault"
	SectionProofs    Section = "proofs"
	SectionAssets    Section = "assets"
)

// Meta is what the frame needs to know of a page.
type Meta struct {
	// Title is the page's own, in the visitor's language; the frame adds the
	// name of the site.
	Title   string
	Section Section
	// Path is where the page is, for the language links and the way back from
	// the theme switch: path only, no query.
	Path  string
	Theme Theme
	// Network is the chain; all but mainnet are marked on every page.
	Network chain.Network
	// EngineDown is set while the node cannot be used; EngineReason is its
	// sentence, which may be empty.
	EngineDown   bool
	EngineReason string
	// Sandbox is the demo panel; nil where blocks cannot be mined by hand.
	Sandbox *Sandbox
	// Live loads the scripts of pages that are pushed changes.
	Live bool
	// Modules are scripts of public/js that this page needs beside the one
	// of every page, such as "js/stamp.js".
	Modules []string
	// Refresh reloads the page after so long where there are no scripts; 0
	// for pages that stand still.
	Refresh time.Duration
	// Vault is set where there are vaults to keep proofs in.
	Vault bool
	// Campaigns is set where there are campaigns to look at.
	Campaigns bool
	// Assets is set where there are assets to look at.
	Assets bool
	// Shops is set where vouchers can be given out.
	Shops bool
	// Head is what only this page has in its head, such as what other sites show
	// of it; nil for nothing.
	Head templ.Component
	// Description is what the page is about, for search engines; empty for that
	// of the site.
	Description string
	// Rooms are the pages for those who look closer.
	Rooms []Room
	// Private keeps the page out of search engines.
	Private bool
}

// Room is a page of the site that stands in the footer.
type Room struct {
	Path string
	// Name is in the visitor's language.
	Name string
}

// Sandbox is what the demo panel shows of the embedded chain.
type Sandbox struct {
	// BlockInterval is how often a block comes by itself when something
	// waits; 0 for never.
	BlockInterval time.Duration
}

// langPath is the page in another language.
func (m Meta) langPath(lang string) string {
	return m.Path + "?" + url.Values{"lang": {lang}}.Encode()
}
