package ui

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/a-h/templ"
	"github.com/skip2/go-qrcode"
)

// QR draws a text as a code to be scanned: black on white in every theme, with
// its quiet zone. label says what it is for those who cannot see it.
func QR(text, label string) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		drawing, err := drawQR(text)
		if err != nil {
			return err
		}
		return qr(drawing, label).Render(ctx, w)
	})
}

// qrDrawing is a QR code as one path of strokes, each a run of dark modules.
type qrDrawing struct {
	// Side is in modules, with a quiet zone of four around (ISO/IEC 18004).
	Side int
	Path string
}

// qrCached bounds how many codes are kept; making one takes milliseconds, and
// a page that waits for a payment is asked for many times.
const qrCached = 512

var qrCodes = struct {
	sync.Mutex
	byText map[string]qrDrawing
	order  []string // the oldest first
}{byText: make(map[string]qrDrawing)}

// drawQR is the code of a text, of the lowest level of error correction, which
// makes the fewest modules. Errors: the text is too long for a code.
func drawQR(text string) (qrDrawing, error) {
	qrCodes.Lock()
	drawing, ok := qrCodes.byText[text]
	qrCodes.Unlock()
	if ok {
		return drawing, nil
	}
	code, err := qrcode.New(text, qrcode.Low)
	if err != nil {
		return qrDrawing{}, fmt.Errorf("a QR code of %d bytes: %w", len(text), err)
	}
	drawing = strokes(code.Bitmap())
	qrCodes.Lock()
	defer qrCodes.Unlock()
	if _, ok := qrCodes.byText[text]; !ok {
		if len(qrCodes.order) >= qrCached {
			delete(qrCodes.byText, qrCodes.order[0])
			qrCodes.order = qrCodes.order[1:]
		}
		qrCodes.byText[text] = drawing
		qrCodes.order = append(qrCodes.order, text)
	}
	return drawing, nil
}

// Strokes is a text as a QR code for a script to draw: its side in modules, and one
// path of strokes a module wide. Errors: the text is too long for a code.
func Strokes(text string) (side int, path string, err error) {
	drawing, err := drawQR(text)
	return drawing.Side, drawing.Path, err
}

// strokes draws each run of dark modules as a line along its middle, in moves
// relative to the last, which are the shortest to write.
func strokes(rows [][]bool) qrDrawing {
	var b strings.Builder
	for y, row := range rows {
		at := 0 // where the pen is
		for x := 0; x < len(row); {
			if !row[x] {
				x++
				continue
			}
			end := x
			for end < len(row) && row[end] {
				end++
			}
			if at == 0 {
				fmt.Fprintf(&b, "M%d %d.5h%d", x, y, end-x)
			} else {
				fmt.Fprintf(&b, "m%d 0h%d", x-at, end-x)
			}
			at, x = end, end
		}
	}
	return qrDrawing{Side: len(rows), Path: b.String()}
}
