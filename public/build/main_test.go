package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// What is committed is what the sources give: whoever changes a script or the
// style sheet runs `go generate ./public`.
func TestCommittedFilesAreUpToDate(t *testing.T) {
	files, err := build("..")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("public/%s is not what public/src gives: run go generate ./public", name)
		}
	}
}
