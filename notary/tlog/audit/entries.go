package audit

import (
	"context"
	"time"

	"cairn/notary/tlog/format"
)

// readEntries reads the entries that are to be checked, in their order, and
// builds the tree over them.
func (a *audit) readEntries(ctx context.Context) error {
	size := a.result.Checkpoint.Size
	if a.seen != nil && !a.Full {
		// The rest of what was seen is known by the hashes of its tiles, but
		// an anchor must be recomputed from its first entry.
		from := min(a.anchors.next, a.seen.checkpoint.Size) / format.Width
		for _, tile := range a.seen.tiles[:from] {
			a.grow(a.tree.AppendTile(tile, a.done[:0]))
		}
		a.recallRecent()
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	first := a.tree.Size()
	for next := range pieces(ctx, a.Source, size, first/format.Width, a.Parallel) {
		p := <-next
		if p.err != nil {
			return p.err
		}
		if err := a.checkPiece(&p); err != nil {
			return err
		}
		if a.Progress != nil {
			a.Progress(p.at.N+1-first/format.Width, (size+format.Width-1-first)/format.Width)
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	a.result.Checked = size - first
	return nil
}

// recallRecent takes over the remembered leaves of the tiles that are not read
// again.
func (a *audit) recallRecent() {
	a.recentFrom = a.seen.RecentFrom
	if have := a.tree.Size() - a.recentFrom; have > 0 {
		a.recent = append(a.recent, a.seen.recent[:have]...)
	} else {
		a.recentFrom = a.tree.Size()
	}
}

// checkPiece checks entries against what was seen, their times, and the
// anchors above them, and adds them to the tree.
func (a *audit) checkPiece(p *piece) error {
	if err := a.checkSeen(p); err != nil {
		return err
	}
	for i := range p.entries {
		if err := a.checkTime(p.first+int64(i), p.entries[i].Time()); err != nil {
			return err
		}
		a.anchors.add(p.first+int64(i), &p.entries[i])
		a.grow(a.tree.Append(p.leaves[i], a.done[:0]))
	}
	if a.recent = append(a.recent, p.leaves...); len(a.recent) > (recentTiles+1)*format.Width {
		a.recent = append(a.recent[:0], a.recent[format.Width:]...)
		a.recentFrom += format.Width
	}
	bundle := p.at
	bundle.Level = format.Entries
	if err := a.keep(p.at.Path(), p.tile); err != nil {
		return err
	}
	return a.keep(bundle.Path(), p.bundle)
}

// checkSeen compares a piece with what was remembered of it.
func (a *audit) checkSeen(p *piece) error {
	if a.seen == nil || p.first >= a.seen.checkpoint.Size {
		return nil
	}
	when := "which it had when it was looked at before"
	if a.seen.ObservedAt > 0 {
		when = "which it had on " + moment(a.seen.observedAt())
	}
	if p.first >= a.seen.RecentFrom {
		old := a.seen.recent[p.first-a.seen.RecentFrom:]
		return compare(p.first, old[:min(len(old), len(p.leaves))], p.leaves, when)
	}
	if k := p.first / format.Width; format.TileHash(p.leaves) != a.seen.tiles[k] {
		return fail(ErrRewritten, "some of the entries %d to %d are not those %s", p.first, p.first+format.Width-1, when)
	}
	return nil
}

// checkTime looks for entries that claim a time they cannot have.
func (a *audit) checkTime(index int64, claimed time.Time) error {
	t := claimed.Unix()
	switch {
	case t < a.last:
		return fail(ErrBackdated, "entry %d claims %s, and the one before it %s", index, moment(claimed), moment(time.Unix(a.last, 0)))
	case claimed.After(a.started.Add(Slack)):
		return fail(ErrFuture, "entry %d claims %s, and now it is %s", index, moment(claimed), moment(a.started))
	}
	if s := a.seen; s != nil {
		if index >= s.checkpoint.Size && t < s.LastTime {
			return fail(ErrBackdated, "entry %d claims %s, and an entry before it %s", index, moment(claimed), moment(time.Unix(s.LastTime, 0)))
		}
		if s.ObservedAt > 0 && index >= s.ObservedSize && claimed.Before(s.observedAt().Add(-Slack)) {
			return fail(ErrBackdated, "entry %d claims %s, and was not in the log on %s; or it came there more than %v late",
				index, moment(claimed), moment(s.observedAt()), Slack)
		}
	}
	if a.result.FirstTime.IsZero() {
		a.result.FirstTime = claimed
	}
	a.last, a.result.LastTime = t, claimed
	return nil
}

// grow takes over the hashes of tiles that were filled.
func (a *audit) grow(done []format.Node) {
	for _, n := range done {
		for len(a.nodes) < n.Level {
			a.nodes = append(a.nodes, nil)
		}
		a.nodes[n.Level-1] = append(a.nodes[n.Level-1], n.Hash)
	}
	a.done = done[:0]
}
