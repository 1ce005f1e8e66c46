package audit

import (
	"context"

	"cairn/notary/tlog/format"
)

// checkTiles compares the root with the signed one, and the tiles above the
// lowest level with the tree that was built.
func (a *audit) checkTiles(ctx context.Context) error {
	c := a.result.Checkpoint
	wrong := a.tree.Root() != c.Root
	for level := 1; level <= len(a.nodes); level++ {
		hashes := a.nodes[level-1]
		first := int64(0)
		if a.seen != nil && !wrong {
			// Those below are what they were: the root says so.
			first = format.CountAt(level, a.seen.checkpoint.Size) / format.Width
		}
		for _, t := range format.TilesAt(level, c.Size, first) {
			raw, served, err := fetchHashes(ctx, a.Source, t)
			if err != nil {
				return err
			}
			if err := a.checkTile(ctx, t, hashes[t.N*format.Width:][:t.W], served); err != nil {
				return err
			}
			if err := a.keep(t.Path(), raw); err != nil {
				return err
			}
		}
	}
	if wrong {
		return fail(ErrRoot, "%d entries make %s, and %s was signed", c.Size, a.tree.Root(), c.Root)
	}
	return nil
}

// checkTile compares a tile with the hashes that were built from the entries,
// or remembered.
func (a *audit) checkTile(ctx context.Context, t format.Tile, built, served []format.Hash) error {
	for i := range built {
		if built[i] == served[i] {
			continue
		}
		n := t.N*format.Width + int64(i)
		span := int64(1) << (8 * t.Level)
		if a.seen != nil && (n+1)*span <= a.seen.checkpoint.Size {
			return a.rewritten(ctx, n*span, (n+1)*span-1)
		}
		return fail(ErrTile, "%s, hash %d, for the entries %d to %d", t.Path(), i, n*span, (n+1)*span-1)
	}
	return nil
}

// rewritten says as exactly as is remembered what became of entries that are
// not those that were seen.
func (a *audit) rewritten(ctx context.Context, first, last int64) error {
	if first >= a.seen.RecentFrom && last-first < format.Width {
		p := fetchPiece(ctx, a.Source, format.Tile{N: first / format.Width, W: format.Width})
		if p.err != nil {
			return p.err
		}
		if err := a.checkSeen(&p); err != nil {
			return err
		}
	}
	return fail(ErrRewritten, "some of the entries %d to %d are not those that were seen", first, last)
}
