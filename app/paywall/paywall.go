// Package paywall is what stands before the paid routes of the API: what they
// cost, the ways to pay that a reply of status 402 offers, and what a credential
// opens that comes back.
//
// Three kinds of credentials stand for the same paid quote, and prepaid tickets
// for one that nobody can tell. An L402 token with
// the preimage of its invoice is good for many requests until its units are
// used up. A credential of the "Payment" scheme is good for one. And the
// quote's own number, as a bearer token, serves whoever paid on chain or in the
// checkout.
//
// The package joins channels and knows no HTTP; app/web/api speaks that.
package paywall

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"cairn/chain"
	"cairn/channels/amount"
	"cairn/channels/fees"
	"cairn/channels/invoice"
	"cairn/channels/l402"
	"cairn/channels/mpp"

	"github.com/btcsuite/btcd/btcutil"
)

// ErrorKind names why a credential opens nothing; match it with errors.Is. What
// is wrong with a token or a challenge is said by l402 and mpp, and how the
// quote stands by fees.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrScheme: the credential is of a scheme that is not known here.
	ErrScheme = ErrorKind("this scheme of authorization is not known here")
	// ErrUnknown: nobody paid for anything under that number.
	ErrUnknown = ErrorKind("no payment is known by this credential")
	// ErrOther: it was paid for something else.
	ErrOther = ErrorKind("this payment was for something else")
)

// Till is what the wall needs of fees.Service.
type Till interface {
	Quote(ctx context.Context, req fees.Request) (fees.Quote, error)
	Get(ctx context.Context, id fees.ID) (fees.Quote, error)
	ByInvoice(ctx context.Context, hash invoice.Hash) (fees.Quote, error)
	Look(ctx context.Context, id fees.ID) (fees.Quote, error)
	OpenPurse(ctx context.Context, id fees.ID, units int64, life time.Duration) (fees.Purse, error)
	Spend(ctx context.Context, sp fees.Spending) (p fees.Purse, fresh bool, err error)
	Done(ctx context.Context, sp fees.Spending) error
	GiveBack(ctx context.Context, quote fees.ID, name [32]byte) error
	TakeFree(ctx context.Context, n int64, limits ...fees.Limit) error
	GiveFree(ctx context.Context, n int64, limits ...fees.Limit) error
}

// Config of a Wall.
type Config struct {
	Till Till
	// Tickets are prepaid; nil where none are sold.
	Tickets Tickets
	// Secret is what tokens and challenges are made of: 32 random bytes, kept
	// for ever and shared by all processes.
	Secret [32]byte
	// PublicURL is how the world reaches the site.
	PublicURL string
	Network   chain.Network
	// Expiry is how long a price holds.
	Expiry time.Duration
	// FreeStamps is how many digests one client has stamped in lists for
	// nothing, a day; PerThousand is the price of 1,000 beyond that, 0 for
	// nothing ever.
	FreeStamps  int64
	PerThousand btcutil.Amount
	Now         func() time.Time
}

// Wall asks for payment and lets in who has paid.
type Wall struct {
	cfg    Config
	mint   *l402.Mint
	till   *mpp.Till
	secret [32]byte
	// stamps is the price of 1,000.
	stamps amount.MilliSatoshi
}

// New makes a Wall.
func New(cfg Config) (*Wall, error) {
	site, err := url.Parse(cfg.PublicURL)
	if err != nil || site.Host == "" {
		return nil, fmt.Errorf("%q is not the address of a site", cfg.PublicURL)
	}
	if cfg.Till == nil || cfg.Secret == [32]byte{} || cfg.FreeStamps < 0 || cfg.PerThousand < 0 {
		return nil, errors.New("a paywall needs a till, a secret, and prices that are not negative")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	w := &Wall{cfg: cfg, mint: l402.NewMint(derive(cfg.Secret, "tokens")), secret: derive(cfg.Secret, "names")}
	if w.till, err = mpp.NewTill(site.Host, derive(cfg.Secret, "challenges")); err != nil {
		return nil, err
	}
	if w.stamps, err = amount.FromSatoshi(cfg.PerThousand); err != nil {
		return nil, err
	}
	return w, nil
}
