package chain

// ErrorKind names what went wrong on the chain side; match it with errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrNoBlock: no block is known by that height or hash.
	ErrNoBlock = ErrorKind("no such block")
	// ErrEngineDown: the node does not answer now; the work may be tried again.
	ErrEngineDown = ErrorKind("the node is not answering")
	// ErrNoFunds: the node's wallet has no spendable fee coins for this.
	ErrNoFunds = ErrorKind("the node's wallet has too little to pay the network fee")
	// ErrRejected: the network refused a transaction, for good.
	ErrRejected = ErrorKind("the network refused the transaction")
	// ErrProtected: a coin that must not be spent would have been.
	ErrProtected = ErrorKind("a protected coin must not be spent")
	// ErrLoanOver: coins that were set aside for a transaction are free again, or
	// one of its coins is spent by another transaction of ours.
	ErrLoanOver = ErrorKind("the coins set aside for the transaction are free again")
	// ErrFeeCap: the day's fee budget is used up.
	ErrFeeCap = ErrorKind("the daily fee budget is used up")
)
