package paywall

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"
	"time"

	"cairn/chain"
	"cairn/channels/amount"
	"cairn/channels/bip321"
	"cairn/channels/fees"
	"cairn/channels/l402"
	"cairn/channels/mpp"
)

// Life is how long what was paid for can be used.
const Life = 30 * 24 * time.Hour

// Ask is what somebody would have to pay for.
type Ask struct {
	// What is the kind of thing, and the service that tokens are for.
	What string
	// Subject is what it is for; for units, their number.
	Subject string
	// Units is how many requests, or digests, a token is good for; 0 for what
	// is one thing.
	Units int64
	Price amount.MilliSatoshi
	// Client is who gets credit back (fees.Request); empty for whoever knows
	// the quote.
	Client string
	// Memo is what the payer's wallet shows: printable ASCII.
	Memo string
}

// Offer is a price with the ways to pay it that are open now.
type Offer struct {
	Quote fees.Quote
	// Units as in Ask.
	Units int64
	// Challenges are values of WWW-Authenticate, one for each scheme; none when
	// nothing can be received over Lightning.
	Challenges []string
	// Link is a payment link with every open way (BIP 321).
	Link string
	// Checkout is where a person can pay.
	Checkout string
}

// Offer makes a price. Errors: those of fees.Service.Quote; fees.ErrUnpayable
// when no way is open.
func (w *Wall) Offer(ctx context.Context, ask Ask) (Offer, error) {
	q, err := w.cfg.Till.Quote(ctx, fees.Request{
		What: ask.What, Subject: ask.Subject, Client: ask.Client, Price: ask.Price, Expiry: w.cfg.Expiry, Memo: ask.Memo,
	})
	if err != nil {
		return Offer{}, err
	}
	return w.offer(q, ask)
}

// Again is the offer of a quote that was made for the same before.
func (w *Wall) Again(q fees.Quote, ask Ask) (Offer, error) { return w.offer(q, ask) }

// offer describes a quote.
func (w *Wall) offer(q fees.Quote, ask Ask) (Offer, error) {
	out := Offer{Quote: q, Units: ask.Units, Checkout: w.cfg.PublicURL + "/pay/" + q.ID.String()}
	link := bip321.Link{Message: ask.Memo}
	if q.Address != "" {
		link.Addresses, link.Amount = []string{q.Address}, q.OnChainAmount()
	}
	if q.InvoiceOpen {
		link.Lightning = []string{q.Invoice}
		if err := w.challenge(&out, ask); err != nil {
			return Offer{}, err
		}
	}
	var err error
	if out.Link, err = link.String(); err != nil {
		return Offer{}, fmt.Errorf("make a payment link: %w", err)
	}
	return out, nil
}

// challenge adds the schemes that a program can pay by.
func (w *Wall) challenge(o *Offer, ask Ask) error {
	q := o.Quote
	token, err := w.mint.Token(w.tokenID(q.ID), q.InvoiceHash, l402.Terms{
		Service: ask.What, Until: q.CreatedAt.Add(Life), Count: ask.Units,
	})
	if err != nil {
		return err
	}
	first, err := l402.Challenge(token, q.Invoice)
	if err != nil {
		return err
	}
	o.Challenges = []string{first}
	network := networks[w.cfg.Network]
	if network == "" || q.Price%amount.PerSatoshi != 0 {
		return nil // the other scheme has no word for it
	}
	second, err := w.till.Challenge(mpp.Charge{
		Amount: q.Price.SatoshiFloor(), Description: ask.Memo, Invoice: q.Invoice, Payment: q.InvoiceHash,
		Network: network, Expires: q.ExpiresAt,
	})
	if err != nil {
		return err
	}
	o.Challenges = append(o.Challenges, second.Header())
	return nil
}

// networks are the names of draft-lightning-charge-00, which has none for
// testnet4.
var networks = map[chain.Network]string{chain.Mainnet: "mainnet", chain.Signet: "signet", chain.Devnet: "regtest"}

// tokenID is that of a quote's token: nobody can name it who has not seen it.
func (w *Wall) tokenID(id fees.ID) l402.TokenID { return derive(w.secret, "token/"+id.String()) }

func derive(secret [32]byte, purpose string) [32]byte {
	mac := hmac.New(sha256.New, secret[:])
	mac.Write([]byte("cairn/paywall/" + purpose))
	return [32]byte(mac.Sum(nil))
}

// unitsOf reads the number in a quote for units.
func unitsOf(q fees.Quote) (int64, error) {
	n, err := strconv.ParseInt(q.Subject, 10, 64)
	if err != nil || n < 1 {
		return 0, errors.New("a quote for units does not say how many")
	}
	return n, nil
}
