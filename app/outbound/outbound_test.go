package outbound_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cairn/app/outbound"
)

// names resolves as a table says; what it does not hold is not found. A name
// with several rows gives the next one at each question, the last for ever.
type names struct {
	table map[string][][]string
	asked map[string]*atomic.Int32
}

func newNames(table map[string][][]string) *names {
	n := &names{table, map[string]*atomic.Int32{}}
	for name := range table {
		n.asked[name] = &atomic.Int32{}
	}
	return n
}

func (n *names) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	rows, ok := n.table[host]
	if !ok {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	row := rows[min(int(n.asked[host].Add(1)), len(rows))-1]
	var out []netip.Addr
	for _, text := range row {
		out = append(out, netip.MustParseAddr(text))
	}
	return out, nil
}

// trap is a server on loopback that nobody may reach.
func trap(t *testing.T) (port uint16, hits *atomic.Int32) {
	t.Helper()
	hits = &atomic.Int32{}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			hits.Add(1)
			conn.Close()
		}
	}()
	return uint16(listener.Addr().(*net.TCPAddr).Port), hits
}

// hostile are addresses that lead, or try to lead, to where they should not;
// {p} is the trap's port.
var hostile = []string{
	"http://203.0.114.9/", "http://hooks.example.com/", "ftp://hooks.example.com/", "file:///etc/passwd", "gopher://127.0.0.1:{p}/_", "dict://127.0.0.1:{p}/", "ldap://127.0.0.1:{p}", "javascript:alert(1)", "data:text/plain,x", "//127.0.0.1:{p}/", "/relative", "", "https://", "https:///x", "https:127.0.0.1", "https://:{p}/",
	"https://127.0.0.1:{p}/", "https://127.1:{p}/", "https://127.0.1:{p}/", "https://2130706433:{p}/", "https://0x7f000001:{p}/", "https://0x7f.0.0.1:{p}/", "https://0x7f.1:{p}/", "https://017700000001:{p}/", "https://0177.0.0.1:{p}/", "https://0177.0.0.01:{p}/", "https://127.0.0.0x1:{p}/", "https://127.0.0.1.:{p}/", "https://127.000.000.001:{p}/", "https://0:{p}/", "https://0.0.0.0:{p}/", "https://127.255.255.254:{p}/",
	"https://[::1]:{p}/", "https://[::]:{p}/", "https://[0:0:0:0:0:0:0:1]:{p}/", "https://[::ffff:127.0.0.1]:{p}/", "https://[::ffff:7f00:1]:{p}/", "https://[::127.0.0.1]:{p}/", "https://[64:ff9b::7f00:1]:{p}/", "https://[64:ff9b:1::7f00:1]:{p}/", "https://[2002:7f00:1::]:{p}/", "https://[2001:0:7f00:1::]:{p}/", "https://[fe80::1]:{p}/", "https://[fe80::1%25lo]:{p}/", "https://[fc00::1]:{p}/", "https://[fd12:3456::1]:{p}/", "https://[ff02::1]:{p}/", "https://[2001:db8::1]:{p}/", "https://[fec0::1]:{p}/", "https://[::1%25lo]:{p}/", "https://[3fff::1]:{p}/",
	"https://10.0.0.1:{p}/", "https://172.16.0.1:{p}/", "https://172.31.255.255:{p}/", "https://192.168.1.1:{p}/", "https://100.64.0.1:{p}/", "https://169.254.169.254:{p}/latest/meta-data/", "https://192.0.2.1:{p}/", "https://198.18.0.1:{p}/", "https://198.51.100.1:{p}/", "https://203.0.113.1:{p}/", "https://192.88.99.1:{p}/", "https://224.0.0.1:{p}/", "https://240.0.0.1:{p}/", "https://255.255.255.255:{p}/", "https://192.0.0.8:{p}/",
	"https://localhost:{p}/", "https://LOCALHOST:{p}/", "https://localhost.:{p}/", "https://x.localhost:{p}/", "https://printer.local:{p}/", "https://metadata.google.internal:{p}/", "https://router:{p}/", "https://nas.lan:{p}/", "https://x.home.arpa:{p}/", "https://abc.onion:{p}/",
	"https://user@hooks.example.com:{p}/", "https://user:pw@127.0.0.1:{p}/", "https://hooks.example.com@127.0.0.1:{p}/", "https://127.0.0.1:{p}\\@hooks.example.com/", "https://hooks.example.com:{p}\\.evil/", "https://hooks.example.com:22/", "https://hooks.example.com:8080/", "https://hooks.example.com:0/", "https://hooks.example.com:99999/", "https://hooks.example.com:{p}/\r\nHost: x", "https://hooks .example.com:{p}/", "https://hooks.example.com\t:{p}/",
	"https://１２７.0.0.1:{p}/", "https://127。0。0。1:{p}/", "https://ⓛocalhost:{p}/", "https://①②⑦.0.0.1:{p}/", "https://lоcalhost:{p}/", "https://%6c%6f%63%61%6c%68%6f%73%74:{p}/", "https://127.0.0.1%00.example.com:{p}/", "https://127.0.0.1%2eexample.com:{p}/",
	"https://loops.example.com:{p}/", "https://inside.example.com:{p}/", "https://mapped.example.com:{p}/", "https://mixed.example.com:{p}/", "https://meta.example.com:{p}/", "https://six.example.com:{p}/", "https://gone.example.com:{p}/", "https://empty.example.com:{p}/", "https://inside.example.com.:{p}/", "https://INSIDE.example.com:{p}/", "https://inside.EXAMPLE.com:{p}/?x=1#y",
}

func TestHostileAddressesReachNobody(t *testing.T) {
	port, hits := trap(t)
	guard := outbound.Guard{Port: port, Resolver: newNames(map[string][][]string{
		"hooks.example.com":  {{"127.0.0.1"}},
		"loops.example.com":  {{"127.0.0.1"}},
		"inside.example.com": {{"10.1.2.3"}},
		"mapped.example.com": {{"::ffff:127.0.0.1"}},
		"mixed.example.com":  {{"1.1.1.1", "127.0.0.1"}},
		"meta.example.com":   {{"169.254.169.254"}},
		"six.example.com":    {{"::1"}},
		"empty.example.com":  {{}},
	})}
	if len(hostile) < 60 {
		t.Fatalf("only %d addresses", len(hostile))
	}
	for _, text := range hostile {
		text = strings.ReplaceAll(text, "{p}", fmt.Sprint(port))
		kept, err := guard.Check(t.Context(), text)
		var kind outbound.ErrorKind
		if !errors.As(err, &kind) || kept != "" {
			t.Errorf("Check(%q) = %q, %v", text, kept, err)
		}
		if strings.Contains(text, "mixed") {
			continue // its first address is somebody's in the world
		}
		client := guard.Client()
		response, err := client.Get(text)
		if err == nil {
			response.Body.Close()
			t.Errorf("GET %q was answered", text)
		}
		client.CloseIdleConnections()
	}
	if n := hits.Load(); n != 0 {
		t.Errorf("%d connections were made", n)
	}
}

// A name that is public when it is checked and private when it is asked.
func TestRebindingIsNoticedAtTheConnection(t *testing.T) {
	port, hits := trap(t)
	guard := outbound.Guard{Port: port, Resolver: newNames(map[string][][]string{
		"rebinds.example.com": {{"1.1.1.1"}, {"127.0.0.1"}},
	})}
	kept, err := guard.Check(t.Context(), fmt.Sprintf("https://rebinds.example.com:%d/hook", port))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := guard.Client().Get(kept); !errors.Is(err, outbound.ErrPrivate) {
		t.Errorf("asked: %v", err)
	}
	if hits.Load() != 0 {
		t.Error("a connection was made")
	}
}

func TestCheckKeepsWhatItMeans(t *testing.T) {
	guard := outbound.Guard{Resolver: newNames(map[string][][]string{
		"hooks.example.com":            {{"1.1.1.1", "2606:4700::1111"}},
		"xn--bcher-kva.example.com":    {{"1.1.1.1"}},
		"hooks.example.com.evil.co.uk": {{"8.8.8.8"}},
	})}
	for text, want := range map[string]string{
		"https://Hooks.Example.com":                  "https://hooks.example.com/",
		" https://hooks.example.com:443/a?b=c#d ":    "https://hooks.example.com/a?b=c",
		"https://bücher.example.com/x":               "https://xn--bcher-kva.example.com/x",
		"https://hooks.example.com./x":               "https://hooks.example.com/x",
		"https://9.9.9.9/x":                          "https://9.9.9.9/x",
		"https://[2620:fe::9]/x":                     "https://[2620:fe::9]/x",
		"https://hooks.example.com.evil.co.uk/a%20b": "https://hooks.example.com.evil.co.uk/a%20b",
	} {
		if got, err := guard.Check(t.Context(), text); got != want || err != nil {
			t.Errorf("Check(%q) = %q, %v, want %q", text, got, err, want)
		}
	}
	for text, kind := range map[string]error{
		"https://nowhere.example.com/":                 outbound.ErrNoHost,
		"https://hooks.example.com:444/":               outbound.ErrPort,
		"http://hooks.example.com/":                    outbound.ErrURL,
		"https://10.0.0.1/":                            outbound.ErrPrivate,
		"https://a.co/" + strings.Repeat("x", 500):     outbound.ErrURL,
		"https://" + strings.Repeat("a.", 130) + "com": outbound.ErrURL,
	} {
		if _, err := guard.Check(t.Context(), text); !errors.Is(err, kind) {
			t.Errorf("Check(%q): %v, want %v", text, err, kind)
		}
	}
}

// reach is a guard that lets a test reach a server of its own, by name.
func reach(server *httptest.Server) outbound.Guard {
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	return outbound.Guard{
		Port:     netip.MustParseAddrPort(server.Listener.Addr().String()).Port(),
		Resolver: newNames(map[string][][]string{"example.com": {{"127.0.0.1"}}}),
		Allow:    func(netip.Addr) error { return nil },
		Roots:    roots,
	}
}

func TestClientIsConfined(t *testing.T) {
	var second atomic.Int32
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/ok":
			http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"})
			if r.Header.Get("Cookie") != "" {
				second.Add(1)
			}
		case "/redirect":
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
		case "/elsewhere":
			second.Add(1)
		case "/slow":
			select {
			case <-r.Context().Done():
			case <-time.After(20 * time.Second):
			}
		}
	}))
	defer server.Close()
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:1")
	guard := reach(server)
	client := guard.Client()
	base := fmt.Sprintf("https://example.com:%d", guard.Port)
	for range 2 {
		response, err := client.Get(base + "/ok")
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
	}
	response, err := client.Get(base + "/redirect")
	if err != nil || response.StatusCode != http.StatusFound {
		t.Fatalf("redirect: %v", err)
	}
	io.Copy(io.Discard, response.Body) //nolint:errcheck
	response.Body.Close()
	if second.Load() != 0 {
		t.Error("a redirect was followed, or a cookie kept")
	}
	began := time.Now()
	if _, err := client.Get(base + "/slow"); err == nil || time.Since(began) > 2*outbound.Timeout {
		t.Errorf("a server that never answers: %v after %v", err, time.Since(began))
	}
	// Without the test's own root nobody vouches for the server.
	guard.Roots = x509.NewCertPool()
	if _, err := guard.Client().Get(base + "/ok"); err == nil {
		t.Error("a stranger's certificate was believed")
	}
}

func TestFetchFollowsThreeRedirectsAndNothingElse(t *testing.T) {
	var guard outbound.Guard
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/3", "/2", "/1":
			http.Redirect(w, r, fmt.Sprintf("/%c", r.URL.Path[1]-1), http.StatusFound)
		case "/4":
			http.Redirect(w, r, "/3", http.StatusMovedPermanently)
		case "/0":
			w.Header().Set("Content-Type", "Application/JSON; charset=utf-8")
			io.WriteString(w, "0123456789") //nolint:errcheck
		case "/plain":
			http.Redirect(w, r, "http://example.com/0", http.StatusFound)
		case "/inside":
			http.Redirect(w, r, fmt.Sprintf("https://localhost:%d/0", guard.Port), http.StatusFound)
		case "/port":
			http.Redirect(w, r, "https://example.com:22/", http.StatusFound)
		case "/nowhere":
			w.WriteHeader(http.StatusFound)
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	guard = reach(server)
	base := fmt.Sprintf("https://example.com:%d", guard.Port)
	for path, want := range map[string]error{
		"/0": nil, "/3": nil, "/4": outbound.ErrRedirect, "/plain": outbound.ErrRedirect, "/inside": outbound.ErrRedirect,
		"/port": outbound.ErrRedirect, "/nowhere": outbound.ErrRedirect, "/missing": outbound.ErrStatus,
	} {
		page, err := guard.Fetch(t.Context(), base+path, 10)
		if !errors.Is(err, want) || (want == nil) != (string(page.Body) == "0123456789") {
			t.Errorf("%s: %q, %v, want %v", path, page.Body, err, want)
		}
		if want == nil && (page.Media != "application/json" || page.Organisation != "Acme Co") {
			t.Errorf("%s: %+v", path, page)
		}
	}
	if _, err := guard.Fetch(t.Context(), base+"/0", 9); !errors.Is(err, outbound.ErrLarge) {
		t.Errorf("too large: %v", err)
	}
	if _, err := guard.Fetch(t.Context(), "http://example.com/0", 10); !errors.Is(err, outbound.ErrURL) {
		t.Errorf("without https: %v", err)
	}
	guard.Allow = nil
	if _, err := guard.Fetch(t.Context(), base+"/0", 10); !errors.Is(err, outbound.ErrPrivate) {
		t.Errorf("on this machine: %v", err)
	}
}

func FuzzCheck(f *testing.F) {
	for _, text := range hostile {
		f.Add(strings.ReplaceAll(text, "{p}", "443"))
	}
	guard := outbound.Guard{Resolver: newNames(map[string][][]string{"hooks.example.com": {{"1.1.1.1"}}})}
	f.Fuzz(func(t *testing.T, text string) {
		kept, err := guard.Check(context.Background(), text)
		if err != nil {
			return
		}
		again, err := guard.Check(context.Background(), kept)
		if err != nil || again != kept || !strings.HasPrefix(kept, "https://") {
			t.Errorf("%q became %q and then %q, %v", text, kept, again, err)
		}
	})
}
