package openassets

// ErrorKind names what is wrong; match it with errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrNoMarker: the script carries nothing of Open Assets.
	ErrNoMarker = ErrorKind("there is no Open Assets marker")
	// ErrMarker: the script carries a marker that is malformed.
	ErrMarker = ErrorKind("the Open Assets marker is malformed")
	// ErrDepth: a quantity is written with more than 9 bytes.
	ErrDepth = ErrorKind("a quantity takes more than nine bytes")
	// ErrAddress: the text is not an Open Assets address.
	ErrAddress = ErrorKind("this is not an Open Assets address")
	// ErrNoForm: the script or address has no Open Assets form, as all of segwit.
	ErrNoForm = ErrorKind("this address has no Open Assets form")
	// ErrPointer: the bytes do not point to an asset definition.
	ErrPointer = ErrorKind("this does not point to an asset definition")
	// ErrDefinition: the file is not an asset definition, or is too large.
	ErrDefinition = ErrorKind("this is not an asset definition")
	// ErrUnlisted: the definition does not list the asset.
	ErrUnlisted = ErrorKind("the definition does not list this asset")
	// ErrHash: the definition is not the one that was pointed to.
	ErrHash = ErrorKind("the definition is not the one that was meant")
	// ErrRequest: the text is not a payment request of Open Assets.
	ErrRequest = ErrorKind("this is not a request for a payment in units")
)
