package app

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/app/outbound"
	"cairn/assets"
	"cairn/assets/definition"
	"cairn/assets/openassets"
	"cairn/chain"
)

// names leads names to addresses.
type names map[string]string

// LookupNetIP implements outbound.Resolver.
func (n names) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	at, known := n[host]
	if !known {
		return nil, errors.New("no such name")
	}
	return []netip.Addr{netip.MustParseAddr(at)}, nil
}

// issuers is a real server of issuers' definitions, over TLS, and a service of
// definitions that asks it by the rules for strangers. Only its own address passes
// for a public one.
type issuers struct {
	*definition.Service
	t       *testing.T
	server  *httptest.Server
	port    uint16
	now     time.Time
	stamped map[[32]byte]bool
	asked   map[string]int
}

func newIssuers(t *testing.T, d *db.DB, pages http.Handler) *issuers {
	t.Helper()
	n := &issuers{t: t, now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC), stamped: map[[32]byte]bool{}, asked: map[string]int{}}
	n.server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n.asked[r.URL.Path]++
		pages.ServeHTTP(w, r)
	}))
	t.Cleanup(n.server.Close)
	at := netip.MustParseAddrPort(n.server.Listener.Addr().String())
	n.port = at.Port()
	roots := x509.NewCertPool()
	roots.AddCert(n.server.Certificate())
	strict := outbound.Guard{} // decides about every other address
	guard := outbound.Guard{
		Port: n.port, Roots: roots,
		Resolver: names{"example.com": "127.0.0.1", "inside.example.com": "10.0.0.8", "metadata.example.com": "169.254.169.254"},
		Allow: func(a netip.Addr) error {
			if a.Unmap() == at.Addr() {
				return nil
			}
			_, err := strict.Check(context.Background(), "https://"+bracketed(a)+"/")
			return err
		},
	}
	var err error
	n.Service, err = definition.New(definition.Config{
		DB: d, Network: chain.Mainnet, URL: "https://cairn.example.com", Fetch: definitionFetcher{guard}, Now: func() time.Time { return n.now },
		Picture: func(_ context.Context, raw []byte) ([]byte, error) {
			img, _, err := image.Decode(bytes.NewReader(raw))
			if err != nil {
				return nil, err
			}
			var out bytes.Buffer
			err = jpeg.Encode(&out, img, nil)
			return out.Bytes(), err
		},
		Stamp: func(_ context.Context, digest [32]byte) error { n.stamped[digest] = true; return nil },
	})
	noError(t, err)
	return n
}

func bracketed(a netip.Addr) string {
	if a.Is6() {
		return "[" + a.String() + "]"
	}
	return a.String()
}

func (n *issuers) url(host, path string) string {
	return fmt.Sprintf("https://%s:%d%s", host, n.port, path)
}

// asks notes an issue that points to an address, asks for it, and tells.
func (n *issuers) asks(id assets.ID, address string) definition.Definition {
	n.t.Helper()
	metadata := []byte("u=" + address)
	noError(n.t, n.Note(n.t.Context(), definition.Issue{Asset: id, Metadata: metadata}))
	noError(n.t, n.Work(n.t.Context()))
	d, err := n.Of(n.t.Context(), id, metadata)
	noError(n.t, err)
	return d
}

// A stranger's definition is fetched by https from a real server, with its picture
// and the name in its certificate, and outlives the server; what leads to a private
// network, is too large or lies is named and not shown.
func TestDefinitionsOfStrangers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		id := openassets.AssetID([]byte{0x51})
		var n *issuers
		say := func(id assets.ID, issuer, picture string) string {
			return fmt.Sprintf(`{"asset_ids":[%q],"name_short":"Stranger","name":"A stranger's ticket","issuer":%q,"link_to_website":true,"image_url":%q,"divisibility":2,"version":"1.0"}`,
				id.Text(chain.Mainnet), issuer, picture)
		}
		mux := http.NewServeMux()
		mux.HandleFunc("/good", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, say(id, "Acme Co", n.url("example.com", "/picture.png"))) //nolint:errcheck
		})
		mux.HandleFunc("/picture.png", func(w http.ResponseWriter, _ *http.Request) {
			img := image.NewRGBA(image.Rect(0, 0, 8, 8))
			img.Set(3, 3, color.RGBA{200, 20, 20, 255})
			w.Header().Set("Content-Type", "image/png")
			png.Encode(w, img) //nolint:errcheck
		})
		mux.HandleFunc("/claims", func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, say(id, "A bank", "")) //nolint:errcheck
		})
		mux.HandleFunc("/huge", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, say(id, "Acme Co", "")+strings.Repeat(" ", definition.MaxFile)) //nolint:errcheck
		})
		mux.HandleFunc("/page", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, say(id, "Acme Co", "")) //nolint:errcheck
		})
		mux.HandleFunc("/others", func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, say(openassets.AssetID([]byte{0x52}), "Acme Co", "")) //nolint:errcheck
		})
		mux.HandleFunc("/inwards", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, n.url("inside.example.com", "/good"), http.StatusFound)
		})
		mux.HandleFunc("/plain", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://example.com/good", http.StatusFound)
		})
		n = newIssuers(t, d, mux)

		good := n.asks(id, n.url("example.com", "/good"))
		if good.State != definition.Fetched || good.Name != "A stranger's ticket" || !good.Authentic || good.Subject != "Acme Co" || good.Divisibility != 2 || good.Ours {
			t.Fatalf("%+v", good)
		}
		picture, err := n.Picture(t.Context(), good.Picture)
		noError(t, err)
		if _, kind, err := image.Decode(bytes.NewReader(picture)); err != nil || kind != "jpeg" {
			t.Errorf("the picture is %q, %v", kind, err)
		}
		if !n.stamped[good.Hash] {
			t.Error("nobody notarised it")
		}
		if claims := n.asks(id, n.url("example.com", "/claims")); !claims.Known() || claims.Authentic || claims.Issuer != "A bank" {
			t.Errorf("another's name: %+v", claims)
		}

		for address, want := range map[string]struct {
			state definition.State
			why   definition.Reason
		}{
			n.url("inside.example.com", "/good"):   {definition.Refused, definition.Private},
			n.url("metadata.example.com", "/good"): {definition.Refused, definition.Private},
			n.url("10.0.0.8", "/good"):             {definition.Refused, definition.Private},
			n.url("[::1]", "/good"):                {definition.Refused, definition.Private},
			n.url("example.com", "/inwards"):       {definition.Refused, definition.Redirect},
			n.url("example.com", "/plain"):         {definition.Refused, definition.Redirect},
			n.url("example.com", "/huge"):          {definition.Refused, definition.Large},
			n.url("example.com", "/page"):          {definition.Refused, definition.Media},
			n.url("example.com", "/others"):        {definition.Refused, definition.Unlisted},
			n.url("example.com", "/nothing"):       {definition.Unchecked, definition.Silent},
			"http://example.com/good":              {definition.Refused, definition.Address},
			"https://example.com:22/good":          {definition.Refused, definition.Address},
		} {
			before := n.asked["/good"]
			got := n.asks(id, address)
			if got.State != want.state || got.Why != want.why || got.Known() || got.Name != "" {
				t.Errorf("%s: %s, %s: %+v", address, got.State, got.Why, got)
			}
			if n.asked["/good"] != before {
				t.Errorf("%s: the server was reached", address)
			}
		}

		// The server dies. What it said is still known, and that it is gone is told.
		n.server.Close()
		for range 4 {
			n.now = n.now.Add(25 * time.Hour)
			noError(t, n.Work(t.Context()))
		}
		dead, err := n.Of(t.Context(), id, []byte("u="+n.url("example.com", "/good")))
		noError(t, err)
		if dead.State != definition.Rotten || dead.Why != definition.Silent || dead.Name != good.Name || dead.Picture != good.Picture || dead.DeadSince.IsZero() {
			t.Errorf("%+v", dead)
		}
	})
}
