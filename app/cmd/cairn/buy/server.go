package buy

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"cairn/channels/amount"
	"cairn/channels/l402"

	"github.com/btcsuite/btcd/btcutil"
)

const (
	expressPath = "/api/v1/express"
	// maxAnswer bounds what is read of an answer, in bytes.
	maxAnswer = 256 << 10
	// claims is how often a payment is brought to a server that is busy.
	claims = 5
)

// answer is what matters of an answer of the API.
type answer struct {
	status     int
	challenges []string
	Title      string `json:"title"`
	Stage      string `json:"stage"`
	Payment    *struct {
		Sat       int64  `json:"sat"`
		Checkout  string `json:"checkout"`
		Lightning *struct {
			Invoice string `json:"invoice"`
		} `json:"lightning"`
		Closed []struct {
			Door   string `json:"door"`
			Reason string `json:"reason"`
		} `json:"closed"`
	} `json:"payment"`
}

// post asks a server for a transaction of its own for a digest.
func (s *Shop) post(ctx context.Context, server string, digest [32]byte, authorization string) (answer, error) {
	body, err := json.Marshal(map[string]string{"digest": hex.EncodeToString(digest[:])})
	if err != nil {
		return answer{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, server+expressPath, bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "cairn")
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	resp, err := s.HTTP.Do(req)
	if err != nil {
		return answer{}, fmt.Errorf("%w: %w", ErrServer, err)
	}
	defer resp.Body.Close()
	a := answer{status: resp.StatusCode, challenges: resp.Header.Values("WWW-Authenticate")}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxAnswer)).Decode(&a); err != nil {
		return answer{}, fmt.Errorf("%w: %s without JSON: does %s run a Cairn that sells?", ErrServer, resp.Status, server)
	}
	return a, nil
}

// price asks what a transaction of its own costs. It is nil when there is, or
// will be, one already.
func (s *Shop) price(ctx context.Context, digest [32]byte) (*purchase, error) {
	a, err := s.post(ctx, s.Server, digest, "")
	switch {
	case err != nil:
		return nil, err
	case a.status == http.StatusConflict:
		return nil, nil
	case a.status != http.StatusPaymentRequired || a.Payment == nil:
		return nil, fmt.Errorf("%w: %s", ErrRefused, a.Title)
	case a.Payment.Lightning == nil:
		reason := ""
		for _, c := range a.Payment.Closed {
			if c.Door == "lightning" {
				reason = c.Reason + " "
			}
		}
		return nil, fmt.Errorf("%w: %sPay %d sat in a browser instead: %s", ErrNoLightning, reason, a.Payment.Sat, a.Payment.Checkout)
	}
	token, bolt11, err := l402.ParseChallenge(a.challenges)
	if err != nil || bolt11 != a.Payment.Lightning.Invoice {
		return nil, fmt.Errorf("%w: it offers no token for its invoice", ErrServer)
	}
	asks, hash, err := s.Wallet.Price(bolt11)
	if err != nil {
		return nil, err
	}
	price, err := amount.FromSatoshi(btcutil.Amount(a.Payment.Sat))
	if err != nil || asks != price || price <= 0 {
		return nil, fmt.Errorf("%w: %s instead of %d sat", ErrInvoice, asks, a.Payment.Sat)
	}
	return &purchase{
		Server: s.Server, Digest: hex.EncodeToString(digest[:]), Sat: a.Payment.Sat, Invoice: bolt11,
		PaymentHash: hash.String(), Token: token, Checkout: a.Payment.Checkout, MadeAt: s.Now().UTC().Truncate(time.Second),
	}, nil
}

// errFinal: the server will not give what was paid for, however often it is
// asked.
var errFinal = errors.New("the server answers")

// claim brings the credential of what was paid. A server that cannot answer now
// is asked a few times; what was paid for is made in any case.
func (s *Shop) claim(ctx context.Context, p *purchase, c l402.Credential) error {
	digest, err := p.digest()
	if err != nil {
		return err
	}
	var last error
	for try := range claims {
		if try > 0 {
			select {
			case <-ctx.Done():
				return last
			case <-time.After(time.Duration(try) * time.Second):
			}
		}
		a, err := s.post(ctx, p.Server, digest, c.Header())
		switch {
		case err == nil && a.status == http.StatusAccepted:
			return nil
		case err == nil && a.status < http.StatusInternalServerError && a.status != http.StatusTooManyRequests:
			return fmt.Errorf("%w: %s", errFinal, a.Title)
		case err == nil:
			err = fmt.Errorf("%w: %s", ErrRefused, a.Title)
		}
		last = err
	}
	return last
}

// Proof waits until a digest is as far as it can come and returns its proof
// (.ots). Errors: ErrServer; that of ctx.
func (s *Shop) Proof(ctx context.Context, digest [32]byte, every time.Duration) ([]byte, error) {
	address := s.Server + "/api/v1/proofs/" + hex.EncodeToString(digest[:])
	for {
		raw, err := s.get(ctx, address)
		if err == nil {
			var a answer
			if err := json.Unmarshal(raw, &a); err == nil && a.Stage == "complete" {
				return s.get(ctx, address+".ots")
			}
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(every):
		}
	}
}

func (s *Shop) get(ctx context.Context, address string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", "cairn")
	resp, err := s.HTTP.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrServer, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%w: %s", ErrServer, resp.Status)
	}
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrServer, err)
	}
	return raw, nil
}
