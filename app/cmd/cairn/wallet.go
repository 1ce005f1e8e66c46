package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"

	"cairn/app/control"

	"golang.org/x/term"
)

// WalletCmd groups what the operator does with the node's wallet.
type WalletCmd struct {
	Show   WalletShowCmd   `cmd:"" default:"withargs" help:"Balances and an address to receive fee money."`
	Create WalletCreateCmd `cmd:"" help:"Make the wallet: shows its 24 words once and asks for three of them."`
}

// WalletShowCmd prints balances and a fresh address.
type WalletShowCmd struct{ DataFlag }

// Run implements the command.
func (c *WalletShowCmd) Run(ctx context.Context, out *Output) error {
	w, err := c.running().Wallet(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(out.Stdout, "confirmed    %d sat\nunconfirmed  %d sat\nreceive at   %s\n", w.ConfirmedSat, w.UnconfirmedSat, w.Address)
	return nil
}

// WalletCreateCmd makes the wallet on a network whose coins somebody may want
// to keep. The devnet makes its own.
type WalletCreateCmd struct{ DataFlag }

// Run implements the command.
func (c *WalletCreateCmd) Run(ctx context.Context, out *Output) error {
	if !term.IsTerminal(int(os.Stdin.Fd())) || !term.IsTerminal(int(os.Stdout.Fd())) {
		return fmt.Errorf("the words are shown once: run this in a terminal, not through a pipe")
	}
	running := c.running()
	seed, err := running.CreateWallet(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintln(out.Stdout, "These 24 words are the wallet. Write them down on paper: once confirmed, they are not shown again.")
	fmt.Fprintln(out.Stdout)
	for i, word := range seed.Words {
		fmt.Fprintf(out.Stdout, "%4d %-12s", i+1, word)
		if i%4 == 3 {
			fmt.Fprintln(out.Stdout)
		}
	}
	fmt.Fprint(out.Stdout, "\nPress Enter when they are on paper. ")
	stdin := bufio.NewReader(os.Stdin)
	if _, err := stdin.ReadString('\n'); err != nil {
		return err
	}
	fmt.Fprint(out.Stdout, "\x1b[2J\x1b[3J\x1b[H") // the words leave the screen and its scroll-back
	answers := control.Confirmation{Words: map[int]string{}}
	for _, place := range seed.Ask {
		fmt.Fprintf(out.Stdout, "Word %d: ", place)
		line, err := stdin.ReadString('\n')
		if err != nil {
			return err
		}
		answers.Words[place] = strings.TrimSpace(line)
	}
	if _, err := running.ConfirmWallet(ctx, answers); err != nil {
		return err
	}
	fmt.Fprintln(out.Stdout, "The words are confirmed; the wallet is ready.")
	return nil
}
