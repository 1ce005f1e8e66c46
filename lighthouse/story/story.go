// Package story turns Markdown that strangers wrote into HTML that is safe in
// our pages: no scripts, no styles, no pictures or frames, no ids, links that
// search engines ignore, and headings below those of the page.
//
// It is pure.
package story

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// ErrorKind names what is wrong with a text; match it with errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

// ErrTooLong: the text is longer than MaxSource, becomes too long as HTML, or is
// so tangled that reading it takes too long.
const ErrTooLong = ErrorKind("the text is too long")

const (
	// Version is the renderer's: HTML that was stored under another is made
	// anew.
	Version = 1
	// MaxSource bounds the Markdown, and maxHTML what it comes to, in bytes:
	// nested quotes and lists can make much of little.
	MaxSource = 200_000
	maxHTML   = 5 * MaxSource

	// topHeading is the first level of headings: the page has h1 and h2.
	topHeading = 3
)

var markdown = goldmark.New(
	goldmark.WithExtensions(extension.Strikethrough, extension.Table, extension.NewLinkify(
		extension.WithLinkifyAllowedProtocols([]string{"https:", "http:"}),
	)),
	goldmark.WithParserOptions(parser.WithASTTransformers(util.Prioritized(plain{}, 500))),
	// Raw HTML is left out: html.WithUnsafe is not set.
)

// plain lowers headings and puts a picture's words in the place of the picture:
// one from elsewhere would tell its host who reads here.
type plain struct{}

// Transform implements parser.ASTTransformer.
func (plain) Transform(doc *ast.Document, _ text.Reader, _ parser.Context) {
	var pictures []*ast.Image
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Heading:
			n.Level = min(n.Level+topHeading-1, 6)
		case *ast.Image:
			pictures = append(pictures, n)
		}
		return ast.WalkContinue, nil
	})
	for _, p := range pictures {
		parent := p.Parent()
		for c := p.FirstChild(); c != nil; c = p.FirstChild() {
			parent.InsertBefore(parent, p, c)
		}
		parent.RemoveChild(parent, p)
	}
}

// policy is what may be in the HTML; everything else is taken out.
var policy = func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "h3", "h4", "h5", "h6", "strong", "em", "del", "code", "pre",
		"blockquote", "ul", "li", "table", "thead", "tbody", "tr")
	p.AllowAttrs("start").Matching(bluemonday.Integer).OnElements("ol")
	p.AllowElements("ol", "th", "td")
	p.AllowAttrs("href").OnElements("a")
	p.AllowURLSchemes("https", "http", "mailto", "bitcoin")
	p.AllowRelativeURLs(false)
	p.RequireParseableURLs(true)
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(false)
	return p
}()

// rel is what every link says; policy writes the first word of it.
const rel = `rel="nofollow ugc noopener"`

// HTML renders Markdown. Errors: ErrTooLong.
func HTML(source string) (string, error) {
	if len(source) > MaxSource {
		return "", fmt.Errorf("%w: %d bytes", ErrTooLong, len(source))
	}
	if tangled(source) {
		return "", fmt.Errorf("%w: it is too tangled", ErrTooLong)
	}
	var b bytes.Buffer
	if err := markdown.Convert([]byte(strings.ToValidUTF8(source, "\uFFFD")), &b); err != nil {
		return "", fmt.Errorf("render a story: %w", err)
	}
	if b.Len() > maxHTML {
		return "", fmt.Errorf("%w: %d bytes of HTML", ErrTooLong, b.Len())
	}
	safe := policy.SanitizeReader(&b).String()
	// Attributes are quoted by now, and a text cannot hold a quote that is not
	// escaped, so this finds nothing but links.
	return strings.ReplaceAll(safe, `rel="nofollow"`, rel), nil
}
