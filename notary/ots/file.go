package ots

import (
	"bytes"
)

// magic opens every detached timestamp file; the byte after it is the version.
// Source: python-opentimestamps core/timestamp.py, DetachedTimestampFile.
var magic = []byte("\x00OpenTimestamps\x00\x00Proof\x00\xbf\x89\xe2\xe8\x84\xe8\x92\x94")

// MagicSize is how many bytes HasMagic looks at.
const MagicSize = 31

// HasMagic reports whether bytes begin like a detached timestamp file.
func HasMagic(b []byte) bool { return bytes.HasPrefix(b, magic) }

// version is the only major version there is.
const version = 1

// MediaType is what a proof is called in HTTP.
const MediaType = "application/vnd.opentimestamps.v1"

// File is a detached timestamp file (.ots): a timestamp of the digest of some
// other file.
type File struct {
	// Hash made the digest.
	Hash OpCode
	// Timestamp is of the digest.
	Timestamp *Timestamp
}

// NewFile starts a proof for a digest. Errors: ErrNotHash, ErrDigestLength.
func NewFile(hash OpCode, digest []byte) (*File, error) {
	if err := checkDigest(hash, digest); err != nil {
		return nil, err
	}
	t, err := New(digest)
	if err != nil {
		return nil, err
	}
	return &File{Hash: hash, Timestamp: t}, nil
}

func checkDigest(hash OpCode, digest []byte) error {
	size := hash.DigestSize()
	if size == 0 {
		return fail(ErrNotHash, "%s", hash)
	}
	if len(digest) != size {
		return fail(ErrDigestLength, "%s makes %d bytes, not %d", hash, size, len(digest))
	}
	return nil
}

// ParseFile reads a detached timestamp file, whole. Errors: ErrBadMagic,
// ErrVersion, ErrNotHash, and those of Parse.
func ParseFile(serialized []byte) (*File, error) {
	r, err := newReader(serialized)
	if err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(r.b, magic) {
		return nil, r.fail(ErrBadMagic, "")
	}
	r.off = len(magic)
	major, err := r.byte()
	if err != nil {
		return nil, err
	}
	if major != version {
		return nil, r.fail(ErrVersion, "version %d", major)
	}
	code, err := r.byte()
	if err != nil {
		return nil, err
	}
	f := &File{Hash: OpCode(code)}
	size := f.Hash.DigestSize()
	if size == 0 {
		return nil, r.fail(ErrNotHash, "%s", f.Hash)
	}
	digest, err := r.bytes(size)
	if err != nil {
		return nil, err
	}
	if f.Timestamp, err = r.timestamp(digest, MaxDepth); err != nil {
		return nil, err
	}
	return f, r.end()
}

// Digest is the digest of the file that the proof is for; do not change it.
func (f *File) Digest() []byte { return f.Timestamp.Message() }

// AppendBinary writes the file after dst, canonically. Errors: ErrNotHash,
// ErrDigestLength, and those of Timestamp.AppendBinary.
func (f *File) AppendBinary(dst []byte) ([]byte, error) {
	if err := checkDigest(f.Hash, f.Digest()); err != nil {
		return nil, err
	}
	return f.Timestamp.AppendBinary(AppendFileHeader(dst, f.Hash, f.Digest()))
}

// MarshalBinary is AppendBinary to a new slice.
func (f *File) MarshalBinary() ([]byte, error) { return f.AppendBinary(nil) }

// AppendFileHeader writes what stands before the timestamp in a detached file;
// the digest must have the size that the hash makes.
func AppendFileHeader(dst []byte, hash OpCode, digest []byte) []byte {
	dst = append(dst, magic...)
	dst = append(dst, version, byte(hash))
	return append(dst, digest...)
}
