package certificate

import "encoding/binary"

// coverage is the characters of the basic plane that a font draws.
type coverage [1 << 16 / 64]uint64

func (c *coverage) has(r rune) bool {
	return r >= 0 && r < 1<<16 && c[r/64]>>(r%64)&1 == 1
}

// coverageOf reads a TrueType font's character map, which for the fonts here is
// of format 4 (OpenType, "cmap"). Anything unexpected covers nothing; the fonts
// are our own and tested.
func coverageOf(font []byte) *coverage {
	c := &coverage{}
	cmap := table(font, "cmap")
	if len(cmap) < 4 {
		return c
	}
	for i := range int(binary.BigEndian.Uint16(cmap[2:])) {
		record := cmap[4+8*i:]
		at := int(binary.BigEndian.Uint32(record[4:]))
		if sub := cmap[at:]; binary.BigEndian.Uint16(sub) == 4 {
			c.segments(sub)
		}
	}
	return c
}

// table finds a table of a TrueType font.
func table(font []byte, tag string) []byte {
	for i := range int(binary.BigEndian.Uint16(font[4:])) {
		record := font[12+16*i:]
		if string(record[:4]) == tag {
			at, size := binary.BigEndian.Uint32(record[8:]), binary.BigEndian.Uint32(record[12:])
			return font[at : at+size]
		}
	}
	return nil
}

// segments marks what the segments of a format 4 map lead to a glyph.
func (c *coverage) segments(sub []byte) {
	twice := int(binary.BigEndian.Uint16(sub[6:]))
	at := func(array, i int) int { return int(binary.BigEndian.Uint16(sub[array+i:])) }
	ends, starts := 14, 16+twice
	deltas, offsets := starts+twice, starts+2*twice
	for i := 0; i < twice; i += 2 {
		for r := at(starts, i); r <= at(ends, i) && r < 0xffff; r++ {
			glyph := r
			if offset := at(offsets, i); offset != 0 {
				if glyph = at(offsets+i+offset, 2*(r-at(starts, i))); glyph == 0 {
					continue
				}
			}
			if (glyph+at(deltas, i))&0xffff != 0 {
				c[r/64] |= 1 << (r % 64)
			}
		}
	}
}
