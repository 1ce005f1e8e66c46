package ledger

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"

	"cairn/app/db"
	"cairn/assets"
	"cairn/assets/ledger/engine"
	"cairn/chain"

	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// writer stores what a block does.
type writer struct {
	tx    *gorm.DB
	block *chain.Block
	view  *view
	past  pastShape
	// toldTx is the first transaction whose block is told in asset_held.
	toldTx int64

	scripts map[[32]byte]int64
	assets  map[assets.ID]*assetRecord
	changes holderChanges
	made    map[wire.OutPoint][]coinRecord // by the block
}

func (w *writer) write(found []engine.Tx) error {
	if len(found) == 0 {
		return nil
	}
	first, err := nextNumber(w.tx, &txRecord{})
	if err != nil {
		return err
	}
	if err := w.nameScripts(found, first); err != nil {
		return err
	}
	if err := w.nameAssets(found, first); err != nil {
		return err
	}
	if err := w.storeTxs(found, first); err != nil {
		return err
	}
	w.changes = make(holderChanges)
	w.made = make(map[wire.OutPoint][]coinRecord)
	if err := w.storeCoins(found, first); err != nil {
		return err
	}
	if err := w.spendCoins(found, first); err != nil {
		return err
	}
	if err := w.storeMoves(found, first); err != nil {
		return err
	}
	holders, changed, err := w.changes.store(w.tx)
	if err != nil {
		return err
	}
	if err := w.storeTotals(holders); err != nil {
		return err
	}
	return w.storePast(changed)
}

// nextNumber is the number of the next row of a table.
func nextNumber(tx *gorm.DB, table any) (int64, error) {
	var newest *int64
	if err := tx.Model(table).Select("MAX(number)").Scan(&newest).Error; err != nil {
		return 0, fmt.Errorf("number a row: %w", err)
	}
	if newest == nil {
		return 1, nil
	}
	return *newest + 1, nil
}

// nameScripts finds or gives the numbers of the scripts that are paid.
func (w *writer) nameScripts(found []engine.Tx, first int64) error {
	w.scripts = make(map[[32]byte]int64)
	var keys [][]byte
	var fresh []scriptRecord
	for i := range found {
		for _, c := range found[i].Created {
			hash := sha256.Sum256(c.Script)
			if _, known := w.scripts[hash]; known {
				continue
			}
			w.scripts[hash] = 0
			keys = append(keys, bytes.Clone(hash[:]))
			fresh = append(fresh, scriptRecord{Hash: bytes.Clone(hash[:]), Script: nonNil(c.Script), FirstTx: first + int64(i)})
		}
	}
	err := inParts(keys, func(part [][]byte) error {
		var rows []scriptRecord
		if err := w.tx.Select("number", "hash").Where("hash IN ?", part).Find(&rows).Error; err != nil {
			return fmt.Errorf("find scripts: %w", db.Classify(err))
		}
		for _, r := range rows {
			w.scripts[[32]byte(r.Hash)] = r.Number
		}
		return nil
	})
	if err != nil {
		return err
	}
	fresh = slices.DeleteFunc(fresh, func(r scriptRecord) bool { return w.scripts[[32]byte(r.Hash)] != 0 })
	if len(fresh) == 0 {
		return nil
	}
	next, err := nextNumber(w.tx, &scriptRecord{})
	if err != nil {
		return err
	}
	for i := range fresh {
		fresh[i].Number = next + int64(i)
		w.scripts[[32]byte(fresh[i].Hash)] = fresh[i].Number
	}
	return w.create(fresh, "scripts")
}

// nameAssets finds the assets of the block's units, or gives them numbers.
func (w *writer) nameAssets(found []engine.Tx, first int64) error {
	w.assets = make(map[assets.ID]*assetRecord)
	var ids []assets.ID
	at := make(map[assets.ID]int64)
	add := func(id assets.ID, tx int64) {
		if _, known := at[id]; !known {
			at[id] = tx
			ids = append(ids, id)
		}
	}
	for i := range found {
		for _, s := range found[i].Spent {
			for _, h := range s.Coin.Holdings {
				add(h.Asset, first+int64(i))
			}
		}
		for _, c := range found[i].Colorings {
			for _, f := range c.Flows {
				add(f.Asset, first+int64(i))
			}
			for _, held := range c.Outputs {
				for _, h := range held {
					add(h.Asset, first+int64(i))
				}
			}
		}
	}
	for _, p := range assets.Protocols {
		var raws [][]byte
		for _, id := range ids {
			if id.Protocol == p {
				raws = append(raws, id.Raw())
			}
		}
		err := inParts(raws, func(part [][]byte) error {
			var rows []assetRecord
			if err := w.tx.Where("protocol = ? AND raw IN ?", p, part).Find(&rows).Error; err != nil {
				return fmt.Errorf("find assets: %w", db.Classify(err))
			}
			for i := range rows {
				id, err := readID(p, rows[i].Raw)
				if err != nil {
					return err
				}
				w.assets[id] = &rows[i]
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	next, err := nextNumber(w.tx, &assetRecord{})
	if err != nil {
		return err
	}
	var fresh []assetRecord
	for _, id := range ids {
		if w.assets[id] != nil {
			continue
		}
		fresh = append(fresh, assetRecord{
			Number: next + int64(len(fresh)), Protocol: id.Protocol, Raw: id.Raw(), FirstTx: at[id], LastTx: at[id],
			Issued: sum{}.bytes(), Destroyed: sum{}.bytes(),
		})
	}
	for i := range fresh {
		id, err := readID(fresh[i].Protocol, fresh[i].Raw)
		if err != nil {
			return err
		}
		w.assets[id] = &fresh[i]
	}
	return w.create(fresh, "assets")
}

// storeTxs keeps the transactions and what is made of them.
func (w *writer) storeTxs(found []engine.Tx, first int64) error {
	txs := make([]txRecord, len(found))
	var colorings []coloringRecord
	var metadata []metadataRecord
	for i := range found {
		t, number := &found[i], first+int64(i)
		raw, err := encodeTx(t.Msg)
		if err != nil {
			return err
		}
		txs[i] = txRecord{
			Number: number, Txid: bytes.Clone(t.ID[:]), Height: w.block.Height, Place: int32(t.Index),
			MadeAt: w.block.Time().Unix(), Raw: raw, FirstScript: t.FirstScript, Inferred: t.Inferred,
		}
		for _, c := range t.Colorings {
			colorings = append(colorings, coloringRecord{Tx: number, Protocol: c.Protocol, Coloring: encodeColoring(c)})
			// An issue of nothing does not make its asset known.
			if a := w.assets[c.Issued]; a != nil && len(c.Metadata) > 0 {
				metadata = append(metadata, metadataRecord{Asset: a.Number, Tx: number, Metadata: c.Metadata})
			}
		}
	}
	if err := w.create(txs, "transactions"); err != nil {
		return err
	}
	if err := w.create(colorings, "colourings"); err != nil {
		return err
	}
	return w.create(metadata, "metadata")
}

// storeCoins keeps the colored outputs.
func (w *writer) storeCoins(found []engine.Tx, first int64) error {
	var rows []coinRecord
	for i := range found {
		for _, c := range found[i].Created {
			for place, h := range c.Holdings {
				r := coinRecord{
					Tx: first + int64(i), Output: int64(c.Index), Protocol: c.Protocol, Place: place,
					Asset: w.assets[h.Asset].Number, Units: h.Units, Script: w.scripts[sha256.Sum256(c.Script)],
					ValueSat: int64(c.Value), Tag: int64(c.Tag), Height: w.block.Height,
				}
				rows = append(rows, r)
				w.made[c.OutPoint] = append(w.made[c.OutPoint], r)
				w.changes.add(r.Asset, r.Script, h.Units, false)
			}
		}
	}
	return w.create(rows, "coloured coins")
}

// spendCoins notes what spends them.
func (w *writer) spendCoins(found []engine.Tx, first int64) error {
	for i := range found {
		for _, s := range found[i].Spent {
			tx := int64(0)
			for _, h := range w.holdings(s) {
				w.changes.add(h.asset, h.script, h.units, true)
				tx = h.tx
			}
			res := w.tx.Model(&coinRecord{}).
				Where("tx = ? AND output = ? AND protocol = ? AND spent_tx IS NULL", tx, s.Coin.Index, s.Coin.Protocol).
				Updates(map[string]any{"spent_tx": first + int64(i), "spent_input": s.Input, "spent_height": w.block.Height})
			if res.Error != nil {
				return fmt.Errorf("spend a coloured coin: %w", res.Error)
			}
			if res.RowsAffected != int64(len(s.Coin.Holdings)) {
				return fmt.Errorf("%w: coin %s was not there to be spent", db.ErrCorrupt, s.Coin.OutPoint)
			}
		}
	}
	return nil
}

// stored is where a holding stands.
type stored struct{ tx, asset, script, units int64 }

// holdings are the stored ones of a coin that is spent.
func (w *writer) holdings(s engine.Spent) (held []stored) {
	for _, r := range w.made[s.Coin.OutPoint] {
		if r.Protocol == s.Coin.Protocol {
			held = append(held, stored{r.Tx, r.Asset, r.Script, r.Units})
		}
	}
	if len(held) > 0 {
		return held
	}
	for _, r := range w.view.rows[s.Coin.OutPoint] {
		if r.Protocol == s.Coin.Protocol {
			held = append(held, stored{r.Tx, r.Asset, r.ScriptNumber, r.Units})
		}
	}
	return held
}

// storeMoves keeps what each transaction does by asset and by script.
func (w *writer) storeMoves(found []engine.Tx, first int64) error {
	var moves []moveRecord
	var history []historyRecord
	for i := range found {
		t, number := &found[i], first+int64(i)
		mine, err := w.moves(t, number)
		if err != nil {
			return err
		}
		moves = append(moves, mine...)
		history = append(history, w.history(t, number)...)
	}
	if err := w.create(moves, "moves"); err != nil {
		return err
	}
	return w.create(history, "history")
}

// moves adds up the flows of a transaction by asset, and adds them to the assets.
func (w *writer) moves(t *engine.Tx, number int64) ([]moveRecord, error) {
	type total struct{ issued, moved, destroyed sum }
	totals := make(map[assets.ID]*total)
	for _, c := range t.Colorings {
		for _, f := range c.Flows {
			s := totals[f.Asset]
			if s == nil {
				s = new(total)
				totals[f.Asset] = s
			}
			if f.From == assets.Issued {
				s.issued = s.issued.plus(units(f.Units))
			}
			if f.To == assets.Destroyed {
				s.destroyed = s.destroyed.plus(units(f.Units))
			} else if f.From != assets.Issued {
				s.moved = s.moved.plus(units(f.Units))
			}
		}
	}
	rows := make([]moveRecord, 0, len(totals))
	for id, s := range totals {
		a := w.assets[id]
		if a == nil {
			return nil, fmt.Errorf("%w: units of %s that are nowhere", db.ErrCorrupt, id)
		}
		rows = append(rows, moveRecord{
			Asset: a.Number, Tx: number, Issued: s.issued.bytes(), Moved: s.moved.bytes(), Destroyed: s.destroyed.bytes(),
		})
		a.LastTx = number
		a.Issued = readSum(a.Issued).plus(s.issued).bytes()
		a.Destroyed = readSum(a.Destroyed).plus(s.destroyed).bytes()
		if s.moved != (sum{}) {
			a.Transfers++
		}
	}
	slices.SortFunc(rows, func(a, b moveRecord) int { return cmp.Compare(a.Asset, b.Asset) })
	return rows, nil
}

// history is what a transaction brings to scripts and takes from them.
func (w *writer) history(t *engine.Tx, number int64) []historyRecord {
	type key struct{ script, asset int64 }
	type flow struct{ received, sent sum }
	flows := make(map[key]*flow)
	at := func(script, asset int64) *flow {
		k := key{script, asset}
		if flows[k] == nil {
			flows[k] = new(flow)
		}
		return flows[k]
	}
	for _, s := range t.Spent {
		for _, h := range w.holdings(s) {
			f := at(h.script, h.asset)
			f.sent = f.sent.plus(units(h.units))
		}
	}
	for _, c := range t.Created {
		for _, h := range c.Holdings {
			f := at(w.scripts[sha256.Sum256(c.Script)], w.assets[h.Asset].Number)
			f.received = f.received.plus(units(h.Units))
		}
	}
	rows := make([]historyRecord, 0, len(flows))
	for k, f := range flows {
		rows = append(rows, historyRecord{Script: k.script, Tx: number, Asset: k.asset, Received: f.received.bytes(), Sent: f.sent.bytes()})
	}
	slices.SortFunc(rows, func(a, b historyRecord) int {
		return cmp.Or(cmp.Compare(a.Script, b.Script), cmp.Compare(a.Asset, b.Asset))
	})
	return rows
}

// storeTotals keeps the assets' numbers after the block.
func (w *writer) storeTotals(holders map[int64]int64) error {
	changed := slices.SortedFunc(maps.Values(w.assets), func(a, b *assetRecord) int { return cmp.Compare(a.Number, b.Number) })
	rows := make([]totalsRecord, len(changed))
	for i, a := range changed {
		a.Holders += holders[a.Number]
		rows[i] = totalsRecord{
			Asset: a.Number, Height: w.block.Height, Issued: a.Issued, Destroyed: a.Destroyed, Holders: a.Holders, Transfers: a.Transfers,
		}
		if err := w.tx.Save(a).Error; err != nil {
			return fmt.Errorf("store an asset: %w", err)
		}
	}
	return w.create(rows, "totals")
}

// create stores rows of one table.
func (w *writer) create(rows any, what string) error { return createRows(w.tx, rows, what) }

func createRows(tx *gorm.DB, rows any, what string) error {
	if err := tx.CreateInBatches(rows, batch).Error; err != nil {
		return fmt.Errorf("store %s: %w", what, err)
	}
	return nil
}

// nonNil is a value for a column that is never NULL.
func nonNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
