// Package durable replaces small files so that after a crash, or a power cut,
// there is the whole old file or the whole new one. It is a leaf: it imports
// nothing of ours.
package durable

import (
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"
)

// WriteFile is Replace with bytes that are at hand.
func WriteFile(path string, data []byte) error {
	return Replace(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// Replace writes a file, mode 0600, and puts it into place; it is on disk,
// under its name, when Replace returns nil. When write fails the old file
// stays.
func Replace(path string, write func(io.Writer) error) error {
	temp, err := os.CreateTemp(filepath.Dir(path), ".new-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name()) // fails once renamed, as it should
	out := bufio.NewWriter(temp)
	err = write(out)
	if err == nil {
		err = errors.Join(out.Flush(), temp.Sync())
	}
	if err = errors.Join(err, temp.Close()); err != nil {
		return err
	}
	if err := os.Rename(temp.Name(), path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder makes the names in a folder durable.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
