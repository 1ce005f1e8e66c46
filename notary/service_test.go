package notary_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"strings"
	"sync"
	"testing"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/notary"
	"cairn/notary/anchor"
	"cairn/notary/calendar"
	"cairn/notary/ots"
	"cairn/notary/verify"
)

func newService(t *testing.T, d *db.DB) *notary.Service {
	t.Helper()
	journal, err := calendar.OpenJournal(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(journal.Close)
	c, err := calendar.New(calendar.Config{URI: "https://cairn.example"}, journal)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return notary.New(notary.Config{Calendar: c, Anchors: anchor.NewLedger(anchor.LedgerConfig{DB: d})})
}

// The same stamp a hundred times at once, through two processes' services, is
// one stamp and a hundred equal answers.
func TestStampIsIdempotent(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		services := []*notary.Service{newService(t, d), newService(t, d)}
		digest := notary.Digest(sha256.Sum256([]byte("a photograph")))
		files := make([][]byte, 100)
		var wg sync.WaitGroup
		for i := range files {
			wg.Go(func() {
				service := services[i%2]
				proof, err := service.Stamp(context.Background(), digest)
				if err == nil {
					files[i], err = service.File(context.Background(), digest)
				}
				if err != nil || proof.Stage != notary.StageStored || proof.Digest != digest {
					t.Errorf("%+v, %v", proof, err)
				}
			})
		}
		wg.Wait()
		for i := range files {
			if !bytes.Equal(files[i], files[0]) {
				t.Fatalf("answer %d differs from answer 0", i)
			}
		}
	})
}

func TestBadInput(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	service := newService(t, d)
	digest := notary.Digest(sha256.Sum256([]byte("a photograph")))
	for _, call := range []func() error{
		func() error { _, err := service.Proof(t.Context(), digest); return err },
		func() error { _, err := service.File(t.Context(), digest); return err },
	} {
		if err := call(); !errors.Is(err, notary.ErrUnknownDigest) {
			t.Errorf("unknown digest: %v", err)
		}
	}
	if _, err := service.Stamp(t.Context(), digest); err != nil {
		t.Fatal(err)
	}
	file, err := service.File(t.Context(), digest)
	if err != nil {
		t.Fatal(err)
	}
	other := digest
	other[0] ^= 1
	if _, err := service.Verify(t.Context(), file, &other); !errors.Is(err, notary.ErrOtherFile) {
		t.Errorf("proof for another file: %v", err)
	}
	for name, test := range map[string]struct {
		file []byte
		kind error
	}{
		"truncated":      {file[:len(file)-1], ots.ErrTruncated},
		"trailing bytes": {append(bytes.Clone(file), 0), ots.ErrTrailing},
		"empty":          {nil, ots.ErrBadMagic},
	} {
		if _, err := service.Verify(t.Context(), test.file, nil); !errors.Is(err, test.kind) {
			t.Errorf("%s: %v, want %v", name, err, test.kind)
		}
	}
	result, err := service.Verify(t.Context(), file, &digest)
	if err != nil || result.Verdict.Outcome != verify.Pending || result.Stamped == nil {
		t.Errorf("the pending file: %+v, %v", result, err)
	}
	if status, err := service.Status(t.Context()); err != nil || status.Digests != 1 || status.Pending != 1 {
		t.Errorf("bad input changed the calendar: %+v, %v", status, err)
	}
}

func TestParseDigest(t *testing.T) {
	const good = "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"
	d, err := notary.ParseDigest(" " + good + "\n")
	if err != nil || d.String() != strings.ToLower(good) {
		t.Errorf("%s, %v", d, err)
	}
	for bad, kind := range map[string]error{
		"": notary.ErrDigestLength, good[2:]: notary.ErrDigestLength, good + "00": notary.ErrDigestLength,
		good[1:]: notary.ErrDigestHex, "x" + good[1:]: notary.ErrDigestHex, good[:10] + " " + good[10:]: notary.ErrDigestHex,
	} {
		if d, err := notary.ParseDigest(bad); !errors.Is(err, kind) || d != (notary.Digest{}) {
			t.Errorf("%q: %v, want %v", bad, err, kind)
		}
	}
}
