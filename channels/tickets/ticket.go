package tickets

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/cloudflare/circl/blindsign/blindrsa"
	"gorm.io/gorm"
)

// Ticket is a number and its signature.
type Ticket struct {
	Key       KeyID
	Number    [numberSize]byte
	Signature [signatureSize]byte
}

// Scheme is under which tickets are shown in an Authorization header, several
// with commas between.
const Scheme = "Ticket"

// size of a ticket: key, number, signature.
const size = len(KeyID{}) + numberSize + signatureSize

// Text is the ticket in base64url without padding. Whoever has it can use it.
func (t Ticket) Text() string {
	raw := append(append(append(make([]byte, 0, size), t.Key[:]...), t.Number[:]...), t.Signature[:]...)
	return base64.RawURLEncoding.EncodeToString(raw)
}

// String hides what the ticket is worth.
func (t Ticket) String() string { return "a ticket of key " + t.Key.String() }

// Parse reads one ticket, without looking at its signature. Errors: ErrTicket.
func Parse(text string) (Ticket, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != size {
		return Ticket{}, fmt.Errorf("%w: %d characters", ErrTicket, len(text))
	}
	var t Ticket
	copy(t.Key[:], raw)
	copy(t.Number[:], raw[len(t.Key):])
	copy(t.Signature[:], raw[len(t.Key)+numberSize:])
	return t, nil
}

// atOnce is how many tickets one request may show.
const atOnce = 10

// IsCredential reports whether an Authorization header shows tickets.
func IsCredential(authorization string) bool {
	scheme, _, _ := strings.Cut(authorization, " ")
	return strings.EqualFold(scheme, Scheme)
}

// ParseCredential reads the tickets of an Authorization header. Errors:
// ErrTicket, ErrTwice, ErrCount.
func ParseCredential(authorization string) ([]Ticket, error) {
	_, list, _ := strings.Cut(authorization, " ")
	parts := strings.Split(list, ",")
	if len(parts) > atOnce {
		return nil, fmt.Errorf("%w: %d", ErrCount, len(parts))
	}
	seen := make(map[[sha256.Size]byte]bool)
	var out []Ticket
	for _, part := range parts {
		t, err := Parse(strings.TrimSpace(part))
		if err != nil {
			return nil, err
		}
		if seen[t.name()] {
			return nil, ErrTwice
		}
		seen[t.name()] = true
		out = append(out, t)
	}
	return out, nil
}

// name is under which a ticket is kept once it was used.
func (t Ticket) name() [sha256.Size]byte { return sha256.Sum256(t.Number[:]) }

// Verify checks that tickets are ours and not too old, not whether they were
// used. Errors: ErrTicket, ErrKey.
func (s *Service) Verify(ctx context.Context, list []Ticket) error {
	keys := make(map[KeyID]blindrsa.Verifier)
	for _, t := range list {
		v, ok := keys[t.Key]
		if !ok {
			key, err := s.Key(ctx, t.Key)
			if err != nil {
				return err
			}
			if v, err = blindrsa.NewVerifier(blindrsa.SHA384PSSDeterministic, key.Public); err != nil {
				return fmt.Errorf("%w: %w", ErrKey, err)
			}
			keys[t.Key] = v
		}
		if v.Verify(t.Number[:], t.Signature[:]) != nil {
			return fmt.Errorf("%w: its signature", ErrTicket)
		}
	}
	return nil
}

type spendRecord struct {
	Ticket []byte `gorm:"primaryKey"`
	KeyID  []byte
	Name   []byte
}

func (spendRecord) TableName() string { return "ticket_spends" }

// Spend uses tickets, all or none, for one thing; name is that of the thing.
// Under the same name they are no error and nothing is used again. They must
// have been verified. Errors: ErrSpent.
func (s *Service) Spend(ctx context.Context, list []Ticket, name [sha256.Size]byte) error {
	return s.db.Transact(ctx, func(tx *gorm.DB) error {
		keys := make([][]byte, len(list))
		rows := make([]spendRecord, len(list))
		for i, t := range list {
			kept := t.name()
			keys[i], rows[i] = kept[:], spendRecord{Ticket: kept[:], KeyID: t.Key[:], Name: name[:]}
		}
		var before []spendRecord
		if err := tx.Where("ticket IN ?", keys).Find(&before).Error; err != nil {
			return fmt.Errorf("look for used tickets: %w", err)
		}
		for _, r := range before {
			if string(r.Name) != string(name[:]) {
				return ErrSpent
			}
		}
		if len(before) == len(list) {
			return nil
		}
		if len(before) > 0 {
			return ErrSpent // some of them, with others, for this very thing
		}
		if err := tx.Create(&rows).Error; err != nil {
			return fmt.Errorf("use tickets: %w", err)
		}
		return nil
	})
}

// GiveBack makes tickets good again that were used for a thing which was not
// done. Errors: none for those that were not used.
func (s *Service) GiveBack(ctx context.Context, name [sha256.Size]byte) error {
	return s.db.Transact(ctx, func(tx *gorm.DB) error {
		return tx.Where("name = ?", name[:]).Delete(&spendRecord{}).Error
	})
}
