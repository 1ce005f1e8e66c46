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
	// ErrOtherFile: the proof is for another file.
	ErrOtherFile = ErrorKind("this proof is for another file")
	// ErrStorage: the disk did not take it (full, read-only, failing).
	ErrStorage = ErrorKind("the digest could not be stored")
	// ErrBusy: too much is waiting to be stored; try again in a moment.
	ErrBusy = ErrorKind("too many digests are waiting")
)
