package verify

import (
	"bytes"
	"fmt"
	"io"

	"cairn/notary/ots"
)

// Digest reads a file as a stream and hashes it the way the proof does.
// Errors: ots.ErrNotHash, and the reader's own.
func Digest(f *ots.File, r io.Reader) ([]byte, error) {
	h, err := f.Hash.NewHash()
	if err != nil {
		return nil, err
	}
	if _, err := io.Copy(h, r); err != nil {
		return nil, err
	}
	return h.Sum(nil), nil
}

// Match tells whether the proof is for a digest. Errors: ErrOtherFile.
func Match(f *ots.File, digest []byte) error {
	if !bytes.Equal(f.Digest(), digest) {
		return fmt.Errorf("%w: its %s is %x, the proof's is %x", ErrOtherFile, f.Hash, digest, f.Digest())
	}
	return nil
}
