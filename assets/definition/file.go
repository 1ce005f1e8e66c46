package definition

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"unicode"

	"cairn/assets"
	"cairn/assets/openassets"
	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
)

// file is a definition as bytes, with their hashes.
type file struct {
	body    []byte
	hash    [32]byte
	hash160 [20]byte
}

func fileOf(body []byte) file {
	return file{body: body, hash: sha256.Sum256(body), hash160: [20]byte(btcutil.Hash160(body))}
}

// coluFile is the metadata of Colu's protocol ("Metadata" in its specification),
// as far as it describes an asset.
type coluFile struct {
	Data coluData `json:"data"`
}

type coluData struct {
	AssetID     string    `json:"assetId,omitempty"`
	AssetName   string    `json:"assetName"`
	Issuer      string    `json:"issuer,omitempty"`
	Description string    `json:"description,omitempty"`
	URLs        []coluURL `json:"urls,omitempty"`
	UserData    *coluUser `json:"userData,omitempty"`
}

type coluURL struct {
	Name     string `json:"name"`
	URL      string `json:"url"`
	MimeType string `json:"mimeType,omitempty"`
	DataHash string `json:"dataHash,omitempty"`
}

type coluUser struct {
	Meta []coluMeta `json:"meta"`
}

type coluMeta struct {
	Key   string `json:"key"`
	Value any    `json:"value"`
	Type  string `json:"type,omitempty"`
}

// contents is what pages show of a definition.
type contents struct {
	name, nameShort, description, issuer, kind string
	divisibility                               int
	contract, website, picture                 string // https addresses
	linkToWebsite                              bool
}

// byteOrder is a mark that some editors put in front of texts.
var byteOrder = []byte("\ufeff")

// parse reads a definition of an asset. Any bytes may come: it never panics, and
// says what is wrong by a Reason: Large, Malformed, Unlisted.
func parse(body []byte, asset assets.ID, n chain.Network) (contents, Reason) {
	if len(body) > MaxFile {
		return contents{}, Large
	}
	switch asset.Protocol {
	case assets.OpenAssets:
		return parseOpenAssets(body, asset, n)
	case assets.Colu:
		return parseColu(body, asset, n)
	}
	return contents{}, Malformed
}

func parseOpenAssets(body []byte, asset assets.ID, n chain.Network) (contents, Reason) {
	d, err := openassets.ParseDefinition(bytes.TrimPrefix(body, byteOrder))
	if err != nil {
		return contents{}, Malformed
	}
	if err := d.Lists(asset, n); err != nil {
		return contents{}, Unlisted
	}
	c := contents{
		name: line(d.Name, MaxName), nameShort: line(d.NameShort, MaxShortName), issuer: line(d.Issuer, MaxIssuer),
		description: text(d.Description, MaxDescription), kind: line(d.Type, MaxName), divisibility: d.Divisibility,
		contract: secure(d.ContractURL), picture: secure(d.ImageURL), linkToWebsite: d.LinkToWebsite,
	}
	if c.picture == "" {
		c.picture = secure(d.IconURL)
	}
	return c, c.named()
}

func parseColu(body []byte, asset assets.ID, n chain.Network) (contents, Reason) {
	var f coluFile
	if err := decode(body, &f); err != nil {
		return contents{}, Malformed
	}
	d := f.Data
	if d.AssetName == "" { // without the envelope
		if err := decode(body, &d); err != nil {
			return contents{}, Malformed
		}
	}
	if d.AssetID != "" && d.AssetID != asset.Text(n) {
		return contents{}, Unlisted
	}
	if strings.TrimSpace(d.AssetName) == "" {
		return contents{}, Malformed
	}
	raw := asset.Raw()
	c := contents{
		name: line(d.AssetName, MaxName), issuer: line(d.Issuer, MaxIssuer), description: text(d.Description, MaxDescription),
		divisibility: int(raw[len(raw)-1]), // the id has it
	}
	for _, u := range d.URLs {
		switch u.Name {
		case "icon", "large_icon":
			c.picture = secure(u.URL)
		case "contract":
			c.contract = secure(u.URL)
		case "website":
			c.website = secure(u.URL)
		}
	}
	return c, c.named()
}

// named refuses a definition whose name has nothing to see.
func (c contents) named() Reason {
	if c.name == "" {
		return Malformed
	}
	return NoReason
}

// decode reads one JSON value that fills the bytes.
func decode(body []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(body, []byte("\ufeff"))))
	if err := d.Decode(into); err != nil {
		return err
	}
	if d.More() {
		return errors.New("more than one value")
	}
	return nil
}

// line is one line of somebody's text: without controls and marks that turn the
// direction of writing, with single spaces, cut at most characters.
func line(s string, most int) string {
	return cut(strings.Join(strings.Fields(strings.Map(visible, s)), " "), most)
}

// text is the same of several lines.
func text(s string, most int) string {
	lines := strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	for i, l := range lines {
		lines[i] = line(l, most)
	}
	return cut(strings.TrimSpace(strings.Join(lines, "\n")), most)
}

func visible(r rune) rune {
	switch {
	case unicode.IsSpace(r):
		return ' '
	case r == unicode.ReplacementChar, unicode.IsControl(r), unicode.Is(unicode.Cf, r) && r != '\u200d':
		return -1
	}
	return r
}

func cut(s string, most int) string {
	n := 0
	for at := range s {
		if n == most {
			return strings.TrimSpace(s[:at])
		}
		n++
	}
	return s
}

// secure is an address that pages may link to, or empty.
func secure(address string) string {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || len(address) > MaxPointer {
		return ""
	}
	return u.String()
}
