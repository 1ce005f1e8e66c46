package format

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"cairn/notary/ots"

	"golang.org/x/mod/sumdb/note"
)

const (
	// receiptHeader begins a receipt. It is no origin of a log, so a receipt
	// can never be read as a checkpoint, which the same key signs.
	receiptHeader = "cairn.receipt@v1\n"
	// MaxReceipt is the longest receipt that is read, in bytes.
	MaxReceipt = 2 * MaxNote
	// maxPath bounds the way from a digest to its entry; the calendar's own
	// has at most 12 levels, below 600 bytes.
	maxPath = 4096
)

// Promise is what a log signs when it takes a digest: that the entry to which
// Path leads from Digest is number Index of the log.
type Promise struct {
	Origin string
	Index  int64
	Entry  Entry
	Digest [sha256.Size]byte
	// Path is the operations from the digest to the entry, serialised as in a
	// pending .ots. It is empty, and Digest zero, where the log does not know
	// the digest: then the way to the entry is in the .ots of the client.
	Path []byte
}

// Text is the promise as it is signed.
func (p *Promise) Text() string {
	text := fmt.Sprintf("%s%s\nindex %d\nentry %s\n", receiptHeader, p.Origin, p.Index, p.Entry)
	if len(p.Path) > 0 {
		text += fmt.Sprintf("digest sha256:%x\npath %s\n", p.Digest, base64.StdEncoding.EncodeToString(p.Path))
	}
	return text
}

// Sign makes the promise a signed note.
func (p *Promise) Sign(signer note.Signer) ([]byte, error) {
	return note.Sign(&note.Note{Text: p.Text()}, signer)
}

// Check tells whether the path, if there is one, leads from the digest to the
// entry. Errors: ErrReceipt.
func (p *Promise) Check() error {
	if len(p.Path) == 0 {
		return nil
	}
	if len(p.Path) > maxPath {
		return fmt.Errorf("%w: its path is too long", ErrReceipt)
	}
	// A path is parsed as a timestamp, which ends in an attestation.
	const end = "end"
	way, err := ots.Parse(p.Digest[:], ots.AppendPending(bytes.Clone(p.Path), end))
	if err != nil {
		return fmt.Errorf("%w: its path: %w", ErrReceipt, err)
	}
	leads := 0
	way.Walk(func(_ []ots.Branch, at *ots.Timestamp, _ ots.Attestation) bool {
		if bytes.Equal(at.Message(), p.Entry[:]) {
			leads++
		} else {
			leads = -1
		}
		return leads > 0
	})
	if leads != 1 {
		return fmt.Errorf("%w: its path does not lead from the digest to the entry", ErrReceipt)
	}
	return nil
}

// openPromise reads a signed promise. Errors: ErrSignature, ErrReceipt.
func openPromise(signed []byte, key note.Verifier) (*Promise, error) {
	text, err := open(signed, key)
	if errors.Is(err, ErrSignature) {
		return nil, err
	} else if err != nil {
		return nil, fmt.Errorf("%w: it is no signed note", ErrReceipt)
	}
	p, err := parsePromise(text)
	if err != nil {
		return nil, err
	}
	if p.Origin != key.Name() {
		return nil, fmt.Errorf("%w: it is of the log %q", ErrReceipt, p.Origin)
	}
	return p, p.Check()
}

func parsePromise(text string) (*Promise, error) {
	rest, ok := strings.CutPrefix(text, receiptHeader)
	names := []string{"", "index ", "entry ", "digest sha256:", "path "}
	lines := strings.Split(rest, "\n")
	if !ok || len(lines) != 4 && len(lines) != 6 || lines[len(lines)-1] != "" {
		return nil, fmt.Errorf("%w: its lines are not those of a receipt", ErrReceipt)
	}
	values := make([]string, len(lines)-1)
	for i := range values {
		if values[i], ok = strings.CutPrefix(lines[i], names[i]); !ok {
			return nil, fmt.Errorf("%w: it has no line %q", ErrReceipt, strings.TrimSpace(names[i]))
		}
	}
	p := &Promise{Origin: values[0]}
	var errs [4]error
	p.Index, errs[0] = number(values[1])
	p.Entry, errs[1] = ParseEntry(values[2])
	if len(values) > 3 {
		p.Digest, errs[2] = parseDigest(values[3])
		p.Path, errs[3] = base64.StdEncoding.Strict().DecodeString(values[4])
		if errs[3] == nil && len(p.Path) == 0 {
			errs[3] = errors.New("its path is empty")
		}
	}
	if err := errors.Join(errs[:]...); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrReceipt, err)
	}
	return p, nil
}

func parseDigest(text string) (d [sha256.Size]byte, err error) {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != len(d) {
		return d, errors.New("a digest has 64 hexadecimal digits")
	}
	return [sha256.Size]byte(raw), nil
}

// Receipt is a promise and, once a checkpoint covers it, the proof that it was
// kept.
type Receipt struct {
	Promise
	// Checkpoint is the tree that has the entry; nil before.
	Checkpoint *Checkpoint
}

// JoinReceipt is the text of a receipt whose promise was kept: a transparency
// log proof with the signed promise as its extra data.
func JoinReceipt(promise []byte, index int64, hashes []Hash, checkpoint []byte) []byte {
	proof := Proof{Extra: promise, Index: index, Hashes: hashes, Checkpoint: checkpoint}
	return proof.Text()
}

// OpenReceipt reads and verifies a receipt, with a proof or still without, by
// the log's key. Errors: ErrReceipt, ErrSignature, ErrCheckpoint,
// ErrInclusion.
func OpenReceipt(text []byte, key note.Verifier) (*Receipt, error) {
	if !bytes.HasPrefix(text, []byte(proofHeader)) {
		promise, err := openPromise(text, key)
		if err != nil {
			return nil, err
		}
		return &Receipt{Promise: *promise}, nil
	}
	proof, err := ParseProof(text)
	if err != nil {
		return nil, err
	}
	promise, err := openPromise(proof.Extra, key)
	if err != nil {
		return nil, err
	}
	if proof.Index != promise.Index {
		return nil, fmt.Errorf("%w: entry %d was promised, entry %d is proved", ErrReceipt, promise.Index, proof.Index)
	}
	checkpoint, err := proof.Verify(promise.Entry.LeafHash(), key)
	if err != nil {
		return nil, err
	}
	return &Receipt{Promise: *promise, Checkpoint: &checkpoint}, nil
}
