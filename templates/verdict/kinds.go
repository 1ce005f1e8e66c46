package verdict

import (
	"context"

	"cairn/notary/recognise"
	"cairn/templates/i18n"
)

// words are the two sentences about a kind of file that is no proof: what it
// is, and what to do. They are keys of texts.
type words struct{ title, text string }

// kinds says of every kind what it is.
var kinds = map[recognise.Kind]words{
	recognise.Empty:          {"kind.empty", "kind.empty.text"},
	recognise.GitTimestamp:   {"kind.git-timestamp", "kind.git-timestamp.text"},
	recognise.Chainpoint:     {"kind.chainpoint", "kind.chainpoint.text"},
	recognise.OriginStamp:    {"kind.originstamp", "kind.originstamp.text"},
	recognise.TimeStampToken: {"kind.token", "kind.token.text"},
	recognise.TimeStampQuery: {"kind.query", "kind.query.text"},
	recognise.Docproof:       {"kind.docproof", "kind.docproof.text"},
	recognise.PDF:            {"kind.pdf", "kind.pdf.text"},
	recognise.ZIP:            {"kind.zip", "kind.zip.text"},
	recognise.Image:          {"kind.image", "kind.file.text"},
	recognise.Document:       {"kind.document", "kind.file.text"},
	recognise.Headers:        {"kind.headers", "kind.headers.text"},
	recognise.Sums:           {"kind.sums", "kind.sums.text"},
	recognise.Digest:         {"kind.digest", "kind.sums.text"},
	recognise.HTML:           {"kind.html", "kind.html.text"},
	recognise.JSON:           {"kind.json", "kind.unknown.text"},
	recognise.Text:           {"kind.text", "kind.unknown.text"},
	recognise.Unknown:        {"kind.unknown", "kind.unknown.text"},
}

// kind is what the view's file is.
func (v View) kind() words {
	if w, ok := kinds[v.Kind]; ok {
		return w
	}
	return kinds[recognise.Unknown]
}

// inside says what the proof was found in; empty when the file is the proof.
func (v View) inside(ctx context.Context) string {
	switch v.Inside {
	case recognise.Certificate:
		return i18n.T(ctx, "verdict.inside.certificate")
	case recognise.Bundle:
		return i18n.T(ctx, "verdict.inside.bundle")
	case recognise.GitCommit:
		return i18n.T(ctx, "verdict.inside.commit")
	}
	return ""
}
