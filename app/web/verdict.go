package web

import (
	"bytes"
	"encoding/hex"
	"math"

	"cairn/chain"
	"cairn/notary/ots"
	"cairn/notary/verify"
	"cairn/templates/verdict"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
)

// outcomes says which page an outcome leads to.
var outcomes = map[verify.Outcome]verdict.Outcome{
	verify.Confirmed:   verdict.Confirmed,
	verify.Mismatch:    verdict.Mismatch,
	verify.Unavailable: verdict.Unavailable,
	verify.NoHeader:    verdict.UnknownBlock,
	verify.Pending:     verdict.Pending,
	verify.Nothing:     verdict.Nothing,
}

// weigh judges a proof by the chain that is followed here and, where that does
// not confirm it, by the headers that the visitor gave.
func (s *Server) weigh(c Ctx, view *verdict.View, file *ots.File, headers *verify.HeaderFile) error {
	ctx := c.Request().Context()
	found, err := verify.Check(ctx, file.Timestamp, s.deps.Headers)
	if err != nil {
		return err
	}
	view.Local = s.headerSource()
	describe(view, file.Timestamp, found)
	if view.Outcome == verdict.Mismatch && s.cfg.Network != chain.Mainnet {
		// A proof does not say of which chain its block is. On a test chain
		// it is more likely of another one than wrong.
		view.Outcome = verdict.OtherChain
	}
	if found.Outcome == verify.Confirmed {
		view.Strength = s.followedStrength(decisive(found))
		if s.cfg.Network == chain.Mainnet {
			return nil
		}
	}
	if headers == nil {
		return nil
	}
	byHand, err := verify.Check(ctx, file.Timestamp, headers)
	if err != nil {
		return err
	}
	switch byHand.Outcome {
	case verify.Confirmed, verify.Mismatch:
		*view = verdict.View{Name: view.Name, Inside: view.Inside, Digest: view.Digest, Hash: view.Hash, Local: view.Local}
		describe(view, file.Timestamp, byHand)
		if byHand.Outcome == verify.Confirmed {
			view.Strength = givenStrength(decisive(byHand), headers)
		}
	case verify.NoHeader:
		view.HeaderMissing = found.Outcome != verify.Confirmed
	}
	return nil
}

// decisive is the finding that a confirmation rests on.
func decisive(found *verify.Verdict) verify.Finding {
	for _, f := range found.Findings {
		if f.Outcome == verify.Confirmed {
			return f
		}
	}
	return verify.Finding{}
}

// describe fills a view with what a verification found: the finding that
// decided the outcome, the calendars, and what cannot be judged here.
func describe(view *verdict.View, t *ots.Timestamp, found *verify.Verdict) {
	view.Outcome = outcomes[found.Outcome]
	view.Calendars = found.Pending()
	decided := false
	for _, f := range found.Findings {
		switch f.Attestation.Tag {
		case ots.TagPending:
		case ots.TagBitcoin:
			if f.Outcome == found.Outcome && !decided {
				decided = true
				describeBlock(view, t, f)
			}
		default:
			view.Others = append(view.Others, f.Attestation.String())
		}
	}
	if !decided && len(found.Findings) > 0 {
		view.Steps = steps(t, found.Findings[0])
	}
}

func describeBlock(view *verdict.View, t *ots.Timestamp, f verify.Finding) {
	view.Height = int64(min(f.Attestation.Height, math.MaxInt64))
	view.Found = display(f.Message)
	view.Steps = steps(t, f)
	if f.Outcome == verify.Confirmed || f.Outcome == verify.Mismatch {
		view.Time, view.BlockHash, view.Expected = f.Time, f.Block.Hash.String(), f.Root.String()
	}
}

// display is a Merkle root as explorers show it: bytes reversed.
func display(message []byte) string {
	if len(message) != chainhash.HashSize {
		return hex.EncodeToString(message)
	}
	h, err := chainhash.NewHash(bytes.Clone(message))
	if err != nil {
		return hex.EncodeToString(message)
	}
	return h.String()
}

func steps(t *ots.Timestamp, f verify.Finding) []verdict.Step {
	way, ok := f.WayTo(t)
	if !ok {
		return nil
	}
	list := make([]verdict.Step, len(way.Steps))
	for i, s := range way.Steps {
		list[i] = verdict.Step{Op: s.Op.Code.String(), Arg: hex.EncodeToString(s.Op.Arg), Result: hex.EncodeToString(s.Result)}
	}
	return list
}
