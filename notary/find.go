package notary

import (
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
)

// Places finds anchors by what people hold of them. A transaction of an anchor
// that was replaced by a later one leads to the anchor as it stands now.
type Places interface {
	// AnchorByTxid finds the anchor of a transaction. Error:
	// ErrUnknownTransaction.
	AnchorByTxid(ctx context.Context, txid chainhash.Hash) (AnchorState, error)
	// AnchorByRoot finds the anchor whose transaction carries a Merkle root.
	// Error: ErrUnknownTransaction.
	AnchorByRoot(ctx context.Context, root [32]byte) (AnchorState, error)
	// AnchorsInBlock lists the anchors in a block of the best chain, which may
	// be none.
	AnchorsInBlock(ctx context.Context, hash chainhash.Hash) ([]AnchorState, error)
	// AnchorsAtHeight lists those in the block at a height.
	AnchorsAtHeight(ctx context.Context, height int32) ([]AnchorState, error)
}

// Found is what a text names: a stamped digest, or anchors.
type Found struct {
	// Digest is set when the text names a stamped digest.
	Digest *Digest
	// Anchors are those of the transaction, Merkle root, block or commitment
	// that the text names; one for all but blocks.
	Anchors []AnchorState
	// Waiting: the text is a commitment that no transaction carries yet.
	Waiting bool
}

// Anchor is the anchor of a transaction. When that was replaced by one with a
// higher fee, Txid is the later one's. Error: ErrUnknownTransaction.
func (s *Service) Anchor(ctx context.Context, txid chainhash.Hash) (AnchorState, error) {
	return s.anchorByTxid(ctx, txid)
}

// Find says what a text names: a digest, a transaction, a Merkle root, a block
// (by hash or height), or a calendar's commitment, in hexadecimal but for the
// height, surrounding space allowed. Hashes of transactions and blocks are
// written back to front, as everybody does, and found either way round.
// Errors: ErrQuery for a text that is none of these, ErrNothingFound.
func (s *Service) Find(ctx context.Context, text string) (Found, error) {
	text = strings.TrimSpace(text)
	if len(text) <= maxHeightDigits {
		height, err := strconv.ParseInt(text, 10, 32)
		if err != nil || height < 0 {
			return Found{}, ErrQuery
		}
		return found(s.allOf(func(p Places) ([]AnchorState, error) { return p.AnchorsAtHeight(ctx, int32(height)) }))
	}
	raw, err := hex.DecodeString(text)
	if err != nil {
		return Found{}, ErrQuery
	}
	switch len(raw) {
	case 32:
		return s.findHash(ctx, [32]byte(raw))
	case commitmentSize:
		return s.findCommitment(ctx, raw)
	}
	return Found{}, ErrQuery
}

const (
	maxHeightDigits = 10
	commitmentSize  = 44
)

// findHash tries what 32 bytes may be, the likeliest first.
func (s *Service) findHash(ctx context.Context, hash [32]byte) (Found, error) {
	digest := Digest(hash)
	_, err := s.cfg.Calendar.Receipt(ctx, digest)
	if err == nil {
		return Found{Digest: &digest}, nil
	}
	if !isUnknown(err) {
		return Found{}, err
	}
	written := hash
	slices.Reverse(written[:])
	for _, h := range [][32]byte{written, hash} {
		for _, find := range []func() (Found, error){
			func() (Found, error) { return foundOne(s.anchorByTxid(ctx, h)) },
			func() (Found, error) { return foundOne(s.anchorByRoot(ctx, h)) },
			func() (Found, error) {
				return found(s.allOf(func(p Places) ([]AnchorState, error) { return p.AnchorsInBlock(ctx, h) }))
			},
		} {
			if f, err := find(); !errors.Is(err, ErrNothingFound) {
				return f, err
			}
		}
	}
	return Found{}, ErrNothingFound
}

func (s *Service) findCommitment(ctx context.Context, commitment []byte) (Found, error) {
	seq, err := s.cfg.Calendar.Number(ctx, commitment)
	if err != nil {
		return Found{}, err
	}
	if seq == 0 {
		return Found{}, ErrNothingFound
	}
	cover, err := s.cfg.Anchors.Cover(ctx, seq, commitment)
	if err != nil {
		return Found{}, err
	}
	if cover.Anchor == nil || cover.Stage < StageBroadcast {
		return Found{Waiting: true}, nil
	}
	return Found{Anchors: []AnchorState{*cover.Anchor}}, nil
}

func foundOne(a AnchorState, err error) (Found, error) {
	if errors.Is(err, ErrUnknownTransaction) {
		return Found{}, ErrNothingFound
	}
	return found([]AnchorState{a}, err)
}

func found(anchors []AnchorState, err error) (Found, error) {
	if err == nil && len(anchors) == 0 {
		err = ErrNothingFound
	}
	if err != nil {
		return Found{}, err
	}
	return Found{Anchors: anchors}, nil
}
