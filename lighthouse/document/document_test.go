package document

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
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
	"github.com/btcsuite/btcd/btcutil/psbt"
	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
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

// testPledge signs a coin of its own for all levels.
func testPledge(t testing.TB, n int, value btcutil.Amount) lighthouse.Pledge {
	t.Helper()
	key := keyOf(fmt.Sprint("backer ", n))
	_, script := addressOf(t, key)
	c := testCampaign(t)
	p := lighthouse.Pledge{
		ID: lighthouse.PledgeID{byte(n), 1}, Campaign: c.ID, Outpoint: wire.OutPoint{Hash: chainhash.HashH([]byte{byte(n)}), Index: uint32(n % 3)},
		Coin: contract.Coin{Value: value, Script: script}, Kind: contract.P2WPKH, Signed: map[int]contract.Pledge{},
		Name: "Ada", Message: "走吧", At: madeAt, Created: chain.BlockRef{Height: 120},
	}
	sign := func(tx *wire.MsgTx) {
		hashes := txscript.NewTxSigHashes(tx, txscript.NewCannedPrevOutputFetcher(script, int64(value)))
		witness, err := txscript.WitnessSignature(tx, hashes, 0, int64(value), script, txscript.SigHashAll|txscript.SigHashAnyOneCanPay, key, true)
		if err != nil {
			t.Fatal(err)
		}
		tx.TxIn[0].Witness = witness
	}
	for i, l := range c.Terms.Levels {
		tx := l.Contract.Alone(contract.Pledge{OutPoint: p.Outpoint, Sequence: wire.MaxTxInSequenceNum - 2})
		sign(tx)
		p.Signed[i] = contract.Pledge{OutPoint: p.Outpoint, Sequence: tx.TxIn[0].Sequence, Witness: tx.TxIn[0].Witness}
	}
	p.Refund = wire.NewMsgTx(2)
	p.Refund.LockTime = c.Terms.RefundHeight()
	p.Refund.AddTxIn(&wire.TxIn{PreviousOutPoint: p.Outpoint, Sequence: wire.MaxTxInSequenceNum - 2})
	p.Refund.AddTxOut(wire.NewTxOut(int64(value-200), script))
	sign(p.Refund)
	return p
}

func readTestCampaign(t testing.TB) Campaign {
	t.Helper()
	c, err := ReadCampaign(testFile(t))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestPledge(t *testing.T) {
	c, p := readTestCampaign(t), testPledge(t, 1, 50_000)
	raw, err := WritePledge(chain.Devnet, c.Campaign, p)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ReadPledge(raw)
	if err != nil {
		t.Fatal(err)
	}
	if got.Campaign != c.Campaign.ID || got.Outpoint != p.Outpoint || got.Height != 120 || got.Message != "走吧" || got.Refund == nil || len(got.Signed) != 2 {
		t.Errorf("read %+v", got)
	}
	signed, kind, err := got.For(c, got.Coin, rand.Reader)
	if err != nil || kind != contract.P2WPKH || len(signed) != 2 {
		t.Fatalf("%v, %s, %d levels", err, kind, len(signed))
	}
	for i := range signed {
		if signed[i].Weight() != p.Signed[i].Weight() {
			t.Errorf("level %d is another pledge", i)
		}
	}

	var hexes []string
	for i, l := range c.Campaign.Terms.Levels {
		hexes = append(hexes, encodeTx(l.Contract.Alone(p.Signed[i])))
	}
	for name, form := range map[string]struct {
		file   []byte
		levels int
		coin   bool
	}{
		"a transaction":    {[]byte(hexes[0]), 1, false},
		"two transactions": {[]byte(" " + hexes[1] + "\r\n\n" + hexes[0] + "\n"), 2, false},
		"a PSBT":           {psbtOf(t, c, p, 0), 1, true},
		"in base64":        {[]byte(base64.StdEncoding.EncodeToString(psbtOf(t, c, p, 1)) + "\n"), 1, true},
		"in hexadecimal":   {[]byte(hex.EncodeToString(psbtOf(t, c, p, 1))), 1, true},
	} {
		got, err := ReadPledge(form.file)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got.Outpoint != p.Outpoint || (got.Coin.Script != nil) != form.coin {
			t.Errorf("%s: read %+v", name, got)
		}
		signed, _, err := got.For(c, p.Coin, rand.Reader)
		if err != nil || len(signed) != form.levels {
			t.Errorf("%s: %d levels, %v", name, len(signed), err)
		}
	}
}

// psbtOf is a pledge as a wallet gives it back, with the others' input.
func psbtOf(t testing.TB, c Campaign, p lighthouse.Pledge, level int) []byte {
	t.Helper()
	own := c.Campaign.Terms.Levels[level].Contract
	raw, err := own.Request(contract.Asked{OutPoint: p.Outpoint, Coin: p.Coin, Sequence: p.Signed[level].Sequence})
	if err != nil {
		t.Fatal(err)
	}
	packet, err := psbt.NewFromRawBytes(bytes.NewReader(raw), false)
	if err != nil {
		t.Fatal(err)
	}
	packet.Inputs[0].PartialSigs = []*psbt.PartialSig{{PubKey: p.Signed[level].Witness[1], Signature: p.Signed[level].Witness[0]}}
	var b bytes.Buffer
	if err := packet.Serialize(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestPledgeRefused(t *testing.T) {
	c, p := readTestCampaign(t), testPledge(t, 1, 50_000)
	raw, err := WritePledge(chain.Devnet, c.Campaign, p)
	if err != nil {
		t.Fatal(err)
	}
	file := func(old, new string) []byte {
		if !bytes.Contains(raw, []byte(old)) {
			t.Fatalf("the file has no %q", old)
		}
		return bytes.Replace(raw, []byte(old), []byte(new), 1)
	}
	alone := func(n int) string {
		return encodeTx(c.Campaign.Terms.Levels[0].Contract.Alone(testPledge(t, n, 50_000).Signed[0]))
	}
	for name, bad := range map[string]struct {
		file []byte
		want error
	}{
		"nothing":           {nil, ErrFile},
		"words":             {[]byte("I pledge"), ErrFile},
		"half a PSBT":       {psbtMagic, ErrFile},
		"half a hex PSBT":   {[]byte(hex.EncodeToString(psbtMagic)), ErrFile},
		"bad base64":        {[]byte("cHNidP8!"), ErrFile},
		"half of it":        {[]byte(alone(1)[:100]), ErrFile},
		"more behind it":    {[]byte(alone(1) + "00"), ErrFile},
		"two coins":         {[]byte(alone(1) + "\n" + alone(2)), ErrContents},
		"too many levels":   {[]byte(strings.Repeat(alone(1)+"\n", 21)), ErrFile},
		"too large":         {bytes.Repeat([]byte("0"), MaxPledge+1), ErrSize},
		"another coin":      {file(p.Outpoint.String(), testPledge(t, 2, 50_000).Outpoint.String()), ErrContents},
		"no coin":           {file(p.Outpoint.String(), "x:1"), ErrFile},
		"an index too high": {file(p.Outpoint.String(), p.Outpoint.Hash.String()+":4294967296"), ErrFile},
		"a newer version":   {file(`"version":1`, `"version":3`), ErrVersion},
		"another kind":      {testFile(t), ErrFile},
		"an unsigned PSBT":  {mustRequest(t, c, p), ErrFile},
		"a wrong previous":  {file(`"name"`, `"previous":"`+encodeTx(p.Refund)+`","name"`), ErrContents},
	} {
		if _, err := ReadPledge(bad.file); !errors.Is(err, bad.want) {
			t.Errorf("%s: %v", name, err)
		}
	}

	small, odd := testPledge(t, 3, 500), testPledge(t, 4, 50_100)
	for name, bad := range map[string]struct {
		pledge func() lighthouse.Pledge
		coin   contract.Coin
		want   error
	}{
		"another value":  {func() lighthouse.Pledge { return p }, contract.Coin{Value: 60_000, Script: p.Coin.Script}, contract.ErrSignature},
		"another script": {func() lighthouse.Pledge { return p }, testPledge(t, 2, 50_000).Coin, contract.ErrSignature},
		"too small":      {func() lighthouse.Pledge { return small }, small.Coin, contract.ErrTooSmall},
		"no multiple":    {func() lighthouse.Pledge { return odd }, odd.Coin, lighthouse.ErrMultiple},
		"an early refund": {func() lighthouse.Pledge {
			early := testPledge(t, 1, 50_000)
			early.Refund.LockTime--
			return early
		}, p.Coin, contract.ErrRefund},
	} {
		raw, err := WritePledge(chain.Devnet, c.Campaign, bad.pledge())
		if err != nil {
			t.Fatal(err)
		}
		read, err := ReadPledge(raw)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, _, err := read.For(c, bad.coin, rand.Reader); !errors.Is(err, bad.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	read, err := ReadPledge(file(`"network":"devnet"`, `"network":"signet"`))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := read.For(c, p.Coin, rand.Reader); !errors.Is(err, ErrOther) {
		t.Errorf("of another network: %v", err)
	}
	twice, err := ReadPledge([]byte(alone(1) + "\n" + alone(1)))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := twice.For(c, p.Coin, rand.Reader); !errors.Is(err, ErrContents) {
		t.Errorf("a level twice: %v", err)
	}
}

func mustRequest(t testing.TB, c Campaign, p lighthouse.Pledge) []byte {
	t.Helper()
	raw, err := c.Campaign.Terms.Levels[0].Contract.Request(contract.Asked{OutPoint: p.Outpoint, Coin: p.Coin, Sequence: wire.MaxTxInSequenceNum - 2})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// A firm pledge is checked by the form that the campaign's keeper makes.
func TestFirm(t *testing.T) {
	c := readTestCampaign(t)
	owner, keeper := keyOf("owner"), keyOf("keeper")
	firm := contract.Firm{Owner: owner.PubKey(), Keeper: keeper.PubKey(), Until: c.Campaign.Terms.RefundHeight()}
	script, err := firm.Script(false)
	if err != nil {
		t.Fatal(err)
	}
	inner, err := firm.WitnessScript()
	if err != nil {
		t.Fatal(err)
	}
	coin := contract.Coin{Value: 20_000, Script: script}
	tx := c.Campaign.Terms.Levels[0].Contract.Alone(contract.Pledge{OutPoint: wire.OutPoint{Hash: chainhash.Hash{5}}, Sequence: wire.MaxTxInSequenceNum - 2})
	hashes := txscript.NewTxSigHashes(tx, txscript.NewCannedPrevOutputFetcher(script, 20_000))
	sign := func(key *btcec.PrivateKey) []byte {
		s, err := txscript.RawTxInWitnessSignature(tx, hashes, 0, 20_000, inner, txscript.SigHashAll|txscript.SigHashAnyOneCanPay, key)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	tx.TxIn[0].Witness = wire.TxWitness{nil, sign(owner), sign(keeper), {1}, inner}
	p, err := ReadPledge([]byte(encodeTx(tx)))
	if err != nil {
		t.Fatal(err)
	}
	if _, kind, err := p.For(c, coin, rand.Reader); err != nil || kind != contract.FirmP2WSH {
		t.Errorf("%s, %v", kind, err)
	}
	c.Campaign.Terms.Keeper = keyOf("another").PubKey().SerializeCompressed()
	if _, _, err := p.For(c, coin, rand.Reader); !errors.Is(err, contract.ErrScriptType) {
		t.Errorf("of another keeper: %v", err)
	}
}

func testLeaves(t testing.TB, n int) []tree.Leaf {
	var leaves []tree.Leaf
	for i := range n {
		p := testPledge(t, i, 50_000)
		leaves = append(leaves, tree.Leaf{Campaign: p.Campaign, Pledge: p.ID, Outpoint: p.Outpoint, Value: p.Coin.Value, Salt: tree.Hash{byte(i), 9}})
	}
	return leaves
}

func TestReceipt(t *testing.T) {
	leaves := testLeaves(t, 5)
	h := tree.Over(leaves, tree.Head{Campaign: leaves[0].Campaign, At: madeAt, Block: chain.BlockRef{Height: 9, Hash: chainhash.Hash{8}}})
	r := Receipt{
		Network: chain.Devnet, Server: "https://cairn.example", MadeAt: madeAt, Leaf: leaves[3], Since: madeAt,
		Included: &Included{Head: h, Index: 3, Path: tree.Path(tree.Hashes(leaves), 3)},
	}
	raw, err := testSigner.Receipt(r)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ReadReceipt(raw)
	if err != nil {
		t.Fatal(err)
	}
	if got.ServerKey != testSigner.Key() || got.Leaf != leaves[3] || got.Included.Head != h {
		t.Errorf("read %+v", got)
	}
	r.Included = nil
	plain, err := testSigner.Receipt(r)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ReadReceipt(plain); err != nil || got.Included != nil {
		t.Errorf("before the first head: %v", err)
	}
	line, _ := lines(raw)
	for name, c := range map[string]struct {
		file []byte
		want error
	}{
		"not signed":      {line, ErrSigned},
		"changed":         {bytes.Replace(raw, []byte(`"value":50000`), []byte(`"value":60000`), 1), ErrSigned},
		"another value":   {resigned(t, raw, `"value":50000`, `"value":60000`), tree.ErrPath},
		"no value":        {resigned(t, raw, `"value":50000`, `"value":0`), ErrContents},
		"another index":   {resigned(t, raw, `"index":3`, `"index":2`), tree.ErrPath},
		"another size":    {resigned(t, raw, `"size":5`, `"size":6`), ErrContents},
		"another root":    {resigned(t, raw, hex.EncodeToString(h.Root[:]), strings.Repeat("00", 32)), ErrContents},
		"a short hash":    {resigned(t, raw, h.Block.Hash.String(), "00"), ErrFile},
		"another pledge":  {resigned(t, raw, leaves[3].Pledge.String(), leaves[2].Pledge.String()), tree.ErrPath},
		"a campaign file": {testFile(t), ErrFile},
	} {
		if _, err := ReadReceipt(c.file); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOpening(t *testing.T) {
	leaves := testLeaves(t, 12)
	first := tree.Over(leaves[:9], tree.Head{Campaign: leaves[0].Campaign, At: madeAt})
	second := tree.Over(append(leaves[:4:4], leaves[5:]...), tree.Head{Campaign: leaves[0].Campaign, Number: 1, Previous: first.Digest(), At: madeAt.Add(time.Hour)})
	o := Opening{
		Network: chain.Devnet, MadeAt: madeAt, Campaign: leaves[0].Campaign, Leaves: leaves,
		Heads: []OpenedHead{{first, []int{0, 1, 2, 3, 4, 5, 6, 7, 8}}, {second, []int{0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11}}},
	}
	raw, err := testSigner.Opening(o)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ReadOpening(raw)
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range map[int]int{4: 1, 3: 2, 11: 1} {
		if heads, err := got.Holds(leaves[n]); err != nil || heads != want {
			t.Errorf("leaf %d: %d heads, %v", n, heads, err)
		}
	}
	withheld := leaves[3]
	withheld.Salt[0]++
	if _, err := got.Holds(withheld); !errors.Is(err, ErrOther) {
		t.Errorf("a leaf of another salt: %v", err)
	}
	claim := wire.NewMsgTx(2)
	claim.AddTxIn(&wire.TxIn{PreviousOutPoint: leaves[1].Outpoint})
	claim.AddTxIn(&wire.TxIn{PreviousOutPoint: wire.OutPoint{Index: 5}})
	if uncounted := got.Uncounted(claim); len(uncounted) != 1 || uncounted[0].Index != 5 {
		t.Errorf("uncounted: %v", uncounted)
	}
	for name, c := range map[string]struct {
		file []byte
		want error
	}{
		"a pledge left out":    {resigned(t, raw, `"members":"ef0f"`, `"members":"ef07"`), tree.ErrHead},
		"one that never was":   {resigned(t, raw, `"members":"ef0f"`, `"members":"ff0f"`), tree.ErrHead},
		"a leaf too many":      {resigned(t, raw, `"members":"ef0f"`, `"members":"ef1f"`), ErrContents},
		"an opened value":      {resigned(t, raw, `"value":50000`, `"value":50001`), tree.ErrHead},
		"another sum":          {resigned(t, raw, `"sum":550000`, `"sum":550001`), ErrContents},
		"a bitmap of nonsense": {resigned(t, raw, `"members":"ef0f"`, `"members":"xy"`), ErrFile},
	} {
		if _, err := ReadOpening(c.file); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	o.Heads = o.Heads[1:]
	missing, err := testSigner.Opening(o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ReadOpening(missing); !errors.Is(err, tree.ErrHead) {
		t.Errorf("without the first head: %v", err)
	}
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
