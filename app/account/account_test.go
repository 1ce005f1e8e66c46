package account_test

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cairn/app/account"
	"cairn/app/account/accounttest"
	"cairn/app/db"
	"cairn/app/db/dbtest"

	"gorm.io/gorm"
)

const origin = "https://cairn.example"

// world is accounts under a clock that stands still.
type world struct {
	*account.Accounts
	t      *testing.T
	now    time.Time
	forgot []account.ID
}

func newWorld(t *testing.T, d *db.DB) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	var err error
	w.Accounts, err = account.New(account.Config{
		DB: d, Site: account.ParseSite(origin), Now: func() time.Time { return w.now }, Rand: rand.Reader,
		Forget: []func(*gorm.DB, [16]byte) error{func(_ *gorm.DB, id [16]byte) error {
			w.forgot = append(w.forgot, id)
			return nil
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func newKey() *accounttest.Key { return accounttest.New(origin, "cairn.example") }

func (w *world) begin(p account.Purpose, who *account.Session, name string) account.Ceremony {
	w.t.Helper()
	c, err := w.Begin(w.t.Context(), p, who, name)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// create makes an account with a key and returns its session.
func (w *world) create(key *accounttest.Key) (token string, s account.Session) {
	w.t.Helper()
	c := w.begin(account.Create, nil, "Ada")
	done, err := w.Finish(w.t.Context(), c.ID, key.Create(c.Options), "Firefox", "")
	if err != nil || done.Opened == nil {
		w.t.Fatal(err)
	}
	return done.Opened.Token, w.session(done.Opened.Token)
}

func (w *world) enter(key *accounttest.Key) (account.Done, error) {
	c := w.begin(account.Enter, nil, "")
	return w.Finish(w.t.Context(), c.ID, key.Show(c.Options), "Chromium", "")
}

func (w *world) session(token string) account.Session {
	w.t.Helper()
	s, err := w.Session(w.t.Context(), token)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func (w *world) wantErr(err, kind error) {
	w.t.Helper()
	if !errors.Is(err, kind) {
		w.t.Errorf("got %v, want %v", err, kind)
	}
}

func TestAPasskeyMakesAndOpensAVault(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		key := newKey()
		token, s := w.create(key)
		if s.Agent != "Firefox" || !s.Fresh(w.now) {
			t.Errorf("session %+v", s)
		}
		got, err := w.Get(t.Context(), s.Account)
		if err != nil || got.Name != "Ada" || !got.RecoveryAt.IsZero() {
			t.Errorf("account %+v, %v", got, err)
		}

		done, err := w.enter(key)
		if err != nil || done.Opened.Account != s.Account || done.Opened.Token == token {
			t.Fatalf("signing in: %+v, %v", done, err)
		}
		if sessions, err := w.Sessions(t.Context(), s.Account); err != nil || len(sessions) != 2 {
			t.Errorf("sessions %v, %v", sessions, err)
		}
		// The one who signs in again in the same browser has one session.
		c := w.begin(account.Enter, nil, "")
		if _, err := w.Finish(t.Context(), c.ID, key.Show(c.Options), "Chromium", done.Opened.Token); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Session(t.Context(), done.Opened.Token); !errors.Is(err, account.ErrSignedOut) {
			t.Errorf("the session before the sign-in lives on: %v", err)
		}
		keys, err := w.Passkeys(t.Context(), s.Account)
		if err != nil || len(keys) != 1 || keys[0].Synced {
			t.Errorf("passkeys %+v, %v", keys, err)
		}
	})
}

func TestWhatDoesNotProveAPasskey(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		key := newKey()
		w.create(key)
		ctx := t.Context()

		// The answer is good once, and in time.
		c := w.begin(account.Enter, nil, "")
		answer := key.Show(c.Options)
		if _, err := w.Finish(ctx, c.ID, answer, "", ""); err != nil {
			t.Fatal(err)
		}
		_, err := w.Finish(ctx, c.ID, answer, "", "")
		w.wantErr(err, account.ErrCeremony)
		c = w.begin(account.Enter, nil, "")
		answer = key.Show(c.Options)
		w.now = w.now.Add(account.CeremonyLife)
		_, err = w.Finish(ctx, c.ID, answer, "", "")
		w.wantErr(err, account.ErrCeremony)
		for _, id := range []string{"", "x", c.ID + "A", strings.Repeat("A", 22), strings.Repeat("A", 4000)} {
			_, err = w.Finish(ctx, id, answer, "", "")
			w.wantErr(err, account.ErrCeremony)
		}

		// A wrong answer uses the question up.
		c = w.begin(account.Enter, nil, "")
		_, err = w.Finish(ctx, c.ID, []byte("{}"), "", "")
		w.wantErr(err, account.ErrPasskey)
		_, err = w.Finish(ctx, c.ID, key.Show(c.Options), "", "")
		w.wantErr(err, account.ErrCeremony)

		for name, wrong := range map[string]struct {
			change func(k *accounttest.Key)
			kind   error
		}{
			"another site":    {func(k *accounttest.Key) { k.Origin = "https://evil.example" }, account.ErrPasskey},
			"another port":    {func(k *accounttest.Key) { k.Origin = origin + ":8443" }, account.ErrPasskey},
			"another host":    {func(k *accounttest.Key) { k.RPID = "evil.example" }, account.ErrPasskey},
			"nobody there":    {func(k *accounttest.Key) { k.Flags = 0 }, account.ErrPasskey},
			"unknown account": {func(k *accounttest.Key) { k.UserHandle = make([]byte, 16) }, account.ErrUnknownPasskey},
			"no account":      {func(k *accounttest.Key) { k.UserHandle = nil }, account.ErrPasskey},
			"unknown key":     {func(k *accounttest.Key) { k.ID = []byte("another") }, account.ErrUnknownPasskey},
		} {
			changed := *key
			wrong.change(&changed)
			if _, err := w.enter(&changed); !errors.Is(err, wrong.kind) {
				t.Errorf("%s: %v", name, err)
			}
		}
		// Somebody else's signature under our key's name.
		thief := newKey()
		thief.ID, thief.UserHandle = key.ID, key.UserHandle
		_, err = w.enter(thief)
		w.wantErr(err, account.ErrPasskey)

		// A registration with a credential id that is taken.
		c = w.begin(account.Create, nil, "")
		_, err = w.Finish(ctx, c.ID, thief.Create(c.Options), "", "")
		w.wantErr(err, account.ErrPasskey)
		_, err = w.Begin(ctx, account.Purpose("other"), nil, "")
		w.wantErr(err, account.ErrCeremony)
		_, err = w.Begin(ctx, account.Add, nil, "")
		w.wantErr(err, account.ErrSignedOut)
		_, err = w.Begin(ctx, account.Create, nil, strings.Repeat("x", account.MaxName+1))
		w.wantErr(err, account.ErrName)
	})
}

func TestSessionsEnd(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		token, s := w.create(newKey())
		ctx := t.Context()
		signedOut := func(when string) {
			t.Helper()
			if _, err := w.Session(ctx, token); !errors.Is(err, account.ErrSignedOut) {
				t.Errorf("%s: %v", when, err)
			}
		}
		start := w.now
		w.now = start.Add(account.IdleLife - time.Second)
		w.session(token) // which counts as a use
		w.now = w.now.Add(account.IdleLife - time.Second)
		w.session(token)
		w.now = w.now.Add(account.IdleLife)
		signedOut("unused")
		w.now = start
		for w.now.Before(start.Add(account.SessionLife)) {
			w.session(token)
			w.now = w.now.Add(account.IdleLife / 2)
		}
		w.now = start.Add(account.SessionLife)
		signedOut("at its end")

		w.now = start
		_, other := w.create(newKey())
		if err := w.EndSession(ctx, other.Account, s.ID); err != nil {
			t.Fatal(err)
		}
		w.session(token) // a stranger ended nothing
		if err := w.EndSession(ctx, s.Account, s.ID); err != nil {
			t.Fatal(err)
		}
		signedOut("ended")
		for _, wrong := range []string{"", "guess", s.ID.String()} {
			_, err := w.Session(ctx, wrong)
			w.wantErr(err, account.ErrSignedOut)
		}
	})
}

func TestSignOutEverywhereAndTooManySessions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		key := newKey()
		first, s := w.create(key)
		for range account.MaxSessions + 3 {
			w.now = w.now.Add(time.Second)
			if _, err := w.enter(key); err != nil {
				t.Fatal(err)
			}
		}
		sessions, err := w.Sessions(t.Context(), s.Account)
		if err != nil || len(sessions) != account.MaxSessions {
			t.Errorf("%d sessions, %v", len(sessions), err)
		}
		_, err = w.Session(t.Context(), first)
		w.wantErr(err, account.ErrSignedOut)
		if err := w.EndSessions(t.Context(), s.Account); err != nil {
			t.Fatal(err)
		}
		if sessions, _ := w.Sessions(t.Context(), s.Account); len(sessions) != 0 {
			t.Errorf("%d sessions live on", len(sessions))
		}
	})
}

func TestMorePasskeysAndFewer(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx := t.Context()
		key, second := newKey(), newKey()
		token, s := w.create(key)

		w.wantErr(w.RemovePasskey(ctx, s, key.ID), account.ErrLastPasskey)
		w.now = w.now.Add(time.Second)
		c := w.begin(account.Add, &s, "Phone")
		if !strings.Contains(string(c.Options), "excludeCredentials") {
			t.Error("the passkey that is there already is not excluded")
		}
		if _, err := w.Finish(ctx, c.ID, second.Create(c.Options), "", token); err != nil {
			t.Fatal(err)
		}
		if done, err := w.enter(second); err != nil || done.Opened.Account != s.Account {
			t.Fatal(err)
		}
		w.wantErr(w.RenamePasskey(ctx, s.Account, second.ID, strings.Repeat("长", account.MaxName+1)), account.ErrName)
		if err := w.RenamePasskey(ctx, s.Account, second.ID, "  The\n phone "); err != nil {
			t.Fatal(err)
		}
		keys, err := w.Passkeys(ctx, s.Account)
		if err != nil || len(keys) != 2 || keys[1].Name != "The phone" {
			t.Errorf("passkeys %+v, %v", keys, err)
		}

		// Another account touches neither.
		_, stranger := w.create(newKey())
		w.wantErr(w.RenamePasskey(ctx, stranger.Account, second.ID, "mine"), account.ErrUnknownPasskey)
		w.wantErr(w.RemovePasskey(ctx, stranger, second.ID), account.ErrUnknownPasskey)

		// After five minutes the passkey must be shown again.
		w.now = w.now.Add(account.FreshLife + time.Second)
		s = w.session(token)
		w.wantErr(w.RemovePasskey(ctx, s, second.ID), account.ErrStale)
		w.wantErr(w.Delete(ctx, s), account.ErrStale)
		_, err = w.NewRecovery(ctx, s)
		w.wantErr(err, account.ErrStale)
		_, err = w.Begin(ctx, account.Add, &s, "")
		w.wantErr(err, account.ErrStale)

		// A stranger's passkey confirms nothing.
		c = w.begin(account.Confirm, &s, "")
		thief := newKey()
		thief.UserHandle = key.UserHandle
		_, err = w.Finish(ctx, c.ID, thief.Show(c.Options), "", token)
		w.wantErr(err, account.ErrPasskey)
		if w.session(token).Fresh(w.now) {
			t.Error("a wrong passkey made the session fresh")
		}
		// Neither does our own in another's session.
		strangerToken, _ := w.create(newKey())
		c = w.begin(account.Confirm, &s, "")
		_, err = w.Finish(ctx, c.ID, key.Show(c.Options), "", strangerToken)
		w.wantErr(err, account.ErrSignedOut)

		c = w.begin(account.Confirm, &s, "")
		if done, err := w.Finish(ctx, c.ID, key.Show(c.Options), "", token); err != nil || done.Opened != nil {
			t.Fatalf("%+v, %v", done, err)
		}
		s = w.session(token)
		if err := w.RemovePasskey(ctx, s, second.ID); err != nil {
			t.Fatal(err)
		}
		_, err = w.enter(second)
		w.wantErr(err, account.ErrUnknownPasskey)
		if _, err := w.NewRecovery(ctx, s); err != nil {
			t.Fatal(err)
		}
		if err := w.RemovePasskey(ctx, s, key.ID); err != nil {
			t.Errorf("the last passkey beside a recovery code: %v", err)
		}
	})
}

func TestRecoveryWorksOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx := t.Context()
		_, s := w.create(newKey())
		replaced, err := w.NewRecovery(ctx, s)
		if err != nil {
			t.Fatal(err)
		}
		code, err := w.NewRecovery(ctx, s)
		if err != nil || len(code) != 29 || code == replaced {
			t.Fatalf("code %q, %v", code, err)
		}
		for _, wrong := range []string{"", replaced, code[:28], code + "0", "!!!!!-!!!!!-!!!!!-!!!!!-!!!!!", strings.Repeat("0", 25), strings.Repeat("0", 10_000)} {
			_, err := w.Recover(ctx, wrong, "", "")
			w.wantErr(err, account.ErrRecovery)
		}
		var raw []byte
		row := d.Read(ctx).Raw("SELECT recovery_hash FROM accounts WHERE id = ?", s.Account[:]).Row()
		if err := row.Scan(&raw); err != nil || len(raw) != 32 {
			t.Errorf("what is stored of the code: %x, %v", raw, err)
		}

		// Of twenty who type it at once, as people do, one comes in.
		typed := " " + strings.NewReplacer("0", "o", "1", "l", "-", " ").Replace(strings.ToLower(code)) + "\n"
		var in atomic.Int32
		var opened atomic.Value
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				o, err := w.Recover(ctx, typed, "", "")
				if err == nil {
					in.Add(1)
					opened.Store(o)
				} else if !errors.Is(err, account.ErrRecovery) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if in.Load() != 1 {
			t.Fatalf("%d came in", in.Load())
		}
		o := opened.Load().(account.Opened)
		recovered := w.session(o.Token)
		if o.Account != s.Account || !recovered.Fresh(w.now) {
			t.Error("the code opened something else, or no passkey can be added")
		}
		if got, _ := w.Get(ctx, s.Account); !got.RecoveryAt.IsZero() {
			t.Error("the used code is shown as there")
		}
		key := newKey()
		c := w.begin(account.Add, &recovered, "")
		if _, err := w.Finish(ctx, c.ID, key.Create(c.Options), "", o.Token); err != nil {
			t.Fatal(err)
		}
		if _, err := w.enter(key); err != nil {
			t.Error(err)
		}
	})
}

func TestDeletingLeavesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx := t.Context()
		key, kept := newKey(), newKey()
		token, s := w.create(key)
		_, other := w.create(kept)
		w.begin(account.Confirm, &s, "")
		if err := w.Delete(ctx, s); err != nil {
			t.Fatal(err)
		}
		if len(w.forgot) != 1 || w.forgot[0] != s.Account {
			t.Errorf("others forgot %v", w.forgot)
		}
		_, err := w.Session(ctx, token)
		w.wantErr(err, account.ErrSignedOut)
		_, err = w.Get(ctx, s.Account)
		w.wantErr(err, account.ErrSignedOut)
		_, err = w.enter(key)
		w.wantErr(err, account.ErrUnknownPasskey)
		for _, table := range []string{"account_passkeys", "account_sessions", "account_ceremonies"} {
			var n int64
			if err := d.Read(ctx).Table(table).Where("account_id = ?", s.Account[:]).Count(&n).Error; err != nil || n != 0 {
				t.Errorf("%s keeps %d rows, %v", table, n, err)
			}
		}
		if _, err := w.Get(ctx, other.Account); err != nil {
			t.Error(err)
		}
		if _, err := w.enter(kept); err != nil {
			t.Error(err)
		}
	})
}

func TestQuestionsAskForPasskeysThatBrowsersFind(t *testing.T) {
	w := newWorld(t, dbtest.Open(t, db.SQLite))
	var create struct {
		RP                     struct{ ID string }
		AuthenticatorSelection struct{ ResidentKey, UserVerification string }
		Attestation            string
		Challenge              string
	}
	if err := json.Unmarshal(w.begin(account.Create, nil, "").Options, &create); err != nil {
		t.Fatal(err)
	}
	if create.RP.ID != "cairn.example" || create.AuthenticatorSelection.ResidentKey != "required" ||
		create.AuthenticatorSelection.UserVerification != "preferred" || len(create.Challenge) < 43 {
		t.Errorf("asked for %+v", create)
	}
	var enter struct {
		RPID             string
		AllowCredentials []any
	}
	if err := json.Unmarshal(w.begin(account.Enter, nil, "").Options, &enter); err != nil || enter.RPID != "cairn.example" || len(enter.AllowCredentials) != 0 {
		t.Errorf("asked for %+v, %v", enter, err)
	}
}

func TestSite(t *testing.T) {
	for _, c := range []struct {
		public, host string
		here         bool
		instead      string
	}{
		{"https://cairn.example", "cairn.example", true, ""},
		{"https://cairn.example", "Cairn.Example", true, ""},
		{"https://cairn.example", "203.0.114.9", false, "https://cairn.example"},
		{"https://cairn.example:8443", "cairn.example:8443", true, ""},
		{"http://127.0.0.1:8780", "127.0.0.1:8780", false, "http://localhost:8780"},
		{"http://127.0.0.1:8780", "localhost:8780", true, ""},
		{"http://[::1]:8780", "localhost:8780", true, ""},
		{"http://localhost:8780", "127.0.0.1:8780", false, "http://localhost:8780"},
		{"http://localhost:8780", "localhost:8780", true, ""},
		{"http://192.168.1.9:8780", "192.168.1.9:8780", false, ""},
		{"https://192.168.1.9", "192.168.1.9", false, ""},
		{"http://cairn.example", "cairn.example", false, ""},
		{"nonsense", "cairn.example", false, ""},
		{"", "", false, ""},
	} {
		if here, instead := account.ParseSite(c.public).Here(c.host); here != c.here || instead != c.instead {
			t.Errorf("%s at %s: %v, %q", c.public, c.host, here, instead)
		}
	}
	a, err := account.New(account.Config{DB: dbtest.Open(t, db.SQLite), Site: account.ParseSite("http://10.0.0.1"), Now: time.Now, Rand: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Begin(t.Context(), account.Create, nil, ""); !errors.Is(err, account.ErrUnusable) {
		t.Errorf("got %v", err)
	}
}

func FuzzFinish(f *testing.F) {
	d := dbtest.Open(f, db.SQLite)
	a, err := account.New(account.Config{DB: d, Site: account.ParseSite(origin), Now: time.Now, Rand: rand.Reader})
	if err != nil {
		f.Fatal(err)
	}
	key := newKey()
	ask := func(t testing.TB, p account.Purpose) account.Ceremony {
		c, err := a.Begin(t.Context(), p, nil, "")
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	f.Add(key.Create(ask(f, account.Create).Options), true)
	f.Add(key.Show(ask(f, account.Enter).Options), false)
	f.Fuzz(func(t *testing.T, answer []byte, making bool) {
		p := account.Enter
		if making {
			p = account.Create
		}
		if done, err := a.Finish(t.Context(), ask(t, p).ID, answer, "", ""); err == nil {
			t.Errorf("an answer to another question was accepted: %+v", done)
		}
	})
}
