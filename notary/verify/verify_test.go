package verify_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cairn/chain"
	"cairn/notary/ots"
	"cairn/notary/verify"

	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/wire"
	"github.com/google/go-cmp/cmp"
)

const vectors = "../ots/testdata"

func proof(t *testing.T, name string) *ots.File {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(vectors, name))
	if err != nil {
		t.Fatal(err)
	}
	f, err := ots.ParseFile(raw)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func mainnet(t *testing.T) verify.HeaderList {
	t.Helper()
	r, err := os.Open("testdata/headers.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	list, err := verify.ParseHeaders(r, chaincfg.MainNetParams.PowLimit)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// loopback is the two headers of the chain that otsd's proofs were made on.
// Its node did not work for its blocks, so that ParseHeaders refuses them.
func loopback(t *testing.T) verify.HeaderList {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(vectors, "otsd/headers.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := verify.ParseHeaders(bytes.NewReader(raw), chaincfg.RegressionNetParams.PowLimit); !errors.Is(err, verify.ErrWork) {
		t.Fatalf("headers without work: %v", err)
	}
	list := verify.HeaderList{}
	for line := range strings.Lines(string(raw)) {
		var height int32
		var text string
		if _, err := fmt.Sscan(line, &height, &text); err != nil {
			t.Fatal(err)
		}
		header, err := verify.ParseHeader(text)
		if err != nil {
			t.Fatal(err)
		}
		list[height] = *header
	}
	return list
}

func check(t *testing.T, f *ots.File, h verify.Headers) *verify.Verdict {
	t.Helper()
	v, err := verify.Check(context.Background(), f.Timestamp, h)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestHelloWorldIsConfirmed(t *testing.T) {
	v := check(t, proof(t, "client/hello-world.txt.ots"), mainnet(t))
	if v.Outcome != verify.Confirmed || !v.Time.Equal(time.Unix(1432827678, 0)) || v.Block.Height != 358391 {
		t.Errorf("%+v", v)
	}
	if got, want := v.Block.Hash.String(), "000000000000000003e892881a8cdcdc117c06d444057c98b6f04a9ee75a2319"; got != want {
		t.Errorf("block %s, want %s", got, want)
	}
	if got, want := v.Txid.String(), "7e9f0f7d9daa2d9e51b2e22f4abe814c3f90539afa778a9bef88dc64627cb2ec"; got != want {
		t.Errorf("transaction %s, want %s", got, want)
	}
	// Difficulty 48.8 billion: 2^32 × 2^35.5 hashes.
	if got := v.Findings[0].WorkBits; got != 67 {
		t.Errorf("work of 2^%d", got)
	}
}

func TestOutcomes(t *testing.T) {
	devnet := loopback(t)
	broken := headerFunc(func(int32) (*wire.BlockHeader, error) { return nil, errors.New("no answer") })
	for _, c := range []struct {
		proof   string
		headers verify.Headers
		want    verify.Outcome
		pending []string
	}{
		{"client/bad-stamp.txt.ots", mainnet(t), verify.Mismatch, nil},
		{"client/hello-world.txt.ots", broken, verify.Unavailable, nil},
		{"client/hello-world.txt.ots", nil, verify.NoHeader, nil},
		{"client/empty.ots", mainnet(t), verify.NoHeader, nil},
		{"client/different-blockchains.txt.ots", mainnet(t), verify.NoHeader,
			[]string{"https://eth.ots.eternitywall.com", "https://ots.eternitywall.it"}},
		{"client/incomplete.txt.ots", mainnet(t), verify.Pending, []string{"https://alice.btc.calendar.opentimestamps.org"}},
		{"client/known-and-unknown-notary.txt.ots", mainnet(t), verify.Pending, []string{"https://bob.btc.calendar.opentimestamps.org"}},
		{"client/unknown-notary.txt.ots", mainnet(t), verify.Nothing, nil},
		{"java/hello-world.txt.eth.ots", nil, verify.Pending, []string{"https://eth.ots.eternitywall.com"}},
		{"otsd/d1.txt.ots", devnet, verify.Confirmed, []string{"http://127.0.0.1:14788"}},
		{"otsd/j.txt.ots", devnet, verify.Confirmed, []string{"http://127.0.0.1:14788"}},
		{"otsd/d1.txt.pending.ots", devnet, verify.Pending, []string{"http://127.0.0.1:14788"}},
	} {
		v := check(t, proof(t, c.proof), c.headers)
		if v.Outcome != c.want {
			t.Errorf("%s: %s, want %s", c.proof, v.Outcome, c.want)
		}
		if diff := cmp.Diff(c.pending, v.Pending()); diff != "" {
			t.Errorf("%s: %s", c.proof, diff)
		}
		if confirmed := v.Outcome == verify.Confirmed; v.Time.IsZero() == confirmed || (v.Block == chain.BlockRef{}) == confirmed {
			t.Errorf("%s: %+v", c.proof, v)
		}
	}
}

// headerFunc is a header source made of a function.
type headerFunc func(int32) (*wire.BlockHeader, error)

func (f headerFunc) HeaderAt(_ context.Context, height int32) (*wire.BlockHeader, error) {
	return f(height)
}

// A proof with a stale block beside a good one is confirmed by the good one,
// and the lowest that confirms gives the time.
func TestTheLowestGoodBlockWins(t *testing.T) {
	root := bytes.Repeat([]byte{7}, 32)
	ts, err := ots.New(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range []ots.Attestation{ots.Bitcoin(30), ots.Bitcoin(20), ots.Bitcoin(10), ots.Bitcoin(1 << 40), ots.Pending("x")} {
		if err := ts.Attest(a); err != nil {
			t.Fatal(err)
		}
	}
	source := headerFunc(func(height int32) (*wire.BlockHeader, error) {
		h := &wire.BlockHeader{Timestamp: time.Unix(int64(height), 0), Bits: 0x207fffff}
		if height > 10 {
			copy(h.MerkleRoot[:], root)
		}
		return h, nil
	})
	v, err := verify.Check(context.Background(), ts, source)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range v.Findings {
		got = append(got, fmt.Sprintf("%d %s", f.Attestation.Height, f.Outcome))
	}
	want := []string{"10 mismatch", "20 confirmed", "30 confirmed", "1099511627776 no-header", "0 pending"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if v.Outcome != verify.Confirmed || v.Block.Height != 20 || v.Time.Unix() != 20 {
		t.Errorf("%+v", v)
	}
}

// A message that is not 32 bytes long is no Merkle root.
func TestShortMessageIsAMismatch(t *testing.T) {
	ts, err := ots.New([]byte("short"))
	if err != nil {
		t.Fatal(err)
	}
	if err := ts.Attest(ots.Bitcoin(1)); err != nil {
		t.Fatal(err)
	}
	source := headerFunc(func(int32) (*wire.BlockHeader, error) { return &wire.BlockHeader{Bits: 0x207fffff}, nil })
	v, err := verify.Check(context.Background(), ts, source)
	if err != nil || v.Outcome != verify.Mismatch {
		t.Errorf("%+v, %v", v, err)
	}
}

// A stranger's proof cannot make us look up more than a few blocks.
func TestLookupsAreBounded(t *testing.T) {
	ts, err := ots.New([]byte("m"))
	if err != nil {
		t.Fatal(err)
	}
	for h := range uint64(5000) {
		if err := ts.Attest(ots.Bitcoin(h)); err != nil {
			t.Fatal(err)
		}
	}
	asked := 0
	source := headerFunc(func(int32) (*wire.BlockHeader, error) { asked++; return nil, chain.ErrNoBlock })
	v, err := verify.Check(context.Background(), ts, source)
	if err != nil {
		t.Fatal(err)
	}
	if asked != verify.MaxHeaders || len(v.Findings) != verify.MaxFindings {
		t.Errorf("%d lookups, %d findings", asked, len(v.Findings))
	}
}

func TestCheckStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	source := headerFunc(func(int32) (*wire.BlockHeader, error) { cancel(); return nil, ctx.Err() })
	if _, err := verify.Check(ctx, proof(t, "client/hello-world.txt.ots").Timestamp, source); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestMatch(t *testing.T) {
	f := proof(t, "client/hello-world.txt.ots")
	for name, want := range map[string]error{"client/hello-world.txt": nil, "client/bad-stamp.txt": verify.ErrOtherFile} {
		r, err := os.Open(filepath.Join(vectors, name))
		if err != nil {
			t.Fatal(err)
		}
		digest, err := verify.Digest(f, r, nil)
		r.Close()
		if err != nil {
			t.Fatal(err)
		}
		if err := verify.Match(f, digest); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", name, err, want)
		}
	}
}

func TestParseHeadersRefuses(t *testing.T) {
	raw, err := os.ReadFile("testdata/headers.txt")
	if err != nil {
		t.Fatal(err)
	}
	genesis := strings.Split(string(raw), "\n")[1]
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"a good list":           {"# comment\n\n" + genesis + "\r\n" + genesis + "\n", nil},
		"no height":             {strings.TrimPrefix(genesis, "0 "), verify.ErrHeaderList},
		"a negative height":     {"-1" + genesis[1:], verify.ErrHeaderList},
		"a height over 2^31":    {"2147483648" + genesis[1:], verify.ErrHeaderList},
		"a short header":        {genesis[:len(genesis)-2], verify.ErrHeaderList},
		"no hexadecimal":        {genesis[:len(genesis)-2] + "zz", verify.ErrHeaderList},
		"an endless line":       {strings.Repeat("0", 5000), verify.ErrHeaderList},
		"a changed header":      {strings.Replace(genesis, "4b1e5e4a", "4b1e5e4b", 1), verify.ErrWork},
		"an easier target":      {strings.Replace(genesis, "ffff001d", "ffff7f20", 1), verify.ErrWork},
		"a negative target":     {strings.Replace(genesis, "ffff001d", "ffff801d", 1), verify.ErrWork},
		"two at the same place": {genesis + "\n0 " + second(t, string(raw)), verify.ErrHeaderList},
	} {
		list, err := verify.ParseHeaders(strings.NewReader(c.text), chaincfg.MainNetParams.PowLimit)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
		if c.want == nil && len(list) != 1 {
			t.Errorf("%s: %d headers", name, len(list))
		}
	}
}

// second is the header after the first one of a list.
func second(t *testing.T, list string) string {
	t.Helper()
	_, header, found := strings.Cut(strings.Split(list, "\n")[2], " ")
	if !found {
		t.Fatal("no second header")
	}
	return header
}

func TestWayTo(t *testing.T) {
	f := proof(t, "otsd/d1.txt.ots")
	way, ok := verify.WayTo(f.Timestamp, ots.Bitcoin(110))
	if !ok {
		t.Fatal("no way")
	}
	var roles []string
	for i, s := range way.Steps {
		if role := string(s.Role); i == 0 || roles[len(roles)-1] != role {
			roles = append(roles, role)
		}
	}
	want := []string{"nonce", "hash", "sibling", "hash", "sibling", "hash", "nonce", "hash", "time", "mac", "hash", "transaction", "txid", "block"}
	if diff := cmp.Diff(want, roles); diff != "" {
		t.Error(diff, "\n", f.Info())
	}
	last := way.Steps[len(way.Steps)-1].Result
	root := loopback(t)[110].MerkleRoot
	if !bytes.Equal(last, root[:]) {
		t.Errorf("it ends at %x", last)
	}
	if v := check(t, f, nil); way.Txid != v.Findings[0].Txid || way.Txid.String() == strings.Repeat("0", 64) {
		t.Errorf("transaction %s", way.Txid)
	}
	if _, ok := verify.WayTo(f.Timestamp, ots.Bitcoin(111)); ok {
		t.Error("there is a way to a block that is not in the proof")
	}
	pending, ok := verify.WayTo(f.Timestamp, ots.Pending("http://127.0.0.1:14788"))
	if !ok || pending.Steps[len(pending.Steps)-1].Role != verify.RoleMAC {
		t.Errorf("%+v", pending)
	}
}

// The txoutproofs' headers are those of the main chain: that of 830000 itself,
// and that of 831332 as the one before 831333.
func TestTxOutProofsAreOfTheMainChain(t *testing.T) {
	list := mainnet(t)
	at830000, at831333 := list[830000], list[831333]
	names, err := filepath.Glob(filepath.Join(vectors, "txoutproof/*.bin"))
	if err != nil || len(names) != 11 {
		t.Fatalf("%d files, %v", len(names), err)
	}
	for _, name := range names {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		p, err := ots.ParseTxOutProof(raw)
		if err != nil {
			t.Fatal(err)
		}
		want := at830000.BlockHash()
		if strings.HasPrefix(filepath.Base(name), "0831332") {
			want = at831333.PrevBlock
		}
		if got := p.Header.BlockHash(); got != want {
			t.Errorf("%s: block %s, want %s", name, got, want)
		}
		if err := verify.CheckWork(&p.Header, chaincfg.MainNetParams.PowLimit); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		// A transaction's id is attested like anything else.
		match := p.Matches[0]
		ts, err := ots.New(match.Txid[:])
		if err != nil {
			t.Fatal(err)
		}
		root, err := ts.Extend(match.Path...)
		if err != nil {
			t.Fatal(err)
		}
		if err := root.Attest(ots.Bitcoin(830000)); err != nil {
			t.Fatal(err)
		}
		v, err := verify.Check(context.Background(), ts, list)
		if err != nil || (v.Outcome == verify.Confirmed) != (want == at830000.BlockHash()) {
			t.Errorf("%s: %s, %v", name, v.Outcome, err)
		}
	}
}

// Two messages that claim the same block have ways of their own.
func TestWayToAFinding(t *testing.T) {
	ts, err := ots.New([]byte("m"))
	if err != nil {
		t.Fatal(err)
	}
	for _, op := range []ots.Op{ots.SHA256(), {Code: ots.OpKeccak256}} {
		at, err := ts.Add(op)
		if err != nil {
			t.Fatal(err)
		}
		if err := at.Attest(ots.Bitcoin(1)); err != nil {
			t.Fatal(err)
		}
	}
	v, err := verify.Check(context.Background(), ts, nil)
	if err != nil || len(v.Findings) != 2 {
		t.Fatalf("%+v, %v", v, err)
	}
	for i, want := range []ots.OpCode{ots.OpSHA256, ots.OpKeccak256} {
		way, ok := v.Findings[i].WayTo(ts)
		if !ok || len(way.Steps) != 1 || way.Steps[0].Op.Code != want {
			t.Errorf("finding %d: %+v", i, way)
		}
	}
	other := verify.Finding{Attestation: ots.Bitcoin(1), Message: []byte("elsewhere")}
	if _, ok := other.WayTo(ts); ok {
		t.Error("a way to a message that is not there")
	}
}

func FuzzParseHeaders(f *testing.F) {
	raw, err := os.ReadFile("testdata/headers.txt")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Fuzz(func(t *testing.T, raw []byte) {
		list, err := verify.ParseHeaders(bytes.NewReader(raw), chaincfg.RegressionNetParams.PowLimit)
		if err != nil {
			return
		}
		for height, h := range list {
			if err := verify.CheckWork(&h, chaincfg.RegressionNetParams.PowLimit); err != nil {
				t.Fatalf("height %d: %v", height, err)
			}
		}
	})
}
