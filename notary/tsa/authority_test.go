package tsa_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/notary"
	"cairn/notary/tsa"

	"gorm.io/gorm"
)

const year = 365 * 24 * time.Hour

// Replicas with one secret are one authority; another secret is another, and
// the roots of both are given out.
func TestReplicasShareAnAuthority(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		authorities := make([]*tsa.Authority, 4)
		cal := openCalendar(t, d)
		var wg sync.WaitGroup
		for i := range authorities {
			wg.Go(func() {
				a, err := tsa.Open(context.Background(), tsa.Config{DB: d, Calendar: cal, Host: "cairn.example", Secret: tsa.Secret{byte(i / 3)}})
				if err != nil {
					t.Error(err)
					return
				}
				authorities[i] = a
			})
		}
		wg.Wait()
		if t.Failed() {
			return
		}
		for _, a := range authorities {
			t.Cleanup(a.Close)
		}
		if !bytes.Equal(authorities[0].Chain(), authorities[1].Chain()) || !bytes.Equal(authorities[0].Chain(), authorities[2].Chain()) {
			t.Error("replicas with one secret have different certificates")
		}
		if bytes.Equal(authorities[0].Chain(), authorities[3].Chain()) {
			t.Error("another secret opened the same authority")
		}
		roots, err := authorities[0].Roots(t.Context())
		if n := bytes.Count(roots, []byte("BEGIN CERTIFICATE")); err != nil || n != 2 {
			t.Errorf("%d roots, %v", n, err)
		}
	})
}

// No private key is readable in the database, and sealed ones that were
// tampered with are not used.
func TestKeysAreSealed(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	open(t, d)
	var settings []struct {
		Name  string
		Value []byte
	}
	if err := d.Read(t.Context()).Raw("SELECT name, value FROM settings WHERE name LIKE 'tsa/%'").Scan(&settings).Error; err != nil || len(settings) != 1 {
		t.Fatalf("%d settings, %v", len(settings), err)
	}
	if value := settings[0].Value; bytes.Contains(value, []byte("rootKey")) || len(value) < 500 {
		t.Errorf("the keys are stored as %q", value)
	}
	settings[0].Value[40] ^= 1
	err := d.Transact(t.Context(), func(tx *gorm.DB) error { return db.PutSetting(tx, settings[0].Name, settings[0].Value) })
	if err != nil {
		t.Fatal(err)
	}
	_, err = tsa.Open(t.Context(), tsa.Config{DB: d, Calendar: openCalendar(t, d), Host: "cairn.example", Secret: tsa.Secret{1}})
	if err == nil || strings.Contains(err.Error(), "PRIVATE") {
		t.Errorf("opened with changed keys: %v", err)
	}
}

// A signer gives way to the next after a year, the root after fifteen; tokens
// of all of them stay verifiable.
func TestRenewal(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := open(t, d)
		f := newFolder(t)
		chains := map[string]bool{}
		for i, wait := range []time.Duration{0, year - time.Hour, time.Hour, year, 14 * year} {
			b.clock.advance(wait)
			digest := notary.Digest{byte(i)}
			b.Stamped(t.Context(), digest)
			token, err := b.Token(t.Context(), digest)
			if err != nil {
				t.Fatal(err)
			}
			chains[string(token.Chain)] = true
			f.write("token.tst", token.DER)
			f.write("ca.pem", b.roots(t))
			at := token.Time.Add(10 * year).Unix()
			f.must("ts", "-verify", "-token_in", "-in", "token.tst", "-digest", digest.String(), "-CAfile", "ca.pem", "-attime", itoa(at))
		}
		if len(chains) != 4 {
			t.Errorf("%d signers in five tokens, want 4", len(chains))
		}
		if n := bytes.Count(b.roots(t), []byte("BEGIN CERTIFICATE")); n != 2 {
			t.Errorf("%d roots, want 2", n)
		}
	})
}

// When the database is away at the hour of renewal, the old signer goes on.
func TestRenewalWaitsForTheDatabase(t *testing.T) {
	var log bytes.Buffer
	d := dbtest.Open(t, db.SQLite)
	b := open(t, d, func(c *tsa.Config) { c.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	chain := b.Chain()
	b.clock.advance(2 * year)
	if err := d.Transact(t.Context(), func(tx *gorm.DB) error { return tx.Exec("ALTER TABLE settings RENAME TO away").Error }); err != nil {
		t.Fatal(err)
	}
	f := newFolder(t)
	if _, err := b.Answer(t.Context(), f.query("a photograph", "-sha256")); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.Chain(), chain) || !strings.Contains(log.String(), "could not be renewed") {
		t.Errorf("not the old signer, or nothing logged: %s", &log)
	}
	if err := d.Transact(t.Context(), func(tx *gorm.DB) error { return tx.Exec("ALTER TABLE away RENAME TO settings").Error }); err != nil {
		t.Fatal(err)
	}
	b.clock.advance(time.Minute)
	if _, err := b.Answer(t.Context(), f.query("a photograph", "-sha256")); err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(b.Chain(), chain) {
		t.Error("the signer was not renewed once the database was back")
	}
}

func TestUnknownDigestHasNoToken(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := open(t, d)
		if _, err := b.Token(t.Context(), notary.Digest{7}); !errors.Is(err, tsa.ErrNoToken) {
			t.Errorf("%v", err)
		}
		if has, err := b.Has(t.Context(), notary.Digest{7}); err != nil || has {
			t.Errorf("%v, %v", has, err)
		}
		b.Stamped(t.Context(), notary.Digest{7})
		if has, err := b.Has(t.Context(), notary.Digest{7}); err != nil || !has {
			t.Errorf("%v, %v", has, err)
		}
	})
}

// A stamp gets its token by itself, and gets on without one when the
// authority cannot store it.
func TestStampsGetTokens(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var log bytes.Buffer
		b := open(t, d, func(c *tsa.Config) { c.Log = slog.New(slog.NewTextHandler(&log, nil)) })
		service := notary.New(notary.Config{Calendar: b.calendar, Anchors: ledger(d), Witness: b.Authority})
		digest := notary.Digest(sum("a photograph"))
		if _, err := service.Stamp(t.Context(), digest); err != nil {
			t.Fatal(err)
		}
		token, err := b.Token(t.Context(), digest)
		if err != nil {
			t.Fatal(err)
		}
		if proof, err := service.Proof(t.Context(), token.Digest); err != nil || proof.Digest != token.Digest {
			t.Errorf("the token's own proof: %v", err)
		}
		if err := d.Transact(t.Context(), func(tx *gorm.DB) error { return tx.Exec("ALTER TABLE tsa_tokens RENAME TO away").Error }); err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			if _, err := service.Stamp(t.Context(), notary.Digest{byte(i)}); err != nil {
				t.Errorf("the stamp failed with the authority: %v", err)
			}
		}
		b.Authority.Close()
		if n := strings.Count(log.String(), "time-stamp tokens cannot be made"); n != 1 {
			t.Errorf("%d lines about one outage:\n%s", n, &log)
		}
	})
}

func TestPolicies(t *testing.T) {
	for _, bad := range []string{"", "1", "1.2", "3.1.1", "1.40.1", "1.2.x", "1.2.-3", "1..2", "1.2.99999999999", "2.25.329800735698586629295641978511506172918"} {
		if _, err := tsa.ParsePolicy(bad); !errors.Is(err, tsa.ErrPolicy) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	for _, good := range []string{tsa.DefaultPolicy, "1.3.6.1.4.1.57264.2", "0.4.0.2023.1.1"} {
		if oid, err := tsa.ParsePolicy(good); err != nil || oid.String() != good {
			t.Errorf("%q: %v, %v", good, oid, err)
		}
	}
}
