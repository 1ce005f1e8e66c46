package fees

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"cairn/channels/amount"
	"cairn/channels/invoice"

	"github.com/btcsuite/btcd/btcutil"
	"gorm.io/gorm"
)

// ID names a quote. It is random, and whoever knows it may see the quote.
type ID [16]byte

// String is the id in 32 hexadecimal digits.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// ParseID reads 32 hexadecimal digits. Errors: ErrUnknownQuote, as no quote can
// have another name.
func ParseID(s string) (ID, error) {
	var id ID
	if len(s) != 2*len(id) {
		return ID{}, ErrUnknownQuote
	}
	if _, err := hex.Decode(id[:], []byte(s)); err != nil {
		return ID{}, ErrUnknownQuote
	}
	return id, nil
}

// Quote is a price that holds for a time, and what became of it.
type Quote struct {
	ID ID
	// What is sold, as "express-anchor", and Subject what it is for, as a
	// digest.
	What, Subject string
	// Client is who gets credit back; empty for whoever has the id.
	Client string
	Price  amount.MilliSatoshi
	State  State
	// UsedFor is what Use was told; set when State is Used.
	UsedFor                         string
	CreatedAt, ExpiresAt, ChangedAt time.Time
	// Invoice is empty when the quote cannot be paid over Lightning, Address
	// when not on chain. InvoiceOpen says that the invoice can still be paid.
	Invoice     string
	InvoiceHash invoice.Hash
	InvoiceOpen bool
	Address     string
	// Received came in for good; Arriving was seen on chain and waits.
	Received, Arriving amount.MilliSatoshi
	// Confirmations of Arriving, the fewest of its coins, of those Needed.
	Confirmations, Needed int32
	// NoInvoice and NoAddress are why a way to pay is missing. Only the Quote
	// that Service.Quote has just made has them.
	NoInvoice, NoAddress error
	// Payments are all there are, in the order they were seen.
	Payments []Payment
}

// Missing is what is still to be paid, counting what is on its way.
func (q Quote) Missing() amount.MilliSatoshi { return max(q.Price-q.Received-q.Arriving, 0) }

// CreditOwner is under whose name money of this quote is given back.
func (q Quote) CreditOwner() string {
	if q.Client != "" {
		return "client/" + q.Client
	}
	return quotePrefix + q.ID.String()
}

type quoteRecord struct {
	ID           []byte `gorm:"primaryKey"`
	What         string
	Subject      string
	Client       string
	PriceMsat    int64
	State        State
	UsedFor      *string
	CreatedAt    int64 `gorm:"autoCreateTime:false"`
	ExpiresAt    int64
	ChangedAt    int64
	InvoiceHash  []byte
	Invoice      *string
	InvoiceState *invoice.State
	Address      *string
	Script       []byte
	UnwatchedAt  *int64
}

func (quoteRecord) TableName() string { return "quotes" }

type paymentKind string

const (
	byInvoice paymentKind = "invoice"
	byCoin    paymentKind = "coin"
	byCredit  paymentKind = "credit"
)

type paymentRecord struct {
	Ref        []byte `gorm:"primaryKey"`
	Kind       paymentKind
	QuoteID    []byte
	AmountMsat int64
	SeenAt     int64
	SettledAt  *int64
	Booked     bool
	Undone     int64
	Height     *int32
	BlockHash  []byte
}

func (paymentRecord) TableName() string { return "quote_payments" }

type cursorRecord struct {
	ID          int `gorm:"primaryKey"`
	SettleIndex int64
	Height      int32
}

func (cursorRecord) TableName() string { return "quote_cursor" }

// held is a quote as a transaction has read it.
type held struct {
	quoteRecord
	payments []paymentRecord
}

func (h held) id() ID                     { return ID(h.ID) }
func (h held) price() amount.MilliSatoshi { return amount.MilliSatoshi(h.PriceMsat) }
func (h held) owner() string {
	return Quote{ID: h.id(), Client: h.Client}.CreditOwner()
}

// received is what came in for good.
func (h held) received() (sum amount.MilliSatoshi) {
	for _, p := range h.payments {
		if p.SettledAt != nil {
			sum += amount.MilliSatoshi(p.AmountMsat)
		}
	}
	return sum
}

// arriving is what was seen and is not settled.
func (h held) arriving() (sum amount.MilliSatoshi) {
	for _, p := range h.payments {
		if p.SettledAt == nil {
			sum += amount.MilliSatoshi(p.AmountMsat)
		}
	}
	return sum
}

// load reads a quote with its payments. Errors: ErrUnknownQuote.
func load(tx *gorm.DB, id ID) (held, error) {
	var h held
	err := tx.Where("id = ?", id[:]).Take(&h.quoteRecord).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return held{}, fmt.Errorf("%w: %s", ErrUnknownQuote, id)
	}
	if err != nil {
		return held{}, fmt.Errorf("read quote %s: %w", id, err)
	}
	if err := tx.Where("quote_id = ?", id[:]).Order("seen_at, ref").Find(&h.payments).Error; err != nil {
		return held{}, fmt.Errorf("read the payments of quote %s: %w", id, err)
	}
	return h, nil
}

// quote is what others see. tip is the newest block taken in.
func (h held) quote(tip, needed int32) Quote {
	q := Quote{
		ID: h.id(), What: h.What, Subject: h.Subject, Client: h.Client, Price: h.price(), State: h.State,
		CreatedAt: time.Unix(h.CreatedAt, 0).UTC(), ExpiresAt: time.Unix(h.ExpiresAt, 0).UTC(), ChangedAt: time.Unix(h.ChangedAt, 0).UTC(),
		Received: h.received(), Arriving: h.arriving(), Needed: needed,
	}
	if h.UsedFor != nil {
		q.UsedFor = *h.UsedFor
	}
	if h.Invoice != nil {
		q.Invoice, q.InvoiceHash = *h.Invoice, invoice.Hash(h.InvoiceHash)
	}
	q.InvoiceOpen = h.InvoiceState != nil && *h.InvoiceState == invoice.Open
	if h.Address != nil {
		q.Address = *h.Address
	}
	if q.Arriving > 0 {
		q.Confirmations = needed
	}
	for _, p := range h.payments {
		q.Payments = append(q.Payments, p.payment())
		if p.SettledAt != nil {
			continue
		}
		depth := int32(0)
		if p.Height != nil {
			depth = max(tip-*p.Height+1, 0)
		}
		q.Confirmations = min(q.Confirmations, depth)
	}
	return q
}

// Get reads a quote. Errors: ErrUnknownQuote.
func (s *Service) Get(ctx context.Context, id ID) (Quote, error) {
	tx := s.db.Read(ctx)
	h, err := load(tx, id)
	if err != nil {
		return Quote{}, err
	}
	return s.view(tx, h)
}

func (s *Service) view(tx *gorm.DB, h held) (Quote, error) {
	c, err := readCursor(tx)
	if err != nil {
		return Quote{}, err
	}
	return h.quote(c.Height, s.needed), nil
}

func readCursor(tx *gorm.DB) (cursorRecord, error) {
	var c cursorRecord
	if err := tx.Where("id = 1").Take(&c).Error; err != nil {
		return cursorRecord{}, fmt.Errorf("read the cursor of quotes: %w", err)
	}
	return c, nil
}

// ByInvoice reads the quote of an invoice. Errors: ErrUnknownQuote.
func (s *Service) ByInvoice(ctx context.Context, hash invoice.Hash) (Quote, error) {
	var ids [][]byte
	if err := s.db.Read(ctx).Model(&quoteRecord{}).Where("invoice_hash = ?", hash[:]).Pluck("id", &ids).Error; err != nil {
		return Quote{}, fmt.Errorf("look for the quote of invoice %s: %w", hash, err)
	}
	if len(ids) == 0 {
		return Quote{}, fmt.Errorf("%w: for invoice %s", ErrUnknownQuote, hash)
	}
	return s.Get(ctx, ID(ids[0]))
}

// AllPaid lists the quotes for a kind of thing that are paid and were not used
// yet, the longest paid first, at most limit. With late, those that were paid
// too late are among them.
func (s *Service) AllPaid(ctx context.Context, what string, late bool, limit int) ([]Quote, error) {
	ready := []State{Settled, Overpaid}
	if late {
		ready = append(ready, Late)
	}
	var ids [][]byte
	err := s.db.Read(ctx).Model(&quoteRecord{}).
		Where("state IN ('underpaid', 'settled', 'overpaid', 'late')"). // as the partial index has it
		Where("state IN ? AND what = ?", ready, what).
		Order("changed_at, id").Limit(limit).Pluck("id", &ids).Error
	if err != nil {
		return nil, fmt.Errorf("list paid quotes: %w", err)
	}
	return s.get(ctx, ids)
}

func (s *Service) get(ctx context.Context, ids [][]byte) ([]Quote, error) {
	out := make([]Quote, 0, len(ids))
	for _, id := range ids {
		q, err := s.Get(ctx, ID(id))
		if err != nil {
			return nil, err
		}
		out = append(out, q)
	}
	return out, nil
}

// List is a client's quotes, newest first, at most limit.
func (s *Service) List(ctx context.Context, client string, limit int) ([]Quote, error) {
	var ids [][]byte
	err := s.db.Read(ctx).Model(&quoteRecord{}).Where("client = ?", client).Order("created_at DESC, id").Limit(limit).Pluck("id", &ids).Error
	if err != nil {
		return nil, fmt.Errorf("list quotes: %w", err)
	}
	return s.get(ctx, ids)
}

// OnChainAmount is what to ask for at the address, in whole satoshi.
func (q Quote) OnChainAmount() btcutil.Amount { return q.Missing().SatoshiCeil() }
