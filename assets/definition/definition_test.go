package definition

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/assets"
	"cairn/chain"
)

const site = "https://cairn.example.com"

// world is a service among fakes: an internet of addresses, a notary that
// remembers, and a clock.
type world struct {
	*Service
	t       *testing.T
	now     time.Time
	mu      sync.Mutex
	web     map[string]Answer
	errs    map[string]error
	asked   map[string]int
	stamped map[[32]byte]int
	issues  []Issue
	next    int32
}

func newWorld(t *testing.T, d *db.DB) *world {
	w := &world{t: t, now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC), web: map[string]Answer{}, errs: map[string]error{}, asked: map[string]int{}, stamped: map[[32]byte]int{}}
	s, err := New(Config{
		DB: d, Network: chain.Mainnet, URL: site + "/", Fetch: w, Issues: w, Now: func() time.Time { return w.now },
		Picture: func(_ context.Context, raw []byte) ([]byte, error) {
			if !bytes.HasPrefix(raw, []byte("PICTURE")) {
				return nil, errors.New("no picture")
			}
			return append([]byte("JPEG of "), raw...), nil
		},
		Stamp: func(_ context.Context, digest [32]byte) error { w.stamped[digest]++; return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	w.Service = s
	return w
}

// Fetch implements Fetcher.
func (w *world) Fetch(_ context.Context, address string, most int64) (Answer, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked[address]++
	if err := w.errs[address]; err != nil {
		return Answer{}, err
	}
	a, ok := w.web[address]
	if !ok {
		return Answer{}, ErrSilent
	}
	if int64(len(a.Body)) > most {
		return Answer{}, ErrLarge
	}
	return a, nil
}

// Issued implements Issues.
func (w *world) Issued(_ context.Context, from int32) ([]Issue, int32, error) {
	return w.issues, w.next, nil
}

func (w *world) work() {
	w.t.Helper()
	if err := w.Work(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) of(id assets.ID, metadata string) Definition {
	w.t.Helper()
	d, err := w.Of(w.t.Context(), id, []byte(metadata))
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

func (w *world) note(id assets.ID, metadata string) {
	w.t.Helper()
	if err := w.Note(w.t.Context(), Issue{Asset: id, Metadata: []byte(metadata)}); err != nil {
		w.t.Fatal(err)
	}
}

// book is the asset of "Mastering Bitcoin".
func book(t testing.TB) assets.ID {
	t.Helper()
	id, err := assets.ParseID("AcuRVsoa81hoLHmVTNXrRD8KpTqUXeqwgH", chain.Mainnet)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

const where = "https://books.example.com/masterbtc"

func json1(ids ...string) Answer {
	body := fmt.Sprintf(`{"asset_ids":[%q],"name_short":"MasterBTC","name":"Mastering Bitcoin voucher","issuer":"The bookshop","description":"One book.","divisibility":0,"link_to_website":true,"image_url":"https://books.example.com/p.png","version":"1.0"}`, strings.Join(ids, `","`))
	return Answer{Body: []byte(strings.ReplaceAll(body, `\"`, `"`)), Media: "application/json", Subject: "The bookshop"}
}

func TestADefinitionIsFetchedKeptAndOutlivesItsAddress(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		id := book(t)
		w.web[where] = json1(id.Text(chain.Mainnet))
		w.web["https://books.example.com/p.png"] = Answer{Body: []byte("PICTURE"), Media: "image/png"}
		pointer := "u=" + where
		if got := w.of(id, pointer); got.State != Unchecked || got.Known() || got.Pointer != where {
			t.Fatalf("before the issue: %+v", got)
		}
		w.issues, w.next = []Issue{{Asset: id, Metadata: []byte(pointer)}}, 10
		w.work()
		got := w.of(id, pointer)
		if got.State != Fetched || got.Name != "Mastering Bitcoin voucher" || got.NameShort != "MasterBTC" || got.Issuer != "The bookshop" || !got.Authentic || got.Pinned || got.Ours || got.Versions != 1 {
			t.Fatalf("fetched: %+v", got)
		}
		picture, err := w.Picture(t.Context(), got.Picture)
		if err != nil || string(picture) != "JPEG of PICTURE" {
			t.Fatalf("picture %q, %v", picture, err)
		}
		if w.stamped[got.Hash] != 1 || got.Hash != sha256.Sum256(w.web[where].Body) {
			t.Fatalf("stamped %v", w.stamped)
		}
		w.work()
		if w.asked[where] != 1 {
			t.Fatalf("asked %d times on one day", w.asked[where])
		}

		// The address dies. What it said stays.
		delete(w.web, where)
		for range 4 {
			w.now = w.now.Add(25 * time.Hour)
			w.work()
		}
		dead := w.of(id, pointer)
		if dead.State != Rotten || dead.Why != Silent || dead.Name != got.Name || dead.Hash != got.Hash || dead.Picture != got.Picture {
			t.Fatalf("dead: %+v", dead)
		}
		if !dead.AnsweredAt.Equal(got.AnsweredAt) || !dead.DeadSince.Equal(got.AnsweredAt.Add(25*time.Hour)) {
			t.Fatalf("answered %v, dead since %v", dead.AnsweredAt, dead.DeadSince)
		}
		// And rises again, with another text.
		w.web[where] = Answer{Body: bytes.Replace(json1(id.Text(chain.Mainnet)).Body, []byte("One book"), []byte("Two books"), 1)}
		w.now = w.now.Add(8 * 24 * time.Hour)
		w.work()
		risen := w.of(id, pointer)
		if risen.State != Fetched || risen.Description != "Two books." || risen.Versions != 2 || !risen.DeadSince.IsZero() || risen.Authentic {
			t.Fatalf("risen: %+v", risen)
		}
		if _, err := w.Body(t.Context(), got.Hash); err != nil {
			t.Errorf("the first text is gone: %v", err)
		}
		if ids, err := w.Find(t.Context(), "mASTERing", 10); err != nil || len(ids) != 1 || ids[0] != id {
			t.Errorf("found %v, %v", ids, err)
		}
		if ids, err := w.Find(t.Context(), "%", 10); err != nil || len(ids) != 0 {
			t.Errorf("a pattern is taken at its word: %v, %v", ids, err)
		}
		brief, err := w.Brief(t.Context(), []Asked{{id, []byte(pointer)}, {id, []byte("u=https://other.example.com/")}, {id, nil}})
		if err != nil || brief[0].Name != got.Name || brief[1].State != Unchecked || brief[2].State != Missing {
			t.Errorf("brief %+v, %v", brief, err)
		}
	})
}

func TestLiesAreNamedAndNotShown(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		id := book(t)
		good := json1(id.Text(chain.Mainnet))
		sum := sha256.Sum256(good.Body)
		for name, c := range map[string]struct {
			answer  Answer
			err     error
			pointer string
			why     Reason
		}{
			"another asset":  {answer: json1("ALn3aK1fSuG27N96UGYB1kUYUpGKRhBuBC"), why: Unlisted},
			"wrong network":  {answer: json1("oMsYAJSAmVtdMEy4isBVdHWvPDy6tUVZYW"), why: Unlisted},
			"no ids":         {answer: Answer{Body: []byte(`{"name":"x"}`)}, why: Malformed},
			"no name":        {answer: Answer{Body: []byte(`{"asset_ids":["` + id.Text(chain.Mainnet) + `"]}`)}, why: Malformed},
			"invisible name": {answer: Answer{Body: []byte(`{"asset_ids":["` + id.Text(chain.Mainnet) + `"],"name":"\u200b\u202e"}`)}, why: Malformed},
			"not JSON":       {answer: Answer{Body: []byte(`<html>`)}, why: Malformed},
			"two values":     {answer: Answer{Body: append(bytes.Clone(good.Body), good.Body...)}, why: Malformed},
			"empty":          {answer: Answer{}, why: Malformed},
			"decimals":       {answer: Answer{Body: bytes.Replace(good.Body, []byte(`"divisibility":0`), []byte(`"divisibility":99`), 1)}, why: Malformed},
			"a web page":     {answer: Answer{Body: good.Body, Media: "text/html"}, why: Media},
			"huge":           {answer: Answer{Body: append(bytes.Clone(good.Body), bytes.Repeat([]byte(" "), MaxFile)...)}, why: Large},
			"private":        {err: fmt.Errorf("dial: %w", ErrPrivate), why: Private},
			"redirect":       {err: ErrRedirect, why: Redirect},
			"another hash":   {answer: good, pointer: "u=" + where + "&sha256=" + strings.Repeat("ab", 32), why: Hash},
			"right hash":     {answer: good, pointer: "u=" + where + "&sha256=" + hex.EncodeToString(sum[:])},
			"http":           {pointer: "u=http://books.example.com/x", why: Address},
			"file":           {pointer: "u=file:///etc/passwd", why: Opaque},
			"credentials":    {pointer: "u=https://a:b@books.example.com/", why: Address},
			"opaque":         {pointer: "000000ISINJP3818000006", why: Opaque},
			"a hash only":    {pointer: "h" + strings.Repeat("x", 20), why: Unknown},
		} {
			w := newWorld(t, d)
			w.web[where], w.errs[where] = c.answer, c.err
			if c.pointer == "" {
				c.pointer = "u=" + where
			}
			for _, table := range []string{"definition_files", "definition_pointers", "definition_versions"} {
				if _, err := d.Writer().ExecContext(t.Context(), "DELETE FROM "+table); err != nil {
					t.Fatal(err)
				}
			}
			w.note(id, c.pointer)
			w.work()
			got := w.of(id, c.pointer)
			if got.Why != c.why || got.Known() != (c.why == NoReason) || (got.Name != "") != (c.why == NoReason) {
				t.Errorf("%s: %+v", name, got)
			}
			if c.why != NoReason && c.why != Unknown && got.State != Refused {
				t.Errorf("%s: %s", name, got.State)
			}
			if c.why != NoReason && len(w.stamped) != 0 {
				t.Errorf("%s: notarised", name)
			}
		}
	})
}

func TestALieAfterATruthDoesNotReplaceIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		id := book(t)
		w.web[where] = json1(id.Text(chain.Mainnet))
		w.note(id, "u="+where)
		w.work()
		w.web[where] = json1("ALn3aK1fSuG27N96UGYB1kUYUpGKRhBuBC")
		w.now = w.now.Add(25 * time.Hour)
		w.work()
		got := w.of(id, "u="+where)
		if got.State != Refused || got.Why != Unlisted || got.Name != "Mastering Bitcoin voucher" || got.DeadSince.IsZero() {
			t.Fatalf("%+v", got)
		}
		// One that changes every day is kept twenty times.
		for i := range MaxVersions + 5 {
			w.web[where] = Answer{Body: append(json1(id.Text(chain.Mainnet)).Body, bytes.Repeat([]byte(" "), i+1)...)}
			w.now = w.now.Add(25 * time.Hour)
			w.work()
		}
		if got = w.of(id, "u="+where); got.Versions != MaxVersions || got.Why != Restless {
			t.Fatalf("%+v", got)
		}
	})
}

func TestOursIsServedByItsHash(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		id := book(t)
		draft := Draft{Assets: []assets.ID{id}, Name: "Mastering Bitcoin voucher", Description: "One\nbook.", Issuer: "The bookshop", Terms: "Good for one book.", Type: "Voucher", Picture: []byte("PICTURE")}
		p, err := w.Publish(t.Context(), draft)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := w.Publish(t.Context(), draft); err != nil || again.Hash != p.Hash {
			t.Fatalf("again: %x, %v", again.Hash, err)
		}
		if len(p.Metadata) != 21 || p.Metadata[0] != 'h' || p.URL != site+Path(p.Hash) {
			t.Fatalf("%+v", p)
		}
		// It is known before any block, and nobody is asked.
		got := w.of(id, string(p.Metadata))
		if got.State != Archived || !got.Ours || !got.Pinned || got.Name != draft.Name || got.Description != draft.Description || got.Picture != p.Picture || got.Terms != p.Terms || got.NameShort != "Mastering" {
			t.Fatalf("%+v", got)
		}
		w.note(id, string(p.Metadata))
		w.work()
		if got = w.of(id, string(p.Metadata)); got.State != Archived || got.StampedAt.IsZero() || len(w.asked) != 0 || got.Picture != p.Picture {
			t.Fatalf("%+v, asked %v", got, w.asked)
		}
		body, err := w.BodyByHash160(t.Context(), p.Hash160)
		if err != nil || sha256.Sum256(body) != p.Hash {
			t.Fatalf("%s, %v", body, err)
		}
		var file map[string]any
		if err := json.Unmarshal(body, &file); err != nil || file["contract_url"] != site+TermsPath(p.Terms) || file["image_url"] != site+PicturePath(p.Picture) || file["version"] != "1.0" {
			t.Errorf("%s, %v", body, err)
		}
		if terms, err := w.Terms(t.Context(), p.Terms); err != nil || string(terms) != draft.Terms {
			t.Errorf("terms %q, %v", terms, err)
		}
		if _, err := w.Picture(t.Context(), p.Hash); !errors.Is(err, ErrNoFile) {
			t.Errorf("a definition as a picture: %v", err)
		}
		// It is not that of another asset.
		other, _ := assets.ParseID("ALn3aK1fSuG27N96UGYB1kUYUpGKRhBuBC", chain.Mainnet)
		if got := w.of(other, string(p.Metadata)); got.State != Refused || got.Why != Unlisted || got.Known() || got.Name != "" {
			t.Errorf("another's: %+v", got)
		}
		// What was issued stays; what was not is thrown away.
		draft.Name, draft.Picture = "Never issued", []byte("PICTURE 2")
		never, err := w.Publish(t.Context(), draft)
		if err != nil {
			t.Fatal(err)
		}
		w.now = w.now.Add(unused + time.Hour)
		w.work()
		for hash, want := range map[[32]byte]error{p.Hash: nil, never.Hash: ErrNoFile} {
			if _, err := w.Body(t.Context(), hash); !errors.Is(err, want) {
				t.Errorf("%x: %v, want %v", hash, err, want)
			}
		}
		for hash, want := range map[[32]byte]error{p.Picture: nil, never.Picture: ErrNoFile} {
			if _, err := w.Picture(t.Context(), hash); !errors.Is(err, want) {
				t.Errorf("picture %x: %v, want %v", hash, err, want)
			}
		}
		if _, err := w.Terms(t.Context(), p.Terms); err != nil {
			t.Error(err)
		}
	})
}

func TestColu(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		id, err := assets.ParseID("La6r7PVFttyVYMERnwHSpUfpQJrbkUHQtSpRrT", chain.Mainnet)
		if err != nil {
			t.Fatal(err)
		}
		p, err := w.Publish(t.Context(), Draft{Assets: []assets.ID{id}, Name: "Coffee", Type: "Stamp card", Picture: []byte("PICTURE")})
		if err != nil {
			t.Fatal(err)
		}
		got := w.of(id, string(p.Metadata))
		if len(p.Metadata) != 52 || got.State != Archived || got.Name != "Coffee" || got.Picture != p.Picture {
			t.Fatalf("%d bytes, %+v", len(p.Metadata), got)
		}
		torrent, err := w.Torrent(t.Context(), p.Hash)
		if err != nil || !bytes.Contains(torrent, []byte(p.URL)) {
			t.Fatalf("%s, %v", torrent, err)
		}
		if got := w.of(id, strings.Repeat("x", 20)); got.Why != Torrent || got.State != Unchecked {
			t.Errorf("%+v", got)
		}
	})
}

func TestAnIssueBeforeItsDefinition(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, ahead := newWorld(t, d), newWorld(t, d)
		id := book(t)
		draft := Draft{Assets: []assets.ID{id}, Name: "Late"}
		body, err := ahead.write(draft, Published{})
		if err != nil {
			t.Fatal(err)
		}
		pointer := string(metadataOf(assets.OpenAssets, fileOf(body)))
		w.note(id, pointer)
		w.work()
		if got := w.of(id, pointer); got.State != Unchecked || got.Why != Unknown {
			t.Fatalf("%+v", got)
		}
		if _, err := w.Publish(t.Context(), draft); err != nil {
			t.Fatal(err)
		}
		w.work()
		if ids, err := w.Find(t.Context(), "late", 1); err != nil || len(ids) != 1 {
			t.Errorf("found %v, %v", ids, err)
		}
	})
}

func TestWrongDrafts(t *testing.T) {
	w := newWorld(t, dbtest.Open(t, db.SQLite))
	id := book(t)
	colu, _ := assets.ParseID("La6r7PVFttyVYMERnwHSpUfpQJrbkUHQtSpRrT", chain.Mainnet)
	for name, c := range map[string]struct {
		draft Draft
		want  error
	}{
		"no asset":     {Draft{Name: "x"}, ErrAsset},
		"mixed":        {Draft{Assets: []assets.ID{id, colu}, Name: "x"}, ErrAsset},
		"no name":      {Draft{Assets: []assets.ID{id}, Name: " \u200b"}, ErrName},
		"long name":    {Draft{Assets: []assets.ID{id}, Name: strings.Repeat("书", MaxName+1)}, ErrName},
		"long short":   {Draft{Assets: []assets.ID{id}, Name: "x", NameShort: "elevenchars"}, ErrShortName},
		"description":  {Draft{Assets: []assets.ID{id}, Name: "x", Description: strings.Repeat("a", MaxDescription+1)}, ErrText},
		"divisibility": {Draft{Assets: []assets.ID{colu}, Name: "x", Divisibility: 8}, ErrDivisibility},
		"picture":      {Draft{Assets: []assets.ID{id}, Name: "x", Picture: []byte("MZ")}, ErrPicture},
		"huge picture": {Draft{Assets: []assets.ID{id}, Name: "x", Picture: make([]byte, MaxPicture+1)}, ErrPicture},
	} {
		if _, err := w.Publish(t.Context(), c.draft); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	var n int
	if err := w.db.Writer().QueryRowContext(t.Context(), "SELECT COUNT(*) FROM definition_files").Scan(&n); err != nil || n != 0 {
		t.Errorf("%d files are kept, %v", n, err)
	}
}

// The power may fail after an address was asked, and after the notary was.
func TestCrashes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		id := book(t)
		w.web[where] = json1(id.Text(chain.Mainnet))
		w.note(id, "u="+where)
		for _, step := range []string{"asked", "stamped"} {
			down := errors.New("the power failed")
			w.crash = func(at string) error {
				if at == step {
					return down
				}
				return nil
			}
			if err := w.Work(t.Context()); !errors.Is(err, down) {
				t.Fatalf("%s: %v", step, err)
			}
			w.now = w.now.Add(claimed)
		}
		w.crash = func(string) error { return nil }
		w.work()
		got := w.of(id, "u="+where)
		if got.State != Fetched || got.Versions != 1 || got.StampedAt.IsZero() || w.stamped[got.Hash] != 2 {
			t.Fatalf("%+v, stamped %v", got, w.stamped)
		}
	})
}

func FuzzParse(f *testing.F) {
	id := book(f)
	colu, _ := assets.ParseID("La6r7PVFttyVYMERnwHSpUfpQJrbkUHQtSpRrT", chain.Mainnet)
	f.Add(json1(id.Text(chain.Mainnet)).Body, []byte("u="+where))
	f.Add([]byte(`{"data":{"assetName":"x","urls":[{"name":"icon","url":"https://a.example.com/"}]}}`), []byte("h01234567890123456789"))
	f.Fuzz(func(t *testing.T, body, metadata []byte) {
		for _, asset := range []assets.ID{id, colu} {
			c, why := parse(body, asset, chain.Mainnet)
			if why == NoReason && (c.name == "" || len([]rune(c.name)) > MaxName || c.divisibility < 0 || strings.ContainsAny(c.name, "\n\x00")) {
				t.Fatalf("%+v", c)
			}
			for _, link := range []string{c.contract, c.website, c.picture} {
				if link != "" && !strings.HasPrefix(link, "https://") {
					t.Fatalf("link %q", link)
				}
			}
			p := read(asset.Protocol, metadata)
			if p.asked() && !strings.HasPrefix(strings.ToLower(p.url), "https:") {
				t.Fatalf("%q is asked", p.url)
			}
		}
	})
}
