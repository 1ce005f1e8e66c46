package node

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"syscall"

	"cairn/chain"
)

// ErrorKind names why the node cannot be used; match it with errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrNoWallet: there is no wallet yet; Create makes one.
	ErrNoWallet = ErrorKind("there is no wallet yet")
	// ErrWalletExists: there is a wallet already, and it is never overwritten.
	ErrWalletExists = ErrorKind("there is a wallet already")
	// ErrSeedNotConfirmed: nobody has shown yet that the backup words were
	// written down, and mainnet is refused until then.
	ErrSeedNotConfirmed = ErrorKind("the backup words have not been confirmed")
	// ErrWrongWords: the words picked do not match the seed.
	ErrWrongWords = ErrorKind("these are not the words of this wallet")
	// ErrNoSeed: the backup words are not stored here.
	ErrNoSeed = ErrorKind("the backup words are not stored here")
	// ErrPassword: the wallet's password is wrong or its file unreadable.
	ErrPassword = ErrorKind("the wallet password is wrong")
	// ErrLocked: another process holds the node's database.
	ErrLocked = ErrorKind("another process is using the node's database")
	// ErrPort: an address the node should listen on is taken.
	ErrPort = ErrorKind("an address of the node is taken")
	// ErrDisk: the disk is full, read-only or failing.
	ErrDisk = ErrorKind("the disk is full or cannot be written")
	// ErrBackend: the chain backend does not answer; it may come back.
	ErrBackend = ErrorKind("the chain backend does not answer")
	// ErrWrongNetwork: the node or its backend is on another network.
	ErrWrongNetwork = ErrorKind("the node is on another network")
	// ErrCorrupt: a database of the node cannot be read.
	ErrCorrupt = ErrorKind("a database of the node is damaged")
	// ErrConfig: the node was given options it does not accept.
	ErrConfig = ErrorKind("the node does not accept its configuration")
	// ErrCrash: the engine stopped for a reason nobody has a name for.
	ErrCrash = ErrorKind("the node stopped unexpectedly")
)

// Refusal is why an engine did not start or did not stay up: its kind, one
// sentence for people, and the error underneath.
type Refusal struct {
	Kind     ErrorKind
	Sentence string
	Err      error
}

// Error is the sentence, and lnd's own words where there are some.
func (r *Refusal) Error() string {
	if r.Err == nil {
		return r.Sentence
	}
	return r.Sentence + " (" + r.Err.Error() + ")"
}

// Unwrap gives errors.Is the kind and the cause.
func (r *Refusal) Unwrap() []error {
	if r.Err == nil {
		return []error{r.Kind}
	}
	return []error{r.Kind, r.Err}
}

// passing reports whether the reason may go away by itself, so that the
// supervisor tries again soon rather than slowly.
func (r *Refusal) passing() bool { return r.Kind == ErrBackend || r.Kind == ErrCrash }

// refusalLine is how a child hands its Refusal to the supervisor: the last
// line of its standard error.
type refusalLine struct {
	Kind   ErrorKind `json:"kind"`
	Reason string    `json:"reason"`
	Detail string    `json:"detail,omitempty"`
}

func (r *Refusal) line() string {
	l := refusalLine{Kind: r.Kind, Reason: r.Sentence}
	if r.Err != nil {
		l.Detail = r.Err.Error()
	}
	raw, err := json.Marshal(l)
	if err != nil { // strings always marshal
		return ""
	}
	return string(raw)
}

// parseRefusal reads a line written by line; nil if it is something else.
func parseRefusal(s string) *Refusal {
	var l refusalLine
	if json.Unmarshal([]byte(s), &l) != nil || l.Kind == "" || l.Reason == "" {
		return nil
	}
	r := &Refusal{Kind: l.Kind, Sentence: l.Reason}
	if l.Detail != "" {
		r.Err = errors.New(l.Detail)
	}
	return r
}

// causes maps what lnd and the libraries below it say to a kind. lnd formats
// most causes away with %v, so its words are all there is to go by; the first
// match wins.
var causes = []struct {
	words []string
	kind  ErrorKind
}{
	{[]string{"no space left on device", "disk quota exceeded", "read-only file system", "input/output error"}, ErrDisk},
	{[]string{"invalid passphrase", "incorrect password", "unlock password file", "reading password"}, ErrPassword},
	{[]string{"address already in use"}, ErrPort},
	{[]string{"invalid database", "version mismatch", "checksum error", "file size too small", "unexpected fault address", "corrupt"}, ErrCorrupt},
	{[]string{"wrong network", "network mismatch", "genesis"}, ErrWrongNetwork},
	{[]string{"connection refused", "no such host", "unable to connect", "unable to create chain control", "status code: 401", "i/o timeout", "backend"}, ErrBackend},
	{[]string{"failed to open database: timeout", "database: timeout", "databases: timeout", "resource temporarily unavailable"}, ErrLocked},
	{[]string{"permission denied"}, ErrDisk},
	{[]string{"validateconfig", "unknown flag", "parsing", "fee.url"}, ErrConfig},
}

// refusalOf puts lnd's error into a Refusal with a sentence for people.
func refusalOf(err error, c Config) *Refusal {
	var known *Refusal
	if errors.As(err, &known) {
		return known
	}
	kind := ErrCrash
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EROFS):
		kind = ErrDisk
	case errors.Is(err, syscall.EADDRINUSE):
		kind = ErrPort
	default:
		kind = kindByWords(err.Error())
	}
	return &Refusal{Kind: kind, Sentence: sentence(kind, c), Err: err}
}

func kindByWords(message string) ErrorKind {
	message = strings.ToLower(message)
	// bbolt's lock timeout is the bare word at the end of lnd's chain of
	// prefixes; network timeouts read "i/o timeout".
	if strings.HasSuffix(message, ": timeout") {
		return ErrLocked
	}
	for _, cause := range causes {
		for _, words := range cause.words {
			if strings.Contains(message, words) {
				return cause.kind
			}
		}
	}
	return ErrCrash
}

// sentence is what people read: what is wrong and what to do.
func sentence(kind ErrorKind, c Config) string {
	switch kind {
	case ErrNoWallet:
		return "There is no wallet yet: create one with `cairn wallet create`."
	case ErrSeedNotConfirmed:
		return "The wallet's 24 words have not been confirmed: run `cairn wallet confirm`; mainnet stays off until then."
	case ErrPassword:
		return fmt.Sprintf("The wallet's password is wrong: put the right one into %s.", c.PasswordFile)
	case ErrLocked:
		return fmt.Sprintf("Another process is using the node's database in %s: stop it first.", c.Dir)
	case ErrPort:
		return fmt.Sprintf("The node's address is taken by another program%s.", listenHint(c))
	case ErrDisk:
		return fmt.Sprintf("The node cannot write to %s: the disk is full, read-only or not ours.", c.Dir)
	case ErrBackend:
		return fmt.Sprintf("The chain backend (%s) does not answer; the node waits for it.", c.Chain.Backend)
	case ErrWrongNetwork:
		return fmt.Sprintf("The node or its chain backend is not on %s, which the configuration names.", c.Network)
	case ErrCorrupt:
		return fmt.Sprintf("A database of the node in %s is damaged: restore the wallet from its words and the channels from %s.", c.Dir, c.paths().backups())
	case ErrConfig:
		return "The node does not accept its configuration."
	}
	return "The node stopped unexpectedly and is being started again."
}

func listenHint(c Config) string {
	if c.Listen == "" {
		return ""
	}
	return ": set another one than " + c.Listen
}

// engineDown wraps err so that it matches chain.ErrEngineDown as well.
func engineDown(err error) error { return fmt.Errorf("%w: %w", chain.ErrEngineDown, err) }
