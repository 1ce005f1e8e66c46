package proofs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"

	"cairn/notary/ots"
)

// proofExt is what a proof's name ends in, after the name of its file, and
// backupExt what an earlier state of it has behind that.
const (
	proofExt  = ".ots"
	backupExt = ".bak"
)

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
	if len(raw) == 0 {
		return nil, fmt.Errorf("%s: %w: the file is empty", path, ots.ErrBadMagic)
	}
	f, err := ots.ParseFile(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

// maxBackups is how many earlier states of one proof are kept beside it.
const maxBackups = 100

// keepBackup gives the file a second name: .bak, or .bak2 and so on when that
// is taken.
func keepBackup(path string) (string, error) {
	for n := 1; n <= maxBackups; n++ {
		backup := path + backupExt
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

// tempName is where a proof is written before it gets its own name: hidden, in
// the same folder, and not the name that another process would take.
func tempName(path string) string {
	return filepath.Join(filepath.Dir(path), fmt.Sprintf(".%s.%d.tmp", filepath.Base(path), os.Getpid()))
}

// leftover is the name of a temporary file, with the process that made it.
var leftover = regexp.MustCompile(`^\..+\` + proofExt + `\.([0-9]{1,9})\.tmp$`)

// removeLeftovers removes what processes that are no more, killed or by a
// power failure, did not get to rename.
func removeLeftovers(folder string) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return // writing there will say what is wrong
	}
	for _, e := range entries {
		name := leftover.FindStringSubmatch(e.Name())
		if name == nil || !e.Type().IsRegular() {
			continue
		}
		if pid, err := strconv.Atoi(name[1]); err == nil && !isRunning(pid) {
			os.Remove(filepath.Join(folder, e.Name())) //nolint:errcheck // it harms nobody
		}
	}
}

// isRunning reports whether a process exists on this machine.
func isRunning(pid int) bool {
	p, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	err = p.Signal(syscall.Signal(0))
	return err == nil || errors.Is(err, os.ErrPermission)
}

// writeNew creates a file with the permissions that the user's umask gives; a
// file that could not be written whole is removed. With sync it is on the disk
// afterwards.
func writeNew(path string, raw []byte, sync bool) error {
	w, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = w.Write(raw)
	if sync && err == nil {
		err = w.Sync()
	}
	if err = errors.Join(err, w.Close()); err != nil {
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
	return writeNew(to, raw, true)
}

// syncFolder makes the names in a folder durable.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.Sync()
}
