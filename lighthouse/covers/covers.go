// Package covers takes the pictures of campaigns from strangers: it looks before
// it decodes, decodes few at a time, turns them as the camera says, and writes
// them anew as JPEG in several widths, so that nothing of the file that came is
// ever served: no place where it was taken, no second format hidden in it.
//
// Pictures are named by their content and kept in a Store.
package covers

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"log/slog"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// ErrorKind names why a picture is not taken or found; match it with errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrNotPicture: no JPEG, PNG or WebP, or a damaged one.
	ErrNotPicture = ErrorKind("this is not a JPEG, PNG or WebP picture")
	// ErrTooManyPixels: more than MaxPixels, or than MaxSide on one side.
	ErrTooManyPixels = ErrorKind("the picture has too many pixels")
	// ErrTooLarge: the file has more than MaxBytes.
	ErrTooLarge = ErrorKind("the file of the picture is too large")
	// ErrBusy: many pictures wait to be read already.
	ErrBusy = ErrorKind("too many pictures are being read now")
	// ErrUnknown: no such picture is kept.
	ErrUnknown = ErrorKind("no such picture")
)

// Limits of a picture that is taken.
const (
	MaxBytes = 8 << 20
	// MaxPixels is what cameras call 24 megapixels: some make half a million
	// more.
	MaxPixels = 25_000_000
	MaxSide   = 12_000 // pixels
)

// Widths are those that a picture is kept in, as far as it is as wide; one that
// is narrower is kept as it is.
var Widths = []int{480, 960, 1600}

const (
	quality = 82
	// tallest is how many times as high as wide a picture is shown at most; a
	// higher one is made narrower.
	tallest = 2
	// waiting is how many pictures may wait while others are decoded.
	waiting = 8
	// grace is how long a picture is kept that no campaign shows: its form may
	// still be open.
	grace = 24 * time.Hour
)

// Store keeps files under short names of letters, digits, "-" and ".". Errors of
// Get and Touch: ErrUnknown.
type Store interface {
	// Put keeps a file; it lasts when Put returns nil. Again under the same name
	// is no error.
	Put(ctx context.Context, name string, data []byte) error
	Get(ctx context.Context, name string) ([]byte, error)
	// Touch makes a file as new as if it were put now.
	Touch(ctx context.Context, name string) error
	// List calls visit with all names, and when each was put.
	List(ctx context.Context, visit func(name string, at time.Time) error) error
	// Delete throws a file away; one that is not there is no error.
	Delete(ctx context.Context, name string) error
}

// Config is what Covers need. Store and Now are required.
type Config struct {
	Store Store
	Now   func() time.Time
	Log   *slog.Logger
}

// Covers takes and gives pictures. Its methods may be called by many at once.
type Covers struct {
	cfg     Config
	decodes chan struct{} // holds a token while a picture is decoded
	waiting atomic.Int32
	// keeping is held while a picture is put or touched, and while one is thrown
	// away, so that none is lost just after somebody was told that it is there.
	keeping sync.Mutex
}

// New makes Covers over a store.
func New(cfg Config) *Covers {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Covers{cfg: cfg, decodes: make(chan struct{}, 1)}
}

// Size is one of the sizes that a picture is kept in, in pixels.
type Size struct{ Width, Height int }

// Sizes are those of a picture, ascending, by its name alone; nil for what is
// no name of a picture.
func Sizes(name string) []Size {
	sum, size, _ := strings.Cut(name, "-")
	w, h, _ := strings.Cut(size, "x")
	width, errW := strconv.Atoi(w)
	height, errH := strconv.Atoi(h)
	if len(sum) != 2*nameSize || errW != nil || errH != nil || name != nameOf(sum, Size{width, height}) {
		return nil
	}
	if raw, err := hex.DecodeString(sum); err != nil || hex.EncodeToString(raw) != sum {
		return nil
	}
	largest := Widths[len(Widths)-1]
	if width < 1 || width > largest || height < 1 || height > tallest*largest {
		return nil
	}
	return sizesOf(Size{width, height})
}

// sizesOf are the sizes of a picture whose largest is given.
func sizesOf(largest Size) (sizes []Size) {
	for _, w := range Widths {
		if w < largest.Width {
			sizes = append(sizes, Size{w, max(1, (largest.Height*w+largest.Width/2)/largest.Width)})
		}
	}
	return append(sizes, largest)
}

// nameSize is how many bytes of a SHA-256 name a picture.
const nameSize = 16

func nameOf(sum string, largest Size) string {
	return fmt.Sprintf("%s-%dx%d", sum, largest.Width, largest.Height)
}

func fileOf(name string, s Size) string { return fmt.Sprintf("%s-%d.jpg", name, s.Width) }

// Put takes a picture and gives its name. The same picture has the same name.
// Errors: ErrTooLarge, ErrNotPicture, ErrTooManyPixels, ErrBusy, and what
// reading or storing returns.
func (c *Covers) Put(ctx context.Context, picture io.Reader) (string, error) {
	raw, err := io.ReadAll(io.LimitReader(picture, MaxBytes+1))
	if err != nil {
		return "", fmt.Errorf("read a picture: %w", err)
	}
	if len(raw) > MaxBytes {
		return "", fmt.Errorf("%w: more than %d bytes", ErrTooLarge, MaxBytes)
	}
	if err := examine(raw); err != nil {
		return "", err
	}
	pictures, err := c.shrink(ctx, raw)
	if err != nil {
		return "", err
	}
	return c.keep(ctx, pictures)
}

// Shrink makes a picture anew as one JPEG, at most so wide (480, the least of
// Widths, or more), without keeping it. Errors: ErrTooLarge, ErrNotPicture,
// ErrTooManyPixels, ErrBusy, and that of ctx.
func (c *Covers) Shrink(ctx context.Context, raw []byte, width int) ([]byte, error) {
	if len(raw) > MaxBytes {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, MaxBytes)
	}
	if err := examine(raw); err != nil {
		return nil, err
	}
	pictures, err := c.shrink(ctx, raw)
	if err != nil {
		return nil, err
	}
	best := pictures[0]
	for _, p := range pictures {
		if p.Bounds().Dx() <= width {
			best = p
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, best, &jpeg.Options{Quality: quality}); err != nil {
		return nil, fmt.Errorf("write a picture: %w", err)
	}
	return b.Bytes(), nil
}

// shrink decodes a picture and scales it to its sizes, ascending.
func (c *Covers) shrink(ctx context.Context, raw []byte) ([]*image.RGBA, error) {
	if c.waiting.Add(1) > waiting {
		c.waiting.Add(-1)
		return nil, ErrBusy
	}
	defer c.waiting.Add(-1)
	select {
	case c.decodes <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-c.decodes }()
	decoded, err := decode(raw)
	if err != nil {
		return nil, err
	}
	const much = 4_000_000 // pixels whose memory is worth giving back at once
	if b := decoded.Bounds(); b.Dx()*b.Dy() > much {
		defer debug.FreeOSMemory()
	}
	return scaled(decoded, orientation(raw)), nil
}

// keep encodes pictures of ascending sizes and stores them, the largest last:
// where that is, all are.
func (c *Covers) keep(ctx context.Context, pictures []*image.RGBA) (string, error) {
	files := make([][]byte, len(pictures))
	sum := sha256.New()
	for i, p := range pictures {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, p, &jpeg.Options{Quality: quality}); err != nil {
			return "", fmt.Errorf("write a picture: %w", err)
		}
		files[i] = b.Bytes()
		sum.Write(files[i])
	}
	largest := pictures[len(pictures)-1].Bounds()
	name := nameOf(hex.EncodeToString(sum.Sum(nil)[:nameSize]), Size{largest.Dx(), largest.Dy()})
	c.keeping.Lock()
	defer c.keeping.Unlock()
	for i, s := range Sizes(name) {
		if err := c.cfg.Store.Put(ctx, fileOf(name, s), files[i]); err != nil {
			return "", fmt.Errorf("store a picture: %w", err)
		}
	}
	return name, nil
}

// Widths are those that a picture is kept in, ascending, and the height of the
// widest, in pixels; none for what is no name of a picture.
func (c *Covers) Widths(name string) (widths []int, height int) {
	for _, s := range Sizes(name) {
		widths, height = append(widths, s.Width), s.Height
	}
	return widths, height
}

// Open reads a picture (JPEG) in the smallest of its sizes that is at least so
// wide, or in its largest. Errors: ErrUnknown.
func (c *Covers) Open(ctx context.Context, name string, width int) (io.ReadCloser, error) {
	sizes := Sizes(name)
	if sizes == nil {
		return nil, ErrUnknown
	}
	best := sizes[len(sizes)-1]
	for _, s := range sizes {
		if s.Width >= width {
			best = s
			break
		}
	}
	raw, err := c.cfg.Store.Get(ctx, fileOf(name, best))
	if err != nil {
		return nil, err
	}
	return io.NopCloser(bytes.NewReader(raw)), nil
}

// Has says whether a picture is kept, and keeps it for another day even if no
// campaign shows it yet.
func (c *Covers) Has(ctx context.Context, name string) (bool, error) {
	sizes := Sizes(name)
	if sizes == nil {
		return false, nil
	}
	c.keeping.Lock()
	defer c.keeping.Unlock()
	for _, s := range sizes {
		err := c.cfg.Store.Touch(ctx, fileOf(name, s))
		if errors.Is(err, ErrUnknown) {
			return false, nil
		}
		if err != nil {
			return false, fmt.Errorf("look for a picture: %w", err)
		}
	}
	return true, nil
}

// Sweep throws away what no campaign has shown for a day. used says which of
// some pictures are shown.
func (c *Covers) Sweep(ctx context.Context, used func(ctx context.Context, names []string) (map[string]bool, error)) error {
	old := make(map[string][]string) // files by picture
	err := c.cfg.Store.List(ctx, func(file string, at time.Time) error {
		name := file[:max(0, strings.LastIndexByte(file, '-'))]
		if Sizes(name) != nil && c.cfg.Now().Sub(at) > grace {
			old[name] = append(old[name], file)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("list pictures: %w", err)
	}
	names := make([]string, 0, len(old))
	for name := range old {
		names = append(names, name)
	}
	const some = 200
	for len(names) > 0 {
		batch := names[:min(some, len(names))]
		names = names[len(batch):]
		if err := c.sweep(ctx, batch, old, used); err != nil {
			return err
		}
	}
	return nil
}

// sweep throws those of a batch away that are not used. What was touched since
// they were listed stays: it is asked about again under the lock.
func (c *Covers) sweep(ctx context.Context, batch []string, files map[string][]string, used func(context.Context, []string) (map[string]bool, error)) error {
	c.keeping.Lock()
	defer c.keeping.Unlock()
	fresh := make(map[string]bool)
	err := c.cfg.Store.List(ctx, func(file string, at time.Time) error {
		if c.cfg.Now().Sub(at) <= grace {
			fresh[file] = true
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("list pictures: %w", err)
	}
	shown, err := used(ctx, batch)
	if err != nil {
		return fmt.Errorf("ask which pictures are shown: %w", err)
	}
	gone := 0
	for _, name := range batch {
		if shown[name] || anyOf(fresh, files[name]) {
			continue
		}
		for _, file := range files[name] {
			if err := c.cfg.Store.Delete(ctx, file); err != nil {
				return fmt.Errorf("throw a picture away: %w", err)
			}
		}
		gone++
	}
	if gone > 0 {
		c.cfg.Log.Info("pictures that nobody shows were thrown away", "pictures", gone)
	}
	return nil
}

func anyOf(set map[string]bool, names []string) bool {
	for _, n := range names {
		if set[n] {
			return true
		}
	}
	return false
}
