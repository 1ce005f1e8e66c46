package assets

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cairn/app/cmd/cairn/terminal"

	"github.com/btcsuite/btcd/wire"
)

// judge runs the command against a server that answers so.
func judge(t *testing.T, tx, answer string, status int, flags ...func(*GuardCmd)) (printed string, code int, asked string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body struct{ Transaction string }
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil || r.URL.Path != "/api/v1/assets/guard" {
			t.Errorf("%s: %v", r.URL.Path, err)
		}
		asked = body.Transaction
		w.WriteHeader(status)
		io.WriteString(w, answer) //nolint:errcheck // a test would see it
	}))
	defer server.Close()
	var stdout, stderr bytes.Buffer
	c := GuardCmd{Transaction: tx, Server: server.URL + "/", Timeout: 10 * time.Second}
	for _, f := range flags {
		f(&c)
	}
	err := c.Run(t.Context(), &terminal.Output{Stdout: &stdout, Stderr: &stderr, Stdin: strings.NewReader(tx)})
	var own interface{ ExitCode() int }
	switch {
	case errors.As(err, &own):
		code = own.ExitCode()
	case err != nil:
		code = terminal.ExitFail
		stdout.WriteString(err.Error())
	}
	return stdout.String() + stderr.String(), code, asked
}

func anyTx(t *testing.T) []byte {
	t.Helper()
	tx := wire.NewMsgTx(2)
	tx.AddTxIn(&wire.TxIn{})
	tx.AddTxOut(wire.NewTxOut(1000, []byte{0x51}))
	var b bytes.Buffer
	if err := tx.Serialize(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestGuard(t *testing.T) {
	tx := hex.EncodeToString(anyTx(t))
	for name, c := range map[string]struct {
		answer string
		status int
		code   int
		want   string
	}{
		"safe":     {`{"verdict":"safe","as_of_height":9}`, 200, 0, "nothing coloured is touched"},
		"moves":    {`{"verdict":"moves","outputs":[{"care":"no-form","holdings":[{"protocol":"colu","asset":"La1","units":"3"}]}]}`, 200, 0, "output 0 gets 3 of La1 (colu)"},
		"destroys": {`{"verdict":"destroys","lost":[{"protocol":"open-assets","asset":"Acu","units":"20","input":0,"output":null,"why":"ordinary"}]}`, 200, 2, "this destroys 20 of Acu (open-assets) at input 0: the transaction says nothing about units"},
		"unsure":   {`{"verdict":"unsure","inputs":[{"coin":"ab:1","state":"unknown"}]}`, 200, 4, "unknown: ab:1 may hold units"},
		"refused":  {`{"title":"That was a lot at once."}`, 429, 1, "That was a lot at once."},
		"no Cairn": {`<html>`, 200, 1, "does it run a Cairn with assets?"},
		"an error": {`<html>`, 502, 1, "answers 502"},
	} {
		printed, code, asked := judge(t, tx, c.answer, c.status)
		if code != c.code || !strings.Contains(printed, c.want) || asked != tx {
			t.Errorf("%s: %d, %q, asked %q", name, code, printed, asked)
		}
	}
	printed, code, _ := judge(t, tx, `{"verdict":"destroys"}`, 200, func(c *GuardCmd) { c.JSON = true })
	if code != 2 || !json.Valid([]byte(printed)) {
		t.Errorf("as JSON: %d, %q", code, printed)
	}
}

func TestGuardReads(t *testing.T) {
	raw := anyTx(t)
	file := filepath.Join(t.TempDir(), "a.psbt")
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, code, asked := judge(t, file, `{"verdict":"safe"}`, 200); code != 0 || asked == "" {
		t.Errorf("a file: %d, %q", code, asked)
	}
	if printed, code, asked := judge(t, "hello", `{"verdict":"safe"}`, 200); code != terminal.ExitUsage || asked != "" {
		t.Errorf("no transaction: %d, %q, %q", code, printed, asked)
	}
	hexed := hex.EncodeToString(raw)
	if _, code, asked := judge(t, hexed, `{"verdict":"safe"}`, 200, func(c *GuardCmd) { c.Transaction = "-" }); code != 0 || asked != hexed {
		t.Errorf("standard input: %d, %q", code, asked)
	}
}
