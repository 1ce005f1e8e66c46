package assets

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"cairn/app/cmd/cairn/terminal"
	"cairn/assets/receipt"
	"cairn/chain"
	"cairn/notary/client"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
)

// ReceiptCmd fetches the receipt of a coin.
type ReceiptCmd struct {
	Coin     string        `arg:"" help:"The coin: transaction id, colon, number of the output."`
	Server   string        `help:"Cairn to ask (${default})." default:"http://127.0.0.1:8780" placeholder:"URL"`
	Protocol string        `help:"Of several that colour the coin, this one: open-assets, colu or epobc." placeholder:"NAME"`
	Out      string        `short:"o" help:"Write it there; - is standard output. Default: the coin's name in this folder." placeholder:"FILE"`
	Timeout  time.Duration `help:"How long to wait for an answer." default:"60s"`
	Quiet    bool          `short:"q" help:"Print results and errors only."`
}

// Help tells kong what stands below the flags.
func (ReceiptCmd) Help() string {
	return `The receipt is checked before it is written. Whoever has it can check it himself: cairn assets verify.

Exit codes: 0 written; 1 failed; 2 wrong use.`
}

// Run implements the command.
func (c *ReceiptCmd) Run(ctx context.Context, out *terminal.Output) error {
	out.Quiet = c.Quiet
	coin, err := receipt.ParseCoin(c.Coin)
	if err != nil {
		return terminal.UsageError(err.Error())
	}
	address := strings.TrimRight(c.Server, "/") + "/api/v1/assets/receipts/" + coin.String()
	if c.Protocol != "" {
		address += "?protocol=" + url.QueryEscape(c.Protocol)
	}
	ask, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return terminal.UsageError(err.Error())
	}
	answer, err := client.HTTP(c.Timeout).Do(ask)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(answer.Body, receipt.MaxSize+1))
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s: %.300s", c.Server, answer.Status, raw)
	}
	v, err := check(raw, receipt.Options{})
	if err != nil {
		return err
	}
	if v.Coin != coin {
		return fmt.Errorf("%w: it is that of %s", receipt.ErrHoldings, v.Coin)
	}
	if c.Out == "-" {
		_, err := out.Stdout.Write(raw)
		return err
	}
	name := c.Out
	if name == "" {
		name = fmt.Sprintf("%s-%d.receipt.json", coin.Hash, coin.Index)
	}
	if err := os.WriteFile(name, raw, 0o644); err != nil {
		return err
	}
	out.Remark("%s: %s", name, summary(v))
	return nil
}

// VerifyCmd checks receipts.
type VerifyCmd struct {
	Files   []string `arg:"" name:"file" help:"Receipts; - is standard input."`
	Headers string   `help:"Compare their blocks with these headers: lines \"height header\" or headers alone in hexadecimal, or raw headers of 80 bytes." placeholder:"FILE"`
	JSON    bool     `help:"Print each verdict as a line of JSON."`
	Quiet   bool     `short:"q" help:"Print results and errors only."`
}

// Help tells kong what stands below the flags.
func (VerifyCmd) Help() string {
	return `Everything is checked from the file alone: the coin's way from its issue, by the rules of its protocol, and the work of
the blocks that hold it. That those blocks are in the chain that the world uses is as sure as their work is large; --headers
compares them with headers of your own. Whether the coin was spent since, no file can tell: ask an explorer.

Exit codes: 0 all hold; 1 one does not, or could not be read; 2 wrong use.`
}

// judged is a verdict as it is printed.
type judged struct {
	File         string            `json:"file"`
	Holds        bool              `json:"holds"`
	Error        string            `json:"error,omitempty"`
	Network      chain.Network     `json:"network,omitempty"`
	Protocol     string            `json:"protocol,omitempty"`
	Coin         string            `json:"coin,omitempty"`
	Holdings     []receipt.Holding `json:"holdings,omitempty"`
	Height       int32             `json:"height,omitempty"`
	Block        string            `json:"block,omitempty"`
	Time         *time.Time        `json:"time,omitempty"`
	Upon         int               `json:"blocks_upon"`
	WorkBits     int               `json:"work_bits"`
	Transactions int               `json:"transactions,omitempty"`
	Known        int               `json:"known_blocks"`
	Checked      bool              `json:"block_is_known"`
	Stated       []string          `json:"stated_coins,omitempty"`
	Bound        bool              `json:"definition_is_bound"`
	UnspentUpTo  int32             `json:"unspent_up_to,omitempty"`
	SpentBy      string            `json:"spent_by,omitempty"`
}

// Run implements the command.
func (c *VerifyCmd) Run(_ context.Context, out *terminal.Output) error {
	out.Quiet = c.Quiet
	failed := false
	for _, name := range c.Files {
		v, err := c.one(out, name)
		if err != nil {
			failed = true
		}
		if err := c.tell(out, name, v, err); err != nil {
			return err
		}
	}
	if failed {
		return terminal.SilentExit(terminal.ExitFail)
	}
	return nil
}

// one checks a file.
func (c *VerifyCmd) one(out *terminal.Output, name string) (*receipt.Verdict, error) {
	from := out.Stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		from = f
	}
	raw, err := io.ReadAll(io.LimitReader(from, receipt.MaxSize+1))
	if err != nil {
		return nil, err
	}
	options, err := c.options(raw)
	if err != nil {
		return nil, err
	}
	return check(raw, options)
}

// options have the headers at hand, of the receipt's network.
func (c *VerifyCmd) options(raw []byte) (o receipt.Options, err error) {
	if c.Headers == "" {
		return o, nil
	}
	f, err := receipt.Decode(raw)
	if err != nil {
		return o, err
	}
	headers, err := headersIn(c.Headers, f.Network)
	if err != nil {
		return o, err
	}
	o.Known = func(height int32) (chainhash.Hash, bool) {
		header, err := headers.HeaderAt(context.Background(), height)
		if err != nil {
			return chainhash.Hash{}, false
		}
		return header.BlockHash(), true
	}
	return o, nil
}

func check(raw []byte, o receipt.Options) (*receipt.Verdict, error) {
	f, err := receipt.Decode(raw)
	if err != nil {
		return nil, err
	}
	return receipt.Verify(f, o)
}

// tell prints what became of a file.
func (c *VerifyCmd) tell(out *terminal.Output, name string, v *receipt.Verdict, err error) error {
	if c.JSON {
		return out.Line(view(name, v, err))
	}
	if err != nil {
		var path *os.PathError
		if errors.As(err, &path) {
			out.Complain("%v", err)
			return nil
		}
		out.Say("%s: NO. %v", name, err)
		return nil
	}
	out.Say("%s: %s", name, summary(v))
	out.Say("  in block %d of %s, %d more upon it, 2^%d hashes of work", v.Block.Height, v.Time.Format(time.DateTime), v.Upon, v.Work.BitLen()-1)
	switch {
	case c.Headers == "":
	case v.Checked:
		out.Say("  which is in your headers, as are %d of the receipt's blocks", v.Known)
	default:
		out.Say("  which your headers do not have; they have %d of the receipt's blocks", v.Known)
	}
	for _, d := range v.Definitions {
		if d.Bound {
			out.Say("  the definition is the one that was issued")
		} else {
			out.Say("  the definition could be changed: the chain has no hash of it")
		}
	}
	for _, at := range v.Stated {
		out.Say("  by the maker's word only: %s held nothing", at)
	}
	if v.State.SpentBy != "" {
		out.Say("  its maker says that it was spent by %s", v.State.SpentBy)
	} else {
		out.Say("  its maker says that it was unspent up to block %d; what came later no file can tell", v.State.Height)
	}
	return nil
}

// summary is a verdict in one line.
func summary(v *receipt.Verdict) string {
	var held []string
	for _, h := range v.Holdings {
		held = append(held, fmt.Sprintf("%d of %s", h.Units, h.Asset.Text(v.Network)))
	}
	return fmt.Sprintf("%s on %s holds %s, from %d transactions", v.Coin, v.Network, strings.Join(held, ", "), v.Transactions)
}

func view(name string, v *receipt.Verdict, err error) judged {
	if err != nil {
		return judged{File: name, Error: err.Error()}
	}
	j := judged{
		File: name, Holds: true, Network: v.Network, Protocol: v.Protocol.String(), Coin: v.Coin.String(),
		Height: v.Block.Height, Block: v.Block.Hash.String(), Time: &v.Time, Upon: v.Upon, WorkBits: v.Work.BitLen() - 1,
		Transactions: v.Transactions, Known: v.Known, Checked: v.Checked, SpentBy: v.State.SpentBy,
	}
	if j.SpentBy == "" {
		j.UnspentUpTo = v.State.Height
	}
	for _, h := range v.Holdings {
		j.Holdings = append(j.Holdings, receipt.Holding{Asset: h.Asset.Text(v.Network), Units: fmt.Sprint(h.Units)})
	}
	for _, at := range v.Stated {
		j.Stated = append(j.Stated, at.String())
	}
	j.Bound = len(v.Definitions) > 0
	for _, d := range v.Definitions {
		j.Bound = j.Bound && d.Bound
	}
	return j
}
