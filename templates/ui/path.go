package ui

import (
	"fmt"
	"strings"
)

// Waypoint is one place on the way from a file to a block.
type Waypoint struct {
	Glyph Glyph
	Title string
	Note  string
	// Coming is set for places not reached yet.
	Coming bool
}

// Glyph is the small drawing of a waypoint.
type Glyph string

// The glyphs.
const (
	GlyphFile        Glyph = "file"
	GlyphFingerprint Glyph = "fingerprint"
	GlyphTree        Glyph = "tree"
	GlyphTransaction Glyph = "transaction"
	GlyphBlock       Glyph = "block"
)

// drawings are the strokes of each glyph in a 32 by 32 box.
var drawings = map[Glyph]string{
	GlyphFile:        "M9 4h10l6 6v18H9ZM19 4v6h6M13 16h8M13 21h8",
	GlyphFingerprint: "M8 21c0-9 2-13 8-13s8 4 8 10M12 25c-1-9 0-13 4-13s4 4 4 12M16 16v12M24 23v2M6 15c1-8 5-11 10-11s9 3 10 9",
	GlyphTree:        "M16 5v6M16 11 9 17M16 11l7 6M9 17l-4 8M9 17l3 8M23 17l-3 8M23 17l4 8",
	GlyphTransaction: "M4 11h20M19 6l5 5-5 5M28 21H8M13 16l-5 5 5 5",
	GlyphBlock:       "M16 4 27 10v12l-11 6L5 22V10ZM5 10l11 6 11-6M16 16v12",
}

// edge is a line of the tree picture; Mine lies on the way up from the leaf.
type edge struct {
	x1, y1, x2, y2 int
	mine           bool
}

// knot is a node of the tree picture: on the way, beside it (its hash is part
// of the proof), or neither.
type knot struct {
	x, y  int
	class string
}

// treeDrawing is the inside of the tree picture, which never changes, so that
// pages need not draw it again and again.
var treeDrawing = drawTree(treePicture())

func drawTree(edges []edge, knots []knot) string {
	var b strings.Builder
	for _, e := range edges {
		class := ""
		if e.mine {
			class = "mine"
		}
		fmt.Fprintf(&b, `<line class="%s" x1="%d" y1="%d" x2="%d" y2="%d"></line>`, class, e.x1, e.y1, e.x2, e.y2)
	}
	for _, k := range knots {
		fmt.Fprintf(&b, `<circle class="%s" cx="%d" cy="%d" r="8"></circle>`, k.class, k.x, k.y)
	}
	return b.String()
}

// treePicture lays out a whole binary tree of three levels above its eight
// leaves, with the way from one leaf to the root marked. It stands for a tree
// of any size.
func treePicture() (edges []edge, knots []knot) {
	const levels, leaf = 3, 2
	for level := 0; level <= levels; level++ {
		count := 1 << (levels - level)
		for i := range count {
			x, y := place(level, i, levels)
			class := ""
			switch i {
			case leaf >> level:
				class = "mine"
			case (leaf >> level) ^ 1:
				class = "beside"
			}
			knots = append(knots, knot{x, y, class})
			if level == levels {
				continue
			}
			px, py := place(level+1, i/2, levels)
			edges = append(edges, edge{x, y, px, py, i == leaf>>level})
		}
	}
	return edges, knots
}

func place(level, i, levels int) (x, y int) {
	width := 440 / (1 << (levels - level))
	return 10 + width*i + width/2, 20 + (levels-level)*46
}
