package definition

// ErrorKind names what is wrong; match it with errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrNoFile: nothing is kept under this hash.
	ErrNoFile = ErrorKind("nothing is kept under this hash")
	// ErrName: a definition without a name, or with one that is too long.
	ErrName = ErrorKind("an asset needs a name of 1 to 64 characters")
	// ErrShortName: more than ten characters.
	ErrShortName = ErrorKind("a short name has up to 10 characters")
	// ErrText: a description, issuer or terms that are too long.
	ErrText = ErrorKind("a text is too long")
	// ErrDivisibility: more decimals than the protocol has.
	ErrDivisibility = ErrorKind("so many decimals cannot be")
	// ErrAsset: no asset to define, or of different protocols.
	ErrAsset = ErrorKind("a definition names the assets it is for")
	// ErrPicture: the picture cannot be read.
	ErrPicture = ErrorKind("the picture cannot be read")
)

// What a Fetcher tells of an address that gave nothing. Other errors count as
// ErrSilent.
const (
	// ErrPrivate: the address is, or leads to, a private network.
	ErrPrivate = ErrorKind("the address leads to a private network")
	// ErrAddress: no address that is asked, as it is not https.
	ErrAddress = ErrorKind("the address is not asked")
	// ErrRedirect: it leads on to what is not asked, or too often.
	ErrRedirect = ErrorKind("the address leads elsewhere")
	// ErrLarge: the answer is too large.
	ErrLarge = ErrorKind("the answer is too large")
	// ErrSilent: nobody answers, or what was asked for is not there.
	ErrSilent = ErrorKind("nobody answers at the address")
)
