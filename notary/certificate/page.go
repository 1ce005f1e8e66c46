package certificate

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"github.com/skip2/go-qrcode"
)

// The page is A4 upright; all lengths are mm.
const (
	pageWidth = 210.0
	pageEnd   = 284.0 // where the foot stands
	rest      = 139.0 // what follows the claim takes at most
	left      = 22.0
	right     = pageWidth - left
	full      = right - left
	qrSide    = 36.0
)

// print sets the page and returns the document.
func (c *certified) print() ([]byte, error) {
	s, err := c.set()
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := s.pdf.Output(&out); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// set fills the page.
func (c *certified) set() (*sheet, error) {
	pdf := fpdf.New("P", "mm", "A4", "")
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetMargins(0, 0, 0)
	c.describe(pdf)
	s := &sheet{pdf: pdf, covers: map[face]*coverage{}}
	faces := []face{serif, sans, bold, mono}
	if c.Language == Chinese || needsHan(c.Name) {
		faces = append(faces, han)
	}
	for _, f := range faces {
		covers, err := f.add(pdf)
		if err != nil {
			return nil, err
		}
		s.covers[f] = covers
	}
	pdf.AddPage()
	c.head(s)
	c.claim(s)
	s.air = min(6.5, max(0, (pageEnd-9-rest-s.y)/4))
	c.way(s)
	if err := c.facts(s); err != nil {
		return nil, err
	}
	c.meaning(s)
	c.checking(s)
	c.foot(s)
	return s, pdf.Error()
}

// describe sets what readers and archives see of the document, and attaches
// the proof.
func (c *certified) describe(pdf *fpdf.Fpdf) {
	made := c.Made.UTC().Truncate(time.Second)
	pdf.SetCatalogSort(true) // equal input, equal bytes
	pdf.SetCreationDate(made)
	pdf.SetModificationDate(made)
	pdf.SetLang(string(c.Language))
	pdf.SetTitle(c.words.title+" "+c.digest[:8], true)
	pdf.SetSubject(c.words.subject, true)
	pdf.SetAuthor(c.words.author, true)
	pdf.SetCreator("Cairn", true)
	pdf.SetProducer("Cairn", true)
	pdf.SetKeywords(c.hash+" "+c.digest, true)
	pdf.SetDisplayMode("fullpage", "single")
	pdf.SetAttachments([]fpdf.Attachment{{Content: c.Proof, Filename: c.file, Description: "OpenTimestamps"}})
}

// head is the sign, the kind of document, and on a test network the warning.
func (c *certified) head(s *sheet) {
	const scale = 0.068
	s.stone(0, left, 14+88*scale, scale, stones[0].fill)
	s.stone(1, left+12*scale, 14+55*scale, scale, stones[2].fill)
	s.stone(2, left+24*scale, 14+26*scale, scale, moss)
	s.write(left+11, 21.4, style{bold, 12, ink}, "Cairn")
	kicker := style{sans, 10, soft}
	s.write(right-s.width(kicker, c.words.kicker), 21.2, kicker, c.words.kicker)
	s.rule(left, 26.5, full, line)
	s.y = 44
	if !c.Network.Real() {
		s.fill(wash)
		s.pdf.Rect(left, 31, full, 9, "F")
		label := style{bold, 9, sun}
		w := s.write(left+4, 36.7, label, c.words.sandbox)
		s.write(left+8+w, 36.7, style{sans, 9, ink}, c.words.sandboxText(string(c.Network)))
		s.y = 53
	}
}

// claim is the sentence the page is for, the file, and the finished pile.
func (c *certified) claim(s *sheet) {
	const width = 116
	top := s.y
	headline := style{serif, 25, ink}
	if c.Language == Chinese {
		headline = style{bold, 23, ink}
	}
	s.y = s.block(left, s.y+4, width, headline, 4, c.words.claim(c.words.day(c.time)))
	for i, stone := range stones {
		const scale = 0.235
		s.stone(i, 142+stone.x*scale, top-19+stone.y*scale, scale, stone.fill)
	}
	s.y -= 2
	if c.Name == "" {
		s.y = s.block(left, s.y, width, style{sans, 10, soft}, 2, c.words.unnamed)
	} else {
		s.y = s.block(left, s.y, width, style{bold, 11.5, ink}, 3, s.drawable(c.Name))
		s.y = s.block(left, s.y, width, style{sans, 8, soft}, 2, c.words.said)
	}
	s.y += 3.5
	s.write(left, s.y, style{sans, 8.5, soft}, c.words.digest+" · "+c.hash)
	s.y += 6
	for _, row := range grouped(c.digest, 8) {
		s.write(left, s.y, style{mono, 11, ink}, row)
		s.y += 5.6
	}
	s.y = max(s.y, top+28) + 5
}

// grouped writes hexadecimal digits in groups of four, so many to a line.
func grouped(digits string, groups int) []string {
	var rows []string
	for len(digits) > 0 {
		var row []string
		for range groups {
			if n := min(4, len(digits)); n > 0 {
				row, digits = append(row, digits[:n]), digits[n:]
			}
		}
		rows = append(rows, strings.Join(row, " "))
	}
	return rows
}

// way draws how one gets from the file to the block.
func (c *certified) way(s *sheet) {
	const radius = 7.0
	title, note := style{bold, 9, ink}, style{sans, 8, soft}
	notes := [5]string{c.words.wayNote, short(c.digest), c.words.steps(c.steps), short(c.txid), c.words.day(c.time)}
	titles := c.words.way
	titles[4] = c.words.block(thousands(c.Height))
	step := full / 5
	s.y += s.air
	s.stroke(moss, 0.5)
	s.pdf.Line(left+step/2, s.y+radius, right-step/2, s.y+radius)
	for i := range titles {
		x := left + step*(float64(i)+0.5)
		s.fill(white)
		s.stroke(moss, 0.5)
		s.pdf.Circle(x, s.y+radius, radius, "FD")
		s.pdf.SetLineCapStyle("round")
		s.pdf.SetLineJoinStyle("round")
		s.stroke(moss, 0.42)
		draw(s.pdf, glyphs[i], x-4, s.y+radius-4, 0.25, "D")
		s.center(x, s.y+2*radius+5, title, titles[i])
		s.center(x, s.y+2*radius+9.2, note, notes[i])
	}
	s.y += 2*radius + 18 + s.air
}

func (s *sheet) center(x, y float64, st style, text string) {
	s.write(x-s.width(st, text)/2, y, st, text)
}

// short is the beginning and the end of a hash.
func short(hash string) string {
	if hash == "" {
		return ""
	}
	return hash[:6] + "…" + hash[len(hash)-4:]
}

// facts are the block in its own terms, and the code that leads to the page.
func (c *certified) facts(s *sheet) error {
	top := s.y
	width := full
	if c.Page != "" {
		width -= qrSide + 8
		if err := c.code(s, right-qrSide, top-4); err != nil {
			return err
		}
	}
	s.rule(left, top-5, width, line)
	values := []string{
		thousands(c.Height), c.time.Format("2006-01-02 15:04:05") + " UTC",
		c.block, c.root, c.txid, c.Made.UTC().Format(time.DateOnly),
	}
	for i, value := range values {
		if value == "" {
			continue
		}
		s.write(left, s.y, style{sans, 8.5, soft}, c.words.facts[i])
		look := style{sans, 8.5, ink}
		if len(value) == 64 {
			look = style{mono, 7.6, ink}
			s.write(left+29, s.y, look, value[:32])
			s.y += 3.6
			value = value[32:]
		}
		s.write(left+29, s.y, look, value)
		s.y += 5.2
	}
	s.y = max(s.y, top+qrSide+4) + 2 + s.air
	return nil
}

// code is a QR of the page's address, black on white with its quiet zone of
// four modules (ISO/IEC 18004).
func (c *certified) code(s *sheet, x, y float64) error {
	qr, err := qrcode.New(c.Page, qrcode.Medium)
	if err != nil {
		return err
	}
	rows := qr.Bitmap()
	module := qrSide / float64(len(rows))
	s.fill(color{})
	for i, row := range rows {
		for j := 0; j < len(row); j++ {
			from := j
			for j < len(row) && row[j] {
				j++
			}
			if j > from {
				// A hair more than its height, lest rows show gaps.
				s.pdf.Rect(x+float64(from)*module, y+float64(i)*module, float64(j-from)*module, module+0.02, "F")
			}
		}
	}
	s.pdf.LinkString(x, y, qrSide, qrSide, c.Page)
	s.center(x+qrSide/2, y+qrSide+1.5, style{sans, 8, soft}, c.words.scan)
	return nil
}

// meaning says what the page is worth, and what not.
func (c *certified) meaning(s *sheet) {
	const column = (full - 10) / 2
	title, text := style{bold, 10, ink}, style{sans, 8.6, ink}
	s.rule(left, s.y, full, line)
	s.y += 7
	other := left + column + 10
	s.write(left, s.y, title, c.words.proves)
	s.write(other, s.y, title, c.words.not)
	end := s.block(left, s.y+5.4, column, text, 8, c.words.provesText)
	y := s.y + 5.4
	last := len(c.words.notText) - 1
	for _, item := range c.words.notText[:last] {
		s.write(other, y, style{bold, 8.6, moss}, "–")
		y = s.block(other+4, y, column-4, text, 3, item)
	}
	y = s.block(other, y+0.8, column, style{sans, 8, soft}, 5, c.words.notText[last])
	s.y = max(end, y) + 4 + s.air
}

// checking is how anybody checks the proof on his own.
func (c *certified) checking(s *sheet) {
	text := style{sans, 8.6, ink}
	s.write(left, s.y, style{bold, 10, ink}, c.words.check)
	s.y += 5.4
	for i, item := range c.words.checkText {
		s.write(left, s.y, style{bold, 8.6, moss}, strconv.Itoa(i+1))
		s.y = s.block(left+5, s.y, full-5, text, 3, item) + 0.4
	}
}

// foot names the attachment and the page.
func (c *certified) foot(s *sheet) {
	small := style{sans, 7.6, soft}
	s.rule(left, pageEnd-5, full, line)
	s.write(left, pageEnd, small, s.shortenMiddle(small, full*0.5, s.drawable(c.words.attached(c.file))))
	if c.Page != "" {
		address := s.shortenMiddle(small, full*0.46, c.Page)
		w := s.width(small, address)
		s.write(right-w, pageEnd, small, address)
		s.pdf.LinkString(right-w, pageEnd-3, w, 4, c.Page)
	}
}

// shortenMiddle keeps the beginning and the end of a line that is too long.
func (s *sheet) shortenMiddle(st style, width float64, text string) string {
	runes := []rune(text)
	if s.width(st, text) <= width {
		return text
	}
	for keep := len(runes) - 1; keep > 2; keep-- {
		cut := string(runes[:keep-keep/2]) + "…" + string(runes[len(runes)-keep/2:])
		if s.width(st, cut) <= width {
			return cut
		}
	}
	return "…"
}

// stone draws one stone with its upper left corner at x and y.
func (s *sheet) stone(i int, x, y, scale float64, c color) {
	s.fill(c)
	draw(s.pdf, stones[i].path, x, y, scale, "F")
}

// thousands writes a height with a comma at every third digit.
func thousands(n int32) string {
	digits := strconv.Itoa(int(n))
	var out []string
	for len(digits) > 3 {
		out = append([]string{digits[len(digits)-3:]}, out...)
		digits = digits[:len(digits)-3]
	}
	return strings.Join(append([]string{digits}, out...), ",")
}
