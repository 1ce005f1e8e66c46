package assets

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"cairn/app/cmd/cairn/terminal"
	"cairn/assets/guard"
	"cairn/notary/client"
)

// GuardCmd asks what a transaction would destroy.
type GuardCmd struct {
	Transaction string        `arg:"" name:"tx" help:"A transaction or PSBT: hexadecimal, base64, a file, or - for standard input."`
	Server      string        `help:"Cairn to ask (${default})." default:"http://127.0.0.1:8780" placeholder:"URL"`
	Timeout     time.Duration `help:"How long to wait for an answer." default:"30s"`
	JSON        bool          `help:"Print the answer as JSON."`
	Quiet       bool          `short:"q" help:"Print results and errors only."`
}

// Help tells kong what stands below the flags.
func (GuardCmd) Help() string {
	return `The server looks at it and forgets it; nothing is sent to the network. Ask your own: whoever runs it sees the transaction.

Exit codes: 0 it destroys nothing; 1 no answer; 2 it destroys units, or wrong use; 4 it cannot be told, as a coin is not known.`
}

// exitDestroys is for scripts that must stop here.
const exitDestroys = terminal.SilentExit(2)

// guardHolding and judgement are what matters of an answer (openapi.yaml,
// AssetGuard).
type guardHolding struct {
	Protocol string `json:"protocol"`
	Asset    string `json:"asset"`
	Units    string `json:"units"`
}

type judgement struct {
	Verdict    guard.Verdict `json:"verdict"`
	Txid       string        `json:"txid"`
	Height     *int32        `json:"height"`
	FromHeight int32         `json:"from_height"`
	AsOfHeight int32         `json:"as_of_height"`
	Lost       []struct {
		guardHolding
		Input  *int      `json:"input"`
		Output *int      `json:"output"`
		Why    guard.Why `json:"why"`
	} `json:"lost"`
	Inputs []struct {
		Coin     string         `json:"coin"`
		State    guard.State    `json:"state"`
		Holdings []guardHolding `json:"holdings"`
	} `json:"inputs"`
	Outputs []struct {
		Care     *guard.Care    `json:"care"`
		Holdings []guardHolding `json:"holdings"`
	} `json:"outputs"`
	Rivals []string `json:"rivals"`
}

// Run implements the command.
func (c *GuardCmd) Run(ctx context.Context, out *terminal.Output) error {
	out.Quiet = out.Quiet || c.Quiet
	data, err := c.read(out.Stdin)
	if err != nil {
		return err
	}
	if _, err := guard.Parse(data); err != nil {
		return terminal.UsageError(err.Error())
	}
	raw, err := c.ask(ctx, data)
	if err != nil {
		return err
	}
	var j judgement
	if err := json.Unmarshal(raw, &j); err != nil || j.Verdict == "" {
		return fmt.Errorf("%s gives no judgement: does it run a Cairn with assets?", c.Server)
	}
	if c.JSON {
		if err := out.JSON(json.RawMessage(raw)); err != nil {
			return err
		}
	} else {
		j.say(out)
	}
	switch j.Verdict {
	case guard.Safe, guard.Moves:
		return nil
	case guard.Destroys:
		return exitDestroys
	}
	return terminal.SilentExit(terminal.ExitUndecided)
}

// read is the transaction, from wherever it is.
func (c *GuardCmd) read(stdin io.Reader) ([]byte, error) {
	from := stdin
	if c.Transaction != "-" {
		f, err := os.Open(c.Transaction)
		if err != nil {
			return []byte(c.Transaction), nil // no file: the transaction itself
		}
		defer f.Close()
		from = f
	}
	return io.ReadAll(io.LimitReader(from, 2*guard.MaxBytes+1))
}

// ask has the server judge.
func (c *GuardCmd) ask(ctx context.Context, data []byte) ([]byte, error) {
	text := string(data)
	if !utf8.Valid(data) {
		text = base64.StdEncoding.EncodeToString(data)
	}
	body, err := json.Marshal(map[string]string{"transaction": text})
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimRight(c.Server, "/")+"/api/v1/assets/guard", bytes.NewReader(body))
	if err != nil {
		return nil, terminal.UsageError(err.Error())
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := client.HTTP(c.Timeout).Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, 16<<20))
	if err != nil {
		return nil, err
	}
	if resp.StatusCode == http.StatusOK {
		return raw, nil
	}
	var problem struct {
		Title string `json:"title"`
	}
	if json.Unmarshal(raw, &problem) == nil && problem.Title != "" {
		return nil, errors.New(problem.Title)
	}
	return nil, fmt.Errorf("%s answers %s", c.Server, resp.Status)
}

var whyWords = map[guard.Why]string{
	guard.WhyOrdinary: "the transaction says nothing about units",
	guard.WhyRejected: "what the transaction says about units does not hold",
	guard.WhyLeft:     "no output takes them",
	guard.WhyNobody:   "nobody can spend the output that takes them",
}

// say writes the judgement for people, the worst first.
func (j judgement) say(out *terminal.Output) {
	verb := "destroys"
	if j.Height != nil {
		verb = "destroyed"
		out.Remark("it is in block %d already", *j.Height)
	}
	for _, l := range j.Lost {
		where := ""
		if l.Input != nil {
			where = fmt.Sprintf(" at input %d", *l.Input)
		}
		out.Say("this %s %s of %s (%s)%s: %s", verb, l.Units, l.Asset, l.Protocol, where, whyWords[l.Why])
	}
	unknown := 0
	for _, in := range j.Inputs {
		if in.State == guard.Unknown {
			unknown++
			out.Say("unknown: %s may hold units", in.Coin)
		}
	}
	for i, o := range j.Outputs {
		for _, h := range o.Holdings {
			out.Say("output %d gets %s of %s (%s)", i, h.Units, h.Asset, h.Protocol)
		}
		if o.Care != nil && *o.Care == guard.NoForm {
			out.Remark("output %d has an address that does not tell its owner's wallet of units", i)
		}
	}
	for _, id := range j.Rivals {
		out.Remark("%s waits for a block and spends the same coins", id)
	}
	if len(j.Lost) == 0 && unknown == 0 && j.Verdict == guard.Safe {
		out.Say("nothing coloured is touched")
	}
	out.Remark("as of block %d; blocks below %d were not looked at", j.AsOfHeight, j.FromHeight)
}
