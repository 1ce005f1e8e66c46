package tickets

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"cairn/app/db"

	"gorm.io/gorm"
)

// KeyID names a key: the first bytes of the SHA-256 of its public part.
type KeyID [8]byte

// String is the id in 16 hexadecimal digits.
func (id KeyID) String() string { return hex.EncodeToString(id[:]) }

// ParseKeyID reads 16 hexadecimal digits. Errors: ErrKey.
func ParseKeyID(text string) (id KeyID, err error) {
	if len(text) != 2*len(id) {
		return KeyID{}, ErrKey
	}
	if _, err := hex.Decode(id[:], []byte(text)); err != nil {
		return KeyID{}, ErrKey
	}
	return id, nil
}

// Key is the public part of one.
type Key struct {
	ID     KeyID
	Public *rsa.PublicKey
	// SPKI is Public in DER (RFC 5280, SubjectPublicKeyInfo).
	SPKI []byte
	// SoldUntil ends its sale, GoodUntil the use of its tickets.
	SoldUntil, GoodUntil time.Time
}

type keyRecord struct {
	ID        []byte `gorm:"primaryKey"`
	Epoch     int64
	Public    []byte
	Private   []byte
	SoldUntil int64
	GoodUntil int64
}

func (keyRecord) TableName() string { return "ticket_keys" }

func (r keyRecord) key() (Key, error) {
	parsed, err := x509.ParsePKIXPublicKey(r.Public)
	public, ok := parsed.(*rsa.PublicKey)
	if err != nil || !ok || len(r.ID) != len(KeyID{}) {
		return Key{}, fmt.Errorf("%w: the ticket key %x", db.ErrCorrupt, r.ID)
	}
	return Key{
		ID: KeyID(r.ID), Public: public, SPKI: r.Public,
		SoldUntil: time.Unix(r.SoldUntil, 0).UTC(), GoodUntil: time.Unix(r.GoodUntil, 0).UTC(),
	}, nil
}

// bits is the size of the keys; a signature has as many.
const bits = 2048

// epochOf numbers the times of sale.
func (s *Service) epochOf(t time.Time) int64 { return t.Unix() / int64(s.cfg.Epoch/time.Second) }

// Selling is the key that signs now. The first to ask for one in an epoch has it
// made.
func (s *Service) Selling(ctx context.Context) (Key, error) {
	r, err := s.selling(ctx)
	if err != nil {
		return Key{}, err
	}
	return r.key()
}

func (s *Service) selling(ctx context.Context) (keyRecord, error) {
	epoch := s.epochOf(s.now())
	var r keyRecord
	err := s.db.Read(ctx).Where("epoch = ?", epoch).Take(&r).Error
	if err == nil || !errors.Is(err, gorm.ErrRecordNotFound) {
		return r, err
	}
	s.making.Lock()
	defer s.making.Unlock()
	fresh, err := s.make(epoch)
	if err != nil {
		return keyRecord{}, err
	}
	err = s.db.Transact(ctx, func(tx *gorm.DB) error {
		err := tx.Where("epoch = ?", epoch).Take(&r).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			r = fresh
			err = tx.Create(&fresh).Error
		}
		return err
	})
	if err != nil {
		return keyRecord{}, fmt.Errorf("keep a ticket key: %w", err)
	}
	return r, nil
}

// make makes the key of an epoch.
func (s *Service) make(epoch int64) (keyRecord, error) {
	private, err := rsa.GenerateKey(s.cfg.Rand, bits)
	if err != nil {
		return keyRecord{}, fmt.Errorf("make a ticket key: %w", err)
	}
	public, err := x509.MarshalPKIXPublicKey(&private.PublicKey)
	if err != nil {
		return keyRecord{}, fmt.Errorf("make a ticket key: %w", err)
	}
	sum := sha256.Sum256(public)
	id := KeyID(sum[:])
	sealed, err := s.seal(id, x509.MarshalPKCS1PrivateKey(private))
	if err != nil {
		return keyRecord{}, err
	}
	end := func(epoch int64) int64 { return (epoch + 1) * int64(s.cfg.Epoch/time.Second) }
	return keyRecord{ID: id[:], Epoch: epoch, Public: public, Private: sealed, SoldUntil: end(epoch), GoodUntil: end(epoch + 1)}, nil
}

func (s *Service) sealer() (cipher.AEAD, error) {
	block, err := aes.NewCipher(s.cfg.Secret[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// seal encrypts a private key under the id it belongs to.
func (s *Service) seal(id KeyID, private []byte) ([]byte, error) {
	aead, err := s.sealer()
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, aead.NonceSize())
	if _, err := io.ReadFull(s.cfg.Rand, nonce); err != nil {
		return nil, fmt.Errorf("seal a ticket key: %w", err)
	}
	return aead.Seal(nonce, nonce, private, id[:]), nil
}

func (s *Service) open(r keyRecord) (*rsa.PrivateKey, error) {
	aead, err := s.sealer()
	if err != nil {
		return nil, err
	}
	if len(r.Private) < aead.NonceSize() {
		return nil, fmt.Errorf("%w: the ticket key %x", db.ErrCorrupt, r.ID)
	}
	nonce, sealed := r.Private[:aead.NonceSize()], r.Private[aead.NonceSize():]
	raw, err := aead.Open(nil, nonce, sealed, r.ID)
	if err != nil {
		return nil, fmt.Errorf("%w: the ticket key %x cannot be opened", db.ErrCorrupt, r.ID)
	}
	private, err := x509.ParsePKCS1PrivateKey(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: the ticket key %x: %w", db.ErrCorrupt, r.ID, err)
	}
	return private, nil
}

// Key is one whose tickets are good now. Errors: ErrKey.
func (s *Service) Key(ctx context.Context, id KeyID) (Key, error) {
	r, err := s.keyRecord(ctx, id)
	if err != nil {
		return Key{}, err
	}
	return r.key()
}

func (s *Service) keyRecord(ctx context.Context, id KeyID) (keyRecord, error) {
	var r keyRecord
	err := s.db.Read(ctx).Where("id = ? AND good_until > ?", id[:], s.now().Unix()).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return keyRecord{}, fmt.Errorf("%w: %s", ErrKey, id)
	}
	if err != nil {
		return keyRecord{}, fmt.Errorf("read a ticket key: %w", err)
	}
	return r, nil
}
