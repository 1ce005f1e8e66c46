// Package sharecard draws the picture of a campaign that other sites show when
// somebody shares its address (PNG, 1200 by 630). It is drawn from shapes and
// from the fonts of certificates, which hold Chinese too.
package sharecard

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
)

// The size of the picture, in pixels, and what stands where.
const (
	Width, Height = 1200, 630

	left, textWide = 72, 720
	barTop, barEnd = 452, 476
)

// Card is what the picture shows.
type Card struct {
	Title, Creator string
	// Words are below the bar, State at its right end.
	Words, State string
	// Confirmed and Pending are thousandths of the goal.
	Confirmed, Pending int
	// Stones are the outlines of a pile (paths of M, C and Z in absolute whole
	// numbers) in a box 200 wide and 280 high, from the ground up; each is a tenth
	// of the goal.
	Stones []string
}

var (
	paper  = color.NRGBA{0xf6, 0xf3, 0xec, 0xff}
	ink    = color.NRGBA{0x1f, 0x1e, 0x1b, 0xff}
	soft   = color.NRGBA{0x62, 0x5d, 0x54, 0xff}
	ghost  = color.NRGBA{0xd9, 0xd2, 0xc3, 0xff}
	moss   = color.NRGBA{0x2c, 0x6b, 0x57, 0xff}
	sun    = color.NRGBA{0xd9, 0xa8, 0x77, 0xff}
	stoneA = color.NRGBA{0x7b, 0x75, 0x68, 0xff}
	stoneB = color.NRGBA{0xa3, 0x9c, 0x8c, 0xff}
)

// Draw draws a card and returns it as a PNG file. Errors: a font cannot be
// read, or an outline.
func Draw(c Card) ([]byte, error) {
	img := image.NewRGBA(image.Rect(0, 0, Width, Height))
	draw.Draw(img, img.Bounds(), image.NewUniform(paper), image.Point{}, draw.Src)
	if err := pile(img, c); err != nil {
		return nil, err
	}
	bar(img, c)
	w, err := newWriter(img)
	if err != nil {
		return nil, err
	}
	w.line("Cairn", left, 96, 30, moss, true)
	end := w.paragraph(c.Title, left, 178, textWide, 58, 3)
	w.line(w.fit(c.Creator, 30, textWide), left, end+10, 30, soft, false)
	w.line(c.Words, left, 536, 40, ink, true)
	w.line(c.State, left, 584, 28, soft, false)
	if w.err != nil {
		return nil, w.err
	}
	var b bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.DefaultCompression}
	if err := encoder.Encode(&b, img); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// pile draws the stones at the right.
func pile(img *image.RGBA, c Card) error {
	const scale, x, y = 1.72, 830, 62
	for i, outline := range c.Stones {
		colour := ghost
		switch low := i * 1000 / len(c.Stones); {
		case c.Confirmed >= 1000 && i == len(c.Stones)-1:
			colour = moss
		case c.Confirmed >= low+1000/len(c.Stones):
			colour = []color.NRGBA{stoneA, stoneB}[i%2]
		case c.Confirmed+c.Pending > low:
			colour = sun
		}
		if err := fill(img, outline, scale, x, y, colour); err != nil {
			return err
		}
	}
	return nil
}

// bar draws how far the campaign is.
func bar(img *image.RGBA, c Card) {
	at := left
	for _, part := range []struct {
		thousandths int
		colour      color.NRGBA
	}{{min(1000, c.Confirmed), moss}, {min(1000-min(1000, c.Confirmed), c.Pending), sun}, {1000, ghost}} {
		end := min(left+textWide, at+part.thousandths*textWide/1000)
		draw.Draw(img, image.Rect(at, barTop, end, barEnd), image.NewUniform(part.colour), image.Point{}, draw.Src)
		at = end
	}
}
