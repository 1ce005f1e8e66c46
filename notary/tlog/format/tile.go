package format

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

const (
	// Width is how many hashes or entries a full tile has.
	Width = 256
	// Entries is the level of tiles that hold entries and not hashes.
	Entries = -1
	// MaxLevel is the highest level of a tile.
	MaxLevel = 63

	tileBits = 8
	// maxDigits keeps the number of a tile below 10^18, and so within int64.
	maxDigits = 18
)

// Tile names a piece of the log: W hashes at Level, or with level Entries so
// many entries, from number N·256 on.
type Tile struct {
	Level int
	N     int64
	// W is from 1 to Width; a tile of fewer than Width is partial.
	W int
}

// Path is where the tile is, below the log's address:
// "tile/<level>/<N>[.p/<W>]" with N in groups of three digits.
func (t Tile) Path() string {
	level := "entries"
	if t.Level != Entries {
		level = strconv.Itoa(t.Level)
	}
	number := fmt.Sprintf("%03d", t.N%1000)
	for n := t.N / 1000; n > 0; n /= 1000 {
		number = fmt.Sprintf("x%03d/%s", n%1000, number)
	}
	if t.W == Width {
		return "tile/" + level + "/" + number
	}
	return "tile/" + level + "/" + number + ".p/" + strconv.Itoa(t.W)
}

// ParsePath reads a tile's path, which has exactly one spelling.
// Errors: ErrPath.
func ParsePath(path string) (Tile, error) {
	rest, ok := strings.CutPrefix(path, "tile/")
	level, rest, found := strings.Cut(rest, "/")
	if !ok || !found {
		return Tile{}, ErrPath
	}
	t := Tile{Level: Entries, W: Width}
	if level != "entries" {
		l, err := strconv.ParseUint(level, 10, 8)
		if err != nil || l > MaxLevel {
			return Tile{}, ErrPath
		}
		t.Level = int(l)
	}
	if number, width, partial := strings.Cut(rest, ".p/"); partial {
		w, err := strconv.ParseUint(width, 10, 8)
		if err != nil || w == 0 {
			return Tile{}, ErrPath
		}
		t.W, rest = int(w), number
	}
	digits := strings.NewReplacer("x", "", "/", "").Replace(rest)
	n, err := strconv.ParseUint(digits, 10, 63)
	if err != nil || len(digits) > maxDigits {
		return Tile{}, ErrPath
	}
	t.N = int64(n)
	if t.Path() != path {
		return Tile{}, ErrPath
	}
	return t, nil
}

// In reports whether a log of size entries has the tile.
func (t Tile) In(size int64) bool {
	have := CountAt(t.Level, size)
	return t.N <= have/Width && t.N*Width+int64(t.W) <= have
}

// CountAt is how many hashes (or entries) a log of size entries has at a level.
func CountAt(level int, size int64) int64 {
	if level <= 0 {
		return size
	}
	if level*tileBits > 62 {
		return 0
	}
	return size >> (level * tileBits)
}

// TilesAt lists the tiles of a level in a log of size entries, from tile
// number first on: full ones, then the partial one, if any.
func TilesAt(level int, size, first int64) []Tile {
	have := CountAt(level, size)
	var tiles []Tile
	for n := first; n*Width < have; n++ {
		tiles = append(tiles, Tile{Level: level, N: n, W: int(min(have-n*Width, Width))})
	}
	return tiles
}

// AppendHashes writes the bytes of a tile of hashes: 32 for each.
func AppendHashes(dst []byte, hashes []Hash) []byte {
	for i := range hashes {
		dst = append(dst, hashes[i][:]...)
	}
	return dst
}

// ParseHashes reads the bytes of a tile of w hashes. Errors: ErrTile.
func ParseHashes(raw []byte, w int) ([]Hash, error) {
	if len(raw) != w*tlog.HashSize {
		return nil, fmt.Errorf("%w: %d bytes for %d hashes", ErrTile, len(raw), w)
	}
	hashes := make([]Hash, w)
	for i := range hashes {
		copy(hashes[i][:], raw[i*tlog.HashSize:])
	}
	return hashes, nil
}
