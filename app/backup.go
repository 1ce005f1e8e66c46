package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"

	"cairn/app/control"
	"cairn/app/db"
)

// kept are the files of the data folder that a backup holds, as patterns.
// lnd's own database is not among them: an old channel state, restored, can
// cost all of a channel. The seed and the static channel backup are what one
// restores from.
var kept = []string{
	"network",
	"calendar.key",
	tsaSecretFile,
	"covers/*.jpg",
	"node/seed.*",
	"node/wallet.password",
	"node/backups/*",
}

// Backup implements control.Running: a consistent copy in a folder that does
// not exist yet.
func (r running) Backup(ctx context.Context, to control.Folder) (control.Copied, error) {
	if !filepath.IsAbs(to.Path) {
		return control.Copied{}, fmt.Errorf("the folder to write into must be a full path")
	}
	if err := os.Mkdir(to.Path, 0o700); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return control.Copied{}, fmt.Errorf("%s exists already: a backup never writes over anything", to.Path)
		}
		return control.Copied{}, err
	}
	var copied control.Copied
	if r.db.Dialect() == db.SQLite {
		if err := r.db.CopyTo(ctx, filepath.Join(to.Path, "cairn.db")); err != nil {
			return copied, err
		}
		copied.Files = append(copied.Files, "cairn.db")
	}
	for _, pattern := range kept {
		names, err := filepath.Glob(r.folder.file(pattern))
		if err != nil {
			return copied, err
		}
		sort.Strings(names)
		for _, name := range names {
			rel, err := filepath.Rel(r.folder.path, name)
			if err != nil {
				return copied, err
			}
			if err := copyFile(name, filepath.Join(to.Path, rel)); err != nil {
				return copied, err
			}
			copied.Files = append(copied.Files, rel)
		}
	}
	return copied, nil
}

// copyFile copies one file durably, making the folders above it.
func copyFile(from, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err == nil {
		err = out.Sync()
	}
	return errors.Join(err, out.Close())
}
