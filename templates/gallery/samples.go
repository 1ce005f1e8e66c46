package gallery

import (
	"time"

	"cairn/templates/ui"
)

var piles = []ui.Pile{
	{Total: 6, Label: "Nothing laid yet"},
	{Total: 6, Pending: 1, Label: "On its way"},
	{Total: 6, Solid: 1, Pending: 1, Label: "Confirmed 1 of 6"},
	{Total: 6, Solid: 3, Pending: 1, Label: "Confirmed 3 of 6"},
	{Total: 6, Solid: 6, Label: "Complete"},
	{Total: 3, Solid: 2, Pending: 1, Label: "Milestone 2 of 3"},
	{Total: 3, Solid: 3, Label: "Complete, three stones"},
	{Total: 1, Solid: 1, Label: "One stone"},
}

func steps(now time.Time) []ui.Step {
	return []ui.Step{
		{State: ui.StepDone, Text: ui.Text("Done"), Note: ui.Clock(now)},
		{State: ui.StepNow, Text: ui.Text("Now"), Note: ui.Text("about 40 minutes to go")},
		{State: ui.StepComing, Text: ui.Text("To come")},
	}
}

var waypoints = []ui.Waypoint{
	{Glyph: ui.GlyphFile, Title: "Your file", Note: "stays with you"},
	{Glyph: ui.GlyphFingerprint, Title: "Fingerprint", Note: "03ba20…b340"},
	{Glyph: ui.GlyphTree, Title: "Tree", Note: "12,304 fingerprints"},
	{Glyph: ui.GlyphTransaction, Title: "Transaction", Note: "9f31c2…77ae"},
	{Glyph: ui.GlyphBlock, Title: "Block", Note: "still to come", Coming: true},
}
