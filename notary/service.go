package notary

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"cairn/chain"
	"cairn/notary/ots"
	"cairn/notary/verify"
)

// Receipt is a digest in the calendar's journal.
type Receipt struct {
	// Seq is the number of its commitment in the journal.
	Seq int64
	// StoredAt is when the group commit was made, UTC, second precision.
	StoredAt time.Time
	// Commitment has 44 bytes.
	Commitment []byte
	// Path is the serialised way from the digest to the commitment.
	Path []byte
}

// Cover is how far a commitment has come.
type Cover struct {
	Stage Stage
	// Anchor is nil before StageInTree.
	Anchor *AnchorState
	// ExpectedBy and Paused are as in Proof.
	ExpectedBy time.Time
	Paused     string
	// Upstreams are the calendars of others that answered.
	Upstreams []Upstream
	// Body is the serialised timestamp of the commitment: when Complete the
	// way to the block, else what the calendars of others promised; nil for
	// nothing.
	Body     []byte
	Complete bool
}

// Calendar stores digests durably.
type Calendar interface {
	// Keep stores a digest so that Receipt finds it; the first stays.
	Keep(ctx context.Context, d Digest) error
	// Receipt finds a kept digest. Error: ErrUnknownDigest.
	Receipt(ctx context.Context, d Digest) (Receipt, error)
	// KeepMany stores digests as one batch; the zero id chooses one.
	KeepMany(ctx context.Context, id BatchID, digests []Digest) (Batch, error)
	// Batch finds a batch. Error: ErrUnknownBatch.
	Batch(ctx context.Context, id BatchID) (Batch, error)
	// BatchReceipts lists digests of a batch in their order, from the place
	// from on, at most limit. Error: ErrUnknownBatch.
	BatchReceipts(ctx context.Context, id BatchID, from, limit int) ([]DigestReceipt, error)
	// Number is the place of a commitment in the journal, 0 when it has none.
	Number(ctx context.Context, commitment []byte) (seq int64, err error)
	// URI is the calendar's address in pending proofs.
	URI() string
}

// Anchors knows what became of commitments.
type Anchors interface {
	// Cover says how far the commitment with number seq has come.
	Cover(ctx context.Context, seq int64, commitment []byte) (Cover, error)
	// Status is the calendar as a whole.
	Status(ctx context.Context) (Status, error)
	// Recent lists the newest anchors, newest first.
	Recent(ctx context.Context, limit int) ([]AnchorState, error)
	// Mark changes whenever anything was anchored, sent, confirmed or undone,
	// in whatever process it happened, and with each block.
	Mark(ctx context.Context) (Mark, error)
	Places
}

// Mark is a state of the notary, to be compared with ==.
type Mark struct {
	Version int64
	Tip     chain.BlockRef
	// News is that of Owns.
	News int64
}

// Config is what the service needs. Calendar and Anchors are required.
type Config struct {
	Calendar Calendar
	Anchors  Anchors
	// Headers are those of the chain followed, for Verify.
	Headers verify.Headers
	// Owns knows the transactions of single digests; nil for none.
	Owns Owns
	// Witness is told of digests stamped one at a time; nil for nobody.
	Witness Witness
	// Poll is how often Run looks whether something moved; 0 is 250 ms.
	Poll time.Duration
	Log  *slog.Logger
}

// Service is the notary as pages and commands see it. Its methods may be
// called by many at once.
type Service struct {
	cfg Config

	mu       sync.Mutex
	watchers map[chan struct{}]struct{} // guarded by mu
}

// New puts the service together.
func New(cfg Config) *Service {
	if cfg.Poll <= 0 {
		cfg.Poll = 250 * time.Millisecond
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{cfg: cfg, watchers: make(map[chan struct{}]struct{})}
}

// Stamp stores a digest and returns its proof so far. It is durable when it
// returns nil, and idempotent: a digest stamped before keeps its first stamp,
// however many ask at once. Errors: ErrBusy, ErrStorage.
func (s *Service) Stamp(ctx context.Context, d Digest) (Proof, error) {
	_, err := s.cfg.Calendar.Receipt(ctx, d)
	switch {
	case err == nil:
		return s.Proof(ctx, d)
	case !isUnknown(err):
		return Proof{}, err
	}
	if err := s.cfg.Calendar.Keep(ctx, d); err != nil {
		return Proof{}, err
	}
	if s.cfg.Witness != nil {
		s.cfg.Witness.Stamped(ctx, d)
	}
	return s.Proof(ctx, d)
}

// Proof is all that is known of a stamped digest. Error: ErrUnknownDigest.
func (s *Service) Proof(ctx context.Context, d Digest) (Proof, error) {
	receipt, cover, err := s.find(ctx, d)
	if err != nil {
		return Proof{}, err
	}
	owns, err := s.owns(ctx, d)
	if err != nil {
		return Proof{}, err
	}
	return proofOf(d, receipt, cover).with(owns[d]), nil
}

func proofOf(d Digest, receipt Receipt, cover Cover) Proof {
	return Proof{
		Digest:     d,
		StoredAt:   receipt.StoredAt,
		Stage:      cover.Stage,
		Commitment: receipt.Commitment,
		Anchor:     cover.Anchor,
		ExpectedBy: cover.ExpectedBy,
		Paused:     cover.Paused,
		Upstreams:  cover.Upstreams,
	}
}

// File is the detached .ots file of a stamped digest as it stands now: pending
// at this calendar until it is complete. Error: ErrUnknownDigest.
func (s *Service) File(ctx context.Context, d Digest) ([]byte, error) {
	receipt, cover, err := s.find(ctx, d)
	if err != nil {
		return nil, err
	}
	owns, err := s.owns(ctx, d)
	if err != nil {
		return nil, err
	}
	return s.fileWith(d, receipt.Path, cover, owns[d])
}

// file puts a detached file together from the way to the commitment and what
// became of that.
func (s *Service) file(d Digest, path []byte, cover Cover) []byte {
	file := ots.AppendFileHeader(nil, ots.OpSHA256, d[:])
	file = append(file, path...)
	switch {
	case cover.Complete:
		return append(file, cover.Body...)
	case cover.Body == nil:
		return ots.AppendPending(file, s.cfg.Calendar.URI())
	}
	// Attestations stand before operations (canonical order).
	file = ots.AppendPending(ots.AppendFork(file), s.cfg.Calendar.URI())
	return append(file, cover.Body...)
}

func (s *Service) find(ctx context.Context, d Digest) (Receipt, Cover, error) {
	receipt, err := s.cfg.Calendar.Receipt(ctx, d)
	if err != nil {
		return Receipt{}, Cover{}, err
	}
	cover, err := s.cfg.Anchors.Cover(ctx, receipt.Seq, receipt.Commitment)
	if err != nil {
		return Receipt{}, Cover{}, err
	}
	return receipt, cover, nil
}

// Status is the calendar as a whole.
func (s *Service) Status(ctx context.Context) (Status, error) { return s.cfg.Anchors.Status(ctx) }

// Anchors lists the newest anchors, newest first.
func (s *Service) Anchors(ctx context.Context, limit int) ([]AnchorState, error) {
	return s.cfg.Anchors.Recent(ctx, limit)
}

// Verified is what a proof file says and how much of it is true.
type Verified struct {
	File    *ots.File
	Verdict *verify.Verdict
	// Stamped is the proof kept here under the file's digest, which may be
	// further along; nil when there is none.
	Stamped *Proof
}

// Verify checks a proof file, at most 1 MiB (ots.ParseFile), against the chain
// followed. When digest is given, the proof must be for that file.
// Errors: ErrOtherFile; the kinds of package ots for a malformed file.
func (s *Service) Verify(ctx context.Context, file []byte, digest *Digest) (*Verified, error) {
	parsed, err := ots.ParseFile(file)
	if err != nil {
		return nil, err
	}
	if digest != nil {
		if err := verify.Match(parsed, digest[:]); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrOtherFile, err)
		}
	}
	verdict, err := verify.Check(ctx, parsed.Timestamp, s.cfg.Headers)
	if err != nil {
		return nil, err
	}
	verified := &Verified{File: parsed, Verdict: verdict}
	if parsed.Hash == ots.OpSHA256 {
		proof, err := s.Proof(ctx, Digest(parsed.Digest()))
		if err == nil {
			verified.Stamped = &proof
		} else if !isUnknown(err) {
			return nil, err
		}
	}
	return verified, nil
}
