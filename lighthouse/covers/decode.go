package covers

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"

	"golang.org/x/image/webp"
)

// format is what a file is by its first bytes, whatever it is called. Only
// these three decoders are ever run.
type format struct {
	config func(raw []byte) (image.Config, error)
	decode func(raw []byte) (image.Image, error)
}

var (
	jpegFormat = &format{
		func(raw []byte) (image.Config, error) { return jpeg.DecodeConfig(bytes.NewReader(raw)) },
		func(raw []byte) (image.Image, error) { return jpeg.Decode(bytes.NewReader(raw)) },
	}
	pngFormat = &format{
		func(raw []byte) (image.Config, error) { return png.DecodeConfig(bytes.NewReader(raw)) },
		func(raw []byte) (image.Image, error) { return png.Decode(bytes.NewReader(raw)) },
	}
	webpFormat = &format{
		func(raw []byte) (image.Config, error) { return webp.DecodeConfig(bytes.NewReader(raw)) },
		func(raw []byte) (image.Image, error) { return webp.Decode(bytes.NewReader(raw)) },
	}
)

var (
	jpegMagic = []byte{0xff, 0xd8, 0xff}
	pngMagic  = []byte("\x89PNG\r\n\x1a\n")
)

// formatOf is nil for anything else.
func formatOf(raw []byte) *format {
	switch {
	case bytes.HasPrefix(raw, jpegMagic):
		return jpegFormat
	case bytes.HasPrefix(raw, pngMagic):
		return pngFormat
	case isWebP(raw):
		return webpFormat
	}
	return nil
}

func isWebP(raw []byte) bool {
	return len(raw) >= 12 && string(raw[:4]) == "RIFF" && string(raw[8:12]) == "WEBP"
}

// maxScans bounds the passes over a progressive JPEG: an honest one has about
// ten, and each costs the time of all pixels however few bytes it has.
const maxScans = 64

// examine looks at what a file says of itself, before memory is spent on it.
// Errors: ErrNotPicture, ErrTooManyPixels.
func examine(raw []byte) error {
	f := formatOf(raw)
	if f == nil {
		return ErrNotPicture
	}
	cfg, err := f.config(raw)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotPicture, err)
	}
	if cfg.Width < 1 || cfg.Height < 1 {
		return fmt.Errorf("%w: it has no pixels", ErrNotPicture)
	}
	if cfg.Width > MaxSide || cfg.Height > MaxSide || cfg.Width*cfg.Height > MaxPixels {
		return fmt.Errorf("%w: %d × %d", ErrTooManyPixels, cfg.Width, cfg.Height)
	}
	if f == jpegFormat && bytes.Count(raw, []byte{0xff, 0xda}) > maxScans {
		return fmt.Errorf("%w: it is built up in too many steps", ErrNotPicture)
	}
	return nil
}

// decode reads a picture that was examined. A decoder that panics on a file
// made for that is one more way not to be a picture. Errors: ErrNotPicture.
func decode(raw []byte) (picture image.Image, err error) {
	defer func() {
		if r := recover(); r != nil {
			picture, err = nil, fmt.Errorf("%w: %v", ErrNotPicture, r)
		}
	}()
	picture, err = formatOf(raw).decode(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotPicture, err)
	}
	if b := picture.Bounds(); b.Dx() < 1 || b.Dy() < 1 || b.Dx() > MaxSide || b.Dy() > MaxSide || b.Dx()*b.Dy() > MaxPixels {
		return nil, fmt.Errorf("%w: it is not as large as it says", ErrNotPicture)
	}
	return picture, nil
}
