package app

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"net/http"
	"net/url"

	"cairn/app/account"
	"cairn/app/operator"
	"cairn/app/outbound"
	"cairn/app/webhook"
	"cairn/lighthouse/campaigns"
	"cairn/notary/client"
	"cairn/notary/vault"

	"gorm.io/gorm"
)

// openVault sets up accounts, what they keep, and whom they want told.
func (a *App) openVault(context.Context) (err error) {
	guard := outbound.Guard{}
	a.webhooks = webhook.New(webhook.Config{
		DB: a.db, Guard: guard, Now: a.now, Rand: rand.Reader, Log: a.log.With("part", "webhooks"),
	})
	ask, err := a.otherCalendars(guard)
	if err != nil {
		return err
	}
	a.vault = vault.New(vault.Config{
		DB: a.db, Notary: a.notary, Completed: a.tellCompleted, Ask: ask,
		Now: a.now, Rand: rand.Reader, Log: a.log.With("part", "vault"),
	})
	a.accounts, err = account.New(account.Config{
		DB: a.db, Site: account.ParseSite(a.cfg.Web.PublicURL),
		Forget: []func(*gorm.DB, [16]byte) error{vault.Forget, webhook.Forget, operator.Forget, campaigns.Forget},
		Note: func(tx *gorm.DB, id [16]byte, what account.Deed) error {
			return a.operators.Note(tx, id, string(what))
		},
		Now: a.now, Rand: rand.Reader, Log: a.log.With("part", "accounts"),
	})
	return err
}

// tellCompleted stores, in the transaction that notes it, whom to tell of
// proofs in vaults that became complete.
func (a *App) tellCompleted(tx *gorm.DB, done []vault.Completion) error {
	for _, c := range done {
		proof := &webhook.Proof{
			Digest: c.Item.Digest.String(), Name: c.Item.Name, Group: c.Item.GroupName, BlockHeight: c.Item.Block,
		}
		if !c.Item.BlockTime.IsZero() {
			proof.BlockTime = &c.Item.BlockTime
		}
		if !c.Item.Foreign {
			proof.URL = a.cfg.Web.PublicURL + "/proof/" + proof.Digest
			proof.OTS = proof.URL + ".ots"
		}
		if err := a.webhooks.Tell(tx, c.Account, webhook.ProofComplete, proof); err != nil {
			return err
		}
	}
	return nil
}

// otherCalendars asks for proofs that people brought along: the calendars that
// every client trusts, and our own, which needs no network for it. Whatever
// else a proof names is not asked.
func (a *App) otherCalendars(guard outbound.Guard) (func(context.Context, []client.Question) []client.Answer, error) {
	own, err := url.Parse(a.cfg.Web.PublicURL)
	if err != nil {
		return nil, err
	}
	allow, err := client.PublicCalendars.With(a.cfg.Web.PublicURL)
	if err != nil {
		return nil, err
	}
	h := guard.Client()
	h.Transport = ownCalendar{own.Host, a.calendarAPI, h.Transport}
	return func(ctx context.Context, questions []client.Question) []client.Answer {
		return client.Ask(ctx, questions, allow, h)
	}, nil
}

// ownCalendar answers requests to our own calendar within the process.
type ownCalendar struct {
	host    string
	handler http.Handler
	next    http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (o ownCalendar) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host != o.host {
		return o.next.RoundTrip(r)
	}
	w := &written{header: http.Header{}, status: http.StatusOK}
	inside := r.Clone(r.Context())
	if inside.Body == nil {
		inside.Body = http.NoBody
	}
	o.handler.ServeHTTP(w, inside)
	return &http.Response{
		StatusCode: w.status, Status: http.StatusText(w.status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.header, Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()), Request: r,
	}, nil
}

// written is an answer in memory.
type written struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (w *written) Header() http.Header { return w.header }

// WriteHeader implements http.ResponseWriter.
func (w *written) WriteHeader(status int) { w.status = status }

// Write implements http.ResponseWriter.
func (w *written) Write(b []byte) (int, error) { return w.body.Write(b) }
