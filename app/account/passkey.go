package account

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"cairn/app/db"

	"github.com/go-webauthn/webauthn/webauthn"
	"gorm.io/gorm"
)

// Passkey is one of an account's keys, without the key.
type Passkey struct {
	// ID is the credential's own, at most 1023 bytes.
	ID        []byte
	Name      string
	CreatedAt time.Time
	// LastUsedAt is when it last opened a session or confirmed something.
	LastUsedAt time.Time
	// Synced is set when the owner's devices share it.
	Synced bool
}

// user is an account as go-webauthn asks for it.
type user struct {
	id          ID
	name        string
	credentials []webauthn.Credential
}

// WebAuthnID implements webauthn.User.
func (u user) WebAuthnID() []byte { return u.id[:] }

// WebAuthnName implements webauthn.User; it is what password managers list.
func (u user) WebAuthnName() string {
	if u.name == "" {
		return "Cairn vault"
	}
	return u.name
}

// WebAuthnDisplayName implements webauthn.User.
func (u user) WebAuthnDisplayName() string { return u.WebAuthnName() }

// WebAuthnCredentials implements webauthn.User.
func (u user) WebAuthnCredentials() []webauthn.Credential { return u.credentials }

// user reads an account with its passkeys. Error: gorm.ErrRecordNotFound.
func (a *Accounts) user(tx *gorm.DB, id []byte) (user, error) {
	var r accountRecord
	if err := tx.Where("id = ?", id).Take(&r).Error; err != nil {
		return user{}, err
	}
	var keys []passkeyRecord
	if err := tx.Where("account_id = ?", r.ID).Order("created_at, id").Find(&keys).Error; err != nil {
		return user{}, err
	}
	u := user{id: ID(r.ID), name: r.Name, credentials: make([]webauthn.Credential, len(keys))}
	for i, k := range keys {
		if err := json.Unmarshal(k.Credential, &u.credentials[i]); err != nil {
			return user{}, fmt.Errorf("a stored passkey cannot be read: %w", err)
		}
	}
	return u, nil
}

// Passkeys lists an account's passkeys, the oldest first.
func (a *Accounts) Passkeys(ctx context.Context, account ID) ([]Passkey, error) {
	var rows []passkeyRecord
	if err := a.cfg.DB.Read(ctx).Where("account_id = ?", account[:]).Order("created_at, id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("reading passkeys: %w", db.Classify(err))
	}
	out := make([]Passkey, len(rows))
	for i, r := range rows {
		var c webauthn.Credential
		if err := json.Unmarshal(r.Credential, &c); err != nil {
			return nil, fmt.Errorf("a stored passkey cannot be read: %w", err)
		}
		out[i] = Passkey{
			ID: r.ID, Name: r.Name, CreatedAt: moment(r.CreatedAt), LastUsedAt: moment(r.LastUsedAt),
			Synced: c.Flags.BackupState,
		}
	}
	return out, nil
}

// RenamePasskey gives a passkey of the account another name. Errors: ErrName,
// ErrUnknownPasskey.
func (a *Accounts) RenamePasskey(ctx context.Context, account ID, passkey []byte, name string) error {
	name, err := cleanName(name)
	if err != nil {
		return err
	}
	return a.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		renamed := tx.Model(&passkeyRecord{}).Where("id = ? AND account_id = ?", passkey, account[:]).Update("name", name)
		if renamed.Error == nil && renamed.RowsAffected != 1 {
			return ErrUnknownPasskey
		}
		return renamed.Error
	})
}

// RemovePasskey removes a passkey of the session's account. Errors: ErrStale,
// ErrLastPasskey, ErrUnknownPasskey.
func (a *Accounts) RemovePasskey(ctx context.Context, s Session, passkey []byte) error {
	if !s.Fresh(a.now()) {
		return ErrStale
	}
	return a.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		removed := tx.Where("id = ? AND account_id = ?", passkey, s.Account[:]).Delete(&passkeyRecord{})
		if removed.Error != nil {
			return removed.Error
		}
		if removed.RowsAffected != 1 {
			return ErrUnknownPasskey
		}
		var left, recoverable int64
		if err := tx.Model(&passkeyRecord{}).Where("account_id = ?", s.Account[:]).Count(&left).Error; err != nil {
			return err
		}
		if err := tx.Model(&accountRecord{}).Where("id = ? AND recovery_hash IS NOT NULL", s.Account[:]).Count(&recoverable).Error; err != nil {
			return err
		}
		if left == 0 && recoverable == 0 {
			return ErrLastPasskey
		}
		return a.note(tx, s.Account, PasskeyRemoved)
	})
}
