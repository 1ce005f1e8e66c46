package web

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"cairn/app/paywall"
	"cairn/channels/fees"
	"cairn/templates/apidoc"
)

// The commands on the page do what the page says, in a shell, one after the
// other.
func TestExamplesOfTheAPIPageWork(t *testing.T) {
	for _, tool := range []string{"bash", "curl", "sha256sum"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
	s := newSite(t, func(_ *Config, d *Deps) { d.API.Wall = newWall(t, d.Till.(paywall.Till), 10) })
	server := httptest.NewServer(s)
	defer server.Close()
	dir := t.TempDir()
	for name, content := range map[string]string{"photo.jpg": "a photograph", "another file.txt": "a letter"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{`"stage":"stored"`, `"count":2`, `"stage":"stored"`, "", `"stage":"complete"`, `"outcome":"confirmed"`, `"kind":"payment-required"`, `"stage":"complete"`}
	for i, line := range apidoc.Examples(server.URL) {
		if i == 4 {
			for range 9 {
				s.notary.advance()
			}
		}
		run := func(line string) string {
			cmd := exec.Command("bash", "-o", "pipefail", "-c", line)
			cmd.Dir = dir
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			return string(out)
		}
		if i == 5 {
			run(apidoc.Examples(server.URL)[3]) // the proof is complete now
		}
		out := run(line)
		if !strings.Contains(out, want[i]) {
			t.Errorf("%s\nanswers %s", line, out)
		}
		if i == 6 {
			var o priced
			if err := json.Unmarshal([]byte(out), &o); err != nil {
				t.Fatal(err)
			}
			id, err := fees.ParseID(o.Payment.Quote)
			if err != nil {
				t.Fatal(err)
			}
			s.paid(s.quote(id), 0)
			t.Setenv("QUOTE", o.Payment.Quote)
		}
	}
}

func TestAPIPage(t *testing.T) {
	s := newSite(t)
	page := s.ask("GET", "/api", "")
	wantStatus(t, page, 200)
	wantText(t, page, "http://cairn.test/api/v1/stamps", `id="digest-length"`, "A SHA-256 fingerprint has exactly 64 digits.", `href="/api/v1/openapi.yaml"`)
	wantText(t, s.ask("GET", "/api?lang=zh-Hans", ""), "编程接口", "SHA-256 指纹正好是 64 位。")
	none := newSite(t, func(_ *Config, d *Deps) { d.API = nil })
	wantStatus(t, none.ask("GET", "/api", ""), 404)
}
