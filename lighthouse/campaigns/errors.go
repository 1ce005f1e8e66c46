package campaigns

import (
	"fmt"
	"strings"
)

// ErrorKind names why a campaign is not taken as it is; match it with
// errors.Is. The kinds of package lighthouse are used beside them.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

// What can be wrong with a field; they come in Fields.
const (
	// ErrMissing: the field has to be filled in.
	ErrMissing = ErrorKind("this has to be filled in")
	// ErrLong: the text is longer than it may be.
	ErrLong = ErrorKind("this is too long")
	// ErrTooMany: there are more of these than there may be.
	ErrTooMany = ErrorKind("there are too many of these")
	// ErrAddress: not an address, or one of another network, or of a kind that
	// a contract cannot pay.
	ErrAddress = ErrorKind("this is not an address of this network")
	// ErrAmount: negative, or more than all the money there is.
	ErrAmount = ErrorKind("this is not an amount")
	// ErrSmall: too little for the network to carry.
	ErrSmall = ErrorKind("the amount is too small for the network to carry")
	// ErrReserve: the reserve does not even pay for a claim with one pledge.
	ErrReserve = ErrorKind("the reserve for the network fee is too small")
	// ErrLevels: a level pays out no more than the one before.
	ErrLevels = ErrorKind("each level has to pay out more than the one before")
	// ErrLeast: the least pledge is more than the goal, or no multiple of a
	// share.
	ErrLeast = ErrorKind("the least pledge does not fit the goal or the price of a share")
	// ErrShare: a share costs more than the goal.
	ErrShare = ErrorKind("a share costs more than the goal")
	// ErrBudget: the lines add up to more than the beneficiaries get.
	ErrBudget = ErrorKind("the budget adds up to more than is paid out")
	// ErrDeadline: nearer than a day or farther than a year.
	ErrDeadline = ErrorKind("the end has to be between a day and a year away")
	// ErrChoice: not one of the categories, or of the languages.
	ErrChoice = ErrorKind("this is not one of the choices")
	// ErrPublicKey: not a key as of BIP-0340.
	ErrPublicKey = ErrorKind("this is not a public key")
	// ErrFirm: nobody here keeps firm pledges.
	ErrFirm = ErrorKind("firm pledges are not taken here")
	// ErrCover: no such picture was handed in.
	ErrCover = ErrorKind("there is no such picture")
	// ErrOutputs: another campaign pays the same amounts to the same addresses,
	// so that the pledges of both could be taken for one.
	ErrOutputs = ErrorKind("another campaign pays the same amounts to the same addresses: use a fresh address")
	// ErrOutputsBefore: an earlier revision did, and somebody may have signed
	// for it.
	ErrOutputsBefore = ErrorKind("an earlier version of this campaign paid the same amounts to the same addresses: use a fresh address")
)

// What is wrong with what somebody wants to do.
const (
	// ErrStage: the campaign is too far, or not far enough, for this.
	ErrStage = ErrorKind("the campaign is not at the stage for this")
	// ErrOver: the deadline has passed.
	ErrOver = ErrorKind("the time of the campaign is over")
	// ErrSignature: the signature of the creator's key does not hold, or the
	// campaign has no such key.
	ErrSignature = ErrorKind("the signature is not by the creator's key")
	// ErrChallenge: nobody was asked to sign that, or too long ago, or it was
	// used.
	ErrChallenge = ErrorKind("the challenge is over: ask for another")
	// ErrNotBacker: the proof is by nobody whose pledge counts.
	ErrNotBacker = ErrorKind("the proof is not by a backer of this campaign")
	// ErrTooFast: one visitor says, or follows, too much.
	ErrTooFast = ErrorKind("this is too much from one visitor: try again later")
	// ErrFull: the campaign has as many comments, or news, as it may.
	ErrFull = ErrorKind("the campaign can take no more of these")
	// ErrUnknownComment: the campaign has no such comment.
	ErrUnknownComment = ErrorKind("no such comment")
	// ErrSort: there is no such order, or the place in it cannot be read.
	ErrSort = ErrorKind("no such order of campaigns")
)

// FieldError says what is wrong with one field. Field is its path: "title",
// "levels.0.beneficiaries.1.address", "budget.2.amount", "faq.0.answers".
type FieldError struct {
	Field string
	Err   error // one of the kinds above, wrapped
	// Limit is the most there may be, or the least, where that helps: of
	// characters, entries or satoshi.
	Limit int64
}

// Error implements error.
func (e *FieldError) Error() string { return e.Field + ": " + e.Err.Error() }

// Unwrap gives the kind.
func (e *FieldError) Unwrap() error { return e.Err }

// Fields is everything that is wrong with a draft, in the order of its fields.
type Fields []*FieldError

// Error implements error.
func (f Fields) Error() string {
	words := make([]string, len(f))
	for i, e := range f {
		words[i] = e.Error()
	}
	return strings.Join(words, "; ")
}

// Unwrap gives all of them.
func (f Fields) Unwrap() []error {
	errs := make([]error, len(f))
	for i, e := range f {
		errs[i] = e
	}
	return errs
}

// Of is what is wrong with one field; nil for nothing.
func (f Fields) Of(field string) *FieldError {
	for _, e := range f {
		if e.Field == field {
			return e
		}
	}
	return nil
}

// faults collects what is wrong.
type faults struct{ found Fields }

func (f *faults) add(kind ErrorKind, limit int64, format string, args ...any) {
	f.found = append(f.found, &FieldError{Field: fmt.Sprintf(format, args...), Err: kind, Limit: limit})
}

// err is nil without faults.
func (f *faults) err() error {
	if len(f.found) == 0 {
		return nil
	}
	return f.found
}
