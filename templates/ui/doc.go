// Package ui holds the small components pages are made of. They take values
// and know no address of Cairn's, and they carry no inline script or style,
// which the pages' content security policy forbids.
package ui
