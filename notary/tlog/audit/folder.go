package audit

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// The files of a log that are no tiles.
const (
	checkpointPath = "checkpoint"
	keyPath        = "key"
	anchorsPath    = "anchors"
	// HeadersFile of a mirror has the headers of the blocks that the anchors
	// name, as lines "height header" in hexadecimal.
	HeadersFile = "headers"
	// StateFile of a mirror is what the last update has seen.
	StateFile = "state.json"
)

// Folder is a copy of a log on disk, made by Mirror or by wget.
type Folder string

// Live implements Source.
func (Folder) Live() bool { return false }

// String is the folder's path.
func (f Folder) String() string { return string(f) }

// Get implements Source.
func (f Folder) Get(_ context.Context, path string, limit int64) ([]byte, error) {
	name := filepath.Join(string(f), filepath.FromSlash(path))
	file, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fail(ErrMissing, "%s", name)
	} else if err != nil {
		return nil, fail(ErrUnreachable, "the copy cannot be read").because(err)
	}
	defer file.Close()
	raw, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return nil, fail(ErrUnreachable, "the copy cannot be read").because(err)
	}
	if int64(len(raw)) > limit {
		return nil, fail(ErrTooLarge, "%s has more than %d bytes", name, limit)
	}
	return raw, nil
}

// Anchors implements Source.
func (f Folder) Anchors(ctx context.Context, _ int64) ([]byte, error) {
	return f.Get(ctx, anchorsPath, maxAnchors)
}
