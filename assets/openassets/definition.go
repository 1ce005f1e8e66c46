package openassets

import (
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"cairn/assets"
	"cairn/chain"
)

// What a definition may have at most: characters of texts, and how many ids.
const (
	// MaxDefinition is the size of the file in bytes.
	MaxDefinition  = 64 << 10
	maxNameShort   = 10
	maxName        = 200
	maxDescription = 8192 // 4,096 have to be supported
	maxListed      = 1000
	// MaxDivisibility is how many decimals units have at most: with more, one
	// unit of 2^63-1 would not be seen.
	MaxDivisibility = 18
)

// Definition is what an asset says it is (asset-definition-protocol.mediawiki,
// "Asset definition file"). Nothing in it is verified by anybody.
type Definition struct {
	AssetIDs        []string `json:"asset_ids"`
	NameShort       string   `json:"name_short"`
	Name            string   `json:"name"`
	ContractURL     string   `json:"contract_url,omitempty"`
	Issuer          string   `json:"issuer,omitempty"`
	Description     string   `json:"description,omitempty"`
	DescriptionMIME string   `json:"description_mime,omitempty"`
	Type            string   `json:"type,omitempty"`
	// Divisibility is how many decimals people see: a unit is 10^-d.
	Divisibility int `json:"divisibility"`
	// LinkToWebsite asks for proof of authenticity.
	LinkToWebsite bool   `json:"link_to_website"`
	IconURL       string `json:"icon_url,omitempty"`
	ImageURL      string `json:"image_url,omitempty"`
	Version       string `json:"version,omitempty"`
}

// ParseDefinition reads a definition file. Addresses in it that are not of the
// web are left out, so that a page may link to those that are there. Errors:
// ErrDefinition.
func ParseDefinition(file []byte) (Definition, error) {
	if len(file) > MaxDefinition {
		return Definition{}, fmt.Errorf("%w: it has %d bytes", ErrDefinition, len(file))
	}
	if !utf8.Valid(file) {
		return Definition{}, fmt.Errorf("%w: it is not UTF-8", ErrDefinition)
	}
	var d Definition
	if err := json.Unmarshal(file, &d); err != nil {
		return Definition{}, fmt.Errorf("%w: %w", ErrDefinition, err)
	}
	if err := d.check(); err != nil {
		return Definition{}, err
	}
	for _, u := range []*string{&d.ContractURL, &d.IconURL, &d.ImageURL} {
		if !isWeb(*u) {
			*u = ""
		}
	}
	return d, nil
}

func (d Definition) check() error {
	switch {
	case len(d.AssetIDs) == 0:
		return fmt.Errorf("%w: it lists no asset", ErrDefinition)
	case len(d.AssetIDs) > maxListed:
		return fmt.Errorf("%w: it lists %d assets", ErrDefinition, len(d.AssetIDs))
	case strings.TrimSpace(d.NameShort) == "" || strings.TrimSpace(d.Name) == "":
		return fmt.Errorf("%w: it has no name", ErrDefinition)
	case d.Divisibility < 0 || d.Divisibility > MaxDivisibility:
		return fmt.Errorf("%w: %d decimals", ErrDefinition, d.Divisibility)
	case d.Version != "" && d.Version != "1.0":
		return fmt.Errorf("%w: it is of version %q", ErrDefinition, d.Version)
	}
	for _, f := range []struct {
		name, text string
		most       int
	}{
		{"name_short", d.NameShort, maxNameShort}, {"name", d.Name, maxName}, {"issuer", d.Issuer, maxName},
		{"type", d.Type, maxName}, {"description", d.Description, maxDescription}, {"description_mime", d.DescriptionMIME, maxName},
	} {
		if n := utf8.RuneCountInString(f.text); n > f.most {
			return fmt.Errorf("%w: %s has %d characters", ErrDefinition, f.name, n)
		}
	}
	return nil
}

func isWeb(text string) bool {
	u, err := url.Parse(text)
	return err == nil && len(text) <= maxURLLength && u.Host != "" && u.User == nil && (u.Scheme == "https" || u.Scheme == "http")
}

// Lists checks that the definition may speak for an asset. Errors: ErrUnlisted.
func (d Definition) Lists(id assets.ID, n chain.Network) error {
	if !slices.Contains(d.AssetIDs, id.Text(n)) {
		return fmt.Errorf("%w: %s", ErrUnlisted, id)
	}
	return nil
}

// File is the definition as a file. Errors: ErrDefinition for one that
// ParseDefinition would refuse.
func (d Definition) File() ([]byte, error) {
	if d.Version == "" {
		d.Version = "1.0"
	}
	if err := d.check(); err != nil {
		return nil, err
	}
	file, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return nil, err
	}
	if len(file) > MaxDefinition {
		return nil, fmt.Errorf("%w: it has %d bytes", ErrDefinition, len(file))
	}
	return append(file, '\n'), nil
}

// Amount is units as people see them, with so many decimals: 12345 units of an
// asset with two are "123.45".
func Amount(units int64, divisibility int) string {
	text := fmt.Sprint(units)
	if divisibility <= 0 || units < 0 {
		return text
	}
	divisibility = min(divisibility, MaxDivisibility)
	if pad := divisibility + 1 - len(text); pad > 0 {
		text = strings.Repeat("0", pad) + text
	}
	whole, part := text[:len(text)-divisibility], text[len(text)-divisibility:]
	if part = strings.TrimRight(part, "0"); part == "" {
		return whole
	}
	return whole + "." + part
}

// ParseAmount reads what Amount writes. Errors: assets.ErrUnits for what is no
// number, has more decimals, or is more than 2^63-1 units.
func ParseAmount(text string, divisibility int) (units int64, err error) {
	whole, part, _ := strings.Cut(text, ".")
	if whole == "" || len(part) > divisibility || len(whole)+divisibility > 40 {
		return 0, fmt.Errorf("%w: %q", assets.ErrUnits, text)
	}
	for _, c := range whole + part + strings.Repeat("0", divisibility-len(part)) {
		digit := int64(c - '0')
		if digit < 0 || digit > 9 || units > (math.MaxInt64-digit)/10 {
			return 0, fmt.Errorf("%w: %q", assets.ErrUnits, text)
		}
		units = 10*units + digit
	}
	return units, nil
}
