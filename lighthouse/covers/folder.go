package covers

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"cairn/app/db/durable"
)

// Folder is a Store in a folder of this machine.
type Folder struct {
	path string
	now  func() time.Time
}

// OpenFolder opens a folder, making it (mode 0700) if needed. now dates files.
func OpenFolder(path string, now func() time.Time) (*Folder, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("the folder of pictures cannot be made: %w", err)
	}
	return &Folder{path, now}, nil
}

// file is the path of a file, for names that are one.
func (f *Folder) file(name string) (string, error) {
	if name == "" || strings.HasPrefix(name, ".") || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-.") != "" {
		return "", fmt.Errorf("%w: %q is no name", ErrUnknown, name)
	}
	return filepath.Join(f.path, name), nil
}

// Put implements Store.
func (f *Folder) Put(ctx context.Context, name string, data []byte) error {
	path, err := f.file(name)
	if err != nil {
		return err
	}
	if err := durable.WriteFile(path, data); err != nil {
		return err
	}
	return f.Touch(ctx, name)
}

// Get implements Store.
func (f *Folder) Get(_ context.Context, name string) ([]byte, error) {
	path, err := f.file(name)
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(path)
	return data, unknown(err)
}

// Touch implements Store.
func (f *Folder) Touch(_ context.Context, name string) error {
	path, err := f.file(name)
	if err != nil {
		return err
	}
	now := f.now()
	return unknown(os.Chtimes(path, now, now))
}

// List implements Store.
func (f *Folder) List(ctx context.Context, visit func(string, time.Time) error) error {
	entries, err := os.ReadDir(f.path)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if _, err := f.file(e.Name()); err != nil || !info.Mode().IsRegular() {
			continue
		}
		if err := visit(e.Name(), info.ModTime()); err != nil {
			return err
		}
	}
	return nil
}

// Delete implements Store.
func (f *Folder) Delete(_ context.Context, name string) error {
	path, err := f.file(name)
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func unknown(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return ErrUnknown
	}
	return err
}
