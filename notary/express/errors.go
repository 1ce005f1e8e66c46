package express

// ErrorKind names why there is no transaction of its own; match it with
// errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrOrdered: the digest has, or will have, a transaction of its own in
	// that form: nobody should pay for another.
	ErrOrdered = ErrorKind("this digest has a transaction of its own already")
	// ErrComplete: the proof is complete; a transaction would prove nothing
	// more.
	ErrComplete = ErrorKind("the proof is complete already")
	// ErrDear: the network asks for higher fees than are offered.
	ErrDear = ErrorKind("the fees of the network are too high now")
	// ErrNoRate: what the network asks for is not known.
	ErrNoRate = ErrorKind("the fees of the network are not known now")
	// ErrTakenBack: whoever paid has taken the money back.
	ErrTakenBack = ErrorKind("the payment was given back")
	// ErrUnknownOrder: there is no such order.
	ErrUnknownOrder = ErrorKind("there is no such order")
)
