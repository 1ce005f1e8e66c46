package web

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"cairn/channels/lab/line"
)

// The page shows each step, and without scripts a click is enough for each.
func TestFivePage(t *testing.T) {
	s := newSite(t)
	page := func() string {
		w := s.ask(http.MethodGet, "/sandbox/five", "")
		if w.Code != http.StatusOK {
			t.Fatalf("the page: %d", w.Code)
		}
		return w.Body.String()
	}
	for _, step := range []struct {
		act  line.Act
		want []string
	}{
		{line.Start, []string{"Each side of each channel has 2 BTC", "Alice pays Eric 1 BTC"}},
		{line.Pay, []string{"1.003 promised until block 257", "Eric takes the money", "Kill Carol", "0.997"}},
		{line.CutCarol, []string{"Let the time run out", "Bring Carol back", "Carol is gone"}},
		{line.Mend, []string{"Eric takes the money"}},
		{line.Take, []string{"to the satoshi", "356 ms", "0.997 | 3.003", "✓"}},
	} {
		w := s.ask(http.MethodPost, "/sandbox/five/"+string(step.act), "")
		if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/sandbox/five" {
			t.Fatalf("%s: %d to %q", step.act, w.Code, w.Header().Get("Location"))
		}
		got := page()
		for _, want := range step.want {
			if !strings.Contains(got, want) {
				t.Errorf("after %s the page lacks %q", step.act, want)
			}
		}
	}
}

// A payment that comes back by the chain says what it cost, and whom.
func TestFiveRunsOut(t *testing.T) {
	s := newSite(t)
	for _, act := range []line.Act{line.Start, line.Pay, line.CutCarol, line.RunOut} {
		if w := s.ask(http.MethodPost, "/sandbox/five/"+string(act), ""); w.Code != http.StatusSeeOther {
			t.Fatalf("%s: %d", act, w.Code)
		}
	}
	page := s.ask(http.MethodGet, "/sandbox/five", "").Body.String()
	for _, want := range []string{"23,936 satoshi", "1 satoshi", "closed; the coins are in the wallets", "nobody lost a satoshi", "Start the five nodes"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

func TestFiveRefuses(t *testing.T) {
	s := newSite(t)
	for act, want := range map[string]int{"pay": http.StatusConflict, "take": http.StatusConflict, "fly": http.StatusNotFound} {
		if w := s.ask(http.MethodPost, "/sandbox/five/"+act, ""); w.Code != want {
			t.Errorf("%s before the start: %d, want %d", act, w.Code, want)
		}
	}
}

// The stream sends every step of what came after the page, in order, and ends
// with the run; a page that comes back is sent what it has not seen.
func TestFiveEvents(t *testing.T) {
	s := newSite(t)
	for _, act := range []line.Act{line.Start, line.End} {
		if w := s.ask(http.MethodPost, "/sandbox/five/"+string(act), ""); w.Code != http.StatusSeeOther {
			t.Fatalf("%s: %d", act, w.Code)
		}
	}
	server := httptest.NewServer(s)
	defer server.Close()
	all := fiveStream(t, server.URL+"/sandbox/five/events?run=1&after=0", "")
	if ids := all["id"]; len(ids) < 8 || ids[0] != "1-1" || len(all["event"]) != 1 || all["event"][0] != "done" {
		t.Errorf("events %v, %v", all["id"], all["event"])
	}
	rest := fiveStream(t, server.URL+"/sandbox/five/events?run=1&after=0", "1-10")
	if ids := rest["id"]; len(ids) == 0 || ids[0] != "1-11" {
		t.Errorf("after 1-10 came %v", ids)
	}
	other := fiveStream(t, server.URL+"/sandbox/five/events?run=7&after=99", "")
	if ids := other["id"]; len(ids) == 0 || ids[0] != "1-1" {
		t.Errorf("for another run came %v", ids)
	}
	fiveStream(t, server.URL+"/sandbox/five/events?run=-1&after=x", "nonsense-") // no panic, and an end
}

// fiveStream reads a stream to its end: ids and names of events in order.
func fiveStream(t *testing.T, url, last string) map[string][]string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if last != "" {
		req.Header.Set("Last-Event-ID", last)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	got := map[string][]string{}
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		if name, value, ok := strings.Cut(lines.Text(), ": "); ok && (name == "id" || name == "event") {
			got[name] = append(got[name], value)
		}
	}
	return got
}
