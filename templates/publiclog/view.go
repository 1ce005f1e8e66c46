// Package publiclog is the page that explains the calendar's public log.
package publiclog

import (
	"time"

	"cairn/templates/layout"
)

// View is the state of the log.
type View struct {
	Meta layout.Meta
	// Signed is false before the first checkpoint; Size, Root and SignedAt
	// are then zero.
	Signed   bool
	Size     int64
	Root     string
	SignedAt time.Time
	// Origin is the log's name, Key its public key as text.
	Origin string
	Key    string
	// Site is how the world reaches this Cairn, without a slash at the end.
	Site string
}

func (v View) verifyCommand() string { return "cairn log verify " + v.Site + " --state cairn-log.json" }
func (v View) receiptCommand() string {
	return "cairn log verify " + v.Site + " --receipt FILE.receipt.txt"
}
func (v View) mirrorCommand() string { return "cairn log mirror " + v.Site + " cairn-log" }
