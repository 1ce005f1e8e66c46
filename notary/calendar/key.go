package calendar

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Key is the calendar's secret, with which it marks its commitments. Clients
// never check the mark, and losing the key loses no proof; it lets an operator
// tell his own commitments from invented ones even without his database.
type Key [32]byte

// MAC is the mark of a commitment: the first 8 bytes of
// sha256(be32(time) ‖ tip ‖ key of that second) (otsserver/calendar.py).
func (k Key) MAC(time uint32, tip [sha256.Size]byte) (mac [8]byte) {
	derived := k.derive(time)
	var msg [4 + 2*sha256.Size]byte
	marked := Commitment{Time: time, Tip: tip}.Bytes()
	copy(msg[:36], marked[:36])
	copy(msg[36:], derived[:])
	sum := sha256.Sum256(msg[:])
	copy(mac[:], sum[:])
	return mac
}

// derive is derive_key_for_idx of otsserver/calendar.py for 32 bits: from the
// highest bit down, key = sha256(key ‖ ff) for a set bit and sha256(key ‖ 00)
// for a clear one.
func (k Key) derive(index uint32) Key {
	var msg [len(k) + 1]byte
	for bit := 31; bit >= 0; bit-- {
		copy(msg[:], k[:])
		msg[len(k)] = 0
		if index&(1<<bit) != 0 {
			msg[len(k)] = 0xff
		}
		k = sha256.Sum256(msg[:])
	}
	return k
}

// OpenKey reads the key from a file of 64 hexadecimal digits, or makes the
// file with mode 0600 and a new key from random when there is none.
func OpenKey(path string, random io.Reader) (Key, error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return makeKey(path, random)
	}
	if err != nil {
		return Key{}, fmt.Errorf("read calendar key: %w", err)
	}
	return parseKey(path, raw)
}

func parseKey(path string, raw []byte) (Key, error) {
	decoded, err := hex.DecodeString(strings.TrimSpace(string(raw)))
	if err != nil || len(decoded) != len(Key{}) {
		return Key{}, fmt.Errorf("the calendar key in %s is not 64 hexadecimal digits", path)
	}
	return Key(decoded), nil
}

// makeKey writes the key beside its place, makes it durable, and links it
// there, so that a crash never leaves half a key and of two processes that
// start together the second takes the first one's.
func makeKey(path string, random io.Reader) (Key, error) {
	var key Key
	if _, err := io.ReadFull(random, key[:]); err != nil {
		return Key{}, fmt.Errorf("make calendar key: %w", err)
	}
	temp, err := os.CreateTemp(filepath.Dir(path), ".calendar-key-*")
	if err != nil {
		return Key{}, fmt.Errorf("make calendar key: %w", err)
	}
	defer os.Remove(temp.Name())
	_, err = temp.WriteString(hex.EncodeToString(key[:]) + "\n")
	err = errors.Join(err, temp.Sync(), temp.Close())
	if err != nil {
		return Key{}, fmt.Errorf("make calendar key: %w", err)
	}
	if err := os.Link(temp.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return Key{}, fmt.Errorf("make calendar key: %w", err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return Key{}, fmt.Errorf("read calendar key: %w", err)
	}
	return parseKey(path, raw)
}
