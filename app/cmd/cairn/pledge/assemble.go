package pledge

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"cairn/app/cmd/cairn/terminal"
	"cairn/app/db/durable"
	"cairn/chain"
	"cairn/lighthouse/contract"
	"cairn/lighthouse/document"

	"github.com/btcsuite/btcd/blockchain"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/wire"
)

// AssembleCmd puts a claim together.
type AssembleCmd struct {
	Paths    []string `arg:"" name:"file" help:"Pledges, or folders of them."`
	Campaign string   `required:"" help:"The campaign's file." placeholder:"FILE"`
	Output   string   `short:"o" help:"Where the claim goes, in hexadecimal; by default it is printed." placeholder:"FILE"`
	Force    bool     `help:"Write over a file that is there."`
	Level    int      `help:"The level to claim, 0 for the goal; by default the highest that is reached." default:"-1"`
	Rate     int64    `help:"The fee in satoshi for each virtual byte." default:"2"`

	CoinFlags
	JSON  bool `help:"Print the result as JSON; the claim is in it."`
	Quiet bool `short:"q" help:"Print results and errors only."`
}

// Help tells kong what stands below the flags.
func (AssembleCmd) Help() string {
	return `The oldest pledges are taken as long as each is needed; the rest wait. Broadcast the claim with any node or explorer:
one stale pledge makes it invalid, so give --esplora to leave out coins that are spent, or try again without them.

Exit codes: 0 the claim is there; 1 it cannot be made; 2 wrong use; 3 the pledges do not reach the goal yet;
5 it is there, and some files were left out.`
}

// part is a pledge that could be taken.
type part struct {
	file   string
	pledge document.Pledge
	coin   contract.Coin
	signed map[int]contract.Pledge
}

type leftOut struct {
	File  string `json:"file"`
	Error string `json:"error"`
}

type assembled struct {
	Level     int       `json:"level"`
	Claim     string    `json:"claim,omitempty"`
	Txid      string    `json:"txid,omitempty"`
	NotBefore uint32    `json:"not_before,omitempty"`
	Pledges   []string  `json:"pledges,omitempty"`
	Waiting   []string  `json:"waiting,omitempty"`
	Fee       int64     `json:"fee_sat,omitempty"`
	Weight    int64     `json:"weight,omitempty"`
	Missing   int64     `json:"missing_sat,omitempty"`
	LeftOut   []leftOut `json:"left_out,omitempty"`
}

// Run implements the command.
func (c *AssembleCmd) Run(ctx context.Context, out *terminal.Output) error {
	out.Quiet = out.Quiet || c.Quiet
	if c.Rate < 1 || c.Rate > 10_000 {
		return terminal.UsageError("--rate: from 1 to 10,000")
	}
	if err := c.free(); err != nil {
		return err
	}
	campaign, err := readCampaign(out, c.Campaign)
	if err != nil {
		return err
	}
	if c.Level >= len(campaign.Campaign.Terms.Levels) || c.Level < -1 {
		return terminal.UsageError(fmt.Sprintf("--level: the campaign has levels 0 to %d", len(campaign.Campaign.Terms.Levels)-1))
	}
	files, err := expand(c.Paths)
	if err != nil {
		return err
	}
	asked, err := c.explorer()
	if err != nil {
		return err
	}
	parts, left, err := collect(ctx, out, campaign, files, asked)
	if err != nil {
		return err
	}
	result, tx, err := c.choose(campaign, parts)
	result.LeftOut = left
	var short *contract.Shortfall
	if errors.As(err, &short) {
		return c.short(out, result, short)
	}
	if err != nil {
		return err
	}
	return c.deliver(out, result, tx)
}

// free refuses to write over a file.
func (c *AssembleCmd) free() error {
	if c.Output == "" || c.Force {
		return nil
	}
	if _, err := os.Lstat(c.Output); !errors.Is(err, fs.ErrNotExist) {
		return terminal.UsageError(c.Output + " is there already; --force writes over it")
	}
	return nil
}

// collect reads the pledges, oldest first, and names what cannot be taken.
func collect(ctx context.Context, out *terminal.Output, campaign document.Campaign, files []string, asked *explorer) (parts []part, left []leftOut, err error) {
	spent := make(map[wire.OutPoint]string)
	for _, name := range files {
		p, err := readPart(ctx, out, campaign, name, asked)
		if err == nil {
			if other, twice := spent[p.pledge.Outpoint]; twice {
				err = fmt.Errorf("%w: it is in %s as well", contract.ErrDuplicate, other)
			}
		}
		if unreadable(err) {
			return nil, nil, err
		}
		if err != nil {
			left = append(left, leftOut{name, err.Error()})
			out.Remark("%s is left out: %v", name, err)
			continue
		}
		spent[p.pledge.Outpoint] = name
		parts = append(parts, p)
	}
	slices.SortStableFunc(parts, func(a, b part) int { return cmp.Compare(a.pledge.MadeAt.Unix(), b.pledge.MadeAt.Unix()) })
	return parts, left, nil
}

func readPart(ctx context.Context, out *terminal.Output, campaign document.Campaign, name string, asked *explorer) (part, error) {
	raw, err := read(out, name)
	if err != nil {
		return part{}, err
	}
	p := part{file: name}
	if p.pledge, err = document.ReadPledge(raw); err != nil {
		return part{}, err
	}
	if p.coin, err = asked.coin(ctx, p.pledge); err != nil {
		return part{}, err
	}
	p.signed, _, err = p.pledge.For(campaign, p.coin, rand.Reader)
	return p, err
}

// choose makes the claim of the level that was asked for, or of the highest that
// is reached. Errors: those of Choose for the lowest that was tried.
func (c *AssembleCmd) choose(campaign document.Campaign, parts []part) (result assembled, tx *wire.MsgTx, err error) {
	levels := campaign.Campaign.Terms.Levels
	from, to := c.Level, c.Level
	if c.Level < 0 {
		from, to = len(levels)-1, 0
	}
	for level := from; level >= to; level-- {
		if result, tx, err = claimOf(levels[level].Contract, level, parts, chain.SatPerVByte(c.Rate)); err == nil {
			return result, tx, nil
		}
	}
	return result, nil, err
}

// claimOf puts the claim of one level together.
func claimOf(own *contract.Contract, level int, parts []part, rate chain.FeeRate) (assembled, *wire.MsgTx, error) {
	result := assembled{Level: level, NotBefore: own.LockTime}
	var able []part
	var candidates []contract.Candidate
	for _, p := range parts {
		if signed, ok := p.signed[level]; ok {
			able = append(able, p)
			candidates = append(candidates, contract.Candidate{Value: p.coin.Value, Weight: signed.Weight()})
		}
	}
	choice, err := own.Choose(candidates, rate)
	if err != nil {
		return result, nil, err
	}
	var pledges []contract.Pledge
	var coins []contract.Coin
	var sum btcutil.Amount
	for i, p := range able {
		if !slices.Contains(choice.Taken, i) {
			result.Waiting = append(result.Waiting, p.file)
			continue
		}
		pledges, coins = append(pledges, p.signed[level]), append(coins, p.coin)
		result.Pledges = append(result.Pledges, p.file)
		sum += p.coin.Value
	}
	tx, err := own.Assemble(pledges, coins)
	if err != nil {
		return result, nil, err
	}
	result.Claim, result.Txid = string(document.Hex(tx)), tx.TxHash().String()
	result.Fee, result.Weight = int64(sum-own.Net()), blockchain.GetTransactionWeight(btcutil.NewTx(tx))
	return result, tx, nil
}

// short says what is missing.
func (c *AssembleCmd) short(out *terminal.Output, result assembled, short *contract.Shortfall) error {
	result.Missing = int64(short.Missing)
	if c.JSON {
		if err := out.JSON(result); err != nil {
			return err
		}
	} else {
		out.Say("%d sat are missing for %s, at %d sat for each virtual byte", result.Missing, levelName(result.Level), c.Rate)
	}
	return terminal.SilentExit(terminal.ExitPending)
}

// deliver writes the claim.
func (c *AssembleCmd) deliver(out *terminal.Output, result assembled, tx *wire.MsgTx) error {
	if c.Output != "" {
		if err := write(c.Output, result.Claim+"\n", c.Force); err != nil {
			return err
		}
	}
	switch {
	case c.JSON:
		if err := out.JSON(result); err != nil {
			return err
		}
	case c.Output == "":
		out.Say("%s", result.Claim)
	default:
		out.Say("%s: %d pledges reach %s; %d sat go to the miners (transaction %s)", c.Output, len(tx.TxIn), levelName(result.Level), result.Fee, result.Txid)
	}
	if n := len(result.Waiting); n > 0 {
		out.Remark("%d more pledges are not needed", n)
	}
	if result.NotBefore > 0 {
		out.Remark("the network takes it from block %d on", result.NotBefore)
	}
	if len(result.LeftOut) > 0 {
		return terminal.SilentExit(terminal.ExitPartly)
	}
	return nil
}

// write makes a file; one that is written over is replaced as a whole.
func write(name, text string, over bool) error {
	if over {
		return durable.WriteFile(name, []byte(text))
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	if _, err = f.WriteString(text); err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}
