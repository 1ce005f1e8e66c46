// Package bundle puts all that speaks for one file into one ZIP archive: the
// proof, the certificates, the page that checks it without a network, what
// else was signed over the same digest, and a README that says what each is.
//
// It is pure: it takes everything as bytes and writes them to a stream, with
// fixed times, so that equal contents give equal bytes.
package bundle

import (
	"archive/zip"
	"fmt"
	"io"
	"time"
)

// Contents are the parts of a bundle. Proof and Page are always there; the
// others are left out when they are empty.
type Contents struct {
	// ProofName is what the proof is called, such as "contract.pdf.ots"
	// (certificate.FileName): a plain name without folders.
	ProofName string
	// Digest is the file's, in hexadecimal, and Hash the name of its hash.
	Digest, Hash string
	// Proof is the detached .ots file.
	Proof []byte
	// Page is the offline verifier, one HTML file.
	Page []byte
	// Certificates are PDF documents by their language's tag, "en" or "zh".
	Certificates []Certificate
	// Headers are the block headers that Page knows too, as a list that
	// `cairn verify --headers` reads: height, space, 160 hexadecimal digits.
	Headers []byte
	// Receipt is the signed receipt of the public log.
	Receipt []byte
	// Token is an RFC 3161 token over the digest.
	Token Token
	// Address is that of the proof's page; it may be empty.
	Address string
	// TestNetwork names the chain unless it is Bitcoin's main one; the README
	// then says that the bundle proves nothing.
	TestNetwork string
	// Made is the time that the archive gives its files.
	Made time.Time
}

// Certificate is one document.
type Certificate struct {
	Language string
	PDF      []byte
}

// Token is a time-stamp token and what belongs to it.
type Token struct {
	// Reply is the token as an answer to a query, DER the token alone; Proof
	// is the .ots file of DER.
	Reply, DER, Proof []byte
	// Chain are the signer's certificates and Roots those to be trusted, PEM.
	Chain, Roots []byte
}

// file is one entry of the archive.
type file struct {
	name    string
	content []byte
}

// Write writes the archive. The only errors are the writer's own and those of
// a name that is none.
func Write(w io.Writer, c Contents) error {
	if !plain(c.ProofName) {
		return fmt.Errorf("%q is not a plain file name", c.ProofName)
	}
	readme, err := c.readme()
	if err != nil {
		return err
	}
	archive := zip.NewWriter(w)
	for _, f := range append([]file{{"README.txt", readme}}, c.files()...) {
		if len(f.content) == 0 {
			continue
		}
		entry, err := archive.CreateHeader(&zip.FileHeader{
			Name: f.name, Method: zip.Deflate, Modified: c.Made.UTC().Truncate(2 * time.Second),
		})
		if err != nil {
			return err
		}
		if _, err := entry.Write(f.content); err != nil {
			return err
		}
	}
	return archive.Close()
}

// files are the entries in the order of the README.
func (c Contents) files() []file {
	files := []file{{c.ProofName, c.Proof}}
	for _, certificate := range c.Certificates {
		files = append(files, file{"certificate-" + certificate.Language + ".pdf", certificate.PDF})
	}
	return append(files,
		file{"verify.html", c.Page},
		file{"headers.txt", c.Headers},
		file{"receipt.txt", c.Receipt},
		file{"timestamp.tsr", c.Token.Reply},
		file{"timestamp.tst", c.Token.DER},
		file{"timestamp.tst.ots", c.Token.Proof},
		file{"tsa-chain.pem", c.Token.Chain},
		file{"tsa-ca.pem", c.Token.Roots},
	)
}

// plain tells a file name from a way into folders, and from the names of the
// bundle's other files.
func plain(name string) bool {
	for _, r := range name {
		if r == '/' || r == '\\' || r == ':' || r < ' ' {
			return false
		}
	}
	return len(name) > len(".ots") && name != "timestamp.tst.ots"
}
