package devnet

// ErrorKind names what went wrong in the devnet; match it with errors.Is.
// Refused transactions are chain.ErrRejected, unknown blocks and transactions
// chain.ErrNoBlock and ErrNoTx.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrClosed: the chain was closed.
	ErrClosed = ErrorKind("the devnet is closed")
	// ErrNoTx: the transaction is neither in a block of the best chain nor
	// in the mempool.
	ErrNoTx = ErrorKind("no such transaction")
	// ErrMissingInputs: a transaction spends outputs that do not exist or are
	// already spent in a block. It comes together with chain.ErrRejected.
	ErrMissingInputs = ErrorKind("an input does not exist or is spent")
	// ErrMempoolFull: too many transactions wait; mine a block. It comes
	// together with chain.ErrRejected.
	ErrMempoolFull = ErrorKind("the mempool is full")
	// ErrAmount: the faucet does not pay out so little or so much.
	ErrAmount = ErrorKind("amount out of the faucet's range")
	// ErrCount: too few or too many blocks asked for at once.
	ErrCount = ErrorKind("number of blocks out of range")
	// ErrTooFast: so many blocks were mined in a row, or the clock was set
	// back so far, that other nodes would refuse the next block's date.
	ErrTooFast = ErrorKind("the chain is dated too far ahead of the clock")
	// ErrDiskFull: the disk has no room for more blocks.
	ErrDiskFull = ErrorKind("the disk is full")
	// ErrDamaged: the files in the folder are not a chain that can be read.
	ErrDamaged = ErrorKind("the devnet's files are damaged")
	// ErrInUse: another process has the folder open.
	ErrInUse = ErrorKind("the devnet's folder is in use by another process")
)
