package tsa_test

import (
	"crypto"
	"crypto/sha256"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/notary"
	"cairn/notary/tsa"

	"github.com/digitorus/timestamp"
)

// The same answers satisfy openssl and a second implementation, for every
// algorithm, with and without nonce and certificates.
func TestVerifiersAccept(t *testing.T) {
	b := open(t, dbtest.Open(t, db.SQLite))
	f := newFolder(t)
	f.write("ca.pem", b.roots(t))
	f.write("chain.pem", b.Chain())
	for _, algorithm := range []string{"-sha256", "-sha384", "-sha512"} {
		for _, options := range [][]string{{}, {"-cert"}, {"-no_nonce", "-cert"}, {"-tspolicy", b.Policy(), "-cert"}} {
			query := f.query("a photograph", append([]string{algorithm}, options...)...)
			reply, err := b.Answer(t.Context(), query)
			if err != nil {
				t.Fatal(err)
			}
			f.write("reply.tsr", reply)
			verify := []string{"ts", "-verify", "-in", "reply.tsr", "-CAfile", "ca.pem"}
			if !slices.Contains(options, "-cert") {
				if _, err := f.openssl(append(verify, "-queryfile", "query.tsq")...); err == nil {
					t.Error("a token without certificates was verified without the chain")
				}
				verify = append(verify, "-untrusted", "chain.pem")
			}
			for _, against := range [][]string{{"-queryfile", "query.tsq"}, {"-data", "data"}} {
				if out := f.must(append(verify, against...)...); !strings.Contains(out, "Verification: OK") {
					t.Errorf("%s %v: %s", algorithm, options, out)
				}
			}
			f.write("other", []byte("another photograph"))
			if out, err := f.openssl(append(verify, "-data", "other")...); err == nil {
				t.Errorf("verified for another file: %s", out)
			}
			secondOpinion(t, b, query, reply)
		}
	}
}

// secondOpinion reads an answer with another library, which checks the
// signature when the certificate is there.
func secondOpinion(t *testing.T, b *bench, query, reply []byte) {
	t.Helper()
	asked, err := timestamp.ParseRequest(query)
	if err != nil {
		t.Fatal(err)
	}
	token, err := timestamp.ParseResponse(reply)
	if err != nil {
		t.Fatal(err)
	}
	sameNonce := (asked.Nonce == nil) == (token.Nonce == nil) && (asked.Nonce == nil || asked.Nonce.Cmp(token.Nonce) == 0)
	switch {
	case token.HashAlgorithm != asked.HashAlgorithm, !slices.Equal(token.HashedMessage, asked.HashedMessage):
		t.Errorf("imprint %x, asked for %x", token.HashedMessage, asked.HashedMessage)
	case !sameNonce:
		t.Errorf("nonce %v, asked for %v", token.Nonce, asked.Nonce)
	case !token.Time.Equal(b.clock.now()):
		t.Errorf("time %v at %v", token.Time, b.clock.now())
	case token.Accuracy != time.Second || token.Ordering || token.Policy.String() != tsa.DefaultPolicy:
		t.Errorf("accuracy %v, ordering %v, policy %v", token.Accuracy, token.Ordering, token.Policy)
	case asked.Certificates != (len(token.Certificates) == 1):
		t.Errorf("%d certificates, asked for: %v", len(token.Certificates), asked.Certificates)
	}
}

// A forged token is not accepted: the tests above can fail.
func TestForgeriesAreRefused(t *testing.T) {
	b := open(t, dbtest.Open(t, db.SQLite))
	f := newFolder(t)
	f.write("ca.pem", b.roots(t))
	reply, err := b.Answer(t.Context(), f.query("a photograph", "-sha256", "-cert"))
	if err != nil {
		t.Fatal(err)
	}
	stamp := []byte(b.clock.now().UTC().Format("20060102150405Z"))
	at := strings.Index(string(reply), string(stamp))
	if at < 0 {
		t.Fatalf("the reply does not hold the time %s", stamp)
	}
	forged := slices.Clone(reply)
	copy(forged[at:], "19700101000000Z")
	f.write("reply.tsr", forged)
	if out, err := f.openssl("ts", "-verify", "-in", "reply.tsr", "-queryfile", "query.tsq", "-CAfile", "ca.pem"); err == nil {
		t.Errorf("a back-dated token was verified: %s", out)
	}
	if _, err := timestamp.ParseResponse(forged); err == nil {
		t.Error("a back-dated token was parsed as sound")
	}
}

// What is asked for is in the calendar when the answer is there: the token's
// digest always, the imprint when it is a SHA-256.
func TestTokensAreAnchored(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := open(t, d)
		f := newFolder(t)
		for _, algorithm := range []string{"-sha256", "-sha512"} {
			reply, err := b.Answer(t.Context(), f.query("a photograph", algorithm))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := b.calendar.Receipt(t.Context(), sha256.Sum256(f.token(reply))); err != nil {
				t.Errorf("%s: the token's digest is not in the calendar: %v", algorithm, err)
			}
			_, err = b.calendar.Receipt(t.Context(), sum("a photograph"))
			if known := err == nil; !known && algorithm == "-sha256" {
				t.Errorf("the imprint is not in the calendar: %v", err)
			}
		}
		before, err := b.calendar.Receipt(t.Context(), sum("a photograph"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.Answer(t.Context(), f.query("a photograph", "-sha256")); err != nil {
			t.Fatal(err)
		}
		after, err := b.calendar.Receipt(t.Context(), sum("a photograph"))
		if err != nil || after.Seq != before.Seq {
			t.Errorf("a second query moved the imprint from %d to %d, %v", before.Seq, after.Seq, err)
		}
	})
}

// Serial numbers differ, also between replicas, and fit 160 bits.
func TestSerialsAreUnique(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	replicas := []*bench{open(t, d), open(t, d)}
	seen := map[string]bool{}
	f := newFolder(t)
	query := f.query("a photograph", "-sha256", "-cert")
	for i := range 200 {
		reply, err := replicas[i%2].Answer(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		token, err := timestamp.ParseResponse(reply)
		if err != nil {
			t.Fatal(err)
		}
		if token.SerialNumber.Sign() <= 0 || token.SerialNumber.BitLen() > 160 || seen[token.SerialNumber.String()] {
			t.Fatalf("serial number %v", token.SerialNumber)
		}
		seen[token.SerialNumber.String()] = true
	}
}

// The first token for an imprint stays, whoever asks for another.
func TestFirstTokenStays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := open(t, d)
		f := newFolder(t)
		digest := notary.Digest(sum("a photograph"))
		query := f.query("a photograph", "-sha256", "-cert")
		first, err := b.Answer(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		b.clock.advance(time.Hour)
		if _, err := b.Answer(t.Context(), query); err != nil {
			t.Fatal(err)
		}
		b.Stamped(t.Context(), digest)
		token, err := b.Token(t.Context(), digest)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(token.Reply(), first) || !slices.Equal(token.DER, f.token(first)) {
			t.Error("the first token did not stay")
		}
		if token.Digest != sha256.Sum256(token.DER) || token.Serial.Cmp(new(big.Int)) <= 0 || !token.Time.Equal(b.clock.now().Add(-time.Hour)) {
			t.Errorf("%+v", token)
		}
		f.write("token.tst", token.DER)
		f.write("ca.pem", b.roots(t))
		f.must("ts", "-verify", "-token_in", "-in", "token.tst", "-data", "data", "-CAfile", "ca.pem")
	})
}

func TestQueriesThatAreRefused(t *testing.T) {
	b := open(t, dbtest.Open(t, db.SQLite))
	f := newFolder(t)
	good := f.query("a photograph", "-sha256", "-no_nonce")
	with := func(change func(*timestamp.Request)) []byte {
		digest := sum("a photograph")
		r := &timestamp.Request{HashAlgorithm: crypto.SHA256, HashedMessage: digest[:]}
		change(r)
		der, err := r.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	nonce := func(n *big.Int) []byte { return with(func(r *timestamp.Request) { r.Nonce = n }) }
	version2 := slices.Clone(good)
	version2[4] = 2
	for name, c := range map[string]struct {
		query   []byte
		failure string
	}{
		"SHA-1":            {f.query("a photograph", "-sha1"), "unrecognized or unsupported algorithm"},
		"MD5":              {f.query("a photograph", "-md5"), "unrecognized or unsupported algorithm"},
		"another policy":   {f.query("a photograph", "-sha256", "-tspolicy", "1.2.3.4.1"), "requested TSA policy is not supported"},
		"an endless arc":   {f.query("a photograph", "-sha256", "-tspolicy", "2.25.329800735698586629295641978511506172918"), "requested TSA policy is not supported"},
		"an extension":     {with(func(r *timestamp.Request) { r.ExtraExtensions = append(r.ExtraExtensions, extension()) }), "requested extension is not supported"},
		"a short imprint":  {with(func(r *timestamp.Request) { r.HashedMessage = make([]byte, 31) }), "data submitted has the wrong format"},
		"another version":  {version2, "transaction not permitted"},
		"a huge nonce":     {nonce(new(big.Int).Lsh(big.NewInt(1), 64*8)), "data submitted has the wrong format"},
		"nothing":          {nil, "data submitted has the wrong format"},
		"garbage":          {[]byte("GET / HTTP/1.1"), "data submitted has the wrong format"},
		"a byte too many":  {append(slices.Clone(good), 0), "data submitted has the wrong format"},
		"a byte too few":   {good[:len(good)-1], "data submitted has the wrong format"},
		"an empty integer": {[]byte{0x30, 0x02, 0x02, 0x00}, "data submitted has the wrong format"},
	} {
		reply, err := b.Answer(t.Context(), c.query)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		t.Run(name, func(t *testing.T) { (&folder{t, f.dir}).wantRefused(reply, c.failure) })
	}
	for name, n := range map[string]*big.Int{
		"zero": big.NewInt(0), "negative": big.NewInt(-129), "64 bytes": new(big.Int).Lsh(big.NewInt(1), 64*8-2),
	} {
		query := nonce(n)
		reply, err := b.Answer(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		token, err := timestamp.ParseResponse(reply)
		if err != nil || token.Nonce.Cmp(n) != 0 {
			t.Errorf("nonce %s: %v", name, err)
		}
	}
}
