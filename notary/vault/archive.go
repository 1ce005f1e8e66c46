package vault

import (
	"archive/zip"
	"fmt"
	"io"
	"path"
	"strings"
	"time"
	"unicode"
)

// Archive writes .ots files into a ZIP as they come, so that one of any size
// needs little memory.
type Archive struct {
	zip   *zip.Writer
	taken map[string]bool
}

// NewArchive begins a ZIP; Close ends it.
func NewArchive(w io.Writer) *Archive {
	return &Archive{zip: zip.NewWriter(w), taken: make(map[string]bool)}
}

// Add writes an item's proof under a name made of the item's own, or of its
// digest where it has none.
func (a *Archive) Add(item Item, file []byte) error {
	return a.Write(a.name(item), item.KeptAt, file)
}

// Write writes a file that is no proof.
func (a *Archive) Write(name string, at time.Time, content []byte) error {
	w, err := a.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: at})
	if err != nil {
		return err
	}
	_, err = w.Write(content)
	return err
}

// Flush hands on what was written so far.
func (a *Archive) Flush() error { return a.zip.Flush() }

// Close writes the ZIP's table of contents.
func (a *Archive) Close() error { return a.zip.Close() }

// name is where an item's proof lies in the archive: a path that cannot leave
// the folder it is unpacked into, on any system, and that no other has.
func (a *Archive) name(item Item) string {
	var parts []string
	for _, part := range strings.FieldsFunc(item.Name, func(r rune) bool { return r == '/' || r == '\\' }) {
		if part = plainName(part); part != "" {
			parts = append(parts, part)
		}
	}
	if len(parts) == 0 {
		parts = []string{item.Digest.String()}
	}
	base := path.Join(append([]string{plainName(strings.ReplaceAll(item.GroupName, "/", "_"))}, parts...)...)
	name := base + ".ots"
	for n := 2; a.taken[strings.ToLower(name)]; n++ {
		name = fmt.Sprintf("%s (%d).ots", base, n)
	}
	a.taken[strings.ToLower(name)] = true
	return name
}

// plainName drops what file systems do not take, or take for something else.
func plainName(part string) string {
	part = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || strings.ContainsRune(`<>:"|?*\`, r) || unicode.Is(unicode.Cf, r) {
			return '_'
		}
		return r
	}, part)
	part = strings.Trim(strings.TrimSpace(part), ".")
	return strings.TrimSpace(part)
}
