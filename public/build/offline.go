package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"

	"github.com/evanw/esbuild/pkg/api"
)

// offline is a page that checks a proof or a receipt without a network: one file,
// whose policy allows its own script and style by their hashes and no request at
// all. A place is left for the evidence, which the program fills in.
func offline(dir, what string) ([]byte, error) {
	source := filepath.Join(dir, "src", what)
	page, err := os.ReadFile(filepath.Join(source, "page.html"))
	if err != nil {
		return nil, err
	}
	script, err := bundle(filepath.Join(source, "main.js"), api.FormatIIFE)
	if err != nil {
		return nil, err
	}
	style, err := bundle(filepath.Join(dir, "src", "offline", "offline.css"), api.FormatDefault)
	if err != nil {
		return nil, err
	}
	script, style = bytes.TrimSpace(script), bytes.TrimSpace(style)
	if bytes.Contains(bytes.ToLower(script), []byte("</script")) || bytes.Contains(bytes.ToLower(style), []byte("</style")) {
		return nil, fmt.Errorf("the offline page's script or style would end its own element")
	}
	for _, part := range []struct {
		place   string
		content []byte
	}{
		{"{{SCRIPT-HASH}}", policyHash(script)},
		{"{{STYLE-HASH}}", policyHash(style)},
		{"{{STYLE}}", style},
		{"{{SCRIPT}}", script},
	} {
		if bytes.Count(page, []byte(part.place)) != 1 {
			return nil, fmt.Errorf("the offline page has no single place for %s", part.place)
		}
		page = bytes.Replace(page, []byte(part.place), part.content, 1)
	}
	return page, nil
}

// policyHash names an inline script or style in a content security policy.
func policyHash(content []byte) []byte {
	sum := sha256.Sum256(content)
	return []byte("sha256-" + base64.StdEncoding.EncodeToString(sum[:]))
}
