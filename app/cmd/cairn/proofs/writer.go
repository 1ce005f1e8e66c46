package proofs

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// A proof appears under its name whole or not at all, whatever happens to the
// machine: it is written under another name, brought to the disk, and only
// then renamed. One proof is synced by itself; thousands are written first
// and the file system synced once for all of them, where it can be.

// writeChunk is how many proofs wait for one sync; so many hidden temporary
// files, at most, does a power failure leave behind.
const writeChunk = 4096

// fewProofs are synced one by one.
const fewProofs = 32

// written is one proof to be written.
type written struct {
	path string
	raw  []byte
	// replace: a proof is there, whose permissions the new one takes and which
	// is kept under a backup's name. Otherwise the name must be free.
	replace bool
	// mkdir: the folders on the way may be made.
	mkdir bool
	// backup asks for that backup; it is its name afterwards.
	backup     bool
	backupName string
	// err is why it was not written.
	err error
}

// writer collects proofs and writes them in chunks. tell is called once for
// every proof, when it is on the disk or failed.
type writer struct {
	tell    func(*written)
	pending []*written
	many    bool
	tidied  map[string]bool // folders without leftovers
}

// newWriter expects so many proofs.
func newWriter(expected int, tell func(*written)) *writer {
	return &writer{tell: tell, many: expected > fewProofs, tidied: map[string]bool{}}
}

// add takes one proof; it may write those that wait.
func (w *writer) add(ctx context.Context, p *written) error {
	w.pending = append(w.pending, p)
	if len(w.pending) < writeChunk {
		return nil
	}
	return w.flush(ctx)
}

// flush writes what waits. The error is ctx's own, and then nothing of it was
// written, or the disk's when a sync failed; a proof that failed alone says so
// itself.
func (w *writer) flush(ctx context.Context) error {
	defer func() { w.pending = nil }()
	syncEach := !w.many || !canSyncAll
	folders := map[string]bool{}
	for _, p := range w.pending {
		if ctx.Err() != nil {
			break
		}
		folder := filepath.Dir(p.path)
		if !w.tidied[folder] {
			w.tidied[folder] = true
			removeLeftovers(folder)
		}
		if err := p.writeTemp(syncEach); err != nil {
			p.err = fmt.Errorf("the proof was not written: %w", err)
			continue
		}
		folders[folder] = true
	}
	err := ctx.Err()
	if err == nil && !syncEach {
		err = syncAll(folders)
	}
	for _, p := range w.pending {
		temp := tempName(p.path)
		if err == nil && p.err == nil {
			p.err = p.place(temp)
		}
		os.Remove(temp) //nolint:errcheck // it is gone when the proof was renamed
	}
	if err != nil {
		return err
	}
	for folder := range folders {
		err = errors.Join(err, syncFolder(folder))
	}
	if err != nil {
		return err
	}
	for _, p := range w.pending {
		w.tell(p)
	}
	return nil
}

func (p *written) writeTemp(sync bool) error {
	if p.replace {
		old, err := os.Stat(p.path)
		if err != nil {
			return err
		}
		if err := writeNew(tempName(p.path), p.raw, sync); err != nil {
			return err
		}
		return os.Chmod(tempName(p.path), old.Mode().Perm())
	}
	if p.mkdir {
		if err := os.MkdirAll(filepath.Dir(p.path), 0o777); err != nil {
			return err
		}
	}
	return writeNew(tempName(p.path), p.raw, sync)
}

// place gives the proof its name; at every moment there is a whole proof at a
// path that had one.
func (p *written) place(temp string) error {
	if !p.replace {
		return linkOrCopy(temp, p.path)
	}
	if p.backup {
		var err error
		if p.backupName, err = keepBackup(p.path); err != nil {
			return err
		}
	}
	return os.Rename(temp, p.path)
}
