package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"cairn/notary/ots"
)

// proofExt is what a proof's name ends in, after the name of its file.
const proofExt = ".ots"

// defaultServer is where a Cairn answers unless told otherwise: its calendar
// at the root, its block headers below /esplora.
const defaultServer = "http://127.0.0.1:8780"

// readProof reads and parses a proof, whatever its name.
func readProof(path string) (*ots.File, error) {
	r, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	raw, err := io.ReadAll(io.LimitReader(r, ots.MaxSize+1))
	if err != nil {
		return nil, err
	}
	f, err := ots.ParseFile(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

// createProof writes a new proof, whole or not at all, and never over another
// file: the error is then fs.ErrExist.
func createProof(path string, f *ots.File) error {
	temp, err := writeBeside(path, f)
	if err != nil {
		return err
	}
	defer os.Remove(temp)
	if err := linkOrCopy(temp, path); err != nil {
		return err
	}
	return syncFolder(path)
}

// replaceProof writes a changed proof in the place of the old one, which stays
// beside it under the name returned; the permissions stay as well. At every
// moment there is a whole proof at path.
func replaceProof(path string, f *ots.File) (backup string, err error) {
	temp, err := writeBeside(path, f)
	if err != nil {
		return "", err
	}
	defer os.Remove(temp)
	old, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if err := os.Chmod(temp, old.Mode().Perm()); err != nil {
		return "", err
	}
	if backup, err = keepBackup(path); err != nil {
		return "", err
	}
	if err := os.Rename(temp, path); err != nil {
		return "", err
	}
	return backup, syncFolder(path)
}

// maxBackups is how many earlier states of one proof are kept beside it.
const maxBackups = 100

// keepBackup gives the file a second name: .bak, or .bak2 and so on when that
// is taken.
func keepBackup(path string) (string, error) {
	for n := 1; n <= maxBackups; n++ {
		backup := path + ".bak"
		if n > 1 {
			backup += fmt.Sprint(n)
		}
		err := linkOrCopy(path, backup)
		if !errors.Is(err, fs.ErrExist) {
			return backup, err
		}
	}
	return "", fmt.Errorf("%s: %d backups are there already: remove some", path, maxBackups)
}

// writeBeside writes a proof to a temporary file in the folder of path, down
// to the disk.
func writeBeside(path string, f *ots.File) (temp string, err error) {
	raw, err := f.MarshalBinary()
	if err != nil {
		return "", err
	}
	temp = filepath.Join(filepath.Dir(path), fmt.Sprintf(".%s.%d.tmp", filepath.Base(path), os.Getpid()))
	return temp, writeNew(temp, raw)
}

// writeNew creates a file with the permissions that the user's umask gives,
// down to the disk; a file that could not be written whole is removed.
func writeNew(path string, raw []byte) error {
	w, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = w.Write(raw)
	if err = errors.Join(err, w.Sync(), w.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// linkOrCopy gives a file a second name that must be free, or copies it where
// the file system has no links.
func linkOrCopy(from, to string) error {
	err := os.Link(from, to)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	raw, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return writeNew(to, raw)
}

// syncFolder makes the names in the folder of path durable.
func syncFolder(path string) error {
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.Sync()
}
