package notary

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"cairn/notary/ots"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
)

// Form is how a transaction of its own carries a digest.
type Form string

// The forms.
const (
	// FormPlain carries the SHA-256 of the digest and a nonce: only who has
	// the proof can tell what it is for.
	FormPlain Form = "plain"
	// FormDocproof carries "DOCPROOF" and the digest itself (package docproof),
	// so that whoever has the document finds it in the chain.
	FormDocproof Form = "docproof"
)

// ParseForm reads a form's name; the empty one is FormPlain. Error: ErrForm.
func ParseForm(s string) (Form, error) {
	switch Form(s) {
	case "", FormPlain:
		return FormPlain, nil
	case FormDocproof:
		return FormDocproof, nil
	}
	return "", ErrForm
}

// Own is a transaction of its own for one digest, which somebody paid for.
type Own struct {
	Digest Digest
	Form   Form
	// OrderedAt is when it was paid for, UTC, to the second.
	OrderedAt time.Time
	// Stage is StageStored while the transaction is being made, and never
	// StageInTree.
	Stage Stage
	// Returned: it could not be made, and the money was given back.
	Returned bool
	// Trouble says in one sentence why it cannot be made now; empty when it
	// can, or was.
	Trouble string
	// Anchor describes the transaction; Root is what it carries.
	Anchor AnchorState
	// Body is the serialised way from the digest to the block when complete;
	// else nil.
	Body []byte
}

// Owns knows the transactions of single digests.
type Owns interface {
	// Of lists those of digests, oldest first.
	Of(ctx context.Context, digests ...Digest) (map[Digest][]Own, error)
	// News changes whenever one was sent; whatever else happens moves the
	// Version of a Mark.
	News(ctx context.Context) (int64, error)
	Places
}

// owns are the transactions of digests; none without any.
func (s *Service) owns(ctx context.Context, digests ...Digest) (map[Digest][]Own, error) {
	if s.cfg.Owns == nil || len(digests) == 0 {
		return nil, nil
	}
	return s.cfg.Owns.Of(ctx, digests...)
}

// with adds the transactions that a digest has of its own. The proof is as far
// as the furthest of them; of two that are in blocks the earlier block counts,
// and of two in one block its own.
func (p Proof) with(owns []Own) Proof {
	p.Own = owns
	for _, own := range owns {
		if own.Returned || own.Stage < StageBroadcast || p.Stage > own.Stage {
			continue
		}
		if p.Stage == own.Stage && p.Stage >= StageConfirming && p.Anchor.Block.Height < own.Anchor.Block.Height {
			continue
		}
		anchor := own.Anchor
		p.Stage, p.Anchor, p.Paused = own.Stage, &anchor, ""
		if p.Stage == StageComplete {
			p.ExpectedBy = time.Time{}
		}
	}
	return p
}

// Settled reports that only a reorg will change the proof: it is complete, and
// so is every transaction that the digest has of its own.
func (p Proof) Settled() bool {
	for _, own := range p.Own {
		if !own.Returned && own.Stage < StageComplete {
			return false
		}
	}
	return p.Stage >= StageComplete
}

// fileWith is the detached file of a digest that has transactions of its own:
// all complete ways together, or as it would be without them.
func (s *Service) fileWith(d Digest, path []byte, cover Cover, owns []Own) ([]byte, error) {
	shared := s.file(d, path, cover)
	var ways [][]byte
	for _, own := range owns {
		if own.Body != nil {
			ways = append(ways, own.Body)
		}
	}
	if len(ways) == 0 {
		return shared, nil
	}
	if cover.Complete {
		header := ots.AppendFileHeader(nil, ots.OpSHA256, d[:])
		ways = append(ways, bytes.TrimPrefix(shared, header))
	}
	var all *ots.Timestamp
	for _, way := range ways {
		t, err := ots.Parse(d[:], way)
		if err != nil {
			return nil, fmt.Errorf("the proof of %s: %w", d, err)
		}
		if all == nil {
			all = t
		} else if err := all.Merge(t); err != nil {
			return nil, fmt.Errorf("the proof of %s: %w", d, err)
		}
	}
	file := ots.AppendFileHeader(nil, ots.OpSHA256, d[:])
	return all.AppendBinary(file)
}

// places are all transactions that carry stamps: those of the calendar, then
// those of single digests.
func (s *Service) places() []Places {
	if s.cfg.Owns == nil {
		return []Places{s.cfg.Anchors}
	}
	return []Places{s.cfg.Anchors, s.cfg.Owns}
}

func (s *Service) anchorByTxid(ctx context.Context, txid chainhash.Hash) (AnchorState, error) {
	return s.firstOf(func(p Places) (AnchorState, error) { return p.AnchorByTxid(ctx, txid) })
}

func (s *Service) anchorByRoot(ctx context.Context, root [32]byte) (AnchorState, error) {
	return s.firstOf(func(p Places) (AnchorState, error) { return p.AnchorByRoot(ctx, root) })
}

// firstOf is the first answer that is not ErrUnknownTransaction.
func (s *Service) firstOf(ask func(Places) (AnchorState, error)) (state AnchorState, err error) {
	for _, p := range s.places() {
		if state, err = ask(p); !errors.Is(err, ErrUnknownTransaction) {
			break
		}
	}
	return state, err
}

// allOf are all answers together.
func (s *Service) allOf(ask func(Places) ([]AnchorState, error)) ([]AnchorState, error) {
	var all []AnchorState
	for _, p := range s.places() {
		states, err := ask(p)
		if err != nil {
			return nil, err
		}
		all = append(all, states...)
	}
	return all, nil
}
