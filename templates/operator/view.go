// Package operator is the pages of the person who runs this Cairn: taking the
// one-time link, and the state of everything.
package operator

import (
	"time"

	"cairn/chain"
	"cairn/notary"
	"cairn/templates/layout"

	"github.com/btcsuite/btcd/btcutil"
)

// SetupView is the page behind a one-time link.
type SetupView struct {
	Meta layout.Meta
	// Action is where the form goes: the link itself, whose secret is Link.
	Action, Link string
	// SignedIn is set for who has a session already.
	SignedIn bool
	// Here and Instead are as in Frame.
	Here    bool
	Instead string
}

// LoginView asks for an operator's passkey; Next is where to go afterwards.
type LoginView struct {
	Meta    layout.Meta
	Next    string
	Here    bool
	Instead string
}

// AccessView is who may come in.
type AccessView struct {
	Frame
	Passkeys []Passkey
	// RecoveryAt is zero without a recovery code.
	RecoveryAt time.Time
	// Fresh is set when a passkey was shown just now.
	Fresh  bool
	People []Person
}

// Passkey is one of the operator's own.
type Passkey struct {
	ID, Name              string
	CreatedAt, LastUsedAt time.Time
	Synced                bool
}

// Person is an operator. Short is what the audit log calls him.
type Person struct {
	ID, Name, Short string
	AddedAt         time.Time
	Self            bool
}

// LinkView shows a one-time link, this once.
type LinkView struct {
	Frame
	URL     string
	Expires time.Time
}

// View is the status page.
type View struct {
	Frame
	// Advice is what needs the operator's hand, the most urgent first.
	Advice   []Advice
	Overview Overview
	Status   notary.Status
	Now      time.Time
}

// Advice is a sentence for the operator, by its key, and where to see to it.
type Advice struct {
	Key, Href string
}

// Overview is what the status page tells beyond the notary's own status.
type Overview struct {
	Engine chain.EngineStatus
	// Wallet is nil while the node cannot be asked.
	Wallet *Wallet
	// Liquidity is nil while the node cannot be asked.
	Liquidity *Liquidity
	// Leader names the process that may sign and broadcast, Epoch counts its
	// elections; Leading is set when it is this process.
	Leader  string
	Epoch   int64
	Leading bool
	// Tip is the last block taken in, and TipTime its own time; zero when it is
	// not known.
	Tip     chain.BlockRef
	TipTime time.Time
	// Peers is how many Lightning peers are connected; below 0 when the node
	// cannot be asked. Backend says where blocks come from.
	Peers   int
	Backend string
	// Database says which engine and where, without secrets.
	Database string
	// Anchors are the latest anchor transactions, newest first.
	Anchors []notary.AnchorState
	// Warnings are sentences for the operator.
	Warnings []string
}

// Wallet is the state of the node's wallet.
type Wallet struct {
	Confirmed, Unconfirmed btcutil.Amount
	// SpentToday of DailyCap went to miners since midnight UTC.
	SpentToday, DailyCap btcutil.Amount
	// Address is where to send fee money; empty if none was made.
	Address string
}

func share(part, whole btcutil.Amount) int {
	if whole <= 0 {
		return 0
	}
	return int(min(100, 100*part/whole))
}
