package lnurl

import (
	"fmt"
	"net/url"

	"cairn/channels/amount"
)

// WithdrawRequest offers to pay the wallet (LUD-03): a voucher, or credit that
// is given back.
type WithdrawRequest struct {
	Callback string
	K1       K1
	// Least and Most bound the amount.
	Least, Most amount.MilliSatoshi
	// Text is proposed for the invoice's description.
	Text string
}

// JSON is the offer as it is served. Errors: ErrLink, ErrAmount.
func (w WithdrawRequest) JSON() ([]byte, error) {
	if err := checkLink(w.Callback); err != nil {
		return nil, err
	}
	if w.Least < 1 || w.Most < w.Least || w.Most > amount.Max {
		return nil, fmt.Errorf("%w: %s to %s", ErrAmount, w.Least, w.Most)
	}
	return mustJSON(struct {
		Tag                string `json:"tag"`
		Callback           string `json:"callback"`
		K1                 string `json:"k1"`
		DefaultDescription string `json:"defaultDescription"`
		MinWithdrawable    int64  `json:"minWithdrawable"`
		MaxWithdrawable    int64  `json:"maxWithdrawable"`
	}{"withdrawRequest", w.Callback, w.K1.String(), w.Text, int64(w.Least), int64(w.Most)}), nil
}

// Withdraw is a wallet's answer: pay this invoice for that k1.
type Withdraw struct {
	K1      K1
	Invoice string
}

// ParseWithdraw reads its parameters. The invoice is not looked at: its amount
// has to be within the offer, and k1 used once. Errors: ErrRequest.
func ParseWithdraw(q url.Values) (Withdraw, error) {
	k1, err := ParseK1(q.Get("k1"))
	if err != nil {
		return Withdraw{}, err
	}
	pr := q.Get("pr")
	if pr == "" || len(pr) > maxText {
		return Withdraw{}, fmt.Errorf("%w: an invoice of %d characters", ErrRequest, len(pr))
	}
	return Withdraw{k1, pr}, nil
}
