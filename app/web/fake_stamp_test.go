package web

import (
	"context"

	"cairn/notary"
)

// StampMany implements Notary: all or nothing, each digest as by itself.
func (n *fakeNotary) StampMany(ctx context.Context, digests []notary.Digest) (notary.Batch, error) {
	if len(digests) == 0 || len(digests) > notary.MaxBatch {
		return notary.Batch{}, notary.ErrBatchSize
	}
	batch := notary.Batch{ID: notary.BatchID{1}, Seq: 1, Digests: len(digests), StoredAt: n.now().UTC(), Commitment: make([]byte, 44)}
	for _, d := range digests {
		if _, err := n.Stamp(ctx, d); err != nil {
			return notary.Batch{}, err
		}
	}
	return batch, nil
}
