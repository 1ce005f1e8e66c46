package mpp

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Credential is what a client sends after paying (draft §5.2).
type Credential struct {
	Challenge Challenge `json:"challenge"`
	// Source may name the payer; it proves nothing.
	Source string `json:"source,omitempty"`
	// Payload is the method's own JSON object.
	Payload json.RawMessage `json:"payload"`
}

// IsCredential reports whether an Authorization header is of this scheme.
func IsCredential(header string) bool {
	name, _, _ := strings.Cut(header, " ")
	return strings.EqualFold(name, scheme)
}

// Header is the value of an Authorization header. Errors: ErrCredential for a
// payload that is no JSON.
func (c Credential) Header() (string, error) {
	raw, err := plainJSON(c)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrCredential, err)
	}
	return scheme + " " + encode(raw), nil
}

// plainJSON is JSON without the escapes that Go adds for HTML.
func plainJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// ParseCredential reads an Authorization header. Errors: ErrCredential.
func ParseCredential(header string) (Credential, error) {
	if !IsCredential(header) {
		return Credential{}, fmt.Errorf("%w: it is of another scheme", ErrCredential)
	}
	_, token, _ := strings.Cut(header, " ")
	raw, err := decode(strings.Trim(token, " "))
	if err != nil {
		return Credential{}, fmt.Errorf("%w: %w", ErrCredential, err)
	}
	// What repeats a name may be read in two ways.
	if _, err := Canonicalize(raw); err != nil {
		return Credential{}, fmt.Errorf("%w: %w", ErrCredential, err)
	}
	var c Credential
	if err := json.Unmarshal(raw, &c); err != nil {
		return Credential{}, fmt.Errorf("%w: %w", ErrCredential, err)
	}
	if !c.Challenge.complete() || !bytes.HasPrefix(bytes.TrimSpace(c.Payload), []byte("{")) {
		return Credential{}, fmt.Errorf("%w: a part is missing", ErrCredential)
	}
	return c, nil
}

// Receipt tells the client what his payment has opened (draft §5.3); it is the
// value of the Payment-Receipt header.
type Receipt struct {
	Status    string `json:"status"`
	Method    string `json:"method"`
	Timestamp string `json:"timestamp"`
	// Reference is the payment hash, never the preimage.
	Reference   string `json:"reference"`
	ChallengeID string `json:"challengeId,omitempty"`
}

// ReceiptHeader is the name of the header.
const ReceiptHeader = "Payment-Receipt"

// Header is its value.
func (r Receipt) Header() string {
	raw, err := plainJSON(r)
	if err != nil { // strings always marshal
		return ""
	}
	return encode(raw)
}

// ParseReceipt reads a receipt, for clients. Errors: ErrCredential.
func ParseReceipt(header string) (Receipt, error) {
	raw, err := decode(header)
	if err != nil {
		return Receipt{}, fmt.Errorf("%w: %w", ErrCredential, err)
	}
	var r Receipt
	if err := json.Unmarshal(raw, &r); err != nil {
		return Receipt{}, fmt.Errorf("%w: %w", ErrCredential, err)
	}
	if r.Status == "" || r.Method == "" || r.Reference == "" {
		return Receipt{}, fmt.Errorf("%w: a part of the receipt is missing", ErrCredential)
	}
	if _, err := time.Parse(time.RFC3339, r.Timestamp); err != nil {
		return Receipt{}, fmt.Errorf("%w: %w", ErrCredential, err)
	}
	return r, nil
}

// Closing is the receipt of a session that was closed
// (draft-lightning-session-00).
type Closing struct {
	Method       string `json:"method"`
	Reference    string `json:"reference"`
	Status       string `json:"status"`
	Timestamp    string `json:"timestamp"`
	RefundSats   int64  `json:"refundSats,omitempty"`
	RefundStatus string `json:"refundStatus"`
}

// TopUp tells the client of a session that its deposit is spent
// (draft-lightning-session-00).
type TopUp struct {
	SessionID       string `json:"sessionId"`
	BalanceSpent    int64  `json:"balanceSpent"`
	BalanceRequired int64  `json:"balanceRequired"`
}
