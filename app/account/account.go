// Package account lets people in who want a vault: with passkeys (WebAuthn
// Level 3, by go-webauthn), without a name to sign in with, an e-mail address
// or a password. It keeps accounts, passkeys, sessions, recovery codes and the
// challenges under way, and knows nothing of what an account is good for.
//
// It is a store on app/db. Whatever opens something is kept as a hash.
package account

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"
	"unicode"

	"cairn/app/db"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"gorm.io/gorm"
)

// ErrorKind names why something is refused; match it with errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrSignedOut: nobody is signed in, or no longer.
	ErrSignedOut = ErrorKind("sign in first")
	// ErrCeremony: the challenge is unknown, used, or too old.
	ErrCeremony = ErrorKind("this passkey question was answered already, or is too old")
	// ErrPasskey: the answer of the browser does not prove a passkey.
	ErrPasskey = ErrorKind("the passkey was not accepted")
	// ErrUnknownPasskey: no account has this passkey (any more).
	ErrUnknownPasskey = ErrorKind("no vault here belongs to this passkey")
	// ErrStale: the passkey was shown too long ago for what is asked.
	ErrStale = ErrorKind("show your passkey once more")
	// ErrLastPasskey: without it, and without a recovery code, nobody could
	// come in any more.
	ErrLastPasskey = ErrorKind("the last passkey stays until there is a recovery code")
	// ErrTooManyPasskeys: an account has at most MaxPasskeys.
	ErrTooManyPasskeys = ErrorKind("an account has at most 20 passkeys")
	// ErrRecovery: the recovery code is wrong, used or replaced.
	ErrRecovery = ErrorKind("this recovery code is not valid")
	// ErrName: a name is too long, or not text.
	ErrName = ErrorKind("a name has at most 60 characters")
	// ErrBusy: too many challenges are under way.
	ErrBusy = ErrorKind("too many people are signing in at the moment")
	// ErrUnusable: passkeys do not work at this site's address.
	ErrUnusable = ErrorKind("passkeys do not work at this address")
)

// How long things live, and how many there are.
const (
	// IdleLife and SessionLife end a session: unused, and at the latest.
	IdleLife    = 14 * 24 * time.Hour
	SessionLife = 90 * 24 * time.Hour
	// FreshLife is how long a passkey counts as just shown.
	FreshLife = 5 * time.Minute
	// VerifiedLife is how long a passkey that made sure of its owner counts for
	// what moves money.
	VerifiedLife = 2 * time.Minute
	// CeremonyLife is how long a challenge waits for its answer.
	CeremonyLife = 10 * time.Minute
	// MaxPasskeys and MaxSessions bound an account; the session unused for
	// longest gives way.
	MaxPasskeys = 20
	MaxSessions = 50
	// MaxName is how many characters a name may have.
	MaxName = 60

	maxCeremonies = 20_000
	// seenEvery is how exactly the last use of a session is known.
	seenEvery = 10 * time.Minute
)

// ID names an account; it is also the user handle passkeys keep. It is random
// and says nothing.
type ID [16]byte

// String is the id in URL-safe base64.
func (id ID) String() string { return base64.RawURLEncoding.EncodeToString(id[:]) }

// Account is what its owner sees of it.
type Account struct {
	ID ID
	// Name is what the owner calls it, or empty.
	Name      string
	CreatedAt time.Time
	// RecoveryAt is when the recovery code was made; zero when there is none.
	RecoveryAt time.Time
}

// Config is what accounts need. DB, Site, Now and Rand are required.
type Config struct {
	DB   *db.DB
	Site Site
	// Forget removes what others keep for an account, within the transaction
	// that removes the account.
	Forget []func(tx *gorm.DB, account [16]byte) error
	// Note is told of deeds of an account's owner within the transaction that
	// does them; nil tells nobody.
	Note func(tx *gorm.DB, account [16]byte, what Deed) error
	Now  func() time.Time
	// Rand must be cryptographic.
	Rand io.Reader
	Log  *slog.Logger
}

// Deed is what an account's owner did, for those who keep a log of it.
type Deed string

// The deeds.
const (
	Joined           Deed = "account-made"
	SignedIn         Deed = "signed-in"
	Recovered        Deed = "recovery-used"
	PasskeyAdded     Deed = "passkey-added"
	PasskeyRemoved   Deed = "passkey-removed"
	RecoveryReplaced Deed = "recovery-made"
	Deleted          Deed = "account-deleted"
)

// note tells of a deed.
func (a *Accounts) note(tx *gorm.DB, account ID, what Deed) error {
	if a.cfg.Note == nil {
		return nil
	}
	return a.cfg.Note(tx, account, what)
}

// Accounts keeps accounts. Its methods may be called by many at once.
type Accounts struct {
	cfg Config
	web *webauthn.WebAuthn // nil where passkeys do not work
}

// New makes Accounts on a migrated database.
func New(cfg Config) (*Accounts, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	a := &Accounts{cfg: cfg}
	if !cfg.Site.Usable() {
		return a, nil
	}
	resident := true
	var err error
	a.web, err = webauthn.New(&webauthn.Config{
		RPID:          cfg.Site.host,
		RPDisplayName: "Cairn",
		RPOrigins:     []string{cfg.Site.origin},
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey:        protocol.ResidentKeyRequirementRequired,
			RequireResidentKey: &resident,
			UserVerification:   protocol.VerificationPreferred,
		},
		AttestationPreference: protocol.PreferNoAttestation,
	})
	if err != nil {
		return nil, fmt.Errorf("passkeys for %s: %w", cfg.Site.origin, err)
	}
	return a, nil
}

// Site is where passkeys belong to.
func (a *Accounts) Site() Site { return a.cfg.Site }

func (a *Accounts) now() time.Time { return a.cfg.Now().UTC().Truncate(time.Second) }

// random fills 16 bytes: 128 bits.
func (a *Accounts) random() (id [16]byte, err error) {
	_, err = io.ReadFull(a.cfg.Rand, id[:])
	return id, err
}

func hashOf(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// Get reads an account. Error: ErrSignedOut when it was deleted.
func (a *Accounts) Get(ctx context.Context, id ID) (Account, error) {
	var r accountRecord
	err := a.cfg.DB.Read(ctx).Where("id = ?", id[:]).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Account{}, ErrSignedOut
	}
	if err != nil {
		return Account{}, fmt.Errorf("reading an account: %w", db.Classify(err))
	}
	return r.account(), nil
}

// Rename changes what the owner calls his account; empty is allowed. Error:
// ErrName.
func (a *Accounts) Rename(ctx context.Context, id ID, name string) error {
	name, err := cleanName(name)
	if err != nil {
		return err
	}
	return a.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		return tx.Model(&accountRecord{}).Where("id = ?", id[:]).Update("name", name).Error
	})
}

// Delete removes an account and all that was kept for it. Error: ErrStale when
// the session's passkey was not just shown.
func (a *Accounts) Delete(ctx context.Context, s Session) error {
	if !s.Fresh(a.now()) {
		return ErrStale
	}
	return a.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		if err := a.note(tx, s.Account, Deleted); err != nil {
			return err
		}
		for _, forget := range a.cfg.Forget {
			if err := forget(tx, s.Account); err != nil {
				return err
			}
		}
		for _, table := range []any{&ceremonyRecord{}, &sessionRecord{}, &passkeyRecord{}, &walletLoginRecord{}, &walletRecord{}} {
			if err := tx.Where("account_id = ?", s.Account[:]).Delete(table).Error; err != nil {
				return err
			}
		}
		return tx.Where("id = ?", s.Account[:]).Delete(&accountRecord{}).Error
	})
}

// cleanName makes a name one line of text. Error: ErrName.
func cleanName(name string) (string, error) {
	name = strings.Join(strings.FieldsFunc(db.CleanText(name), func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r)
	}), " ")
	if len([]rune(name)) > MaxName {
		return "", ErrName
	}
	return name, nil
}
