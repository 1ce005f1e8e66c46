package checkout

import (
	"strings"
	"testing"

	"cairn/channels/amount"
	"cairn/channels/bip321"
	"cairn/channels/fees"

	"github.com/btcsuite/btcd/btcutil"
)

const (
	testAddress = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"
	testInvoice = "lnbcrt12340n1p0000000000000000000000000"
)

func quote(change func(*fees.Quote)) fees.Quote {
	q := fees.Quote{
		What: "express-anchor", State: fees.Active, Price: 1234 * amount.PerSatoshi, Invoice: testInvoice, InvoiceOpen: true, Address: testAddress,
	}
	if change != nil {
		change(&q)
	}
	return q
}

func TestRequests(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*fees.Quote)
		only   Way
		text   string
	}{
		{"any wallet", nil, AnyWay, "bitcoin:" + strings.ToUpper(testAddress) + "?amount=0.00001234&lightning=" + strings.ToUpper(testInvoice)},
		{"Lightning only", nil, Lightning, "LIGHTNING:" + strings.ToUpper(testInvoice)},
		{"on chain only", nil, Chain, "bitcoin:" + strings.ToUpper(testAddress) + "?amount=0.00001234"},
		{"no address", func(q *fees.Quote) { q.Address = "" }, Chain, "LIGHTNING:" + strings.ToUpper(testInvoice)},
		{"no open invoice", func(q *fees.Quote) { q.InvoiceOpen = false }, Lightning, "bitcoin:" + strings.ToUpper(testAddress) + "?amount=0.00001234"},
		{"a part came", func(q *fees.Quote) { q.State, q.Received = fees.Underpaid, 234*amount.PerSatoshi }, AnyWay, "bitcoin:" + strings.ToUpper(testAddress) + "?amount=0.00001"},
		{"a part is on its way", func(q *fees.Quote) { q.State, q.Arriving = fees.Underpaid, 234*amount.PerSatoshi }, Lightning, "bitcoin:" + strings.ToUpper(testAddress) + "?amount=0.00001"},
		{"a small rest", func(q *fees.Quote) { q.State, q.Received = fees.Underpaid, 1233*amount.PerSatoshi }, AnyWay, "bitcoin:" + strings.ToUpper(testAddress) + "?amount=0.00000546"},
	} {
		q := quote(c.change)
		r, ok := NewRequest(q, c.only)
		if !ok || r.Text != c.text {
			t.Errorf("%s: %q, want %q", c.name, r.Text, c.text)
			continue
		}
		if !strings.EqualFold(r.Link, r.Text) {
			t.Errorf("%s: the link %q says something else than the code %q", c.name, r.Link, r.Text)
		}
		if r.Address == "" {
			continue
		}
		link, err := bip321.Parse(r.Text)
		if err != nil || link.Amount != r.OnChain || link.Amount < btcutil.Amount(smallest) {
			t.Errorf("%s: read back %+v, %v", c.name, link, err)
		}
	}
	if _, ok := NewRequest(quote(func(q *fees.Quote) { q.InvoiceOpen, q.Address = false, "" }), AnyWay); ok {
		t.Error("there is nothing to pay with, and something is asked for")
	}
}

func TestAmounts(t *testing.T) {
	for m, want := range map[amount.MilliSatoshi]string{0: "0 sat", 1: "0.001 sat", 500: "0.5 sat", 1000: "1 sat", 1_234_567: "1,234.567 sat", 21_000_000_000: "21,000,000 sat"} {
		if got := Amount(m); got != want {
			t.Errorf("%d: %q, want %q", int64(m), got, want)
		}
	}
}
