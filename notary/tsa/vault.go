package tsa

import (
	"context"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"cairn/app/db"

	"gorm.io/gorm"
)

// Secret seals the private keys of an authority of our own in the database.
// Replicas that have the same one share the authority; each other secret has
// one of its own, so that losing the secret costs no more than a new root.
type Secret [32]byte

// vault keeps one authority in the database's settings, sealed.
type vault struct {
	db     *db.DB
	secret Secret
	host   string
	random io.Reader
}

// name is the setting of this secret's authority; it gives nothing away of it.
func (v *vault) name() string {
	sum := sha256.Sum256(append([]byte("cairn time-stamp authority, its name"), v.secret[:]...))
	return "tsa/" + hex.EncodeToString(sum[:8])
}

func (v *vault) cipher() (cipher.AEAD, error) {
	key := sha256.Sum256(append([]byte("cairn time-stamp authority, its seal"), v.secret[:]...))
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// sealed is what is in the setting. Keys are PKCS #8, certificates DER, times
// Unix seconds.
type sealed struct {
	RootKey  []byte `json:"rootKey"`
	Root     []byte `json:"root"`
	LeafKey  []byte `json:"leafKey"`
	Leaf     []byte `json:"leaf"`
	RetireAt int64  `json:"retireAt"`
}

// signer is the authority's signer at now: made at the first call, and renewed
// when its time is over, by whichever replica comes first.
func (v *vault) signer(ctx context.Context, now time.Time) (*credentials, error) {
	var signer *credentials
	err := v.db.Transact(ctx, func(tx *gorm.DB) error {
		a, err := v.read(tx)
		switch {
		case errors.Is(err, db.ErrNoSetting):
			a, err = newAuthority(v.host, now, v.random)
		case err != nil:
			return err
		case now.Before(a.signer.retire):
			signer = a.signer
			return nil
		case a.outlives(now):
			err = a.renew(v.host, now, v.random)
		default:
			a, err = newAuthority(v.host, now, v.random)
		}
		if err != nil {
			return err
		}
		signer = a.signer
		if err := putChain(tx, signer, now); err != nil {
			return err
		}
		return v.write(tx, a)
	})
	if err != nil {
		return nil, fmt.Errorf("open the time-stamp authority: %w", err)
	}
	return signer, nil
}

func (v *vault) read(tx *gorm.DB) (*authority, error) {
	raw, err := db.Setting(tx, v.name())
	if err != nil {
		return nil, err
	}
	seal, err := v.cipher()
	if err != nil {
		return nil, err
	}
	plain, err := seal.Open(nil, nil, raw, []byte(v.name()))
	if err != nil {
		return nil, errors.New("the sealed keys were changed")
	}
	var s sealed
	if err := json.Unmarshal(plain, &s); err != nil {
		return nil, errors.New("the sealed keys cannot be read")
	}
	return s.open()
}

func (s *sealed) open() (*authority, error) {
	rootKey, err := parseKey(s.RootKey)
	if err != nil {
		return nil, err
	}
	leafKey, err := parseKey(s.LeafKey)
	if err != nil {
		return nil, err
	}
	root, err := x509.ParseCertificate(s.Root)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(s.Leaf)
	if err != nil {
		return nil, err
	}
	return &authority{rootKey: rootKey, root: root, signer: &credentials{
		key: leafKey, leaf: leaf, chain: []*x509.Certificate{leaf, root}, retire: time.Unix(s.RetireAt, 0).UTC(),
	}}, nil
}

func (v *vault) write(tx *gorm.DB, a *authority) error {
	s := sealed{Root: a.root.Raw, Leaf: a.signer.leaf.Raw, RetireAt: a.signer.retire.Unix()}
	for _, k := range []struct {
		into *[]byte
		key  crypto.Signer
	}{{&s.RootKey, a.rootKey}, {&s.LeafKey, a.signer.key}} {
		der, err := x509.MarshalPKCS8PrivateKey(k.key)
		if err != nil {
			return fmt.Errorf("write a key: %w", err)
		}
		*k.into = der
	}
	plain, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("write the keys: %w", err)
	}
	seal, err := v.cipher()
	if err != nil {
		return err
	}
	return db.PutSetting(tx, v.name(), seal.Seal(nil, nil, plain, []byte(v.name())))
}
