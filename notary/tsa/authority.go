package tsa

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"database/sql"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"cairn/app/db"
	"cairn/notary"

	"golang.org/x/sync/errgroup"
	"gorm.io/gorm"
)

// DefaultPolicy stands in tokens when the operator names none. It is under the
// arc that ITU-T X.660 keeps for examples, because it promises nothing beyond
// what RFC 3161 itself asks of an authority.
const DefaultPolicy = "2.999.3161.1"

// ParsePolicy reads an object identifier. Error: ErrPolicy.
func ParsePolicy(s string) (asn1.ObjectIdentifier, error) {
	parts := strings.Split(s, ".")
	oid := make(asn1.ObjectIdentifier, len(parts))
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 10, 31)
		if err != nil {
			return nil, ErrPolicy
		}
		oid[i] = int(n)
	}
	if len(oid) < 3 || oid[0] > 2 || oid[0] < 2 && oid[1] > 39 {
		return nil, ErrPolicy
	}
	return oid, nil
}

// Calendar keeps digests durably, to be proven by Bitcoin; calendar.Calendar
// is one.
type Calendar interface {
	// Keep stores a digest so that Receipt finds it; the first stays.
	Keep(ctx context.Context, d notary.Digest) error
	// Receipt finds a kept digest. Error: notary.ErrUnknownDigest.
	Receipt(ctx context.Context, d notary.Digest) (notary.Receipt, error)
}

// Config is what an authority needs. DB, Calendar and Host are required.
type Config struct {
	DB       *db.DB
	Calendar Calendar
	// Own signs the tokens; nil makes and renews an authority of our own,
	// whose keys lie in the database under the seal of Secret.
	Own    *Credentials
	Secret Secret
	// Host names whose authority this is, in its certificates.
	Host string
	// Policy stands in every token; nil is DefaultPolicy.
	Policy asn1.ObjectIdentifier
	// Now is the clock the tokens tell; nil is time.Now.
	Now func() time.Time
	// Rand makes keys and serial numbers and must be safe for concurrent
	// use; nil is crypto/rand.Reader.
	Rand io.Reader
	Log  *slog.Logger
}

// Authority answers time-stamp queries. Its methods may be called by many at
// once.
type Authority struct {
	cfg    Config
	vault  *vault
	writer *writer
	has    *sql.Stmt

	signer   atomic.Pointer[credentials]
	renewing sync.Mutex // held while a signer is looked for

	// stamping bounds the tokens made for pages, which nobody waits for long.
	stamping chan struct{}
	stamps   sync.WaitGroup
	failing  atomic.Bool
}

// Token is a time-stamp token that is stored.
type Token struct {
	// DER is the token, a CMS ContentInfo, with the signer's certificate; what
	// `openssl ts -verify -token_in` reads.
	DER []byte
	// Time is what the token says, UTC, whole seconds.
	Time time.Time
	// Serial is unique among all tokens of an authority.
	Serial *big.Int
	// Digest is the SHA-256 of DER, stamped in the calendar.
	Digest notary.Digest
	// Chain are the certificates from the signer's up to its root, in PEM.
	Chain []byte
}

// Reply is the token as the answer to a query (TimeStampResp); what
// `openssl ts -verify -in` reads.
func (t Token) Reply() []byte { return granted(t.DER) }

// maxStamping is how many tokens for pages may be in the making.
const maxStamping = 1024

// stampPatience is how long a stamp waits for its token before it goes on
// without it.
const stampPatience = 250 * time.Millisecond

// Open opens the authority on a migrated database. Close it before the
// calendar. Error: ErrCredentials.
func Open(ctx context.Context, cfg Config) (*Authority, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Policy == nil {
		policy, err := ParsePolicy(DefaultPolicy)
		if err != nil {
			return nil, err
		}
		cfg.Policy = policy
	}
	a := &Authority{
		cfg:      cfg,
		vault:    &vault{db: cfg.DB, secret: cfg.Secret, host: cfg.Host, random: cfg.Rand},
		stamping: make(chan struct{}, maxStamping),
	}
	if err := a.open(ctx); err != nil {
		return nil, err
	}
	var err error
	if a.has, err = prepareHas(ctx, cfg.DB); err != nil {
		return nil, err
	}
	a.writer = newWriter(cfg.DB)
	return a, nil
}

// open finds the signer to begin with.
func (a *Authority) open(ctx context.Context) error {
	now := a.cfg.Now()
	if a.cfg.Own == nil {
		signer, err := a.vault.signer(ctx, now)
		a.signer.Store(signer)
		return err
	}
	if err := a.cfg.Own.check(now); err != nil {
		return err
	}
	a.signer.Store(a.cfg.Own.credentials)
	return a.cfg.DB.Transact(ctx, func(tx *gorm.DB) error { return putChain(tx, a.cfg.Own.credentials, now) })
}

// Close waits for the tokens in the making and stores them.
func (a *Authority) Close() {
	a.stamps.Wait()
	a.writer.close()
	_ = a.has.Close()
}

// Policy is the policy that stands in every token.
func (a *Authority) Policy() string { return a.cfg.Policy.String() }

// Chain are the certificates of the signer there is now up to its root, in
// PEM.
func (a *Authority) Chain() []byte { return certsPEM(a.signer.Load().chain) }

// Roots are all roots that tokens were ever signed under, in PEM, the newest
// first: what a verifier has to trust.
func (a *Authority) Roots(ctx context.Context) ([]byte, error) {
	roots, err := rootsOf(ctx, a.cfg.DB)
	return certsPEM(roots), err
}

// Token is the first token made for a digest. Error: ErrNoToken.
func (a *Authority) Token(ctx context.Context, d notary.Digest) (Token, error) {
	tx := a.cfg.DB.Read(ctx)
	row, err := findToken(tx, d[:])
	if err != nil {
		return Token{}, err
	}
	chain, err := findChain(tx, row.Chain)
	if err != nil {
		return Token{}, err
	}
	t := Token{
		DER: row.Der, Time: time.Unix(row.Time, 0).UTC(), Serial: new(big.Int).SetBytes(row.Serial),
		Digest: sha256.Sum256(row.Der),
	}
	t.Chain, err = chainPEM(chain)
	return t, err
}

// Has reports whether there is a token for a digest.
func (a *Authority) Has(ctx context.Context, d notary.Digest) (bool, error) {
	var n int
	if err := a.has.QueryRowContext(ctx, d[:]).Scan(&n); err != nil {
		return false, fmt.Errorf("find a time-stamp token: %w", db.Classify(err))
	}
	return n > 0, nil
}

// Answer answers a query (TimeStampReq) with a TimeStampResp. A token in it is
// on disk, as its digest and, when it is a SHA-256, its imprint are in the
// calendar. A query that cannot be granted is answered with why; an error is
// ours (notary.ErrBusy, notary.ErrStorage, the database's), and Unavailable is
// then the reply to send.
func (a *Authority) Answer(ctx context.Context, query []byte) ([]byte, error) {
	r, err := parseRequest(query)
	if err == nil && r.policy != nil && !r.policy.Equal(a.cfg.Policy) {
		err = refuse(unacceptedPolicy, "the only policy here is "+a.cfg.Policy.String())
	}
	var m made
	if err == nil {
		d, isDigest := r.digest()
		m, err = a.issue(ctx, r, isDigest, d)
	}
	var refusal *refusal
	if errors.As(err, &refusal) {
		return refused(refusal), nil
	}
	if err != nil {
		return nil, err
	}
	return granted(m.der), nil
}

// Unavailable is the reply to a query that fails for reasons of ours.
func Unavailable() []byte {
	return refused(&refusal{systemFailure, "the token could not be stored; try again in a moment"})
}

// Stamped makes the token of a digest that was just stored in the calendar. It
// cannot fail the stamp: it waits a little for the disk, and what goes wrong is
// logged.
func (a *Authority) Stamped(ctx context.Context, d notary.Digest) {
	select {
	case a.stamping <- struct{}{}:
	default:
		a.report(ctx, notary.ErrBusy)
		return
	}
	done := make(chan struct{})
	a.stamps.Go(func() {
		defer close(done)
		defer func() { <-a.stamping }()
		_, _ = a.issue(context.WithoutCancel(ctx), requestFor(d), false, d) // reported there
	})
	patience := time.NewTimer(stampPatience)
	defer patience.Stop()
	select {
	case <-done:
	case <-patience.C:
	case <-ctx.Done():
	}
}

// report logs a failure once per outage, not once per token. A client that has
// gone away is none.
func (a *Authority) report(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	switch was := a.failing.Swap(err != nil); {
	case err != nil && !was:
		a.cfg.Log.Error("time-stamp tokens cannot be made", "error", err)
	case err == nil && was:
		a.cfg.Log.Info("time-stamp tokens are made again")
	}
}

// issue signs a token and returns when it is on disk and its digest in the
// calendar, as is the imprint if keepImprint says so.
func (a *Authority) issue(ctx context.Context, r *request, keepImprint bool, imprint notary.Digest) (m made, err error) {
	defer func() { a.report(ctx, err) }()
	now := a.cfg.Now()
	signer, err := a.signerAt(ctx, now)
	if err != nil {
		return made{}, err
	}
	m, err = sign(r, signer, a.cfg.Policy, now, a.cfg.Rand)
	if err != nil {
		return made{}, err
	}
	fingerprint := signer.fingerprint()
	row := tokenRecord{Imprint: r.hashed, Serial: m.serial.Bytes(), Time: m.time.Unix(), Chain: fingerprint[:], Der: m.der}
	storing, together := errgroup.WithContext(ctx)
	storing.Go(func() error { return a.writer.put(together, row) })
	storing.Go(func() error { return a.cfg.Calendar.Keep(together, sha256.Sum256(m.der)) })
	if keepImprint {
		storing.Go(func() error { return a.keepOnce(together, imprint) })
	}
	return m, storing.Wait()
}

func (a *Authority) keepOnce(ctx context.Context, d notary.Digest) error {
	_, err := a.cfg.Calendar.Receipt(ctx, d)
	if errors.Is(err, notary.ErrUnknownDigest) {
		return a.cfg.Calendar.Keep(ctx, d)
	}
	return err
}

// signerAt is the signer at now, renewed when its time is over. While the
// database cannot be asked for another, the old one goes on as long as its
// certificate is valid.
func (a *Authority) signerAt(ctx context.Context, now time.Time) (*credentials, error) {
	signer := a.signer.Load()
	if !signer.retire.IsZero() && !now.Before(signer.retire) {
		signer = a.renew(ctx, now)
	}
	if !validAt(signer.leaf, now) {
		return nil, refuse(timeNotAvailable, "the authority's certificate is not valid at this time")
	}
	return signer, nil
}

func validAt(cert *x509.Certificate, now time.Time) bool {
	return !now.Before(cert.NotBefore) && now.Before(cert.NotAfter)
}

// renewRetry is how long an old signer goes on after a failed renewal.
const renewRetry = time.Minute

func (a *Authority) renew(ctx context.Context, now time.Time) *credentials {
	a.renewing.Lock()
	defer a.renewing.Unlock()
	signer := a.signer.Load()
	if now.Before(signer.retire) {
		return signer // another caller was first
	}
	next, err := a.vault.signer(ctx, now)
	if err != nil {
		a.cfg.Log.Error("the time-stamp signer could not be renewed", "error", err)
		again := *signer
		again.retire = now.Add(renewRetry)
		next = &again
	} else {
		a.cfg.Log.Info("a new time-stamp signer", "serial", fmt.Sprintf("%x", next.leaf.SerialNumber))
	}
	a.signer.Store(next)
	return next
}
