package story

import "strings"

// Bounds of what is read: the time that Markdown takes grows with the square of
// these, so that a small text could keep a processor busy for a long while.
const (
	maxNested = 32    // quotes and lists that begin in one line
	maxCells  = 200   // of a line of a table
	maxMarks  = 1_000 // of emphasis and links between two empty lines
	maxLinks  = 2_000 // references, in all
)

// tangled says that a text has more of something than any that was written to
// be read.
func tangled(source string) bool {
	marks, links := 0, 0
	for line := range strings.Lines(source) {
		text := strings.TrimSpace(line)
		if text == "" {
			marks = 0
			continue
		}
		for _, mark := range []string{"*", "_", "~", "[", "]("} {
			marks += strings.Count(text, mark)
		}
		links += strings.Count(text, "]:")
		if marks > maxMarks || links > maxLinks || strings.Count(text, "|") > maxCells || nested(text) > maxNested {
			return true
		}
	}
	return false
}

// nested counts the quotes and list items that a line begins with, one in
// another.
func nested(line string) (n int) {
	for {
		line = strings.TrimLeft(line, " \t")
		mark := strings.TrimLeft(line, "0123456789")
		if mark == "" || !strings.ContainsRune(">-+*.)", rune(mark[0])) {
			return n
		}
		line = mark[1:]
		n++
	}
}
