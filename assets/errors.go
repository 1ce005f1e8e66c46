package assets

// ErrorKind names what is wrong; match it with errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrProtocol: no such protocol.
	ErrProtocol = ErrorKind("there is no such protocol")
	// ErrID: the text or bytes are not an asset id.
	ErrID = ErrorKind("this is not an asset id")
	// ErrNetwork: an asset id or address belongs to another network.
	ErrNetwork = ErrorKind("this belongs to another network")
	// ErrUnknown: no asset with this id has been seen up to the tip.
	ErrUnknown = ErrorKind("no such asset is known")
	// ErrUnits: units below 1 or over 2^63-1 in sum.
	ErrUnits = ErrorKind("so many units cannot be")
	// ErrShort: the coins hold too few units, in which case nothing was built.
	ErrShort = ErrorKind("the coins hold too few units")
	// ErrDestroys: a transaction would destroy units nobody asked to destroy.
	ErrDestroys = ErrorKind("the transaction would destroy units")
	// ErrDust: an output is too small for the network to relay.
	ErrDust = ErrorKind("an output is too small")
	// ErrTooMany: more payments or assets than one transaction can carry.
	ErrTooMany = ErrorKind("too much for one transaction")
)
