// Package i18n gives pages their words in the visitor's language. The texts
// are embedded TOML files, one per area and language (proof.en.toml beside
// proof.zh-Hans.toml), with the same keys; pages ask for them by key through
// the context of the request.
//
// It imports nothing of ours. Text made here is plain text: the templates
// escape it.
package i18n

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"strings"

	"golang.org/x/text/language"
)

//go:embed *.toml
var files embed.FS

// The languages, the first being the one shown when nothing else fits.
var (
	English = language.English
	Chinese = language.MustParse("zh-Hans")
	Tags    = []language.Tag{English, Chinese}
)

var matcher = language.NewMatcher(Tags)

// filesOf lists the embedded files of a language.
func filesOf(tag language.Tag) []string {
	names, err := fs.Glob(files, fmt.Sprintf("*.%s.toml", tag))
	if err != nil {
		panic("i18n: " + err.Error()) // the pattern is malformed
	}
	return names
}

// Match chooses a language: the first of wishes (each a tag or a whole
// Accept-Language header, empty ones skipped) that names one we have.
func Match(wishes ...string) language.Tag {
	for _, wish := range wishes {
		if tag, ok := Find(wish); ok {
			return tag
		}
	}
	return English
}

// Find is the language that a tag or an Accept-Language header asks for, if
// we have it.
func Find(wish string) (tag language.Tag, ok bool) {
	tags, _, err := language.ParseAcceptLanguage(wish)
	if err != nil || len(tags) == 0 {
		return English, false
	}
	_, i, confidence := matcher.Match(tags...)
	return Tags[i], confidence > language.No
}

type contextKey struct{}

// speaker is a language with all its texts by key.
type speaker struct {
	tag   language.Tag
	texts map[string]*message
}

var speakers = func() map[language.Tag]*speaker {
	m := make(map[language.Tag]*speaker, len(Tags))
	for _, tag := range Tags {
		texts, err := load(tag)
		if err != nil {
			panic("i18n: embedded texts: " + err.Error())
		}
		m[tag] = &speaker{tag, texts}
	}
	return m
}()

// With returns a context whose pages speak the language; a tag that is not
// one of Tags means English.
func With(ctx context.Context, tag language.Tag) context.Context {
	if speakers[tag] == nil {
		tag = English
	}
	return context.WithValue(ctx, contextKey{}, speakers[tag])
}

func from(ctx context.Context) *speaker {
	if s, ok := ctx.Value(contextKey{}).(*speaker); ok {
		return s
	}
	return speakers[English]
}

// Tag is the language the context speaks.
func Tag(ctx context.Context) language.Tag { return from(ctx).tag }

// Lang is the value of an HTML lang attribute: "en" or "zh-Hans".
func Lang(ctx context.Context) string { return from(ctx).tag.String() }

// T is the text under key. args are names and values by turns for the
// placeholders of the text. A key nobody wrote shows as itself; the tests see
// to it that there is none.
func T(ctx context.Context, key string, args ...any) string {
	m := from(ctx).texts[key]
	if m == nil {
		return key
	}
	return m.other.fill(args, "")
}

// N is the text under key in the plural form that count asks for; the text
// finds the number, written as Number does, under {{.Count}} unless args name
// another.
func N(ctx context.Context, key string, count int64, args ...any) string {
	s := from(ctx)
	m := s.texts[key]
	if m == nil {
		return key
	}
	return m.form(s.tag, count).fill(args, Number(count))
}

// Part is a piece of a sentence that carries components: plain text, or the
// name of the slot to fill.
type Part struct{ Text, Slot string }

// Split is the text under key cut at its {{.Slot}} placeholders, so that a
// page can put a component (a date, an amount, a link) where the language
// wants it.
func Split(ctx context.Context, key string, slots []string, args ...any) []Part {
	return cut(T(ctx, key, append(marked(slots), args...)...))
}

// SplitN is Split in the plural form that count asks for.
func SplitN(ctx context.Context, key string, count int64, slots []string, args ...any) []Part {
	return cut(N(ctx, key, count, append(marked(slots), args...)...))
}

// mark stands around the name of a slot in a text that is about to be cut.
const mark = "\x00"

func marked(slots []string) []any {
	var data []any
	for _, name := range slots {
		data = append(data, name, mark+name+mark)
	}
	return data
}

func cut(text string) []Part {
	var parts []Part
	for i, piece := range strings.Split(text, mark) {
		switch {
		case i%2 == 1:
			parts = append(parts, Part{Slot: piece})
		case piece != "":
			parts = append(parts, Part{Text: piece})
		}
	}
	return parts
}
