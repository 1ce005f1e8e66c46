// Package ln has the words of Lightning that nodes and pages share: channels,
// peers, payments, watchtowers, and why something cannot be done. It is pure;
// channels/lightning does these things, and links a whole node for it.
package ln

import "fmt"

func kindf(kind ErrorKind, format string, args ...any) error {
	return fmt.Errorf("%w: %s", kind, fmt.Sprintf(format, args...))
}
