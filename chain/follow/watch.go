package follow

import (
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"cairn/app/db"
	"cairn/chain"
)

const (
	// maxScript bounds a watched script: consensus spends none longer.
	maxScript = 10_000 // bytes
	maxLabel  = 200    // bytes
)

// Coin is an output that pays a watched script, or one watched by itself.
type Coin struct {
	Outpoint wire.OutPoint
	Value    btcutil.Amount
	Script   []byte
	// Coinbase coins cannot be spent before they are 100 blocks deep.
	Coinbase bool
	// Created is the block that holds it; zero for a coin watched by its
	// outpoint that was not seen in a block since.
	Created chain.BlockRef
	// Spent is nil while no block spends it.
	Spent *Spend
}

// Spend is how and where a coin was spent.
type Spend struct {
	Txid  chainhash.Hash
	Input uint32
	Block chain.BlockRef
}

type scriptRecord struct {
	ScriptHash []byte
	Label      string
	Script     []byte
}

func (scriptRecord) TableName() string { return "watched_scripts" }

type outpointRecord struct {
	Outpoint []byte
	Label    string
}

func (outpointRecord) TableName() string { return "watched_outpoints" }

type coinRecord struct {
	Outpoint    []byte `gorm:"primaryKey"`
	ScriptHash  []byte
	Script      []byte
	ValueSat    int64
	Coinbase    bool
	Height      *int32
	BlockHash   []byte
	SpentTxid   []byte
	SpentInput  *int64
	SpentHeight *int32
	SpentHash   []byte
}

func (coinRecord) TableName() string { return "coins" }

func (r coinRecord) coin() (Coin, error) {
	txid, index, ok := db.ParseOutpointKey(r.Outpoint)
	if !ok {
		return Coin{}, fmt.Errorf("%w: a coin has a name of %d bytes", db.ErrCorrupt, len(r.Outpoint))
	}
	c := Coin{
		Outpoint: wire.OutPoint{Hash: txid, Index: index},
		Value:    btcutil.Amount(r.ValueSat), Script: r.Script, Coinbase: r.Coinbase,
	}
	if r.Height != nil {
		c.Created = chain.BlockRef{Height: *r.Height, Hash: chainhash.Hash(r.BlockHash)}
	}
	if r.SpentHeight != nil && r.SpentInput != nil {
		c.Spent = &Spend{
			Txid: chainhash.Hash(r.SpentTxid), Input: uint32(*r.SpentInput),
			Block: chain.BlockRef{Height: *r.SpentHeight, Hash: chainhash.Hash(r.SpentHash)},
		}
	}
	return c, nil
}

func coinsOf(records []coinRecord) ([]Coin, error) {
	coins := make([]Coin, len(records))
	for i, r := range records {
		var err error
		if coins[i], err = r.coin(); err != nil {
			return nil, err
		}
	}
	return coins, nil
}

// Watch records every output that pays script, from the next block on, under a
// label that says whose it is ("deposit/…"). Several labels may watch the same
// script. Watching twice is no error. An address must be watched before it is
// given to anybody: blocks that were taken in already are not searched.
func Watch(tx *gorm.DB, script []byte, label string) error {
	return WatchAll(tx, [][]byte{script}, label)
}

// WatchAll is Watch for many scripts at once.
func WatchAll(tx *gorm.DB, scripts [][]byte, label string) error {
	if err := checkLabel(label); err != nil {
		return err
	}
	rows := make([]scriptRecord, len(scripts))
	for i, script := range scripts {
		if len(script) == 0 || len(script) > maxScript {
			return fmt.Errorf("a watched script has 1 to %d bytes, not %d", maxScript, len(script))
		}
		hash := sha256.Sum256(script)
		rows[i] = scriptRecord{ScriptHash: hash[:], Label: label, Script: script}
	}
	if len(rows) == 0 {
		return nil
	}
	if err := tx.Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(rows, 500).Error; err != nil {
		return fmt.Errorf("watching scripts for %s: %w", label, err)
	}
	return nil
}

// WatchOutpoint records when and by whom one existing coin is spent, from the
// next block on, whoever owns it. prevout is the output itself. The caller has
// made sure that the coin is unspent so far. Watching twice is no error.
func WatchOutpoint(tx *gorm.DB, outpoint wire.OutPoint, prevout *wire.TxOut, label string) error {
	if err := checkLabel(label); err != nil {
		return err
	}
	if prevout == nil || prevout.Value < 0 || prevout.Value > btcutil.MaxSatoshi || len(prevout.PkScript) > maxScript {
		return fmt.Errorf("watching %s: its value or script is out of range", outpoint)
	}
	key := db.OutpointKey(outpoint.Hash, outpoint.Index)
	if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&outpointRecord{Outpoint: key, Label: label}).Error; err != nil {
		return fmt.Errorf("watching %s for %s: %w", outpoint, label, err)
	}
	script := append([]byte{}, prevout.PkScript...)
	hash := sha256.Sum256(script)
	coin := coinRecord{Outpoint: key, ScriptHash: hash[:], Script: script, ValueSat: prevout.Value}
	if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&coin).Error; err != nil {
		return fmt.Errorf("watching %s for %s: %w", outpoint, label, err)
	}
	return nil
}

// Unwatch ends all watching under a label. Coins that nobody watches any more
// are forgotten.
func Unwatch(tx *gorm.DB, label string) error {
	if err := tx.Where("label = ?", label).Delete(&scriptRecord{}).Error; err != nil {
		return fmt.Errorf("unwatching %s: %w", label, err)
	}
	if err := tx.Where("label = ?", label).Delete(&outpointRecord{}).Error; err != nil {
		return fmt.Errorf("unwatching %s: %w", label, err)
	}
	err := tx.Where("NOT EXISTS (SELECT 1 FROM watched_scripts s WHERE s.script_hash = coins.script_hash)").
		Where("NOT EXISTS (SELECT 1 FROM watched_outpoints o WHERE o.outpoint = coins.outpoint)").
		Delete(&coinRecord{}).Error
	if err != nil {
		return fmt.Errorf("forgetting the coins of %s: %w", label, err)
	}
	return nil
}

func checkLabel(label string) error {
	if label == "" || len(label) > maxLabel || db.CleanText(label) != label {
		return fmt.Errorf("a label is 1 to %d bytes of UTF-8, not %q", maxLabel, label[:min(len(label), maxLabel)])
	}
	return nil
}

// Coins lists the coins watched under a label, spent ones included, oldest
// block first and then by outpoint.
func Coins(tx *gorm.DB, label string) ([]Coin, error) {
	var rows []coinRecord
	err := tx.Where("script_hash IN (?) OR outpoint IN (?)",
		tx.Session(&gorm.Session{NewDB: true}).Model(&scriptRecord{}).Select("script_hash").Where("label = ?", label),
		tx.Session(&gorm.Session{NewDB: true}).Model(&outpointRecord{}).Select("outpoint").Where("label = ?", label)).
		Order("height, outpoint").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("listing the coins of %s: %w", label, err)
	}
	return coinsOf(rows)
}

// CoinAt reads one coin. Errors: ErrNoCoin where nobody watches it, or
// its script was not paid there.
func CoinAt(tx *gorm.DB, outpoint wire.OutPoint) (Coin, error) {
	var r coinRecord
	err := tx.Where("outpoint = ?", db.OutpointKey(outpoint.Hash, outpoint.Index)).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Coin{}, fmt.Errorf("%s: %w", outpoint, ErrNoCoin)
	}
	if err != nil {
		return Coin{}, fmt.Errorf("reading coin %s: %w", outpoint, err)
	}
	return r.coin()
}

// Touched lists the coins that the block at a height created or spent, for
// projections that come after Watched and act on them.
func Touched(tx *gorm.DB, height int32) ([]Coin, error) {
	var rows []coinRecord
	if err := tx.Where("height = ? OR spent_height = ?", height, height).Order("outpoint").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("listing the coins touched at height %d: %w", height, err)
	}
	return coinsOf(rows)
}

// Labels lists who watches a coin, by its script or by itself, sorted.
func Labels(tx *gorm.DB, c Coin) ([]string, error) {
	hash := sha256.Sum256(c.Script)
	var labels []string
	err := tx.Raw("SELECT label FROM watched_scripts WHERE script_hash = ? UNION SELECT label FROM watched_outpoints WHERE outpoint = ? ORDER BY 1",
		hash[:], db.OutpointKey(c.Outpoint.Hash, c.Outpoint.Index)).Scan(&labels).Error
	if err != nil {
		return nil, fmt.Errorf("listing who watches %s: %w", c.Outpoint, err)
	}
	return labels, nil
}
