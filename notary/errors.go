package notary

// ErrorKind names what went wrong in the notary; match it with errors.Is.
// Kinds that belong to one file format live with its parser (ots, docproof).
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrDigestLength: a digest is not of the length asked for.
	ErrDigestLength = ErrorKind("a SHA-256 digest has 64 hexadecimal digits")
	// ErrDigestHex: a digest has characters that are not hexadecimal.
	ErrDigestHex = ErrorKind("a digest is written in hexadecimal digits")
	// ErrUnknownDigest: nothing was stamped here under that digest.
	ErrUnknownDigest = ErrorKind("nothing was stamped here under this digest")
	// ErrUnknownTransaction: no anchor of ours has that transaction.
	ErrUnknownTransaction = ErrorKind("this transaction carries nothing that was stamped here")
	// ErrNothingFound: nothing here goes by what was looked for.
	ErrNothingFound = ErrorKind("nothing here goes by this number")
	// ErrQuery: a text that names nothing that could be looked for.
	ErrQuery = ErrorKind("this is no digest, transaction, block or commitment")
	// ErrOtherFile: the proof is for another file.
	ErrOtherFile = ErrorKind("this proof is for another file")
	// ErrForm: a transaction of its own is asked for in a form there is not.
	ErrForm = ErrorKind("a transaction of its own is plain or docproof")
	// ErrStorage: the disk did not take it (full, read-only, failing).
	ErrStorage = ErrorKind("the digest could not be stored")
	// ErrBusy: too much is waiting to be stored; try again in a moment.
	ErrBusy = ErrorKind("too many digests are waiting")
	// ErrBatchSize: a batch of no digests, or of more than MaxBatch.
	ErrBatchSize = ErrorKind("a batch has between 1 and 10,000 digests")
	// ErrUnknownBatch: nothing was stamped here under that batch's id.
	ErrUnknownBatch = ErrorKind("there is no such batch")
	// ErrBatchID: not a batch's id.
	ErrBatchID = ErrorKind("a batch is named by 32 hexadecimal digits")
)
