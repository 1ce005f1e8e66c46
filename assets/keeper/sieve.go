package keeper

import (
	"context"
	"errors"
	"sync"

	"cairn/chain"

	"github.com/btcsuite/btcd/wire"
)

// Book is the ledger as a Sieve asks it; *ledger.Ledger is one.
type Book interface {
	Ledger
	Tip(ctx context.Context) (chain.BlockRef, error)
}

// Sieve tells which coins of the wallet surely hold no units when a payment chooses
// its coins. The keeper comes later: a coin may be there to spend before the ledger
// has read the block that made it, and before anybody has protected it. It is safe
// for concurrent use.
type Sieve struct {
	book Book
	// tip is the height of the last block that the wallet knows.
	tip func(ctx context.Context) (int32, error)

	mu sync.Mutex
	// plain are coins that hold nothing. What a transaction's outputs hold hangs on
	// those that it comes from, which its id commits to, so that it stays so.
	plain map[wire.OutPoint]bool
}

const (
	// mostPlain is how many coins are remembered.
	mostPlain = 20_000
	// farBehind is how many blocks a ledger lacks that reads an old chain for the
	// first time: it may take days, in which the node has to pay.
	farBehind = 144
)

// NewSieve makes a sieve for a wallet that has read the chain up to a tip.
func NewSieve(b Book, tip func(ctx context.Context) (int32, error)) *Sieve {
	return &Sieve{book: b, tip: tip, plain: map[wire.OutPoint]bool{}}
}

// Plain are those of confirmed coins, told by how many blocks they have upon them and
// their own, that hold nothing. One whose block the ledger has not read is not among
// them, unless the ledger has hardly begun to read: then nobody knows better.
func (s *Sieve) Plain(ctx context.Context, coins map[wire.OutPoint]int64) (map[wire.OutPoint]bool, error) {
	out := make(map[wire.OutPoint]bool, len(coins))
	var ask []wire.OutPoint
	s.mu.Lock()
	for at := range coins {
		if s.plain[at] {
			out[at] = true
		} else {
			ask = append(ask, at)
		}
	}
	s.mu.Unlock()
	if len(ask) == 0 {
		return out, nil
	}
	read, err := s.book.Tip(ctx)
	if errors.Is(err, chain.ErrNoBlock) {
		for _, at := range ask {
			out[at] = true
		}
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	known, err := s.tip(ctx)
	if err != nil {
		return nil, err
	}
	var placed []wire.OutPoint
	for _, at := range ask {
		switch height := int64(known) - coins[at] + 1; {
		case height <= int64(read.Height):
			placed = append(placed, at)
		case read.Height+farBehind < known:
			out[at] = true
		}
	}
	held, err := s.book.Holdings(ctx, placed...)
	if err != nil {
		return nil, err
	}
	colored := make(map[wire.OutPoint]bool, len(held))
	for _, c := range held {
		colored[c.OutPoint] = true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.plain) > mostPlain {
		clear(s.plain)
	}
	for _, at := range placed {
		if !colored[at] {
			s.plain[at], out[at] = true, true
		}
	}
	return out, nil
}
