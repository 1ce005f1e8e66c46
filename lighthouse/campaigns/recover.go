package campaigns

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"time"

	"cairn/app/db"
	"cairn/lighthouse"

	"github.com/btcsuite/btcd/btcec/v2/schnorr"
	"gorm.io/gorm"
)

// challengeLife is how long a creator has to sign.
const challengeLife = 15 * time.Minute

// A challenge is when it ends (8 bytes), and a sum over that, the campaign and
// the hash of its key (16 bytes), in hexadecimal. As it holds for the key of
// now, using it ends it, and nothing is stored.
const challengeSize = 8 + 16

// RecoverMessage is the text that a creator who lost his link signs:
//
//	cairn campaign <campaign> <challenge>
//
// The signature is that of BIP-0340 by Creator.PublicKey over the SHA-256 of the
// text.
func RecoverMessage(id lighthouse.ID, challenge string) string {
	return "cairn campaign " + id.String() + " " + challenge
}

// Challenge begins to replace a campaign's key. Errors: lighthouse.ErrUnknown;
// ErrSignature when the campaign has no public key.
func (s *Service) Challenge(ctx context.Context, id lighthouse.ID) (string, error) {
	row, err := byID(s.cfg.DB.Read(ctx), id)
	if err != nil {
		return "", err
	}
	if len(row.PublicKey) == 0 {
		return "", fmt.Errorf("%w: it has none", ErrSignature)
	}
	ends := binary.BigEndian.AppendUint64(nil, uint64(s.now().Add(challengeLife).Unix()))
	return hex.EncodeToString(append(ends, s.challengeSum(ends, row)...)), nil
}

func (s *Service) challengeSum(ends []byte, row campaignRecord) []byte {
	mac := hmac.New(sha256.New, s.cfg.Secret[:])
	for _, part := range [][]byte{ends, row.ID, row.KeyHash} { // each of one length
		mac.Write(part)
	}
	return mac.Sum(nil)[:challengeSize-8]
}

// Recover replaces a campaign's key for the one who signs the challenge; the
// old link does not work any more, nor do accounts that kept it: whoever has it
// may be a thief. Errors: lighthouse.ErrUnknown, ErrChallenge,
// ErrSignature.
func (s *Service) Recover(ctx context.Context, id lighthouse.ID, challenge string, signature []byte) (lighthouse.Key, error) {
	key, err := lighthouse.NewKey(s.cfg.Rand)
	if err != nil {
		return key, fmt.Errorf("draw a campaign's key: %w", err)
	}
	err = s.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		row, err := byID(tx, id)
		if err != nil {
			return err
		}
		if err := s.checkChallenge(challenge, row); err != nil {
			return err
		}
		if err := checkSignature(row, challenge, signature); err != nil {
			return err
		}
		if err := tx.Model(&campaignRecord{}).Where("id = ?", id[:]).Update("key_hash", hashKey(key)).Error; err != nil {
			return fmt.Errorf("replace a campaign's key: %w", db.Classify(err))
		}
		for _, table := range []any{&accountRecord{}, &keyRecord{}} {
			if err := tx.Where("campaign = ?", id[:]).Delete(table).Error; err != nil {
				return fmt.Errorf("drop a campaign's other keys: %w", err)
			}
		}
		return nil
	})
	if err != nil {
		return lighthouse.Key{}, err
	}
	return key, nil
}

func (s *Service) checkChallenge(challenge string, row campaignRecord) error {
	raw, err := hex.DecodeString(challenge)
	if err != nil || len(raw) != challengeSize {
		return fmt.Errorf("%w: it is not one", ErrChallenge)
	}
	if !hmac.Equal(raw[8:], s.challengeSum(raw[:8], row)) {
		return fmt.Errorf("%w: it was used, or is another campaign's", ErrChallenge)
	}
	if s.now().Unix() > int64(binary.BigEndian.Uint64(raw[:8])) {
		return fmt.Errorf("%w: its time is over", ErrChallenge)
	}
	return nil
}

func checkSignature(row campaignRecord, challenge string, signature []byte) error {
	key, err := schnorr.ParsePubKey(row.PublicKey)
	if err != nil {
		return fmt.Errorf("%w: the campaign has no key", ErrSignature)
	}
	parsed, err := schnorr.ParseSignature(signature)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSignature, err)
	}
	digest := sha256.Sum256([]byte(RecoverMessage(lighthouse.ID(row.ID), challenge)))
	if !parsed.Verify(digest[:], key) {
		return ErrSignature
	}
	return nil
}
