package proofs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cairn/app/cmd/cairn/terminal"
	"cairn/notary/ots"
	"cairn/notary/verify"

	"github.com/btcsuite/btcd/chaincfg"
)

const headersFile = "../../../../notary/verify/testdata/headers.txt"

func TestVerifyWithAHeaderFile(t *testing.T) {
	folder := t.TempDir()
	proof := vector(t, folder, "client/hello-world.txt.ots")
	file := vector(t, folder, "client/hello-world.txt")
	other := vector(t, folder, "client/bad-stamp.txt")
	bad := vector(t, folder, "client/bad-stamp.txt.ots")

	cairn(t, "verify", proof, "--headers", headersFile, "--network", "mainnet").want(t, terminal.ExitOK,
		"Your file existed no later than 28 May 2015.",
		"358391  000000000000000003e892881a8cdcdc117c06d444057c98b6f04a9ee75a2319",
		"7e9f0f7d9daa2d9e51b2e22f4abe814c3f90539afa778a9bef88dc64627cb2ec",
		"2^67 hashes")
	cairn(t, "verify", proof, file, "--headers", headersFile).want(t, terminal.ExitOK)
	cairn(t, "verify", proof, "--headers", headersFile, "--digest",
		"03ba204e50d126e4674c005e04d82e84c21366780af1f43bd54a37816b6ab340").want(t, terminal.ExitOK)

	cairn(t, "verify", proof, other, "--headers", headersFile).want(t, terminal.ExitFail, "this proof is for another file")
	cairn(t, "verify", proof, "--headers", headersFile, "--digest", strings.Repeat("0", 64)).
		want(t, terminal.ExitFail, "this proof is for another file")
	cairn(t, "verify", bad, "--headers", headersFile).want(t, terminal.ExitFail, "The proof is wrong",
		"1bb49db87782170860c2e467994762f7f00c815d80d712e7eb9a7c14b9811f92",
		"8a1b66ecb7cbd07d8139a7e7d7f2c41aab1f5009b8364aaf61d03ad245e47e00")
}

func TestVerifyUndecided(t *testing.T) {
	folder := t.TempDir()
	for name, c := range map[string]struct {
		code int
		says string
	}{
		"client/empty":                        {terminal.ExitUndecided, "block   129405 must have Merkle root db29fdc2c27a1531ae08a9dff2d9e4dfedd9c902d16de542d8666a27367e5b71"},
		"client/unknown-notary.txt":           {terminal.ExitUndecided, "Nothing in the proof can be checked"},
		"client/incomplete.txt":               {terminal.ExitPending, "promised by https://alice.btc.calendar.opentimestamps.org"},
		"client/known-and-unknown-notary.txt": {terminal.ExitPending, "promised by https://bob.btc.calendar.opentimestamps.org"},
	} {
		vector(t, folder, name)
		proof := vector(t, folder, name+".ots")
		cairn(t, "verify", proof, "--headers", headersFile, "--offline").want(t, c.code, c.says)
	}
}

func TestVerifyWrongUse(t *testing.T) {
	folder := t.TempDir()
	file := vector(t, folder, "client/hello-world.txt")
	proof := vector(t, folder, "client/hello-world.txt.ots")
	renamed := filepath.Join(folder, "proof")
	if err := os.Rename(proof, renamed); err != nil {
		t.Fatal(err)
	}
	cairn(t, "verify", renamed, "--headers", headersFile).want(t, terminal.ExitUsage, "name the file, too")
	cairn(t, "verify", renamed, file, "--headers", headersFile).want(t, terminal.ExitOK)
	cairn(t, "verify", renamed, "--digest", "03ba").want(t, terminal.ExitUsage, "64 hexadecimal digits")
	cairn(t, "verify", renamed, file, "--digest", strings.Repeat("0", 64)).want(t, terminal.ExitUsage, "not both")
	cairn(t, "verify", renamed, file, "--server", "nonsense").want(t, terminal.ExitUsage, "not the address")
	cairn(t, "verify", renamed, file, "--headers", headersFile, "--esplora", "http://x").want(t, terminal.ExitUsage)
	cairn(t, "verify", renamed, file, "--network", "moon").want(t, terminal.ExitUsage)
	cairn(t, "verify", renamed, filepath.Join(folder, "missing")).want(t, terminal.ExitFail, "no such file")
	cairn(t, "verify", filepath.Join(folder, "missing.ots")).want(t, terminal.ExitFail, "no such file")
	cairn(t, "verify", file).want(t, terminal.ExitFail, "there is no proof beside it")
	cairn(t, "verify", renamed, file, "--headers", file).want(t, terminal.ExitFail, "the list of block headers cannot be read")
	devnet := write(t, folder, "headers", []byte(easyHeader(t, "")))
	cairn(t, "verify", renamed, file, "--headers", devnet, "--network", "mainnet").want(t, terminal.ExitFail, "lacks its proof of work")
}

// easyHeader is a line "7 header" of a block that a devnet would take, with a
// Merkle root in internal byte order, hexadecimal.
func easyHeader(t *testing.T, root string) string {
	t.Helper()
	if root == "" {
		root = strings.Repeat("00", 32)
	}
	for nonce := range 1000 {
		text := "01000000" + strings.Repeat("00", 32) + root + "37675558" + "ffff7f20" + fmt.Sprintf("%02x%02x0000", nonce%256, nonce/256)
		header, err := verify.ParseHeader(text)
		if err != nil {
			t.Fatal(err)
		}
		if verify.CheckWork(header, chaincfg.RegressionNetParams.PowLimit) == nil {
			return "7 " + text
		}
	}
	t.Fatal("no nonce found")
	return ""
}

// esploraServer serves one header at height 7 below a path.
func esploraServer(t *testing.T, path, line string) string {
	t.Helper()
	text := strings.TrimPrefix(line, "7 ")
	header, err := verify.ParseHeader(text)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case path + "/block-height/7":
			io.WriteString(w, header.BlockHash().String())
		case path + "/block/" + header.BlockHash().String() + "/header":
			io.WriteString(w, text)
		case path + "/block/" + header.BlockHash().String():
			fmt.Fprintf(w, `{"height":7,"merkle_root":%q,"timestamp":%d}`, header.MerkleRoot, header.Timestamp.Unix())
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// From the file to the verdict: stamped, completed by the calendar while
// verifying, and checked against a Cairn's headers.
func TestVerifyAsksCalendarAndServer(t *testing.T) {
	calendar := newTestCalendar(t)
	folder := t.TempDir()
	file := write(t, folder, "file", []byte("content"))
	proof := file + ".ots"
	cairn(t, "stamp", file, "-c", calendar.URL).want(t, terminal.ExitOK)
	before, err := os.ReadFile(proof)
	if err != nil {
		t.Fatal(err)
	}
	f, err := readProof(proof)
	if err != nil {
		t.Fatal(err)
	}
	var root string
	for at := range f.Timestamp.All() {
		next, err := at.Clone().Add(ots.SHA256())
		if err != nil {
			t.Fatal(err)
		}
		root = fmt.Sprintf("%x", next.Message())
	}
	server := esploraServer(t, "/esplora", easyHeader(t, root))
	other := esploraServer(t, "/api", easyHeader(t, root))

	cairn(t, "verify", proof, "--server", server, "-l", calendar.URL).
		want(t, terminal.ExitPending, "no block has it yet", "Pending confirmation")
	calendar.complete()
	cairn(t, "verify", proof, "--server", server).want(t, terminal.ExitPending, "not on the list")
	cairn(t, "verify", proof, "--server", server, "-l", calendar.URL, "--offline").want(t, terminal.ExitPending)
	cairn(t, "verify", proof, "--server", server+"/", "-l", calendar.URL).want(t, terminal.ExitOK,
		"Your file existed no later than 17 December 2016.", "as on a test network", "cairn upgrade")
	if after, err := os.ReadFile(proof); err != nil || !bytes.Equal(before, after) {
		t.Errorf("verify changed the proof (%v)", err)
	}
	cairn(t, "verify", proof, "--esplora", other+"/api", "-l", calendar.URL).want(t, terminal.ExitOK)
	cairn(t, "verify", proof, "--esplora", other+"/wrong", "-l", calendar.URL).want(t, terminal.ExitUndecided, "not known there")
	cairn(t, "verify", proof, "--server", server, "--network", "mainnet", "-l", calendar.URL).
		want(t, terminal.ExitUndecided, "lacks its proof of work")

	r := cairn(t, "verify", proof, "--server", server, "-l", calendar.URL, "--json")
	r.want(t, terminal.ExitOK)
	var verdict verdictJSON
	if err := json.Unmarshal([]byte(r.stdout), &verdict); err != nil {
		t.Fatal(err)
	}
	if verdict.Outcome != verify.Confirmed || verdict.NoLaterThan != "2016-12-17" || len(verdict.Findings) != 2 ||
		verdict.Findings[0].LeadsTo != verdict.Findings[0].MerkleRoot || verdict.Findings[0].WorkBits != 1 {
		t.Errorf("%s", r.stdout)
	}
	closed := httptest.NewServer(nil)
	closed.Close()
	cairn(t, "verify", proof, "--server", closed.URL, "-l", calendar.URL).want(t, terminal.ExitUndecided, "cannot be had now", "does not answer")
}

func TestInfoJSON(t *testing.T) {
	r := cairn(t, "info", "--json", filepath.Join(vectors, "client/different-blockchains.txt.ots"))
	r.want(t, terminal.ExitOK)
	var info infoJSON
	if err := json.Unmarshal([]byte(r.stdout), &info); err != nil {
		t.Fatal(err)
	}
	if info.Hash != "sha256" || !info.Complete || len(info.Timestamp.Ways) != 1 || len(info.Timestamp.Ways[0].Then.Ways) != 2 || info.Timestamp.Message != info.Digest {
		t.Errorf("%s", r.stdout)
	}
	for _, word := range []string{`"kind": "ethereum"`, `"height": 3283713`, `"kind": "pending"`, `"op": "keccak256"`, `"uri": "https://ots.eternitywall.it"`} {
		if !strings.Contains(r.stdout, word) {
			t.Errorf("%s is missing", word)
		}
	}
	cairn(t, "info", "--json", filepath.Join(vectors, "client/unknown-notary.txt.ots")).want(t, terminal.ExitOK, `"tag": "0102030405060708"`)
	cairn(t, "info", headersFile).want(t, terminal.ExitFail, "this is not an OpenTimestamps proof")
}
