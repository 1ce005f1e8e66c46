package pledge

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"

	"cairn/app/cmd/cairn/terminal"
	"cairn/lighthouse/contract"
	"cairn/lighthouse/document"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// RequestCmd asks a wallet to sign a pledge.
type RequestCmd struct {
	Coin     string `required:"" help:"The coin to pledge: its transaction and output number." placeholder:"TXID:N"`
	Campaign string `required:"" help:"The campaign's file." placeholder:"FILE"`
	Level    int    `help:"The level to sign for, 0 for the goal." default:"0"`
	Value    int64  `help:"What the coin is worth in satoshi; not needed with --previous or --esplora."`
	Address  string `help:"The coin's address; not needed with --previous or --esplora."`
	Previous string `help:"The transaction that made the coin, in hexadecimal: old (P2PKH) coins and some wallets need it." placeholder:"FILE"`
	Alone    bool   `help:"Leave out the input that stands for the other backers."`
	Output   string `short:"o" help:"Where the PSBT goes, as bytes; by default it is printed in base64." placeholder:"FILE"`
	Force    bool   `help:"Write over a file that is there."`

	CoinFlags
}

// Help tells kong what stands below the flags.
func (RequestCmd) Help() string {
	return `Sign the PSBT in your wallet with the hash type ALL|ANYONECANPAY, which it asks for, and hand the result in, or give it to
cairn pledge check and assemble. The whole coin is pledged; it stays yours until the claim.`
}

// sequence lets the claim be replaced and its lock time count.
const sequence = wire.MaxTxInSequenceNum - 2

// Run implements the command.
func (c *RequestCmd) Run(ctx context.Context, out *terminal.Output) error {
	if err := (&AssembleCmd{Output: c.Output, Force: c.Force}).free(); err != nil {
		return err
	}
	campaign, err := readCampaign(out, c.Campaign)
	if err != nil {
		return err
	}
	levels := campaign.Campaign.Terms.Levels
	if c.Level < 0 || c.Level >= len(levels) {
		return terminal.UsageError(fmt.Sprintf("--level: the campaign has levels 0 to %d", len(levels)-1))
	}
	asked := contract.Asked{Sequence: sequence, Alone: c.Alone}
	if asked.OutPoint, err = document.ParseOutpoint(c.Coin); err != nil {
		return terminal.UsageError("--coin: a transaction and an output number, as in 4a5e…:0")
	}
	if err := c.find(ctx, out, campaign, &asked); err != nil {
		return err
	}
	request, err := levels[c.Level].Contract.Request(asked)
	if err != nil {
		return err
	}
	if least := campaign.Campaign.Terms.Least; asked.Coin.Value < least {
		return fmt.Errorf("%w: %d sat, the least is %d", contract.ErrTooSmall, int64(asked.Coin.Value), int64(least))
	}
	if c.Output == "" {
		out.Say("%s", base64.StdEncoding.EncodeToString(request))
		return nil
	}
	return write(c.Output, string(request), c.Force)
}

// find learns what the coin is: from the transaction that made it, from a server,
// or as the flags say.
func (c *RequestCmd) find(ctx context.Context, out *terminal.Output, campaign document.Campaign, asked *contract.Asked) error {
	if c.Previous != "" {
		previous, err := readTransaction(out, c.Previous)
		if err != nil {
			return err
		}
		if previous.TxHash() != asked.OutPoint.Hash || uint64(asked.OutPoint.Index) >= uint64(len(previous.TxOut)) {
			return terminal.UsageError("--previous: the coin is not of that transaction")
		}
		made := previous.TxOut[asked.OutPoint.Index]
		asked.Previous, asked.Coin = previous, contract.Coin{Value: btcutil.Amount(made.Value), Script: made.PkScript}
	}
	server, err := c.explorer()
	if err != nil {
		return err
	}
	if server != nil {
		coin, err := server.coin(ctx, document.Pledge{Outpoint: asked.OutPoint, Coin: asked.Coin})
		if err != nil {
			return err
		}
		asked.Coin = coin
	}
	if asked.Coin.Script != nil {
		return nil
	}
	if c.Value <= 0 || c.Address == "" {
		return terminal.UsageError("what the coin is: give --previous, --esplora, or --value and --address")
	}
	net, err := campaign.Network.Params()
	if err != nil {
		return err
	}
	to, err := btcutil.DecodeAddress(c.Address, net)
	if err != nil || !to.IsForNet(net) {
		return terminal.UsageError("--address: not an address of " + string(campaign.Network))
	}
	asked.Coin.Value = btcutil.Amount(c.Value)
	asked.Coin.Script, err = txscript.PayToAddrScript(to)
	return err
}

// readTransaction reads one in hexadecimal.
func readTransaction(out *terminal.Output, name string) (*wire.MsgTx, error) {
	raw, err := read(out, name)
	if err != nil {
		return nil, err
	}
	decoded, err := hex.DecodeString(string(bytes.TrimSpace(raw)))
	if err != nil {
		return nil, fmt.Errorf("%s: no transaction in hexadecimal", name)
	}
	tx := new(wire.MsgTx)
	r := bytes.NewReader(decoded)
	if err := tx.Deserialize(r); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if r.Len() > 0 {
		return nil, errors.New(name + ": more than a transaction")
	}
	return tx, nil
}
