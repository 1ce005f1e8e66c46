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
}

// Fresh reports whether a passkey was shown within FreshLife.
func (s Session) Fresh(now time.Time) bool { return now.Sub(s.FreshAt) <= FreshLife }

func (r sessionRecord) session() Session {
	return Session{
		ID: ID(r.ID), Account: ID(r.AccountID), Agent: r.Agent,
		CreatedAt: moment(r.CreatedAt), SeenAt: moment(r.SeenAt), FreshAt: moment(r.FreshAt),
	}
}

// Opened is a session just begun. Token goes into the browser's cookie and is
// kept nowhere else.
type Opened struct {
	Token   string
	Expires time.Time
	Account ID
}

// open begins a session within tx. old is the token the browser held before,
// which ends: a session is never carried over a sign-in.
func (a *Accounts) open(tx *gorm.DB, account ID, agent, old string) (Opened, error) {
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
	err = tx.Create(&sessionRecord{
		TokenHash: hashOf(token), ID: id[:], AccountID: account[:], Agent: cleanAgent(agent),
		CreatedAt: now.Unix(), SeenAt: now.Unix(), FreshAt: now.Unix(),
	}).Error
	return Opened{Token: token, Expires: now.Add(SessionLife), Account: account}, err
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

// freshen notes within tx that a session's passkey was shown just now. Error:
// ErrSignedOut when the session is over.
func (a *Accounts) freshen(tx *gorm.DB, account ID, token string) error {
	noted := tx.Model(&sessionRecord{}).Where("token_hash = ? AND account_id = ?", hashOf(token), account[:]).Update("fresh_at", a.now().Unix())
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
