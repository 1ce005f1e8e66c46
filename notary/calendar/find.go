package calendar

import "context"

// Number is the place of a commitment in the journal; 0 when the journal has
// no such, or it is not a commitment at all.
func (c *Calendar) Number(ctx context.Context, commitment []byte) (int64, error) {
	parsed, ok := ParseCommitment(commitment)
	if !ok {
		return 0, nil
	}
	return c.journal.Find(ctx, parsed)
}
