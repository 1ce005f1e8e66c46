//go:build unix

package devnet

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// lockFolder takes the lock that keeps a second process out of the folder. It
// is held until the file is closed, or the process dies. Errors: ErrInUse.
func lockFolder(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		file.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, ErrInUse
		}
		return nil, fmt.Errorf("lock the folder: %w", err)
	}
	return file, nil
}

// freeBytes is how much room an ordinary user has left on the disk of dir.
func freeBytes(dir string) (uint64, error) {
	var stat syscall.Statfs_t
	if err := syscall.Statfs(dir, &stat); err != nil {
		return 0, fmt.Errorf("ask for the room on the disk: %w", err)
	}
	return uint64(stat.Bavail) * uint64(stat.Bsize), nil
}
