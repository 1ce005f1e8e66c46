package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// dataFolder is a data folder that this process alone uses.
type dataFolder struct {
	path string
	lock *os.File
	// fresh reports whether the folder was made or empty just now.
	fresh bool
}

// openDataFolder makes the folder (mode 0700) if needed and locks it, so that
// two processes never share one chain, wallet or SQLite file. The lock goes
// with the process, however it ends.
func openDataFolder(path string) (*dataFolder, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("the data folder cannot be made: %w", err)
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, fmt.Errorf("the data folder cannot be read: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(path, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("the data folder cannot be written: %w", err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		lock.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("another Cairn already runs on %s: stop it, or choose another folder with --data", path)
		}
		return nil, fmt.Errorf("the data folder cannot be locked: %w", err)
	}
	return &dataFolder{path: path, lock: lock, fresh: len(entries) == 0}, nil
}

// file is the path of a file in the folder.
func (d *dataFolder) file(name string) string { return filepath.Join(d.path, name) }

// checkNetwork writes the network's name into a fresh folder and refuses one
// that holds another network's wallet and proofs.
func (d *dataFolder) checkNetwork(network string) error {
	name := d.file("network")
	found, err := os.ReadFile(name)
	if errors.Is(err, os.ErrNotExist) {
		return os.WriteFile(name, []byte(network+"\n"), 0o600)
	}
	if err != nil {
		return err
	}
	if was := strings.TrimSpace(string(found)); was != network {
		return fmt.Errorf("the data folder %s belongs to %s: choose another with --data, or start with --network %s", d.path, was, was)
	}
	return nil
}

func (d *dataFolder) close() error { return d.lock.Close() }
