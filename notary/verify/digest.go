package verify

import (
	"bytes"
	"fmt"
	"io"

	"cairn/notary/ots"
)

// Digest reads a file as a stream and hashes it the way the proof does. buffer
// is used for reading; nil makes one. Errors: ots.ErrNotHash, and the reader's
// own.
func Digest(f *ots.File, r io.Reader, buffer []byte) ([]byte, error) {
	h, err := f.Hash.NewHash()
	if err != nil {
		return nil, err
	}
	if _, err := io.CopyBuffer(h, r, buffer); err != nil {
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
