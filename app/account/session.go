package account

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"cairn/app/db"

	"gorm.io/gorm"
)

// Session is one browser signed in.
type Session struct {
	// ID names it on the owner's page; it opens nothing.
	ID      ID
	Account ID
	// Agent is what the browser called itself when it signed in.
	Agent     string
	CreatedAt time.Time
	// SeenAt is its last use, within ten minutes.
	SeenAt  time.Time
	FreshAt time.Time
	// VerifiedAt is when a passkey was last shown that made sure of its owner by
	// his finger, face or PIN; zero for never.
	VerifiedAt time.Time
}

// Fresh reports whether a passkey was shown within FreshLife.
func (s Session) Fresh(now time.Time) bool { return now.Sub(s.FreshAt) <= FreshLife }

// Verified reports whether a passkey made sure of its owner within VerifiedLife.
func (s Session) Verified(now time.Time) bool { return now.Sub(s.VerifiedAt) <= VerifiedLife }

func (r sessionRecord) session() Session {
	s := Session{
		ID: ID(r.ID), Account: ID(r.AccountID), Agent: r.Agent,
		CreatedAt: moment(r.CreatedAt), SeenAt: moment(r.SeenAt), FreshAt: moment(r.FreshAt),
	}
	if r.VerifiedAt != nil {
		s.VerifiedAt = moment(*r.VerifiedAt)
	}
	return s
}

// Opened is a session just begun. Token goes into the browser's cookie and is
// kept nowhere else.
type Opened struct {
	Token   string
	Expires time.Time
	Account ID
}

// open begins a session within tx. old is the token the browser held before,
// which ends: a session is never carried over a sign-in. what says for the note
// how it came about; verified that a passkey made sure of its owner.
func (a *Accounts) open(tx *gorm.DB, account ID, agent, old string, what Deed, verified bool) (Opened, error) {
	secret, err := a.random()
	if err != nil {
		return Opened{}, err
	}
	id, err := a.random()
	if err != nil {
		return Opened{}, err
	}
	now := a.now()
	token := base64.RawURLEncoding.EncodeToString(secret[:])
	if err := tx.Where("token_hash = ?", hashOf(old)).Delete(&sessionRecord{}).Error; err != nil {
		return Opened{}, err
	}
	if err := a.prune(tx, account); err != nil {
		return Opened{}, err
	}
	row := sessionRecord{
		TokenHash: hashOf(token), ID: id[:], AccountID: account[:], Agent: cleanAgent(agent),
		CreatedAt: now.Unix(), SeenAt: now.Unix(), FreshAt: now.Unix(),
	}
	if verified {
		row.VerifiedAt = &row.CreatedAt
	}
	if err := tx.Create(&row).Error; err != nil {
		return Opened{}, err
	}
	return Opened{Token: token, Expires: now.Add(SessionLife), Account: account}, a.note(tx, account, what)
}

// prune removes sessions that are over, and the oldest of an account that has
// too many to take one more.
func (a *Accounts) prune(tx *gorm.DB, account ID) error {
	now := a.now()
	err := tx.Where("seen_at <= ? OR created_at <= ?", now.Add(-IdleLife).Unix(), now.Add(-SessionLife).Unix()).Delete(&sessionRecord{}).Error
	if err != nil {
		return err
	}
	var extra []sessionRecord
	err = tx.Where("account_id = ?", account[:]).Order("seen_at DESC, token_hash").Offset(MaxSessions - 1).Limit(MaxSessions).Find(&extra).Error
	if err != nil {
		return err
	}
	for _, r := range extra {
		if err := tx.Where("token_hash = ?", r.TokenHash).Delete(&sessionRecord{}).Error; err != nil {
			return err
		}
	}
	return nil
}

// Session finds the session of a browser's token and notes that it was used.
// Error: ErrSignedOut.
func (a *Accounts) Session(ctx context.Context, token string) (Session, error) {
	if token == "" {
		return Session{}, ErrSignedOut
	}
	now := a.now()
	var r sessionRecord
	err := a.cfg.DB.Read(ctx).Where("token_hash = ? AND seen_at > ? AND created_at > ?",
		hashOf(token), now.Add(-IdleLife).Unix(), now.Add(-SessionLife).Unix()).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Session{}, ErrSignedOut
	}
	if err != nil {
		return Session{}, fmt.Errorf("reading a session: %w", db.Classify(err))
	}
	if now.Unix()-r.SeenAt >= int64(seenEvery/time.Second) {
		err := a.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
			return tx.Model(&sessionRecord{}).Where("token_hash = ?", r.TokenHash).Update("seen_at", now.Unix()).Error
		})
		if err != nil {
			// A full disk must not sign people out.
			a.cfg.Log.Warn("the use of a session could not be noted", "error", err)
		}
	}
	return r.session(), nil
}

// Sessions lists an account's sessions, the latest used first.
func (a *Accounts) Sessions(ctx context.Context, account ID) ([]Session, error) {
	now := a.now()
	var rows []sessionRecord
	err := a.cfg.DB.Read(ctx).Where("account_id = ? AND seen_at > ? AND created_at > ?",
		account[:], now.Add(-IdleLife).Unix(), now.Add(-SessionLife).Unix()).Order("seen_at DESC, token_hash").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("reading sessions: %w", db.Classify(err))
	}
	out := make([]Session, len(rows))
	for i, r := range rows {
		out[i] = r.session()
	}
	return out, nil
}

// Leave ends the session of a token; one that is over already stays over.
func (a *Accounts) Leave(ctx context.Context, token string) error {
	return a.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		return tx.Where("token_hash = ?", hashOf(token)).Delete(&sessionRecord{}).Error
	})
}

// EndSession ends one of an account's sessions; a stranger's is left alone.
func (a *Accounts) EndSession(ctx context.Context, account, session ID) error {
	return a.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		return tx.Where("account_id = ? AND id = ?", account[:], session[:]).Delete(&sessionRecord{}).Error
	})
}

// EndSessions ends all sessions of an account.
func (a *Accounts) EndSessions(ctx context.Context, account ID) error {
	return a.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		return tx.Where("account_id = ?", account[:]).Delete(&sessionRecord{}).Error
	})
}

// freshen notes within tx that a session's passkey was shown just now, and
// whether it made sure of its owner. Error: ErrSignedOut when the session is
// over.
func (a *Accounts) freshen(tx *gorm.DB, account ID, token string, verified bool) error {
	now := a.now().Unix()
	change := map[string]any{"fresh_at": now}
	if verified {
		change["verified_at"] = now
	}
	noted := tx.Model(&sessionRecord{}).Where("token_hash = ? AND account_id = ?", hashOf(token), account[:]).Updates(change)
	if noted.Error == nil && noted.RowsAffected != 1 {
		return ErrSignedOut
	}
	return noted.Error
}

// cleanAgent keeps what a browser calls itself short and harmless.
func cleanAgent(agent string) string {
	runes := []rune(strings.Join(strings.Fields(db.CleanText(agent)), " "))
	return string(runes[:min(len(runes), 200)])
}
