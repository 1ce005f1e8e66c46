package checkout

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"cairn/channels/fees"
	"cairn/templates/i18n"
)

// Text is the receipt in plain text, in the visitor's language. seller is the
// address of the site.
func (v View) Text(ctx context.Context, seller string) string {
	var b strings.Builder
	line := func(name, value string) {
		if value != "" {
			b.WriteString(i18n.T(ctx, "receipt.line", "Name", name, "Value", value) + "\n")
		}
	}
	b.WriteString(i18n.T(ctx, "receipt.title") + "\n\n")
	line(i18n.T(ctx, "receipt.seller"), seller)
	line(i18n.T(ctx, "receipt.what"), strings.TrimSpace(v.Ware.Name+" "+v.Ware.About))
	line(i18n.T(ctx, "pay.price"), Amount(v.Quote.Price))
	line(i18n.T(ctx, "receipt.when"), i18n.Moment(ctx, v.Quote.PaidAt()))
	for _, p := range v.Quote.Payments {
		value := Amount(p.Amount)
		if p.SettledAt.IsZero() {
			value += " " + i18n.T(ctx, "receipt.arriving")
		}
		if p.Way == fees.OverChain {
			value += " " + p.Coin.String()
		}
		line(wayName(ctx, p.Way), value)
	}
	if v.Quote.Paid(fees.OverLightning) > 0 {
		line(i18n.T(ctx, "pay.hash"), v.Quote.InvoiceHash.String())
	}
	line(i18n.T(ctx, "receipt.preimage"), v.Preimage)
	line(i18n.T(ctx, "pay.number"), v.Quote.ID.String())
	return b.String()
}

// State is a quote for programs: how it stands, and what to pay. Amounts are in
// millisatoshi, times by RFC 3339.
type State struct {
	Quote     string     `json:"quote"`
	What      string     `json:"what"`
	Subject   string     `json:"subject,omitempty"`
	State     fees.State `json:"state"`
	Price     int64      `json:"price_msat"`
	Missing   int64      `json:"missing_msat"`
	Received  int64      `json:"received_msat"`
	Arriving  int64      `json:"arriving_msat"`
	ExpiresAt time.Time  `json:"expires_at"`
	// Payment, Invoice and Address are there while something is to be paid.
	Payment string `json:"payment_uri,omitempty"`
	Invoice string `json:"invoice,omitempty"`
	Address string `json:"address,omitempty"`
	// Confirmations of what is arriving, of those Needed.
	Confirmations int32 `json:"confirmations,omitempty"`
	Needed        int32 `json:"needed"`
}

// State is the view for programs.
func (v View) State() State {
	q := v.Quote
	s := State{
		Quote: q.ID.String(), What: q.What, Subject: q.Subject, State: v.state(), ExpiresAt: q.ExpiresAt,
		Price: int64(q.Price), Missing: int64(q.Missing()), Received: int64(q.Received), Arriving: int64(q.Arriving),
		Confirmations: q.Confirmations, Needed: q.Needed,
	}
	if r, ok := NewRequest(q, v.Only); ok && v.Asks() {
		s.Payment, s.Invoice, s.Address = r.Text, r.Invoice, r.Address
	}
	return s
}

// Receipt is the receipt for programs, in the units of State.
type Receipt struct {
	Quote    string           `json:"quote"`
	Seller   string           `json:"seller"`
	What     string           `json:"what"`
	Name     string           `json:"name"`
	Subject  string           `json:"subject,omitempty"`
	State    fees.State       `json:"state"`
	Price    int64            `json:"price_msat"`
	PaidAt   time.Time        `json:"paid_at"`
	Payments []ReceiptPayment `json:"payments"`
	// Credit is what was paid above the price and is kept for the buyer.
	Credit int64 `json:"credit_msat,omitempty"`
	// Hash and Preimage are of a payment over Lightning.
	Hash     string `json:"payment_hash,omitempty"`
	Preimage string `json:"preimage,omitempty"`
}

// ReceiptPayment is one payment of a receipt.
type ReceiptPayment struct {
	Way     fees.Way   `json:"way"`
	Amount  int64      `json:"amount_msat"`
	SeenAt  time.Time  `json:"seen_at"`
	Settled *time.Time `json:"settled_at,omitempty"`
	// Coin is the output that paid on chain, "txid:index".
	Coin string `json:"coin,omitempty"`
}

// JSON is the receipt for programs, indented.
func (v View) JSON(seller string) ([]byte, error) {
	q := v.Quote
	r := Receipt{
		Quote: q.ID.String(), Seller: seller, What: q.What, Name: v.Ware.Name, Subject: q.Subject, State: q.State,
		Price: int64(q.Price), PaidAt: q.PaidAt(), Credit: int64(v.surplus()), Preimage: v.Preimage, Payments: []ReceiptPayment{},
	}
	if q.Paid(fees.OverLightning) > 0 {
		r.Hash = q.InvoiceHash.String()
	}
	for _, p := range q.Payments {
		out := ReceiptPayment{Way: p.Way, Amount: int64(p.Amount), SeenAt: p.Seen}
		if !p.SettledAt.IsZero() {
			out.Settled = &p.SettledAt
		}
		if p.Way == fees.OverChain {
			out.Coin = p.Coin.String()
		}
		r.Payments = append(r.Payments, out)
	}
	raw, err := json.MarshalIndent(r, "", "  ")
	return append(raw, '\n'), err
}
