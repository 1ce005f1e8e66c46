package proof

import (
	"context"
	"slices"

	"cairn/notary"
	"cairn/templates/i18n"
	"cairn/templates/ui"
)

// steps lists the stages of the digest with what is known of each.
func (v View) steps(ctx context.Context) []ui.Step {
	a := v.Proof.Anchor
	stage := v.Proof.Stage
	state := func(done, now bool) ui.StepState {
		switch {
		case done:
			return ui.StepDone
		case now:
			return ui.StepNow
		}
		return ui.StepComing
	}
	note := func(now bool) ui.Step {
		if left := v.left(ctx); now && left != "" {
			return ui.Step{Note: ui.Text(left)}
		}
		return ui.Step{}
	}

	steps := []ui.Step{{State: ui.StepDone, Text: ui.Sentence("step.stored", ui.Slots{"Time": ui.Clock(v.Proof.StoredAt)})}}

	tree := note(stage == notary.StageStored)
	tree.State, tree.Text = state(stage >= notary.StageInTree, stage == notary.StageStored), ui.Sentence("step.tree.coming", nil)
	if v.own() {
		tree.Text = ui.Sentence("express.step", nil)
	} else if a != nil {
		tree.Text = ui.Text(i18n.N(ctx, "step.tree", a.Digests))
	}

	sent := note(stage == notary.StageInTree)
	sent.State, sent.Text = state(stage >= notary.StageBroadcast, stage == notary.StageInTree), ui.Sentence("step.sent.coming", nil)
	if stage >= notary.StageBroadcast {
		sent.Text = ui.Sentence("step.sent", ui.Slots{"Fee": ui.Sats(a.Fee)})
		if a.Bumps > 0 {
			sent.Note = ui.Text(i18n.N(ctx, "step.bumped", int64(a.Bumps)))
		}
	}

	block := note(stage == notary.StageBroadcast)
	block.State, block.Text = state(v.confirming(), stage == notary.StageBroadcast), ui.Sentence("step.block.coming", nil)
	if v.confirming() {
		block.Text = ui.Sentence("step.block", ui.Slots{"Height": ui.Number(int64(a.Block.Height)), "Time": ui.Clock(a.BlockTime)})
	}
	steps = append(steps, tree, sent, block)

	if v.needed() != 1 {
		deep := note(stage == notary.StageConfirming)
		deep.State, deep.Text = state(v.complete(), stage == notary.StageConfirming), ui.Sentence("step.deep.coming", nil)
		if v.confirming() {
			deep.Text = ui.Text(i18n.T(ctx, "step.deep", "Have", a.Confirmations, "Need", a.Needed))
		}
		steps = append(steps, deep)
	}
	return append(steps, ui.Step{State: state(v.complete(), false), Text: ui.Sentence("step.final", nil)})
}

// waypoints is the way from the file to its block.
func (v View) waypoints(ctx context.Context) []ui.Waypoint {
	a := v.Proof.Anchor
	points := []ui.Waypoint{
		{Glyph: ui.GlyphFile, Title: i18n.T(ctx, "way.file"), Note: i18n.T(ctx, "way.file.note")},
		{Glyph: ui.GlyphFingerprint, Title: i18n.T(ctx, "way.digest"), Note: short(v.digest())},
		{Glyph: ui.GlyphTree, Title: i18n.T(ctx, "way.tree"), Note: i18n.T(ctx, "way.coming"), Coming: true},
		{Glyph: ui.GlyphTransaction, Title: i18n.T(ctx, "way.tx"), Note: i18n.T(ctx, "way.coming"), Coming: true},
		{Glyph: ui.GlyphBlock, Title: i18n.T(ctx, "way.block"), Note: i18n.T(ctx, "way.coming"), Coming: true},
	}
	if a == nil {
		return points
	}
	points[2].Coming, points[2].Note = false, i18n.N(ctx, "way.tree.note", a.Digests)
	if v.Proof.Stage >= notary.StageBroadcast {
		points[3].Coming, points[3].Note = false, short(a.Txid.String())
	}
	if v.confirming() {
		points[4].Coming = false
		points[4].Title = i18n.T(ctx, "way.block.height", "Height", i18n.Number(int64(a.Block.Height)))
		points[4].Note = i18n.Date(ctx, a.BlockTime)
	}
	if v.own() {
		return slices.Delete(points, 2, 3) // no tree
	}
	return points
}

// short is the beginning and the end of a hash, enough to tell it by.
func short(hash string) string { return hash[:6] + "…" + hash[len(hash)-4:] }
