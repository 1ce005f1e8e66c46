package ots_test

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"

	"cairn/notary/ots"

	"pgregory.net/rapid"
)

func newTimestamp(t testing.TB, msg []byte) *ots.Timestamp {
	t.Helper()
	ts, err := ots.New(msg)
	if err != nil {
		t.Fatal(err)
	}
	return ts
}

// anyOp draws a step that every message of at most 2,000 bytes can take.
var anyOp = rapid.Custom(func(t *rapid.T) ots.Op {
	code := rapid.SampledFrom([]ots.OpCode{
		ots.OpAppend, ots.OpPrepend, ots.OpSHA256, ots.OpSHA1, ots.OpRIPEMD160, ots.OpKeccak256, ots.OpReverse,
	}).Draw(t, "code")
	op := ots.Op{Code: code}
	if code == ots.OpAppend || code == ots.OpPrepend {
		op.Arg = rapid.SliceOfN(rapid.Byte(), 1, 3).Draw(t, "arg")
	}
	return op
})

var anyAttestation = rapid.Custom(func(t *rapid.T) ots.Attestation {
	switch rapid.IntRange(0, 3).Draw(t, "kind") {
	case 0:
		return ots.Bitcoin(rapid.Uint64().Draw(t, "height"))
	case 1:
		return ots.Attestation{Tag: ots.TagLitecoin, Height: rapid.Uint64().Draw(t, "height")}
	case 2:
		return ots.Pending(rapid.StringMatching(`[a-z0-9:/.]{0,8}`).Draw(t, "uri"))
	}
	return ots.Attestation{
		Tag:     ots.AttestationTag{rapid.Byte().Draw(t, "tag")},
		Payload: string(rapid.SliceOfN(rapid.Byte(), 0, 4).Draw(t, "payload")),
	}
})

// grow adds paths that share steps, so that forks and duplicates happen.
func grow(t *rapid.T, ts *ots.Timestamp) {
	for range rapid.IntRange(1, 6).Draw(t, "paths") {
		at, err := ts.Extend(rapid.SliceOfN(anyOp, 0, 4).Draw(t, "ops")...)
		if err != nil {
			t.Fatal(err)
		}
		if err := at.Attest(anyAttestation.Draw(t, "attestation")); err != nil {
			t.Fatal(err)
		}
	}
}

func draw(t *rapid.T, msg []byte) *ots.Timestamp {
	ts, err := ots.New(msg)
	if err != nil {
		t.Fatal(err)
	}
	grow(t, ts)
	return ts
}

func bytesOf(t interface{ Fatal(...any) }, ts *ots.Timestamp) []byte {
	b, err := ts.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestWriteThenParse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		msg := rapid.SliceOfN(rapid.Byte(), 1, 40).Draw(t, "msg")
		ts := draw(t, msg)
		wrote := bytesOf(t, ts)
		back, err := ots.Parse(msg, wrote)
		if err != nil {
			t.Fatal(err)
		}
		if !back.Equal(ts) || !bytes.Equal(bytesOf(t, back), wrote) {
			t.Fatalf("wrote\n%s\nread\n%s", ts.Info(), back.Info())
		}
	})
}

func TestMergeIsAUnion(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		msg := []byte("m")
		a, b := draw(t, msg), draw(t, msg)
		wasA, wasB := bytesOf(t, a), bytesOf(t, b)
		ab, err := ots.Merge(a, b)
		if err != nil {
			t.Fatal(err)
		}
		ba, err := ots.Merge(b, a)
		if err != nil {
			t.Fatal(err)
		}
		if !ab.Equal(ba) {
			t.Fatal("the order of merging matters")
		}
		for _, part := range []*ots.Timestamp{a, b} {
			again, err := ots.Merge(ab, part)
			if err != nil {
				t.Fatal(err)
			}
			if !again.Equal(ab) {
				t.Fatal("something was missing from the union")
			}
		}
		// Growing the union must not reach into what it was made of.
		grow(t, ab)
		if !bytes.Equal(bytesOf(t, a), wasA) || !bytes.Equal(bytesOf(t, b), wasB) {
			t.Fatal("merging changed its parts")
		}
	})
}

func TestMergeRefusesAnotherMessage(t *testing.T) {
	a, b := newTimestamp(t, []byte("a")), newTimestamp(t, []byte("b"))
	if err := a.Merge(b); !errors.Is(err, ots.ErrOtherMessage) {
		t.Errorf("got %v", err)
	}
	if _, err := ots.Merge(a, b); !errors.Is(err, ots.ErrOtherMessage) {
		t.Errorf("got %v", err)
	}
}

// A path written step by step has the bytes of the tree writer.
func TestAppendHelpersWriteCanonically(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		msg := rapid.SliceOfN(rapid.Byte(), 1, 40).Draw(t, "msg")
		ops := rapid.SliceOfN(anyOp, 0, 20).Draw(t, "ops")
		a := anyAttestation.Draw(t, "attestation")
		ts, err := ots.New(msg)
		if err != nil {
			t.Fatal(err)
		}
		at, err := ts.Extend(ops...)
		if err != nil {
			t.Fatal(err)
		}
		if err := at.Attest(a); err != nil {
			t.Fatal(err)
		}
		got := ots.AppendAttestation(ots.AppendOps(nil, ops...), a)
		if want := bytesOf(t, ts); !bytes.Equal(got, want) {
			t.Fatalf("got  %x\nwant %x", got, want)
		}
	})
	// A calendar's usual answer, and two items of one message.
	ts := newTimestamp(t, []byte("digest"))
	if err := ts.Attest(ots.Pending("https://a.example")); err != nil {
		t.Fatal(err)
	}
	at, err := ts.Extend(ots.Append([]byte("nonce")), ots.SHA256())
	if err != nil {
		t.Fatal(err)
	}
	if err := at.Attest(ots.Pending("https://b.example")); err != nil {
		t.Fatal(err)
	}
	got := ots.AppendPending(ots.AppendFork(nil), "https://a.example")
	got = ots.AppendOps(got, ots.Append([]byte("nonce")), ots.SHA256())
	got = ots.AppendPending(got, "https://b.example")
	if want := bytesOf(t, ts); !bytes.Equal(got, want) {
		t.Errorf("got  %x\nwant %x", got, want)
	}
}

func TestAddingTwiceIsAddingOnce(t *testing.T) {
	ts := newTimestamp(t, []byte("m"))
	one, err := ts.Add(ots.SHA256())
	if err != nil {
		t.Fatal(err)
	}
	two, err := ts.Add(ots.SHA256())
	if err != nil {
		t.Fatal(err)
	}
	if one != two || len(ts.Branches()) != 1 {
		t.Error("the same step leads to two places")
	}
	for range 2 {
		if err := one.Attest(ots.Attestation{Tag: ots.TagBitcoin, Height: 5, URI: "not written"}); err != nil {
			t.Fatal(err)
		}
	}
	if got := one.Attestations(); len(got) != 1 || got[0] != ots.Bitcoin(5) {
		t.Errorf("attestations %v", got)
	}
	one.Remove(ots.Bitcoin(5))
	if _, err := ts.AppendBinary(nil); !errors.Is(err, ots.ErrEmptyTimestamp) {
		t.Errorf("a timestamp that leads nowhere was written: %v", err)
	}
}

func TestLimitsWhenBuilding(t *testing.T) {
	long := bytes.Repeat([]byte{'x'}, ots.MaxMessage)
	for name, c := range map[string]struct {
		msg  []byte
		op   ots.Op
		want error
	}{
		"empty append":           {[]byte("m"), ots.Append(nil), ots.ErrEmptyArgument},
		"empty prepend":          {[]byte("m"), ots.Prepend([]byte{}), ots.ErrEmptyArgument},
		"argument too long":      {nil, ots.Append(append(long, 'x')), ots.ErrTooLong},
		"longest argument":       {nil, ots.Append(long), nil},
		"result too long":        {long, ots.Append([]byte("x")), ots.ErrMessage},
		"result just fits":       {long[1:], ots.Prepend([]byte("x")), nil},
		"hexlify too long":       {long[:2049], ots.Op{Code: ots.OpHexlify}, ots.ErrMessage},
		"hexlify just fits":      {long[:2048], ots.Op{Code: ots.OpHexlify}, nil},
		"hexlify of nothing":     {nil, ots.Op{Code: ots.OpHexlify}, ots.ErrMessage},
		"reverse of nothing":     {nil, ots.Op{Code: ots.OpReverse}, ots.ErrMessage},
		"hash of nothing":        {nil, ots.SHA256(), nil},
		"unknown":                {[]byte("m"), ots.Op{Code: 0x04}, ots.ErrUnknownOp},
		"sha256 with argument":   {[]byte("m"), ots.Op{Code: ots.OpSHA256, Arg: []byte("x")}, ots.ErrTooLong},
		"the fork mark as an op": {[]byte("m"), ots.Op{Code: 0xff}, ots.ErrUnknownOp},
	} {
		if _, err := newTimestamp(t, c.msg).Add(c.op); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
	if _, err := ots.New(append(long, 'x')); !errors.Is(err, ots.ErrTooLong) {
		t.Errorf("a message too long: %v", err)
	}
	ts := newTimestamp(t, []byte("m"))
	for _, c := range []struct {
		a    ots.Attestation
		want error
	}{
		{ots.Pending("https://a.example/x?y"), ots.ErrURI},
		{ots.Pending("https://é.example"), ots.ErrURI},
		{ots.Pending(strings.Repeat("a", ots.MaxURI+1)), ots.ErrTooLong},
		{ots.Pending(strings.Repeat("a", ots.MaxURI)), nil},
		{ots.Attestation{Payload: strings.Repeat("a", ots.MaxPayload+1)}, ots.ErrTooLong},
		{ots.Attestation{Payload: strings.Repeat("a", ots.MaxPayload)}, nil},
		{ots.Bitcoin(math.MaxUint64), nil},
	} {
		if err := ts.Attest(c.a); !errors.Is(err, c.want) {
			t.Errorf("%.60s: got %v, want %v", c.a, err, c.want)
		}
	}
}

// A path of 255 steps is read and written, one of 256 is neither.
func TestDepth(t *testing.T) {
	ts := newTimestamp(t, []byte("m"))
	at := ts
	for range ots.MaxDepth - 1 {
		var err error
		if at, err = at.Add(ots.SHA256()); err != nil {
			t.Fatal(err)
		}
	}
	if err := at.Attest(ots.Bitcoin(1)); err != nil {
		t.Fatal(err)
	}
	wrote := bytesOf(t, ts)
	if _, err := ots.Parse([]byte("m"), wrote); err != nil {
		t.Errorf("255 steps: %v", err)
	}
	if _, err := ots.Parse([]byte("m"), append([]byte{0x08}, wrote...)); !errors.Is(err, ots.ErrTooDeep) {
		t.Errorf("256 steps: %v", err)
	}
	at.Remove(ots.Bitcoin(1))
	deeper, err := at.Add(ots.SHA256())
	if err != nil {
		t.Fatal(err)
	}
	if err := deeper.Attest(ots.Bitcoin(1)); err != nil {
		t.Fatal(err)
	}
	if _, err := ts.AppendBinary(nil); !errors.Is(err, ots.ErrTooDeep) {
		t.Errorf("256 steps written: %v", err)
	}
}

// Every beginning of a proof is refused as truncated, and every longer form as
// trailing: nothing is guessed.
func TestTruncatedAndTrailing(t *testing.T) {
	whole := read(t, "client/hello-world.txt.ots")
	for n := range whole {
		_, err := ots.ParseFile(whole[:n])
		want := ots.ErrTruncated
		if n < 31 {
			want = ots.ErrBadMagic
		}
		if !errors.Is(err, want) {
			t.Fatalf("%d bytes: got %v, want %v", n, err, want)
		}
	}
	if _, err := ots.ParseFile(append(whole, 0)); !errors.Is(err, ots.ErrTrailing) {
		t.Errorf("one more byte: %v", err)
	}
}

// A small proof must not ask for much memory.
func TestWorkIsBounded(t *testing.T) {
	if _, err := ots.ParseFile(make([]byte, ots.MaxSize+1)); !errors.Is(err, ots.ErrTooLarge) {
		t.Errorf("too many bytes: %v", err)
	}
	msg := bytes.Repeat([]byte{'x'}, ots.MaxMessage-2)
	var forks []byte
	leaf := ots.AppendAttestation(nil, ots.Bitcoin(1))
	for i := range 60000 {
		forks = ots.AppendOp(ots.AppendFork(forks), ots.Append([]byte{byte(i), byte(i >> 8)}))
		forks = append(forks, leaf...)
	}
	forks = append(forks, leaf...)
	if len(forks) > ots.MaxSize {
		t.Fatalf("the test's proof has %d bytes", len(forks))
	}
	if _, err := ots.Parse(msg, forks); !errors.Is(err, ots.ErrTooLarge) {
		t.Errorf("%d bytes that make 240 MB of messages: %v", len(forks), err)
	}
}

func TestErrorSaysWhere(t *testing.T) {
	_, err := ots.Parse([]byte("m"), []byte{0x08, 0x04})
	if got, want := err.Error(), "the proof uses an unknown operation: 0x04 (at byte 2)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
