package notary

import (
	"context"
	"encoding/hex"
	"time"
)

// MaxBatch is how many digests are stamped by one call at most.
const MaxBatch = 10_000

// BatchID names a batch; whoever knows it can read the whole batch, so it is
// not to be guessed.
type BatchID [16]byte

// String is the id in lower-case hexadecimal.
func (id BatchID) String() string { return hex.EncodeToString(id[:]) }

// ParseBatchID reads 32 hexadecimal digits. Error: ErrBatchID.
func ParseBatchID(s string) (BatchID, error) {
	var id BatchID
	raw, err := hex.DecodeString(s)
	if err != nil || len(raw) != len(id) {
		return id, ErrBatchID
	}
	copy(id[:], raw)
	return id, nil
}

// Batch is what became of the digests of one call.
type Batch struct {
	ID BatchID
	// Seq is the number of its commitment in the journal.
	Seq int64
	// Digests counts them, each once however often it was given.
	Digests int
	// StoredAt is when they were on disk, UTC, second precision.
	StoredAt time.Time
	// Commitment has 44 bytes.
	Commitment []byte
}

// DigestReceipt is a digest of a batch, with its way in that batch.
type DigestReceipt struct {
	Digest Digest
	Receipt
}

// BatchState is a batch and how far it has come, all its digests together.
type BatchState struct {
	Batch
	Stage Stage
	// Anchor, ExpectedBy and Upstreams are as in Proof.
	Anchor     *AnchorState
	ExpectedBy time.Time
	Upstreams  []Upstream
}

// DigestFile is a digest and its detached .ots file as it stands now.
type DigestFile struct {
	Digest Digest
	File   []byte
}

// StampMany stores 1 to MaxBatch digests under one tree, all or nothing, and
// durable when it returns nil. A digest stamped before keeps its first stamp,
// and has a second one in the batch. Errors: ErrBatchSize, ErrBusy, ErrStorage.
func (s *Service) StampMany(ctx context.Context, digests []Digest) (Batch, error) {
	return s.cfg.Calendar.KeepMany(ctx, BatchID{}, digests)
}

// StampBatch is StampMany under an id that the caller has chosen: should there
// be a batch with it, then that is the answer and nothing is stored. Whoever
// derives the id from what makes two calls the same can so repeat a call that
// may or may not have happened.
func (s *Service) StampBatch(ctx context.Context, id BatchID, digests []Digest) (Batch, error) {
	batch, err := s.cfg.Calendar.Batch(ctx, id)
	if err == nil || !isUnknown(err) {
		return batch, err
	}
	return s.cfg.Calendar.KeepMany(ctx, id, digests)
}

// Proofs is all that is known of those digests that are stamped here, in
// their order.
func (s *Service) Proofs(ctx context.Context, digests []Digest) ([]Proof, error) {
	owns, err := s.owns(ctx, digests...)
	if err != nil {
		return nil, err
	}
	proofs := make([]Proof, 0, len(digests))
	covers := make(map[int64]Cover) // digests of a batch share one
	for _, d := range digests {
		receipt, err := s.cfg.Calendar.Receipt(ctx, d)
		if isUnknown(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		cover, known := covers[receipt.Seq]
		if !known {
			if cover, err = s.cfg.Anchors.Cover(ctx, receipt.Seq, receipt.Commitment); err != nil {
				return nil, err
			}
			covers[receipt.Seq] = cover
		}
		proofs = append(proofs, proofOf(d, receipt, cover).with(owns[d]))
	}
	return proofs, nil
}

// Batch is how far a batch has come. Error: ErrUnknownBatch.
func (s *Service) Batch(ctx context.Context, id BatchID) (BatchState, error) {
	batch, err := s.cfg.Calendar.Batch(ctx, id)
	if err != nil {
		return BatchState{}, err
	}
	cover, err := s.cfg.Anchors.Cover(ctx, batch.Seq, batch.Commitment)
	if err != nil {
		return BatchState{}, err
	}
	return BatchState{Batch: batch, Stage: cover.Stage, Anchor: cover.Anchor, ExpectedBy: cover.ExpectedBy, Upstreams: cover.Upstreams}, nil
}

// BatchFiles makes the files of a batch's digests in their order, from the
// place from on and at most limit; each leads through this batch, also for a
// digest that was stamped before. Error: ErrUnknownBatch.
func (s *Service) BatchFiles(ctx context.Context, id BatchID, from, limit int) ([]DigestFile, error) {
	receipts, err := s.cfg.Calendar.BatchReceipts(ctx, id, from, limit)
	if err != nil || len(receipts) == 0 {
		return nil, err
	}
	cover, err := s.cfg.Anchors.Cover(ctx, receipts[0].Seq, receipts[0].Commitment)
	if err != nil {
		return nil, err
	}
	files := make([]DigestFile, len(receipts))
	for i, r := range receipts {
		files[i] = DigestFile{Digest: r.Digest, File: s.file(r.Digest, r.Path, cover)}
	}
	return files, nil
}
