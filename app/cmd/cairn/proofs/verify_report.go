package proofs

import (
	"fmt"
	"strings"
	"time"

	"cairn/app/cmd/cairn/terminal"
	"cairn/notary/ots"
	"cairn/notary/verify"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
)

// fewBits is the work, in bits, that the easiest block of the main network
// takes: less is a test network's.
const fewBits = 32

// sayVerdict tells everything about one proof to a person.
func sayVerdict(out *terminal.Output, r checked, headers verify.Headers) {
	v := r.verdict
	switch v.Outcome {
	case verify.Confirmed:
		out.Say("Your file existed no later than %s.", v.Time.Format("2 January 2006"))
	case verify.Mismatch:
		out.Say("The proof is wrong: the block it names does not have your file.")
	case verify.Unavailable:
		out.Say("It could not be checked: the block headers cannot be had now.")
	case verify.NoHeader:
		out.Say("It could not be checked: the block is not known there.")
	case verify.Pending:
		out.Say("Pending: promised by %s, but no block has it yet.", strings.Join(v.Pending(), ", "))
	case verify.Nothing:
		out.Say("Nothing in the proof can be checked here.")
	}
	out.Say("  %s  %x", r.hash, r.digest)
	for _, finding := range v.Findings {
		if finding.Attestation.Tag == ots.TagBitcoin {
			sayBlock(out, finding, headers)
		}
	}
}

// sayBlock tells what became of one block that a proof names.
func sayBlock(out *terminal.Output, f verify.Finding, headers verify.Headers) {
	height := f.Attestation.Height
	switch f.Outcome {
	case verify.Confirmed:
		out.Say("  block   %d  %s", height, f.Block.Hash)
		if f.Txid != (chainhash.Hash{}) {
			out.Say("  transaction  %s", f.Txid)
		}
		out.Say("  made    %s, says its header; miners' clocks may be off by hours", f.Time.Format(time.DateTime+" UTC"))
		if f.WorkBits < fewBits {
			out.Say("  work    about 2^%d hashes, as on a test network: good for trying out, but no proof", f.WorkBits)
		} else {
			out.Say("  work    about 2^%d hashes for this block alone", f.WorkBits)
		}
		sayOnTop(out, f, headers)
	case verify.Mismatch:
		out.Say("  block   %d  %s", height, f.Block.Hash)
		out.Say("  has Merkle root  %s", f.Root)
		out.Say("  the proof leads to  %s", reversedHex(f.Message))
	case verify.NoHeader, verify.Unavailable:
		out.Say("  block   %d must have Merkle root %s", height, reversedHex(f.Message))
		if f.Err != nil {
			out.Remark("%v", f.Err)
		}
	}
}

// sayOnTop tells how many blocks of a headers file stand on a block.
func sayOnTop(out *terminal.Output, f verify.Finding, headers verify.Headers) {
	file, ok := headers.(*verify.HeaderFile)
	if !ok {
		return
	}
	blocks, work := file.OnTop(f.Header)
	if blocks == 0 {
		out.Say("  header  from the file alone: compare the block's hash with one that you trust")
		return
	}
	out.Say("  header  from the file, with %s on top; about 2^%d hashes together", count(blocks, "block"), work.BitLen()-1)
}

// verdictCounts is how many proofs came out how.
type verdictCounts struct {
	Confirmed int `json:"confirmed"`
	Pending   int `json:"pending"`
	// Refuted are wrong, or for another file, or unreadable.
	Refuted int `json:"refuted"`
	// Undecided could not be checked; Missing are those of them whose file is
	// not there.
	Undecided int `json:"undecided"`
	Missing   int `json:"missing"`
}

// verdictsJSON is the result for several proofs; with --ndjson, the last line.
type verdictsJSON struct {
	Results []verdictJSON `json:"results,omitempty"`
	Failed  []failedJSON  `json:"failed,omitempty"`
	Counts  verdictCounts `json:"counts"`
	// NoLaterThan is the latest day of those confirmed, UTC.
	NoLaterThan string `json:"no_later_than,omitempty"`
}

// report tells the result of several and makes the exit code.
func (v *verification) report(results []checked) error {
	summary := verdictsJSON{Failed: v.failed}
	worst := terminal.ExitOK
	var latest time.Time
	for i := range results {
		r := &results[i]
		summary.Counts.add(r)
		worst = worse(worst, r.code())
		if r.err == nil && r.verdict.Time.After(latest) {
			latest = r.verdict.Time
		}
	}
	if len(v.failed) > 0 {
		worst = worse(worst, terminal.ExitFail)
	}
	if !latest.IsZero() {
		summary.NoLaterThan = latest.Format(time.DateOnly)
	}
	var err error
	switch {
	case v.cmd.JSON:
		for i := range results {
			summary.Results = append(summary.Results, results[i].json())
		}
		err = v.out.JSON(summary)
	case v.cmd.NDJSON:
		err = v.lines(results, summary)
	default:
		v.say(results, summary.Counts, latest)
	}
	if err == nil && worst != terminal.ExitOK {
		return terminal.SilentExit(worst)
	}
	return err
}

func (n *verdictCounts) add(r *checked) {
	switch r.code() {
	case terminal.ExitOK:
		n.Confirmed++
	case terminal.ExitPending:
		n.Pending++
	case terminal.ExitFail:
		n.Refuted++
	default:
		n.Undecided++
		if r.err != nil {
			n.Missing++
		}
	}
}

// worse is the more serious of two exit codes.
func worse(a, b int) int {
	for _, code := range []int{terminal.ExitFail, terminal.ExitUndecided, terminal.ExitPending} {
		if a == code || b == code {
			return code
		}
	}
	return a
}

func (v *verification) lines(results []checked, summary verdictsJSON) error {
	for i := range results {
		if err := v.out.Line(results[i].json()); err != nil {
			return err
		}
	}
	return v.out.Line(summary)
}

// say names what is not in order, and counts the rest.
func (v *verification) say(results []checked, n verdictCounts, latest time.Time) {
	v.desk.remarkFailures(v.out)
	for _, f := range v.failed {
		v.out.Complain("%s", f.text())
	}
	if told := sayTroubles(v.out, results); told < n.Refuted+n.Undecided {
		v.out.Say("… and %d more; --ndjson lists them all", n.Refuted+n.Undecided-told)
	}
	if n.Confirmed > 0 {
		v.out.Say("%s existed no later than %s, the last of them.", count(n.Confirmed, "file"), latest.Format("2 January 2006"))
	}
	var rest []string
	for _, part := range []struct {
		n    int
		text string
	}{{n.Pending, "pending"}, {n.Refuted, "refuted"}, {n.Undecided, "undecided"}} {
		if part.n > 0 {
			rest = append(rest, fmt.Sprintf("%d %s", part.n, part.text))
		}
	}
	if len(rest) > 0 {
		v.out.Say("%s.", strings.Join(rest, ", "))
	}
}

// maxTroubles is how many proofs that are not in order are named.
const maxTroubles = 100

// sayTroubles names proofs that are not in order, the refuted ones first.
func sayTroubles(out *terminal.Output, results []checked) (told int) {
	for _, code := range []int{terminal.ExitFail, terminal.ExitUndecided} {
		for i := range results {
			if results[i].code() == code && told < maxTroubles {
				out.Say("%s", results[i].sentence())
				told++
			}
		}
	}
	return told
}

// sentence tells what is wrong with one of several.
func (r *checked) sentence() string {
	if r.err != nil {
		return failedJSON{File: r.proof, Error: r.err.Error()}.text()
	}
	switch r.verdict.Outcome {
	case verify.Mismatch:
		return r.proof + ": the proof is wrong: the block it names does not have the file"
	case verify.Unavailable:
		return r.proof + ": the block headers cannot be had now"
	case verify.NoHeader:
		return r.proof + ": its block is not known there"
	}
	return r.proof + ": nothing in the proof can be checked here"
}
