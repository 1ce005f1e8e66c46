package mpp

import (
	"crypto/hmac"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"cairn/channels/httpauth"
	"cairn/channels/invoice"

	"github.com/btcsuite/btcd/btcutil"
)

const (
	methodLightning = "lightning"
	intentCharge    = "charge"
)

// Charge is one payment over Lightning (draft-lightning-charge-00).
type Charge struct {
	// Amount is in whole satoshi, at least one.
	Amount      btcutil.Amount
	Description string
	// Invoice is a BOLT 11 invoice over Amount with Payment as its hash: the
	// caller has made it so.
	Invoice string
	Payment invoice.Hash
	// Network is "mainnet", "signet" or "regtest".
	Network string
	// Expires is not after the invoice's own end.
	Expires time.Time
}

// chargeRequest is the JSON in a challenge.
type chargeRequest struct {
	Amount        string `json:"amount"`
	Currency      string `json:"currency"`
	Description   string `json:"description,omitempty"`
	MethodDetails struct {
		Invoice     string `json:"invoice"`
		Network     string `json:"network,omitempty"`
		PaymentHash string `json:"paymentHash,omitempty"`
	} `json:"methodDetails"`
}

// Till makes challenges and checks credentials for one realm under one secret.
type Till struct {
	realm  string
	secret [32]byte
}

// NewTill takes the realm, as the host's name, and 32 random bytes. Errors:
// ErrChallenge for a realm that cannot be in a header.
func NewTill(realm string, secret [32]byte) (*Till, error) {
	if realm == "" || len(realm) > 255 || strings.Contains(realm, "|") {
		return nil, fmt.Errorf("%w: the realm %.40q", ErrChallenge, realm)
	}
	return &Till{realm: realm, secret: secret}, nil
}

// Challenge offers a charge. Errors: ErrChallenge.
func (t *Till) Challenge(c Charge) (Challenge, error) {
	if c.Amount < 1 || c.Amount > btcutil.MaxSatoshi || c.Invoice == "" || c.Expires.IsZero() {
		return Challenge{}, fmt.Errorf("%w: %d sat until %v", ErrChallenge, int64(c.Amount), c.Expires)
	}
	switch c.Network {
	case "mainnet", "signet", "regtest":
	default:
		return Challenge{}, fmt.Errorf("%w: the network %.20q", ErrChallenge, c.Network)
	}
	req := chargeRequest{Amount: strconv.FormatInt(int64(c.Amount), 10), Currency: "sat", Description: c.Description}
	req.MethodDetails.Invoice, req.MethodDetails.Network, req.MethodDetails.PaymentHash = c.Invoice, c.Network, c.Payment.String()
	raw, err := plainJSON(req)
	if err == nil {
		raw, err = Canonicalize(raw)
	}
	if err != nil {
		return Challenge{}, fmt.Errorf("%w: %w", ErrChallenge, err)
	}
	out := Challenge{
		Realm: t.realm, Method: methodLightning, Intent: intentCharge, Request: encode(raw),
		Expires: c.Expires.UTC().Format(time.RFC3339), Description: c.Description,
	}
	out.ID = out.id(t.secret[:])
	if err := out.header().Check(); err != nil {
		return Challenge{}, fmt.Errorf("%w: %w", ErrChallenge, err)
	}
	return out, nil
}

// Paid is what a good credential proves.
type Paid struct {
	// ChallengeID and Payment name it; either is good once.
	ChallengeID string
	Payment     invoice.Hash
	Amount      btcutil.Amount
}

// Receipt is for the reply.
func (p Paid) Receipt(at time.Time) Receipt {
	return Receipt{
		Status: "success", Method: methodLightning, Timestamp: at.UTC().Format(time.RFC3339),
		Reference: p.Payment.String(), ChallengeID: p.ChallengeID,
	}
}

// Verify checks a credential at a time. Errors: ErrMethod, ErrStranger,
// ErrExpired, ErrCredential, ErrPreimage.
func (t *Till) Verify(c Credential, now time.Time) (Paid, error) {
	ch := c.Challenge
	if ch.Method != methodLightning || ch.Intent != intentCharge {
		return Paid{}, fmt.Errorf("%w: %.40q, %.40q", ErrMethod, ch.Method, ch.Intent)
	}
	for _, value := range ch.bound() {
		if strings.Contains(value, "|") || len(value) > maxField {
			return Paid{}, fmt.Errorf("%w: a value no challenge of ours has", ErrStranger)
		}
	}
	if ch.Realm != t.realm || !hmac.Equal([]byte(ch.ID), []byte(ch.id(t.secret[:]))) {
		return Paid{}, ErrStranger
	}
	expires, err := time.Parse(time.RFC3339, ch.Expires)
	if err != nil {
		return Paid{}, fmt.Errorf("%w: without an end", ErrStranger)
	}
	if !now.Before(expires) {
		return Paid{}, fmt.Errorf("%w: at %s", ErrExpired, ch.Expires)
	}
	charge, err := ch.Charge()
	if err != nil {
		return Paid{}, fmt.Errorf("%w: %w", ErrStranger, err)
	}
	preimage, err := preimageOf(c.Payload)
	if err != nil {
		return Paid{}, err
	}
	if preimage.Hash() != charge.Payment {
		return Paid{}, ErrPreimage
	}
	return Paid{ChallengeID: ch.ID, Payment: charge.Payment, Amount: charge.Amount}, nil
}

// Charge reads what a challenge asks for, for clients, who must compare it with
// the invoice. Errors: ErrMethod, ErrChallenge.
func (c Challenge) Charge() (Charge, error) {
	if c.Method != methodLightning || c.Intent != intentCharge {
		return Charge{}, ErrMethod
	}
	raw, err := decode(c.Request)
	if err != nil {
		return Charge{}, fmt.Errorf("%w: %w", ErrChallenge, err)
	}
	if _, err := Canonicalize(raw); err != nil {
		return Charge{}, fmt.Errorf("%w: %w", ErrChallenge, err)
	}
	var req chargeRequest
	if err := json.Unmarshal(raw, &req); err != nil {
		return Charge{}, fmt.Errorf("%w: %w", ErrChallenge, err)
	}
	sat, err := strconv.ParseInt(req.Amount, 10, 64)
	if err != nil || sat < 1 || sat > btcutil.MaxSatoshi || req.Currency != "sat" || req.MethodDetails.Invoice == "" {
		return Charge{}, fmt.Errorf("%w: %.40q %.10q", ErrChallenge, req.Amount, req.Currency)
	}
	out := Charge{
		Amount: btcutil.Amount(sat), Description: req.Description,
		Invoice: req.MethodDetails.Invoice, Network: req.MethodDetails.Network,
	}
	if out.Network == "" {
		out.Network = "mainnet"
	}
	if out.Payment, err = invoice.ParseHash(req.MethodDetails.PaymentHash); err != nil {
		return Charge{}, fmt.Errorf("%w: %w", ErrChallenge, err)
	}
	if c.Expires != "" {
		if out.Expires, err = time.Parse(time.RFC3339, c.Expires); err != nil {
			return Charge{}, fmt.Errorf("%w: %w", ErrChallenge, err)
		}
	}
	return out, nil
}

// Pay makes the credential of a challenge whose invoice was paid, for clients.
func (c Challenge) Pay(preimage invoice.Preimage) Credential {
	return Credential{Challenge: c, Payload: json.RawMessage(`{"preimage":"` + preimage.Text() + `"}`)}
}

func preimageOf(payload json.RawMessage) (invoice.Preimage, error) {
	var body struct {
		Preimage string `json:"preimage"`
	}
	if err := json.Unmarshal(payload, &body); err != nil {
		return invoice.Preimage{}, fmt.Errorf("%w: its payload", ErrCredential)
	}
	p, err := invoice.ParsePreimage(body.Preimage)
	if err != nil || p.Text() != body.Preimage {
		return invoice.Preimage{}, fmt.Errorf("%w: its preimage is not 64 lower-case hexadecimal digits", ErrCredential)
	}
	return p, nil
}

// WWWAuthenticate is a challenge as one of several offers of a 402 reply.
func (c Challenge) WWWAuthenticate() httpauth.Challenge { return c.header() }
