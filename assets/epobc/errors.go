package epobc

// ErrorKind names what is wrong; match it with errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrValue: a value was asked for, which follows from the units here.
	ErrValue = ErrorKind("the value of such an output follows from its units")
	// ErrCoin: a coin's units do not follow from its value and tag.
	ErrCoin = ErrorKind("a coin's units do not follow from its value")
)
