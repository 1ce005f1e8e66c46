package proofs

import (
	"bufio"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"

	"cairn/app/cmd/cairn/buy"
	"cairn/app/cmd/cairn/terminal"
	"cairn/channels/amount"
	"cairn/notary/client"
	"cairn/notary/ots"

	"github.com/btcsuite/btcd/btcutil"
)

// OpenWallet reaches the lnd that --pay-with names, until close is called. The
// program's main binds one; this package links no node.
type OpenWallet func(ctx context.Context, address string) (wallet buy.Wallet, close func(), err error)

// AfterApply takes what main has bound.
func (c *StampCmd) AfterApply(open OpenWallet) error {
	c.open = open
	return nil
}

// lookEvery is how often it is looked whether the transaction is deep enough.
const lookEvery = 2 * time.Second

func (c *StampCmd) checkExpress() error {
	switch {
	case c.Express && c.PayWith == "":
		return terminal.UsageError("--express is paid for over Lightning: name your lnd with --pay-with")
	case !c.Express && c.PayWith != "":
		return terminal.UsageError("--pay-with goes with --express: all else is free")
	case c.MaxFee < 0:
		return terminal.UsageError("--max-fee is a number of satoshi")
	}
	return nil
}

// purse opens the wallet that pays, before anything is sent; nil without
// --express.
func (c *StampCmd) purse(ctx context.Context) (wallet buy.Wallet, closeWallet func(), err error) {
	if !c.Express {
		return nil, func() {}, nil
	}
	return c.open(ctx, c.PayWith)
}

// hurry buys a transaction of its own for the tip, waits for it, and completes
// the proofs.
func (c *StampCmd) hurry(ctx context.Context, out *terminal.Output, wallet buy.Wallet, batch *client.Batch, items []item) error {
	folder, err := buy.DefaultFolder()
	if err != nil {
		return err
	}
	shop := &buy.Shop{
		Server: strings.TrimRight(c.Calendar[0], "/"), HTTP: client.HTTP(c.Timeout), Wallet: wallet, Folder: folder,
		Approve: c.approve(out), Routing: c.routing, Now: time.Now, Say: out.Remark,
	}
	tip := batch.Tip()
	if err := shop.Express(ctx, tip); err != nil {
		return err
	}
	out.Remark("waiting for its block; an interrupt leaves proofs that cairn upgrade completes later")
	raw, err := shop.Proof(ctx, tip, lookEvery)
	if err != nil {
		return err
	}
	file, err := ots.ParseFile(raw)
	if err != nil {
		return err
	}
	if hex.EncodeToString(file.Digest()) != hex.EncodeToString(tip[:]) {
		return fmt.Errorf("%s answers with a proof of something else", shop.Server)
	}
	if err := batch.Complete(shop.Server, file.Timestamp); err != nil {
		return err
	}
	for i := range items {
		items[i].replace = true
	}
	return c.rewrite(ctx, out, batch, items)
}

// approve asks the user, unless he has said how much is right.
func (c *StampCmd) approve(out *terminal.Output) func(btcutil.Amount) error {
	return func(price btcutil.Amount) error {
		if c.MaxFee > 0 {
			if int64(price) > c.MaxFee {
				return fmt.Errorf("%w: %d sat", buy.ErrDear, int64(price))
			}
			out.Remark("a transaction of its own costs %d sat", int64(price))
			return nil
		}
		fmt.Fprintf(out.Stderr, "cairn: a transaction of its own costs %d sat. Pay? [y/N] ", int64(price))
		line, err := bufio.NewReader(io.LimitReader(out.Stdin, 100)).ReadString('\n')
		switch strings.ToLower(strings.TrimSpace(line)) {
		case "y", "yes":
			return nil
		}
		if err != nil {
			fmt.Fprintln(out.Stderr)
			return fmt.Errorf("%w: nobody answered; --max-fee says how much is right", buy.ErrDeclined)
		}
		return buy.ErrDeclined
	}
}

// routing is the most that the way to the payee may cost: what --max-fee leaves,
// or a twentieth and ten satoshi.
func (c *StampCmd) routing(price btcutil.Amount) amount.MilliSatoshi {
	most := price/20 + 10
	if c.MaxFee > 0 {
		most = btcutil.Amount(c.MaxFee) - price
	}
	msat, err := amount.FromSatoshi(most)
	if err != nil {
		return 0
	}
	return msat
}
