package wallet

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"cairn/chain"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/btcutil/psbt"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// The node adds one coin to a transaction of others that is final, as backers
// sign: SIGHASH_ALL|ANYONECANPAY, so that its signature is good beside any other
// inputs.
func TestCosignAnyoneCanPay(t *testing.T) {
	eachBench(t, func(t *testing.T, b *bench) {
		b.funds(3, 50_000)
		const how = txscript.SigHashAll | txscript.SigHashAnyOneCanPay
		owner, public := btcec.PrivKeyFromBytes(bytes.Repeat([]byte{9}, 32))
		hash := btcutil.Hash160(public.SerializeCompressed())
		legacy, err := txscript.NewScriptBuilder().AddOp(txscript.OP_DUP).AddOp(txscript.OP_HASH160).AddData(hash).
			AddOp(txscript.OP_EQUALVERIFY).AddOp(txscript.OP_CHECKSIG).Script()
		if err != nil {
			t.Fatal(err)
		}
		segwit, err := txscript.NewScriptBuilder().AddOp(txscript.OP_0).AddData(hash).Script()
		if err != nil {
			t.Fatal(err)
		}
		taproot, err := txscript.PayToTaprootScript(txscript.ComputeTaprootKeyNoScript(public))
		if err != nil {
			t.Fatal(err)
		}
		claim := wire.NewMsgTx(2)
		claim.AddTxOut(wire.NewTxOut(28_000, segwit))
		var prevouts []*wire.TxOut
		for _, script := range [][]byte{legacy, segwit, taproot} {
			txid, err := b.chain.Faucet(t.Context(), script, 10_000)
			if err != nil {
				t.Fatal(err)
			}
			paid, err := b.chain.Tx(txid)
			if err != nil {
				t.Fatal(err)
			}
			for i, o := range paid.Msg.TxOut {
				if bytes.Equal(o.PkScript, script) {
					claim.AddTxIn(&wire.TxIn{PreviousOutPoint: wire.OutPoint{Hash: txid, Index: uint32(i)}, Sequence: 0xfffffffd})
					prevouts = append(prevouts, o)
				}
			}
		}
		b.mine(1)

		loan, err := b.Lend(t.Context(), chain.LoanRequest{Purpose: "claim-bump/1", Need: 10_000, Rate: 300, Exact: true, Until: time.Now().Add(time.Minute)})
		if err != nil {
			t.Fatal(err)
		}
		coin := loan.Coins[0]
		claim.AddTxIn(&wire.TxIn{PreviousOutPoint: coin.OutPoint, Sequence: 0xfffffffd})
		prevouts = append(prevouts, wire.NewTxOut(int64(coin.Value), coin.Script))

		p, err := psbt.NewFromUnsignedTx(claim.Copy())
		if err != nil {
			t.Fatal(err)
		}
		fetcher := txscript.NewMultiPrevOutFetcher(nil)
		for i, in := range claim.TxIn {
			fetcher.AddPrevOut(in.PreviousOutPoint, prevouts[i])
		}
		hashes := txscript.NewTxSigHashes(claim, fetcher)
		for i := range claim.TxIn {
			p.Inputs[i].WitnessUtxo = prevouts[i]
			var w wire.TxWitness
			switch i {
			case 0:
				p.Inputs[i].FinalScriptSig, err = txscript.SignatureScript(claim, i, legacy, how, owner, true)
			case 1:
				w, err = txscript.WitnessSignature(claim, hashes, i, prevouts[i].Value, segwit, how, owner, true)
			case 2:
				w, err = txscript.TaprootWitnessSignature(claim, hashes, i, prevouts[i].Value, taproot, how, owner)
			case 3:
				p.Inputs[i].SighashType = how
			}
			if err != nil {
				t.Fatal(err)
			}
			if len(w) > 0 {
				var raw bytes.Buffer
				if err := psbt.WriteTxWitness(&raw, w); err != nil {
					t.Fatal(err)
				}
				p.Inputs[i].FinalScriptWitness = raw.Bytes()
			}
		}
		var packet bytes.Buffer
		if err := p.Serialize(&packet); err != nil {
			t.Fatal(err)
		}
		req := chain.CosignRequest{
			Purpose: "claim-bump/1", PSBT: packet.Bytes(), Prevouts: prevouts, Change: -1, Fee: 2_000 + coin.Value,
			Check: func(tx *wire.MsgTx) error { return nil },
		}
		refused := req
		refused.Check = func(*wire.MsgTx) error { return errRaced }
		if _, err := b.Cosign(t.Context(), refused); !errors.Is(err, errRaced) {
			t.Fatalf("signed what was not to be: %v", err)
		}
		raw, err := b.Cosign(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		var signed wire.MsgTx
		if err := signed.Deserialize(bytes.NewReader(raw)); err != nil {
			t.Fatal(err)
		}
		// The signature is good without the others, but for the value: engines do
		// not look at that.
		alone := signed.Copy()
		alone.TxIn = alone.TxIn[3:]
		if err := verify(alone, prevouts[3:]); err != nil {
			t.Errorf("the node's signature binds others: %v", err)
		}
		if err := b.chain.Submit(&signed); err != nil {
			t.Fatal(err)
		}
	})
}
