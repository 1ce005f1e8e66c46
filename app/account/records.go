package account

import "time"

type accountRecord struct {
	ID           []byte `gorm:"primaryKey"`
	Name         string
	RecoveryHash []byte
	RecoveryAt   *int64
	CreatedAt    int64 `gorm:"autoCreateTime:false"`
}

// TableName implements gorm's Tabler.
func (accountRecord) TableName() string { return "accounts" }

func (r accountRecord) account() Account {
	a := Account{ID: ID(r.ID), Name: r.Name, CreatedAt: moment(r.CreatedAt)}
	if r.RecoveryAt != nil {
		a.RecoveryAt = moment(*r.RecoveryAt)
	}
	return a
}

type passkeyRecord struct {
	ID         []byte `gorm:"primaryKey"`
	AccountID  []byte
	Name       string
	Credential []byte
	CreatedAt  int64 `gorm:"autoCreateTime:false"`
	LastUsedAt int64
}

// TableName implements gorm's Tabler.
func (passkeyRecord) TableName() string { return "account_passkeys" }

type sessionRecord struct {
	TokenHash []byte `gorm:"primaryKey"`
	ID        []byte
	AccountID []byte
	Agent     string
	CreatedAt int64 `gorm:"autoCreateTime:false"`
	SeenAt    int64
	FreshAt   int64
	// VerifiedAt is NULL until a passkey has made sure of its owner.
	VerifiedAt *int64
}

// TableName implements gorm's Tabler.
func (sessionRecord) TableName() string { return "account_sessions" }

type ceremonyRecord struct {
	ID        []byte `gorm:"primaryKey"`
	Purpose   Purpose
	AccountID []byte
	Name      string
	Data      []byte
	ExpiresAt int64
}

// TableName implements gorm's Tabler.
func (ceremonyRecord) TableName() string { return "account_ceremonies" }

func moment(unix int64) time.Time { return time.Unix(unix, 0).UTC() }
