package assets

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"cairn/app/cmd/cairn/terminal"
)

const kept = "../../../../assets/receipt/testdata/"

func output() (*terminal.Output, *bytes.Buffer) {
	var text bytes.Buffer
	return &terminal.Output{Stdin: strings.NewReader(""), Stdout: &text, Stderr: io.Discard}, &text
}

func TestVerifyReceipts(t *testing.T) {
	paths, err := filepath.Glob(kept + "*.json")
	if err != nil || len(paths) < 8 {
		t.Fatalf("%v, %v", paths, err)
	}
	out, text := output()
	if err := (&VerifyCmd{Files: paths, JSON: true}).Run(t.Context(), out); err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(text)
	for range paths {
		var j judged
		if err := d.Decode(&j); err != nil || !j.Holds || len(j.Holdings) == 0 || j.Upon < 3 {
			t.Errorf("%+v, %v", j, err)
		}
	}
	out, text = output()
	if err := (&VerifyCmd{Files: paths[:1]}).Run(t.Context(), out); err != nil || !strings.Contains(text.String(), " holds ") {
		t.Errorf("%s, %v", text, err)
	}
}

func TestVerifyWithHeaders(t *testing.T) {
	raw, err := os.ReadFile(kept + "colu-issue.json")
	if err != nil {
		t.Fatal(err)
	}
	var f struct {
		Blocks []struct {
			Height int
			Header string
		}
	}
	if err := json.Unmarshal(raw, &f); err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(t.TempDir(), "headers")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(list, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	verdict := func() (j judged) {
		t.Helper()
		out, text := output()
		err := (&VerifyCmd{Files: []string{kept + "colu-issue.json"}, Headers: list, JSON: true}).Run(t.Context(), out)
		if code := terminal.SilentExit(0); err != nil && !errors.As(err, &code) {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text.Bytes(), &j); err != nil {
			t.Fatal(err)
		}
		return j
	}
	numbered := func(shift int) string {
		var lines strings.Builder
		for _, b := range f.Blocks {
			lines.WriteString(strings.Join([]string{strconv.Itoa(b.Height + shift), b.Header}, " ") + "\n")
		}
		return lines.String()
	}
	write(numbered(0))
	if j := verdict(); !j.Holds || !j.Checked || j.Known != len(f.Blocks) {
		t.Errorf("%+v", j)
	}
	write(numbered(1))
	if j := verdict(); j.Holds || !strings.Contains(j.Error, "not in the chain") {
		t.Errorf("%+v", j)
	}
}

func TestVerifyNamesWhatIsWrong(t *testing.T) {
	raw, err := os.ReadFile(kept + "epobc-transfer.json")
	if err != nil {
		t.Fatal(err)
	}
	cut := filepath.Join(t.TempDir(), "cut.json")
	if err := os.WriteFile(cut, raw[:len(raw)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	out, text := output()
	err = (&VerifyCmd{Files: []string{cut, filepath.Join(t.TempDir(), "missing")}}).Run(t.Context(), out)
	var code terminal.SilentExit
	if !errors.As(err, &code) || code != terminal.ExitFail || !strings.Contains(text.String(), "NO. the receipt is cut off") {
		t.Errorf("%s, %v", text, err)
	}
}

func TestFetchReceipt(t *testing.T) {
	raw, err := os.ReadFile(kept + "colu-burn.json")
	if err != nil {
		t.Fatal(err)
	}
	var f struct{ Coin string }
	if err := json.Unmarshal(raw, &f); err != nil {
		t.Fatal(err)
	}
	asked := ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.URL.String()
		_, _ = w.Write(raw)
	}))
	defer server.Close()
	name := filepath.Join(t.TempDir(), "receipt.json")
	cmd := ReceiptCmd{Coin: f.Coin, Server: server.URL + "/", Protocol: "colu", Out: name, Timeout: 10 * time.Second}
	out, _ := output()
	if err := cmd.Run(t.Context(), out); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(name); err != nil || !bytes.Equal(got, raw) || asked != "/api/v1/assets/receipts/"+f.Coin+"?protocol=colu" {
		t.Errorf("asked for %s, %v", asked, err)
	}
	cmd.Coin = strings.Repeat("1", 64) + ":0"
	if err := cmd.Run(t.Context(), out); err == nil || !strings.Contains(err.Error(), "that of") {
		t.Errorf("the receipt of another coin: %v", err)
	}
}
