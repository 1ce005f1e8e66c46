package app

import (
	"fmt"
	"io"
)

// banner is what `cairn serve` says when it is ready: where things are, what
// to open, and how each is changed. It never holds a secret but the one-time
// link, which is for the eyes of whoever started the process.
type banner struct{ lines []bannerLine }

type bannerLine struct{ label, text, change string }

// add appends a line; change says how to have it otherwise, or is empty.
func (b *banner) add(label, text, change string) {
	b.lines = append(b.lines, bannerLine{label, text, change})
}

func (b *banner) print(w io.Writer) {
	for _, l := range b.lines {
		if l.change == "" {
			fmt.Fprintf(w, "  %-9s %s\n", l.label, l.text)
			continue
		}
		fmt.Fprintf(w, "  %-9s %-62s [%s]\n", l.label, l.text, l.change)
	}
}
