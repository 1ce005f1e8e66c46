package tsa_test

import (
	"errors"
	"strings"
	"testing"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/notary/tsa"
)

const extensions = `
[good]
basicConstraints=critical,CA:false
keyUsage=critical,digitalSignature
extendedKeyUsage=critical,timeStamping
[tame]
extendedKeyUsage=timeStamping
[mixed]
extendedKeyUsage=critical,timeStamping,codeSigning
[intermediate]
basicConstraints=critical,CA:true
keyUsage=critical,keyCertSign
`

var p256 = []string{"ec", "-pkeyopt", "ec_paramgen_curve:P-256"}

// issued makes a chain with openssl: a root, an intermediate, and a signer of
// the algorithm with the extensions of a section. It returns the signer's key
// and its chain, both in PEM.
func (f *folder) issued(algorithm []string, section string) (key, chain []byte) {
	f.tb.Helper()
	f.write("ext.cnf", []byte(extensions))
	f.must("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "root.key", "-out", "root.pem", "-subj", "/CN=A root", "-days", "30")
	f.sign("root", "intermediate", p256, "intermediate")
	f.sign("intermediate", "signer", algorithm, section)
	return f.read("signer.key"), append(append(f.read("signer.pem"), f.read("intermediate.pem")...), f.read("root.pem")...)
}

func (f *folder) sign(issuer, name string, algorithm []string, section string) {
	f.tb.Helper()
	f.must(append(append([]string{"req", "-newkey"}, algorithm...), "-nodes", "-keyout", name+".key", "-out", name+".csr", "-subj", "/CN=A "+name)...)
	f.must("x509", "-req", "-in", name+".csr", "-CA", issuer+".pem", "-CAkey", issuer+".key", "-CAcreateserial", "-out", name+".pem",
		"-days", "20", "-extfile", "ext.cnf", "-extensions", section)
}

// An operator's own key and chain sign tokens that verify under his root, the
// certificates between coming along.
func TestOwnCredentials(t *testing.T) {
	for name, algorithm := range map[string][]string{
		"RSA":   {"rsa:3072"},
		"P-256": p256,
		"P-384": {"ec", "-pkeyopt", "ec_paramgen_curve:P-384"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFolder(t)
			own, err := tsa.ParseCredentials(f.issued(algorithm, "good"))
			if err != nil {
				t.Fatal(err)
			}
			b := open(t, dbtest.Open(t, db.SQLite), func(c *tsa.Config) { c.Own = own })
			query := f.query("a photograph", "-sha256", "-cert")
			reply, err := b.Answer(t.Context(), query)
			if err != nil {
				t.Fatal(err)
			}
			f.write("reply.tsr", reply)
			f.must("ts", "-verify", "-in", "reply.tsr", "-queryfile", "query.tsq", "-CAfile", "root.pem")
			if string(b.roots(t)) != string(f.read("root.pem")) {
				t.Errorf("the root given out is not the operator's:\n%s", b.roots(t))
			}
			b.clock.advance(year)
			reply, err = b.Answer(t.Context(), query)
			if err != nil {
				t.Fatal(err)
			}
			f.wantRefused(reply, "time source is not available")
		})
	}
}

// Keys come in three encodings; those with a password are refused without
// being quoted.
func TestKeyEncodings(t *testing.T) {
	f := newFolder(t)
	_, chain := f.issued(p256, "good")
	f.must("ec", "-in", "signer.key", "-out", "sec1.key")
	if _, err := tsa.ParseCredentials(f.read("sec1.key"), chain); err != nil {
		t.Errorf("SEC 1: %v", err)
	}
	f.must("genrsa", "-traditional", "-out", "pkcs1.key", "2048")
	if _, err := tsa.ParseCredentials(f.read("pkcs1.key"), chain); err != nil {
		t.Errorf("PKCS #1: %v", err)
	}
	f.must("pkcs8", "-topk8", "-in", "signer.key", "-passout", "pass:secret", "-out", "locked.key")
	if _, err := tsa.ParseCredentials(f.read("locked.key"), chain); !errors.Is(err, tsa.ErrCredentials) {
		t.Errorf("with a password: %v", err)
	}
}

func TestCredentialsThatCannotSign(t *testing.T) {
	f := newFolder(t)
	key, chain := f.issued(p256, "good")
	_, otherChain := f.issued(p256, "good")
	tameKey, tame := f.issued(p256, "tame")
	mixedKey, mixed := f.issued(p256, "mixed")
	edKey, ed := f.issued([]string{"ed25519"}, "good")
	certificates := strings.SplitAfter(string(chain), "-----END CERTIFICATE-----\n")
	for name, c := range map[string]struct{ key, chain []byte }{
		"no key":                {nil, chain},
		"no chain":              {key, nil},
		"a chain of keys":       {key, key},
		"another's key":         {key, otherChain},
		"a usage not critical":  {tameKey, tame},
		"several usages":        {mixedKey, mixed},
		"an Ed25519 key":        {edKey, ed},
		"a chain out of order":  {key, []byte(certificates[0] + certificates[2] + certificates[1])},
		"a damaged certificate": {key, []byte(strings.Replace(string(chain), "MII", "AAA", 1))},
	} {
		own, err := tsa.ParseCredentials(c.key, c.chain)
		if err == nil {
			d := dbtest.Open(t, db.SQLite)
			_, err = tsa.Open(t.Context(), tsa.Config{DB: d, Calendar: openCalendar(t, d), Host: "cairn.example", Own: own})
		}
		if !errors.Is(err, tsa.ErrCredentials) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "PRIVATE KEY") {
			t.Errorf("%s: the error quotes the key", name)
		}
	}
}
