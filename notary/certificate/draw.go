package certificate

import (
	"strconv"

	"codeberg.org/go-pdf/fpdf"
)

// The outlines of the six stones of a finished pile, from the ground up, and
// where each lies in a box of 190 by 250; and the strokes of the five places on
// the way, each in a box of 32 by 32. They are those of the site's pages, in
// the path language of SVG.
var stones = []struct {
	path string
	x, y float64
	fill color
}{
	{"M6 22C2 12 22 3 62 3s66 7 66 17-22 17-66 17S10 33 6 22Z", 30, 200, color{0x7b, 0x75, 0x68}},
	{"M4 18C4 8 26 2 55 2s49 5 49 15-20 16-50 16S4 28 4 18Z", 41, 167, color{0x8d, 0x86, 0x77}},
	{"M3 16C3 7 20 2 41 2s38 5 38 13-16 14-39 14S3 25 3 16Z", 55, 139, color{0xa3, 0x9c, 0x8c}},
	{"M2 13C2 6 14 2 30 2s27 4 27 11-12 11-28 11S2 20 2 13Z", 64, 115, color{0x7b, 0x75, 0x68}},
	{"M2 10C2 5 10 2 20 2s18 3 18 8-8 9-18 9S2 15 2 10Z", 76, 96, color{0x8d, 0x86, 0x77}},
	{"M2 8C2 4 7 2 13 2s12 2 12 6-5 7-12 7S2 12 2 8Z", 82, 80, moss},
}

var glyphs = [5]string{
	"M9 4h10l6 6v18H9ZM19 4v6h6M13 16h8M13 21h8",
	"M8 21c0-9 2-13 8-13s8 4 8 10M12 25c-1-9 0-13 4-13s4 4 4 12M16 16v12M24 23v2M6 15c1-8 5-11 10-11s9 3 10 9",
	"M16 5v6M16 11 9 17M16 11l7 6M9 17l-4 8M9 17l3 8M23 17l-3 8M23 17l4 8",
	"M4 11h20M19 6l5 5-5 5M28 21H8M13 16l-5 5 5 5",
	"M16 4 27 10v12l-11 6L5 22V10ZM5 10l11 6 11-6M16 16v12",
}

// pen draws the path language of SVG, as far as the pictures above need it:
// M, L, H, V, C, S and Z, absolute and relative.
type pen struct {
	pdf         *fpdf.Fpdf
	left, top   float64 // of the picture, mm
	scale       float64 // mm per unit
	x, y        float64 // where it is, units
	cx, cy      float64 // the last control point, units
	startX, atY float64 // where the outline began
}

// draw draws a path; style is fpdf's: "F" fills, "D" strokes.
func draw(pdf *fpdf.Fpdf, path string, left, top, scale float64, style string) {
	p := pen{pdf: pdf, left: left, top: top, scale: scale}
	for len(path) > 0 {
		command := path[0]
		var args []float64
		args, path = numbers(path[1:])
		p.do(command, args)
	}
	pdf.DrawPath(style)
}

// numbers reads the arguments of one command.
func numbers(path string) (args []float64, rest string) {
	for i := 0; i < len(path); {
		switch c := path[i]; {
		case c == ' ' || c == ',':
			i++
		case c == '-' || c == '.' || '0' <= c && c <= '9':
			end := i + 1
			for end < len(path) && (path[end] == '.' || '0' <= path[end] && path[end] <= '9') {
				end++
			}
			n, _ := strconv.ParseFloat(path[i:end], 64) // the paths are constants, tested
			args, i = append(args, n), end
		default:
			return args, path[i:]
		}
	}
	return args, ""
}

// arity is how many numbers a command takes at a time.
var arity = map[byte]int{'m': 2, 'l': 2, 'h': 1, 'v': 1, 'c': 6, 's': 4}

func (p *pen) do(command byte, args []float64) {
	relative := command >= 'a'
	kind := command | 0x20
	if kind == 'z' {
		p.pdf.ClosePath()
		p.to(p.startX, p.atY)
		return
	}
	for n := arity[kind]; len(args) >= n; args = args[n:] {
		dx, dy := 0.0, 0.0
		if relative {
			dx, dy = p.x, p.y
		}
		a := args[:n]
		switch kind {
		case 'm':
			p.to(a[0]+dx, a[1]+dy)
			p.startX, p.atY = p.x, p.y
			p.pdf.MoveTo(p.place(p.x, p.y))
			kind = 'l' // further pairs are lines
		case 'l':
			p.line(a[0]+dx, a[1]+dy)
		case 'h':
			p.line(a[0]+dx, p.y)
		case 'v':
			p.line(p.x, a[0]+dy)
		case 'c':
			p.curve(a[0]+dx, a[1]+dy, a[2]+dx, a[3]+dy, a[4]+dx, a[5]+dy)
		case 's':
			p.curve(2*p.x-p.cx, 2*p.y-p.cy, a[0]+dx, a[1]+dy, a[2]+dx, a[3]+dy)
		}
	}
}

func (p *pen) to(x, y float64) { p.x, p.y, p.cx, p.cy = x, y, x, y }

func (p *pen) line(x, y float64) {
	p.to(x, y)
	p.pdf.LineTo(p.place(x, y))
}

func (p *pen) curve(x1, y1, x2, y2, x, y float64) {
	ax, ay := p.place(x1, y1)
	bx, by := p.place(x2, y2)
	ex, ey := p.place(x, y)
	p.pdf.CurveBezierCubicTo(ax, ay, bx, by, ex, ey)
	p.x, p.y, p.cx, p.cy = x, y, x2, y2
}

func (p *pen) place(x, y float64) (float64, float64) { return p.left + x*p.scale, p.top + y*p.scale }
