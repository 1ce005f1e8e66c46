package audit

import (
	"context"
	"errors"

	"cairn/notary/tlog/format"
)

// piece is 256 entries, or those at the end of the log.
type piece struct {
	// first is the number of its first entry.
	first   int64
	entries []format.Entry
	leaves  []format.Hash
	// bundle and tile are the bytes as served.
	bundle, tile []byte
	at           format.Tile // the tile of hashes
	err          error
}

// pieces fetches all pieces of a log of size entries from tile number first
// on, some at a time, and gives them out in order. It ends when ctx does.
func pieces(ctx context.Context, from Source, size, first int64, parallel int) <-chan chan piece {
	ordered := make(chan chan piece, 2*parallel)
	working := make(chan struct{}, parallel)
	go func() {
		defer close(ordered)
		// Not from a list: what a log says of its size is bounded by nothing.
		for n := first; n*format.Width < size; n++ {
			t := format.Tile{N: n, W: int(min(size-n*format.Width, format.Width))}
			next := make(chan piece, 1)
			select {
			case ordered <- next:
			case <-ctx.Done():
				return
			}
			working <- struct{}{}
			go func() {
				defer func() { <-working }()
				next <- fetchPiece(ctx, from, t)
			}()
		}
	}()
	return ordered
}

// fetchPiece reads the entries below a tile of hashes, and the tile, and
// compares the two.
func fetchPiece(ctx context.Context, from Source, t format.Tile) piece {
	p := piece{first: t.N * format.Width, at: t}
	var hashes []format.Hash
	if p.tile, hashes, p.err = fetchHashes(ctx, from, t); p.err != nil {
		return p
	}
	bundle := format.Tile{Level: format.Entries, N: t.N, W: t.W}
	if p.bundle, p.err = fetchTile(ctx, from, bundle, format.BundledSize); p.err != nil {
		return p
	}
	if p.entries, p.err = format.ParseBundle(p.bundle); p.err != nil {
		kind := ErrMalformed
		if len(p.bundle) < t.W*format.BundledSize {
			kind = ErrTruncated
		}
		p.err = fail(kind, "%s", bundle.Path()).because(p.err)
		return p
	}
	p.leaves = make([]format.Hash, len(p.entries))
	for i := range p.entries {
		p.leaves[i] = p.entries[i].LeafHash()
	}
	p.err = compare(p.first, hashes, p.leaves, "though "+t.Path()+" has it")
	return p
}

// fetchHashes reads a tile of hashes.
func fetchHashes(ctx context.Context, from Source, t format.Tile) ([]byte, []format.Hash, error) {
	raw, err := fetchTile(ctx, from, t, len(format.Hash{}))
	if err != nil {
		return nil, nil, err
	}
	hashes, err := format.ParseHashes(raw, t.W)
	if err != nil {
		return nil, nil, fail(ErrTruncated, "%s", t.Path()).because(err)
	}
	return raw, hashes, nil
}

// fetchTile reads a tile of t.W elements of so many bytes each. A partial one
// may have given way to the full one (c2sp.org/tlog-tiles, "Partial Tiles").
func fetchTile(ctx context.Context, from Source, t format.Tile, each int) ([]byte, error) {
	limit := t.W * each
	raw, err := from.Get(ctx, t.Path(), int64(limit))
	if t.W == format.Width || !errors.Is(err, ErrMissing) {
		return raw, err
	}
	full := t
	full.W = format.Width
	if raw, fullErr := from.Get(ctx, full.Path(), int64(format.Width*each)); fullErr == nil && len(raw) >= limit {
		return raw[:limit], nil
	}
	return nil, err
}
