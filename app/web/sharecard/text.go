package sharecard

import (
	"fmt"
	"image"
	"image/color"
	"strings"
	"sync"
	"unicode"

	"cairn/notary/certificate"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// typeface is a font that was read once.
type typeface func() (*opentype.Font, error)

func embedded(name string) typeface {
	return sync.OnceValues(func() (*opentype.Font, error) {
		raw, err := certificate.Embedded(name)
		if err != nil {
			return nil, err
		}
		return opentype.Parse(raw)
	})
}

var sans, bold, han = embedded("sans"), embedded("bold"), embedded("han")

// writer writes lines of text; err is the first thing that went wrong.
type writer struct {
	img   *image.RGBA
	fonts [2][2]*opentype.Font // light and bold, with what stands in for letters they lack
	faces map[faceKey]font.Face
	look  sfnt.Buffer
	err   error
}

type faceKey struct {
	font *opentype.Font
	size float64
}

func newWriter(img *image.RGBA) (*writer, error) {
	w := &writer{img: img, faces: make(map[faceKey]font.Face)}
	for i, first := range []typeface{sans, bold} {
		for k, open := range []typeface{first, han} {
			f, err := open()
			if err != nil {
				return nil, fmt.Errorf("a font of the picture: %w", err)
			}
			w.fonts[i][k] = f
		}
	}
	return w, nil
}

// face is the font that has a letter, in a size; what none has is drawn as the
// first one's empty box.
func (w *writer) face(r rune, size float64, heavy bool) font.Face {
	fonts := w.fonts[0]
	if heavy {
		fonts = w.fonts[1]
	}
	key := faceKey{fonts[0], size}
	for _, f := range fonts {
		if i, err := f.GlyphIndex(&w.look, r); err == nil && i != 0 {
			key.font = f
			break
		}
	}
	if made := w.faces[key]; made != nil {
		return made
	}
	made, err := opentype.NewFace(key.font, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		w.err = err
		return nil
	}
	w.faces[key] = made
	return made
}

// wide is how wide a text is, in pixels.
func (w *writer) wide(text string, size float64, heavy bool) int {
	var sum fixed.Int26_6
	for _, r := range text {
		if f := w.face(r, size, heavy); f != nil {
			advance, _ := f.GlyphAdvance(r)
			sum += advance
		}
	}
	return sum.Ceil()
}

// line writes text on the base line y.
func (w *writer) line(text string, x, y int, size float64, colour color.Color, heavy bool) {
	at := fixed.P(x, y)
	for _, r := range text {
		f := w.face(r, size, heavy)
		if f == nil {
			return
		}
		d := font.Drawer{Dst: w.img, Src: image.NewUniform(colour), Face: f, Dot: at}
		d.DrawString(string(r))
		at = d.Dot
	}
}

// fit is a text that is no wider than that, cut if it is.
func (w *writer) fit(text string, size float64, wide int) string {
	return w.cut(text, size, wide, false)
}

func (w *writer) cut(text string, size float64, wide int, heavy bool) string {
	if w.wide(text, size, heavy) <= wide {
		return text
	}
	runes := []rune(text)
	for len(runes) > 0 && w.wide(string(runes)+"…", size, heavy) > wide {
		runes = runes[:len(runes)-1]
	}
	return strings.TrimSpace(string(runes)) + "…"
}

// paragraph writes a heading in at most so many lines, and returns the base line
// of the one below.
func (w *writer) paragraph(text string, x, y, wide int, size float64, most int) (next int) {
	step := int(size * 1.25)
	lines := w.broken(text, size, wide)
	if len(lines) > most {
		lines[most-1] = w.cut(strings.Join(lines[most-1:], " "), size, wide, true)
		lines = lines[:most]
	}
	for _, l := range lines {
		w.line(l, x, y, size, ink, true)
		y += step
	}
	return y
}

// broken breaks a text into lines: between words, and between Chinese
// characters.
func (w *writer) broken(text string, size float64, wide int) (lines []string) {
	line := ""
	for _, piece := range pieces(text) {
		if line != "" && w.wide(strings.TrimSpace(line+piece), size, true) > wide {
			lines, line = append(lines, strings.TrimSpace(line)), ""
		}
		line += piece
	}
	if line = strings.TrimSpace(line); line != "" {
		lines = append(lines, line)
	}
	for i, l := range lines {
		lines[i] = w.cut(l, size, wide, true) // a word longer than the line
	}
	return lines
}

// pieces cuts a text where it may be broken. Chinese punctuation stays with what
// it follows.
func pieces(text string) []string {
	var out []string
	word := ""
	for _, r := range text {
		switch {
		case unicode.IsSpace(r):
			out, word = append(out, word+" "), ""
		case unicode.Is(unicode.Han, r):
			out, word = append(out, word), string(r)
		default:
			word += string(r)
		}
	}
	return append(out, word)
}
