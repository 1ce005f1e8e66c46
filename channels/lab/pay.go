package lab

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io"
	"strings"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/lightningnetwork/lnd/lnrpc"
	"github.com/lightningnetwork/lnd/lnrpc/invoicesrpc"
	"github.com/lightningnetwork/lnd/lnrpc/routerrpc"
)

// Promise is an invoice whose payee keeps the secret until he chooses to take
// the money (a hold invoice).
type Promise struct {
	Invoice string
	Amount  btcutil.Amount
	Hash    [32]byte
	secret  [32]byte
}

// holdBlocks is how many blocks before its end a promise to the payee may
// still be taken; lnd's minimum, so that few blocks need mining.
const holdBlocks = 24

// Ask draws a secret and makes the invoice for it.
func (p *Party) Ask(ctx context.Context, amount btcutil.Amount, memo string) (Promise, error) {
	c, err := p.use()
	if err != nil {
		return Promise{}, err
	}
	promise := Promise{Amount: amount}
	source := p.lab.cfg.Rand
	if source == nil {
		source = rand.Reader
	}
	if _, err := io.ReadFull(source, promise.secret[:]); err != nil {
		return Promise{}, fmt.Errorf("draw a secret: %w", err)
	}
	promise.Hash = sha256.Sum256(promise.secret[:])
	answer, err := c.invoices.AddHoldInvoice(ctx, &invoicesrpc.AddHoldInvoiceRequest{
		Memo: memo, Hash: promise.Hash[:], Value: int64(amount), CltvExpiry: holdBlocks, Expiry: 3600,
	})
	if err != nil {
		return Promise{}, fmt.Errorf("make an invoice of %s: %w", p.Name, err)
	}
	promise.Invoice = answer.PaymentRequest
	return promise, nil
}

// Invoice makes an ordinary invoice, which is taken as soon as it is paid.
func (p *Party) Invoice(ctx context.Context, amount btcutil.Amount) (string, error) {
	c, err := p.use()
	if err != nil {
		return "", err
	}
	answer, err := c.ln.AddInvoice(ctx, &lnrpc.Invoice{Value: int64(amount), CltvExpiry: holdBlocks})
	if err != nil {
		return "", fmt.Errorf("make an invoice of %s: %w", p.Name, err)
	}
	return answer.PaymentRequest, nil
}

// Held waits until the payee has the promise of the whole amount in hand.
func (p *Party) Held(ctx context.Context, promise Promise) error {
	c, err := p.use()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	stream, err := c.invoices.SubscribeSingleInvoice(ctx, &invoicesrpc.SubscribeSingleInvoiceRequest{RHash: promise.Hash[:]})
	if err != nil {
		return fmt.Errorf("watch an invoice of %s: %w", p.Name, err)
	}
	for {
		update, err := stream.Recv()
		if err != nil {
			return fmt.Errorf("watch an invoice of %s: %w", p.Name, err)
		}
		switch update.State {
		case lnrpc.Invoice_ACCEPTED:
			return nil
		case lnrpc.Invoice_CANCELED:
			return fmt.Errorf("%w: the invoice was cancelled", ErrPayment)
		}
	}
}

// Take shows the secret and so takes the money.
func (p *Party) Take(ctx context.Context, promise Promise) error {
	c, err := p.use()
	if err != nil {
		return err
	}
	if _, err := c.invoices.SettleInvoice(ctx, &invoicesrpc.SettleInvoiceMsg{Preimage: promise.secret[:]}); err != nil {
		return fmt.Errorf("take the payment to %s: %w", p.Name, err)
	}
	return nil
}

// Receipt is a payment that was made.
type Receipt struct {
	// Amount is what the payee got, Fee what the nodes in between kept.
	Amount, Fee btcutil.Amount
	// Hops are the public keys of the nodes it went through, the payee last, as
	// only the payer knows them.
	Hops []string
}

// payTimeout is the time a way is looked for, in seconds. A payment that is
// held by its payee goes on beyond it.
const payTimeout = 60

// Pay pays an invoice and waits for the outcome; feeLimit is the most the nodes
// in between may keep. Errors: ErrPayment when it did not come through, and
// then nothing was paid.
func (p *Party) Pay(ctx context.Context, invoice string, feeLimit btcutil.Amount) (Receipt, error) {
	c, err := p.use()
	if err != nil {
		return Receipt{}, err
	}
	ctx, cancel := context.WithCancel(ctx) // lnd keeps a goroutine for a stream that is left open
	defer cancel()
	stream, err := c.router.SendPaymentV2(ctx, &routerrpc.SendPaymentRequest{
		PaymentRequest: invoice, FeeLimitSat: int64(feeLimit), TimeoutSeconds: payTimeout, MaxParts: 1,
	})
	if err != nil {
		return Receipt{}, fmt.Errorf("pay from %s: %w", p.Name, err)
	}
	return outcome(p, stream.Recv)
}

// Outcome waits for the end of a payment that was begun before, in an earlier
// life of the node perhaps.
func (p *Party) Outcome(ctx context.Context, hash [32]byte) (Receipt, error) {
	c, err := p.use()
	if err != nil {
		return Receipt{}, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := c.router.TrackPaymentV2(ctx, &routerrpc.TrackPaymentRequest{PaymentHash: hash[:]})
	if err != nil {
		return Receipt{}, fmt.Errorf("follow a payment of %s: %w", p.Name, err)
	}
	return outcome(p, stream.Recv)
}

func outcome(p *Party, recv func() (*lnrpc.Payment, error)) (Receipt, error) {
	for {
		update, err := recv()
		if err != nil {
			return Receipt{}, fmt.Errorf("follow a payment of %s: %w", p.Name, err)
		}
		switch update.Status {
		case lnrpc.Payment_SUCCEEDED:
			return receipt(update), nil
		case lnrpc.Payment_FAILED:
			why := strings.ToLower(strings.TrimPrefix(update.FailureReason.String(), "FAILURE_REASON_"))
			return Receipt{}, fmt.Errorf("%w: %s", ErrPayment, strings.ReplaceAll(why, "_", " "))
		}
	}
}

func receipt(made *lnrpc.Payment) Receipt {
	r := Receipt{Amount: btcutil.Amount(made.ValueSat), Fee: btcutil.Amount(made.FeeSat)}
	for _, try := range made.Htlcs {
		if try.Status != lnrpc.HTLCAttempt_SUCCEEDED {
			continue
		}
		for _, hop := range try.Route.GetHops() {
			r.Hops = append(r.Hops, hop.PubKey)
		}
	}
	return r
}
