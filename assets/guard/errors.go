package guard

// ErrorKind names what is wrong; match it with errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrForm: neither a transaction nor a PSBT, in no form that is known.
	ErrForm = ErrorKind("this is neither a transaction nor a PSBT")
	// ErrTooLarge: larger than any transaction that is relayed, or its PSBT.
	ErrTooLarge = ErrorKind("this is too large for a transaction")
	// ErrPrevious: a PSBT shows another transaction than the one it spends from.
	ErrPrevious = ErrorKind("the PSBT shows another coin than the one it spends")
	// ErrNoAddress: no address was given, or more than one list takes.
	ErrNoAddress = ErrorKind("there is no address to look for, or there are too many")
	// ErrTooMany: more coins than one list takes.
	ErrTooMany = ErrorKind("there are too many coins for one list")
)
