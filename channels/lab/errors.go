package lab

// ErrorKind names why something in a lab did not go as it should; match it with
// errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrLate: something that the nodes do by themselves did not happen in time.
	ErrLate = ErrorKind("it did not happen in time")
	// ErrFigures: a balance, fee or capacity is not what was worked out.
	ErrFigures = ErrorKind("the figures are not what was worked out")
	// ErrDown: the node was stopped.
	ErrDown = ErrorKind("the node is stopped")
	// ErrPayment: a payment did not come through; nobody lost anything.
	ErrPayment = ErrorKind("the payment did not come through")
)
