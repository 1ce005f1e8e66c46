package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"math/big"
	"os"
	"strings"
	"time"

	"cairn/chain"
	"cairn/notary/client"
	"cairn/notary/ots"
	"cairn/notary/verify"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
)

// VerifyCmd checks a file against its proof, and the proof against block
// headers.
type VerifyCmd struct {
	Proof  string `arg:"" name:"file.ots" help:"The proof."`
	File   string `arg:"" optional:"" help:"The file it is for; by default its name without .ots."`
	Digest string `help:"Digest of the file, in hexadecimal, instead of the file." placeholder:"HEX"`

	Headers string `help:"Take block headers from a file with lines \"height header\" in hexadecimal, and ask no server." placeholder:"FILE" xor:"headers"`
	Server  string `help:"Cairn to take block headers from (${default})." default:"http://127.0.0.1:8780" placeholder:"URL"`
	Esplora string `help:"Any other server of the Esplora kind to take block headers from, by the address before /block-height." placeholder:"URL" xor:"headers"`
	Network string `help:"Refuse headers with less work than the easiest block of a network: mainnet, testnet4, signet or devnet." enum:"mainnet,testnet4,signet,devnet" default:"devnet"`
	Offline bool   `help:"Do not ask the calendars of a pending proof."`

	CalendarFlags
	JSON bool `help:"Print the result as JSON."`
}

// Help tells kong what stands below the flags.
func (VerifyCmd) Help() string {
	return `A block header says when the block was made to within some hours; the day is what counts.
Who gives you the headers must be trusted to know the best chain, but cannot make up work that was never done.

Exit codes: 0 confirmed by a block; 1 refuted (another file, or a block that does not have it) or failed;
2 wrong use; 3 pending: no block has it yet; 4 undecided: the headers are missing, or nothing in the proof
can be checked.`
}

// Run implements the command.
func (c *VerifyCmd) Run(ctx context.Context, out *Output) error {
	f, err := readProof(c.Proof)
	if err != nil {
		return err
	}
	if err := c.match(f); err != nil {
		return err
	}
	headers, err := c.source()
	if err != nil {
		return err
	}
	changed, err := c.complete(ctx, out, f)
	if err != nil {
		return err
	}
	verdict, err := verify.Check(ctx, f.Timestamp, headers)
	if err != nil {
		return err
	}
	if c.JSON {
		err = out.JSON(verdictToJSON(f, verdict))
	} else {
		c.say(out, f, verdict)
	}
	if changed {
		out.Remark("a calendar has completed the proof; to keep that: cairn upgrade %s", c.Proof)
	}
	if code := verdictCode(verdict.Outcome); err == nil && code != exitOK {
		return silentExit(code)
	}
	return err
}

// match compares the proof with the file or digest it should be for.
func (c *VerifyCmd) match(f *ots.File) error {
	if c.Digest != "" {
		if c.File != "" {
			return usageError("give the file or --digest, not both")
		}
		digest, err := hex.DecodeString(strings.TrimSpace(c.Digest))
		if err != nil || len(digest) != len(f.Digest()) {
			return usageError(fmt.Sprintf("--digest: the proof is for a %s digest, %d hexadecimal digits", f.Hash, 2*len(f.Digest())))
		}
		return verify.Match(f, digest)
	}
	if c.File == "" {
		name, found := strings.CutSuffix(c.Proof, proofExt)
		if !found {
			return usageError("name the file, too: it cannot be told from the name of the proof")
		}
		c.File = name
	}
	r, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer r.Close()
	digest, err := verify.Digest(f, r)
	if err != nil {
		return err
	}
	if err := verify.Match(f, digest); err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	return nil
}

// source is where headers come from.
func (c *VerifyCmd) source() (verify.Headers, error) {
	limit, err := powLimit(c.Network)
	if err != nil {
		return nil, err
	}
	if c.Headers != "" {
		r, err := os.Open(c.Headers)
		if err != nil {
			return nil, err
		}
		defer r.Close()
		list, err := verify.ParseHeaders(r, limit)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.Headers, err)
		}
		return list, nil
	}
	address := c.Esplora
	if address == "" {
		address = strings.TrimRight(c.Server, "/") + "/esplora"
	}
	server, err := client.NewEsplora(address, client.HTTP(c.Timeout), limit)
	if err != nil {
		return nil, usageError(err.Error())
	}
	return server, nil
}

// powLimit is the easiest target of a network. The devnet's, which any header
// meets, is the default: how much work was done is told with the verdict.
func powLimit(network string) (*big.Int, error) {
	params, err := chain.Network(network).Params()
	if err != nil {
		return nil, usageError(err.Error())
	}
	return params.PowLimit, nil
}

// complete asks the calendars of a proof that no block attests yet, and keeps
// what they say in memory only.
func (c *VerifyCmd) complete(ctx context.Context, out *Output, f *ots.File) (changed bool, err error) {
	if c.Offline || f.Timestamp.Complete() {
		return false, nil
	}
	allowed, err := c.allowed()
	if err != nil {
		return false, err
	}
	answers, changed := client.Upgrade(ctx, f.Timestamp, allowed, client.HTTP(c.Timeout))
	if !c.JSON {
		remarkFailures(out, answers)
	}
	return changed, ctx.Err()
}

// fewBits is the work, in bits, that the easiest block of the main network
// takes: less is a test network's.
const fewBits = 32

// say tells the verdict to a person.
func (c *VerifyCmd) say(out *Output, f *ots.File, v *verify.Verdict) {
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
	out.Say("  %s  %x", f.Hash, f.Digest())
	for _, finding := range v.Findings {
		if finding.Attestation.Tag == ots.TagBitcoin {
			sayBlock(out, finding)
		}
	}
}

// sayBlock tells what became of one block that a proof names.
func sayBlock(out *Output, f verify.Finding) {
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

// verdictCode is the exit code of an outcome.
func verdictCode(o verify.Outcome) int {
	switch o {
	case verify.Confirmed:
		return exitOK
	case verify.Mismatch:
		return exitFail
	case verify.Pending:
		return exitPending
	}
	return exitUndecided
}
