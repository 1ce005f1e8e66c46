package buy

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestParseLnd(t *testing.T) {
	folder := t.TempDir()
	for _, network := range []string{"signet"} {
		dir := filepath.Join(folder, "data", "chain", "bitcoin", network)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "admin.macaroon"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	macaroon := filepath.Join(folder, "data", "chain", "bitcoin", "signet", "admin.macaroon")
	cert := filepath.Join(folder, "tls.cert")
	empty := t.TempDir()
	for address, want := range map[string]Lnd{
		"lnd:node.lan:10009?cert=c&macaroon=m":         {"node.lan:10009", "c", "m"},
		"lnd:[::1]:1?macaroon=m&cert=c%20d":            {"[::1]:1", "c d", "m"},
		"lnd:" + folder:                                {"localhost:10009", cert, macaroon},
		"lnd:" + folder + "?host=127.0.0.1:7":          {"127.0.0.1:7", cert, macaroon},
		"lnd:" + empty + "?macaroon=m&cert=c&host=a:1": {"a:1", "c", "m"},
	} {
		if got, err := ParseLnd(address); err != nil || got != want {
			t.Errorf("%s: %+v, %v", address, got, err)
		}
	}
	for _, address := range []string{
		"", "lnd:", "node.lan:10009", "cln:node.lan:1?cert=c&macaroon=m", "lnd:node.lan?cert=c&macaroon=m", "lnd:node.lan:1",
		"lnd:node.lan:1?cert=c", "lnd:node.lan:1?cert=%zz", "lnd:" + empty, "lnd:/no/such/folder",
	} {
		if got, err := ParseLnd(address); !errors.Is(err, ErrAddress) {
			t.Errorf("%s: %+v, %v", address, got, err)
		}
	}
	t.Setenv(macaroonEnv, "from-env")
	if got, err := ParseLnd("lnd:node.lan:1?cert=c"); err != nil || got.Macaroon != "from-env" {
		t.Errorf("the macaroon's file in the environment: %+v, %v", got, err)
	}
}

func FuzzParseLnd(f *testing.F) {
	f.Add("lnd:node.lan:10009?cert=c&macaroon=m")
	f.Add("lnd:/home?host=x")
	f.Fuzz(func(t *testing.T, address string) {
		got, err := ParseLnd(address)
		if err != nil && !errors.Is(err, ErrAddress) {
			t.Errorf("%v has no kind", err)
		}
		if err == nil && (got.Host == "" || got.Cert == "" || got.Macaroon == "") {
			t.Errorf("%q: %+v", address, got)
		}
	})
}
