package pledge

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"cairn/app/cmd/cairn/terminal"
	"cairn/lighthouse/contract"
	"cairn/lighthouse/document"

	"github.com/btcsuite/btcd/wire"
)

// CheckCmd checks files of crowdfunding.
type CheckCmd struct {
	Paths    []string `arg:"" name:"file" help:"Pledges, receipts, openings or campaigns, or folders of them; - is standard input."`
	Campaign string   `help:"The campaign's file, which pledges are checked against." placeholder:"FILE"`
	Claim    string   `help:"The claim's transaction in hexadecimal, to be compared with an opening." placeholder:"FILE"`

	CoinFlags
	JSON  bool `help:"Print the result as JSON."`
	Quiet bool `short:"q" help:"Print results and errors only."`
}

// Help tells kong what stands below the flags.
func (CheckCmd) Help() string {
	return `A pledge may be a file of Cairn, a PSBT (binary, base64 or hexadecimal), or the transaction that consists of it alone.
Without --esplora the coin is as the file says: whether it exists and is unspent is not looked at.
A receipt is compared with the openings named beside it.

Exit codes: 0 all is well; 1 something is not; 2 wrong use; 4 undecided: the coin is not known, no block holds it yet,
or the server does not answer. For several files it is the first of 1, 4 that applies to one of them.`
}

// Outcomes of a check.
const (
	good    = "good"
	bad     = "bad"
	unknown = "undecided"
)

// checked is what became of one file.
type checked struct {
	File    string        `json:"file"`
	Kind    document.Kind `json:"kind"`
	Outcome string        `json:"outcome"`
	Error   string        `json:"error,omitempty"`
	// Of a pledge.
	Amount   int64  `json:"amount_sat,omitempty"`
	Coin     string `json:"coin,omitempty"`
	CoinKind string `json:"coin_kind,omitempty"`
	Levels   []int  `json:"levels,omitempty"`
	RefundAt uint32 `json:"refund_at,omitempty"`
	// Looked: the coin was looked up.
	Looked bool `json:"looked_up,omitempty"`
	// Of a receipt and an opening.
	Pledge  string `json:"pledge,omitempty"`
	Digest  string `json:"digest,omitempty"`
	Counted *int   `json:"counted,omitempty"`
	// Uncounted are inputs of the claim that were never counted.
	Uncounted []string `json:"uncounted,omitempty"`

	says string
}

// Run implements the command.
func (c *CheckCmd) Run(ctx context.Context, out *terminal.Output) error {
	out.Quiet = out.Quiet || c.Quiet
	files, err := expand(c.Paths)
	if err != nil {
		return err
	}
	k := check{out: out}
	if k.explorer, err = c.explorer(); err != nil {
		return err
	}
	if c.Campaign != "" {
		campaign, err := readCampaign(out, c.Campaign)
		if err != nil {
			return err
		}
		k.campaign = &campaign
	}
	if c.Claim != "" {
		if k.claim, err = readTransaction(out, c.Claim); err != nil {
			return err
		}
	}
	// Openings come first, so that receipts can be held against them.
	results := make([]checked, len(files))
	raws := make([][]byte, len(files))
	for _, openings := range []bool{true, false} {
		for i, name := range files {
			if raws[i] == nil {
				if raws[i], err = read(out, name); err != nil {
					return err
				}
			}
			if kind := document.KindOf(raws[i]); (kind == document.OpeningFile) == openings {
				results[i] = k.file(ctx, name, kind, raws[i])
			}
		}
	}
	return c.report(out, results)
}

func (c *CheckCmd) report(out *terminal.Output, results []checked) error {
	code := terminal.ExitOK
	for _, r := range results {
		switch {
		case r.Outcome == bad:
			code = terminal.ExitFail
		case r.Outcome == unknown && code != terminal.ExitFail:
			code = terminal.ExitUndecided
		}
		if c.JSON {
			continue
		}
		if r.Outcome == good {
			out.Say("%s: %s", r.File, r.says)
		} else {
			out.Say("%s: %s: %s", r.File, r.Outcome, r.Error)
		}
	}
	if c.JSON {
		if err := out.JSON(map[string]any{"files": results}); err != nil {
			return err
		}
	}
	if code != terminal.ExitOK {
		return terminal.SilentExit(code)
	}
	return nil
}

// check is one run of the command.
type check struct {
	out      *terminal.Output
	campaign *document.Campaign
	claim    *wire.MsgTx
	explorer *explorer
	openings []document.Opening
}

// file checks one file.
func (k *check) file(ctx context.Context, name string, kind document.Kind, raw []byte) checked {
	r := checked{File: name, Kind: kind, Outcome: good}
	var err error
	switch kind {
	case document.CampaignFile:
		err = k.campaignFile(&r, raw)
	case document.ReceiptFile:
		err = k.receipt(&r, raw)
	case document.OpeningFile:
		err = k.opening(&r, raw)
	default:
		r.Kind = document.PledgeFile
		err = k.pledge(ctx, &r, raw)
	}
	if err != nil {
		r.Outcome, r.Error = bad, err.Error()
		if undecided(err) {
			r.Outcome = unknown
		}
	}
	return r
}

func (k *check) campaignFile(r *checked, raw []byte) error {
	c, err := document.ReadCampaign(raw)
	if err != nil {
		return err
	}
	signers := "its server"
	if c.SignedByCreator {
		signers = "its server and its creator"
	}
	r.says = fmt.Sprintf("the campaign %q on %s, signed by %s", c.Campaign.Text.Title, c.Network, signers)
	return nil
}

var errNoCampaign = errors.New("a pledge is checked against its campaign: give --campaign")

func (k *check) pledge(ctx context.Context, r *checked, raw []byte) error {
	p, err := document.ReadPledge(raw)
	if err != nil {
		return err
	}
	r.Coin = p.Outpoint.String()
	if k.campaign == nil {
		return errNoCampaign
	}
	coin, err := k.explorer.coin(ctx, p)
	if errors.Is(err, errUnknownCoin) {
		// That it pays somebody else can be seen all the same.
		if _, other := p.Levels(k.campaign.Campaign.Terms); other != nil && !errors.Is(other, contract.ErrScriptType) {
			return other
		}
	}
	if err != nil {
		return err
	}
	signed, kind, err := p.For(*k.campaign, coin, rand.Reader)
	if err != nil {
		return err
	}
	r.Amount, r.CoinKind, r.Levels, r.Looked = int64(coin.Value), string(kind), sorted(signed), k.explorer != nil
	r.says = fmt.Sprintf("a pledge of %d sat (%s)", r.Amount, kind)
	for i, level := range r.Levels {
		r.says += []string{" for ", " and "}[min(i, 1)] + levelName(level)
	}
	if p.Refund != nil {
		r.RefundAt = p.Refund.LockTime
		r.says += fmt.Sprintf(", with a refund from block %d on", r.RefundAt)
	}
	if !r.Looked {
		r.says += "; whether the coin is there was not looked at"
	}
	return nil
}

// ours says whether a file is of the campaign that was given, and of its server.
func (k *check) ours(campaign, network string, server [32]byte) error {
	if k.campaign == nil {
		return nil
	}
	if campaign != k.campaign.Campaign.ID.String() || network != string(k.campaign.Network) {
		return fmt.Errorf("%w: %s on %s", document.ErrOther, campaign, network)
	}
	if server != k.campaign.ServerKey {
		return fmt.Errorf("%w: another server than the campaign's has signed it", document.ErrSigned)
	}
	return nil
}

func (k *check) receipt(r *checked, raw []byte) error {
	receipt, err := document.ReadReceipt(raw)
	if err != nil {
		return err
	}
	if err := k.ours(receipt.Leaf.Campaign.String(), string(receipt.Network), receipt.ServerKey); err != nil {
		return err
	}
	r.Pledge, r.Amount, r.Coin = receipt.Leaf.Pledge.String(), int64(receipt.Leaf.Value), receipt.Leaf.Outpoint.String()
	r.says = fmt.Sprintf("the server holds this pledge of %d sat since %s", r.Amount, receipt.Since.Format(time.RFC3339))
	if in := receipt.Included; in != nil {
		digest := in.Head.Digest()
		r.Digest = hex.EncodeToString(digest[:])
		r.says += fmt.Sprintf(", and counted it among %d of %d sat; what was notarised: %s", in.Head.Size, int64(in.Head.Sum), r.Digest)
	} else {
		r.says += ", and has not counted it yet"
	}
	for _, o := range k.openings {
		heads, err := o.Holds(receipt.Leaf)
		if err != nil {
			return err
		}
		if in := receipt.Included; in != nil && !opened(o, in.Head.Digest()) {
			return fmt.Errorf("%w: the opening leaves out the total that the receipt names", document.ErrContents)
		}
		r.Counted = &heads
		r.says += fmt.Sprintf("; counted in %d of %d totals", heads, len(o.Heads))
	}
	return nil
}

func opened(o document.Opening, digest [32]byte) bool {
	for _, h := range o.Heads {
		if h.Head.Digest() == digest {
			return true
		}
	}
	return false
}

func (k *check) opening(r *checked, raw []byte) error {
	o, err := document.ReadOpening(raw)
	if err != nil {
		return err
	}
	if err := k.ours(o.Campaign.String(), string(o.Network), o.ServerKey); err != nil {
		return err
	}
	k.openings = append(k.openings, o)
	heads := len(o.Heads)
	r.Counted = &heads
	r.says = fmt.Sprintf("%d pledges, from which all %d totals follow", len(o.Leaves), heads)
	if heads > 0 {
		digest := o.Heads[heads-1].Head.Digest()
		r.Digest = hex.EncodeToString(digest[:])
		r.says += "; the last that was notarised: " + r.Digest
	}
	if k.claim == nil {
		return nil
	}
	for _, coin := range o.Uncounted(k.claim) {
		r.Uncounted = append(r.Uncounted, coin.String())
	}
	r.says += fmt.Sprintf("; %d of the claim's %d inputs were counted", len(k.claim.TxIn)-len(r.Uncounted), len(k.claim.TxIn))
	return nil
}
