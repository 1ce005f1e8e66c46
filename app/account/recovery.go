package account

import (
	"context"
	"errors"
	"io"
	"strings"

	"gorm.io/gorm"
)

// A recovery code has 25 characters of 5 bits each, 125 bits, so that its plain
// hash cannot be searched for (OWASP ASVS 5.0 6.5.2 asks for 112).
const (
	codeChars = 25
	// codeAlphabet is Crockford's base 32: without I, L, O and U.
	codeAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
)

// NewRecovery makes a recovery code, which is shown this once; the one before
// stops working. Error: ErrStale when the session's passkey was not just shown.
func (a *Accounts) NewRecovery(ctx context.Context, s Session) (code string, err error) {
	if !s.Fresh(a.now()) {
		return "", ErrStale
	}
	raw := make([]byte, codeChars)
	if _, err := io.ReadFull(a.cfg.Rand, raw); err != nil {
		return "", err
	}
	for i := range raw {
		raw[i] = codeAlphabet[raw[i]&31]
	}
	plain := string(raw)
	err = a.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		stored := tx.Model(&accountRecord{}).Where("id = ?", s.Account[:]).
			Updates(map[string]any{"recovery_hash": hashOf(plain), "recovery_at": a.now().Unix()})
		if stored.Error == nil && stored.RowsAffected != 1 {
			return ErrSignedOut
		}
		if stored.Error != nil {
			return stored.Error
		}
		return a.note(tx, s.Account, RecoveryReplaced)
	})
	if err != nil {
		return "", err
	}
	return writeCode(plain), nil
}

// Recover uses a recovery code up and signs in. The session counts as fresh, so
// that a new passkey can be added at once. Error: ErrRecovery.
func (a *Accounts) Recover(ctx context.Context, code, agent, old string) (Opened, error) {
	plain, ok := readCode(code)
	if !ok {
		return Opened{}, ErrRecovery
	}
	var opened Opened
	err := a.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		var r accountRecord
		err := tx.Where("recovery_hash = ?", hashOf(plain)).Take(&r).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return ErrRecovery
		}
		if err != nil {
			return err
		}
		err = tx.Model(&accountRecord{}).Where("id = ?", r.ID).Updates(map[string]any{"recovery_hash": nil, "recovery_at": nil}).Error
		if err != nil {
			return err
		}
		opened, err = a.open(tx, ID(r.ID), agent, old, Recovered, false)
		return err
	})
	return opened, err
}

// writeCode sets a code in groups of five.
func writeCode(plain string) string {
	var groups []string
	for ; len(plain) > 0; plain = plain[5:] {
		groups = append(groups, plain[:5])
	}
	return strings.Join(groups, "-")
}

// readCode takes a code as people type it: in any case, with spaces or dashes
// anywhere, O for 0 and I or L for 1.
func readCode(text string) (plain string, ok bool) {
	if len(text) > 200 {
		return "", false
	}
	var b strings.Builder
	for _, r := range strings.ToUpper(text) {
		switch r {
		case ' ', '-', '\t', '\r', '\n', '–', '—':
			continue
		case 'O':
			r = '0'
		case 'I', 'L':
			r = '1'
		}
		if !strings.ContainsRune(codeAlphabet, r) {
			return "", false
		}
		b.WriteRune(r)
	}
	return b.String(), b.Len() == codeChars
}
