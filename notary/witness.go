package notary

import "context"

// Witness is told of each digest that was stamped by itself, once it is on
// disk, and may testify to it in its own way, as a time-stamp authority does.
// It cannot fail the stamp and must not hold it up.
type Witness interface {
	Stamped(ctx context.Context, d Digest)
}
