package certificate

import (
	"strings"
	"unicode"
)

// FileName is what a proof is called beside a file of that name: "name.ots",
// or "proof.ots" when the name is unknown. What could lead out of a folder,
// hide the end of the name, or upset a file system gives way to "_".
func FileName(name string) string {
	safe := strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune(`/\:*?"<>|`, r), unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return '_'
		}
		return r
	}, name)
	safe = strings.Trim(safe, ". ")
	// File systems take names of 255 bytes; the proof's ending must fit too.
	for len(safe) > 200 {
		runes := []rune(safe)
		safe = string(runes[:len(runes)-1])
	}
	if safe == "" {
		return "proof.ots"
	}
	return safe + ".ots"
}
