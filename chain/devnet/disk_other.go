//go:build !unix

package devnet

import (
	"math"
	"os"
)

// lockFolder only makes the file: here the block database's own lock keeps a
// second process out.
func lockFolder(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
}

// freeBytes cannot be asked for here; writing says when the disk is full.
func freeBytes(string) (uint64, error) { return math.MaxUint64, nil }
