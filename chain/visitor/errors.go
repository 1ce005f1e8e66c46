package visitor

// ErrorKind names what is wrong with a request of a visitor's wallet; match it
// with errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrID: not the name of a wallet.
	ErrID = ErrorKind("this is not the name of a wallet")
	// ErrUnwatched: no scripts of that wallet are watched, or not any more.
	ErrUnwatched = ErrorKind("the wallet is not watched here")
	// ErrScript: not a script that can be watched.
	ErrScript = ErrorKind("this script cannot be watched")
	// ErrTooMany: more scripts than one wallet, or one request, may have.
	ErrTooMany = ErrorKind("too many scripts for one wallet")
	// ErrFull: no more wallets can be watched here for now.
	ErrFull = ErrorKind("no more wallets can be watched now")
	// ErrTransaction: not a transaction the network would take from anybody.
	ErrTransaction = ErrorKind("this is not a transaction that can be sent")
	// ErrSpent: a coin it spends does not exist, or is spent already.
	ErrSpent = ErrorKind("a coin of the transaction is spent already")
	// ErrSignature: a signature or script of it does not hold.
	ErrSignature = ErrorKind("a signature of the transaction does not hold")
	// ErrFee: it pays too little for the network to pass it on, or to take the
	// place of the one it replaces.
	ErrFee = ErrorKind("the transaction pays too low a network fee")
)
