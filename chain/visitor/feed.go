package visitor

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"cairn/chain"
	"cairn/chain/follow"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// Coin is one that a wallet has or had.
type Coin struct {
	Outpoint wire.OutPoint
	Value    btcutil.Amount
	Script   []byte
	// Height is that of its block; 0 while none holds it.
	Height   int32
	Coinbase bool
	// Spent is nil while nothing known spends it.
	Spent *Spend
}

// Spend is what spends a coin; Height is 0 while no block holds it.
type Spend struct {
	Txid   chainhash.Hash
	Height int32
}

// Feed is what is known of a wallet's coins.
type Feed struct {
	// Tag is another one when anything else is.
	Tag string
	// Height is the last block that was taken in.
	Height int32
	Coins  []Coin
	// Searching is how many scripts older blocks are still searched for.
	Searching int64
	// From is the lowest block that was searched when there was need to; 0 for the
	// whole chain.
	From int32
}

// Feed tells of a wallet's coins now. Errors: ErrUnwatched.
func (s *Service) Feed(ctx context.Context, id ID) (Feed, error) {
	label := id.label()
	tx := s.cfg.DB.Read(ctx)
	var wallet walletRecord
	err := tx.Where("label = ?", label).Take(&wallet).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Feed{}, ErrUnwatched
	}
	if err != nil {
		return Feed{}, fmt.Errorf("reading a visitor's wallet: %w", err)
	}
	if err := s.seen(ctx, wallet); err != nil {
		return Feed{}, err
	}
	var f Feed
	// Searches before coins: one that ends in between is told of too late, not too
	// early.
	if err := tx.Model(&searchRecord{}).Where("label = ?", label).Count(&f.Searching).Error; err != nil {
		return Feed{}, fmt.Errorf("counting searches: %w", err)
	}
	if wallet.SearchedFrom != nil {
		f.From = *wallet.SearchedFrom
	}
	cursor, err := follow.Cursor(tx)
	if err != nil && !errors.Is(err, chain.ErrNoBlock) {
		return Feed{}, err
	}
	f.Height = cursor.Height
	if f.Coins, err = s.coins(tx, label); err != nil {
		return Feed{}, err
	}
	f.Tag = f.tag()
	return f, nil
}

// seenEvery is how exactly it is known when a wallet was open.
const seenEvery = 24 * time.Hour

func (s *Service) seen(ctx context.Context, wallet walletRecord) error {
	now := s.cfg.Now()
	if now.Sub(time.Unix(wallet.SeenAt, 0)) < seenEvery {
		return nil
	}
	err := s.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		return tx.Model(&walletRecord{}).Where("label = ?", wallet.Label).Update("seen_at", now.Unix()).Error
	})
	if err != nil {
		return fmt.Errorf("noting that a wallet was open: %w", err)
	}
	return nil
}

// coins are those of the blocks, and then those that wait for one.
func (s *Service) coins(tx *gorm.DB, label string) ([]Coin, error) {
	scripts, err := follow.Scripts(tx, label)
	if err != nil {
		return nil, err
	}
	confirmed, err := follow.Paying(tx, scripts)
	if err != nil {
		return nil, err
	}
	coins := make([]Coin, 0, len(confirmed))
	there := make(map[wire.OutPoint]bool, len(confirmed))
	for _, c := range confirmed {
		there[c.Outpoint] = true
		coin := Coin{Outpoint: c.Outpoint, Value: c.Value, Script: c.Script, Height: c.Created.Height, Coinbase: c.Coinbase}
		if c.Spent != nil {
			coin.Spent = &Spend{Txid: c.Spent.Txid, Height: c.Spent.Block.Height}
		}
		coins = append(coins, coin)
	}
	for _, c := range s.waiting.paying(scripts) {
		if !there[c.Outpoint] {
			coins = append(coins, c)
		}
	}
	for i := range coins {
		if coins[i].Spent == nil {
			coins[i].Spent = s.waiting.spender(coins[i].Outpoint)
		}
	}
	slices.SortFunc(coins, Coin.compare)
	return coins[:min(len(coins), mostCoins)], nil
}

// compare puts unspent coins first, then the newest, in an order that never
// depends on chance.
func (c Coin) compare(other Coin) int {
	if (c.Spent == nil) != (other.Spent == nil) {
		if c.Spent == nil {
			return -1
		}
		return 1
	}
	return cmp.Or(
		-cmp.Compare(uint32(c.Height-1), uint32(other.Height-1)), // 0, not in a block, is the newest
		slices.Compare(c.Outpoint.Hash[:], other.Outpoint.Hash[:]),
		cmp.Compare(c.Outpoint.Index, other.Outpoint.Index),
	)
}

func (f Feed) tag() string {
	h := sha256.New()
	fmt.Fprintln(h, f.Height, f.Searching, f.From)
	for _, c := range f.Coins {
		c.write(h)
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

func (c Coin) write(w io.Writer) {
	spent := Spend{Height: -1}
	if c.Spent != nil {
		spent = *c.Spent
	}
	fmt.Fprintln(w, c.Outpoint, c.Height, spent.Txid, spent.Height)
}
