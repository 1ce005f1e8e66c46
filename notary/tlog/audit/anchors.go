package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"cairn/notary/merkle"
	"cairn/notary/tlog/format"
	"cairn/notary/verify"

	"golang.org/x/sync/errgroup"
)

// anchorage is the anchors that are to be checked, and how far that has come.
type anchorage struct {
	waiting []*anchored
	// next is the entry that the next anchor must begin with, and last the id
	// of the one before.
	next, last int64
	// at is the anchor whose entries are being read.
	at   int
	tree merkle.Builder
}

// anchored is an anchor with what its entries say.
type anchored struct {
	*format.Anchor
	// root is that of its entries.
	root        merkle.Hash
	first, last time.Time // of its entries
	block       time.Time
	workBits    int
}

// readAnchors reads the anchors that follow those checked before. It comes
// before the checkpoint, so that this has all their entries.
func (a *audit) readAnchors(ctx context.Context) error {
	a.anchors = &anchorage{}
	if a.seen != nil && !a.Full {
		a.anchors.next, a.anchors.last = a.seen.Anchored, a.seen.LastAnchor
	}
	raw, err := a.Source.Anchors(ctx, a.anchors.last)
	if errors.Is(err, ErrMissing) {
		return fail(ErrNoLog, "%s has no list of anchors", a.Source)
	} else if err != nil {
		return err
	}
	next, id := a.anchors.next, a.anchors.last
	for number := 1; len(raw) > 0; number++ {
		line, rest, whole := bytes.Cut(raw, []byte("\n"))
		raw = rest
		anchor, err := format.ParseAnchor(line)
		if err != nil || !whole {
			return fail(ErrMalformed, "line %d of %s/%s", number, a.Source, anchorsPath).because(err)
		}
		if anchor.ID <= a.anchors.last {
			continue // a copy has them all
		}
		if anchor.First != next || anchor.ID <= id {
			return fail(ErrAnchorRange, "anchor %d begins with entry %d, and the one before it ends with %d", anchor.ID, anchor.First, next-1)
		}
		next, id = anchor.Last+1, anchor.ID
		a.anchors.waiting = append(a.anchors.waiting, &anchored{Anchor: anchor})
	}
	return nil
}

// add takes an entry in its order, and makes an anchor's root after its last
// one.
func (s *anchorage) add(index int64, e *format.Entry) {
	if s.at == len(s.waiting) || index < s.next {
		return
	}
	anchor := s.waiting[s.at]
	if index == anchor.First {
		anchor.first = e.Time()
	}
	s.tree.Add(e.AnchorLeaf())
	if index < anchor.Last {
		return
	}
	anchor.last, anchor.root = e.Time(), s.tree.Tops().Root()
	s.tree = merkle.Builder{}
	s.next, s.last = anchor.Last+1, anchor.ID
	s.at++
}

// checkAnchors compares the anchors with the entries, and looks them up in the
// headers of the chain. Those whose entries are not all in the checkpoint are
// left for the next time.
func (a *audit) checkAnchors(ctx context.Context) error {
	whole := a.anchors.waiting[:a.anchors.at]
	for _, anchor := range whole {
		if anchor.root != anchor.Root {
			return fail(ErrAnchorRoot, "anchor %d, over the entries %d to %d, has the root %x; they make %x",
				anchor.ID, anchor.First, anchor.Last, anchor.Root, anchor.root)
		}
	}
	a.result.Anchors, a.result.Blocks = len(whole), a.Headers != nil
	if a.Headers != nil {
		if err := a.lookUp(ctx, whole); err != nil {
			return err
		}
	}
	var lines []byte
	for _, anchor := range whole {
		if a.Headers != nil {
			a.result.Slowest = max(a.result.Slowest, anchor.block.Sub(anchor.first))
			if a.result.WorkBits == 0 || anchor.workBits < a.result.WorkBits {
				a.result.WorkBits = anchor.workBits
			}
		}
		lines = append(lines, anchor.Line()...)
	}
	return a.keep(anchorsPath, lines)
}

// lookUp checks some anchors at a time, up to the first that is wrong.
func (a *audit) lookUp(ctx context.Context, list []*anchored) error {
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(a.Parallel)
	for _, anchor := range list {
		work.Go(func() error { return a.checkBlock(ctx, anchor) })
	}
	return work.Wait()
}

func (a *audit) checkBlock(ctx context.Context, anchor *anchored) error {
	name := fmt.Sprintf("anchor %d at height %d", anchor.ID, anchor.Height)
	way, err := anchor.Timestamp()
	if err != nil {
		return fail(ErrAnchorBlock, "%s", name).because(err)
	}
	verdict, err := verify.Check(ctx, way, a.Headers)
	if err != nil {
		return err
	}
	switch verdict.Outcome {
	case verify.Confirmed:
	case verify.Unavailable, verify.NoHeader:
		return fail(ErrHeaders, "%s", name).because(verdict.Findings[0].Err)
	default:
		return fail(ErrAnchorBlock, "%s: the path does not end in the Merkle root of that block", name)
	}
	if verdict.Block.Height != anchor.Height || verdict.Block.Hash != anchor.Block || verdict.Txid != anchor.Txid {
		return fail(ErrAnchorBlock, "%s: the path ends in another block or transaction", name)
	}
	anchor.block, anchor.workBits = verdict.Time, verdict.Findings[0].WorkBits
	if anchor.last.After(anchor.block.Add(BlockSlack)) {
		return fail(ErrAnchorTime, "%s, whose block is of %s, has entry %d, which claims %s",
			name, moment(anchor.block), anchor.Last, moment(anchor.last))
	}
	return nil
}
