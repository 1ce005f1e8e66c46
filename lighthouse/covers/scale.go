package covers

import (
	"image"
	"image/color"
	"image/draw"
)

// scaled makes a picture's sizes, ascending, the right way up.
func scaled(src image.Image, orientation int) []*image.RGBA {
	b := src.Bounds()
	turned := orientation >= 5 // a quarter, so that width is height
	full := Size{b.Dx(), b.Dy()}
	if turned {
		full = Size{full.Height, full.Width}
	}
	largest := fit(full)
	sizes := sizesOf(largest)
	pictures := make([]*image.RGBA, len(sizes))
	var from image.Image
	for i := len(sizes) - 1; i >= 0; i-- {
		if from == nil {
			lying := sizes[i]
			if turned {
				lying = Size{lying.Height, lying.Width}
			}
			pictures[i] = turn(shrinkTo(src, lying), orientation)
		} else {
			pictures[i] = shrinkTo(from, sizes[i])
		}
		from = pictures[i]
	}
	return pictures
}

// fit is the largest size that a picture is kept in: never larger than it is.
func fit(full Size) Size {
	most := Widths[len(Widths)-1]
	s := full
	if s.Width > most {
		s = Size{most, max(1, (full.Height*most+full.Width/2)/full.Width)}
	}
	if s.Height > tallest*most {
		s = Size{max(1, full.Width*tallest*most/full.Height), tallest * most}
	}
	return s
}

// shrinkTo scales a picture down: each new pixel is the mean of the area that it
// stands for. It reads the picture row by row, so that it needs little memory
// beside it. What is transparent becomes white.
func shrinkTo(src image.Image, to Size) *image.RGBA {
	b := src.Bounds()
	from := Size{b.Dx(), b.Dy()}
	dst := image.NewRGBA(image.Rect(0, 0, to.Width, to.Height))
	row := image.NewRGBA(image.Rect(0, 0, from.Width, 1))
	white := image.NewUniform(color.White)
	narrow := make([]float32, 3*to.Width) // a source row in the new width
	sum := make([]float32, 3*to.Width)    // of the rows of a new pixel
	y := 0
	// A new row is from.Height/to.Height old rows high; in units of 1/to.Height
	// of an old row everything is whole.
	left := from.Height // of the new row, not summed yet
	for sy := range from.Height {
		draw.Draw(row, row.Bounds(), white, image.Point{}, draw.Src)
		draw.Draw(row, row.Bounds(), src, image.Pt(b.Min.X, b.Min.Y+sy), draw.Over)
		narrowRow(narrow, row.Pix, from.Width, to.Width)
		for part := to.Height; part > 0; {
			take := min(part, left)
			weight := float32(take) / float32(from.Height)
			for i, v := range narrow {
				sum[i] += v * weight
			}
			part -= take
			if left -= take; left == 0 {
				writeRow(dst.Pix[y*dst.Stride:], sum)
				clear(sum)
				y, left = y+1, from.Height
			}
		}
	}
	return dst
}

// narrowRow takes the means of a row of RGBA pixels, likewise.
func narrowRow(dst []float32, pix []uint8, from, to int) {
	clear(dst)
	x, left := 0, from
	for sx := range from {
		r, g, b := float32(pix[4*sx]), float32(pix[4*sx+1]), float32(pix[4*sx+2])
		for part := to; part > 0; {
			take := min(part, left)
			weight := float32(take) / float32(from)
			dst[3*x] += r * weight
			dst[3*x+1] += g * weight
			dst[3*x+2] += b * weight
			part -= take
			if left -= take; left == 0 {
				x, left = x+1, from
			}
		}
	}
}

func writeRow(pix []uint8, sum []float32) {
	for i := 0; i < len(sum)/3; i++ {
		for c := range 3 {
			pix[4*i+c] = uint8(min(max(sum[3*i+c]+0.5, 0), 255))
		}
		pix[4*i+3] = 255
	}
}

// turn sets a picture upright that lies as Exif's orientation says.
func turn(src *image.RGBA, orientation int) *image.RGBA {
	if orientation == 1 {
		return src
	}
	w, h := src.Bounds().Dx(), src.Bounds().Dy()
	size := image.Rect(0, 0, w, h)
	if orientation >= 5 {
		size = image.Rect(0, 0, h, w)
	}
	dst := image.NewRGBA(size)
	for y := range h {
		for x := range w {
			tx, ty := x, y
			switch orientation {
			case 2:
				tx = w - 1 - x
			case 3:
				tx, ty = w-1-x, h-1-y
			case 4:
				ty = h - 1 - y
			case 5:
				tx, ty = y, x
			case 6:
				tx, ty = h-1-y, x
			case 7:
				tx, ty = h-1-y, w-1-x
			case 8:
				tx, ty = y, w-1-x
			}
			copy(dst.Pix[dst.PixOffset(tx, ty):][:4], src.Pix[src.PixOffset(x, y):][:4])
		}
	}
	return dst
}
