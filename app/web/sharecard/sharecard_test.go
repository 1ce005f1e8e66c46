package sharecard

import (
	"bytes"
	"image/color"
	"image/png"
	"os"
	"strings"
	"testing"
)

var sample = Card{
	Title: "A path over the north ridge", Creator: "North Ridge Friends", Words: "54 % of 2,000,000 sat", State: "12 days to go",
	Confirmed: 540, Pending: 80,
	Stones: []string{"M20 250C20 230 60 225 100 225C150 225 180 230 180 240C180 255 140 262 100 262C60 262 20 260 20 250Z", "M40 215C40 200 70 195 100 195C140 195 160 200 160 210C160 222 130 226 100 226C70 226 40 224 40 215Z"},
}

func decode(t *testing.T, c Card) func(x, y int) color.Color {
	t.Helper()
	raw, err := Draw(c)
	if err != nil {
		t.Fatal(err)
	}
	if len(raw) > 120_000 {
		t.Errorf("%d bytes", len(raw))
	}
	img, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	if b := img.Bounds(); b.Dx() != Width || b.Dy() != Height {
		t.Fatalf("size %v", b)
	}
	if dir := os.Getenv("CAIRN_SHARECARD"); dir != "" {
		if err := os.WriteFile(dir+"/"+strings.ReplaceAll(t.Name(), "/", "-")+".png", raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return func(x, y int) color.Color { return color.NRGBAModel.Convert(img.At(x, y)) }
}

func TestTheBarIsAsLongAsItsPart(t *testing.T) {
	at := decode(t, sample)
	y := (barTop + barEnd) / 2
	for _, want := range []struct {
		thousandths int
		colour      color.NRGBA
	}{{10, moss}, {535, moss}, {545, sun}, {615, sun}, {625, ghost}, {995, ghost}} {
		if got := at(left+want.thousandths*textWide/1000, y); got != want.colour {
			t.Errorf("at %d ‰: %v, want %v", want.thousandths, got, want.colour)
		}
	}
}

// inked counts the dark pixels of a part of the picture.
func inked(at func(x, y int) color.Color, x0, y0, x1, y1 int) (n int) {
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			if c := at(x, y).(color.NRGBA); c.R < 0x60 && c.G < 0x60 {
				n++
			}
		}
	}
	return n
}

// Chinese titles are really drawn: other characters give other pictures, and
// each has ink.
func TestTitlesOfBothLanguagesAreDrawn(t *testing.T) {
	counts := map[int]string{}
	for _, title := range []string{"A path over the north ridge", "山里的图书馆", "北岭步道，重新开放", "一"} {
		c := sample
		c.Title = title
		n := inked(decode(t, c), left, 120, left+textWide, 200)
		if n < 50 {
			t.Errorf("%q has %d dark pixels", title, n)
		}
		if other := counts[n]; other != "" {
			t.Errorf("%q looks like %q", title, other)
		}
		counts[n] = title
	}
}

func TestLongTitlesStayInTheirPlace(t *testing.T) {
	for name, title := range map[string]string{
		"words": strings.Repeat("very long words ", 30), "one word": strings.Repeat("a", 500), "chinese": strings.Repeat("山高路远", 60), "nothing": "",
		"strange": "\u0000\u202e😀\ufffd",
	} {
		t.Run(name, func(t *testing.T) {
			c := sample
			c.Title, c.Creator = title, title
			at := decode(t, c)
			if n := inked(at, left+textWide+4, 100, left+textWide+40, 440); n > 0 {
				t.Errorf("%d dark pixels beside its place", n)
			}
			if n := inked(at, left, barTop-14, left+textWide, barTop-2); n > 0 {
				t.Errorf("%d dark pixels above the bar", n)
			}
		})
	}
}

func TestOutlinesThatCannotBeReadAreRefused(t *testing.T) {
	for _, outline := range []string{"", "Z", "M1", "M1 2C3", "L1 2", "M1 2C1 2 3 4 5 xZ"} {
		c := sample
		c.Stones = []string{outline}
		if _, err := Draw(c); err == nil {
			t.Errorf("%q was drawn", outline)
		}
	}
}

func BenchmarkDraw(b *testing.B) {
	for range b.N {
		if _, err := Draw(sample); err != nil {
			b.Fatal(err)
		}
	}
}
