package carrier

import (
	"fmt"
	"slices"
	"time"

	"cairn/app/db"
	"cairn/app/db/outbox"
	"cairn/chain"
	"cairn/notary"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"gorm.io/gorm"
)

// Book names the tables of one kind of owner: what is carried, and the
// transactions made for it. The names are those of the migrations, never a
// visitor's.
type Book struct {
	// Owners has the columns id, confirmed_by, and Carried with the 32 bytes.
	Owners, Carried string
	// Attempts has the columns of an Attempt, and Key for its owner.
	Attempts, Key string
}

// Attempt is a transaction signed for an owner, with its entry in the outbox.
type Attempt struct {
	Owner     int64
	Number    int64
	OutboxKey string
	Txid      []byte
	RateKw    int64
	// MadeAt is the height of the chain when it was signed.
	MadeAt int32
	// The block, and the way from what is carried to the attestation, while
	// it is in a block of the best chain.
	Height    *int32
	BlockHash []byte
	BlockTime *int64
	Path      []byte

	Entry outbox.Entry `gorm:"-"`
}

// Block is the block that the attempt is in; the zero value without one.
func (a Attempt) Block() chain.BlockRef {
	if a.Height == nil {
		return chain.BlockRef{}
	}
	return chain.BlockRef{Height: *a.Height, Hash: hashOf(a.BlockHash)}
}

func hashOf(raw []byte) (hash chainhash.Hash) {
	copy(hash[:], raw)
	return hash
}

// AttemptsOf lists the transactions of an owner, oldest first.
func (b Book) AttemptsOf(tx *gorm.DB, owner int64) ([]Attempt, error) {
	var attempts []Attempt
	err := tx.Raw(`SELECT `+b.Key+` AS owner, number, outbox_key, txid, rate_kw, made_at, height, block_hash, block_time, path
		FROM `+b.Attempts+` WHERE `+b.Key+` = ? ORDER BY number`, owner).Scan(&attempts).Error
	if err != nil {
		return nil, fmt.Errorf("read attempts of %s %d: %w", b.Owners, owner, db.Classify(err))
	}
	for i, a := range attempts {
		if attempts[i].Entry, err = outbox.Get(tx, a.OutboxKey); err != nil {
			return nil, fmt.Errorf("read attempt %d of %s %d: %w", a.Number, b.Owners, owner, err)
		}
	}
	return attempts, nil
}

// Current is the attempt that stands for its owner: the one in a block, else
// the newest that may still get there, else nil.
func Current(attempts []Attempt, confirmedBy *int64) *Attempt {
	var newest *Attempt
	for i := range attempts {
		a := &attempts[i]
		if confirmedBy != nil && a.Number == *confirmedBy {
			return a
		}
		if a.Entry.State == outbox.Stored || a.Entry.State == outbox.Broadcast || a.Entry.State == outbox.Confirmed {
			newest = a
		}
	}
	return newest
}

// Standing is how far an owner's transactions have come.
type Standing struct {
	// Confirmed is the attempt in a block, Current that or the one that stands
	// for the owner; nil for none.
	Confirmed, Current *Attempt
	// Bumps counts how often the fee was raised.
	Bumps int
}

// StandingOf reads it. confirmedBy was read before, so that whatever a block
// did between counts later, and only an attempt with its block counts here.
func (b Book) StandingOf(tx *gorm.DB, owner int64, confirmedBy *int64) (Standing, error) {
	attempts, err := b.AttemptsOf(tx, owner)
	if err != nil {
		return Standing{}, err
	}
	s := Standing{Current: Current(attempts, confirmedBy)}
	if s.Current != nil && confirmedBy != nil && s.Current.Height != nil {
		s.Confirmed = s.Current
	}
	for i := range attempts {
		if attempts[i].Entry.ReplacesKey != "" && (s.Current == nil || attempts[i].Number <= s.Current.Number) {
			s.Bumps++
		}
	}
	return s, nil
}

// Describe sets what is known of the transaction and its block; state.Needed
// is set already. A transaction that was not sent yet is not spoken of.
func (s Standing) Describe(state *notary.AnchorState, tip chain.BlockRef) {
	state.Bumps = s.Bumps
	if s.Current == nil {
		return
	}
	sent := s.Current.Entry.FirstBroadcastAt
	if s.Confirmed == nil && sent.IsZero() {
		return
	}
	state.Txid, state.Fee, state.BroadcastAt = hashOf(s.Current.Txid), s.Current.Entry.Fee, sent
	if s.Confirmed != nil {
		state.Block, state.BlockTime = s.Confirmed.Block(), time.Unix(*s.Confirmed.BlockTime, 0).UTC()
		state.Confirmations = min(max(tip.Height-state.Block.Height+1, 1), state.Needed)
	}
}

// giveUp abandons the attempts that a block made impossible, newest first, so
// that a reorg does not bring them back beside the one that takes their place.
func (b Book) giveUp(tx *gorm.DB, owner int64) error {
	attempts, err := b.AttemptsOf(tx, owner)
	if err != nil {
		return err
	}
	for _, a := range slices.Backward(attempts) {
		if a.Entry.State != outbox.Conflicted {
			continue
		}
		if err := outbox.Abandon(tx, a.OutboxKey, "another attempt takes its place"); err != nil {
			return fmt.Errorf("give up attempt %d of %s %d: %w", a.Number, b.Owners, owner, err)
		}
	}
	return nil
}

// Moved counts up the version that every process watches.
func Moved(tx *gorm.DB) error {
	if err := tx.Exec("UPDATE notary_state SET version = version + 1 WHERE id = 1").Error; err != nil {
		return fmt.Errorf("count up the notary's version: %w", err)
	}
	return nil
}
