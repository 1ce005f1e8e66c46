package bundle

import (
	"bytes"
	_ "embed"
	"strings"
	"text/template"
)

//go:embed readme.txt
var readmeText string

var readmeTemplate = template.Must(template.New("readme").Parse(readmeText))

// readme says what is in the bundle, in both languages. Its lines end as
// every editor of every system likes them.
func (c Contents) readme() ([]byte, error) {
	var out bytes.Buffer
	if err := readmeTemplate.Execute(&out, c); err != nil {
		return nil, err
	}
	return []byte(strings.ReplaceAll(out.String(), "\n", "\r\n")), nil
}

// Quoted is the proof's name as a shell takes it, whatever is in it.
func (c Contents) Quoted() string {
	return "'" + strings.ReplaceAll(c.ProofName, "'", `'\''`) + "'"
}
