package pledges

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"cairn/app/db"
	"cairn/lighthouse"
)

// Limits of a submission.
const (
	// MaxName and MaxMessage bound what a backer says, in characters.
	MaxName, MaxMessage = 60, 500
	// maxLevels is that of lighthouse.Terms.
	maxLevels = 20
	// maxSigned bounds a signed transaction, a refund, and a transaction that
	// makes a coin, in bytes; PSBTs have their own bound.
	maxSigned = 100_000
	maxClient = 200
)

// ErrorKind names what is wrong with a submission beside what lighthouse,
// contract and coins say; match it with errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrLevels: no level is signed, one that the campaign does not have, or the
	// levels are signed with different coins.
	ErrLevels = ErrorKind("the levels that were signed do not fit the campaign")
	// ErrWords: the name or the message is too long.
	ErrWords = ErrorKind("the name or the message is too long")
	// ErrPending: too many coins of the campaign, or of this visitor, wait for
	// their block.
	ErrPending = ErrorKind("too many pledges wait for their block")
	// ErrTooLarge: something that was sent has more bytes than it can need.
	ErrTooLarge = ErrorKind("this is larger than a pledge can be")
)

// Submission is a pledge as it comes in.
type Submission struct {
	Campaign lighthouse.ID
	// Revision is that of the terms that were signed.
	Revision int
	// Signed is by level the signed transaction that consists of the pledge alone,
	// or a PSBT with it; in bytes, hexadecimal or base64.
	Signed map[int][]byte
	// Height is that of the block that holds the coin, or one a little below; 0
	// when it is not known. Script is the coin's. Both are needed where nobody
	// keeps the set of all coins; PSBTs say the script themselves.
	Height int32
	Script []byte
	// Funding is the transaction that makes the coin, for one that no block holds
	// yet; empty otherwise.
	Funding []byte
	// Refund is a signed transaction that sends the coin home from
	// Terms.RefundHeight on; empty for none.
	Refund []byte
	// Name and Message are shown to everybody; both may be empty.
	Name, Message string
	Door          lighthouse.Door
	// Client is who sends this, for limits: 0 to 200 bytes, of which a keyed sum is
	// kept.
	Client string
}

// check looks at sizes, before anything is parsed, and tidies the words. Errors:
// ErrLevels, ErrWords, ErrTooLarge.
func (s *Submission) check() error {
	if len(s.Signed) == 0 || len(s.Signed) > maxLevels {
		return fmt.Errorf("%w: %d levels", ErrLevels, len(s.Signed))
	}
	if len(s.Funding) > 2*maxSigned || len(s.Refund) > 2*maxSigned || len(s.Script) > maxScript || len(s.Client) > maxClient {
		return ErrTooLarge
	}
	switch s.Door {
	case lighthouse.ByWallet, lighthouse.ByPSBT, lighthouse.ByFile:
	default:
		return fmt.Errorf("%w: door %q", ErrLevels, s.Door)
	}
	s.Client = db.CleanText(s.Client)
	return checkWords(&s.Name, &s.Message)
}

// maxScript bounds the scripts of coins that can be pledged, generously.
const maxScript = 100

func checkWords(name, message *string) error {
	*name, *message = tidy(*name), strings.TrimSpace(db.CleanText(*message))
	if n := utf8.RuneCountInString(*name); n > MaxName {
		return fmt.Errorf("%w: the name has %d characters, at most %d", ErrWords, n, MaxName)
	}
	if n := utf8.RuneCountInString(*message); n > MaxMessage {
		return fmt.Errorf("%w: the message has %d characters, at most %d", ErrWords, n, MaxMessage)
	}
	return nil
}

// tidy makes one line of a name.
func tidy(s string) string { return strings.Join(strings.Fields(db.CleanText(s)), " ") }
