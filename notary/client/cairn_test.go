package client_test

import (
	"bytes"
	"context"
	"errors"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/notary/calendar"
	"cairn/notary/client"
	"cairn/notary/ots"
)

// oneBlock says that every commitment is in a block, once there is one.
type oneBlock struct{ mined atomic.Bool }

func (b *oneBlock) Timestamp(context.Context, int64, calendar.Commitment) (calendar.Progress, error) {
	if !b.mined.Load() {
		return calendar.Progress{}, nil
	}
	return calendar.Progress{Body: ots.AppendAttestation(ots.AppendOps(nil, ots.SHA256()), ots.Bitcoin(7)), Final: true}, nil
}

func (*oneBlock) Tip(context.Context) (tip [32]byte, ok bool, err error) { return tip, false, nil }

// With Cairn's own calendar, journal and all: stamp, ask too early, complete.
func TestWithCairnsCalendar(t *testing.T) {
	journal, err := calendar.OpenJournal(t.Context(), dbtest.Open(t, db.SQLite))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(journal.Close)
	server := httptest.NewUnstartedServer(nil)
	url := "http://" + server.Listener.Addr().String()
	c, err := calendar.New(calendar.Config{URI: url}, journal)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	blocks := &oneBlock{}
	server.Config.Handler = calendar.NewHandler(c, journal, blocks)
	server.Start()
	t.Cleanup(server.Close)

	h := client.HTTP(time.Minute)
	files := newFiles(t, 3)
	answers, err := stamp(t.Context(), files, calendars(t, url), 1, bytes.NewReader(make([]byte, 48)))
	if err != nil || len(answers) != 1 || answers[0].Err != nil {
		t.Fatalf("%+v, %v", answers, err)
	}
	allow, err := client.Whitelist{}.With(url)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		answers, changed := client.Upgrade(t.Context(), f.Timestamp, allow, h)
		if len(answers) != 1 || !errors.Is(answers[0].Err, client.ErrPending) || changed {
			t.Errorf("too early: %+v, %v", answers, changed)
		}
	}
	blocks.mined.Store(true)
	for _, f := range files {
		answers, changed := client.Upgrade(t.Context(), f.Timestamp, allow, h)
		if len(answers) != 1 || answers[0].Err != nil || !changed || !f.Timestamp.Complete() {
			t.Errorf("with a block: %+v, %v\n%s", answers, changed, f.Info())
		}
	}
	stranger, err := client.NewCalendar(url, h)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stranger.Timestamp(t.Context(), make([]byte, 44)); !errors.Is(err, client.ErrPending) {
		t.Errorf("a commitment that it does not know: %v", err)
	}
	if _, err := stranger.Submit(t.Context(), make([]byte, 65)); !errors.Is(err, client.ErrRefused) {
		t.Errorf("a digest that is too long: %v", err)
	}
}
