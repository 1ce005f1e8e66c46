// Package audit checks a calendar's public log from outside, over HTTP or in a
// mirror on disk: that its checkpoint is signed by the key it always had, that
// it contains all it ever showed, in the same order, that its entries add up
// to what is signed, that nothing is back-dated, that the anchors leave out
// nothing and are in the blocks they name, and that receipts are honoured.
//
// Whatever the log says is bounded and checked; it is trusted for nothing.
// What was seen is kept in a State, which makes the next check cover only what
// is new, and makes the log accountable for what it showed before.
package audit

import (
	"fmt"
	"time"
)

// Slack is how much the clocks of a log and of its readers may differ, and how
// long a commitment may take into the log, before that counts as back-dating,
// as the future, or as a broken promise.
const Slack = 10 * time.Minute

// BlockSlack is how much younger than its block an entry may claim to be:
// miners' clocks may be off by two hours (Bitcoin's rule for nTime).
const BlockSlack = 2 * time.Hour

// ErrorKind names an offence of a log, or why it could not be checked; match
// it with errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

// The offences. Each refutes the log.
const (
	// ErrKey: signed by nobody we know, or by another key than before.
	ErrKey = ErrorKind("the checkpoint is not signed by the log's key")
	// ErrShrunk: shorter than it was.
	ErrShrunk = ErrorKind("the log has become shorter")
	// ErrFork: two signed checkpoints that no one history can have.
	ErrFork = ErrorKind("the log has signed two different histories")
	// ErrRewritten: entries seen before are not there any more as they were;
	// too long ago to say which of them.
	ErrRewritten = ErrorKind("the log's past was rewritten")
	// ErrDropped: an entry is missing from its place.
	ErrDropped = ErrorKind("an entry was dropped")
	// ErrReordered: entries have changed places.
	ErrReordered = ErrorKind("entries were reordered")
	// ErrChanged: another entry stands in an entry's place.
	ErrChanged = ErrorKind("an entry was changed")
	// ErrBackdated: an entry claims an earlier time than it can have.
	ErrBackdated = ErrorKind("an entry was back-dated")
	// ErrFuture: an entry claims a time that has not come yet.
	ErrFuture = ErrorKind("an entry claims a time that has not come yet")
	// ErrRoot: the entries are not those that were signed.
	ErrRoot = ErrorKind("the entries do not add up to the signed checkpoint")
	// ErrTile: a tile says something else than the entries below it.
	ErrTile = ErrorKind("a tile contradicts the entries below it")
	// ErrTruncated: a piece is shorter than it must be.
	ErrTruncated = ErrorKind("a piece of the log is cut off")
	// ErrTooLarge: a piece is larger than it can be.
	ErrTooLarge = ErrorKind("a piece of the log is larger than it can be")
	// ErrMissing: a piece that was signed is not served.
	ErrMissing = ErrorKind("the log does not have a piece that it has signed")
	// ErrMalformed: a piece is not in the format of a log.
	ErrMalformed = ErrorKind("a piece of the log is malformed")
	// ErrAnchorRange: the anchors leave out entries, or repeat some.
	ErrAnchorRange = ErrorKind("the anchors do not follow each other")
	// ErrAnchorRoot: an anchor commits to other entries than it says.
	ErrAnchorRoot = ErrorKind("an anchor is over other entries than those in the log")
	// ErrAnchorBlock: an anchor is not in the block it names.
	ErrAnchorBlock = ErrorKind("an anchor is not in the block that it names")
	// ErrAnchorTime: an entry claims to be younger than the block that has it.
	ErrAnchorTime = ErrorKind("an entry claims to be younger than its block")
	// ErrReceipt: a receipt that the log has signed was not honoured.
	ErrReceipt = ErrorKind("a receipt is not honoured by the log")
)

// ErrNoReceipt: what was given is no receipt of this log, which says nothing
// about the log.
const ErrNoReceipt = ErrorKind("this is no receipt of the log")

// What leaves it open whether the log is honest.
const (
	// ErrUnreachable: the log does not answer, or too slowly.
	ErrUnreachable = ErrorKind("the log does not answer")
	// ErrNoLog: nothing that looks like a log is there.
	ErrNoLog = ErrorKind("there is no log at this place")
	// ErrHeaders: block headers are missing.
	ErrHeaders = ErrorKind("the block headers cannot be had")
	// ErrOlder: a copy that is older than what was seen of the log.
	ErrOlder = ErrorKind("this copy is older than what was seen of the log")
	// ErrState: what was kept of an earlier check cannot be used.
	ErrState = ErrorKind("what was kept of an earlier check cannot be used")
)

// Undecided reports whether an error of this package leaves it open whether the
// log is honest.
func (k ErrorKind) Undecided() bool {
	switch k {
	case ErrUnreachable, ErrNoLog, ErrHeaders, ErrOlder, ErrState:
		return true
	}
	return false
}

// Error is a kind with what exactly is the matter.
type Error struct {
	Kind ErrorKind
	// Text is a sentence for people.
	Text string
	// Cause is what lies below; it may be nil.
	Cause error
}

// Error renders "kind: text".
func (e *Error) Error() string {
	s := string(e.Kind) + ": " + e.Text
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// Unwrap gives errors.Is the kind and the cause.
func (e *Error) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Cause}
}

func fail(kind ErrorKind, text string, args ...any) *Error {
	return &Error{Kind: kind, Text: fmt.Sprintf(text, args...)}
}

// because adds what lies below.
func (e *Error) because(cause error) *Error {
	e.Cause = cause
	return e
}

// moment writes a time in sentences.
func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }
