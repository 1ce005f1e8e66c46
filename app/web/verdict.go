package web

import (
	"bytes"
	"encoding/hex"

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
		view.Steps = steps(t, found.Findings[0].Attestation)
	}
}

func describeBlock(view *verdict.View, t *ots.Timestamp, f verify.Finding) {
	view.Height = int32(min(f.Attestation.Height, 1<<31-1))
	view.Found = display(f.Message)
	view.Steps = steps(t, f.Attestation)
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

func steps(t *ots.Timestamp, a ots.Attestation) []verdict.Step {
	way, ok := verify.WayTo(t, a)
	if !ok {
		return nil
	}
	list := make([]verdict.Step, len(way.Steps))
	for i, s := range way.Steps {
		list[i] = verdict.Step{Op: s.Op.Code.String(), Arg: hex.EncodeToString(s.Op.Arg), Result: hex.EncodeToString(s.Result)}
	}
	return list
}
