package certificate

import (
	"bytes"
	"compress/gzip"
	"embed"
	"io"
	"sync"

	"codeberg.org/go-pdf/fpdf"
)

// The fonts are described, with their licences and the script that made them,
// in fonts/README.md.
//
//go:embed fonts/*.ttf.gz
var fontFiles embed.FS

// face is one font of the page.
type face string

const (
	serif face = "serif"
	sans  face = "sans"
	bold  face = "bold"
	mono  face = "mono"
	han   face = "han" // Chinese characters, kana and their punctuation
)

// font is a face in memory.
type font struct {
	content []byte
	covers  *coverage
}

// fonts unpack each face once, when the first certificate needs it: 1.4 MB for
// han, 0.2 MB for the others together.
var fonts = map[face]func() (font, error){
	serif: unpack(serif), sans: unpack(sans), bold: unpack(bold), mono: unpack(mono), han: unpack(han),
}

func unpack(name face) func() (font, error) {
	return sync.OnceValues(func() (font, error) {
		packed, err := fontFiles.ReadFile("fonts/" + string(name) + ".ttf.gz")
		if err != nil {
			return font{}, err
		}
		r, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			return font{}, err
		}
		content, err := io.ReadAll(r)
		if err != nil {
			return font{}, err
		}
		return font{content, coverageOf(content)}, nil
	})
}

// add makes a face known to a document and returns what it covers.
func (name face) add(pdf *fpdf.Fpdf) (*coverage, error) {
	f, err := fonts[name]()
	if err != nil {
		return nil, err
	}
	// A copy, because the writer changes the bytes it is given (fpdf 0.12.0,
	// utf8fontfile.go, getMetrics).
	pdf.AddUTF8FontFromBytes(string(name), "", bytes.Clone(f.content))
	return f.covers, pdf.Error()
}
