package web

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"

	"cairn/channels/fees"
)

// buyerCookie holds the number under which a browser without an account buys:
// its purchases and its credit hang on it.
const buyerCookie = "cairn-buyer"

// How the names of buyers begin.
const (
	accountBuyer = "account/"
	browserBuyer = "browser/"
)

// buyerBytes is the size of that number, of which nobody can guess one.
const buyerBytes = 16

// buyer is under which name (fees.Request.Client) the visitor buys: his
// account's if he is signed in, else his browser's. One who never bought
// anything has none.
func (s *Server) buyer(c Ctx) (string, error) {
	names, err := s.buyers(c)
	if err != nil || len(names) == 0 {
		return "", err
	}
	return names[0], nil
}

// buyers are all names the visitor has bought under: the account first, then
// the browser.
func (s *Server) buyers(c Ctx) ([]string, error) {
	var names []string
	if s.deps.Accounts != nil && s.cookie(c, accountCookie) != "" {
		session, err := s.visitor(c)
		if err != nil {
			return nil, err
		}
		if session != nil {
			names = append(names, accountBuyer+hex.EncodeToString(session.Account[:]))
		}
	}
	if raw, err := hex.DecodeString(s.cookie(c, buyerCookie)); err == nil && len(raw) == buyerBytes {
		names = append(names, browserName(raw))
	}
	return names, nil
}

// newBuyer is buyer, and gives a browser its number when it has none. Sellers
// call it in the POST that makes a quote.
func (s *Server) newBuyer(c Ctx) (string, error) {
	name, err := s.buyer(c)
	if err != nil || name != "" {
		return name, err
	}
	raw, err := s.random(buyerBytes)
	if err != nil {
		return "", err
	}
	s.remember(c, buyerCookie, hex.EncodeToString(raw))
	return browserName(raw), nil
}

// browserName is not the number itself: who reads the database cannot be that
// browser.
func browserName(number []byte) string {
	sum := sha256.Sum256(number)
	return browserBuyer + hex.EncodeToString(sum[:buyerBytes])
}

// owns reports whether a quote is the visitor's own. One that was made for
// nobody belongs to whoever knows its number.
func (s *Server) owns(c Ctx, q fees.Quote) (bool, error) {
	if q.Client == "" {
		return true, nil
	}
	names, err := s.buyers(c)
	if err != nil {
		return false, err
	}
	for _, name := range names {
		if name == q.Client {
			return true, nil
		}
	}
	return false, nil
}

// checkout leads the visitor to where a quote is paid; sellers end their POST
// with it.
func (s *Server) checkout(c Ctx, q fees.Quote) error {
	return c.Redirect(http.StatusSeeOther, payPath(q.ID))
}

// payPath is where a quote is paid, and where its receipt is afterwards.
func payPath(id fees.ID) string { return "/pay/" + id.String() }
