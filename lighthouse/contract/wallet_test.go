package contract

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"cairn/chain"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// walletCoin is a coin as the wallet in the page writes it.
type walletCoin struct {
	TxID   string
	Vout   uint32
	Value  btcutil.Amount
	Script string
}

func (w walletCoin) outPoint(t *testing.T) wire.OutPoint {
	t.Helper()
	hash, err := chainhash.NewHashFromStr(w.TxID)
	if err != nil {
		t.Fatal(err)
	}
	return wire.OutPoint{Hash: *hash, Index: w.Vout}
}

func (w walletCoin) coin(t *testing.T) Coin {
	t.Helper()
	return Coin{w.Value, unhex(t, w.Script)}
}

// signedByWallet is testdata/wallet.json; its README says how that is made.
type signedByWallet struct {
	Contracts []struct {
		ID      string
		Net     btcutil.Amount
		Encoded string
	}
	Pledges []struct {
		Contract, Hex, PSBT string
		Kind                Kind
		Coin                walletCoin
	}
	Firm []struct {
		Contract, Hex, Owner, Keeper string
		Until                        uint32
		Coin                         walletCoin
	}
	Refunds []struct {
		Coin     walletCoin
		Hex      string
		LockTime uint32
		Fee      btcutil.Amount
	}
	Payments []struct {
		Coins        []walletCoin
		Hex, TxID    string
		Fee          btcutil.Amount
		Weight, Rate int64
	}
	Messages []struct{ Text, Script, Challenge, Signature string }
}

func byWallet(t *testing.T) signedByWallet {
	t.Helper()
	raw, err := os.ReadFile("testdata/wallet.json")
	if err != nil {
		t.Fatal(err)
	}
	var s signedByWallet
	if err := json.Unmarshal(raw, &s); err != nil {
		t.Fatal(err)
	}
	if len(s.Contracts) == 0 || len(s.Pledges) == 0 || len(s.Firm) == 0 || len(s.Refunds) == 0 || len(s.Payments) == 0 || len(s.Messages) == 0 {
		t.Fatal("testdata/wallet.json lacks a part")
	}
	return s
}

func (s signedByWallet) contract(t *testing.T, id string) *Contract {
	t.Helper()
	for _, w := range s.Contracts {
		if w.ID != id {
			continue
		}
		c, err := Decode(unhex(t, w.Encoded))
		if err != nil {
			t.Fatal(err)
		}
		if got := c.ID(); hex.EncodeToString(got[:]) != id || c.Net() != w.Net {
			t.Fatalf("the wallet reads contract %s of %d sat, this package %x of %d", id, int64(w.Net), got, int64(c.Net()))
		}
		return c
	}
	t.Fatalf("no contract %s", id)
	return nil
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	raw, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func txOf(t *testing.T, s string) *wire.MsgTx {
	t.Helper()
	tx := wire.NewMsgTx(0)
	if err := tx.Deserialize(bytes.NewReader(unhex(t, s))); err != nil {
		t.Fatal(err)
	}
	return tx
}

func TestPledgesOfTheWalletInThePage(t *testing.T) {
	s := byWallet(t)
	kinds := make(map[Kind]int)
	for _, w := range s.Pledges {
		c, tx := s.contract(t, w.Contract), txOf(t, w.Hex)
		p, err := c.Open(tx)
		if err != nil {
			t.Fatal(err)
		}
		if p.OutPoint != w.Coin.outPoint(t) {
			t.Fatalf("the pledge spends %s", p.OutPoint)
		}
		kind, err := c.Check(p, w.Coin.coin(t), Rules{Rand: rand.Reader})
		if err != nil || kind != w.Kind {
			t.Fatalf("%s pledge: %s, %v", w.Kind, kind, err)
		}
		kinds[kind]++
		packet, err := base64.StdEncoding.DecodeString(w.PSBT)
		if err != nil {
			t.Fatal(err)
		}
		same, err := FromPSBT(packet, func(wire.OutPoint) (Coin, error) { return w.Coin.coin(t), nil })
		if err != nil || same.WitnessHash() != tx.WitnessHash() {
			t.Errorf("%s pledge by PSBT: %v", w.Kind, err)
		}
		lie := w.Coin.coin(t)
		lie.Value++
		if _, err := c.Check(p, lie, Rules{Rand: rand.Reader}); !errors.Is(err, ErrSignature) {
			t.Errorf("%s pledge with another amount: %v", w.Kind, err)
		}
		for _, other := range s.Contracts {
			if other.ID == w.Contract {
				continue
			}
			if _, err := s.contract(t, other.ID).Open(tx); err == nil {
				t.Errorf("a pledge for %s is taken for %s", w.Contract, other.ID)
			}
		}
	}
	if kinds[P2WPKH] == 0 || kinds[P2TR] == 0 {
		t.Errorf("pledges by kind: %v", kinds)
	}
}

// The owner's half of a firm pledge, which the keeper completes: the coin's script is
// the one this package makes of the same keys and date.
func TestFirmPledgesOfTheWalletInThePage(t *testing.T) {
	s := byWallet(t)
	for _, w := range s.Firm {
		c, coin := s.contract(t, w.Contract), w.Coin.coin(t)
		owner, err := btcec.ParsePubKey(unhex(t, w.Owner))
		if err != nil {
			t.Fatal(err)
		}
		keeper, err := btcec.ParsePubKey(unhex(t, w.Keeper))
		if err != nil {
			t.Fatal(err)
		}
		firm := Firm{Owner: owner, Keeper: keeper, Until: w.Until}
		script, err := firm.Script(false)
		if err != nil || !bytes.Equal(script, coin.Script) {
			t.Fatalf("the wallet's script is %x, not %x: %v", coin.Script, script, err)
		}
		p, err := c.Open(txOf(t, w.Hex))
		if err != nil {
			t.Fatal(err)
		}
		if !FirmOwner(p).IsEqual(owner) {
			t.Error("another owner")
		}
		if _, err := c.Check(p, coin, Rules{Firm: &firm, Rand: rand.Reader}); err == nil {
			t.Error("half a pledge is taken for a whole one")
		}
		script, err = firm.WitnessScript()
		if err != nil {
			t.Fatal(err)
		}
		prevouts := txscript.NewCannedPrevOutputFetcher(coin.Script, int64(coin.Value))
		alone := c.Alone(p)
		p.Witness[2], err = txscript.RawTxInWitnessSignature(alone, txscript.NewTxSigHashes(alone, prevouts), 0, int64(coin.Value), script, txscript.SigHashAll|txscript.SigHashAnyOneCanPay, keeperKey)
		if err != nil {
			t.Fatal(err)
		}
		if kind, err := c.Check(p, coin, Rules{Firm: &firm, Rand: rand.Reader}); err != nil || kind != FirmP2WSH {
			t.Errorf("a whole one: %s, %v", kind, err)
		}
	}
}

func TestClaimOfPledgesOfTheWalletInThePage(t *testing.T) {
	s := byWallet(t)
	c := s.contract(t, s.Contracts[0].ID)
	var pledges []Pledge
	var coins []Coin
	for _, w := range s.Pledges {
		if w.Contract != s.Contracts[0].ID {
			continue
		}
		p, err := c.Open(txOf(t, w.Hex))
		if err != nil {
			t.Fatal(err)
		}
		pledges, coins = append(pledges, p), append(coins, w.Coin.coin(t))
	}
	claim, err := c.Assemble(pledges, coins)
	if err != nil {
		t.Fatal(err)
	}
	if len(claim.TxIn) != 4 {
		t.Errorf("the claim has %d inputs", len(claim.TxIn))
	}
}

func TestRefundsOfTheWalletInThePage(t *testing.T) {
	for _, w := range byWallet(t).Refunds {
		tx := txOf(t, w.Hex)
		if err := CheckRefund(tx, w.Coin.outPoint(t), w.Coin.coin(t), w.LockTime); err != nil {
			t.Error(err)
		}
		if err := CheckRefund(tx, w.Coin.outPoint(t), w.Coin.coin(t), w.LockTime+1); !errors.Is(err, ErrRefund) {
			t.Errorf("good a block too early: %v", err)
		}
		if got := w.Coin.Value - btcutil.Amount(tx.TxOut[0].Value); got != w.Fee {
			t.Errorf("the fee is %d, not %d", int64(got), int64(w.Fee))
		}
	}
}

// The engine holds every signature of a payment against what is spent, and the fee
// is what was planned.
func TestPaymentsOfTheWalletInThePage(t *testing.T) {
	for _, w := range byWallet(t).Payments {
		tx := txOf(t, w.Hex)
		spent := make(map[wire.OutPoint]*wire.TxOut)
		var fee btcutil.Amount
		for _, coin := range w.Coins {
			spent[coin.outPoint(t)] = wire.NewTxOut(int64(coin.Value), unhex(t, coin.Script))
			fee += coin.Value
		}
		if len(spent) != len(tx.TxIn) || tx.TxID() != w.TxID {
			t.Fatalf("%s has %d inputs", tx.TxID(), len(tx.TxIn))
		}
		if err := verify(tx, spent); err != nil {
			t.Fatal(err)
		}
		for _, out := range tx.TxOut {
			fee -= btcutil.Amount(out.Value)
		}
		weight := int64(3*tx.SerializeSizeStripped() + tx.SerializeSize())
		if fee != w.Fee || fee < chain.FeeRate(w.Rate).Fee(weight) || weight > w.Weight || weight < w.Weight-4*int64(len(spent)) {
			t.Errorf("fee %d (planned %d), weight %d (planned %d)", int64(fee), int64(w.Fee), weight, w.Weight)
		}
		for _, in := range tx.TxIn {
			if in.Sequence != wire.MaxTxInSequenceNum-2 {
				t.Errorf("sequence %08x cannot be replaced", in.Sequence)
			}
		}
	}
}

// Messages in the simple form of BIP-0322: both transactions are built anew here.
func TestMessagesOfTheWalletInThePage(t *testing.T) {
	for _, w := range byWallet(t).Messages {
		digest := chainhash.TaggedHash([]byte("BIP0322-signed-message"), []byte(w.Text))
		challenge := wire.NewMsgTx(0)
		challenge.AddTxIn(&wire.TxIn{
			PreviousOutPoint: wire.OutPoint{Index: 0xffffffff},
			SignatureScript:  append([]byte{txscript.OP_0, txscript.OP_DATA_32}, digest[:]...),
		})
		challenge.AddTxOut(wire.NewTxOut(0, unhex(t, w.Script)))
		if challenge.TxID() != w.Challenge {
			t.Fatalf("challenge %s, not %s", challenge.TxID(), w.Challenge)
		}
		encoded, ok := strings.CutPrefix(w.Signature, "smp")
		raw, err := base64.StdEncoding.DecodeString(encoded)
		if !ok || err != nil {
			t.Fatal(w.Signature, err)
		}
		out := wire.OutPoint{Hash: challenge.TxHash()}
		answer := wire.NewMsgTx(0)
		answer.AddTxIn(&wire.TxIn{PreviousOutPoint: out, Witness: witnessOf(t, raw)})
		answer.AddTxOut(wire.NewTxOut(0, []byte{txscript.OP_RETURN}))
		spent := map[wire.OutPoint]*wire.TxOut{out: challenge.TxOut[0]}
		if err := verify(answer, spent); err != nil {
			t.Error(err)
		}
		answer.TxOut[0].Value = 1
		if err := verify(answer, spent); err == nil {
			t.Error("the signature holds for another transaction, too")
		}
	}
}

// witnessOf reads items of at most 252 bytes.
func witnessOf(t *testing.T, raw []byte) wire.TxWitness {
	t.Helper()
	var witness wire.TxWitness
	rest := raw[1:]
	for range raw[0] {
		n := 1 + int(rest[0])
		witness, rest = append(witness, rest[1:n]), rest[n:]
	}
	if len(rest) > 0 {
		t.Fatalf("%d bytes after the witness", len(rest))
	}
	return witness
}
