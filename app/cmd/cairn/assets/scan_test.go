package assets

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cairn/app/cmd/cairn/terminal"
	"cairn/chain"
)

var blocks = filepath.Join("..", "..", "..", "..", "assets", "blockfile", "testdata", "blocks")

func look(t *testing.T, c ScanCmd) (stdout, stderr string, err error) {
	t.Helper()
	var o, e bytes.Buffer
	err = c.Run(t.Context(), &terminal.Output{Stdout: &o, Stderr: &e})
	return o.String(), e.String(), err
}

// Real blocks, of a folder.
func TestScan(t *testing.T) {
	out, remarks, err := look(t, ScanCmd{Files: []string{blocks}, Network: chain.Mainnet, Undo: true, Check: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"block 481815  386c3908d055150b9f924408e12e8a251e00a896011fcb367db210f2f66d732d  open-assets: valid\n" +
			"    AeAPjKKjuGVneWbsL62VwcTA3VBBz9Hvut: 100 new units to output 0\n" +
			"    metadata \"u=https://goo.gl/H1V5kx\"\n",
		"44a63ed56902d84e0407b8e5a0d03345e9456e4e5cb97a45cb006685e07bf242  open-assets: rejected (short)\n",
		"c15cc4556e7cc4f17abbbcdf2f81e82cbdad6fb5faf5809779f4090d0c1d84b1  colu: valid\n" +
			"    La91qrmXJrrSVqCGUy1bECSDCcHAFn19NVfzRw: units 1 to 218199 of input 0 to output 0\n",
		"ledger of epobc: 89f73599718571dfa40e1437010dcaab0ad5d099b55a3031a67077797565a5af\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("there is no\n%s", want)
		}
	}
	if !strings.Contains(remarks, "4 blocks, ") || !strings.Contains(remarks, " blocks/s") {
		t.Errorf("remarks: %s", remarks)
	}
	again, _, err := look(t, ScanCmd{Files: []string{blocks}, Network: chain.Mainnet})
	if err != nil || again != out {
		t.Errorf("without the coins that the block spends it is another, %v", err)
	}
}

func TestScanAsJSON(t *testing.T) {
	out, _, err := look(t, ScanCmd{Files: []string{filepath.Join(blocks, "block481815.raw")}, Network: chain.Mainnet, JSON: true, Protocol: []string{"open-assets"}})
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != 15 {
		t.Fatalf("%d lines", len(lines))
	}
	var one scanned
	if err := json.Unmarshal([]byte(lines[1]), &one); err != nil {
		t.Fatal(err)
	}
	if one.Height != 481_815 || one.Issued != "AeAPjKKjuGVneWbsL62VwcTA3VBBz9Hvut" || one.Verdict != "valid" || *one.Marker != 1 || !one.Inferred ||
		one.Issuer != "76a914c500e39f5dd7618da41ba1e14c8dac824969f31e88ac" || one.Metadata != "753d68747470733a2f2f676f6f2e676c2f483156356b78" ||
		len(one.Outputs) != 1 || one.Outputs[0] != (scannedHeld{0, one.Issued, 100}) || one.Flows[0] != (scannedFlow{one.Issued, -1, 0, 0, 100}) {
		t.Errorf("%+v", one)
	}
	var last ended
	if err := json.Unmarshal([]byte(lines[14]), &last); err != nil || last.Found != 14 || last.Blocks != 1 || len(last.Hashes) != 1 {
		t.Errorf("%+v, %v", last, err)
	}
}

// A file that is none is named, and the others are read.
func TestScanOfBadFiles(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad.raw")
	if err := os.WriteFile(bad, []byte("no blocks are in here, it is only called so, and is longer than a header of eighty bytes"), 0o600); err != nil {
		t.Fatal(err)
	}
	good := filepath.Join(blocks, "block898352-testnet.raw")
	out, complaints, err := look(t, ScanCmd{Files: []string{bad, good, bad + ".missing"}, Network: chain.Testnet4})
	var code terminal.SilentExit
	if !errors.As(err, &code) || code.ExitCode() != terminal.ExitPartly || !strings.Contains(complaints, bad+": this is not a file of blocks") || !strings.Contains(complaints, bad+".missing: open") {
		t.Errorf("%v: %s", err, complaints)
	}
	if !strings.Contains(out, "a0eb1f2b6b4e2d2557685d9d3b83e9ede1809940b9c62429a85a73d3177a1dfe  colu: valid") {
		t.Errorf("the good file is not read: %s", out)
	}
	var usage terminal.UsageError
	if _, _, err := look(t, ScanCmd{Files: []string{good}, Protocol: []string{"runes"}}); !errors.As(err, &usage) {
		t.Errorf("an unknown protocol: %v", err)
	}
	if _, _, err := look(t, ScanCmd{Files: []string{t.TempDir()}}); !errors.As(err, &usage) {
		t.Errorf("an empty folder: %v", err)
	}
	lying, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	lying[len(lying)-1] ^= 1 // a lock time
	other := filepath.Join(t.TempDir(), "lying.raw")
	if err := os.WriteFile(other, lying, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, complaints, err = look(t, ScanCmd{Files: []string{other}, Check: true}); !errors.As(err, &code) || !strings.Contains(complaints, "are not those of its header") {
		t.Errorf("a block that is not its header's: %v, %s", err, complaints)
	}
}
