package audit

import (
	"context"
	"errors"

	"cairn/notary/tlog/format"

	"golang.org/x/mod/sumdb/tlog"
)

// checkReceipts looks for the entries of receipts in their places.
func (a *audit) checkReceipts(ctx context.Context) error {
	for _, r := range a.Receipts {
		honoured, err := a.checkReceipt(ctx, r)
		if err != nil {
			return err
		}
		a.result.Receipts = append(a.result.Receipts, honoured)
	}
	return nil
}

func (a *audit) checkReceipt(ctx context.Context, given Receipt) (Honoured, error) {
	r, err := format.OpenReceipt(given.Text, a.key)
	if err != nil {
		return Honoured{}, fail(ErrNoReceipt, "%s", given.Name).because(err)
	}
	h := Honoured{Name: given.Name, Receipt: *r}
	now := a.result.Checkpoint
	if r.Index >= now.Size || r.Checkpoint != nil && r.Checkpoint.Size > now.Size {
		return h, a.checkYoung(given.Name, r)
	}
	tree := tlog.TileHashReader(tlog.Tree{N: now.Size, Hash: now.Root}, &tileReader{ctx: ctx, from: a.Source})
	found, err := tree.ReadHashes([]int64{tlog.StoredHashIndex(0, r.Index)})
	if err != nil {
		return h, readingTiles(err)
	}
	if found[0] != r.Entry.LeafHash() {
		return h, fail(ErrReceipt, "%s promises entry %d to be %s, and the log has another there", given.Name, r.Index, r.Entry)
	}
	h.Found = true
	if r.Checkpoint == nil {
		return h, nil
	}
	root, err := tlog.TreeHash(r.Checkpoint.Size, tree)
	if err != nil {
		return h, readingTiles(err)
	}
	if root != r.Checkpoint.Root {
		return h, fail(ErrFork, "%s holds a signed checkpoint of %d entries with the root %s; in this log they make %s",
			given.Name, r.Checkpoint.Size, r.Checkpoint.Root, root)
	}
	return h, nil
}

// checkYoung judges a receipt that is ahead of the log: nil when it may be so
// young that the log is still to come to it.
func (a *audit) checkYoung(name string, r *format.Receipt) error {
	size := a.result.Checkpoint.Size
	switch {
	case !a.Source.Live():
		return fail(ErrOlder, "it has %d entries; %s is of a longer log", size, name)
	case r.Checkpoint != nil && r.Checkpoint.Size > size:
		return fail(ErrShrunk, "it has %d entries; %s holds a signed checkpoint of %d", size, name, r.Checkpoint.Size)
	case a.started.Sub(r.Entry.Time()) > Slack:
		return fail(ErrReceipt, "%s promises entry %d since %s, and the log ends before it", name, r.Index, moment(r.Entry.Time()))
	}
	return nil
}

// readingTiles is why hashes could not be read: our own error, or that a tile
// is not the one that was signed.
func readingTiles(err error) error {
	var own *Error
	if errors.As(err, &own) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return fail(ErrTile, "a tile above a receipt's entry").because(err)
}

// tileReader implements tlog.TileReader.
type tileReader struct {
	ctx  context.Context
	from Source
}

// Height implements tlog.TileReader.
func (*tileReader) Height() int { return 8 }

// SaveTiles implements tlog.TileReader; nothing is kept.
func (*tileReader) SaveTiles([]tlog.Tile, [][]byte) {}

// ReadTiles implements tlog.TileReader.
func (r *tileReader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(tiles))
	for i, t := range tiles {
		raw, _, err := fetchHashes(r.ctx, r.from, format.Tile{Level: t.L, N: t.N, W: t.W})
		if err != nil {
			return nil, err
		}
		data[i] = raw
	}
	return data, nil
}

// FetchReceipt asks a log for the receipt of an entry, and checks that it is
// one by the log's own key. Errors: ErrMissing when the log has no such entry,
// ErrNoReceipt, ErrUnreachable.
func FetchReceipt(ctx context.Context, from Source, e format.Entry) ([]byte, error) {
	text, err := from.Get(ctx, "receipt/"+e.String(), format.MaxReceipt)
	if err != nil {
		return nil, err
	}
	raw, err := from.Get(ctx, keyPath, maxKey)
	if err != nil {
		return nil, err
	}
	key, err := format.ParseKey(string(raw))
	if err != nil {
		return nil, fail(ErrMalformed, "%s/%s", from, keyPath).because(err)
	}
	r, err := format.OpenReceipt(text, key)
	if err != nil {
		return nil, fail(ErrNoReceipt, "what %s answered", from).because(err)
	}
	if r.Entry != e {
		return nil, fail(ErrNoReceipt, "%s answered for another entry, %s", from, r.Entry)
	}
	return text, nil
}
