package lnurl

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"unicode/utf8"

	"cairn/channels/amount"
)

// PayRequest offers to be paid (LUD-06).
type PayRequest struct {
	// Callback is where the wallet asks for the invoice.
	Callback string
	// Least and Most bound the amount.
	Least, Most amount.MilliSatoshi
	// Text says what for; Identifier is the Lightning address, or empty.
	Text, Identifier string
	// Comment is how many characters the payer may write along, 0 for none
	// (LUD-12).
	Comment int
}

type payJSON struct {
	Tag            string `json:"tag"`
	Callback       string `json:"callback"`
	MinSendable    int64  `json:"minSendable"`
	MaxSendable    int64  `json:"maxSendable"`
	Metadata       string `json:"metadata"`
	CommentAllowed int    `json:"commentAllowed,omitempty"`
}

// Metadata is the text that the invoice commits to.
func (p PayRequest) Metadata() string {
	list := [][2]string{{"text/plain", p.Text}}
	if p.Identifier != "" {
		list = append(list, [2]string{"text/identifier", p.Identifier})
	}
	return string(mustJSON(list))
}

// MemoHash is the SHA-256 of Metadata, for the invoice's description hash.
func (p PayRequest) MemoHash() [sha256.Size]byte { return sha256.Sum256([]byte(p.Metadata())) }

// JSON is the offer as it is served. Errors: ErrLink, ErrAmount, ErrRequest.
func (p PayRequest) JSON() ([]byte, error) {
	if err := p.check(); err != nil && !(errors.Is(err, ErrLink) && onThisMachine(p.Callback)) {
		return nil, err
	}
	return mustJSON(payJSON{
		Tag: "payRequest", Callback: p.Callback, MinSendable: int64(p.Least), MaxSendable: int64(p.Most),
		Metadata: p.Metadata(), CommentAllowed: p.Comment,
	}), nil
}

func (p PayRequest) check() error {
	if p.Least < 1 || p.Most < p.Least || p.Most > amount.Max {
		return fmt.Errorf("%w: %s to %s", ErrAmount, p.Least, p.Most)
	}
	if p.Text == "" || p.Comment < 0 || p.Comment > 2000 {
		return fmt.Errorf("%w: a text of %d bytes, comments of %d", ErrRequest, len(p.Text), p.Comment)
	}
	return checkLink(p.Callback)
}

// Pay is what a wallet asks an invoice for.
type Pay struct {
	Amount  amount.MilliSatoshi
	Comment string
}

// ParsePay reads the parameters of a wallet's request against the offer.
// Errors: ErrRequest, ErrAmount.
func (p PayRequest) ParsePay(q url.Values) (Pay, error) {
	n, err := strconv.ParseInt(q.Get("amount"), 10, 64)
	if err != nil {
		return Pay{}, fmt.Errorf("%w: the amount %.20q", ErrRequest, q.Get("amount"))
	}
	if a := amount.MilliSatoshi(n); a < p.Least || a > p.Most {
		return Pay{}, fmt.Errorf("%w: %d msat", ErrAmount, n)
	}
	comment := q.Get("comment")
	if !utf8.ValidString(comment) || utf8.RuneCountInString(comment) > p.Comment {
		return Pay{}, fmt.Errorf("%w: a comment of %d bytes", ErrRequest, len(comment))
	}
	return Pay{amount.MilliSatoshi(n), comment}, nil
}

// Invoice is the answer: a BOLT 11 invoice; where to see the result, or empty
// (LUD-09), which must be on the callback's host; and where to ask whether it
// was paid, or empty (LUD-21).
func Invoice(bolt11, message, result, verify string) []byte {
	type action struct {
		Tag         string `json:"tag"`
		Description string `json:"description,omitempty"`
		Message     string `json:"message,omitempty"`
		URL         string `json:"url,omitempty"`
	}
	out := struct {
		PR            string   `json:"pr"`
		Routes        []string `json:"routes"`
		SuccessAction *action  `json:"successAction,omitempty"`
		Verify        string   `json:"verify,omitempty"`
	}{PR: bolt11, Routes: []string{}, Verify: verify}
	switch {
	case result != "":
		out.SuccessAction = &action{Tag: "url", Description: message, URL: result}
	case message != "":
		out.SuccessAction = &action{Tag: "message", Message: message}
	}
	return mustJSON(out)
}

// Verified is the answer to whoever asks whether an invoice was paid (LUD-21);
// preimage is empty until it was.
func Verified(bolt11, preimage string) []byte {
	out := struct {
		Status   string  `json:"status"`
		Settled  bool    `json:"settled"`
		Preimage *string `json:"preimage"`
		PR       string  `json:"pr"`
	}{Status: "OK", Settled: preimage != "", PR: bolt11}
	if preimage != "" {
		out.Preimage = &preimage
	}
	return mustJSON(out)
}

// ParsePayRequest reads another service's offer, for paying it. Errors:
// ErrReply, ErrRefused.
func ParsePayRequest(raw []byte) (PayRequest, error) {
	var j payJSON
	if err := readReply(raw, &j); err != nil {
		return PayRequest{}, err
	}
	out := PayRequest{Callback: j.Callback, Least: amount.MilliSatoshi(j.MinSendable), Most: amount.MilliSatoshi(j.MaxSendable), Comment: j.CommentAllowed}
	var list [][]any
	if err := json.Unmarshal([]byte(j.Metadata), &list); err != nil || j.Tag != "payRequest" {
		return PayRequest{}, fmt.Errorf("%w: its tag or metadata", ErrReply)
	}
	for _, entry := range list {
		if len(entry) != 2 {
			continue
		}
		text, _ := entry[1].(string)
		switch entry[0] {
		case "text/plain":
			out.Text = text
		case "text/identifier":
			out.Identifier = text
		}
	}
	if err := out.check(); err != nil {
		return PayRequest{}, fmt.Errorf("%w: %w", ErrReply, err)
	}
	return out, nil
}

// Ask is the link that gets an invoice for an amount. Errors: ErrAmount,
// ErrLink.
func (p PayRequest) Ask(a amount.MilliSatoshi) (string, error) {
	if a < p.Least || a > p.Most {
		return "", fmt.Errorf("%w: %s of %s to %s", ErrAmount, a, p.Least, p.Most)
	}
	u, err := url.Parse(p.Callback)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrLink, err)
	}
	q := u.Query()
	q.Set("amount", strconv.FormatInt(int64(a), 10))
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// ParseInvoice reads the answer to Ask: a BOLT 11 invoice, not looked at.
// Errors: ErrReply, ErrRefused.
func ParseInvoice(raw []byte) (string, error) {
	var j struct {
		PR string `json:"pr"`
	}
	if err := readReply(raw, &j); err != nil {
		return "", err
	}
	if j.PR == "" {
		return "", fmt.Errorf("%w: it has no invoice", ErrReply)
	}
	return j.PR, nil
}
