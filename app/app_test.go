package app_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cairn/app"
	"cairn/app/config"
	"cairn/chain"
	"cairn/chain/node"
)

// patience is how long a test waits for what takes seconds.
const patience = 90 * time.Second

// settings is the embedded default on free ports in a folder of the test's,
// with a quicker chain.
func settings(t *testing.T) config.Config {
	t.Helper()
	return config.Config{
		Data:    filepath.Join(t.TempDir(), "cairn"),
		Network: chain.Devnet,
		Web:     config.Web{Listen: "127.0.0.1:0"},
		Log:     config.Log{Level: "info", Metrics: "127.0.0.1:0"},
		Devnet:  config.Devnet{BlockInterval: time.Second},
		Anchor:  config.Anchor{BumpAfter: 2, MaxFeeRate: 200},
		Node:    config.Node{Backend: "neutrino"},
	}
}

// running is an App under test.
type running struct {
	*app.App
	t    *testing.T
	out  *syncWriter
	stop func() error
}

// printed is what the App told its operator so far.
func (r *running) printed() string { return r.out.String() }

// start runs an App, its node in this process, until the test ends or stop is
// called.
func start(t *testing.T, cfg config.Config) *running {
	t.Helper()
	return startWith(t, cfg, node.InProcess)
}

func startWith(t *testing.T, cfg config.Config, driver node.Driver) *running {
	t.Helper()
	r := &running{t: t, out: &syncWriter{w: &bytes.Buffer{}}}
	log := slog.New(slog.NewTextHandler(testLog{t}, &slog.HandlerOptions{Level: slog.LevelInfo}))
	a, err := app.New(t.Context(), cfg, app.Options{Version: "test", Log: log, Out: r.out, NodeDriver: driver})
	if err != nil {
		t.Fatal(err)
	}
	r.App = a
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	stopped := false
	r.stop = func() error {
		if stopped {
			return nil
		}
		stopped = true
		cancel()
		return errors.Join(<-done, a.Close())
	}
	t.Cleanup(func() {
		if err := r.stop(); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	return r
}

// eventually waits until ok, looking often.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("waited %s for: %s", patience, what)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func (r *running) get(path string, header ...string) (int, string) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, r.URL()+path, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// client runs the npm OpenTimestamps client and returns its output and exit
// code.
func (r *running) client(args ...string) (string, int) {
	r.t.Helper()
	cmd := exec.CommandContext(r.t.Context(), "node", append([]string{filepath.Join("e2e", "ots-client.cjs")}, args...)...)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		return string(out), exit.ExitCode()
	case err != nil:
		r.t.Fatalf("node: %v (make setup installs the modules of app/e2e)", err)
	}
	return string(out), 0
}

// TestAStrangersClientStampsUpgradesAndVerifies is the promise of the whole:
// the unmodified npm client `opentimestamps` uses Cairn as its calendar, on
// the real devnet, through the real node.
func TestAStrangersClientStampsUpgradesAndVerifies(t *testing.T) {
	cfg := settings(t)
	cfg.Prices = config.Prices{ExpressLeast: 1000, ExpressMargin: 20}
	r := start(t, cfg)

	dir := t.TempDir()
	file, proof := filepath.Join(dir, "photo.jpg"), filepath.Join(dir, "photo.jpg.ots")
	content := bytes.Repeat([]byte("a real file "), 10_000)
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	// The digest is taken before the node is up.
	if out, code := r.client("stamp", r.URL(), file, proof); code != 0 {
		t.Fatalf("stamp: %s", out)
	}
	eventually(t, "the npm client to upgrade", func() bool {
		out, code := r.client("upgrade", r.URL(), proof)
		if code != 0 && code != 3 {
			t.Fatalf("upgrade: %s", out)
		}
		return code == 0
	})
	out, code := r.client("verify", r.URL(), file, proof)
	if code != 0 {
		t.Fatalf("verify: %s", out)
	}
	var said struct {
		Bitcoin struct{ Height, Timestamp int64 }
	}
	if err := json.Unmarshal([]byte(out[strings.Index(out, "{"):]), &said); err != nil || said.Bitcoin.Height == 0 {
		t.Fatalf("verify said %q (%v)", out, err)
	}
	if age := time.Since(time.Unix(said.Bitcoin.Timestamp, 0)); age < -time.Minute || age > time.Hour {
		t.Errorf("block time %s ago", age)
	}
	// Another file does not pass.
	if err := os.WriteFile(file, append(content, 'x'), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, code := r.client("verify", r.URL(), file, proof); code == 0 {
		t.Errorf("a changed file passed: %s", out)
	}

	t.Run("a page's proof is complete too", func(t *testing.T) {
		digest := sha256.Sum256([]byte("dropped in a browser"))
		stampInPage(t, r, digest)
		eventually(t, "the proof page to say it is complete", func() bool {
			_, ots := r.get("/proof/" + hexOf(digest) + ".ots")
			return strings.Contains(ots, "\x05\x88\x96\x0d\x73\xd7\x19\x01")
		})
	})

	for _, form := range []string{"plain", "docproof"} {
		t.Run("a transaction of its own, "+form, func(t *testing.T) { buysExpress(t, r, form) })
	}

	t.Run("the first lines say what to open", func(t *testing.T) {
		eventually(t, "ready", func() bool { return strings.Contains(r.printed(), "ready in") })
		for _, want := range []string{"data", "database", "chain", "node", "seed", r.URL(), "/setup/"} {
			if !strings.Contains(r.printed(), want) {
				t.Errorf("%q is not in\n%s", want, r.printed())
			}
		}
	})
}
