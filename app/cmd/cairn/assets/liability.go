package assets

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"cairn/app/cmd/cairn/terminal"
	"cairn/assets/voucher/liability"
	"cairn/notary/ots"
	"cairn/notary/verify"
)

// LiabilityCmd checks what shops state that they owe.
type LiabilityCmd struct {
	Files   []string `arg:"" name:"file" help:"Statements, as a shop's liability page gives them; - is standard input."`
	Key     string   `help:"The key that has to have signed them: 64 hexadecimal digits, as the server tells it." placeholder:"HEX"`
	Proof   string   `help:"The proof that it was notarised, of one statement (default: FILE.ots, if it is there)." placeholder:"FILE"`
	Headers string   `help:"Compare the blocks of proofs with these headers: lines \"height header\" or headers alone in hexadecimal, or raw headers of 80 bytes." placeholder:"FILE"`
	JSON    bool     `help:"Print each verdict as a line of JSON."`
	Quiet   bool     `short:"q" help:"Print results and errors only."`
}

// Help tells kong what stands below the flags.
func (LiabilityCmd) Help() string {
	return `Checked from the files alone: the signature of each, that its numbers add up, that all are of one key, and that a proof is of
that very statement. --headers checks the proof's block too. What there is of an asset is the chain's to say: cairn assets
compare holds the ledger's hash in a statement against another server's. docs/voucher-liability.md describes the file.

Exit codes: 0 all hold; 1 one does not, or could not be read; 2 wrong use.`
}

// stated is a verdict as it is printed.
type stated struct {
	File  string `json:"file"`
	Holds bool   `json:"holds"`
	Error string `json:"error,omitempty"`
	*liability.Statement
	Key    string `json:"key,omitempty"`
	SHA256 string `json:"sha256,omitempty"`
	// Proof is what the proof is worth, and NoLaterThan the time of its block.
	Proof       verify.Outcome `json:"proof,omitempty"`
	ProofBlock  int32          `json:"proof_block,omitempty"`
	NoLaterThan *time.Time     `json:"existed_no_later_than,omitempty"`
}

// errOtherKey: a statement that somebody else has signed.
var errOtherKey = errors.New("it is signed by another key")

// Run implements the command.
func (c *LiabilityCmd) Run(ctx context.Context, out *terminal.Output) error {
	out.Quiet = c.Quiet
	if c.Proof != "" && len(c.Files) != 1 {
		return terminal.UsageError("--proof is of one statement")
	}
	if raw, err := hex.DecodeString(c.Key); err != nil || c.Key != "" && len(raw) != 32 {
		return terminal.UsageError("a key has 64 hexadecimal digits")
	}
	expected, failed := strings.ToLower(c.Key), false
	for _, name := range c.Files {
		v, err := c.one(ctx, out, name, expected)
		if err != nil {
			v, failed = stated{File: name, Error: err.Error()}, true
		} else if expected == "" {
			expected = v.Key // of one server, as are the others
		}
		failed = failed || v.Proof == verify.Mismatch
		if err := c.tell(out, v); err != nil {
			return err
		}
	}
	if failed {
		return terminal.SilentExit(terminal.ExitFail)
	}
	return nil
}

// one checks a statement, and its proof where there is one.
func (c *LiabilityCmd) one(ctx context.Context, out *terminal.Output, name, key string) (stated, error) {
	raw, err := contents(out, name)
	if err != nil {
		return stated{}, err
	}
	s, err := liability.Read(raw)
	if err != nil {
		return stated{}, err
	}
	v := stated{File: name, Holds: true, Statement: &s.Statement, Key: hex.EncodeToString(s.Key[:]), SHA256: hex.EncodeToString(s.Digest[:])}
	if key != "" && v.Key != key {
		return stated{}, fmt.Errorf("%w: %s", errOtherKey, v.Key)
	}
	proof, err := c.proofOf(name)
	if err != nil || proof == nil {
		return v, err
	}
	return v, c.notarised(ctx, &v, proof, s.Digest)
}

// contents reads a file, or standard input.
func contents(out *terminal.Output, name string) ([]byte, error) {
	from := out.Stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		from = f
	}
	return io.ReadAll(io.LimitReader(from, liability.MaxSize+1))
}

// proofOf reads the proof of a statement; nil where none was named and none lies
// beside it.
func (c *LiabilityCmd) proofOf(name string) (*ots.File, error) {
	path := c.Proof
	if path == "" {
		if name == "-" {
			return nil, nil
		}
		path = name + ".ots"
	}
	f, err := os.Open(path)
	if c.Proof == "" && errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, liability.MaxSize))
	if err != nil {
		return nil, err
	}
	proof, err := ots.ParseFile(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return proof, nil
}

// notarised adds what a proof is worth.
func (c *LiabilityCmd) notarised(ctx context.Context, v *stated, proof *ots.File, digest [32]byte) error {
	if err := verify.Match(proof, digest[:]); err != nil {
		return err
	}
	headers, err := c.headers(v.Network)
	if err != nil {
		return err
	}
	found, err := verify.Check(ctx, proof.Timestamp, headers)
	if err != nil {
		return err
	}
	v.Proof, v.Holds = found.Outcome, found.Outcome != verify.Mismatch
	for _, f := range found.Findings {
		if f.Attestation.Tag == ots.TagBitcoin && v.ProofBlock == 0 {
			v.ProofBlock = int32(min(f.Attestation.Height, 1<<31-1))
		}
	}
	if found.Outcome == verify.Confirmed {
		v.ProofBlock, v.NoLaterThan = found.Block.Height, &found.Time
	}
	return nil
}

// headers are those of the file that was named; nil for none.
func (c *LiabilityCmd) headers(network string) (verify.Headers, error) {
	if c.Headers == "" {
		return nil, nil
	}
	return headersIn(c.Headers, network)
}

// tell prints a verdict.
func (c *LiabilityCmd) tell(out *terminal.Output, v stated) error {
	if c.JSON {
		return out.Line(v)
	}
	if v.Error != "" {
		out.Say("%s: NO. %s", v.File, v.Error)
		return nil
	}
	word := "holds"
	if !v.Holds {
		word = "NO. Its proof is of another block"
	}
	out.Say("%s: %s, %s of %s at block %d", v.File, word, v.Shop.Name, v.Server, v.Block.Height)
	out.Say("  made at %s, signed by %s", v.MadeAt, v.Key)
	for _, a := range v.Assets {
		out.Say("  %s: %d of %d units outstanding, %d came back, %d on their way", a.Asset, a.Outstanding, a.Supply, a.Returned, a.Booked)
	}
	for _, s := range v.Series {
		out.Say("  %s: %d issued, %d redeemed, %d outstanding, %d expired", s.Name, s.Issued, s.Redeemed+s.Booked, s.Outstanding, s.Expired)
	}
	switch {
	case v.Proof == "":
		out.Say("  no proof that it was notarised lies beside it")
	case v.NoLaterThan != nil:
		out.Say("  it existed no later than %s, block %d", v.NoLaterThan.Format(time.DateOnly), v.ProofBlock)
	case v.ProofBlock != 0:
		out.Say("  its proof names block %d; --headers, or cairn verify with a server, checks it", v.ProofBlock)
	default:
		out.Say("  its proof waits for a block: fetch it again later")
	}
	return nil
}
