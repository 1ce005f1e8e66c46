package recognise

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"io"
	"path"
	"strings"

	"cairn/notary/ots"
)

// portable knows PDFs, and finds proofs attached to them: an attachment is a
// stream (ISO 32000-1, 7.11.4), as it is or compressed, and a proof begins
// like no other stream.
func portable(raw []byte) (File, bool) {
	if !bytes.Contains(raw[:min(len(raw), 1024)], []byte("%PDF-")) {
		return File{}, false
	}
	f := File{Kind: PDF}
	for _, stream := range streams(raw) {
		if attached := asProof(stream); attached != nil && len(f.Proofs) < MaxProofs {
			f.Kind, f.Proofs = Certificate, append(f.Proofs, Attached{Raw: attached})
		}
	}
	return f, true
}

// maxStreams is how many streams of a PDF are looked into.
const maxStreams = 2000

// streams cuts out what stands between the words stream and endstream.
func streams(raw []byte) [][]byte {
	const begin, end = "stream", "endstream"
	var list [][]byte
	for len(list) < maxStreams {
		_, rest, found := bytes.Cut(raw, []byte(begin))
		if !found {
			break
		}
		rest = bytes.TrimPrefix(bytes.TrimPrefix(rest, []byte("\r")), []byte("\n"))
		body, after, found := bytes.Cut(rest, []byte(end))
		if !found {
			break
		}
		list, raw = append(list, body), after
	}
	return list
}

// asProof is a stream's content if that is a proof, else nil.
func asProof(stream []byte) []byte {
	if ots.HasMagic(stream) {
		return trimEnd(stream)
	}
	if len(stream) == 0 || stream[0]&0x0f != 8 {
		return nil // zlib's method
	}
	r, err := zlib.NewReader(bytes.NewReader(stream))
	if err != nil {
		return nil
	}
	defer r.Close()
	return readProof(r)
}

// trimEnd takes the line end away that may stand before endstream, if the
// proof is whole without it and not with it.
func trimEnd(stream []byte) []byte {
	for _, end := range []string{"", "\n", "\r\n", "\r"} {
		body, ok := bytes.CutSuffix(stream, []byte(end))
		if !ok {
			continue
		}
		if _, err := ots.ParseFile(body); err == nil {
			return body
		}
	}
	return stream
}

// maxEntries is how many entries of an archive are looked at, and maxUnpacked
// how many of them are opened because they are called like proofs.
const maxEntries, maxUnpacked = 2000, 100

// archive knows ZIP archives, and finds the proofs in them by their names.
func archive(raw []byte) (File, bool) {
	if !bytes.HasPrefix(raw, []byte("PK\x03\x04")) && !bytes.HasPrefix(raw, []byte("PK\x05\x06")) {
		return File{}, false
	}
	f := File{Kind: ZIP}
	r, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return f, true
	}
	unpacked := 0
	for _, entry := range r.File[:min(len(r.File), maxEntries)] {
		switch {
		case entry.Name == "[Content_Types].xml" || entry.Name == "META-INF/manifest.xml":
			f.Kind = Document
		case strings.HasSuffix(entry.Name, ".ots") && len(f.Proofs) < MaxProofs && unpacked < maxUnpacked:
			unpacked++
			if inside := unpack(entry); inside != nil {
				f.Proofs = append(f.Proofs, Attached{Name: path.Base(entry.Name), Raw: inside})
			}
		}
	}
	if len(f.Proofs) > 0 {
		f.Kind = Bundle
	}
	return f, true
}

// unpack reads an entry that is a proof; nil if it is none.
func unpack(entry *zip.File) []byte {
	if entry.UncompressedSize64 > ots.MaxSize {
		return nil
	}
	r, err := entry.Open()
	if err != nil {
		return nil
	}
	defer r.Close()
	return readProof(r)
}

// readProof reads a stream whole if it begins like a proof; else, and when it
// is longer than a proof may be, it is nil.
func readProof(r io.Reader) []byte {
	head := make([]byte, ots.MagicSize)
	if _, err := io.ReadFull(r, head); err != nil || !ots.HasMagic(head) {
		return nil
	}
	rest, err := io.ReadAll(io.LimitReader(r, ots.MaxSize))
	if err != nil || len(head)+len(rest) > ots.MaxSize {
		return nil
	}
	return append(head, rest...)
}
