package certificate

import (
	"strings"
	"unicode"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/text/unicode/norm"
)

// color is red, green and blue.
type color [3]int

var (
	ink   = color{0x1f, 0x1e, 0x1b}
	soft  = color{0x62, 0x5d, 0x54}
	line  = color{0xd9, 0xd2, 0xc3}
	moss  = color{0x2c, 0x6b, 0x57}
	sun   = color{0xa5, 0x5a, 0x19}
	wash  = color{0xf7, 0xea, 0xd9}
	white = color{0xff, 0xff, 0xff}
)

// style is how a text looks; size is in points.
type style struct {
	face  face
	size  float64
	color color
}

// leading is the distance of two lines of a style, mm.
func (s style) leading() float64 { return s.size * 0.52 }

// sheet is the page being set: a document, what its fonts cover, and how far
// down it is filled.
type sheet struct {
	pdf    *fpdf.Fpdf
	covers map[face]*coverage
	y      float64 // mm from the top
	air    float64 // mm more between parts, when there is room
}

// missing stands for a character that no font here draws.
const missing = '\uFFFD'

// drawable is a text as the page can show it: composed, on one line, and with
// what no font draws, or what turns the direction of writing, replaced.
func (s *sheet) drawable(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return missing
		case s.covers[sans].has(r), isHan(r) && s.covers[han] != nil && s.covers[han].has(r):
			return r
		}
		return missing
	}, norm.NFC.String(text))
}

// needsHan reports whether a text has characters of the large font.
func needsHan(text string) bool { return strings.ContainsFunc(text, isHan) }

// isHan tells the characters of the Han face: from the radicals up, but for
// the mark of what is missing.
func isHan(r rune) bool { return r >= 0x2e80 && r != missing }

// faceOf is the face that draws a character of a text.
func (s *sheet) faceOf(st style, r rune) face {
	if isHan(r) && s.covers[han] != nil {
		return han
	}
	return st.face
}

// runs cuts a text where the face changes.
func (s *sheet) runs(st style, text string, each func(f face, run string)) {
	start, current := 0, face("")
	for i, r := range text {
		f := s.faceOf(st, r)
		if f != current && i > start {
			each(current, text[start:i])
			start = i
		}
		current = f
	}
	if start < len(text) {
		each(current, text[start:])
	}
}

// width is how long a text is on one line, mm.
func (s *sheet) width(st style, text string) float64 {
	total := 0.0
	s.runs(st, text, func(f face, run string) {
		s.pdf.SetFont(string(f), "", st.size)
		total += s.pdf.GetStringWidth(run)
	})
	return total
}

// write puts a text on one line; y is its baseline. It returns its width.
func (s *sheet) write(x, y float64, st style, text string) float64 {
	s.pdf.SetTextColor(st.color[0], st.color[1], st.color[2])
	start := x
	s.runs(st, text, func(f face, run string) {
		s.pdf.SetFont(string(f), "", st.size)
		// The Han face has one weight: a stroke around it makes it bold.
		strong := f == han && (st.face == bold || st.face == serif)
		if strong {
			s.stroke(st.color, st.size*0.009)
			s.pdf.SetTextRenderingMode(2)
		}
		s.pdf.Text(x, y, run)
		if strong {
			s.pdf.SetTextRenderingMode(0)
		}
		x += s.pdf.GetStringWidth(run)
	})
	return x - start
}

// block writes a text in lines of at most a width; the first baseline is y.
// Of more lines than most, the last ends with an ellipsis. It returns the
// baseline after the last line.
func (s *sheet) block(x, y, width float64, st style, most int, text string) float64 {
	lines := s.lines(st, width, text)
	if len(lines) > most {
		lines = append(lines[:most-1:most-1], s.shorten(st, width, lines[most-1]))
	}
	for _, l := range lines {
		s.write(x, y, st, l)
		y += st.leading()
	}
	return y
}

// shorten cuts a line so that an ellipsis fits behind it.
func (s *sheet) shorten(st style, width float64, text string) string {
	runes := []rune(text)
	for len(runes) > 0 && s.width(st, string(runes)+"…") > width {
		runes = runes[:len(runes)-1]
	}
	return string(runes) + "…"
}

// lines breaks a text: where it says so, at spaces, between Chinese characters as their
// punctuation allows, and anywhere when a word alone is too long.
func (s *sheet) lines(st style, width float64, text string) []string {
	var out []string
	for paragraph := range strings.SplitSeq(text, "\n") {
		rest := []rune(paragraph)
		for len(rest) > 0 {
			end := s.fit(st, width, rest)
			out = append(out, strings.TrimSpace(string(rest[:end])))
			rest = []rune(strings.TrimLeft(string(rest[end:]), " "))
		}
	}
	return out
}

// fit is how many characters the next line takes, one at least.
func (s *sheet) fit(st style, width float64, text []rune) int {
	used, at := 0.0, 0
	for i, r := range text {
		used += s.width(st, string(r))
		if used > width && i > 0 && r != ' ' {
			if at > 0 {
				return at
			}
			return i
		}
		if mayBreak(text, i) {
			at = i + 1
		}
	}
	return len(text)
}

// mayBreak reports whether a line may end after a character.
func mayBreak(text []rune, i int) bool {
	if i+1 == len(text) {
		return false
	}
	r, next := text[i], text[i+1]
	if r == ' ' {
		return true
	}
	return (isHan(r) || isHan(next)) && !strings.ContainsRune("（《「“‘", r) && !strings.ContainsRune("，。、；：！？）》」”’—…", next)
}

func (s *sheet) fill(c color) { s.pdf.SetFillColor(c[0], c[1], c[2]) }

// stroke sets the color and the width, mm, of lines.
func (s *sheet) stroke(c color, width float64) {
	s.pdf.SetDrawColor(c[0], c[1], c[2])
	s.pdf.SetLineWidth(width)
}

func (s *sheet) rule(x, y, width float64, c color) {
	s.stroke(c, 0.25)
	s.pdf.Line(x, y, x+width, y)
}
