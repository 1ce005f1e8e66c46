// Package apidoc is the page that shows programmers the JSON API by examples.
package apidoc

import "cairn/templates/layout"

// View is what the page shows.
type View struct {
	Meta layout.Meta
	// Server is where this site is, such as "https://cairn.example".
	Server string
	// Kinds are the names of errors.
	Kinds []Kind
}

// Kind is one error that programs may rely on.
type Kind struct {
	Name     string
	Status   int
	Sentence string
}

const digest = `$(sha256sum < photo.jpg | cut -c1-64)`

// Examples are the commands of the page in their order. They work as they
// stand in a folder with a file photo.jpg, the last one with the number of a
// price that was paid, and a test runs them.
func Examples(server string) []string {
	api := server + "/api/v1"
	return []string{
		`curl -H 'Content-Type: application/json' -d "{\"digest\":\"` + digest + `\"}" ` + api + `/stamps`,
		`sha256sum * | curl -H 'Content-Type: text/plain' --data-binary @- ` + api + `/stamps`,
		`curl "` + api + `/proofs?digest=` + digest + `"`,
		`curl -o photo.jpg.ots ` + api + `/proofs/` + digest + `.ots`,
		`curl -N ` + api + `/proofs/` + digest + `/events`,
		`curl -H 'Content-Type: application/vnd.opentimestamps.v1' --data-binary @photo.jpg.ots "` + api + `/verify?digest=` + digest + `"`,
		`curl -H 'Content-Type: application/json' -d "{\"digest\":\"` + digest + `\"}" ` + api + `/express`,
		`curl -H "Authorization: Bearer $QUOTE" -H 'Content-Type: application/json' -d "{\"digest\":\"` + digest + `\"}" ` + api + `/express`,
	}
}
