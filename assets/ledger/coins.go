package ledger

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"

	"cairn/app/db"
	"cairn/assets"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// maxCoins bounds how many holdings one question reads.
const maxCoins = 20_000

// Holdings are the colored coins at outpoints, spent or not, in a block or
// waiting for one: several where more than one protocol colors an output, none
// where none does. They are in the order of the outpoints.
func (l *Ledger) Holdings(ctx context.Context, at ...wire.OutPoint) ([]Coin, error) {
	read := l.db.Read(ctx)
	var coins []Coin
	for _, o := range at {
		var rows []coinRow
		err := read.Raw(coinQuery+"WHERE t.txid = ? AND c.output = ? ORDER BY c.protocol, c.place", o.Hash[:], o.Index).Scan(&rows).Error
		if err != nil {
			return nil, fmt.Errorf("read a coin: %w", db.Classify(err))
		}
		some, err := joinCoins(rows)
		if err != nil {
			return nil, err
		}
		if len(some) == 0 {
			var waiting []pendingCoinRecord
			if err := read.Where("txid = ? AND output = ?", o.Hash[:], o.Index).Order("protocol, place").Find(&waiting).Error; err != nil {
				return nil, fmt.Errorf("read a coin that waits: %w", db.Classify(err))
			}
			if some, err = pendingCoins(waiting); err != nil {
				return nil, err
			}
		}
		coins = append(coins, some...)
	}
	return coins, markSpent(read, coins)
}

// Coins are the colored coins of scripts that no block has spent, those that
// wait for a block behind the others; Coin.Spent tells what waits to spend them.
func (l *Ledger) Coins(ctx context.Context, scripts [][]byte) ([]Coin, error) {
	read := l.db.Read(ctx)
	hashes := make([][]byte, len(scripts))
	for i, s := range scripts {
		hash := sha256.Sum256(s)
		hashes[i] = bytes.Clone(hash[:])
	}
	var coins, waiting []Coin
	err := inParts(hashes, func(part [][]byte) error {
		var rows []coinRow
		err := read.Raw(coinQuery+`WHERE c.script IN (SELECT number FROM asset_scripts WHERE hash IN ?) AND c.spent_tx IS NULL
			ORDER BY c.tx, c.output, c.protocol, c.place LIMIT ?`, part, maxCoins).Scan(&rows).Error
		if err != nil {
			return fmt.Errorf("read the coins of scripts: %w", db.Classify(err))
		}
		some, err := joinCoins(rows)
		if err != nil {
			return err
		}
		coins = append(coins, some...)
		var pending []pendingCoinRecord
		err = read.Where("hash IN ?", part).Order("txid, output, protocol, place").Limit(maxCoins).Find(&pending).Error
		if err != nil {
			return fmt.Errorf("read the coins that wait: %w", db.Classify(err))
		}
		if some, err = pendingCoins(pending); err != nil {
			return err
		}
		waiting = append(waiting, some...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	coins = append(coins, waiting...)
	return coins, markSpent(read, coins)
}

// joinCoins joins rows, in order of their coins, to coins.
func joinCoins(rows []coinRow) (coins []Coin, err error) {
	for _, r := range rows {
		held, err := r.holding()
		if err != nil {
			return nil, err
		}
		if n := len(coins); n > 0 && coins[n-1].OutPoint == r.outpoint() && coins[n-1].Protocol == r.Protocol {
			coins[n-1].Holdings = append(coins[n-1].Holdings, held)
			continue
		}
		c := Coin{Coin: r.coin(), Protocol: r.Protocol, Height: r.Height}
		c.Holdings = []assets.Holding{held}
		if r.SpentTx != nil {
			c.Spent = Spender{Txid: chainhash.Hash(r.SpentTxid), Input: int(*r.SpentInput), Height: *r.SpentHeight}
		}
		coins = append(coins, c)
	}
	return coins, nil
}

// markSpent notes which coins a waiting transaction spends.
func markSpent(read *gorm.DB, coins []Coin) error {
	var keys [][]byte
	for _, c := range coins {
		if !c.IsSpent() {
			keys = append(keys, db.OutpointKey(c.Hash, c.Index))
		}
	}
	spends, err := pendingSpenders(read, keys)
	if err != nil {
		return err
	}
	by := make(map[string]Spender, len(spends))
	inputs := make(map[string]*wire.MsgTx)
	for _, spend := range spends {
		msg := inputs[string(spend.Txid)]
		if msg == nil {
			var rows []pendingRecord
			if err := read.Where("txid = ?", spend.Txid).Limit(1).Find(&rows).Error; err != nil {
				return fmt.Errorf("read what spends a coin: %w", db.Classify(err))
			}
			if len(rows) == 0 {
				continue // a block came in between
			}
			if msg, err = decodeTx(rows[0].Raw); err != nil {
				return err
			}
			inputs[string(spend.Txid)] = msg
		}
		for n, in := range msg.TxIn {
			if key := db.OutpointKey(in.PreviousOutPoint.Hash, in.PreviousOutPoint.Index); bytes.Equal(key, spend.Outpoint) {
				by[string(key)] = Spender{Txid: chainhash.Hash(spend.Txid), Input: n, Pending: true}
			}
		}
	}
	for i := range coins {
		if s, is := by[string(db.OutpointKey(coins[i].Hash, coins[i].Index))]; is && !coins[i].IsSpent() {
			coins[i].Spent = s
		}
	}
	return nil
}

// fewCoins is up to how many coins of a script are looked up one by one among
// those that waiting transactions spend.
const fewCoins = 200

// WaitingOn is how many colored coins of a script wait for a block: those that a
// waiting transaction makes, and those that one spends.
func (l *Ledger) WaitingOn(ctx context.Context, script []byte) (n int, err error) {
	read := l.db.Read(ctx)
	hash := sha256.Sum256(script)
	err = read.Raw("SELECT COUNT(*) FROM (SELECT DISTINCT txid, output, protocol FROM asset_pending_coins WHERE hash = ?) AS made", hash[:]).Scan(&n).Error
	if err != nil {
		return 0, fmt.Errorf("count the coins that wait: %w", db.Classify(err))
	}
	number, err := scriptNumber(read, script)
	if err != nil || number == 0 {
		return n, err
	}
	var coins []struct {
		Txid     []byte
		Output   int64
		Protocol assets.Protocol
	}
	err = read.Raw(`SELECT t.txid, c.output, c.protocol FROM asset_coins c JOIN asset_txs t ON t.number = c.tx
		WHERE c.script = ? AND c.spent_tx IS NULL LIMIT ?`, number, fewCoins+1).Scan(&coins).Error
	if err != nil {
		return 0, fmt.Errorf("read the coins of a script: %w", db.Classify(err))
	}
	if len(coins) > fewCoins {
		// What waits is less than what it may spend: CROSS JOIN has SQLite begin there.
		coins = nil
		err := read.Raw(`SELECT t.txid, c.output, c.protocol FROM asset_pending_spends s CROSS JOIN asset_txs t CROSS JOIN asset_coins c
			WHERE t.txid = substr(s.outpoint, 1, 32) AND c.tx = t.number AND c.script = ? AND c.spent_tx IS NULL`, number).Scan(&coins).Error
		if err != nil {
			return 0, fmt.Errorf("read what waits to spend the coins of a script: %w", db.Classify(err))
		}
	}
	var keys [][]byte
	seen := make(map[string]bool, len(coins))
	for _, c := range coins {
		key := db.OutpointKey(chainhash.Hash(c.Txid), uint32(c.Output))
		// A coin has a row for each asset it holds.
		if one := string(key) + c.Protocol.String(); !seen[one] {
			seen[one] = true
			keys = append(keys, key)
		}
	}
	spends, err := pendingSpenders(read, keys)
	if err != nil {
		return 0, err
	}
	spent := make(map[string]bool, len(spends))
	for _, s := range spends {
		spent[string(s.Outpoint)] = true
	}
	for _, key := range keys {
		if spent[string(key)] {
			n++
		}
	}
	return n, nil
}
