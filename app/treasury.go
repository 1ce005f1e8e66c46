package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"cairn/app/payment"
	"cairn/chain"
	"cairn/chain/wallet"
	"cairn/templates/operator"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// historyLimit is how many transactions the wallet's page lists.
const historyLimit = 100

// openPayments sets up what the operator sends and receives by himself.
func (a *App) openPayments(context.Context) error {
	a.payments = payment.New(payment.Config{
		DB: a.db, Wallet: paymentWallet{a.wallet, a.devnet != nil}, Network: a.cfg.Network, Audit: a.audit,
		Epoch: a.term.epoch, Sent: a.sender.Wake, Now: a.now, Rand: rand.Reader,
	})
	return nil
}

// paymentWallet is the node's wallet as payments see it.
type paymentWallet struct {
	*wallet.Wallet
	devnet bool
}

// EstimateRate implements payment.Wallet. Nobody competes for the devnet's
// blocks, where lnd's estimate is fixed and high.
func (w paymentWallet) EstimateRate(ctx context.Context, targetBlocks int32) (chain.FeeRate, error) {
	if w.devnet {
		return devnetRate, nil
	}
	return w.Wallet.EstimateRate(ctx, targetBlocks)
}

// Plan implements payment.Wallet.
func (w paymentWallet) Plan(ctx context.Context, o payment.Order) (payment.Estimate, error) {
	p, err := w.Wallet.Plan(ctx, requestOf(o))
	return payment.Estimate{Fee: p.Fee, Left: p.Left}, paymentError(err)
}

// Most implements payment.Wallet.
func (w paymentWallet) Most(ctx context.Context, script []byte, rate chain.FeeRate, keep btcutil.Amount) (btcutil.Amount, error) {
	most, err := w.Wallet.Most(ctx, script, rate, keep)
	return most, paymentError(err)
}

// Prepare implements payment.Wallet.
func (w paymentWallet) Prepare(ctx context.Context, o payment.Order) (payment.Signed, error) {
	signed, err := w.Wallet.Prepare(ctx, requestOf(o))
	return paymentSigned(signed, err)
}

// Replace implements payment.Wallet.
func (w paymentWallet) Replace(ctx context.Context, txid chainhash.Hash, rate chain.FeeRate) (payment.Signed, error) {
	signed, err := w.Wallet.Replace(ctx, txid, rate)
	return paymentSigned(signed, err)
}

// NewAddress implements payment.Wallet.
func (w paymentWallet) NewAddress(ctx context.Context) (string, error) {
	address, err := w.Wallet.NewAddress(ctx, wallet.P2TR)
	if err != nil {
		return "", err
	}
	return address.String(), nil
}

func requestOf(o payment.Order) wallet.Request {
	return wallet.Request{Purpose: o.Purpose, Outputs: []*wire.TxOut{wire.NewTxOut(int64(o.Amount), o.Script)}, Rate: o.Rate}
}

func paymentSigned(s *wallet.Signed, err error) (payment.Signed, error) {
	if err != nil {
		return payment.Signed{}, paymentError(err)
	}
	return payment.Signed{Raw: s.Raw, Txid: s.Txid, Fee: s.Fee, Generation: s.Generation}, nil
}

// paymentError names what the wallet refuses as payments call it. What is left
// to refuse, after a draft was checked, is the fee rate.
func paymentError(err error) error {
	switch {
	case errors.Is(err, wallet.ErrRequest):
		return fmt.Errorf("%w: %w", payment.ErrRate, err)
	case errors.Is(err, wallet.ErrDecided):
		return fmt.Errorf("%w: %w", payment.ErrNotWaiting, err)
	}
	return err
}

// coffer looks into the node's wallet. Errors: chain.ErrEngineDown.
func (a *App) coffer(ctx context.Context) (operator.Coffer, error) {
	if !a.node.Status().Ready() {
		return operator.Coffer{}, chain.ErrEngineDown
	}
	ctx, cancel := context.WithTimeout(ctx, walletPatience)
	defer cancel()
	coins, err := a.wallet.ListCoins(ctx)
	if err != nil {
		return operator.Coffer{}, late(err)
	}
	reserved, err := a.wallet.Reserved(ctx)
	if err != nil {
		return operator.Coffer{}, err
	}
	var c operator.Coffer
	for _, coin := range coins {
		c.Coins = append(c.Coins, classed(&c, coin, reserved[coin.OutPoint.String()]))
	}
	if c.Reserve, err = a.wallet.Reserve(ctx); err != nil {
		return operator.Coffer{}, late(err)
	}
	balance, err := a.lightning.Balance(ctx)
	if err != nil {
		return operator.Coffer{}, late(err)
	}
	c.Channels = btcutil.Amount((balance.Local + balance.Opening) / 1000)
	history, err := a.wallet.History(ctx, historyLimit)
	if err != nil {
		return operator.Coffer{}, late(err)
	}
	for _, m := range history {
		c.Movements = append(c.Movements, operator.Movement{
			Txid: m.Txid.String(), At: m.At, Confirmations: m.Confirmations, Amount: m.Amount, Fee: m.Fee, Purpose: m.Purpose, Label: m.Label,
		})
	}
	return c, nil
}

// classed adds a coin to the sum of its class and returns it as it is shown.
func classed(c *operator.Coffer, coin wallet.Coin, purpose string) operator.Coin {
	out := operator.Coin{
		Outpoint: coin.OutPoint.String(), Value: coin.Value, Confirmations: coin.Confirmations, Purpose: purpose, Reason: coin.Reason,
	}
	switch {
	case coin.Class == wallet.Protected:
		out.Class, c.Protected = operator.CoinProtected, c.Protected+coin.Value
	case coin.Leased:
		out.Class, c.Reserved = operator.CoinReserved, c.Reserved+coin.Value
	case coin.Confirmations < 1:
		out.Class, c.Unconfirmed = operator.CoinUnconfirmed, c.Unconfirmed+coin.Value
	default:
		out.Class, c.Fee = operator.CoinFee, c.Fee+coin.Value
	}
	return out
}

// late calls a node that does not answer in time down.
func late(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%w: %w", chain.ErrEngineDown, err)
	}
	return err
}
