package covers

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

type clock struct{ now time.Time }

func newCovers(t testing.TB) (*Covers, *Folder, *clock) {
	t.Helper()
	at := &clock{time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	folder, err := OpenFolder(filepath.Join(t.TempDir(), "covers"), func() time.Time { return at.now })
	if err != nil {
		t.Fatal(err)
	}
	return New(Config{Store: folder, Now: func() time.Time { return at.now }}), folder, at
}

// quarters is a picture whose quarters are red, green, blue and yellow, in
// reading order.
func quarters(w, h int) *image.RGBA {
	p := image.NewRGBA(image.Rect(0, 0, w, h))
	for i, c := range colors {
		at := image.Pt(i%2*w/2, i/2*h/2)
		draw.Draw(p, image.Rectangle{at, at.Add(image.Pt(w-w/2, h-h/2))}, image.NewUniform(c), image.Point{}, draw.Src)
	}
	return p
}

var colors = []color.RGBA{{200, 0, 0, 255}, {0, 200, 0, 255}, {0, 0, 200, 255}, {200, 200, 0, 255}}

// order says which of the colors is in each quarter.
func order(p image.Image) (found string) {
	b := p.Bounds()
	for i := range 4 {
		r, g, bl, _ := p.At(b.Min.X+b.Dx()/4+i%2*b.Dx()/2, b.Min.Y+b.Dy()/4+i/2*b.Dy()/2).RGBA()
		for k, c := range colors {
			if near(r, c.R) && near(g, c.G) && near(bl, c.B) {
				found += "RGBY"[k : k+1]
			}
		}
	}
	return found
}

func near(got uint32, want uint8) bool {
	d := int(got>>8) - int(want)
	return d > -30 && d < 30
}

func asJPEG(t testing.TB, p image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, p, &jpeg.Options{Quality: 90}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asPNG(t testing.TB, p image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// exifOf is Exif data that says how a picture lies, and where it was taken.
func exifOf(order binary.AppendByteOrder, orientation uint16) []byte {
	tiff := []byte("II*\x00")
	if order == binary.AppendByteOrder(binary.BigEndian) {
		tiff = []byte("MM\x00*")
	}
	tiff = order.AppendUint32(tiff, 8)
	tiff = order.AppendUint16(tiff, 2)
	for _, entry := range []struct{ tag, value uint16 }{{0x0100, 7}, {0x0112, orientation}} {
		tiff = order.AppendUint16(tiff, entry.tag)
		tiff = order.AppendUint16(tiff, 3)
		tiff = order.AppendUint32(tiff, 1)
		tiff = order.AppendUint16(tiff, entry.value)
		tiff = order.AppendUint16(tiff, 0)
	}
	return append(tiff, "GPS 48.85 N 2.29 E"...)
}

func withExif(jpeg, exif []byte) []byte {
	body := append([]byte("Exif\x00\x00"), exif...)
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(body)+2))
	return append(append(append([]byte{}, jpeg[:2]...), append(segment, body...)...), jpeg[2:]...)
}

// chunk is one of a PNG.
func chunk(kind string, body []byte) []byte {
	c := append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), kind...)
	c = append(c, body...)
	return binary.BigEndian.AppendUint32(c, crc32.ChecksumIEEE(c[4:]))
}

func (c *Covers) mustPut(t testing.TB, raw []byte) string {
	t.Helper()
	name, err := c.Put(t.Context(), bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return name
}

func (c *Covers) picture(t testing.TB, name string, width int) (image.Image, []byte) {
	t.Helper()
	file, err := c.Open(context.Background(), name, width)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(file)
	if err = errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
	p, err := jpeg.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return p, raw
}

func TestSizes(t *testing.T) {
	c, folder, _ := newCovers(t)
	for _, test := range []struct {
		w, h int
		want []Size
	}{
		{2000, 1000, []Size{{480, 240}, {960, 480}, {1600, 800}}},
		{1600, 900, []Size{{480, 270}, {960, 540}, {1600, 900}}},
		{1000, 500, []Size{{480, 240}, {960, 480}, {1000, 500}}},
		{480, 300, []Size{{480, 300}}},
		{200, 300, []Size{{200, 300}}},
		{1, 1, []Size{{1, 1}}},
		{5000, 3, []Size{{480, 1}, {960, 1}, {1600, 1}}},
		{3, 5000, []Size{{1, 3200}}},
		{1700, 6800, []Size{{480, 1920}, {800, 3200}}},
	} {
		name := c.mustPut(t, asPNG(t, quarters(test.w, test.h)))
		sizes := Sizes(name)
		if fmt.Sprint(sizes) != fmt.Sprint(test.want) {
			t.Errorf("%d × %d: kept in %v, want %v", test.w, test.h, sizes, test.want)
		}
		if widths, height := c.Widths(name); len(widths) != len(sizes) || height != sizes[len(sizes)-1].Height {
			t.Errorf("%d × %d: widths %v, height %d", test.w, test.h, widths, height)
		}
		for _, s := range sizes {
			if p, _ := c.picture(t, name, s.Width); p.Bounds() != image.Rect(0, 0, s.Width, s.Height) {
				t.Errorf("%d × %d: size %v is %v", test.w, test.h, s, p.Bounds())
			}
		}
		if again := c.mustPut(t, asPNG(t, quarters(test.w, test.h))); again != name {
			t.Errorf("the same picture is %s, then %s", name, again)
		}
	}
	name := c.mustPut(t, asPNG(t, quarters(1000, 500)))
	for width, want := range map[int]int{1: 480, 480: 480, 481: 960, 960: 960, 961: 1000, 9999: 1000} {
		if p, _ := c.picture(t, name, width); p.Bounds().Dx() != want {
			t.Errorf("asked for %d: got %d, want %d", width, p.Bounds().Dx(), want)
		}
	}
	_ = folder.List(t.Context(), func(file string, _ time.Time) error {
		if info, err := os.Stat(filepath.Join(folder.path, file)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", file, info, err)
		}
		return nil
	})
}

// A picture stands upright however the camera was held, and nothing that the
// camera wrote is served.
func TestOrientation(t *testing.T) {
	c, _, _ := newCovers(t)
	upright := quarters(120, 80)
	for o := uint16(1); o <= 8; o++ {
		lying := turn(upright, []int{0, 1, 2, 3, 4, 5, 8, 7, 6}[o]) // 6 and 8 undo each other
		little, big := exifOf(binary.LittleEndian, o), exifOf(binary.BigEndian, o)
		files := map[string][]byte{
			"jpeg":     withExif(asJPEG(t, lying), little),
			"jpeg, MM": withExif(asJPEG(t, lying), big),
		}
		plain := asPNG(t, lying)
		end := len(plain) - 12
		files["png"] = append(append(append([]byte{}, plain[:33]...), chunk("eXIf", big)...), plain[33:]...)
		files["png, at the end"] = append(append(append([]byte{}, plain[:end]...), chunk("eXIf", little)...), plain[end:]...)
		for kind, raw := range files {
			name := c.mustPut(t, raw)
			p, stored := c.picture(t, name, 480)
			if p.Bounds().Dx() != 120 || p.Bounds().Dy() != 80 || order(p) != "RGBY" {
				t.Errorf("%s, orientation %d: %v, %s", kind, o, p.Bounds(), order(p))
			}
			if bytes.Contains(stored, []byte("Exif")) || bytes.Contains(stored, []byte("GPS")) {
				t.Errorf("%s: the camera's words are served", kind)
			}
		}
	}
}

func TestWebP(t *testing.T) {
	c, _, _ := newCovers(t)
	for _, file := range []string{"lossy.webp", "alpha.webp"} {
		raw, err := os.ReadFile("testdata/" + file)
		if err != nil {
			t.Fatal(err)
		}
		p, _ := c.picture(t, c.mustPut(t, raw), 1600)
		if file == "alpha.webp" { // transparent corners are white
			if r, g, b, _ := p.At(0, 0).RGBA(); r>>8 < 250 || g>>8 < 250 || b>>8 < 250 {
				t.Errorf("a transparent corner is %d %d %d", r>>8, g>>8, b>>8)
			}
		}
		// The same with Exif data behind it, which turns it.
		exif := exifOf(binary.LittleEndian, 6)
		long := append(append([]byte{}, raw...), "EXIF"...)
		long = binary.LittleEndian.AppendUint32(long, uint32(len(exif)))
		long = append(long, exif...)
		binary.LittleEndian.PutUint32(long[4:], uint32(len(long)-8))
		turned, _ := c.picture(t, c.mustPut(t, long), 1600)
		if turned.Bounds().Dx() != p.Bounds().Dy() || turned.Bounds().Dy() != p.Bounds().Dx() {
			t.Errorf("%s: turned to %v from %v", file, turned.Bounds(), p.Bounds())
		}
	}
}

// hugePNG says that it has so many pixels, and has one.
func hugePNG(t testing.TB, w, h uint32) []byte {
	raw := asPNG(t, image.NewGray(image.Rect(0, 0, 1, 1)))
	header := append([]byte{}, raw[16:29]...)
	binary.BigEndian.PutUint32(header, w)
	binary.BigEndian.PutUint32(header[4:], h)
	return append(append(append([]byte{}, raw[:8]...), chunk("IHDR", header)...), raw[33:]...)
}

func TestRefused(t *testing.T) {
	c, folder, _ := newCovers(t)
	jpg := asJPEG(t, quarters(64, 64))
	scans := append(append([]byte{}, jpg[:len(jpg)-2]...), bytes.Repeat([]byte{0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 0}, 5000)...)
	gif := []byte("GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00!\xf9\x04\x00\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;")
	for what, test := range map[string]struct {
		raw  []byte
		want ErrorKind
	}{
		"nothing":             {nil, ErrNotPicture},
		"text":                {[]byte("not a picture"), ErrNotPicture},
		"a drawing":           {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), ErrNotPicture},
		"a GIF":               {gif, ErrNotPicture},
		"half a JPEG":         {jpg[:len(jpg)/2], ErrNotPicture},
		"a head of a JPEG":    {jpg[:4], ErrNotPicture},
		"50,000 px wide":      {hugePNG(t, 50_000, 10), ErrTooManyPixels},
		"12,001 px high":      {hugePNG(t, 10, 12_001), ErrTooManyPixels},
		"26 megapixels":       {hugePNG(t, 6500, 4000), ErrTooManyPixels},
		"no pixels":           {hugePNG(t, 0, 5), ErrNotPicture},
		"fewer than it says":  {hugePNG(t, 2000, 2000), ErrNotPicture},
		"built up for ever":   {scans, ErrNotPicture},
		"9 MB":                {append(append([]byte{}, jpg...), make([]byte, 9<<20)...), ErrTooLarge},
		"8 MB and a byte":     {append(append([]byte{}, jpg...), make([]byte, MaxBytes+1-len(jpg))...), ErrTooLarge},
		"a WebP of no frames": {[]byte("RIFF\x04\x00\x00\x00WEBP"), ErrNotPicture},
	} {
		if _, err := c.Put(t.Context(), bytes.NewReader(test.raw)); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", what, err, test.want)
		}
	}
	files := 0
	_ = folder.List(t.Context(), func(string, time.Time) error { files++; return nil })
	if files != 0 {
		t.Errorf("%d files are left of what was refused", files)
	}
	// Exactly 8 MB is taken: what follows a picture does no harm and is gone.
	name := c.mustPut(t, append(append([]byte{}, jpg...), bytes.Repeat([]byte("<script>"), (MaxBytes-len(jpg))/8)...))
	if _, raw := c.picture(t, name, 480); bytes.Contains(raw, []byte("<script>")) {
		t.Error("what followed the picture is served")
	}
}

func TestUnknownNames(t *testing.T) {
	c, folder, _ := newCovers(t)
	name := c.mustPut(t, asJPEG(t, quarters(500, 500)))
	if err := os.WriteFile(filepath.Join(folder.path, "..", "secret"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []string{
		"", "../secret", name + "/..", strings.ToUpper(name), name + "0", " " + name, name[1:], strings.Replace(name, "500", "+500", 1),
		strings.Repeat("0", 32) + "-500x500", strings.Repeat("0", 32) + "-9999x1", strings.Repeat("0", 32) + "-0x0", strings.Repeat("g", 32) + "-500x500",
	} {
		if _, err := c.Open(t.Context(), wrong, 480); !errors.Is(err, ErrUnknown) {
			t.Errorf("%q: %v", wrong, err)
		}
		if there, err := c.Has(t.Context(), wrong); there || err != nil {
			t.Errorf("%q is there: %v, %v", wrong, there, err)
		}
	}
	if there, err := c.Has(t.Context(), name); !there || err != nil {
		t.Errorf("it is not there: %v, %v", there, err)
	}
	for _, wrong := range []string{"", ".", "..", ".hidden", "a/b", `a\b`, "A", "a b"} {
		if err := folder.Put(t.Context(), wrong, nil); !errors.Is(err, ErrUnknown) {
			t.Errorf("stored %q: %v", wrong, err)
		}
	}
}

func TestSweep(t *testing.T) {
	c, folder, at := newCovers(t)
	ctx := t.Context()
	shown := c.mustPut(t, asPNG(t, quarters(1000, 100)))
	chosen := c.mustPut(t, asPNG(t, quarters(1000, 200)))
	left := c.mustPut(t, asPNG(t, quarters(1000, 300)))
	used := func(_ context.Context, names []string) (map[string]bool, error) {
		return map[string]bool{shown: true}, nil
	}
	at.now = at.now.Add(20 * time.Hour)
	if there, err := c.Has(ctx, chosen); !there || err != nil {
		t.Fatal(there, err)
	}
	at.now = at.now.Add(5 * time.Hour)
	fresh := c.mustPut(t, asPNG(t, quarters(1000, 400)))
	if err := c.Sweep(ctx, used); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{shown: true, chosen: true, left: false, fresh: true} {
		if there, err := c.Has(ctx, name); there != want || err != nil {
			t.Errorf("%s is there: %v, %v, want %v", name, there, err, want)
		}
	}
	files := 0
	_ = folder.List(ctx, func(string, time.Time) error { files++; return nil })
	if files != 9 {
		t.Errorf("%d files are left", files)
	}
	fails := errors.New("no")
	at.now = at.now.Add(48 * time.Hour)
	if err := c.Sweep(ctx, func(context.Context, []string) (map[string]bool, error) { return nil, fails }); !errors.Is(err, fails) {
		t.Error(err)
	}
	if there, _ := c.Has(ctx, fresh); !there {
		t.Error("thrown away without an answer")
	}
}

// Many at once: each is taken, or told that too many are.
func TestManyAtOnce(t *testing.T) {
	c, _, _ := newCovers(t)
	raw := asPNG(t, quarters(1200, 800))
	var all sync.WaitGroup
	var mu sync.Mutex
	taken := 0
	for range 30 {
		all.Go(func() {
			_, err := c.Put(t.Context(), bytes.NewReader(raw))
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				taken++
			} else if !errors.Is(err, ErrBusy) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if taken == 0 {
		t.Error("none was taken")
	}
	c.mustPut(t, raw)
	ended, stop := context.WithCancel(t.Context())
	stop()
	c.decodes <- struct{}{}
	if _, err := c.Put(ended, bytes.NewReader(raw)); !errors.Is(err, context.Canceled) {
		t.Errorf("a visitor who went away: %v", err)
	}
}

func FuzzPut(f *testing.F) {
	small := quarters(20, 10)
	f.Add(asPNG(f, small))
	f.Add(asJPEG(f, small))
	f.Add(withExif(asJPEG(f, small), exifOf(binary.BigEndian, 6)))
	f.Add(hugePNG(f, 50_000, 50_000))
	for _, file := range []string{"lossy.webp", "alpha.webp"} {
		raw, err := os.ReadFile("testdata/" + file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	c, _, _ := newCovers(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		if format := formatOf(raw); format != nil {
			if cfg, err := format.config(raw); err == nil && cfg.Width*cfg.Height > 250_000 {
				t.Skip() // slow, and nothing else
			}
		}
		name, err := c.Put(context.Background(), bytes.NewReader(raw))
		if err != nil {
			if !errors.Is(err, ErrNotPicture) && !errors.Is(err, ErrTooManyPixels) {
				t.Fatalf("an error without a name: %v", err)
			}
			return
		}
		for _, s := range Sizes(name) {
			if p, _ := c.picture(t, name, s.Width); p.Bounds() != image.Rect(0, 0, s.Width, s.Height) {
				t.Fatalf("%s: %v is %v", name, s, p.Bounds())
			}
		}
	})
}

func BenchmarkPut24Megapixels(b *testing.B) {
	c, _, _ := newCovers(b)
	raw := asJPEG(b, quarters(6000, 4000))
	for b.Loop() {
		c.mustPut(b, raw)
	}
}

func TestShrinkMakesOneSmallJPEG(t *testing.T) {
	c, _, _ := newCovers(t)
	for _, width := range []int{300, 2000} {
		var raw bytes.Buffer
		if err := png.Encode(&raw, quarters(width, width/2)); err != nil {
			t.Fatal(err)
		}
		small, err := c.Shrink(t.Context(), raw.Bytes(), 480)
		if err != nil {
			t.Fatal(err)
		}
		p, err := jpeg.Decode(bytes.NewReader(small))
		if err != nil || p.Bounds().Dx() != min(width, 480) || order(p) != "RGBY" {
			t.Errorf("%d pixels wide: %v, %s, %v", width, p.Bounds(), order(p), err)
		}
	}
	if _, err := c.Shrink(t.Context(), []byte("<svg/>"), 480); !errors.Is(err, ErrNotPicture) {
		t.Error(err)
	}
}
