package document

// ErrorKind names what is wrong with a file; match it with errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrFile: this is not such a file, or not one that can be read.
	ErrFile = ErrorKind("this is not such a file")
	// ErrVersion: the file is of a later version than is known here.
	ErrVersion = ErrorKind("the file was made by a newer version")
	// ErrSize: the file is larger than such files are.
	ErrSize = ErrorKind("the file is too large")
	// ErrSigned: a signature does not hold, or one that is needed is not there.
	ErrSigned = ErrorKind("the signature of the file does not hold")
	// ErrOther: the file belongs to another campaign, network or server.
	ErrOther = ErrorKind("the file belongs to another campaign")
	// ErrContents: parts of the file contradict each other.
	ErrContents = ErrorKind("the file contradicts itself")
)
