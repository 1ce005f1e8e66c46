package format

import (
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// proofHeader begins a transparency log proof (c2sp.org/tlog-proof).
const proofHeader = "c2sp.org/tlog-proof@v1\n"

// maxProofHashes is more than any tree of 2^62 leaves needs.
const maxProofHashes = 64

// Proof is a transparency log proof: entry Index is in the tree of Checkpoint.
type Proof struct {
	// Extra is what the application adds; nobody has signed it here.
	Extra []byte
	Index int64
	// Hashes lead from the leaf's sibling to the root's child.
	Hashes []Hash
	// Checkpoint is the log's signed note.
	Checkpoint []byte
}

// Text is the proof as it is stored, by convention as .tlog-proof.
func (p *Proof) Text() []byte {
	var b strings.Builder
	b.WriteString(proofHeader)
	if len(p.Extra) > 0 {
		fmt.Fprintf(&b, "extra %s\n", base64.StdEncoding.EncodeToString(p.Extra))
	}
	fmt.Fprintf(&b, "index %d\n", p.Index)
	for _, h := range p.Hashes {
		fmt.Fprintf(&b, "%s\n", h)
	}
	b.WriteByte('\n')
	b.Write(p.Checkpoint)
	return []byte(b.String())
}

// ParseProof reads a proof of at most MaxReceipt bytes; nothing is verified.
// Errors: ErrReceipt.
func ParseProof(text []byte) (*Proof, error) {
	if len(text) > MaxReceipt {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrReceipt, MaxReceipt)
	}
	rest, ok := strings.CutPrefix(string(text), proofHeader)
	head, checkpoint, found := strings.Cut(rest, "\n\n")
	if !ok || !found {
		return nil, fmt.Errorf("%w: it is no transparency log proof", ErrReceipt)
	}
	p := &Proof{Checkpoint: []byte(checkpoint)}
	lines := strings.Split(head, "\n")
	if extra, ok := strings.CutPrefix(lines[0], "extra "); ok {
		var err error
		if p.Extra, err = base64.StdEncoding.Strict().DecodeString(extra); err != nil || len(p.Extra) == 0 {
			return nil, fmt.Errorf("%w: its extra data is not base64", ErrReceipt)
		}
		lines = lines[1:]
	}
	if len(lines) == 0 || len(lines) > 1+maxProofHashes {
		return nil, fmt.Errorf("%w: an index and at most %d hashes expected", ErrReceipt, maxProofHashes)
	}
	index, ok := strings.CutPrefix(lines[0], "index ")
	n, err := number(index)
	if !ok || err != nil {
		return nil, fmt.Errorf("%w: it has no index", ErrReceipt)
	}
	p.Index = n
	for _, line := range lines[1:] {
		h, err := parseHash(line)
		if err != nil {
			return nil, fmt.Errorf("%w: a line of its proof is not a hash", ErrReceipt)
		}
		p.Hashes = append(p.Hashes, h)
	}
	return p, nil
}

// Verify checks that leaf is where the proof says, under a checkpoint that key
// has signed, which it returns. Errors: ErrSignature, ErrCheckpoint,
// ErrInclusion.
func (p *Proof) Verify(leaf Hash, key note.Verifier) (Checkpoint, error) {
	c, err := OpenCheckpoint(p.Checkpoint, key)
	if err != nil {
		return Checkpoint{}, err
	}
	if tlog.CheckRecord(p.Hashes, c.Size, c.Root, p.Index, leaf) != nil {
		return Checkpoint{}, fmt.Errorf("%w: entry %d, checkpoint of %d", ErrInclusion, p.Index, c.Size)
	}
	return c, nil
}
