package recognise

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"cairn/notary/ots"
	"cairn/notary/sums"
)

// Object identifiers in DER, tag and length included: the content type of an
// RFC 3161 token, and SHA-256.
var (
	oidTSTInfo = []byte{0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, 0x04}
	oidSHA256  = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
)

// imprint is MessageImprint of RFC 3161, 2.4.1.
type imprint struct {
	Algorithm struct {
		Algorithm  asn1.ObjectIdentifier
		Parameters asn1.RawValue `asn1:"optional"`
	}
	Hashed []byte
}

// token knows RFC 3161 tokens, replies and queries: DER that begins with a
// sequence.
func token(raw []byte) (File, bool) {
	if raw[0] != 0x30 {
		return File{}, false
	}
	if at := bytes.Index(raw, oidTSTInfo); at >= 0 {
		return File{Kind: TimeStampToken, Digest: tokenDigest(raw[at+len(oidTSTInfo):])}, true
	}
	var query struct {
		Version int
		Imprint imprint
	}
	if _, err := asn1.Unmarshal(raw, &query); err == nil && query.Version == 1 && len(query.Imprint.Hashed) > 0 {
		return File{Kind: TimeStampQuery, Digest: query.Imprint.sha256()}, true
	}
	return File{}, false
}

// tokenDigest reads the digest in TSTInfo, which follows its identifier as an
// explicitly tagged octet string; nil if it is no SHA-256.
func tokenDigest(after []byte) []byte {
	var outer asn1.RawValue
	if _, err := asn1.Unmarshal(after, &outer); err != nil {
		return nil
	}
	var content []byte
	if _, err := asn1.Unmarshal(outer.Bytes, &content); err != nil {
		return nil
	}
	var info struct {
		Version int
		Policy  asn1.ObjectIdentifier
		Imprint imprint
	}
	if _, err := asn1.Unmarshal(content, &info); err != nil {
		return nil
	}
	return info.Imprint.sha256()
}

func (i imprint) sha256() []byte {
	if !i.Algorithm.Algorithm.Equal(oidSHA256) || len(i.Hashed) != sha256.Size {
		return nil
	}
	return i.Hashed
}

// armorLine begins a git timestamp. Source: opentimestamps-client
// otsclient/git.py.
const armorLine = "-----BEGIN OPENTIMESTAMPS GIT TIMESTAMP-----"

// git knows the object of a signed commit, as `git cat-file commit` prints it,
// and a timestamp that was cut out of one.
func git(raw []byte) (File, bool) {
	if !bytes.Contains(raw, []byte(armorLine)) {
		return File{}, false
	}
	if !bytes.HasPrefix(raw, []byte("tree ")) {
		return File{Kind: GitTimestamp}, true
	}
	f := File{Kind: GitCommit}
	armored, err := ots.ParseArmor(ots.SplitCommit(raw))
	if err != nil {
		return File{Kind: GitTimestamp}, true
	}
	detached, err := (&ots.File{Hash: ots.OpSHA256, Timestamp: armored.Timestamp}).MarshalBinary()
	if err != nil {
		return File{Kind: GitTimestamp}, true
	}
	f.Proofs = []Attached{{Raw: detached}}
	return f, true
}

// maxInflated is how much of a compressed Chainpoint proof is looked at.
const maxInflated = 64 << 10

// zlibbed knows Chainpoint's binary form: zlib over MessagePack, as it is or in
// base64. Source: chainpoint-binary, README.
func zlibbed(raw []byte) (File, bool) {
	body := raw
	if bytes.HasPrefix(raw, []byte("eJ")) {
		decoded, err := base64.StdEncoding.DecodeString(string(bytes.Join(bytes.Fields(raw), nil)))
		if err != nil {
			return File{}, false
		}
		body = decoded
	}
	if body[0] != 0x78 {
		return File{}, false
	}
	r, err := zlib.NewReader(bytes.NewReader(body))
	if err != nil {
		return File{}, false
	}
	defer r.Close()
	content, err := io.ReadAll(io.LimitReader(r, maxInflated))
	if err != nil || !bytes.Contains(content, []byte("w3id.org/chainpoint")) {
		return File{}, false
	}
	return File{Kind: Chainpoint, Version: chainpointVersion(string(content))}, true
}

var chainpointContext = regexp.MustCompile(`w3id\.org/chainpoint/v([0-9]{1,2})`)

func chainpointVersion(text string) string {
	if m := chainpointContext.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return ""
}

// docproofPush is the script of such an output up to its digest: OP_RETURN, a
// push of 40 bytes, and the marker. Source: proofofexistence/docs README.
const docproofPush = "\x6a\x28DOCPROOF"

// transaction knows a Bitcoin transaction, raw or in hexadecimal, that carries
// a digest in the manner of proofofexistence.com.
func transaction(raw []byte) (File, bool) {
	body := raw
	if decoded, err := hex.DecodeString(string(bytes.TrimSpace(raw))); err == nil {
		body = decoded
	}
	_, after, found := bytes.Cut(body, []byte(docproofPush))
	if !found || len(after) < sha256.Size {
		return File{}, false
	}
	return File{Kind: Docproof, Digest: bytes.Clone(after[:sha256.Size])}, true
}

// text knows what is written in characters.
func text(raw []byte) (File, bool) {
	if !utf8.Valid(raw) || bytes.IndexByte(raw, 0) >= 0 {
		return File{}, false
	}
	body := strings.TrimSpace(strings.TrimPrefix(string(raw), "\ufeff"))
	head := strings.ToLower(body[:min(len(body), 4096)])
	switch {
	case strings.HasPrefix(body, "{") || strings.HasPrefix(body, "["):
		return object(body), true
	case strings.HasPrefix(head, "<!doctype html") || strings.HasPrefix(head, "<html"):
		return File{Kind: HTML}, true
	case strings.HasPrefix(body, "<") && isOriginStamp(head):
		return File{Kind: OriginStamp}, true
	}
	return list(body), true
}

// isOriginStamp tells the XML of an OriginStamp proof: nodes with left and right
// children, or its own name. Source: originstamp-verification README.
func isOriginStamp(head string) bool {
	return strings.Contains(head, "originstamp") || strings.Contains(head, "<node") && strings.Contains(head, `type="key"`)
}

// object knows JSON, and Chainpoint among it.
func object(body string) File {
	if !json.Valid([]byte(body)) {
		return File{Kind: Text}
	}
	var proof struct {
		Context    any    `json:"@context"`
		Type       any    `json:"type"`
		Hash       string `json:"hash"`
		TargetHash string `json:"targetHash"` // version 2
		Header     struct {
			Version string `json:"chainpoint_version"` // version 1
			Hash    string `json:"hash"`
		} `json:"header"`
		Target struct {
			Hash string `json:"target_hash"`
		} `json:"target"`
	}
	if err := json.Unmarshal([]byte(body), &proof); err != nil {
		return File{Kind: JSON}
	}
	context, _ := proof.Context.(string)
	kind, _ := proof.Type.(string)
	switch {
	case proof.Header.Version != "":
		return File{Kind: Chainpoint, Version: "1", Digest: digest(proof.Target.Hash)}
	case strings.Contains(context, "chainpoint") || strings.HasPrefix(kind, "Chainpoint"):
		version := chainpointVersion(context)
		if version == "" && strings.HasSuffix(kind, "v2") {
			version = "2"
		}
		hash := proof.Hash
		if hash == "" {
			hash = proof.TargetHash
		}
		return File{Kind: Chainpoint, Version: version, Digest: digest(hash)}
	}
	return File{Kind: JSON}
}

// list knows lists by their first line that is not a remark.
func list(body string) File {
	lines := 0
	first := ""
	for line := range strings.Lines(body) {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if lines++; lines == 1 {
			first = line
		}
	}
	fields := strings.Fields(first)
	if n := len(fields); (n == 1 || n == 2) && len(fields[n-1]) == 160 && isHex(fields[n-1]) {
		return File{Kind: Headers}
	}
	if lines == 1 && len(first) == 64 && isHex(first) {
		return File{Kind: Digest, Digest: digest(first)}
	}
	if _, err := sums.ParseLine(first); first != "" && err == nil {
		return File{Kind: Sums}
	}
	return File{Kind: Text}
}

func isHex(s string) bool {
	_, err := hex.DecodeString(s)
	return err == nil
}

// digest is a SHA-256 in hexadecimal, or nil.
func digest(text string) []byte {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != sha256.Size {
		return nil
	}
	return raw
}
