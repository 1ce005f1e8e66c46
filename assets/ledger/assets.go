package ledger

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"cairn/app/db"
	"cairn/assets"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"gorm.io/gorm"
)

// Asset is an asset after the block at a height, or at Newest. Errors:
// assets.ErrUnknown, ErrFuture, chain.ErrNoBlock before the first block.
func (l *Ledger) Asset(ctx context.Context, id assets.ID, height int32) (Asset, error) {
	at, err := l.asOf(ctx, height)
	if err != nil {
		return Asset{}, err
	}
	read := l.db.Read(ctx)
	r, err := assetOf(read, id)
	if err != nil {
		return Asset{}, err
	}
	return assetAt(read, r, at, height < 0)
}

// assetOf is an asset's row. Errors: assets.ErrUnknown.
func assetOf(read *gorm.DB, id assets.ID) (assetRecord, error) {
	var r assetRecord
	err := read.Where("protocol = ? AND raw = ?", id.Protocol, id.Raw()).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return r, fmt.Errorf("%w: %s", assets.ErrUnknown, id)
	}
	if err != nil {
		return r, fmt.Errorf("read an asset: %w", db.Classify(err))
	}
	return r, nil
}

// lastUpTo is the last transaction of the blocks up to a height: their numbers
// ascend with it.
const lastUpTo = "COALESCE((SELECT number FROM asset_txs WHERE height <= ? ORDER BY height DESC, number DESC LIMIT 1), 0)"

// assetAt is a row's asset after a block. Errors: assets.ErrUnknown where it was
// not there yet.
func assetAt(read *gorm.DB, r assetRecord, height int32, newest bool) (Asset, error) {
	id, err := readID(r.Protocol, r.Raw)
	if err != nil {
		return Asset{}, err
	}
	totals := totalsRecord{Issued: r.Issued, Destroyed: r.Destroyed, Holders: r.Holders, Transfers: r.Transfers}
	last := r.LastTx
	if !newest {
		var rows []totalsRecord
		if err := read.Where("asset = ? AND height <= ?", r.Number, height).Order("height DESC").Limit(1).Find(&rows).Error; err != nil {
			return Asset{}, fmt.Errorf("read an asset's totals: %w", db.Classify(err))
		}
		if len(rows) == 0 {
			return Asset{}, fmt.Errorf("%w: %s at height %d", assets.ErrUnknown, id, height)
		}
		totals = rows[0]
		err := read.Raw("SELECT tx FROM asset_moves WHERE asset = ? AND tx <= "+lastUpTo+" ORDER BY tx DESC LIMIT 1", r.Number, height).Scan(&last).Error
		if err != nil {
			return Asset{}, fmt.Errorf("read an asset's newest move: %w", db.Classify(err))
		}
	}
	a := totals.asset(id)
	a.AsOf = height
	var m saying
	err = read.Raw("SELECT tx, metadata FROM asset_metadata WHERE asset = ? AND tx <= ? ORDER BY tx DESC LIMIT 1", r.Number, last).Scan(&m).Error
	if err != nil {
		return Asset{}, fmt.Errorf("read what an asset says of itself: %w", db.Classify(err))
	}
	refs, err := refsOf(read, []int64{r.FirstTx, last, m.Tx})
	if err != nil {
		return Asset{}, err
	}
	a.complete(refs, r.FirstTx, last, m)
	return a, nil
}

// AssetsOf are assets by their ids as of the tip, in the order of the ids and
// without those that no block has.
func (l *Ledger) AssetsOf(ctx context.Context, ids []assets.ID) ([]Asset, error) {
	read := l.db.Read(ctx)
	state, err := readState(read)
	if err != nil || state == nil {
		return nil, err
	}
	var rows []assetRecord
	for _, p := range assets.Protocols {
		var raws [][]byte
		for _, id := range ids {
			if id.Protocol == p {
				raws = append(raws, id.Raw())
			}
		}
		err := inParts(raws, func(part [][]byte) error {
			var some []assetRecord
			if err := read.Where("protocol = ? AND raw IN ?", p, part).Find(&some).Error; err != nil {
				return fmt.Errorf("read assets: %w", db.Classify(err))
			}
			rows = append(rows, some...)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	list, err := newestAssets(read, rows, state.Height)
	slices.SortFunc(list, func(a, b Asset) int { return cmp.Compare(slices.Index(ids, a.ID), slices.Index(ids, b.ID)) })
	return list, err
}

// saying is what an issue says of its asset.
type saying struct {
	Asset, Tx int64
	Metadata  []byte
}

// newestAssets are rows' assets as of now.
func newestAssets(read *gorm.DB, rows []assetRecord, height int32) ([]Asset, error) {
	numbers, txs := make([]int64, len(rows)), make([]int64, 0, 3*len(rows))
	for i, r := range rows {
		numbers[i] = r.Number
		txs = append(txs, r.FirstTx, r.LastTx)
	}
	var said []saying
	err := read.Raw(`SELECT m.asset, m.tx, m.metadata FROM asset_ids a JOIN asset_metadata m ON m.asset = a.number
		AND m.tx = (SELECT MAX(x.tx) FROM asset_metadata x WHERE x.asset = a.number) WHERE a.number IN ?`, numbers).Scan(&said).Error
	if err != nil {
		return nil, fmt.Errorf("read what assets say of themselves: %w", db.Classify(err))
	}
	by := make(map[int64]saying, len(said))
	for _, m := range said {
		by[m.Asset] = m
		txs = append(txs, m.Tx)
	}
	refs, err := refsOf(read, txs)
	if err != nil {
		return nil, err
	}
	list := make([]Asset, len(rows))
	for i, r := range rows {
		id, err := readID(r.Protocol, r.Raw)
		if err != nil {
			return nil, err
		}
		list[i] = totalsRecord{Issued: r.Issued, Destroyed: r.Destroyed, Holders: r.Holders, Transfers: r.Transfers}.asset(id)
		list[i].AsOf = height
		list[i].complete(refs, r.FirstTx, r.LastTx, by[r.Number])
	}
	return list, nil
}

func (r totalsRecord) asset(id assets.ID) Asset {
	issued, destroyed := readSum(r.Issued), readSum(r.Destroyed)
	left, _ := issued.minus(destroyed)
	return Asset{
		ID: id, Issued: issued.int64(), Burnt: destroyed.int64(), Supply: left.int64(),
		Holders: r.Holders, Transfers: r.Transfers,
	}
}

// complete adds the transactions by which the asset is known.
func (a *Asset) complete(refs map[int64]TxRef, first, last int64, m saying) {
	a.First, a.Last, a.Metadata, a.MetadataTx = refs[first], refs[last], m.Metadata, refs[m.Tx]
}

// refsOf names transactions.
func refsOf(read *gorm.DB, numbers []int64) (map[int64]TxRef, error) {
	refs := make(map[int64]TxRef, len(numbers))
	err := inParts(numbers, func(part []int64) error {
		var rows []txRecord
		if err := read.Select("number", "txid", "height", "place", "made_at").Where("number IN ?", part).Find(&rows).Error; err != nil {
			return fmt.Errorf("name transactions: %w", db.Classify(err))
		}
		for _, r := range rows {
			refs[r.Number] = r.ref()
		}
		return nil
	})
	return refs, err
}

// Order is in which order assets are listed.
type Order string

// The orders, each from the top down.
const (
	// ByActivity: the ones whose units moved last come first.
	ByActivity Order = "activity"
	// ByAge: the youngest come first.
	ByAge Order = "age"
	// ByHolders: those that most scripts hold come first.
	ByHolders Order = "holders"
)

// Query is which assets are wanted.
type Query struct {
	// Order is ByActivity when empty.
	Order Order
	// Protocol is the only one wanted; 0 for all.
	Protocol assets.Protocol
}

// Assets lists assets as of the tip. After is for the next page, empty behind the
// last. Errors: ErrPage.
func (l *Ledger) Assets(ctx context.Context, q Query, page Page) (list []Asset, after string, err error) {
	read := l.db.Read(ctx)
	// Every order has an index that ends in what tells two assets apart.
	key, tie := "last_tx", "number"
	switch q.Order {
	case "", ByActivity:
	case ByAge:
		key = "first_tx"
	case ByHolders:
		key = "holders"
	default:
		return nil, "", fmt.Errorf("%w: order %q", ErrPage, q.Order)
	}
	query := read.Order(key + " DESC, " + tie + " DESC").Limit(page.limit() + 1)
	if q.Protocol != 0 {
		query = query.Where("protocol = ?", q.Protocol)
	}
	if page.After != "" {
		before, number, err := readPlace(page.After, 8)
		if err != nil {
			return nil, "", err
		}
		value := int64(readSum(append(make([]byte, 8), before...)).lo)
		query = query.Where("("+key+", "+tie+") < (?, ?)", value, number)
	}
	var rows []assetRecord
	if err := query.Find(&rows).Error; err != nil {
		return nil, "", fmt.Errorf("list assets: %w", db.Classify(err))
	}
	if len(rows) > page.limit() {
		rows = rows[:page.limit()]
		end := rows[len(rows)-1]
		value := map[string]int64{"last_tx": end.LastTx, "first_tx": end.FirstTx, "holders": end.Holders}[key]
		after = placeAfter(units(value).bytes()[8:], end.Number)
	}
	state, err := readState(read)
	if err != nil || state == nil {
		return nil, "", err
	}
	list, err = newestAssets(read, rows, state.Height)
	return list, after, err
}

// Holders lists who holds units of an asset after the block at a height, or at
// Newest, the largest first. Errors: assets.ErrUnknown, ErrFuture, ErrPage, chain.ErrNoBlock.
func (l *Ledger) Holders(ctx context.Context, id assets.ID, height int32, page Page) (list []Holder, after string, err error) {
	read := l.db.Read(ctx)
	r, err := assetOf(read, id)
	if err != nil {
		return nil, "", err
	}
	tip, err := l.asOf(ctx, Newest)
	if err != nil {
		return nil, "", err
	}
	if height > tip {
		return nil, "", fmt.Errorf("%w: %d is above %d", ErrFuture, height, tip)
	}
	if height >= 0 && height != tip {
		return l.holdersThen(ctx, r, height, page.After, page.limit())
	}
	query := read.Table("asset_holders AS h").Joins("JOIN asset_scripts s ON s.number = h.script").
		Select("h.script, h.units, h.coins, s.script AS code").Where("h.asset = ?", r.Number).
		Order("h.units DESC, h.script DESC").Limit(page.limit() + 1)
	if page.After != "" {
		most, script, err := readPlace(page.After, sumSize)
		if err != nil {
			return nil, "", err
		}
		// Bytes right behind a parenthesis would be taken for a list.
		query = query.Where("(h.units, h.script) < ( ?, ?)", most, script)
	}
	var rows []struct {
		Script int64
		Units  []byte
		Coins  int64
		Code   []byte
	}
	if err := query.Scan(&rows).Error; err != nil {
		return nil, "", fmt.Errorf("list holders: %w", db.Classify(err))
	}
	if len(rows) > page.limit() {
		rows = rows[:page.limit()]
		end := rows[len(rows)-1]
		after = placeAfter(append([]byte{}, end.Units...), end.Script)
	}
	for _, h := range rows {
		list = append(list, Holder{Script: h.Code, Units: readSum(h.Units).int64(), Coins: h.Coins})
	}
	return list, after, nil
}

// Balances are what a script holds now.
func (l *Ledger) Balances(ctx context.Context, script []byte) ([]Balance, error) {
	var rows []struct {
		Protocol assets.Protocol
		Raw      []byte
		Units    []byte
		Coins    int64
	}
	number, err := scriptNumber(l.db.Read(ctx), script)
	if err != nil || number == 0 {
		return nil, err
	}
	err = l.db.Read(ctx).Raw(`SELECT a.protocol, a.raw, h.units, h.coins FROM asset_holders h JOIN asset_ids a ON a.number = h.asset
		WHERE h.script = ? ORDER BY a.number LIMIT ?`, number, most).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read what a script holds: %w", db.Classify(err))
	}
	list := make([]Balance, len(rows))
	for i, r := range rows {
		id, err := readID(r.Protocol, r.Raw)
		if err != nil {
			return nil, err
		}
		list[i] = Balance{Asset: id, Units: readSum(r.Units).int64(), Coins: r.Coins}
	}
	return list, nil
}

// Transfers lists the transactions that issued, moved or destroyed units of an
// asset up to the block at a height, or Newest, newest first; After is for the
// next page. Errors: assets.ErrUnknown, ErrPage.
func (l *Ledger) Transfers(ctx context.Context, id assets.ID, height int32, page Page) (list []Move, after string, err error) {
	read := l.db.Read(ctx)
	r, err := assetOf(read, id)
	if err != nil {
		return nil, "", err
	}
	query := read.Where("asset = ?", r.Number).Order("tx DESC").Limit(page.limit() + 1)
	if page.After != "" {
		_, number, err := readPlace(page.After, 0)
		if err != nil {
			return nil, "", err
		}
		query = query.Where("tx < ?", number)
	}
	if height >= 0 {
		query = query.Where("tx <= "+lastUpTo, height)
	}
	var rows []moveRecord
	if err := query.Find(&rows).Error; err != nil {
		return nil, "", fmt.Errorf("list the moves of an asset: %w", db.Classify(err))
	}
	if len(rows) > page.limit() {
		rows = rows[:page.limit()]
		after = placeAfter(nil, rows[len(rows)-1].Tx)
	}
	numbers := make([]int64, len(rows))
	for i, m := range rows {
		numbers[i] = m.Tx
	}
	refs, err := refsOf(read, numbers)
	if err != nil {
		return nil, "", err
	}
	for _, m := range rows {
		list = append(list, Move{
			TxRef: refs[m.Tx], Asset: id,
			Issued: readSum(m.Issued).int64(), Moved: readSum(m.Moved).int64(), Destroyed: readSum(m.Destroyed).int64(),
		})
	}
	return list, after, nil
}

// Pointer is what an issue said of its asset.
type Pointer struct {
	TxRef
	Metadata []byte
}

// Metadata lists what issues said of an asset, newest first, 1,000 at most.
// Errors: assets.ErrUnknown.
func (l *Ledger) Metadata(ctx context.Context, id assets.ID) ([]Pointer, error) {
	read := l.db.Read(ctx)
	r, err := assetOf(read, id)
	if err != nil {
		return nil, err
	}
	var rows []struct {
		Txid     []byte
		Height   int32
		Place    int32
		MadeAt   int64
		Metadata []byte
	}
	err = read.Raw(`SELECT t.txid, t.height, t.place, t.made_at, m.metadata FROM asset_metadata m JOIN asset_txs t ON t.number = m.tx
		WHERE m.asset = ? ORDER BY m.tx DESC LIMIT ?`, r.Number, most).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read what an asset says of itself: %w", db.Classify(err))
	}
	list := make([]Pointer, len(rows))
	for i, m := range rows {
		list[i] = Pointer{
			TxRef:    TxRef{Txid: chainhash.Hash(m.Txid), Height: m.Height, Place: m.Place, Time: seconds(m.MadeAt)},
			Metadata: m.Metadata,
		}
	}
	return list, nil
}
