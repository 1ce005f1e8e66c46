// Package account is the page of an account: to create a vault or sign in, and
// what its owner sees of it.
package account

import (
	"time"

	"cairn/templates/layout"
)

// View is the page.
type View struct {
	Meta layout.Meta
	// Here is set when passkeys work at the address the page was opened at. If
	// not, Instead is the address of the same page where they do; empty when
	// there is none.
	Here    bool
	Instead string
	// Next is where to go after signing in: a path of ours, or empty.
	Next string
	// Problem is what was wrong with a recovery code.
	Problem string
	// Wallets: a Lightning wallet lets in as well.
	Wallets bool
	// Inside is nil while nobody is signed in.
	Inside *Inside
}

// Inside is what the owner sees.
type Inside struct {
	Name      string
	CreatedAt time.Time
	// RecoveryAt is zero without a recovery code.
	RecoveryAt time.Time
	// Fresh is set when a passkey was shown just now.
	Fresh    bool
	Passkeys []Passkey
	Sessions []Session
	Wallets  []Wallet
}

// Wallet is a Lightning wallet that lets in, by its key for this site.
type Wallet struct {
	Key                   string
	CreatedAt, LastUsedAt time.Time
}

// WalletView shows the code that a wallet is to scan.
type WalletView struct {
	Meta layout.Meta
	// Code is an LNURL in bech32; empty when nothing was asked yet, or that is
	// over.
	Code string
	// Host is what the wallet names.
	Host string
	// Links: the wallet is to open the account that is signed in. Signed: it has
	// answered.
	Links, Signed bool
	Until         time.Time
	Next          string
	Problem       string
}

// Passkey is one of the account's.
type Passkey struct {
	ID, Name              string
	CreatedAt, LastUsedAt time.Time
	Synced                bool
}

// Session is a browser that is signed in.
type Session struct {
	ID, Agent         string
	CreatedAt, SeenAt time.Time
	Current           bool
}

// RecoveryView shows a new recovery code, this once.
type RecoveryView struct {
	Meta layout.Meta
	Code string
	// Back is where to go on: a path of ours.
	Back string
}
