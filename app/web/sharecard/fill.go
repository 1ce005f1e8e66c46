package sharecard

import (
	"fmt"
	"image"
	"image/color"
	"strings"

	"golang.org/x/image/vector"
)

// fill draws an outline, enlarged and moved.
func fill(img *image.RGBA, outline string, scale, x, y float32, colour color.NRGBA) error {
	r := vector.NewRasterizer(Width, Height)
	rest := strings.TrimSuffix(outline, "Z")
	start, curves, ok := strings.Cut(strings.TrimPrefix(rest, "M"), "C")
	if !ok || !strings.HasPrefix(rest, "M") {
		return fmt.Errorf("an outline begins with M and has curves: %q", outline)
	}
	var p [6]float32
	if _, err := fmt.Sscan(start, &p[0], &p[1]); err != nil {
		return fmt.Errorf("an outline's start %q: %w", start, err)
	}
	r.MoveTo(x+p[0]*scale, y+p[1]*scale)
	for curve := range strings.SplitSeq(curves, "C") {
		if _, err := fmt.Sscan(curve, &p[0], &p[1], &p[2], &p[3], &p[4], &p[5]); err != nil {
			return fmt.Errorf("an outline's curve %q: %w", curve, err)
		}
		r.CubeTo(x+p[0]*scale, y+p[1]*scale, x+p[2]*scale, y+p[3]*scale, x+p[4]*scale, y+p[5]*scale)
	}
	r.ClosePath()
	r.Draw(img, img.Bounds(), image.NewUniform(colour), image.Point{})
	return nil
}
