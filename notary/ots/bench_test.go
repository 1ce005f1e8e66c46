package ots_test

import (
	"bytes"
	"testing"

	"cairn/notary/ots"
)

func BenchmarkParseFile(b *testing.B) {
	raw := read(b, "client/hello-world.txt.ots")
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ots.ParseFile(raw); err != nil {
			b.Fatal(err)
		}
	}
}

// A calendar's pending answer: nonce, ten levels of a tree, time, MAC.
func BenchmarkAppendAnswer(b *testing.B) {
	nonce, sibling, mac := bytes.Repeat([]byte{1}, 16), bytes.Repeat([]byte{2}, 32), bytes.Repeat([]byte{3}, 8)
	dst := make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		dst = ots.AppendOps(dst[:0], ots.Append(nonce), ots.SHA256())
		for range 10 {
			dst = ots.AppendOps(dst, ots.Prepend(sibling), ots.SHA256())
		}
		dst = ots.AppendOps(dst, ots.Prepend(mac[:4]), ots.Append(mac))
		dst = ots.AppendPending(dst, "http://127.0.0.1:8780")
	}
}
