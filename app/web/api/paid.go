package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"time"

	"cairn/app/idempotency"
	"cairn/app/paywall"
	"cairn/channels/fees"
	"cairn/channels/invoice"
	"cairn/channels/l402"
	"cairn/channels/mpp"
	"cairn/notary"
)

// Wall sells what is not free; paywall.Wall is one.
type Wall interface {
	TakeFree(ctx context.Context, client string, digests int) error
	GiveFree(ctx context.Context, client string, digests int) error
	StampsAsk(digests int) (paywall.Ask, error)
	Offer(ctx context.Context, ask paywall.Ask) (paywall.Offer, error)
	Again(q fees.Quote, ask paywall.Ask) (paywall.Offer, error)
	Admit(ctx context.Context, authorization, what string) (paywall.Pass, error)
	Pay(ctx context.Context, p paywall.Pass, name [32]byte, units int64, do func(context.Context) error, notDone func(error) bool) (fees.Purse, error)
}

const (
	// stampsLeft says how many digests a credential is still good for.
	stampsLeft = "Stamps-Left"
	// payNames is the space of the names of paid requests without a key.
	payNames = "cairn paid\n"
)

// asked is a request that may have to be paid for.
type asked struct {
	*Handler
	w http.ResponseWriter
	r *http.Request
	// what is the kind of thing, price what it costs, and sell makes a quote.
	what  string
	price func() (paywall.Ask, error)
	sell  func(ctx context.Context, ask paywall.Ask) (paywall.Offer, error)
}

// pay asks for the price of something, with the ways to pay it that are open
// now, because of err. A price costs us an invoice, so that nobody is told more
// of them than a person could look at.
func (a asked) pay(err error) error {
	ask, askErr := a.price()
	if askErr != nil {
		return askErr
	}
	var unpaid *paywall.Unpaid
	if errors.As(err, &unpaid) && unpaid.Quote.State.Payable() {
		offer, againErr := a.cfg.Wall.Again(unpaid.Quote, ask)
		if againErr != nil {
			return againErr
		}
		return &paymentError{err: err, offer: offer}
	}
	if !a.cfg.AllowOffer(a.cfg.Address(a.r)) {
		return errors.Join(ErrRate, err)
	}
	offer, offerErr := a.sell(a.r.Context(), ask)
	if offerErr != nil {
		return offerErr
	}
	return &paymentError{err: err, offer: offer}
}

// admit reads the request's credential, if it has one. What is wrong with one
// is answered together with a new offer.
func (a asked) admit() (paywall.Pass, error) {
	pass, err := a.cfg.Wall.Admit(a.r.Context(), a.r.Header.Get("Authorization"), a.what)
	if err != nil && refused(err) {
		return paywall.Pass{}, a.pay(err)
	}
	return pass, err
}

// refused reports that a credential opens nothing and that paying helps: not
// that we could not find out, nor that a payment is on its way.
func refused(err error) bool {
	var token l402.ErrorKind
	var challenge mpp.ErrorKind
	var wall paywall.ErrorKind
	return errors.As(err, &token) || errors.As(err, &challenge) || errors.As(err, &wall) || errors.Is(err, fees.ErrUnpaid)
}

// freely does what an address may have for nothing.
func (a asked) freely(ctx context.Context, digests int, do func(context.Context) (idempotency.Answer, error)) (idempotency.Answer, error) {
	client := a.cfg.Client(a.r)
	if err := a.cfg.Wall.TakeFree(ctx, client, digests); err != nil {
		if errors.Is(err, fees.ErrAllowance) {
			return idempotency.Answer{}, a.pay(errors.Join(ErrPaymentRequired, err))
		}
		return idempotency.Answer{}, err
	}
	done, err := do(ctx)
	if notStamped(err) {
		if back := a.cfg.Wall.GiveFree(context.WithoutCancel(ctx), client, digests); back != nil {
			a.cfg.Log.Warn("an allowance was not given back", "error", back)
		}
	}
	return done, err
}

// paid does what a pass pays for, once for each name.
func (a asked) paid(ctx context.Context, pass paywall.Pass, name [32]byte, digests int, do func(context.Context) (idempotency.Answer, error)) (idempotency.Answer, error) {
	var done idempotency.Answer
	purse, err := a.cfg.Wall.Pay(ctx, pass, name, int64(digests), func(ctx context.Context) (err error) {
		done, err = do(ctx)
		return err
	}, notStamped)
	if errors.Is(err, fees.ErrSpent) || errors.Is(err, fees.ErrPurseOver) {
		return idempotency.Answer{}, a.pay(err)
	}
	if err == nil {
		a.w.Header().Set(stampsLeft, strconv.FormatInt(purse.Left(), 10))
	}
	return done, err
}

// notStamped reports an error after which digests are certainly not stored, nor
// will be.
func notStamped(err error) bool {
	return errors.Is(err, notary.ErrBusy) || errors.Is(err, notary.ErrStorage) || errors.Is(err, notary.ErrBatchSize)
}

// payKey is the key under which a paid request without one of its own is
// repeated: the same list for the same payment is the same request.
func payKey(pass paywall.Pass, request [sha256.Size]byte) string {
	sum := sha256.Sum256(append([]byte(payNames+pass.Quote.ID.String()+"\n"), request[:]...))
	return "paid-" + hex.EncodeToString(sum[:])
}

// receipt tells whoever paid by the "Payment" scheme so.
func (a asked) receipt(pass paywall.Pass) {
	if r := pass.Receipt(a.cfg.Now()); r != "" {
		a.w.Header().Set(mpp.ReceiptHeader, r)
	}
}

// paymentError is an error that paying cures, and for how much.
type paymentError struct {
	err   error
	offer paywall.Offer
}

func (e *paymentError) Error() string { return e.err.Error() }
func (e *paymentError) Unwrap() error { return e.err }

// payment is an offer in an answer.
type payment struct {
	// Quote is the number of this price; after paying in any way it is a
	// credential: "Authorization: Bearer …". Keep it to yourself.
	Quote string `json:"quote"`
	// Checkout is a page where a person can pay.
	Checkout  string    `json:"checkout"`
	Sat       int64     `json:"sat"`
	Digests   int64     `json:"digests,omitempty"`
	ExpiresAt time.Time `json:"expires_at"`
	// URI is a payment link with all that is open (BIP 321).
	URI       string         `json:"uri"`
	Lightning *lightningDoor `json:"lightning"`
	OnChain   *onChainDoor   `json:"on_chain"`
	Closed    []closedDoor   `json:"closed"`
	// FreeAgain is in how many seconds the same would cost nothing.
	FreeAgain *int64 `json:"free_again_in,omitempty"`
}

type lightningDoor struct {
	Invoice     string `json:"invoice"`
	PaymentHash string `json:"payment_hash"`
}

type onChainDoor struct {
	Address       string `json:"address"`
	Sat           int64  `json:"sat"`
	Confirmations int32  `json:"confirmations_needed"`
}

// closedDoor is a way to pay that is not open, and why.
type closedDoor struct {
	Door   string `json:"door"`
	Kind   string `json:"kind"`
	Reason string `json:"reason"`
}

func (h *Handler) paymentView(ctx context.Context, e *paymentError) *payment {
	q := e.offer.Quote
	view := &payment{
		Quote: q.ID.String(), Checkout: e.offer.Checkout, Sat: int64(q.Price.SatoshiCeil()), Digests: e.offer.Units,
		ExpiresAt: q.ExpiresAt, URI: e.offer.Link, Closed: []closedDoor{},
	}
	if q.Invoice != "" {
		view.Lightning = &lightningDoor{q.Invoice, q.InvoiceHash.String()}
	} else {
		view.Closed = append(view.Closed, h.closed(ctx, "lightning", q.NoInvoice))
	}
	if q.Address != "" {
		view.OnChain = &onChainDoor{q.Address, int64(q.OnChainAmount()), q.Needed}
	} else {
		view.Closed = append(view.Closed, h.closed(ctx, "on_chain", q.NoAddress))
	}
	var wait *fees.Wait
	if errors.As(e.err, &wait) {
		seconds := int64((wait.For + time.Second - 1) / time.Second)
		view.FreeAgain = &seconds
	}
	return view
}

// closed says why a way to pay is not open. What has no name is ours to know.
func (h *Handler) closed(ctx context.Context, door string, why error) closedDoor {
	kind := "unpayable"
	switch {
	case errors.Is(why, invoice.ErrUnpayable):
		kind = "no-inbound"
	case errors.Is(why, fees.ErrTooSmall):
		kind = "too-small"
	default:
		why = fees.ErrUnpayable
	}
	_, sentence := h.cfg.Rule(ctx, why)
	return closedDoor{Door: door, Kind: kind, Reason: sentence}
}

// offer puts an offer into an answer.
func (h *Handler) offer(ctx context.Context, header http.Header, p *problem, err error) {
	var pay *paymentError
	if !errors.As(err, &pay) {
		return
	}
	for _, c := range pay.offer.Challenges {
		header.Add("WWW-Authenticate", c)
	}
	p.Payment = h.paymentView(ctx, pay)
}

// registered is the type of a problem that draft-httpauth-payment-01 names.
func registered(err error) string {
	if p, ok := mpp.ProblemOf(err, ""); ok {
		return p.Type
	}
	if errors.Is(err, ErrPaymentRequired) {
		return mpp.Required("").Type
	}
	return ""
}
