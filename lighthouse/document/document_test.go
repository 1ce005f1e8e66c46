package document

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"cairn/chain"
	"cairn/lighthouse"
	"cairn/lighthouse/contract"
	"cairn/lighthouse/progress/tree"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/schnorr"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
)

var madeAt = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

func keyOf(text string) *btcec.PrivateKey {
	key, _ := btcec.PrivKeyFromBytes(chainhash.HashB([]byte(text)))
	return key
}

func addressOf(t testing.TB, key *btcec.PrivateKey) (string, []byte) {
	t.Helper()
	to, err := btcutil.NewAddressWitnessPubKeyHash(btcutil.Hash160(key.PubKey().SerializeCompressed()), &chaincfg.RegressionNetParams)
	if err != nil {
		t.Fatal(err)
	}
	script, err := txscript.PayToAddrScript(to)
	if err != nil {
		t.Fatal(err)
	}
	return to.EncodeAddress(), script
}

// testCampaign has a goal, and a level beyond it.
func testCampaign(t testing.TB) lighthouse.Campaign {
	t.Helper()
	c := lighthouse.Campaign{
		ID:   lighthouse.ID{1, 2, 3},
		Text: lighthouse.Text{Title: "A path <over> the ridge", Tagline: "步道", Story: "One\n\ntwo", Risks: "Rain", Budget: []lighthouse.BudgetLine{{For: "Stones", Amount: 90_000}}, FAQ: []lighthouse.Question{{Asks: "When?", Answer: "Soon"}}},
		Creator: lighthouse.Creator{
			Name: "Mira", Contact: "mira@example.org", PublicKey: schnorr.SerializePubKey(keyOf("creator").PubKey()),
		},
		Language: "en", Category: "community", OpenedAt: madeAt,
		Terms: lighthouse.Terms{
			Revision: 2, Least: 1_000, Multiple: 500, Deadline: 5_000, DeadlineAt: madeAt.AddDate(0, 1, 0), AtDeadline: true,
			Keeper: keyOf("keeper").PubKey().SerializeCompressed(),
		},
	}
	for i, amount := range []btcutil.Amount{90_000, 190_000} {
		address, script := addressOf(t, keyOf(fmt.Sprint("beneficiary ", i)))
		own, err := contract.New(contract.Version, 5_000, []contract.Output{{Value: amount, Script: script}})
		if err != nil {
			t.Fatal(err)
		}
		c.Terms.Levels = append(c.Terms.Levels, lighthouse.Level{
			Goal: amount + 10_000, Reserve: 10_000, Contract: own,
			Beneficiaries: []lighthouse.Beneficiary{{Name: "Ridge", Address: address, Amount: amount}},
		})
	}
	return c
}

func testFile(t testing.TB) []byte {
	t.Helper()
	raw, err := testSigner.Campaign(Campaign{Network: chain.Devnet, Server: "https://cairn.example", MadeAt: madeAt, Campaign: testCampaign(t)})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

var testSigner = NewSigner([32]byte{7})

func TestCampaign(t *testing.T) {
	raw := testFile(t)
	got, err := ReadCampaign(raw)
	if err != nil {
		t.Fatal(err)
	}
	want := testCampaign(t)
	again, err := testSigner.Campaign(got)
	if err != nil || !bytes.Equal(again, raw) {
		t.Errorf("written again it is another file: %v\n%s\n%s", err, raw, again)
	}
	if got.ServerKey != testSigner.Key() || got.SignedByCreator || got.Campaign.Text.Title != want.Text.Title || got.Campaign.Terms.RefundHeight() != 5_144 {
		t.Errorf("read %+v", got)
	}

	// The creator's key signs the same line.
	line, _ := lines(raw)
	digest := Digest(CampaignFile, line)
	sign := func(key *btcec.PrivateKey) Signature {
		s, err := schnorr.Sign(key, digest[:])
		if err != nil {
			t.Fatal(err)
		}
		return Signature{By: Creator, Key: [32]byte(schnorr.SerializePubKey(key.PubKey())), Signature: [64]byte(s.Serialize())}
	}
	both, err := Append(raw, sign(keyOf("creator")))
	if err != nil {
		t.Fatal(err)
	}
	if got, err = ReadCampaign(both); err != nil || !got.SignedByCreator {
		t.Errorf("signed by both: %v", err)
	}
	stranger, _ := Append(raw, sign(keyOf("stranger")))
	if _, err := ReadCampaign(stranger); !errors.Is(err, ErrSigned) {
		t.Errorf("signed by a stranger: %v", err)
	}
	if _, err := ReadCampaign(bytes.ReplaceAll(both, []byte("\n"), []byte("\r\n"))); err != nil {
		t.Errorf("with the line ends of Windows: %v", err)
	}
}

// resigned is the file of a changed line, signed by the server, so that what is
// tested is not the signature.
func resigned(t testing.TB, raw []byte, old, new string) []byte {
	t.Helper()
	line, _ := lines(raw)
	if !bytes.Contains(line, []byte(old)) {
		t.Fatalf("the file has no %q", old)
	}
	var h head
	if err := json.Unmarshal(line, &h); err != nil {
		t.Fatal(err)
	}
	return resign(t, h.Cairn, bytes.Replace(line, []byte(old), []byte(new), 1))
}

func resign(t testing.TB, kind Kind, line []byte) []byte {
	t.Helper()
	digest := Digest(kind, line)
	s, err := schnorr.Sign(testSigner.key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	file, err := Append(line, Signature{By: Server, Key: testSigner.Key(), Signature: [64]byte(s.Serialize())})
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestCampaignRefused(t *testing.T) {
	raw := testFile(t)
	other, _ := addressOf(t, keyOf("thief"))
	mine, _ := addressOf(t, keyOf("beneficiary 0"))
	line, below := lines(raw)
	for name, c := range map[string]struct {
		file []byte
		want error
	}{
		"not signed":         {append(line[:len(line):len(line)], '\n'), ErrSigned},
		"changed":            {bytes.Replace(raw, []byte("Rain"), []byte("None"), 1), ErrSigned},
		"signed twice":       {append(raw[:len(raw):len(raw)], below[0]...), ErrSigned},
		"another address":    {resigned(t, raw, mine, other), ErrContents},
		"another amount":     {resigned(t, raw, `"amount":90000}],"contract"`, `"amount":80000}],"contract"`), ErrContents},
		"another goal":       {resigned(t, raw, `"goal":100000`, `"goal":90000`), ErrContents},
		"another lock time":  {resigned(t, raw, `"deadline":5000`, `"deadline":6000`), ErrContents},
		"another refund":     {resigned(t, raw, `"refund_height":5144`, `"refund_height":5000`), ErrContents},
		"another network":    {resigned(t, raw, `"network":"devnet"`, `"network":"mainnet"`), ErrContents},
		"an unknown network": {resigned(t, raw, `"network":"devnet"`, `"network":"moon"`), ErrContents},
		"levels the same":    {resigned(t, raw, `"goal":200000`, `"goal":100000`), ErrContents},
		"a newer version":    {resigned(t, raw, `"version":1`, `"version":2`), ErrVersion},
		"an unknown member":  {resigned(t, raw, `"version":1`, `"version":1,"bonus":1`), ErrFile},
		"a member twice":     {resigned(t, raw, `"version":1`, `"version":1,"title":"x"`), ErrFile},
		"a member in capitals": {resigned(t, raw, `"version":1`, `"version":1,"Title":"x"`),
			ErrFile},
		"null":               {resigned(t, raw, `"least":1000`, `"least":null`), ErrFile},
		"a fraction":         {resigned(t, raw, `"least":1000`, `"least":1000.5`), ErrFile},
		"a broken contract":  {resigned(t, raw, `"contract":"02`, `"contract":"09`), contract.ErrContract},
		"a broken id":        {resigned(t, raw, `"id":"`, `"id":"!`), lighthouse.ErrUnknown},
		"another kind":       {resigned(t, raw, `"cairn":"campaign"`, `"cairn":"pledge"`), ErrFile},
		"no JSON":            {[]byte("hello"), ErrFile},
		"nothing":            {nil, ErrFile},
		"too large":          {make([]byte, limits[CampaignFile]+1), ErrSize},
		"not UTF-8":          {resigned(t, raw, "Rain", "R\xffin"), ErrFile},
		"nested too deeply":  {resigned(t, raw, `"least":1000`, `"least":`+strings.Repeat("[", 50)+strings.Repeat("]", 50)), ErrFile},
		"signed by a moon":   {append(raw[:len(raw):len(raw)], bytes.Replace(below[0], []byte("server"), []byte("moon"), 1)...), ErrFile},
		"a line of nonsense": {append(raw[:len(raw):len(raw)], "nonsense\n"...), ErrFile},
	} {
		if _, err := ReadCampaign(c.file); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	draft := testCampaign(t)
	draft.Terms.Levels[1].Contract = nil
	if _, err := testSigner.Campaign(Campaign{Network: chain.Devnet, Campaign: draft}); !errors.Is(err, ErrContents) {
		t.Errorf("a draft: %v", err)
	}
}

func readTestCampaign(t testing.TB) Campaign {
	t.Helper()
	c, err := ReadCampaign(testFile(t))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestKindOf(t *testing.T) {
	if kind := KindOf(testFile(t)); kind != CampaignFile {
		t.Errorf("a campaign is a %q", kind)
	}
	for _, raw := range []string{"", "{}", "hello", `{"cairn":"moon","version":1}`, "cHNidP8="} {
		if kind := KindOf([]byte(raw)); kind != "" {
			t.Errorf("%q is a %q", raw, kind)
		}
	}
}

// The page's wallet gives transactions that consist of the pledge alone.
func TestWallet(t *testing.T) {
	raw, err := os.ReadFile("../contract/testdata/wallet.json")
	if err != nil {
		t.Fatal(err)
	}
	var wallet struct {
		Pledges []struct {
			Hex  string
			Coin struct {
				Txid string
				Vout uint32
			}
		}
	}
	if err := json.Unmarshal(raw, &wallet); err != nil {
		t.Fatal(err)
	}
	if len(wallet.Pledges) == 0 {
		t.Fatal("no pledges")
	}
	for _, p := range wallet.Pledges {
		got, err := ReadPledge([]byte(p.Hex))
		if err != nil || got.Outpoint.String() != fmt.Sprintf("%s:%d", p.Coin.Txid, p.Coin.Vout) {
			t.Errorf("%v, %s", err, got.Outpoint)
		}
	}
}

func FuzzRead(f *testing.F) {
	c := readTestCampaign(f)
	p := testPledge(f, 1, 50_000)
	pledge, err := WritePledge(chain.Devnet, c.Campaign, p)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(testFile(f))
	f.Add(pledge)
	f.Add(psbtOf(f, c, p, 0))
	f.Add([]byte(encodeTx(p.Refund)))
	leaves := testLeaves(f, 3)
	h := tree.Over(leaves, tree.Head{Campaign: c.Campaign.ID, At: madeAt})
	receipt, err := testSigner.Receipt(Receipt{Network: chain.Devnet, Leaf: leaves[0], Included: &Included{Head: h, Path: tree.Path(tree.Hashes(leaves), 0)}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(receipt)
	opening, err := testSigner.Opening(Opening{Network: chain.Devnet, Campaign: c.Campaign.ID, Leaves: leaves, Heads: []OpenedHead{{h, []int{0, 1, 2}}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(opening)
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, again := range [][]byte{raw, rekind(t, raw)} {
			KindOf(again)
			_, _ = ReadReceipt(again)
			_, _ = ReadOpening(again)
			if read, err := ReadCampaign(again); err == nil {
				if _, err := testSigner.Campaign(read); err != nil {
					t.Errorf("a file that was read cannot be written: %v", err)
				}
			}
			if read, err := ReadPledge(again); err == nil {
				_, _, _ = read.For(c, p.Coin, rand.Reader)
			}
		}
	})
}

// rekind signs what was made up, so that more than signatures is fuzzed.
func rekind(t testing.TB, raw []byte) []byte {
	kind := KindOf(raw)
	if kind == "" {
		return raw
	}
	line, _ := lines(raw)
	return resign(t, kind, line)
}
