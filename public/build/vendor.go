package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// vendor writes vendor/bitcoin/bitcoin.js: the libraries of the wallet in the
// page as one readable module, out of what npm installed in that folder. It is
// committed, so that only whoever changes a version needs npm.
func vendor(dir string) error {
	abs, err := filepath.Abs(filepath.Join(dir, "vendor", "bitcoin"))
	if err != nil {
		return err
	}
	result := api.Build(api.BuildOptions{
		EntryPoints:   []string{filepath.Join(abs, "entry.js")},
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
	return os.WriteFile(filepath.Join(abs, "bitcoin.js"), []byte(content), 0o644)
}
