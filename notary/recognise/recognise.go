// Package recognise tells what a file is that somebody gives to have checked:
// a proof, or something else that should be named for what it is, and perhaps
// has a proof inside. It looks at the bytes alone, never at a name.
//
// The package is pure: it imports no database, no network and no clock.
package recognise

import (
	"bytes"

	"cairn/notary/ots"
)

// Kind is what a file is.
type Kind string

// The kinds.
const (
	// Empty: no byte.
	Empty Kind = "empty"
	// Proof: an OpenTimestamps proof, sound or not.
	Proof Kind = "proof"
	// GitCommit: a commit object whose signature carries a timestamp. The proof
	// is among Proofs, of the digest that ots.GitDigest says.
	GitCommit Kind = "git-commit"
	// GitTimestamp: a timestamp from a commit's signature without the commit,
	// which it says nothing without.
	GitTimestamp Kind = "git-timestamp"
	// Chainpoint: a Chainpoint proof; Version says of which format.
	Chainpoint Kind = "chainpoint"
	// OriginStamp: the tree of an OriginStamp proof.
	OriginStamp Kind = "originstamp"
	// TimeStampToken: an RFC 3161 token or reply.
	TimeStampToken Kind = "tst"
	// TimeStampQuery: an RFC 3161 query, which proves nothing.
	TimeStampQuery Kind = "tsq"
	// Docproof: a Bitcoin transaction in the manner of proofofexistence.com.
	Docproof Kind = "docproof"
	// Certificate: a PDF with a proof attached.
	Certificate Kind = "certificate"
	// PDF: any other PDF.
	PDF Kind = "pdf"
	// Bundle: a ZIP archive with a proof in it.
	Bundle Kind = "bundle"
	// ZIP: any other archive.
	ZIP Kind = "zip"
	// Image: a picture.
	Image Kind = "image"
	// Document: a file of an office program.
	Document Kind = "document"
	// Headers: a list of block headers as text.
	Headers Kind = "headers"
	// Sums: a list of digests.
	Sums Kind = "sums"
	// Digest: one digest as text, and nothing else.
	Digest Kind = "digest"
	// HTML: a web page.
	HTML Kind = "html"
	// JSON: other JSON.
	JSON Kind = "json"
	// Text: other text.
	Text Kind = "text"
	// Unknown: anything else.
	Unknown Kind = "unknown"
)

// File is what a file was recognised as.
type File struct {
	Kind Kind
	// Version is the version of a format that has several: "2", "3", … of
	// Chainpoint.
	Version string
	// Digest is the SHA-256 that the file says it is about, where it says so:
	// Chainpoint, TimeStampToken, Docproof, Digest.
	Digest []byte
	// Proofs are the OpenTimestamps proofs in it, at most MaxProofs; the file
	// itself when it is one.
	Proofs []Attached
}

// Attached is one proof in a file.
type Attached struct {
	// Name is what the proof is called in there; it may be empty. It is a
	// stranger's.
	Name string
	// Raw is the proof, at most ots.MaxSize bytes.
	Raw []byte
}

// MaxProofs is how many proofs are taken out of one file.
const MaxProofs = 20

// probe is a look for one family of formats; ok is false if the file is of
// none of them.
type probe func(raw []byte) (f File, ok bool)

// probes are asked in this order.
var probes = []probe{proof, portable, archive, image, token, git, zlibbed, transaction, text}

// Look tells what a file is.
func Look(raw []byte) File {
	if len(raw) == 0 {
		return File{Kind: Empty}
	}
	for _, look := range probes {
		if f, ok := look(raw); ok {
			return f
		}
	}
	return File{Kind: Unknown}
}

func proof(raw []byte) (File, bool) {
	if !ots.HasMagic(raw) {
		return File{}, false
	}
	return File{Kind: Proof, Proofs: []Attached{{Raw: raw}}}, true
}

// image knows pictures by their first bytes.
func image(raw []byte) (File, bool) {
	for _, magic := range []string{"\x89PNG\r\n\x1a\n", "\xff\xd8\xff", "GIF87a", "GIF89a", "II*\x00", "MM\x00*", "BM"} {
		if bytes.HasPrefix(raw, []byte(magic)) && (magic != "BM" || isBitmap(raw)) {
			return File{Kind: Image}, true
		}
	}
	if len(raw) >= 12 && (string(raw[:4]) == "RIFF" && string(raw[8:12]) == "WEBP" ||
		string(raw[4:8]) == "ftyp" && bytes.Contains([]byte("heic heix mif1 avif"), raw[8:12])) {
		return File{Kind: Image}, true
	}
	return File{}, false
}

// isBitmap looks beyond two letters that any text may begin with: the header
// has four bytes of zero.
func isBitmap(raw []byte) bool { return len(raw) > 26 && bytes.Equal(raw[6:10], make([]byte, 4)) }
