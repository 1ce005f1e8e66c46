package web

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"strconv"
	"strings"
	"time"

	"cairn/channels/amount"
	"cairn/channels/invoice"
	"cairn/channels/ln"
	"cairn/channels/payout"
)

// paperWallets are payees on paper: their invoices are "paper-<sat>-<name>", and
// one whose name is "nobody" cannot be reached.
type paperWallets struct{ now func() time.Time }

func (w paperWallets) Decode(text string) (ln.Decoded, error) {
	parts := strings.SplitN(text, "-", 3)
	if len(parts) != 3 || parts[0] != "paper" {
		return ln.Decoded{}, ln.ErrInvoice
	}
	sat, err := strconv.ParseInt(parts[1], 10, 32)
	if err != nil {
		return ln.Decoded{}, ln.ErrInvoice
	}
	return ln.Decoded{Hash: sha256.Sum256([]byte(text)), Amount: amount.MilliSatoshi(sat) * amount.PerSatoshi, ExpiresAt: w.now().Add(time.Hour)}, nil
}

func (w paperWallets) Pay(ctx context.Context, o ln.Order) (ln.Payment, error) {
	switch {
	case strings.HasSuffix(o.Invoice, "-nobody"):
		return ln.Payment{}, ln.ErrNoRoute
	case strings.HasSuffix(o.Invoice, "-slow"):
		<-ctx.Done()
		return ln.Payment{}, ln.ErrUnknownOutcome
	}
	return ln.Payment{Amount: o.Amount, Fee: 1_250}, nil
}

func (paperWallets) Track(context.Context, invoice.Hash) (ln.Payment, error) {
	return ln.Payment{}, ln.ErrUnknownOutcome
}

// withPayouts gives a till's credit a way out.
func withPayouts(d *Deps, till *fakeTill, now func() time.Time) *payout.Service {
	s, err := payout.New(payout.Config{DB: till.db, Node: paperWallets{now}, Till: till.Service, Rand: rand.Reader, Now: now})
	if err != nil {
		panic(err)
	}
	d.Payouts = s
	return s
}
