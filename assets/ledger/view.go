package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"cairn/app/db"
	"cairn/assets"
	"cairn/assets/ledger/engine"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// coinRow is a holding of a coin with all that is stored of it.
type coinRow struct {
	Txid         []byte
	Output       int64
	Protocol     assets.Protocol
	Place        int
	Asset        int64
	RawID        []byte
	Units        int64
	Script       []byte
	ScriptNumber int64
	ValueSat     int64
	Tag          int64
	Height       int32
	SpentTx      *int64
	SpentTxid    []byte
	SpentInput   *int64
	SpentHeight  *int32
	Tx           int64
}

// coinQuery reads coins; the condition follows.
const coinQuery = `SELECT t.txid, c.tx, c.output, c.protocol, c.place, c.asset, a.raw AS raw_id, c.units, s.script,
	c.script AS script_number, c.value_sat, c.tag, c.height, c.spent_tx, st.txid AS spent_txid, c.spent_input, c.spent_height
	FROM asset_coins c JOIN asset_txs t ON t.number = c.tx JOIN asset_ids a ON a.number = c.asset
	JOIN asset_scripts s ON s.number = c.script LEFT JOIN asset_txs st ON st.number = c.spent_tx `

func (r coinRow) outpoint() wire.OutPoint {
	return wire.OutPoint{Hash: chainhash.Hash(r.Txid), Index: uint32(r.Output)}
}

func (r coinRow) holding() (assets.Holding, error) {
	id, err := readID(r.Protocol, r.RawID)
	return assets.Holding{Asset: id, Units: r.Units}, err
}

// coin is the row's coin without its holdings.
func (r coinRow) coin() assets.Coin {
	return assets.Coin{
		OutPoint: r.outpoint(), Value: btcutil.Amount(r.ValueSat), Script: r.Script,
		Tag: uint32(r.Tag), HasTag: true,
	}
}

// view is what is colored of the coins that some transactions spend, and where
// that is stored.
type view struct {
	coins map[wire.OutPoint][]engine.Coin
	rows  map[wire.OutPoint][]coinRow
}

// Colored implements engine.View.
func (v *view) Colored(at wire.OutPoint) []engine.Coin { return v.coins[at] }

// loadView reads the unspent colored coins that transactions spend.
func loadView(tx *gorm.DB, txs []*wire.MsgTx) (*view, error) {
	v := &view{coins: make(map[wire.OutPoint][]engine.Coin), rows: make(map[wire.OutPoint][]coinRow)}
	err := eachSpent(tx, txs, "AND c.spent_tx IS NULL", v.add)
	return v, err
}

// eachSpent calls fn for the holdings of the colored coins that transactions
// spend, in order of the coins.
func eachSpent(tx *gorm.DB, txs []*wire.MsgTx, where string, fn func(coinRow) error) error {
	ids, spends := spentBy(txs)
	numbers, err := numbersOf(tx, ids)
	if err != nil {
		return err
	}
	return inParts(numbers, func(part []int64) error {
		var rows []coinRow
		err := tx.Raw(coinQuery+"WHERE c.tx IN ? "+where+" ORDER BY c.tx, c.output, c.protocol, c.place", part).Scan(&rows).Error
		if err != nil {
			return fmt.Errorf("read coloured coins: %w", db.Classify(err))
		}
		for _, r := range rows {
			if !spends[r.outpoint()] {
				continue
			}
			if err := fn(r); err != nil {
				return err
			}
		}
		return nil
	})
}

// spentBy are the coins that transactions spend, and the transactions that made
// them.
func spentBy(txs []*wire.MsgTx) (ids [][]byte, spends map[wire.OutPoint]bool) {
	spends = make(map[wire.OutPoint]bool)
	seen := make(map[chainhash.Hash]bool)
	for _, t := range txs {
		for i := range t.TxIn {
			at := t.TxIn[i].PreviousOutPoint
			spends[at] = true
			if !seen[at.Hash] {
				seen[at.Hash] = true
				ids = append(ids, bytes.Clone(at.Hash[:]))
			}
		}
	}
	return ids, spends
}

func (v *view) add(r coinRow) error {
	at := r.outpoint()
	held, err := r.holding()
	if err != nil {
		return err
	}
	v.rows[at] = append(v.rows[at], r)
	coins := v.coins[at]
	if n := len(coins); n > 0 && coins[n-1].Protocol == r.Protocol {
		coins[n-1].Holdings = append(coins[n-1].Holdings, held)
		return nil
	}
	c := engine.Coin{Coin: r.coin(), Protocol: r.Protocol}
	c.Holdings = []assets.Holding{held}
	v.coins[at] = append(coins, c)
	return nil
}

// numbersOf are the numbers of those transactions that the ledger has.
func numbersOf(tx *gorm.DB, txids [][]byte) (numbers []int64, err error) {
	err = inParts(txids, func(part [][]byte) error {
		var some []int64
		if err := tx.Model(&txRecord{}).Where("txid IN ?", part).Order("number").Pluck("number", &some).Error; err != nil {
			return fmt.Errorf("find transactions of the ledger: %w", db.Classify(err))
		}
		numbers = append(numbers, some...)
		return nil
	})
	return numbers, err
}

// remembered looks coins up among the ledger's own transactions before it asks
// elsewhere.
type remembered struct {
	tx   *gorm.DB
	next engine.Prevouts
}

// Prevout implements engine.Prevouts.
func (r remembered) Prevout(ctx context.Context, at wire.OutPoint) (engine.Prevout, bool, error) {
	var row txRecord
	err := r.tx.Select("raw").Where("txid = ?", at.Hash[:]).Take(&row).Error
	switch {
	case err == nil:
		made, err := decodeTx(row.Raw)
		if err != nil {
			return engine.Prevout{}, false, err
		}
		p, is := engine.PrevoutOf(made, at.Index)
		return p, is, nil
	case !errors.Is(err, gorm.ErrRecordNotFound):
		return engine.Prevout{}, false, fmt.Errorf("look for a coin: %w", db.Classify(err))
	}
	return r.next.Prevout(ctx, at)
}
