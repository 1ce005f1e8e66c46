package web

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/labstack/echo/v4"
)

// Pages are compressed whole, after they are rendered whole. The fastest level
// takes a fifth of the time of the usual one and gives a tenth more bytes.
const (
	pageLevel = gzip.BestSpeed
	// worthwhile is the size from which compressing saves a packet.
	worthwhile = 1024
	// keptBuffer bounds the buffers kept for the next page, in bytes.
	keptBuffer = 256 << 10
)

var (
	pageBuffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}
	compressors = sync.Pool{New: func() any {
		w, err := gzip.NewWriterLevel(io.Discard, pageLevel)
		if err != nil {
			panic("web: " + err.Error()) // the level is out of range
		}
		return w
	}}
)

func takeBuffer() *bytes.Buffer { return pageBuffers.Get().(*bytes.Buffer) }

func giveBuffer(b *bytes.Buffer) {
	if b.Cap() <= keptBuffer {
		b.Reset()
		pageBuffers.Put(b)
	}
}

// pack answers with a page, compressed if the visitor's browser can read that.
func pack(c Ctx, status int, contentType string, page []byte) error {
	h := c.Response().Header()
	h.Add(echo.HeaderVary, "Accept-Encoding")
	if len(page) >= worthwhile && takesGzip(c.Request()) {
		packed := takeBuffer()
		defer giveBuffer(packed)
		if err := compress(packed, page); err != nil {
			return err
		}
		h.Set(echo.HeaderContentEncoding, "gzip")
		page = packed.Bytes()
	}
	h.Set(echo.HeaderContentLength, strconv.Itoa(len(page)))
	return c.Blob(status, contentType, page)
}

// compress writes page to b, compressed.
func compress(b *bytes.Buffer, page []byte) error {
	w := compressors.Get().(*gzip.Writer)
	defer compressors.Put(w)
	w.Reset(b)
	if _, err := w.Write(page); err != nil {
		return err
	}
	return w.Close()
}

// takesGzip reports whether the visitor's browser can read it.
func takesGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		if name == "gzip" {
			q, err := strconv.ParseFloat(strings.TrimPrefix(strings.TrimSpace(weight), "q="), 64)
			return err != nil || q > 0 // without a weight it is wanted
		}
	}
	return false
}
