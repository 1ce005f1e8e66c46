package receipt

// ErrorKind names what is wrong; match it with errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrFormat: the bytes are no receipt, or one of another version.
	ErrFormat = ErrorKind("this is not an asset receipt")
	// ErrTruncated: the file ends before the receipt does.
	ErrTruncated = ErrorKind("the receipt is cut off")
	// ErrSize: more than 4 MB, 2,000 transactions or 2,000 blocks.
	ErrSize = ErrorKind("the receipt is too large")
	// ErrAncestor: a transaction that the coin comes from is missing.
	ErrAncestor = ErrorKind("a transaction that the coin comes from is missing")
	// ErrUnconfirmed: no block in the receipt holds one of its transactions.
	ErrUnconfirmed = ErrorKind("a transaction is in no block of the receipt")
	// ErrBranch: a Merkle branch does not lead to its block's header.
	ErrBranch = ErrorKind("a transaction is not in the block that the receipt names")
	// ErrWork: a header has not the work it claims, or claims less than the
	// network's least.
	ErrWork = ErrorKind("a block header has not the work it should")
	// ErrOrder: heights and headers do not fit together.
	ErrOrder = ErrorKind("the blocks are not in order")
	// ErrHoldings: the coin holds something else than the receipt says.
	ErrHoldings = ErrorKind("the coin does not hold what the receipt says")
	// ErrDefinition: the definition is not the one that the issue names.
	ErrDefinition = ErrorKind("the definition is not the one that was issued")
	// ErrOtherChain: a block is not the one that the headers at hand have there.
	ErrOtherChain = ErrorKind("a block is not in the chain of the given headers")
)
