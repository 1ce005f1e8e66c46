package anchor

import (
	"crypto/sha256"
	"fmt"
	"testing"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/notary"
	"cairn/notary/ots"
	"cairn/notary/verify"
)

// Every digest of a batch comes into the chain, beside others, and its proof
// verifies by the block's header; so does the first stamp of one that was
// stamped before.
func TestBatchIntoTheChain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, 2)
		w.stamp("file 7")
		digests := make([]notary.Digest, 700)
		for i := range digests {
			digests[i] = sha256.Sum256(fmt.Append(nil, "file ", i))
		}
		batch, err := w.service.StampMany(t.Context(), digests)
		if err != nil {
			t.Fatal(err)
		}
		w.stamp("a last one")
		state := func(want notary.Stage) notary.BatchState {
			t.Helper()
			w.look()
			state, err := w.service.Batch(t.Context(), batch.ID)
			if err != nil || state.Stage != want || state.Digests != len(digests) {
				t.Fatalf("the batch is %+v, %v, want stage %d", state, err, want)
			}
			return state
		}
		state(notary.StageStored)
		w.step()
		w.send()
		if a := state(notary.StageBroadcast).Anchor; a.Commitments != 3 || a.Digests != int64(len(digests))+2 {
			t.Errorf("the anchor is over %d commitments and %d digests", a.Commitments, a.Digests)
		}
		w.mine(1)
		state(notary.StageConfirming)
		w.mine(1)
		state(notary.StageComplete)

		files, err := w.service.BatchFiles(t.Context(), batch.ID, 0, len(digests))
		if err != nil || len(files) != len(digests) {
			t.Fatalf("%d files, %v", len(files), err)
		}
		for i, f := range files {
			if f.Digest != digests[i] {
				t.Fatalf("place %d has %s", i, f.Digest)
			}
			w.confirmed(f.Digest, f.File)
		}
		proofs, err := w.service.Proofs(t.Context(), append(digests[:50:50], sha256.Sum256([]byte("unknown"))))
		if err != nil || len(proofs) != 50 {
			t.Fatalf("%d proofs, %v", len(proofs), err)
		}
		for i, p := range proofs {
			alone := string(p.Commitment) != string(batch.Commitment)
			if p.Digest != digests[i] || p.Stage != notary.StageComplete || alone != (i == 7) {
				t.Errorf("place %d is %+v", i, p)
			}
			file, err := w.service.File(t.Context(), p.Digest)
			if err != nil {
				t.Fatal(err)
			}
			w.confirmed(p.Digest, file)
		}
	})
}

// confirmed verifies a proof by the headers of the chain alone.
func (w *world) confirmed(d notary.Digest, raw []byte) {
	w.Helper()
	file, err := ots.ParseFile(raw)
	if err != nil {
		w.Fatal(err)
	}
	if err := verify.Match(file, d[:]); err != nil {
		w.Fatal(err)
	}
	verdict, err := verify.Check(w.Context(), file.Timestamp, w.follower)
	if err != nil || verdict.Outcome != verify.Confirmed {
		w.Fatalf("%s is %+v, %v", d, verdict, err)
	}
}
