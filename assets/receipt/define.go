package receipt

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/btcsuite/btcd/btcutil"

	"cairn/assets"
	"cairn/assets/openassets"
)

// Defined is a definition that a receipt holds.
type Defined struct {
	Asset   assets.ID
	Content []byte
	// Bound: the chain has its hash, so that nobody can change it. Otherwise the
	// issue names only an address, or nothing.
	Bound bool
}

// define checks the definitions, which are those of assets that the coin holds.
// Errors: ErrDefinition.
func (r *reading) define(definitions []Definition) error {
	for _, d := range definitions {
		at := slices.IndexFunc(r.verdict.Holdings, func(h assets.Holding) bool { return h.Asset.Text(r.verdict.Network) == d.Asset })
		if at < 0 {
			return fmt.Errorf("%w: the coin holds none of %.80q", ErrDefinition, d.Asset)
		}
		if sum := sha256.Sum256(d.Content); !bytes.Equal(sum[:], d.SHA256) {
			return fmt.Errorf("%w: its SHA-256 is %x", ErrDefinition, sum)
		}
		id := r.verdict.Holdings[at].Asset
		bound, err := r.bound(id, d.Content)
		if err != nil {
			return err
		}
		r.verdict.Definitions = append(r.verdict.Definitions, Defined{Asset: id, Content: d.Content, Bound: bound})
	}
	return nil
}

// bound reports whether an issue of the asset has the content's hash. A hash of
// something else in every issue is a lie, and so is a definition of other assets.
// Errors: ErrDefinition.
func (r *reading) bound(id assets.ID, content []byte) (bool, error) {
	bound, hashed := false, false
	var issues []Issue
	for _, issue := range r.verdict.Issues {
		if issue.Asset != id {
			continue
		}
		issues = append(issues, issue)
		for _, same := range hashesOf(issue) {
			bound, hashed = bound || same(content), true
		}
	}
	if hashed && !bound {
		return false, fmt.Errorf("%w: the issue has another hash", ErrDefinition)
	}
	return bound, r.lists(id, issues, content)
}

// hashesOf are the hashes of definitions that an issue has, as comparisons.
func hashesOf(issue Issue) (all []func([]byte) bool) {
	if issue.Asset.Protocol == assets.Colu {
		if len(issue.Metadata) == 20+sha256.Size {
			want := issue.Metadata[20:]
			all = append(all, func(b []byte) bool { sum := sha256.Sum256(b); return bytes.Equal(sum[:], want) })
		}
		return all
	}
	var pointers []openassets.Pointer
	if p, err := openassets.ParsePointer(issue.Metadata); err == nil {
		pointers = append(pointers, p)
	}
	if f, ok := fixedOf(issue); ok {
		pointers = append(pointers, f.Pointer)
	}
	for _, p := range pointers {
		if p.SHA256 != nil {
			all = append(all, func(b []byte) bool { sum := sha256.Sum256(b); return bytes.Equal(sum[:], p.SHA256) })
		}
		if p.Hash160 != nil {
			all = append(all, func(b []byte) bool { return bytes.Equal(btcutil.Hash160(b), p.Hash160) })
		}
	}
	return all
}

// fixedOf is the pointer in the redeem script that the issue's first input spends.
func fixedOf(issue Issue) (openassets.Fixed, bool) {
	if issue.input == nil || issue.prevout == nil {
		return openassets.Fixed{}, false
	}
	return openassets.FixedPointer(issue.input, issue.prevout)
}

// lists checks that an Open Assets definition lists its asset (OAP, "Clients must
// check"), by its id or by that which a redeem script's pointer leaves. Errors:
// ErrDefinition.
func (r *reading) lists(id assets.ID, issues []Issue, content []byte) error {
	if id.Protocol != assets.OpenAssets {
		return nil
	}
	d, err := openassets.ParseDefinition(content)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDefinition, err)
	}
	for _, issue := range issues {
		if f, ok := fixedOf(issue); ok && d.Lists(f.Listed, r.verdict.Network) == nil {
			return nil
		}
	}
	if err := d.Lists(id, r.verdict.Network); err != nil {
		return fmt.Errorf("%w: %w", ErrDefinition, err)
	}
	return nil
}
