package calendar

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"

	"cairn/notary"
)

// The index finds the batch and the place of a digest among any number of
// them. It is a log-structured merge tree: each group commit with batches
// writes one run of its own, in one piece at the end of the table, and Tidy
// joins runs of like size into larger ones, so that there are few to look at.
// A row for each digest in one large tree would write a page of the disk for
// each digest.
//
// A run has 2^n buckets, and an entry's bucket is the first n bits of its
// mark. Within a bucket entries are in no order. Marks are evenly spread
// whatever digests somebody invents, because they depend on a secret; so a
// bucket has about as many entries as every other.

// mark is markBits bits of sha256(index key ‖ digest). Two digests may share
// one; the digest itself is compared in its batch.
type mark uint64

const (
	markBits = 62 // a positive BIGINT, with shifts to spare
	// entrySize is an entry in bytes: be64(mark) ‖ be32(batch) ‖ be16(position).
	entrySize = 8 + 4 + 2
	// bucketTarget is the most entries a bucket has on average: half of that
	// to all of it, in 0.6 to 1.3 kB.
	bucketTarget = 96
	// bucketBits is how much of a bucket's key is its number in the run.
	bucketBits = 24
)

// indexKey is the secret of a database's index.
type indexKey [sha256.Size]byte

func (k *indexKey) mark(digest *notary.Digest) mark {
	var msg [2 * sha256.Size]byte
	copy(msg[:], k[:])
	copy(msg[sha256.Size:], digest[:])
	sum := sha256.Sum256(msg[:])
	return mark(binary.BigEndian.Uint64(sum[:]) >> (64 - markBits))
}

// place is where a digest is.
type place struct {
	batch    int64
	position int
}

func appendEntry(dst []byte, m mark, p place) []byte {
	dst = binary.BigEndian.AppendUint64(dst, uint64(m))
	dst = binary.BigEndian.AppendUint32(dst, uint32(p.batch))
	return binary.BigEndian.AppendUint16(dst, uint16(p.position))
}

// placesOf appends the places that entries have under a mark.
func placesOf(dst []place, entries []byte, m mark) []place {
	for ; len(entries) >= entrySize; entries = entries[entrySize:] {
		if mark(binary.BigEndian.Uint64(entries)) == m {
			dst = append(dst, place{
				batch:    int64(binary.BigEndian.Uint32(entries[8:])),
				position: int(binary.BigEndian.Uint16(entries[12:])),
			})
		}
	}
	return dst
}

// shiftFor says how far marks are shifted for their bucket in a run of so many
// entries: the buckets are as many as make them no larger than the target.
func shiftFor(entries int64) uint {
	n := bits.Len64(uint64((entries - 1) / bucketTarget))
	return uint(markBits - min(n, bucketBits))
}

// bucketKey is the key of a bucket's row.
func bucketKey(run, bucket int64) int64 { return run<<bucketBits | bucket }

// buckets gathers entries of a run from bucket number first on.
type buckets struct {
	shift uint
	first int64
	rows  [][]byte
}

func newBuckets(shift uint, first, count int64) *buckets {
	return &buckets{shift: shift, first: first, rows: make([][]byte, count)}
}

// add takes one entry, whose bucket must be among those gathered.
func (b *buckets) add(entry []byte) {
	i := int64(binary.BigEndian.Uint64(entry)>>b.shift) - b.first
	if b.rows[i] == nil {
		b.rows[i] = make([]byte, 0, bucketTarget*entrySize)
	}
	b.rows[i] = append(b.rows[i], entry...)
}

// all lists the keys and entries of the buckets that are not empty, in order,
// as the arguments of an insert.
func (b *buckets) all(run int64) []any {
	args := make([]any, 0, 2*len(b.rows))
	for i, entries := range b.rows {
		if len(entries) > 0 {
			args = append(args, bucketKey(run, b.first+int64(i)), entries)
		}
	}
	return args
}
