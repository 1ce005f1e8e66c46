// Package control is the private door of a running Cairn: HTTP on a unix
// socket in the data folder, mode 0600, through which `cairn wallet`,
// `cairn devnet`, `cairn operator`, `cairn backup` and `cairn doctor` ask the
// process that `cairn serve` started. Who can open the socket can read the
// data folder anyway, so it asks for no other proof.
package control

import (
	"crypto/sha256"
	"encoding/hex"
	"net"
	"os"
	"path/filepath"
)

// longestSocket is how long a unix socket's path may be on every system Go
// runs on (macOS has 104 bytes with the final zero, Linux 108).
const longestSocket = 100

// SocketPath is where the control socket of a data folder is: inside it, or,
// where that path is too long for a socket, in a folder of the user's own
// named by the data folder's hash.
func SocketPath(data string) string {
	path := filepath.Join(data, "control.sock")
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	if len(path) <= longestSocket {
		return path
	}
	sum := sha256.Sum256([]byte(path))
	return filepath.Join(runtimeDir(), "cairn-"+hex.EncodeToString(sum[:8]), "control.sock")
}

func runtimeDir() string {
	if dir := os.Getenv("XDG_RUNTIME_DIR"); dir != "" && len(dir) < longestSocket/2 {
		return dir
	}
	return "/tmp"
}

// Listen opens the control socket of a data folder. The caller holds the
// folder's lock, so a socket file found there is a leftover.
func Listen(data string) (net.Listener, error) {
	path := SocketPath(data)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	ln, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		ln.Close()
		return nil, err
	}
	return ln, nil
}
