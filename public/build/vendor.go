package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// vendor writes the libraries of the pages, each as one readable module, out of
// what npm installed in their folders. They are committed, so that only whoever
// changes a version needs npm.
func vendor(dir string) error {
	for _, v := range []struct{ folder, entry, out string }{
		{"bitcoin", "entry.js", "bitcoin.js"},
		{"qr", "draw.js", "qr.js"},
		{"qr", "read.js", "qrdecode.js"},
	} {
		if err := vendorOne(filepath.Join(dir, "vendor", v.folder), v.entry, v.out); err != nil {
			return err
		}
	}
	return nil
}

func vendorOne(folder, entry, out string) error {
	abs, err := filepath.Abs(folder)
	if err != nil {
		return err
	}
	result := api.Build(api.BuildOptions{
		EntryPoints:   []string{filepath.Join(abs, entry)},
		AbsWorkingDir: abs,
		Bundle:        true,
		Format:        api.FormatESModule,
		Target:        api.ES2022,
		TreeShaking:   api.TreeShakingTrue,
		LegalComments: api.LegalCommentsInline,
		Charset:       api.CharsetUTF8,
	})
	for _, m := range result.Errors {
		return fmt.Errorf("%s (did npm ci run in %s?)", m.Text, abs)
	}
	content := string(result.OutputFiles[0].Contents)
	if strings.Contains(content, "eval(") || strings.Contains(content, "new Function") {
		return errors.New("the libraries evaluate code, which the pages' policy forbids")
	}
	return os.WriteFile(filepath.Join(abs, out), []byte(content), 0o644)
}
