package app

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// maxSecret bounds a password file, so that a wrong path is not read whole.
const maxSecret = 4096

// readSecret reads a file that holds one secret on its first line.
func readSecret(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("the secret cannot be read: %w", err)
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxSecret))
	if err != nil {
		return "", fmt.Errorf("the secret cannot be read: %w", err)
	}
	line, _, _ := strings.Cut(string(raw), "\n")
	if line = strings.TrimSpace(line); line == "" {
		return "", fmt.Errorf("the secret file %s is empty", path)
	}
	return line, nil
}
