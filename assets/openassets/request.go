package openassets

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"cairn/assets"
	"cairn/chain"
)

// Scheme opens payment requests.
const Scheme = "openassets:"

// maxRequest is how long a request may be, in bytes.
const maxRequest = 1024

// Request asks for a payment in units (payment-requests.mediawiki).
type Request struct {
	// Script is who is to be paid.
	Script []byte
	// Asset and Units are what is asked for; zero when left open.
	Asset assets.ID
	Units int64
	// Label and Message are texts of BIP-0021, for whoever pays.
	Label, Message string
}

// URI is the request as "openassets:<address>?amount=<units>&asset=<id>". Errors:
// ErrNoForm for a script without an Open Assets address; assets.ErrUnits.
func (r Request) URI(n chain.Network) (string, error) {
	address, err := Address(r.Script, n)
	if err != nil {
		return "", err
	}
	if r.Units < 0 {
		return "", fmt.Errorf("%w: %d", assets.ErrUnits, r.Units)
	}
	q := []string{}
	if r.Units > 0 {
		q = append(q, "amount="+strconv.FormatInt(r.Units, 10))
	}
	if !r.Asset.IsZero() {
		q = append(q, "asset="+r.Asset.Text(n))
	}
	for _, f := range [][2]string{{"label", r.Label}, {"message", r.Message}} {
		if f[1] != "" {
			q = append(q, f[0]+"="+strings.ReplaceAll(url.QueryEscape(f[1]), "+", "%20"))
		}
	}
	if len(q) == 0 {
		return Scheme + address, nil
	}
	return Scheme + address + "?" + strings.Join(q, "&"), nil
}

// ParseRequest reads a request. Errors: ErrRequest; what ParseAddress and
// assets.ParseID give; assets.ErrUnits for an amount that cannot be.
func ParseRequest(text string, n chain.Network) (r Request, err error) {
	if len(text) > maxRequest || len(text) < len(Scheme) || !strings.EqualFold(text[:len(Scheme)], Scheme) {
		return Request{}, ErrRequest
	}
	address, query, _ := strings.Cut(text[len(Scheme):], "?")
	if r.Script, err = ParseAddress(address, n); err != nil {
		return Request{}, err
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return Request{}, fmt.Errorf("%w: %w", ErrRequest, err)
	}
	for key, all := range values {
		if len(all) != 1 {
			return Request{}, fmt.Errorf("%w: %q is there %d times", ErrRequest, key, len(all))
		}
		if err := r.set(key, all[0], n); err != nil {
			return Request{}, err
		}
	}
	return r, nil
}

// set reads one field. One that must be understood and is not known spoils the
// request (BIP-0021, "req-").
func (r *Request) set(key, value string, n chain.Network) (err error) {
	switch {
	case key == "amount":
		if r.Units, err = strconv.ParseInt(value, 10, 64); err != nil || r.Units < 1 {
			return fmt.Errorf("%w: %q", assets.ErrUnits, value)
		}
	case key == "asset":
		if r.Asset, err = assets.ParseID(value, n); err != nil {
			return err
		}
		if r.Asset.Protocol != assets.OpenAssets {
			return fmt.Errorf("%w: it is of %s", assets.ErrID, r.Asset.Protocol)
		}
	case key == "label":
		r.Label = value
	case key == "message":
		r.Message = value
	case strings.HasPrefix(key, "req-"):
		return fmt.Errorf("%w: %q is not known", ErrRequest, key)
	}
	return nil
}
