package outbound

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
)

const (
	// ErrRedirect: the address leads on too often, or to what is not asked.
	ErrRedirect = ErrorKind("the address leads elsewhere")
	// ErrStatus: the server has not what was asked for.
	ErrStatus = ErrorKind("the server has nothing at this address")
	// ErrLarge: the answer is larger than it may be.
	ErrLarge = ErrorKind("the answer is too large")
)

// MaxRedirects is how often Fetch follows a server elsewhere.
const MaxRedirects = 3

// fetchAgent is how Fetch presents itself.
const fetchAgent = "Cairn/1"

// Page is what Fetch got.
type Page struct {
	Body []byte
	// Media is the type the server says it is, in lower case and without
	// parameters; empty for none.
	Media string
	// Organisation is whom the last server's certificate names; empty for nobody.
	Organisation string
}

// Fetch asks for what an address has, at most most bytes of it, and follows
// MaxRedirects redirects: each address on the way is checked like the first, so
// that all are https. Errors: ErrURL, ErrPort, ErrPrivate for the address itself
// and for where its name leads; ErrRedirect, with those, for one that it leads on
// to; ErrLarge, ErrStatus; and what the network says.
func (g Guard) Fetch(ctx context.Context, address string, most int64) (Page, error) {
	client := g.Client()
	defer client.CloseIdleConnections()
	for hop := 0; ; hop++ {
		page, next, err := fetchOne(ctx, client, address, most)
		var kind ErrorKind
		if hop > 0 && errors.As(err, &kind) && kind != ErrLarge && kind != ErrStatus {
			return Page{}, fmt.Errorf("%w: %w", ErrRedirect, err)
		}
		if err != nil || next == "" {
			return page, err
		}
		if hop == MaxRedirects {
			return Page{}, fmt.Errorf("%w: more than %d times", ErrRedirect, MaxRedirects)
		}
		address = next
	}
}

// fetchOne asks one address; next is where it leads on to, empty for nowhere.
func fetchOne(ctx context.Context, client *http.Client, address string, most int64) (page Page, next string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return Page{}, "", fmt.Errorf("%w: %w", ErrURL, err)
	}
	request.Header.Set("User-Agent", fetchAgent)
	response, err := client.Do(request)
	if err != nil {
		return Page{}, "", err
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusOK:
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		to, err := redirect(response)
		return Page{}, to, err
	default:
		return Page{}, "", fmt.Errorf("%w: %d", ErrStatus, response.StatusCode)
	}
	page.Body, err = io.ReadAll(io.LimitReader(response.Body, most+1))
	if err != nil {
		return Page{}, "", err
	}
	if int64(len(page.Body)) > most {
		return Page{}, "", fmt.Errorf("%w: more than %d bytes", ErrLarge, most)
	}
	if media, _, err := mime.ParseMediaType(response.Header.Get("Content-Type")); err == nil {
		page.Media = media
	}
	if response.TLS != nil {
		page.Organisation = organisation(response.TLS.PeerCertificates)
	}
	return page, "", nil
}

// redirect is where an answer leads on to.
func redirect(response *http.Response) (string, error) {
	to, err := response.Location()
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrRedirect, err)
	}
	return to.String(), nil
}

// organisation is whom a certificate names.
func organisation(chain []*x509.Certificate) string {
	if len(chain) == 0 || len(chain[0].Subject.Organization) == 0 {
		return ""
	}
	return chain[0].Subject.Organization[0]
}
