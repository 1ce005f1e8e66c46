// Package timestamps is the page of the time-stamp authority: what its tokens
// are, and the commands to get and check one.
package timestamps

import "cairn/templates/layout"

// View is what the page shows.
type View struct {
	Meta layout.Meta
	// Site is the scheme and host of the site, for the commands.
	Site string
	// Policy is the object identifier in every token.
	Policy string
}

// ask are the commands that ask for a token, and check those that verify it.
func (v View) ask() []string {
	return []string{
		"openssl ts -query -data FILE -sha256 -cert -out FILE.tsq",
		"curl -sS -H 'Content-Type: application/timestamp-query' --data-binary @FILE.tsq " + v.Site + "/tsa -o FILE.tsr",
	}
}

func (v View) check() []string {
	return []string{
		"curl -sSO " + v.Site + "/tsa/ca.pem",
		"openssl ts -verify -data FILE -in FILE.tsr -CAfile ca.pem",
	}
}

// anchored are the commands that lead to the token's own Bitcoin proof.
func (v View) anchored() []string {
	return []string{
		"openssl ts -reply -in FILE.tsr -token_out -out FILE.tst",
		"sha256sum FILE.tst",
	}
}
