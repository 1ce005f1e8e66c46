// Package templates is the parent of Cairn's pages: layout (the frame of every
// page), ui (small components), i18n (the words), and one package per area.
// Pages take one value each and know no store, no router and no clock; what
// they show is decided by whoever calls them.
package templates

//go:generate go tool templ generate
