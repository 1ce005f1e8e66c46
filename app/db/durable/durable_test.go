package durable_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"cairn/app/db/durable"
)

func TestReplace(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	for _, content := range []string{"old", "newer and longer", ""} {
		if err := durable.WriteFile(path, []byte(content)); err != nil {
			t.Fatal(err)
		}
		want(t, path, content)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestAFailedWriteLeavesTheOldFileAndNothingElse(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	if err := durable.WriteFile(path, []byte("old")); err != nil {
		t.Fatal(err)
	}
	failure := errors.New("half way")
	err := durable.Replace(path, func(w io.Writer) error {
		_, _ = io.WriteString(w, "ha")
		return failure
	})
	if !errors.Is(err, failure) {
		t.Errorf("got %v", err)
	}
	want(t, path, "old")
	if names, _ := os.ReadDir(dir); len(names) != 1 {
		t.Errorf("%d files are left", len(names))
	}
	if err := durable.WriteFile(filepath.Join(dir, "none", "file"), nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a folder that is not there: %v", err)
	}
}

func want(t *testing.T, path, content string) {
	t.Helper()
	if raw, err := os.ReadFile(path); err != nil || string(raw) != content {
		t.Errorf("%q, %v; want %q", raw, err, content)
	}
}
