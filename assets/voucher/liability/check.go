package liability

import (
	"encoding/hex"
	"fmt"
	"math"
	"time"
)

// Check says whether a statement is complete, and its numbers go together. Errors:
// ErrFormat, ErrSums.
func (s Statement) Check() error {
	no := func(why string) error { return fmt.Errorf("%w: %s", ErrFormat, why) }
	hash, err := hex.DecodeString(s.Block.Hash)
	at, wrong := time.Parse(time.RFC3339, s.MadeAt)
	switch {
	case s.Cairn != "liability" || s.Version != 1:
		return no("it is of another kind or version")
	case s.Network == "" || s.Shop.Slug == "":
		return no("it names no network or no shop")
	case wrong != nil || at.UTC().Format(time.RFC3339) != s.MadeAt:
		return no("its time is not in UTC")
	case err != nil || len(hash) != 32 || s.Block.Height < 0:
		return no("it names no block")
	case s.Assets == nil || s.Series == nil:
		return no("a list is missing")
	}
	known := make(map[string]bool, len(s.Series))
	for _, one := range s.Series {
		if known[one.ID] {
			return no("a series is in it twice")
		}
		known[one.ID] = true
		if err := one.check(); err != nil {
			return err
		}
	}
	seen := make(map[string]bool, len(s.Assets))
	for _, one := range s.Assets {
		if seen[one.Asset] {
			return no("an asset is in it twice")
		}
		seen[one.Asset] = true
		for _, id := range one.Series {
			if !known[id] {
				return no("an asset is of a series that is not in it")
			}
		}
		if err := one.check(); err != nil {
			return err
		}
	}
	return nil
}

// At is when the statement was made.
func (s Statement) At() time.Time {
	at, _ := time.Parse(time.RFC3339, s.MadeAt) // Check has read it
	return at
}

func (o Owed) check() error {
	hash, err := hex.DecodeString(o.Ledger)
	if err != nil || len(hash) != 32 {
		return fmt.Errorf("%w: %s names no ledger", ErrFormat, o.Asset)
	}
	if sum, ok := add(o.Returned, o.Outstanding); !ok || sum != o.Supply || o.Booked < 0 {
		return fmt.Errorf("%w: of %s", ErrSums, o.Asset)
	}
	return nil
}

func (s Series) check() error {
	sum, ok := add(s.Redeemed, s.Booked, s.Outstanding, s.Expired, s.Reclaimed, s.Claimed, s.Gone, s.Lost)
	if !ok || sum != s.Issued || s.Vouchers < 0 {
		return fmt.Errorf("%w: of series %s", ErrSums, s.ID)
	}
	return nil
}

// add adds numbers from 0 on; false where one is not, or they are too large.
func add(parts ...int64) (sum int64, ok bool) {
	for _, n := range parts {
		if n < 0 || sum > math.MaxInt64-n {
			return 0, false
		}
		sum += n
	}
	return sum, true
}
