package campaign

import (
	"fmt"
	"strings"

	"cairn/lighthouse"
)

// Cover is a campaign's picture in several widths, ascending; the zero value is
// none.
type Cover struct {
	Sizes []CoverSize
	// Width and Height are those of the largest, so that pages keep its place
	// before it is loaded.
	Width, Height int
}

// CoverSize is the picture in one width, in pixels.
type CoverSize struct {
	Path  string
	Width int
}

// srcset lists the sizes for the browser to choose from.
func (c Cover) srcset() string {
	var b strings.Builder
	for i, s := range c.Sizes {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s %dw", s.Path, s.Width)
	}
	return b.String()
}

func (c Cover) none() bool { return len(c.Sizes) == 0 }

// small is the first of the list, and middle the one to share.
func (c Cover) small() string  { return c.Sizes[0].Path }
func (c Cover) middle() string { return c.Sizes[len(c.Sizes)/2].Path }

// landscape is the picture of a campaign without one: two ridges that are its
// own, drawn from its ID, in a box of 640 by 360.
func landscape(id lighthouse.ID) (far, near string) {
	return ridge(id[:5], 196, 96), ridge(id[5:], 268, 44)
}

// ridge is a line of hills, each byte a height, closed at the foot.
func ridge(seed []byte, level, range_ int) string {
	var b strings.Builder
	step := 640 / (len(seed) - 1)
	height := func(i int) int { return level - int(seed[i])*range_/255 }
	fmt.Fprintf(&b, "M0 360V%d", height(0))
	for i := 1; i < len(seed); i++ {
		x := i * step
		fmt.Fprintf(&b, "C%d %d %d %d %d %d", x-step*2/3, height(i-1), x-step/3, height(i), x, height(i))
	}
	b.WriteString("V360Z")
	return b.String()
}

// suns are where the sun of a drawn picture stands, by the ID.
func sunOf(id lighthouse.ID) (x, y int) { return 90 + int(id[9])*460/255, 60 + int(id[8])*50/255 }

// tint is one of four skies.
func tint(id lighthouse.ID) string { return [...]string{"dawn", "day", "dusk", "mist"}[id[7]%4] }
