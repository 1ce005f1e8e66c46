package payout

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"time"

	"cairn/channels/amount"

	"gorm.io/gorm"
)

// Word is the one-time word of an offer (LUD-03: k1). Whoever knows it may take
// the offer, so it is shown to the owner alone and never logged.
type Word [32]byte

// String hides it.
func (Word) String() string { return "the word of an offer" }

// Offer is credit that a wallet may take with one invoice.
type Offer struct {
	Owner     string
	Most      amount.MilliSatoshi
	ExpiresAt time.Time
}

// linkLife is how long an offer stands.
const linkLife = 10 * time.Minute

// Offer offers all of an owner's credit to a wallet, once, and ends the offers
// made to him before. Errors: ErrNothing.
func (s *Service) Offer(ctx context.Context, owner string) (Word, Offer, error) {
	credit, err := s.Credit(ctx, owner)
	if err != nil {
		return Word{}, Offer{}, err
	}
	most := Most(credit)
	if most < Least {
		return Word{}, Offer{}, ErrNothing
	}
	var word Word
	if _, err := io.ReadFull(s.cfg.Rand, word[:]); err != nil {
		return Word{}, Offer{}, fmt.Errorf("make an offer: %w", err)
	}
	sum := sha256.Sum256(word[:])
	r := linkRecord{Word: sum[:], Owner: owner, MostMsat: int64(most), ExpiresAt: s.now().Add(linkLife).Unix()}
	err = s.db.Transact(ctx, func(tx *gorm.DB) error {
		if err := tx.Where("owner = ?", owner).Delete(&linkRecord{}).Error; err != nil {
			return fmt.Errorf("end old offers: %w", err)
		}
		return tx.Create(&r).Error
	})
	if err != nil {
		return Word{}, Offer{}, err
	}
	return word, r.offer(), nil
}

func (l linkRecord) offer() Offer {
	return Offer{Owner: l.Owner, Most: amount.MilliSatoshi(l.MostMsat), ExpiresAt: time.Unix(l.ExpiresAt, 0).UTC()}
}

// Offered is the offer behind a word. Errors: ErrLink.
func (s *Service) Offered(ctx context.Context, word Word) (Offer, error) {
	l, err := s.link(ctx, word)
	if err != nil {
		return Offer{}, err
	}
	return l.offer(), nil
}

func (s *Service) link(ctx context.Context, word Word) (linkRecord, error) {
	var l linkRecord
	sum := sha256.Sum256(word[:])
	err := s.db.Read(ctx).Where("word = ? AND expires_at > ?", sum[:], s.now().Unix()).Take(&l).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return linkRecord{}, ErrLink
	}
	if err != nil {
		return linkRecord{}, fmt.Errorf("look for an offer: %w", err)
	}
	return l, nil
}

// Take has an offer paid to a wallet's invoice. The offer is used up with it;
// after an error it stands as before. Errors: ErrLink; those of Begin.
func (s *Service) Take(ctx context.Context, word Word, text string) (Payout, error) {
	l, err := s.link(ctx, word)
	if err != nil {
		return Payout{}, err
	}
	return s.begin(ctx, Request{Owner: l.Owner, Invoice: text}, &l)
}
