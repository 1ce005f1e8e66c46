package operator

import (
	"context"
	"encoding/hex"
	"time"

	"cairn/channels/ln"
	"cairn/templates/i18n"

	"github.com/btcsuite/btcd/btcutil"
)

// PeersView is who the node is connected with.
type PeersView struct {
	Frame
	Down            bool
	Peers           []ln.Peer
	Identity        ln.Identity
	Problem, Advice string
	Address         string // what was typed
}

// PaymentsView is the page of payments in or out.
type PaymentsView struct {
	Frame
	Down bool
	// Out: payments we made; else those we got.
	Out       bool
	Movements []ln.Movement
	// Older is the address of the next page, or empty; Newest of the first one,
	// when this is another.
	Older, Newest string
	// Failed: those that came to nothing are shown as well.
	Failed     bool
	Receivable btcutil.Amount
	Sendable   btcutil.Amount
	Pay        PayForm
	Ask        AskForm
	// Order is the state of a payment just made.
	Order *OrderNotice
}

// OrderNotice says how a payment stands.
type OrderNotice struct {
	Tone             string // good, wait or bad
	Sentence, Advice string
}

// PayForm and AskForm are what the operator fills in.
type PayForm struct{ Problem, Advice, Invoice string }

// AskForm is for an invoice of ours.
type AskForm struct{ Problem, Advice, Amount, Memo string }

// PayView is the second step of paying: what the invoice says.
type PayView struct {
	Frame
	Invoice ln.Decoded
	Text    string
	// Amount is what the operator chose, when the invoice leaves it to him.
	Amount   string
	FeeLimit string
	Sendable btcutil.Amount
	Next     string
	Now      time.Time
	Problem  string
	Advice   string
}

// AskView is an invoice of ours, to be shown to whoever pays.
type AskView struct {
	Frame
	Invoice   string
	Amount    btcutil.Amount
	Memo      string
	ExpiresAt time.Time
}

// BackupView is the page of channel backups and watchtowers.
type BackupView struct {
	Frame
	Down bool
	// Channels are in a backup made now.
	Channels int
	Places   []Place
	Watch    ln.Watch
	// Remote: the node is set up elsewhere.
	Remote          bool
	Problem, Advice string
	Tower           string // what was typed
	TowerProblem    string
	TowerAdvice     string
	// Restored is how many channels a backup brought, −1 when none was given.
	Restored int
}

// Place is a folder with channel backups.
type Place struct {
	Dir, File string
	At        time.Time
	// Own is the data folder's.
	Own bool
	// Good: the backup opens with this wallet and has all open channels in it.
	// Missing are open channels it does not have.
	Good    bool
	Missing int
	// Unreadable: folder or file cannot be read.
	Unreadable bool
}

func movementState(ctx context.Context, m ln.Movement) string {
	switch m.State {
	case ln.MovementDone:
		if m.Out {
			return i18n.T(ctx, "payments.state.paid")
		}
		return i18n.T(ctx, "payments.state.received")
	case ln.MovementUnder:
		return i18n.T(ctx, "payments.state.under")
	}
	return i18n.T(ctx, "payments.state.failed")
}

func towerKey(t ln.Tower) string { return hex.EncodeToString(t.Key[:]) }
