package wallet

import (
	"errors"
	"fmt"
	"strings"

	"cairn/chain"
)

// ErrorKind names what went wrong; match it with errors.Is. The kinds shared
// with the rest of the chain side (ErrNoFunds, ErrFeeCap, ErrProtected,
// ErrEngineDown) are those of package chain.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrRequest: the outputs, rate or purpose asked for cannot be signed.
	ErrRequest = ErrorKind("this transaction cannot be made")
	// ErrPurposeUsed: another transaction was signed for that purpose.
	ErrPurposeUsed = ErrorKind("another transaction was signed for this purpose")
	// ErrUnknownTx: this wallet has not signed that transaction.
	ErrUnknownTx = ErrorKind("this wallet has not signed that transaction")
	// ErrDecided: a block has decided about the transaction, or it was given
	// up; it can be neither replaced nor abandoned.
	ErrDecided = ErrorKind("the transaction is no longer waiting for a block")
	// ErrSigned: the node gave back something else than the transaction it
	// was to sign, or a signature that does not hold.
	ErrSigned = ErrorKind("the node signed something else")
	// ErrCoinTaken: a coin was taken by another payment meanwhile.
	ErrCoinTaken = ErrorKind("a coin was taken by another payment")
	// errRaced: another process signed for the purpose meanwhile.
	errRaced = ErrorKind("somebody else signed for this purpose meanwhile")
)

func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrRequest, fmt.Sprintf(format, args...))
}

// noFunds says what was missing.
func noFunds(what string) error { return fmt.Errorf("%w: %s", chain.ErrNoFunds, what) }

// taken reports whether lnd refused a lease, or its end, because somebody else
// has the coin (wtxmgr.ErrOutputAlreadyLocked, wtxmgr.ErrOutputUnlockNotAllowed,
// in lnd's own spelling) or it is gone (wtxmgr.ErrUnknownOutput).
func taken(err error) bool {
	return err != nil && !errors.Is(err, chain.ErrEngineDown) &&
		(strings.Contains(err.Error(), "output already locked") || strings.Contains(err.Error(), "output unlock not al") ||
			strings.Contains(err.Error(), "unknown output"))
}
