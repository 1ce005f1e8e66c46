package verdict

import (
	"context"

	"cairn/templates/i18n"
	"cairn/templates/ui"

	"github.com/a-h/templ"
)

// title is the verdict in one sentence.
func (v View) title() templ.Component {
	switch v.Outcome {
	case Confirmed:
		return ui.Sentence("verdict.confirmed", ui.Slots{"Date": ui.Day(v.Time)})
	case Pending:
		return ui.Sentence("verdict.pending", nil)
	case OtherFile:
		return ui.Sentence("verdict.other-file", nil)
	case Mismatch:
		return ui.Sentence("verdict.mismatch", nil)
	case OtherChain:
		return ui.Sentence("verdict.other-chain", nil)
	case UnknownBlock:
		return ui.Sentence("verdict.unknown-block", nil)
	case Unavailable:
		return ui.Sentence("verdict.unavailable", nil)
	case Nothing:
		return ui.Sentence("verdict.nothing", nil)
	case NotProof:
		return ui.Sentence(v.kind().title, nil)
	case Found:
		return ui.Sentence("verdict.found", nil)
	case NotFound:
		return ui.Sentence("verdict.not-found", nil)
	}
	return ui.Sentence("verdict.broken", nil)
}

// text is what follows from the verdict.
func (v View) text(ctx context.Context) string {
	height := i18n.Number(v.Height)
	switch v.Outcome {
	case Confirmed:
		return i18n.T(ctx, "verdict.confirmed.text", "Height", height)
	case Pending:
		return i18n.T(ctx, "verdict.pending.text")
	case OtherFile:
		return i18n.T(ctx, "verdict.other-file.text")
	case Mismatch:
		return i18n.T(ctx, "verdict.mismatch.text", "Height", height)
	case OtherChain:
		if v.Local == SourceSandbox {
			return i18n.T(ctx, "verdict.other-chain.sandbox", "Height", height)
		}
		return i18n.T(ctx, "verdict.other-chain.test", "Height", height)
	case UnknownBlock:
		switch v.Local {
		case SourceSandbox:
			return i18n.T(ctx, "verdict.unknown-block.sandbox", "Height", height)
		case SourceTest:
			return i18n.T(ctx, "verdict.unknown-block.test", "Height", height)
		}
		return i18n.T(ctx, "verdict.unknown-block.text", "Height", height)
	case Unavailable:
		return i18n.T(ctx, "verdict.unavailable.text")
	case Nothing:
		return i18n.T(ctx, "verdict.nothing.text")
	case NotProof:
		return i18n.T(ctx, v.kind().text)
	case Found:
		return i18n.T(ctx, "verdict.found.text")
	case NotFound:
		return i18n.T(ctx, "verdict.not-found.text")
	}
	return v.Reason
}

// waypoints is the way from the file to its block, as far as it was checked.
func (v View) waypoints(ctx context.Context) []ui.Waypoint {
	points := []ui.Waypoint{
		{Glyph: ui.GlyphFile, Title: i18n.T(ctx, "way.file"), Note: i18n.T(ctx, "way.file.unchecked"), Coming: v.Given == ""},
		{Glyph: ui.GlyphFingerprint, Title: i18n.T(ctx, "way.digest"), Note: short(v.Digest)},
		{Glyph: ui.GlyphTree, Title: i18n.T(ctx, "way.steps"), Note: i18n.N(ctx, "way.steps.note", int64(len(v.Steps)))},
		{Glyph: ui.GlyphBlock, Title: i18n.T(ctx, "way.block"), Note: i18n.T(ctx, "way.coming"), Coming: true},
	}
	if v.Given != "" {
		points[0].Note = i18n.T(ctx, "way.file.checked")
	}
	if v.Outcome == Confirmed || v.wantsHeader() {
		points[3].Title = i18n.T(ctx, "way.block.height", "Height", i18n.Number(v.Height))
		points[3].Note = i18n.T(ctx, "way.block.unknown")
	}
	if v.Outcome == Confirmed {
		points[3].Note, points[3].Coming = i18n.Date(ctx, v.Time), false
	}
	return points
}

// drawn reports whether the way is worth a picture.
func (v View) drawn() bool {
	return v.Outcome == Confirmed || v.Outcome == Pending || v.wantsHeader()
}
