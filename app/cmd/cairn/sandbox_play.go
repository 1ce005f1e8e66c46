package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"

	"cairn/channels/lab"
	"cairn/channels/lab/line"

	"github.com/btcsuite/btcd/btcutil"
)

// game lets a person play with a line that stands.
type game struct {
	five *lab.Five
	out  io.Writer
	tell *teller
}

const gameHelp = `
  pay WHO WHO AMOUNT   pay somebody, in BTC: pay eric alice 0.5
  hold                 Alice pays Eric 1 BTC, and he waits with the secret
  take                 Eric takes it
  kill                 kill Carol's node while Eric waits
  back                 bring her back in time
  wait                 let the time of the promises run out instead
  show                 who has what
  quit                 stop the nodes and remove everything
`

// play reads commands until the input ends, quit, or ctx.
func (g *game) play(ctx context.Context, in io.Reader) error {
	fmt.Fprint(g.out, "\nThe line is yours:\n", gameHelp)
	lines := make(chan string)
	go func() {
		defer close(lines)
		scanner := bufio.NewScanner(in)
		for scanner.Scan() {
			select {
			case lines <- scanner.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	for {
		fmt.Fprint(g.out, "> ")
		select {
		case <-ctx.Done():
			return nil
		case typed, ok := <-lines:
			words := strings.Fields(strings.ToLower(typed))
			if !ok || len(words) > 0 && (words[0] == "quit" || words[0] == "exit") {
				return nil
			}
			if len(words) == 0 {
				continue
			}
			// What is refused is said, and the game goes on.
			if err := g.do(ctx, words); err != nil {
				fmt.Fprintln(g.out, "  "+err.Error())
			}
			g.tell.wait(ctx)
		}
	}
}

// do carries out one command.
func (g *game) do(ctx context.Context, words []string) error {
	switch words[0] {
	case "pay":
		return g.pay(ctx, words[1:])
	case "hold":
		return g.five.Pay(ctx)
	case "take":
		return g.five.Take(ctx)
	case "kill":
		return g.five.Cut(line.Carol)
	case "back":
		return g.five.Mend(ctx)
	case "wait":
		return g.five.RunOut(ctx)
	case "show":
		fmt.Fprint(g.out, line.Draw(g.five.State()))
	default:
		fmt.Fprint(g.out, gameHelp)
	}
	return nil
}

func (g *game) pay(ctx context.Context, words []string) error {
	from, to, amount, err := parsePay(words)
	if err != nil {
		return err
	}
	receipt, err := g.five.Transfer(ctx, from, to, amount)
	if err != nil {
		return err
	}
	fmt.Fprintf(g.out, "  %s paid %s %s BTC, and %s BTC to those in between.\n", from, to, line.BTC(receipt.Amount), line.BTC(receipt.Fee))
	fmt.Fprint(g.out, line.Draw(g.five.State()))
	return nil
}

// parsePay reads "alice eric 0.5"; first letters are enough for names.
func parsePay(words []string) (from, to line.Who, amount btcutil.Amount, err error) {
	if len(words) != 3 {
		return 0, 0, 0, fmt.Errorf("who pays whom how much? For instance: pay eric alice 0.5")
	}
	if from, err = line.Parse(words[0]); err != nil {
		return 0, 0, 0, err
	}
	if to, err = line.Parse(words[1]); err != nil {
		return 0, 0, 0, err
	}
	if amount, err = line.ParseBTC(words[2]); err != nil {
		return 0, 0, 0, err
	}
	return from, to, amount, nil
}
