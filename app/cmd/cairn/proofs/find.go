package proofs

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// found is the proofs below what was named.
type found struct {
	paths []string
	// failed are folders that could not be looked at.
	failed []failedJSON
	// many: a folder was named, so results are counted, not listed.
	many bool
}

// findProofs lists the proofs that were named, and in folders those with a
// proof's name, in the order of names. Links in folders are not followed, and
// hidden folders passed over.
func findProofs(ctx context.Context, paths []string) (*found, error) {
	f := &found{}
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			f.paths = append(f.paths, path)
			continue
		}
		f.many = true
		err = filepath.WalkDir(path, func(at string, d fs.DirEntry, err error) error {
			switch {
			case ctx.Err() != nil:
				return ctx.Err()
			case err != nil:
				f.failed = append(f.failed, failedJSON{File: at, Error: err.Error()})
				if d != nil && d.IsDir() {
					return fs.SkipDir
				}
			case d.IsDir() && at != path && strings.HasPrefix(d.Name(), "."):
				return fs.SkipDir
			case d.Type().IsRegular() && strings.HasSuffix(d.Name(), proofExt) && d.Name() != proofExt:
				f.paths = append(f.paths, at)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	if len(f.paths) == 0 && len(f.failed) == 0 {
		return nil, fmt.Errorf("there is no proof (*%s) in %s", proofExt, strings.Join(paths, ", "))
	}
	return f, nil
}
