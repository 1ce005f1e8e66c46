package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"cairn/app/config"
)

func lookAtFolder(_ context.Context, c config.Config) (Verdict, string) {
	info, err := os.Stat(c.Data)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Warn, c.Data + " does not exist yet; the first `cairn serve` makes it"
	case err != nil:
		return Fail, fmt.Sprintf("%s cannot be looked at: %v", c.Data, err)
	case !info.IsDir():
		return Fail, c.Data + " is not a folder: choose another with --data"
	case info.Mode().Perm()&0o077 != 0:
		return Warn, fmt.Sprintf("%s is open to others of this machine (mode %04o): chmod 700 it", c.Data, info.Mode().Perm())
	}
	return OK, c.Data + ", mode 0700"
}

// Below these, a busy Cairn fills the disk within days or at once.
const (
	lowSpace = 5 << 30
	noSpace  = 200 << 20
)

func lookAtSpace(_ context.Context, c config.Config) (Verdict, string) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(existing(c.Data), &st); err != nil {
		return Fail, fmt.Sprintf("free space cannot be read: %v", err)
	}
	free := int64(st.Bavail) * int64(st.Bsize)
	says := fmt.Sprintf("%.1f GB free", float64(free)/1e9)
	switch {
	case free < noSpace:
		return Fail, says + ": digests will be refused soon; make room"
	case free < lowSpace:
		return Warn, says + ": make room before long"
	}
	return OK, says
}

// syncRounds is how often the durability check writes and syncs.
const syncRounds = 40

// implausible is a rate of synced writes no disk reaches: the sync is a lie,
// as on some virtual disks and RAM file systems.
const implausible = 100_000

func lookAtSync(_ context.Context, c config.Config) (Verdict, string) {
	f, err := os.CreateTemp(existing(c.Data), "cairn-doctor-*")
	if err != nil {
		return Fail, fmt.Sprintf("nothing can be written: %v", err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	page := make([]byte, 4096)
	began := time.Now()
	for range syncRounds {
		if _, err := f.Write(page); err != nil {
			return Fail, fmt.Sprintf("writing fails: %v", err)
		}
		if err := f.Sync(); err != nil {
			return Fail, fmt.Sprintf("syncing fails: %v", err)
		}
	}
	rate := float64(syncRounds) / time.Since(began).Seconds()
	says := fmt.Sprintf("%.0f synced writes a second", rate)
	switch {
	case rate > implausible:
		return Warn, says + ": too fast to be true; does this disk keep what it says it kept?"
	case rate < 20:
		return Warn, says + ": every answer waits for one; a faster disk helps"
	}
	return OK, says
}

// existing is the nearest folder above a path that exists.
func existing(path string) string {
	for {
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			return path
		}
		parent := filepath.Dir(path)
		if parent == path {
			return path
		}
		path = parent
	}
}
