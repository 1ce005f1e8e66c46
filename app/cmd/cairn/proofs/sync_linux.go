package proofs

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// canSyncAll: the whole file system can be brought to the disk at once.
const canSyncAll = true

// syncAll brings everything written in folders to the disk: once for each file
// system, not once for each file.
func syncAll(folders map[string]bool) error {
	synced := map[uint64]bool{}
	var all error
	for folder := range folders {
		var st unix.Stat_t
		if err := unix.Stat(folder, &st); err != nil {
			return &os.PathError{Op: "stat", Path: folder, Err: err}
		}
		if synced[st.Dev] {
			continue
		}
		synced[st.Dev] = true
		all = errors.Join(all, syncFileSystem(folder))
	}
	return all
}

func syncFileSystem(folder string) error {
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := unix.Syncfs(int(f.Fd())); err != nil {
		return &os.PathError{Op: "sync", Path: folder, Err: err}
	}
	return nil
}
