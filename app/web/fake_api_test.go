package web

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync"

	"cairn/app/idempotency"
	"cairn/notary"
	"cairn/notary/ots"
	"cairn/notary/verify"
)

// fakeAPI is the fake notary as the JSON API sees it: batches are the digests
// by themselves, remembered in their order.
type fakeAPI struct {
	*fakeNotary
	mu      sync.Mutex
	batches map[notary.BatchID][]notary.Digest
}

func newFakeAPI(n *fakeNotary) *fakeAPI {
	return &fakeAPI{fakeNotary: n, batches: map[notary.BatchID][]notary.Digest{}}
}

func (a *fakeAPI) StampMany(ctx context.Context, digests []notary.Digest) (notary.Batch, error) {
	name := sha256.Sum256(fmt.Append(nil, digests))
	return a.StampBatch(ctx, notary.BatchID(name[:]), digests)
}

func (a *fakeAPI) StampBatch(ctx context.Context, id notary.BatchID, digests []notary.Digest) (notary.Batch, error) {
	batch, err := a.fakeNotary.StampMany(ctx, digests)
	if err != nil {
		return notary.Batch{}, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.batches[id] = digests
	batch.ID = id
	return batch, nil
}

func (a *fakeAPI) Proofs(ctx context.Context, digests []notary.Digest) ([]notary.Proof, error) {
	var proofs []notary.Proof
	for _, d := range digests {
		if p, err := a.Proof(ctx, d); err == nil {
			proofs = append(proofs, p)
		}
	}
	return proofs, nil
}

func (a *fakeAPI) digests(id notary.BatchID) ([]notary.Digest, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	digests, ok := a.batches[id]
	if !ok {
		return nil, notary.ErrUnknownBatch
	}
	return digests, nil
}

func (a *fakeAPI) Batch(ctx context.Context, id notary.BatchID) (notary.BatchState, error) {
	digests, err := a.digests(id)
	if err != nil {
		return notary.BatchState{}, err
	}
	p, err := a.Proof(ctx, digests[0])
	return notary.BatchState{
		Batch: notary.Batch{ID: id, Digests: len(digests), StoredAt: p.StoredAt, Commitment: p.Commitment},
		Stage: p.Stage, Anchor: p.Anchor, ExpectedBy: p.ExpectedBy,
	}, err
}

func (a *fakeAPI) BatchFiles(ctx context.Context, id notary.BatchID, from, limit int) ([]notary.DigestFile, error) {
	digests, err := a.digests(id)
	if err != nil {
		return nil, err
	}
	var files []notary.DigestFile
	for _, d := range digests[min(from, len(digests)):min(from+limit, len(digests))] {
		file, err := a.File(ctx, d)
		if err != nil {
			return nil, err
		}
		files = append(files, notary.DigestFile{Digest: d, File: file})
	}
	return files, nil
}

func (a *fakeAPI) Verify(ctx context.Context, raw []byte, digest *notary.Digest) (*notary.Verified, error) {
	file, err := ots.ParseFile(raw)
	if err != nil {
		return nil, err
	}
	if digest != nil {
		if err := verify.Match(file, digest[:]); err != nil {
			return nil, notary.ErrOtherFile
		}
	}
	verdict, err := verify.Check(ctx, file.Timestamp, a.fakeNotary)
	return &notary.Verified{File: file, Verdict: verdict}, err
}

// fakeKeys remembers answers for as long as the test lasts.
type fakeKeys struct {
	mu      sync.Mutex
	answers map[string]idempotency.Answer
}

func (k *fakeKeys) Do(ctx context.Context, key string, request [32]byte, act func(context.Context) (idempotency.Answer, error)) (idempotency.Answer, bool, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	name := key + string(request[:])
	if found, ok := k.answers[name]; ok {
		return found, true, nil
	}
	answer, err := act(ctx)
	if err == nil {
		k.answers[name] = answer
	}
	return answer, false, err
}

func fakeAPIDeps(n *fakeNotary) *APIDeps {
	return &APIDeps{Notary: newFakeAPI(n), Keys: &fakeKeys{answers: map[string]idempotency.Answer{}}, Sponsor: newFakeSponsor()}
}
