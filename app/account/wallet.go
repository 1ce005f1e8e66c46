package account

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"time"

	"cairn/app/db"

	"gorm.io/gorm"
)

// The second way in: a Lightning wallet that signs a value (LUD-04). Whether the
// signature is the key's is checked by who hears of it.
const (
	// ErrWalletLogin: the value is unknown, was answered already, or is too old.
	ErrWalletLogin = ErrorKind("this wallet login was used already, or is too old")
	// ErrWalletWaits: no wallet has answered yet.
	ErrWalletWaits = ErrorKind("the wallet has not confirmed yet")
	// ErrOtherBrowser: this browser did not show the code.
	ErrOtherBrowser = ErrorKind("this browser did not show the code")
	// ErrWalletAction: the wallet answered for something else than was asked.
	ErrWalletAction = ErrorKind("the wallet answered another question")
	// ErrWalletTaken: the wallet opens another account.
	ErrWalletTaken = ErrorKind("this wallet belongs to another vault")
	// ErrTooManyWallets: an account has at most MaxWallets.
	ErrTooManyWallets = ErrorKind("an account has at most 10 wallets")
	// ErrLastWallet: without it, and without passkey or recovery code, nobody
	// could come in any more.
	ErrLastWallet = ErrorKind("the last wallet stays until there is a passkey or a recovery code")
)

const (
	// WalletLife is how long a value waits for its signature, and the browser
	// for going on with it.
	WalletLife = 10 * time.Minute
	// MaxWallets bounds an account.
	MaxWallets = 10
	// maxWalletLogins are under way at a time.
	maxWalletLogins = 20_000
)

// Deeds with wallets.
const (
	WalletAdded   Deed = "wallet-added"
	WalletRemoved Deed = "wallet-removed"
)

// WalletKey is a wallet's public key for this site's host, compressed.
type WalletKey [33]byte

// Wallet is one that opens an account.
type Wallet struct {
	Key                   WalletKey
	CreatedAt, LastUsedAt time.Time
}

// WalletAsk is a question to a wallet: K1 is what it signs, and Token what the
// browser keeps that shows it.
type WalletAsk struct {
	K1      [32]byte
	Token   string
	Expires time.Time
	// Links: the wallet is to open the account that is signed in.
	Links bool
	// Signed: a wallet has answered.
	Signed bool
}

type walletRecord struct {
	Key        []byte `gorm:"primaryKey"`
	AccountID  []byte
	CreatedAt  int64 `gorm:"autoCreateTime:false"`
	LastUsedAt int64
}

// TableName implements gorm's Tabler.
func (walletRecord) TableName() string { return "account_wallets" }

type walletLoginRecord struct {
	K1          []byte `gorm:"primaryKey"`
	BrowserHash []byte
	AccountID   []byte
	Key         []byte
	ExpiresAt   int64
}

// TableName implements gorm's Tabler.
func (walletLoginRecord) TableName() string { return "account_wallet_logins" }

// k1Of is the value of a browser's token. The token cannot be had from it: who
// sees the code in passing cannot go on in the browser's place.
func k1Of(token string) [32]byte { return sha256.Sum256([]byte("cairn/wallet-login/k1/" + token)) }

// AskWallet makes a question: to sign in, or with who to link a wallet to the
// account that is signed in. Errors: ErrBusy; ErrStale when that session's
// passkey was not just shown.
func (a *Accounts) AskWallet(ctx context.Context, who *Session) (WalletAsk, error) {
	if who != nil && !who.Fresh(a.now()) {
		return WalletAsk{}, ErrStale
	}
	var secret [32]byte
	if _, err := io.ReadFull(a.cfg.Rand, secret[:]); err != nil {
		return WalletAsk{}, err
	}
	ask := WalletAsk{Token: base64.RawURLEncoding.EncodeToString(secret[:]), Expires: a.now().Add(WalletLife), Links: who != nil}
	ask.K1 = k1Of(ask.Token)
	row := walletLoginRecord{K1: ask.K1[:], BrowserHash: hashOf(ask.Token), ExpiresAt: ask.Expires.Unix()}
	if who != nil {
		row.AccountID = who.Account[:]
	}
	err := a.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		if err := tx.Where("expires_at <= ?", a.now().Unix()).Delete(&walletLoginRecord{}).Error; err != nil {
			return err
		}
		var under int64
		if err := tx.Model(&walletLoginRecord{}).Count(&under).Error; err != nil {
			return err
		}
		if under >= maxWalletLogins {
			return ErrBusy
		}
		return tx.Create(&row).Error
	})
	return ask, err
}

// Asked finds the question that a browser shows. Errors: ErrOtherBrowser, also
// when it is over.
func (a *Accounts) Asked(ctx context.Context, token string) (WalletAsk, error) {
	row, err := a.walletLogin(a.cfg.DB.Read(ctx), token)
	if err != nil {
		return WalletAsk{}, err
	}
	return WalletAsk{
		K1: [32]byte(row.K1), Token: token, Expires: moment(row.ExpiresAt), Links: row.AccountID != nil, Signed: row.Key != nil,
	}, nil
}

func (a *Accounts) walletLogin(tx *gorm.DB, token string) (walletLoginRecord, error) {
	var row walletLoginRecord
	if token == "" {
		return row, ErrOtherBrowser
	}
	err := tx.Where("browser_hash = ? AND expires_at > ?", hashOf(token), a.now().Unix()).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return row, ErrOtherBrowser
	}
	if err != nil {
		return row, fmt.Errorf("reading a wallet login: %w", db.Classify(err))
	}
	return row, nil
}

// WalletSigned takes in that a wallet has signed k1, whose signature was
// checked; links says that it did so to be linked. Each value is signed once.
// Errors: ErrWalletLogin, ErrWalletAction.
func (a *Accounts) WalletSigned(ctx context.Context, k1 [32]byte, key WalletKey, links bool) error {
	return a.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		var row walletLoginRecord
		err := tx.Where("k1 = ? AND expires_at > ?", k1[:], a.now().Unix()).Take(&row).Error
		switch {
		case errors.Is(err, gorm.ErrRecordNotFound):
			return ErrWalletLogin
		case err != nil:
			return err
		case row.Key != nil:
			return ErrWalletLogin
		case (row.AccountID != nil) != links:
			return ErrWalletAction
		}
		return tx.Model(&walletLoginRecord{}).Where("k1 = ?", k1[:]).Update("key", key[:]).Error
	})
}

// EnterByWallet goes on, in the browser that showed the code, with what the
// wallet signed: it signs in, making an account for a wallet that has none, or
// links the wallet to the account of the session with token. The question is
// used up. Opened is nil after linking. Errors: ErrOtherBrowser, ErrWalletWaits,
// ErrWalletTaken, ErrTooManyWallets, ErrSignedOut.
func (a *Accounts) EnterByWallet(ctx context.Context, asked, agent, token string) (*Opened, error) {
	var opened *Opened
	err := a.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		opened = nil
		row, err := a.walletLogin(tx, asked)
		if err != nil {
			return err
		}
		if row.Key == nil {
			return ErrWalletWaits
		}
		if err := tx.Where("k1 = ?", row.K1).Delete(&walletLoginRecord{}).Error; err != nil {
			return err
		}
		if row.AccountID != nil {
			return a.linkWallet(tx, ID(row.AccountID), WalletKey(row.Key), token)
		}
		session, err := a.openByWallet(tx, WalletKey(row.Key), agent, token)
		opened = &session
		return err
	})
	if err != nil {
		return nil, err
	}
	return opened, nil
}

// openByWallet signs in.
func (a *Accounts) openByWallet(tx *gorm.DB, key WalletKey, agent, old string) (Opened, error) {
	now := a.now().Unix()
	var wallet walletRecord
	err := tx.Where(`"key" = ?`, key[:]).Take(&wallet).Error
	switch {
	case err == nil:
		if err := tx.Model(&walletRecord{}).Where(`"key" = ?`, key[:]).Update("last_used_at", now).Error; err != nil {
			return Opened{}, err
		}
		return a.open(tx, ID(wallet.AccountID), agent, old, SignedIn, false)
	case !errors.Is(err, gorm.ErrRecordNotFound):
		return Opened{}, err
	}
	id, err := a.random()
	if err != nil {
		return Opened{}, err
	}
	if err := tx.Create(&accountRecord{ID: id[:], CreatedAt: now}).Error; err != nil {
		return Opened{}, err
	}
	if err := tx.Create(&walletRecord{Key: key[:], AccountID: id[:], CreatedAt: now, LastUsedAt: now}).Error; err != nil {
		return Opened{}, err
	}
	return a.open(tx, ID(id), agent, old, Joined, false)
}

// linkWallet has a wallet open an account whose session is still there.
func (a *Accounts) linkWallet(tx *gorm.DB, account ID, key WalletKey, token string) error {
	if err := a.freshen(tx, account, token, false); err != nil {
		return err
	}
	var wallet walletRecord
	err := tx.Where(`"key" = ?`, key[:]).Take(&wallet).Error
	switch {
	case err == nil && ID(wallet.AccountID) == account:
		return nil // linked already
	case err == nil:
		return ErrWalletTaken
	case !errors.Is(err, gorm.ErrRecordNotFound):
		return err
	}
	var have int64
	if err := tx.Model(&walletRecord{}).Where("account_id = ?", account[:]).Count(&have).Error; err != nil {
		return err
	}
	if have >= MaxWallets {
		return ErrTooManyWallets
	}
	now := a.now().Unix()
	if err := tx.Create(&walletRecord{Key: key[:], AccountID: account[:], CreatedAt: now, LastUsedAt: now}).Error; err != nil {
		return err
	}
	return a.note(tx, account, WalletAdded)
}

// Wallets lists those that open an account, the oldest first.
func (a *Accounts) Wallets(ctx context.Context, account ID) ([]Wallet, error) {
	var rows []walletRecord
	if err := a.cfg.DB.Read(ctx).Where("account_id = ?", account[:]).Order(`created_at, "key"`).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("reading wallets: %w", db.Classify(err))
	}
	out := make([]Wallet, len(rows))
	for i, r := range rows {
		out[i] = Wallet{Key: WalletKey(r.Key), CreatedAt: moment(r.CreatedAt), LastUsedAt: moment(r.LastUsedAt)}
	}
	return out, nil
}

// RemoveWallet takes a wallet off an account; a stranger's is left alone.
// Errors: ErrStale when the session is not fresh, ErrLastWallet.
func (a *Accounts) RemoveWallet(ctx context.Context, s Session, key WalletKey) error {
	if !s.Fresh(a.now()) {
		return ErrStale
	}
	return a.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		var others, passkeys int64
		if err := tx.Model(&walletRecord{}).Where(`account_id = ? AND "key" <> ?`, s.Account[:], key[:]).Count(&others).Error; err != nil {
			return err
		}
		if err := tx.Model(&passkeyRecord{}).Where("account_id = ?", s.Account[:]).Count(&passkeys).Error; err != nil {
			return err
		}
		var account accountRecord
		if err := tx.Where("id = ?", s.Account[:]).Take(&account).Error; err != nil {
			return err
		}
		if others+passkeys == 0 && account.RecoveryHash == nil {
			return ErrLastWallet
		}
		gone := tx.Where(`account_id = ? AND "key" = ?`, s.Account[:], key[:]).Delete(&walletRecord{})
		if gone.Error != nil || gone.RowsAffected == 0 {
			return gone.Error
		}
		return a.note(tx, s.Account, WalletRemoved)
	})
}
