package ledger

// ErrorKind names what is wrong; match it with errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrNoTx: the transaction has nothing to do with colored coins, or is not
	// known.
	ErrNoTx = ErrorKind("the ledger has no such transaction")
	// ErrSpent: a colored coin is spent by another transaction in a block.
	ErrSpent = ErrorKind("a coloured coin is spent already")
	// ErrFuture: the ledger has not come to that height.
	ErrFuture = ErrorKind("the ledger has not come to that height")
	// ErrPage: this is not where a page of a list can begin.
	ErrPage = ErrorKind("a list cannot be continued from there")
	// ErrFull: too many transactions wait for a block already.
	ErrFull = ErrorKind("too many transactions wait already")
	// ErrOrder: a block does not follow the one before.
	ErrOrder = ErrorKind("the ledger is at another block")
)
