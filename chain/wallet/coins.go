package wallet

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"sort"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
	"github.com/lightningnetwork/lnd/lnrpc"
	"github.com/lightningnetwork/lnd/lnrpc/walletrpc"
)

// Class is what a coin of the wallet may be used for.
type Class string

// The classes.
const (
	// Fee coins pay for whatever the node does.
	Fee Class = "fee"
	// Protected coins carry more than satoshi (colored outputs, say); no
	// payment of ours or of lnd's may spend them.
	Protected Class = "protected"
)

// Coin is one unspent output of the wallet.
type Coin struct {
	wire.OutPoint
	Value         btcutil.Amount
	Script        []byte
	Confirmations int64
	Class         Class
	// Reason says why a coin is protected.
	Reason string
	// Leased: reserved, by a payment of ours under way or by lnd.
	Leased bool
}

func (c Coin) out() *wire.TxOut { return wire.NewTxOut(int64(c.Value), c.Script) }

// ListCoins lists all coins of the wallet, with the leased ones, in the order of
// their outpoints. Confirmations of leased coins are not known and read 0.
func (w *Wallet) ListCoins(ctx context.Context) ([]Coin, error) {
	protected, err := w.store.protected(ctx)
	if err != nil {
		return nil, err
	}
	free, err := w.unspent(ctx, 0)
	if err != nil {
		return nil, err
	}
	leases, err := w.leases(ctx)
	if err != nil {
		return nil, err
	}
	seen := make(map[wire.OutPoint]bool)
	var coins []Coin
	add := func(c Coin) {
		if seen[c.OutPoint] {
			return
		}
		seen[c.OutPoint] = true
		c.Class = Fee
		if reason, ok := protected[c.OutPoint]; ok {
			c.Class, c.Reason = Protected, reason
		}
		coins = append(coins, c)
	}
	for _, l := range leases {
		add(l.coin)
	}
	for _, c := range free {
		add(c)
	}
	sort.Slice(coins, func(i, j int) bool { return less(coins[i].OutPoint, coins[j].OutPoint) })
	return coins, nil
}

func less(a, b wire.OutPoint) bool {
	if c := bytes.Compare(a.Hash[:], b.Hash[:]); c != 0 {
		return c < 0
	}
	return a.Index < b.Index
}

// unspent asks the node for the coins nothing has leased.
func (w *Wallet) unspent(ctx context.Context, minConfs int32) ([]Coin, error) {
	answer, err := w.kit.ListUnspent(ctx, &walletrpc.ListUnspentRequest{MinConfs: minConfs})
	if err != nil {
		return nil, fmt.Errorf("ask the node for its coins: %w", err)
	}
	coins := make([]Coin, 0, len(answer.Utxos))
	for _, u := range answer.Utxos {
		script, err := hex.DecodeString(u.PkScript)
		if err != nil {
			return nil, fmt.Errorf("read a coin's script: %w", err)
		}
		op, err := outpointOf(u.Outpoint)
		if err != nil {
			return nil, err
		}
		coins = append(coins, Coin{
			OutPoint: op, Value: btcutil.Amount(u.AmountSat), Script: script, Confirmations: u.Confirmations,
		})
	}
	return coins, nil
}

func outpointOf(o *lnrpc.OutPoint) (wire.OutPoint, error) {
	hash, err := chainhash.NewHash(o.GetTxidBytes())
	if err != nil {
		return wire.OutPoint{}, fmt.Errorf("read a coin's transaction id: %w", err)
	}
	return wire.OutPoint{Hash: *hash, Index: o.OutputIndex}, nil
}

// minCoin is the smallest fee coin worth choosing. Smaller ones, when a
// stranger sent them, are mostly there to link the wallet's coins.
const minCoin = btcutil.Amount(1000)

// feeCoins are the coins a payment may choose from: confirmed, not leased, not
// protected, not lent, not spent by a transaction of ours that waits for a
// block, of a kind that we can weigh, and money alone.
func (w *Wallet) feeCoins(ctx context.Context) ([]Coin, error) {
	protected, err := w.store.protected(ctx)
	if err != nil {
		return nil, err
	}
	inFlight, err := w.store.inFlight(ctx)
	if err != nil {
		return nil, err
	}
	lent, err := w.store.lent(ctx, w.now())
	if err != nil {
		return nil, err
	}
	coins, err := w.unspent(ctx, 1)
	if err != nil {
		return nil, err
	}
	usable := coins[:0]
	for _, c := range coins {
		_, isProtected := protected[c.OutPoint]
		if isProtected || inFlight[c.OutPoint] || lent[c.OutPoint] || c.Value < minCoin || !weighable(c.Script) {
			continue
		}
		usable = append(usable, c)
	}
	return w.plain(ctx, usable)
}

// plain leaves out coins that are more than money, or may be.
func (w *Wallet) plain(ctx context.Context, coins []Coin) ([]Coin, error) {
	if w.cfg.Plain == nil || len(coins) == 0 {
		return coins, nil
	}
	ask := make(map[wire.OutPoint]int64, len(coins))
	for _, c := range coins {
		ask[c.OutPoint] = c.Confirmations
	}
	plain, err := w.cfg.Plain(ctx, ask)
	if err != nil {
		return nil, fmt.Errorf("ask which coins are money: %w", err)
	}
	return slices.DeleteFunc(coins, func(c Coin) bool { return !plain[c.OutPoint] }), nil
}

// weighable reports whether the weight of a spend is known beforehand: the two
// kinds of key-path outputs the wallet's addresses make.
func weighable(script []byte) bool {
	return txscript.IsPayToWitnessPubKeyHash(script) || txscript.IsPayToTaproot(script)
}

// Protect takes coins out of every payment for as long as they exist. The book
// in the database is written first and decides; the lease that keeps lnd's own
// payments away is taken now if the coin is known to lnd, and again and again by
// KeepLeases. A coin that one of our waiting transactions spends already gives
// chain.ErrProtected, and nothing is changed.
func (w *Wallet) Protect(ctx context.Context, reason string, coins ...wire.OutPoint) error {
	w.choosing.Lock()
	defer w.choosing.Unlock()
	if err := w.store.protect(ctx, w.now(), reason, coins); err != nil {
		return err
	}
	for _, op := range coins {
		if err := w.lease(ctx, protectedID, op, protectedLease); err != nil && !taken(err) {
			return err
		}
	}
	return nil
}

// Unprotect makes protected coins fee coins again.
func (w *Wallet) Unprotect(ctx context.Context, coins ...wire.OutPoint) error {
	if err := w.store.unprotect(ctx, coins); err != nil {
		return err
	}
	for _, op := range coins {
		if err := w.release(ctx, protectedID, op); err != nil && !taken(err) {
			return err
		}
	}
	return nil
}
