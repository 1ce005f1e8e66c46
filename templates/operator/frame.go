package operator

import "cairn/templates/layout"

// Frame is what all of the operator's pages have.
type Frame struct {
	Meta layout.Meta
	// Tab is the path of the tab the page belongs to, of Tabs.
	Tab  string
	Tabs []Tab
	// Onlooker is set for who came in by a link alone: he may look and change
	// nothing.
	Onlooker bool
	// Here is set when passkeys work at the address the page was opened at. If
	// not, Instead is the address of the same page where they do; empty when
	// there is none.
	Here    bool
	Instead string
}

// Tab is one of the operator's pages; Key is that of its name.
type Tab struct {
	Path, Key string
}
