package claim

import (
	"fmt"
	"time"

	"cairn/lighthouse"
)

// ErrorKind names why there is no claim, beside what packages lighthouse and
// contract say (lighthouse.ErrTooEarly, contract.ErrShort); match it with
// errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrNone: the campaign has no claim.
	ErrNone = ErrorKind("the campaign has no claim")
	// ErrOver: the campaign ended, and its pledges can be sent home.
	ErrOver = ErrorKind("the time for a claim is over")
	// ErrResting: all pledges of an earlier claim have left, and it could still
	// be mined beside a new one should their leaving be undone; a Resting says
	// until when.
	ErrResting = ErrorKind("an earlier claim is not surely over yet")
	// ErrMoving: pledges keep changing while the claim is put together; it may be
	// tried again.
	ErrMoving = ErrorKind("the pledges are changing just now")
	// ErrInBlock: a block holds the claim, so that there is nothing to speed up.
	ErrInBlock = ErrorKind("a block holds the claim already")
	// ErrFast: the claim pays as much as the next blocks ask for.
	ErrFast = ErrorKind("the claim pays enough already")
	// ErrTakenBack: whoever paid for a faster claim has taken the money back.
	ErrTakenBack = ErrorKind("the payment was given back")
	// ErrFull: one more input would make the claim too large to be relayed.
	ErrFull = ErrorKind("the claim has no room for another coin")
)

// TooEarly matches lighthouse.ErrTooEarly and says from when on a claim can be
// sent.
type TooEarly struct {
	Block int32
	// At is when the block was expected as the campaign's terms were made.
	At time.Time
}

// Error implements error.
func (e *TooEarly) Error() string {
	return fmt.Sprintf("%s: not before block %d", lighthouse.ErrTooEarly, e.Block)
}

// Unwrap makes a TooEarly match lighthouse.ErrTooEarly.
func (e *TooEarly) Unwrap() error { return lighthouse.ErrTooEarly }

// Resting matches ErrResting and says from which block on an earlier claim is
// surely over; 0 while no block has decided it.
type Resting struct{ Until int32 }

// Error implements error.
func (e *Resting) Error() string {
	if e.Until == 0 {
		return ErrResting.Error()
	}
	return fmt.Sprintf("%s: it will be at block %d", ErrResting, e.Until)
}

// Unwrap makes a Resting match ErrResting.
func (e *Resting) Unwrap() error { return ErrResting }
