package definition

import (
	"bytes"
	"encoding/hex"
	"slices"
	"strings"

	"cairn/assets"
	"cairn/assets/openassets"
)

// pointer is where the metadata of an issue says that its definition is.
type pointer struct {
	url string
	// sha256 or hash160 fix the content; nil for not.
	sha256  []byte
	hash160 []byte
	why     Reason // why it cannot be asked for
	// fixed: the asset's own script carries it, so that no later issue can change
	// it; listed is then the id that the definition has to name.
	fixed  bool
	listed assets.ID
}

// fixedMark opens the stored form of a pointer that the asset's script carries:
// the mark, the id that the definition has to name, and the pointer. No metadata
// that begins like it is noted, so that nobody can say whose definition counts.
var fixedMark = []byte("\x00script\x00")

const listedLength = 20

// storedFixed is the stored form.
func storedFixed(f openassets.Fixed, pointer []byte) []byte {
	return slices.Concat(fixedMark, f.Listed.Raw(), pointer)
}

// readStored reads a pointer in its stored form.
func readStored(p assets.Protocol, stored []byte) pointer {
	rest, is := bytes.CutPrefix(stored, fixedMark)
	if !is || p != assets.OpenAssets {
		return read(p, stored)
	}
	if len(rest) < listedLength {
		return pointer{why: Opaque}
	}
	listed, err := assets.NewID(assets.OpenAssets, rest[:listedLength])
	if err != nil {
		return pointer{why: Opaque}
	}
	at := readOpenAssets(rest[listedLength:])
	at.fixed, at.listed = true, listed
	return at
}

// read tells what an issue's metadata points to. For Open Assets the forms of
// openassets.ParsePointer.
// For Colu the SHA-1 of a torrent, or it and the SHA-256 of its one file.
func read(p assets.Protocol, metadata []byte) pointer {
	switch {
	case len(metadata) > MaxPointer, bytes.HasPrefix(metadata, fixedMark):
		return pointer{why: Opaque}
	case p == assets.Colu && len(metadata) == 20:
		return pointer{why: Torrent}
	case p == assets.Colu && len(metadata) == 52:
		return pointer{sha256: metadata[20:], why: Torrent}
	case p == assets.OpenAssets:
		return readOpenAssets(metadata)
	}
	return pointer{why: Opaque}
}

func readOpenAssets(metadata []byte) pointer {
	at, err := openassets.ParsePointer(metadata)
	switch {
	case err != nil:
		return pointer{why: Opaque}
	case len(at.Hash160) > 0:
		return pointer{hash160: at.Hash160, why: Unknown}
	}
	p := pointer{url: at.URL}
	if len(at.SHA256) > 0 {
		p.sha256 = at.SHA256
	}
	if secure(at.URL) == "" {
		p.why = Address
	}
	return p
}

// text is the pointer as pages show it; empty for one that points nowhere.
func (p pointer) text() string {
	switch {
	case p.url != "":
		return strings.ToValidUTF8(p.url, "\ufffd")
	case p.hash160 != nil:
		return "hash160:" + hex.EncodeToString(p.hash160)
	case p.sha256 != nil:
		return "sha256:" + hex.EncodeToString(p.sha256)
	}
	return ""
}

// asked says whether there is an address to ask.
func (p pointer) asked() bool { return p.url != "" && p.why == NoReason }

// of is the id that a definition has to name to be the asset's.
func (p pointer) of(asset assets.ID) assets.ID {
	if p.fixed {
		return p.listed
	}
	return asset
}

// pinned says whether the chain fixes the content.
func (p pointer) pinned() bool { return p.sha256 != nil || p.hash160 != nil }

// means says whether a file is the one meant, as far as the chain says.
func (p pointer) means(f file) bool {
	return (p.sha256 == nil || bytes.Equal(p.sha256, f.hash[:])) && (p.hash160 == nil || bytes.Equal(p.hash160, f.hash160[:]))
}
