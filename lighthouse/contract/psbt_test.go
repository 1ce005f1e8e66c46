package contract

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/btcutil/psbt"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// signedPSBT has a wallet sign a request as wallets do: in the transaction it is
// given, the others' input included.
func signedPSBT(t testing.TB, b *backer, request []byte) []byte {
	t.Helper()
	packet, err := psbt.NewFromRawBytes(bytes.NewReader(request), false)
	if err != nil {
		t.Fatal(err)
	}
	var p Pledge
	if packet.Inputs[0].SighashType != hashType {
		t.Fatalf("hash type %02x is asked for", packet.Inputs[0].SighashType)
	}
	spent := map[wire.OutPoint]*wire.TxOut{b.at: wire.NewTxOut(int64(b.coin.Value), b.coin.Script)}
	if len(packet.Inputs) == 2 {
		spent[packet.UnsignedTx.TxIn[1].PreviousOutPoint] = packet.Inputs[1].WitnessUtxo
	}
	prevouts := txscript.NewMultiPrevOutFetcher(spent)
	hashes := txscript.NewTxSigHashes(packet.UnsignedTx, prevouts)
	in := &packet.Inputs[0]
	if b.kind == P2TR {
		in.TaprootKeySpendSig, err = txscript.RawTxInTaprootSignature(packet.UnsignedTx, hashes, 0, int64(b.coin.Value), b.coin.Script, nil, hashType, b.key)
		if err != nil {
			t.Fatal(err)
		}
	} else {
		b.sign(t, packet.UnsignedTx, &p, hashType)
		sig, key := []byte(nil), b.key.PubKey().SerializeCompressed()
		if b.kind == P2PKH {
			pushes, err := pushedData(p.SignatureScript)
			if err != nil {
				t.Fatal(err)
			}
			sig = pushes[0]
		} else {
			sig = p.Witness[0]
		}
		in.PartialSigs = []*psbt.PartialSig{{PubKey: key, Signature: sig}}
	}
	var out bytes.Buffer
	if err := packet.Serialize(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// asVersion2 spreads a PSBT's transaction over its maps (BIP-0370).
func asVersion2(t testing.TB, raw []byte) []byte {
	t.Helper()
	r := bytes.NewReader(raw[5:])
	read := func() fields {
		f, err := readFields(r)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	u32 := func(n uint32) []byte { return binary.LittleEndian.AppendUint32(nil, n) }
	global := read()
	plain, _ := global.plain(globalUnsignedTx)
	var tx wire.MsgTx
	if err := tx.DeserializeNoWitness(bytes.NewReader(plain)); err != nil {
		t.Fatal(err)
	}
	b := bytes.NewBuffer(bytes.Clone(psbtMagic))
	append(global.without(globalUnsignedTx),
		field{[]byte{globalTxVersion}, u32(uint32(tx.Version))}, field{[]byte{globalLockTime}, u32(tx.LockTime)},
		field{[]byte{globalInputs}, []byte{byte(len(tx.TxIn))}}, field{[]byte{globalOutputs}, []byte{byte(len(tx.TxOut))}},
		field{[]byte{globalModifiable}, []byte{1}}, field{[]byte{globalPSBTVersion}, u32(2)}).write(b)
	for _, in := range tx.TxIn {
		append(read(), field{[]byte{inPreviousTxid}, in.PreviousOutPoint.Hash[:]},
			field{[]byte{inOutputIndex}, u32(in.PreviousOutPoint.Index)}, field{[]byte{inSequence}, u32(in.Sequence)}).write(b)
	}
	for _, out := range tx.TxOut {
		append(read(), field{[]byte{outAmount}, binary.LittleEndian.AppendUint64(nil, uint64(out.Value))},
			field{[]byte{outScript}, out.PkScript}).write(b)
	}
	return b.Bytes()
}

// A wallet signs the request, with the others' input in it or alone, and hands
// it back in either version: out comes a good pledge.
func TestPledgeByPSBT(t *testing.T) {
	c := newContract(t, 800_000, beneficiary(t, 1, 90_000), beneficiary(t, 2, 5_000))
	for i, kind := range []Kind{P2PKH, P2WPKH, P2SHP2WPKH, P2TR} {
		for _, alone := range []bool{false, true} {
			b := newBacker(t, kind, i, 20_000)
			ask := Asked{OutPoint: b.at, Coin: b.coin, Sequence: 0xfffffffd, Alone: alone}
			if kind == P2PKH {
				ask.Previous = wire.NewMsgTx(2)
				ask.Previous.AddTxIn(&wire.TxIn{PreviousOutPoint: wire.OutPoint{Hash: chainhash.Hash{1}}})
				for range 7 {
					ask.Previous.AddTxOut(wire.NewTxOut(int64(b.coin.Value), b.coin.Script))
				}
				b.at.Hash = ask.Previous.TxHash()
				ask.OutPoint = b.at
			}
			request, err := c.Request(ask)
			if err != nil {
				t.Fatal(err)
			}
			signed := signedPSBT(t, b, request)
			for version, raw := range map[int][]byte{0: signed, 2: asVersion2(t, signed)} {
				tx, err := FromPSBT(raw, func(at wire.OutPoint) (Coin, error) {
					if at != b.at {
						t.Errorf("asked for coin %s", at)
					}
					return b.coin, nil
				})
				if err != nil {
					t.Fatalf("%s, version %d: %v", kind, version, err)
				}
				p, err := c.Open(tx)
				if err != nil {
					t.Fatal(err)
				}
				if got, err := c.Check(p, b.coin, b.rules()); err != nil || got != kind {
					t.Errorf("%s, alone %t, version %d: %q, %v", kind, alone, version, got, err)
				}
			}
		}
	}
}

// The fee a wallet sees is small and not below zero.
func TestRequestShowsASmallFee(t *testing.T) {
	c := newContract(t, 0, beneficiary(t, 1, 90_000))
	for _, value := range []int64{20_000, 89_999, 90_000} {
		b := newBacker(t, P2WPKH, 1, 20_000)
		b.coin.Value = btcutil.Amount(value)
		raw, err := c.Request(Asked{OutPoint: b.at, Coin: b.coin, Sequence: 0xfffffffd})
		if err != nil {
			t.Fatal(err)
		}
		packet, err := psbt.NewFromRawBytes(bytes.NewReader(raw), false)
		if err != nil {
			t.Fatal(err)
		}
		fee, err := packet.GetTxFee()
		if err != nil || fee != othersFee {
			t.Errorf("a pledge of %d shows a fee of %d (%v)", value, fee, err)
		}
	}
}

func TestPSBTsThatAreNoPledges(t *testing.T) {
	c := newContract(t, 0, beneficiary(t, 1, 90_000))
	b := newBacker(t, P2WPKH, 1, 20_000)
	request, err := c.Request(Asked{OutPoint: b.at, Coin: b.coin, Sequence: 0xfffffffd})
	if err != nil {
		t.Fatal(err)
	}
	mine := func(wire.OutPoint) (Coin, error) { return b.coin, nil }
	signed := signedPSBT(t, b, request)
	v2 := asVersion2(t, signed)
	unknown := bytes.Replace(v2, []byte{1, globalPSBTVersion, 4, 2}, []byte{1, globalPSBTVersion, 4, 3}, 1)
	for name, raw := range map[string][]byte{
		"unsigned": request, "nothing": nil, "no PSBT": []byte("cHNidP8="), "half": signed[:len(signed)/2], "half of version 2": v2[:len(v2)/2],
		"version 3": unknown, "too large": make([]byte, MaxPSBT+1),
	} {
		if _, err := FromPSBT(raw, mine); !errors.Is(err, ErrPSBT) {
			t.Errorf("%s: %v", name, err)
		}
	}
	gone := errors.New("the coin is spent")
	if _, err := FromPSBT(signed, func(wire.OutPoint) (Coin, error) { return Coin{}, gone }); !errors.Is(err, gone) {
		t.Errorf("a spent coin: %v", err)
	}
}

func FuzzFromPSBT(f *testing.F) {
	c := newContract(f, 0, beneficiary(f, 1, 90_000))
	b := newBacker(f, P2WPKH, 1, 20_000)
	request, err := c.Request(Asked{OutPoint: b.at, Coin: b.coin, Sequence: 0xfffffffd})
	if err != nil {
		f.Fatal(err)
	}
	signed := signedPSBT(f, b, request)
	f.Add(signed)
	f.Add(asVersion2(f, signed))
	f.Fuzz(func(t *testing.T, raw []byte) {
		tx, err := FromPSBT(raw, func(wire.OutPoint) (Coin, error) { return b.coin, nil })
		if err == nil && len(tx.TxIn) != 1 {
			t.Errorf("%d inputs", len(tx.TxIn))
		}
	})
}
