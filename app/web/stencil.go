package web

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"cairn/templates/i18n"

	"github.com/a-h/templ"
	"github.com/klauspost/compress/flate"
	"github.com/labstack/echo/v4"
)

const (
	// stencilLife is how old a page that many look at may be, as a rule.
	stencilLife = time.Second
	// staleStencil is how old it may be while it is being made anew.
	staleStencil = 5 * time.Second
	// stencilRoom bounds what is kept of pages, in bytes, and largeStencil one of
	// them.
	stencilRoom  = 64 << 20
	largeStencil = 1 << 20
)

// stencil is a page made once for many visitors: all of it but the nonces, which
// are new in each answer. It is compressed once, too: each part between the
// nonces ends on a byte, so that the answer is put together from finished
// pieces (RFC 1951, §3.2.4).
type stencil struct {
	parts, packed [][]byte
	size          int // of all parts
	tag           string
}

// cut makes a stencil of a page in which hole stands for the nonce.
func cut(page, hole []byte) (*stencil, error) {
	st := &stencil{}
	sum := sha256.New()
	for _, part := range bytes.Split(bytes.Clone(page), hole) {
		var b bytes.Buffer
		w, err := flate.NewWriter(&b, flate.BestCompression)
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(part); err != nil {
			return nil, err
		}
		if err := w.Flush(); err != nil {
			return nil, err
		}
		st.parts, st.packed, st.size = append(st.parts, part), append(st.packed, b.Bytes()), st.size+len(part)
		fmt.Fprintf(sum, "%d:", len(part))
		sum.Write(part)
	}
	st.tag = `W/"` + base64.RawURLEncoding.EncodeToString(sum.Sum(nil)[:15]) + `"`
	return st, nil
}

// fill writes the page with a nonce in its holes.
func (st *stencil) fill(b *bytes.Buffer, nonce string) {
	for i, part := range st.parts {
		if i > 0 {
			b.WriteString(nonce)
		}
		b.Write(part)
	}
}

// fillPacked writes the page as a gzip file (RFC 1952), the nonces as blocks
// that are not compressed.
func (st *stencil) fillPacked(b *bytes.Buffer, nonce string) {
	b.Write([]byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255})
	crc, size := uint32(0), 0
	for i, part := range st.parts {
		if i > 0 {
			b.Write([]byte{0, byte(len(nonce)), 0, ^byte(len(nonce)), 0xff})
			b.WriteString(nonce)
			crc, size = crc32.Update(crc, crc32.IEEETable, []byte(nonce)), size+len(nonce)
		}
		b.Write(st.packed[i])
		crc, size = crc32.Update(crc, crc32.IEEETable, part), size+len(part)
	}
	b.Write([]byte{1, 0, 0, 0xff, 0xff}) // the last block, empty
	var end [8]byte
	binary.LittleEndian.PutUint32(end[:4], crc)
	binary.LittleEndian.PutUint32(end[4:], uint32(size))
	b.Write(end[:])
}

func (st *stencil) weight() int {
	n := st.size
	for _, p := range st.packed {
		n += len(p)
	}
	return n
}

// stencils keeps pages for a moment. Who asks for one that is being made waits
// for it.
type stencils struct {
	secret func() ([]byte, error)

	mu    sync.Mutex
	pages map[string]*stencilled // guarded by mu
	bytes int                    // guarded by mu
}

// stencilled is a page that is made, or was.
type stencilled struct {
	made chan struct{} // closed when the rest is there
	at   time.Time
	st   *stencil
	err  error
	// These are guarded by the mu of its stencils: what it counts for, and that
	// somebody makes it anew.
	weight   int
	renewing bool
}

// good says that nobody has to make it now.
func (e *stencilled) good(now time.Time) bool {
	age := now.Sub(e.at)
	return age >= 0 && (age < stencilLife || (e.renewing && age < staleStencil))
}

func newStencils(secret func() ([]byte, error)) *stencils {
	return &stencils{secret: secret, pages: make(map[string]*stencilled)}
}

// hole is what stands for nonces: unknown outside, so that no text of anybody's
// can hold it, and of letters that markup does not change.
func (s *stencils) hole() (string, error) {
	key, err := s.secret()
	if err != nil {
		return "", err
	}
	return keyed(key, "stencils"), nil
}

// keyed is the first half of HMAC-SHA-256 in hexadecimal.
func keyed(key []byte, text string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// get is the page of that key, made by page unless it is there and not older
// than stencilLife. While one visitor has it made anew the others are given the
// old one.
func (s *stencils) get(ctx context.Context, key string, now time.Time, page func(ctx context.Context, w *bytes.Buffer) error) (*stencil, error) {
	s.mu.Lock()
	old := s.pages[key]
	if old != nil && old.good(now) {
		s.mu.Unlock()
		select {
		case <-old.made:
			return old.st, old.err
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	fresh := &stencilled{made: make(chan struct{}), at: now}
	if old != nil {
		old.renewing = true
	} else {
		s.pages[key] = fresh
	}
	s.mu.Unlock()

	// It is made for others too, who did not go away. Of the context only the
	// language is taken: templ keeps the nonce in a place that copies share.
	fresh.st, fresh.err = s.make(i18n.With(context.Background(), i18n.Tag(ctx)), page)
	close(fresh.made)
	s.keep(key, old, fresh)
	return fresh.st, fresh.err
}

func (s *stencils) make(ctx context.Context, page func(ctx context.Context, w *bytes.Buffer) error) (*stencil, error) {
	hole, err := s.hole()
	if err != nil {
		return nil, err
	}
	b := takeBuffer()
	defer giveBuffer(b)
	if err := page(templ.WithNonce(ctx, hole), b); err != nil {
		return nil, err
	}
	return cut(b.Bytes(), []byte(hole))
}

// keep puts a page that was made in the place of the old one, unless that was
// forgotten meanwhile, and forgets all when there are too many: they are made
// again as they are asked for.
func (s *stencils) keep(key string, old, fresh *stencilled) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := s.pages[key]; now != fresh && (old == nil || now != old) {
		return
	}
	s.drop(key)
	if fresh.err != nil || fresh.st.weight() > largeStencil {
		return
	}
	fresh.weight = fresh.st.weight() + len(key)
	if s.bytes += fresh.weight; s.bytes > stencilRoom {
		clear(s.pages)
		s.bytes = fresh.weight
	}
	s.pages[key] = fresh
}

// forget drops the pages whose keys begin with a prefix, also those being made.
func (s *stencils) forget(prefix string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key := range s.pages {
		if strings.HasPrefix(key, prefix) {
			s.drop(key)
		}
	}
}

// drop forgets a page; mu is held.
func (s *stencils) drop(key string) {
	if e := s.pages[key]; e != nil {
		s.bytes -= e.weight
		delete(s.pages, key)
	}
}

// answer sends a stencil with the answer's own nonce, or says that the browser's
// copy is still good. That one goes on with the policy and the nonce it came
// with, so the answer brings no other.
func (s *Server) answer(c Ctx, st *stencil) error {
	h := c.Response().Header()
	h.Add(echo.HeaderVary, "Accept-Language, Cookie, Accept-Encoding")
	h.Set("ETag", st.tag)
	if c.Request().Header.Get("If-None-Match") == st.tag {
		h.Del("Content-Security-Policy")
		return c.NoContent(http.StatusNotModified)
	}
	b := takeBuffer()
	defer giveBuffer(b)
	nonce := templ.GetNonce(c.Request().Context())
	if takesGzip(c.Request()) {
		h.Set(echo.HeaderContentEncoding, "gzip")
		st.fillPacked(b, nonce)
	} else {
		st.fill(b, nonce)
	}
	h.Set(echo.HeaderContentLength, strconv.Itoa(b.Len()))
	return c.Blob(http.StatusOK, echo.MIMETextHTMLCharsetUTF8, b.Bytes())
}
