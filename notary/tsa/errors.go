package tsa

// ErrorKind names what went wrong in the authority; match it with errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrNoToken: there is no token for that digest.
	ErrNoToken = ErrorKind("there is no time-stamp token for this digest")
	// ErrCredentials: the operator's own key and chain cannot sign tokens.
	ErrCredentials = ErrorKind("the key and chain cannot sign time-stamps")
	// ErrPolicy: a policy is not an object identifier.
	ErrPolicy = ErrorKind("a policy is written as an object identifier, such as 1.3.6.1.4.1.99999.1")
)

// failure is a PKIFailureInfo bit (RFC 3161 §2.4.2).
type failure int

const (
	badAlg              failure = 0
	badRequest          failure = 2
	badDataFormat       failure = 5
	timeNotAvailable    failure = 14
	unacceptedPolicy    failure = 15
	unacceptedExtension failure = 16
	systemFailure       failure = 25
)

// refusal is why a query gets no token. It is an answer of the protocol, not an
// error of ours.
type refusal struct {
	failure failure
	text    string
}

// Error returns the sentence that stands in the reply.
func (r *refusal) Error() string { return r.text }

func refuse(f failure, text string) error { return &refusal{f, text} }
