package voucher

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"cairn/chain"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/btcutil/psbt"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// purse is a node's wallet over coins of the devnet. The node's own is tested
// with transactions of others in chain/wallet.
type purse struct {
	w      *world
	coins  []*fund
	loans  map[string]*fund
	signed map[string][]byte
	paid   map[string][]byte
	fees   map[string]btcutil.Amount
	keys   []*btcec.PrivateKey
}

func (p *purse) free(f *fund) bool {
	for _, l := range p.loans {
		if l == f {
			return false
		}
	}
	out, err := p.w.chain.Unspent(f.coin)
	return err == nil && out != nil
}

func (p *purse) Lend(_ context.Context, req chain.LoanRequest) (chain.Loan, error) {
	if p.loans[req.Purpose] != nil || p.signed[req.Purpose] != nil {
		return chain.Loan{}, errors.New("the purpose is used")
	}
	var best *fund
	for _, c := range p.coins {
		if p.free(c) && c.out.Value >= 1_000 && btcutil.Amount(c.out.Value) >= req.Need+req.Rate.Fee(coinWeight) && (best == nil || c.out.Value < best.out.Value) {
			best = c
		}
	}
	if best == nil {
		return chain.Loan{}, chain.ErrNoFunds
	}
	p.loans[req.Purpose] = best
	return chain.Loan{Coins: []chain.Coin{{OutPoint: best.coin, Value: btcutil.Amount(best.out.Value), Script: best.out.PkScript}}}, nil
}

func (p *purse) TakeBack(_ context.Context, purpose string) error {
	if p.signed[purpose] == nil {
		delete(p.loans, purpose)
	}
	return nil
}

func (p *purse) Abandon(_ context.Context, purpose string) error {
	delete(p.signed, purpose)
	delete(p.loans, purpose)
	return nil
}

func (p *purse) Cosign(_ context.Context, req chain.CosignRequest) ([]byte, error) {
	if raw := p.signed[req.Purpose]; raw != nil {
		return raw, nil
	}
	coin := p.loans[req.Purpose]
	if coin == nil {
		return nil, chain.ErrLoanOver
	}
	packet, err := psbt.NewFromRawBytes(bytes.NewReader(req.PSBT), false)
	if err != nil {
		return nil, err
	}
	fetcher := txscript.NewMultiPrevOutFetcher(nil)
	for i, in := range packet.UnsignedTx.TxIn {
		fetcher.AddPrevOut(in.PreviousOutPoint, req.Prevouts[i])
	}
	last := len(packet.Inputs) - 1
	coin.sign(p.w, packet.UnsignedTx, last, fetcher, packet.Inputs[last].SighashType)
	var w bytes.Buffer
	if err := psbt.WriteTxWitness(&w, packet.UnsignedTx.TxIn[last].Witness); err != nil {
		return nil, err
	}
	packet.UnsignedTx.TxIn[last].Witness = nil
	packet.Inputs[last].FinalScriptWitness = w.Bytes()
	tx, err := psbt.Extract(packet)
	if err != nil {
		return nil, err
	}
	if err := req.Check(tx); err != nil {
		return nil, err
	}
	p.signed[req.Purpose] = rawOf(p.w, tx)
	return p.signed[req.Purpose], nil
}

func (p *purse) Script(context.Context) ([]byte, error) {
	p.w.made++
	p.keys = append(p.keys, key(fmt.Sprint(p.w.Name(), "purse", p.w.made)))
	return p2tr(p.w, p.keys[len(p.keys)-1]), nil
}

// Pay spends the largest coin.
func (p *purse) Pay(_ context.Context, purpose string, outs []*wire.TxOut, rate chain.FeeRate) ([]byte, btcutil.Amount, error) {
	if raw := p.paid[purpose]; raw != nil {
		return raw, p.fees[purpose], nil
	}
	var from *fund
	for _, c := range p.coins {
		if p.free(c) && (from == nil || c.out.Value > from.out.Value) {
			from = c
		}
	}
	if from == nil {
		return nil, 0, chain.ErrNoFunds
	}
	fee, rest := rate.Fee(int64(600+172*len(outs))), from.out.Value
	tx := wire.NewMsgTx(2)
	tx.AddTxIn(&wire.TxIn{PreviousOutPoint: from.coin, Sequence: 0xfffffffd})
	for _, out := range outs {
		tx.AddTxOut(out)
		rest -= out.Value
	}
	tx.AddTxOut(wire.NewTxOut(rest-int64(fee), from.out.PkScript))
	from.sign(p.w, tx, 0, txscript.NewCannedPrevOutputFetcher(from.out.PkScript, from.out.Value), txscript.SigHashDefault)
	txid := tx.TxHash()
	for i, out := range tx.TxOut {
		f := &fund{key: from.key, coin: wire.OutPoint{Hash: txid, Index: uint32(i)}, out: out}
		for _, k := range p.keys {
			if bytes.Equal(out.PkScript, p2tr(p.w, k)) {
				f.key = k
			}
		}
		p.coins = append(p.coins, f)
	}
	p.paid[purpose], p.fees[purpose] = rawOf(p.w, tx), fee
	return p.paid[purpose], fee, nil
}
