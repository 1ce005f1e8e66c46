// Package assetdesk is where people make assets and do something with those they
// hold: issue, send, destroy, pay dividends, sell. What a wallet holds is known to
// the browser alone, so the forms are filled by scripts (public/src/assetdesk); each
// of them works without one for whoever signs elsewhere, by PSBT (BIP-0174).
package assetdesk

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"time"

	"cairn/assets"
	"cairn/chain"
	"cairn/templates/i18n"
	"cairn/templates/layout"

	"github.com/btcsuite/btcd/btcutil"
)

// Where the pages are.
const (
	IssuePath  = "/assets/issue"
	MinePath   = "/assets/mine"
	SendPath   = "/assets/send"
	DraftsPath = "/assets/drafts"
	OffersPath = "/assets/offers"
)

// Act is what is done with an asset.
type Act string

// The acts, by the last part of their pages' addresses.
const (
	Issue    Act = "issue"
	Send     Act = "send"
	Reissue  Act = "reissue"
	Lock     Act = "lock"
	Burn     Act = "burn"
	Dividend Act = "dividend"
	Sell     Act = "offers"
	Take     Act = "take"
	// Withdraw is of the page of an offer alone: it is a sending to oneself.
	Withdraw Act = "withdraw"
)

// Asset is one as these pages name it.
type Asset struct {
	ID assets.ID
	// Text is the id as people see it.
	Text string
	// Name is empty where nobody has defined it; Picture is a path of ours, or empty.
	Name, Picture string
	// Decimals is how many places people see of its units: 0 to 18.
	Decimals int
	// Supply is how many units there are, and Holders how many scripts have some.
	Supply  int64
	Holders int
	// Reissuable: whoever has the issuer's key can make more.
	Reissuable bool
}

// Title is its name, or its id where it has none.
func (a Asset) Title() string {
	if a.Name == "" {
		return a.Text
	}
	return a.Name
}

// Units writes an amount of it, with its name.
func (a Asset) Units(n int64) string {
	return Number(n, a.Decimals) + " " + a.Title()
}

// Issuer is the hash that names whoever may issue it, in hexadecimal; empty where
// its id does not tell.
func (a Asset) Issuer() string {
	raw := a.ID.Raw()
	switch {
	case a.ID.Protocol == assets.OpenAssets:
		return hexed(raw)
	case a.ID.Protocol == assets.Colu && a.Reissuable:
		return hexed(raw[2:22])
	}
	return ""
}

// Path is its page, PathTo that of an act.
func (a Asset) Path() string { return "/assets/" + url.PathEscape(a.Text) }

// PathTo is the page where something is done with it.
func (a Asset) PathTo(act Act) string { return a.Path() + "/" + string(act) }

// Form is a page with a form: what was typed, what is wrong with it by field ("" for
// all of it), and what the place offers.
type Form struct {
	Meta  layout.Meta
	Act   Act
	Asset Asset
	// Action is where the form goes.
	Action string
	Typed  map[string]string
	Wrong  map[string]string
	// Sponsor: the node pays network fees here, for a price.
	Sponsor bool
	// Faucet: play money can be had here.
	Faucet bool
	Tip    int32

	// Shares are who gets what of a dividend, once it was asked; Paid is their sum,
	// Dust how many get nothing.
	Shares []Share
	Paid   btcutil.Amount
	Dust   int
	// Vouchers are those of the shares that lie at vouchers' codes.
	Vouchers int
	At       int32
	// Before are dividends that were paid, the newest first.
	Before []Paid
	// Offers are those of the book; Offer is the one to take.
	Offers []Offer
	Offer  Offer
}

// Paid is a dividend that was sent.
type Paid struct {
	At time.Time
	// Height is the block whose holders were paid, Holders how many were, Sum what
	// they got.
	Height    int32
	Holders   int64
	Sum       btcutil.Amount
	Txids     []string
	Confirmed bool
}

// Share is what one holder gets.
type Share struct {
	Address string
	Units   int64
	Amount  btcutil.Amount
	// Left: too little to be paid, or not to be paid at all.
	Left bool
	// Voucher: it lies at the code of a voucher that nobody has claimed.
	Voucher bool
}

// Offer is units for satoshi.
type Offer struct {
	ID    string
	Asset Asset
	Units int64
	Price btcutil.Amount
	// Over: it was taken, withdrawn or has expired; Taken that it was taken, and
	// Withdrawn that its seller took it out of the book.
	Over, Taken, Withdrawn bool
	// Coin is the one that is sold, as txid:number, and Script who can sign for it, in
	// hexadecimal. Message is what he signs to take the offer out of the book.
	Coin, Script, Message string
	Until                 time.Time
	// Link is its page as others open it, and Path as we do.
	Link, Path string
	Txid       string
}

// Each is the price of one unit as people see it, rounded down; 0 below one satoshi.
func (o Offer) Each() int64 {
	if o.Units == 0 {
		return 0
	}
	whole := int64(o.Price)
	for range o.Asset.Decimals {
		if whole > 1<<62/10 {
			return 0
		}
		whole *= 10
	}
	return whole / o.Units
}

// Draft is the page of a transaction that waits for signatures, or is on its way.
type Draft struct {
	Meta  layout.Meta
	ID    string
	Act   Act
	Asset Asset
	State State
	// Effects say what it does, in sentences.
	Effects []string
	// PSBTs are what is to be signed, in base64.
	PSBTs []string
	Fee   btcutil.Amount
	// Price is what the node wants for paying the fee; Pay is where.
	Price btcutil.Amount
	Pay   string
	// Txids are those of the transactions, once they are known.
	Txids []string
	// Height is the last block that holds one of them, 0 for none, and Done how many
	// of them blocks hold.
	Height  int32
	Done    int
	Expires time.Time
	// Offer is the page of the offer that it made or takes.
	Offer string
	Wrong string
	// Signed is what was handed in and is not good; Wrong says why.
	Signed string
}

// State is how a draft stands, as people see it.
type State string

// The states.
const (
	Open      State = "open"      // waits for signatures
	Unpaid    State = "unpaid"    // signed, waits for its price
	Sent      State = "sent"      // waits for a block
	Confirmed State = "confirmed" // in a block
	Ended     State = "ended"     // too late
	Failed    State = "failed"    // its coins were spent otherwise
)

// Final reports whether nothing more comes.
func (s State) Final() bool { return s == Confirmed || s == Ended || s == Failed }

// Path is the draft's page.
func (d Draft) Path() string { return DraftsPath + "/" + d.ID }

// again is the page of the form that it came from.
func (d Draft) again() string {
	switch {
	case d.Act == Issue:
		return IssuePath
	case d.Asset.ID.IsZero():
		return MinePath
	case d.Act == Take:
		return d.Asset.PathTo(Sell)
	}
	return d.Asset.PathTo(d.Act)
}

// Mine is the page of what one holds.
type Mine struct {
	Meta    layout.Meta
	Network chain.Network
	// To is who is to be sent some of it, where the page was opened by a receiving
	// link.
	To string
}

// sharesFile is where the whole table of a dividend is saved from.
func (f Form) sharesFile() string {
	return f.Asset.Path() + "/dividend.csv?" + url.Values{"sum": {f.typed("sum")}, "at": {strconv.Itoa(int(f.At))}}.Encode()
}

func (f Form) typed(field string) string { return f.Typed[field] }
func (f Form) wrong(field string) string { return f.Wrong[field] }

// words are sentences for scripts, as JSON.
func words(texts map[string]string) string {
	raw, err := json.Marshal(texts)
	if err != nil {
		panic(err) // strings
	}
	return string(raw)
}

// Number writes units as people read them: grouped by commas, with their decimals.
func Number(units int64, decimals int) string {
	if decimals == 0 {
		return i18n.Number(units)
	}
	digits := padded(units, decimals+1)
	whole, part := digits[:len(digits)-decimals], strings.TrimRight(digits[len(digits)-decimals:], "0")
	n := i18n.Number(parsed(whole))
	if part == "" {
		return n
	}
	return n + "." + part
}

func sats(n btcutil.Amount) string { return i18n.Number(int64(n)) + " sat" }

// Title is that of a form's page.
func Title(ctx context.Context, v Form) string {
	if v.Act == Issue {
		return title(ctx, v.Act)
	}
	return title(ctx, v.Act) + " · " + v.Asset.Title()
}

// title is what an act is called.
func title(ctx context.Context, act Act) string {
	switch act {
	case Send:
		return i18n.T(ctx, "assetdesk.send")
	case Reissue:
		return i18n.T(ctx, "assetdesk.reissue")
	case Lock:
		return i18n.T(ctx, "assetdesk.lock")
	case Burn:
		return i18n.T(ctx, "assetdesk.burn")
	case Dividend:
		return i18n.T(ctx, "assetdesk.dividend")
	case Sell:
		return i18n.T(ctx, "assetdesk.offers")
	case Take:
		return i18n.T(ctx, "assetdesk.take")
	}
	return i18n.T(ctx, "assetdesk.issue")
}

// mostCode is how many characters of a PSBT are drawn as a code: a camera still
// reads it off a screen.
const mostCode = 1_800

func qrFits(psbt string) bool { return len(psbt) <= mostCode }

// file is where the n-th PSBT is saved from.
func (d Draft) file(n int) string { return d.Path() + "/" + strconv.Itoa(n+1) + ".psbt" }
