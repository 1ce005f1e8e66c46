package ui

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/skip2/go-qrcode"
)

// What the strokes draw is the code, module for module, inside a quiet zone of
// four.
func TestQRDrawsEveryModule(t *testing.T) {
	for _, text := range []string{"x", "LIGHTNING:" + strings.Repeat("LNBCRT1", 40), "bitcoin:BCRT1Q?amount=0.00001234&lightning=LNBCRT1"} {
		code, err := qrcode.New(text, qrcode.Low)
		if err != nil {
			t.Fatal(err)
		}
		want := code.Bitmap()
		drawing, err := drawQR(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := painted(t, drawing); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%.20s: the drawing differs from the code", text)
		}
		for i := range drawing.Side {
			for j := range 4 {
				if want[i][j] || want[j][i] || want[i][drawing.Side-1-j] || want[drawing.Side-1-j][i] {
					t.Fatalf("%.20s: the quiet zone is not quiet at %d, %d", text, i, j)
				}
			}
		}
	}
	if _, err := drawQR(strings.Repeat("a", 4000)); err == nil {
		t.Error("4,000 bytes fit no code")
	}
}

var stroke = regexp.MustCompile(`M(\d+) (\d+)\.5h(\d+)|m(\d+) 0h(\d+)`)

// painted follows the strokes with a pen.
func painted(t *testing.T, d qrDrawing) [][]bool {
	t.Helper()
	grid := make([][]bool, d.Side)
	for i := range grid {
		grid[i] = make([]bool, d.Side)
	}
	if rest := stroke.ReplaceAllString(d.Path, ""); rest != "" {
		t.Fatalf("strokes that nobody expects: %q", rest)
	}
	number := func(s string) int {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	x, y := 0, 0
	for _, m := range stroke.FindAllStringSubmatch(d.Path, -1) {
		length := m[5]
		if m[1] != "" {
			x, y, length = number(m[1]), number(m[2]), m[3]
		} else {
			x += number(m[4])
		}
		for range number(length) {
			grid[y][x] = true
			x++
		}
	}
	return grid
}

func TestQRCodesAreKeptAndBounded(t *testing.T) {
	for i := range qrCached + 20 {
		if _, err := drawQR(strconv.Itoa(i)); err != nil {
			t.Fatal(err)
		}
	}
	qrCodes.Lock()
	defer qrCodes.Unlock()
	if len(qrCodes.byText) != qrCached || len(qrCodes.order) != qrCached {
		t.Errorf("%d codes are kept, %d in order", len(qrCodes.byText), len(qrCodes.order))
	}
}

func BenchmarkQR(b *testing.B) {
	text := "LIGHTNING:" + strings.Repeat("LNBCRT1", 40)
	for i := range b.N {
		if _, err := drawQR(text + strconv.Itoa(i)); err != nil {
			b.Fatal(err)
		}
	}
}
