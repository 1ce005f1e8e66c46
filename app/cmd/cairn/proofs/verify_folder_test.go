package proofs

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"cairn/app/cmd/cairn/terminal"
	"cairn/notary/ots"
	"cairn/notary/verify"
)

// blockServer serves the header of the block that the test calendar puts all
// commitments of a proof into.
func blockServer(t *testing.T, proof string) string {
	t.Helper()
	f, err := readProof(proof)
	if err != nil {
		t.Fatal(err)
	}
	for at := range f.Timestamp.All() {
		next, err := at.Clone().Add(ots.SHA256())
		if err != nil {
			t.Fatal(err)
		}
		return esploraServer(t, "/esplora", easyHeader(t, hex.EncodeToString(next.Message())))
	}
	t.Fatal("no promise")
	return ""
}

func TestVerifyAFolder(t *testing.T) {
	calendar := newTestCalendar(t)
	root := tree(t, "a", "b/c", "b/d", "e")
	cairn(t, "stamp", root, "-c", calendar.URL).want(t, terminal.ExitOK)
	server := blockServer(t, filepath.Join(root, "a.ots"))
	check := []string{"verify", root, "--server", server, "-l", calendar.URL}

	cairn(t, check...).want(t, terminal.ExitPending, "4 pending.")
	before := calendar.asked()
	calendar.complete()
	cairn(t, check...).want(t, terminal.ExitOK, "4 files existed no later than 17 December 2016")
	if asked := calendar.asked() - before; asked != 1 {
		t.Errorf("asked %d times", asked)
	}
	write(t, root, "e", []byte("changed"))
	cairn(t, check...).want(t, terminal.ExitFail, "3 files existed no later than", "1 refuted", "e: this proof is for another file")
	if err := os.Remove(filepath.Join(root, "e")); err != nil {
		t.Fatal(err)
	}
	r := cairn(t, append(check, "--json")...)
	r.want(t, terminal.ExitUndecided)
	var result verdictsJSON
	if err := json.Unmarshal([]byte(r.stdout), &result); err != nil {
		t.Fatal(err)
	}
	want := verdictCounts{Confirmed: 3, Undecided: 1, Missing: 1}
	if result.Counts != want || len(result.Results) != 4 || result.NoLaterThan != "2016-12-17" || result.Results[3].Error == "" {
		t.Errorf("%s", r.stdout)
	}
	r = cairn(t, append(check, "--ndjson")...)
	if r.want(t, terminal.ExitUndecided); strings.Count(r.stdout, "\n") != 5 {
		t.Errorf("%s", r.stdout)
	}
	// Two files, each with its proof beside it.
	cairn(t, "verify", filepath.Join(root, "a"), filepath.Join(root, "b/c"), "--server", server, "-l", calendar.URL).
		want(t, terminal.ExitOK, "2 files existed")
}

// A file and its proof may come in either order, or one stand for both.
func TestVerifyTakesEitherHalf(t *testing.T) {
	folder := t.TempDir()
	file := vector(t, folder, "client/hello-world.txt")
	proof := vector(t, folder, "client/hello-world.txt.ots")
	elsewhere := filepath.Join(t.TempDir(), "other-name")
	if err := os.Link(proof, elsewhere); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{file}, {proof}, {file, proof}, {proof, file}, {file, elsewhere}, {elsewhere, file}} {
		cairn(t, append([]string{"verify", "--headers", headersFile}, args...)...).
			want(t, terminal.ExitOK, "Your file existed no later than 28 May 2015.", "compare the block's hash")
	}
	if err := os.Remove(proof); err != nil {
		t.Fatal(err)
	}
	cairn(t, "verify", file, "--headers", headersFile).want(t, terminal.ExitFail, "there is no proof beside it")
}

// Headers come in three forms: with heights, alone, and raw.
func TestVerifyWithHeadersInAnyForm(t *testing.T) {
	folder := t.TempDir()
	proof := vector(t, folder, "client/hello-world.txt.ots")
	vector(t, folder, "client/hello-world.txt")
	raw, err := os.ReadFile(headersFile)
	if err != nil {
		t.Fatal(err)
	}
	var alone string
	for line := range strings.Lines(string(raw)) {
		if header, ok := strings.CutPrefix(line, "358391 "); ok {
			alone = strings.TrimSpace(header)
		}
	}
	bytes, err := hex.DecodeString(alone)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"alone": []byte(alone + "\n"), "raw": bytes} {
		headers := write(t, folder, name, content)
		cairn(t, "verify", proof, "--headers", headers, "--network", "mainnet").want(t, terminal.ExitOK, "28 May 2015", "2^67 hashes")
	}
	cairn(t, "verify", proof, "--headers", write(t, folder, "cut", bytes[:79])).want(t, terminal.ExitFail, "cannot be read")
}

// The npm client, which shares no code with ours, completes and verifies the
// proofs of a folder's one tree.
func TestProofsOfAFolderWithTheNpmClient(t *testing.T) {
	script, err := filepath.Abs("../../../e2e/ots-client.cjs")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(script), "node_modules", "opentimestamps")); errors.Is(err, os.ErrNotExist) {
		t.Skip("the npm client is not installed: make setup")
	}
	calendar := newTestCalendar(t)
	names := []string{}
	for i := range 5 {
		names = append(names, fmt.Sprint("file", i))
	}
	root := tree(t, names...)
	cairn(t, "stamp", root, "-c", calendar.URL).want(t, terminal.ExitOK)
	server := blockServer(t, filepath.Join(root, "file0.ots"))
	calendar.complete()
	npm := func(args ...string) string {
		t.Helper()
		out, err := exec.CommandContext(t.Context(), "node", append([]string{script}, args...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	first, last := filepath.Join(root, names[0]), filepath.Join(root, names[4])
	npm("upgrade", calendar.URL, first+".ots")
	cairn(t, "upgrade", last+".ots", "-l", calendar.URL).want(t, terminal.ExitOK)
	for _, file := range []string{first, last} {
		if out := npm("verify", server, file, file+".ots"); !strings.Contains(out, `"height":7`) {
			t.Errorf("%s", out)
		}
		cairn(t, "verify", file, "--server", server).want(t, terminal.ExitOK)
	}
	ours, err := readProof(first + ".ots")
	if err != nil {
		t.Fatal(err)
	}
	if v, err := verify.Check(t.Context(), ours.Timestamp, nil); err != nil || v.Outcome != verify.NoHeader {
		t.Errorf("what the npm client wrote: %+v, %v", v, err)
	}
}
