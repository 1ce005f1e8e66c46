package ledger

import (
	"context"

	"cairn/assets"
)

// KeepPast has a ledger take standings after so many changes, of so many holders,
// so that few blocks show what else a great many would.
func (l *Ledger) KeepPast(every, ranked int) { l.past = pastShape{every, ranked} }

// RankedThen lists who held most of an asset after a block as far as standings
// tell it; known is false where they do not.
func (l *Ledger) RankedThen(ctx context.Context, id assets.ID, height int32, limit int) (list []Holder, known bool, err error) {
	read := l.db.Read(ctx)
	r, err := assetOf(read, id)
	if err != nil {
		return nil, false, err
	}
	ranked, known, err := rankedThen(read, r, height, nil, limit)
	if err != nil || !known {
		return nil, false, err
	}
	list, err = named(read, ranked)
	return list, true, err
}
