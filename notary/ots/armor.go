package ots

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
)

// The frame that the reference client puts around a timestamp at the end of
// the signature of a git commit. Source: opentimestamps-client otsclient/git.py.
const (
	armorHeader = "-----BEGIN OPENTIMESTAMPS GIT TIMESTAMP-----\n\n"
	armorFooter = "-----END OPENTIMESTAMPS GIT TIMESTAMP-----\n"
	armorWidth  = 64
)

// GitDigest is the message that a git timestamp is of:
// sha256(sha256(commit) ‖ sha256(signature)), where commit is the object
// without its signature, and signature is what stands before the armor.
func GitDigest(commit, signature []byte) [sha256.Size]byte {
	c, s := sha256.Sum256(commit), sha256.Sum256(signature)
	return sha256.Sum256(append(c[:], s[:]...))
}

// AppendArmor writes a timestamp after dst as git's signatures carry it.
// minor is the format's minor version, 0 today. Errors: those of
// Timestamp.AppendBinary.
func AppendArmor(dst []byte, t *Timestamp, minor uint8) ([]byte, error) {
	body, err := t.AppendBinary([]byte{version, minor})
	if err != nil {
		return nil, err
	}
	dst = append(dst, armorHeader...)
	text := base64.StdEncoding.AppendEncode(nil, body)
	for len(text) > 0 {
		line := text[:min(len(text), armorWidth)]
		text = text[len(line):]
		dst = append(append(dst, line...), '\n')
	}
	return append(dst, armorFooter...), nil
}

// Armored is a git timestamp as found at the end of a signature.
type Armored struct {
	// Signature is what stands before the armor: the signature itself.
	Signature []byte
	Timestamp *Timestamp
	// Minor is the format's minor version.
	Minor uint8
}

// ParseArmor finds the first armor in the signature of a commit and reads its
// timestamp; commit is the object without signature, as SplitCommit gives it.
// Errors: ErrArmor when there is none or it is not base64, ErrVersion, and
// those of Parse.
func ParseArmor(commit, signature []byte) (*Armored, error) {
	before, rest, found := bytes.Cut(signature, []byte(armorHeader))
	if !found {
		return nil, fail(ErrArmor, "no header line")
	}
	body, _, found := bytes.Cut(rest, []byte("\n"+armorFooter))
	if !found {
		return nil, fail(ErrArmor, "no footer line")
	}
	if base64.StdEncoding.DecodedLen(len(body)) > MaxSize+MaxSize/armorWidth {
		return nil, fail(ErrTooLarge, "%d characters", len(body))
	}
	raw, err := base64.StdEncoding.AppendDecode(nil, body)
	if err != nil {
		return nil, fail(ErrArmor, "%v", err)
	}
	if len(raw) < 2 {
		return nil, fail(ErrTruncated, "no version")
	}
	if raw[0] != version {
		return nil, fail(ErrVersion, "version %d", raw[0])
	}
	digest := GitDigest(commit, before)
	t, err := Parse(digest[:], raw[2:])
	if err != nil {
		return nil, err
	}
	return &Armored{Signature: before, Timestamp: t, Minor: raw[1]}, nil
}

// SplitCommit takes the signature out of a git commit object: the value of its
// gpgsig header, unfolded and ended by a newline, and the object without that
// header. The signature is nil when there is none. As in the reference, the
// header reaches to the empty line before the message.
func SplitCommit(object []byte) (commit, signature []byte) {
	const key = "gpgsig "
	var inside, done bool
	for line := range bytes.Lines(object) {
		switch {
		case done:
			commit = append(commit, line...)
		case inside && len(bytes.TrimSuffix(line, []byte("\n"))) == 0:
			done = true
			commit = append(commit, line...)
		case inside:
			signature = append(signature, line[1:]...)
		case bytes.HasPrefix(line, []byte(key)):
			inside = true
			signature = append(signature, line[len(key):]...)
		default:
			commit = append(commit, line...)
		}
	}
	if inside && !bytes.HasSuffix(signature, []byte("\n")) {
		signature = append(signature, '\n')
	}
	return commit, signature
}
