package client_test

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"net/http"
	"slices"
	"testing"

	"cairn/notary/client"
	"cairn/notary/merkle"
	"cairn/notary/ots"
)

// A proof written from its parts has the very bytes that the tree of its steps
// has, for every place in trees with and without odd levels.
func TestBatchWritesCanonicalProofs(t *testing.T) {
	a := serve(t, promising(t, "https://a.example"))
	b := serve(t, promising(t, "https://b.example"))
	for n := 1; n <= 9; n++ {
		digests := numbered(n)
		batch, err := client.NewBatch(slices.Clone(digests), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if batch.Len() != n {
			t.Errorf("%d digests, not %d", batch.Len(), n)
		}
		if _, err := batch.Submit(t.Context(), calendars(t, b, a), 2); err != nil {
			t.Fatal(err)
		}
		for i := range digests {
			raw := batch.AppendProof(nil, i)
			f, err := ots.ParseFile(raw)
			if err != nil {
				t.Fatal(err)
			}
			again, err := f.MarshalBinary()
			if err != nil || !bytes.Equal(raw, again) {
				t.Errorf("proof %d of %d is not canonical (%v)", i, n, err)
			}
			tip := batch.Tip()
			if !bytes.Equal(f.Digest(), digests[i][:]) || !passes(f.Timestamp, tip[:]) {
				t.Errorf("proof %d of %d does not lead from its digest to the tip", i, n)
			}
		}
	}
}

func passes(t *ots.Timestamp, msg []byte) bool {
	return bytes.Equal(t.Message(), msg) || slices.ContainsFunc(t.Branches(), func(b ots.Branch) bool { return passes(b.Result, msg) })
}

func numbered(n int) [][32]byte {
	digests := make([][32]byte, n)
	for i := range digests {
		binary.BigEndian.PutUint32(digests[i][:], uint32(i))
	}
	return digests
}

// However many files there are, their proofs stay within what clients read.
func TestBatchOfAHundredThousand(t *testing.T) {
	digests := numbered(100_000)
	batch, err := client.NewBatch(digests, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	answer := promising(t, "https://a.example")
	url := serve(t, func(w http.ResponseWriter, r *http.Request) { asked++; answer(w, r) })
	if _, err := batch.Submit(t.Context(), calendars(t, url), 1); err != nil {
		t.Fatal(err)
	}
	if asked != 1 {
		t.Errorf("the calendar was asked %d times", asked)
	}
	var raw []byte
	for _, i := range []int{0, 1, 65_535, 65_536, 99_998, 99_999} {
		raw = batch.AppendProof(raw[:0], i)
		f, err := ots.ParseFile(raw)
		if err != nil {
			t.Fatal(err)
		}
		depth := 0
		f.Timestamp.Walk(func(way []ots.Branch, _ *ots.Timestamp, _ ots.Attestation) bool { depth = len(way) + 1; return true })
		if len(raw) > 10_000 || depth > ots.MaxDepth {
			t.Errorf("proof %d: %d bytes, depth %d", i, len(raw), depth)
		}
	}
}

func TestBatchOfNothing(t *testing.T) {
	if _, err := client.NewBatch(nil, rand.Reader); !errors.Is(err, client.ErrNoDigests) {
		t.Errorf("got %v", err)
	}
}

// One answer completes any number of proofs, and is itself left as it was.
func TestApplySharesAnswers(t *testing.T) {
	url := serve(t, promising(t, "https://a.example"))
	files := newFiles(t, 3)
	if _, err := stamp(t.Context(), files, calendars(t, url), 1, rand.Reader); err != nil {
		t.Fatal(err)
	}
	questions := client.Questions(files[0].Timestamp)
	if len(questions) != 1 || questions[0].Calendar != "https://a.example" {
		t.Fatalf("questions %+v", questions)
	}
	completion, err := ots.Parse([]byte(questions[0].Commitment), ots.AppendAttestation(ots.AppendOps(nil, ots.SHA256()), ots.Bitcoin(9)))
	if err != nil {
		t.Fatal(err)
	}
	before := completion.Clone()
	answers := map[client.Question]client.Answer{questions[0]: {Calendar: "https://a.example", Timestamp: completion}}
	for i, f := range files {
		if got := client.Questions(f.Timestamp); !slices.Equal(got, questions) {
			t.Errorf("file %d asks %+v", i, got)
		}
		applied, changed := client.Apply(f.Timestamp, answers)
		if len(applied) != 1 || applied[0].Err != nil || !changed || !f.Timestamp.Complete() {
			t.Errorf("file %d: %+v, %v", i, applied, changed)
		}
		if again, changed := client.Apply(f.Timestamp, answers); len(again) != 0 || changed {
			t.Errorf("file %d asks again", i)
		}
	}
	if !completion.Equal(before) {
		t.Error("the answer was changed")
	}
}

func BenchmarkBatch100k(b *testing.B) {
	digests := numbered(100_000)
	b.ReportAllocs()
	for b.Loop() {
		batch, err := client.NewBatch(digests, rand.Reader)
		if err != nil {
			b.Fatal(err)
		}
		if batch.Tip() == (merkle.Hash{}) {
			b.Fatal("no tip")
		}
	}
}
