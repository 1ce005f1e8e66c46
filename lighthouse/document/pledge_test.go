package document

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"cairn/chain"
	"cairn/lighthouse"
	"cairn/lighthouse/contract"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/btcutil/psbt"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

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
