package voucher

import (
	"cairn/templates/layout"
)

// StartView is where one opens a shop.
type StartView struct {
	Meta  layout.Meta
	Typed Shop
	Wrong map[string]string
}

// Shop is what a shop says of itself.
type Shop struct {
	Name, Slug string
	// Place is where it is, in words, and About a few lines; both may be empty.
	Place, About string
}

func wrongID(name string) string { return "wrong-" + name }
