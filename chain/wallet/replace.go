package wallet

import (
	"context"
	"errors"
	"fmt"

	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
)

// incrementalRelay is what a replacement must add for each virtual byte of its
// own (BIP-0125, rule 4), in satoshi: the default of every implementation.
const incrementalRelay = 1

// Replace signs a dearer transaction in the place of txid: the same coins and
// the same recipients in the same order, paid for by the change, and by further
// confirmed fee coins when that is too little (BIP-0125). Its fee is the rate
// asked for, or the least that the network takes as a replacement if that is
// more. Only the difference counts against the day's cap. Like Prepare it
// never broadcasts, and is safe to repeat: when txid has been replaced already,
// by a transaction that pays the rate, that one is returned.
//
// Errors: ErrUnknownTx, ErrDecided, ErrRequest for a rate that txid pays
// already, chain.ErrNoFunds, chain.ErrFeeCap, chain.ErrEngineDown.
func (w *Wallet) Replace(ctx context.Context, txid chainhash.Hash, rate chain.FeeRate) (*Signed, error) {
	if err := w.checkRate(rate); err != nil {
		return nil, err
	}
	w.choosing.Lock()
	defer w.choosing.Unlock()
	out, err := w.replace(ctx, txid, rate)
	if errors.Is(err, errRaced) {
		return w.replace(ctx, txid, rate) // looks again at what the other process did
	}
	return out, err
}

func (w *Wallet) replace(ctx context.Context, txid chainhash.Hash, rate chain.FeeRate) (*Signed, error) {
	asked, _, err := w.store.byTxid(ctx, txid)
	if err != nil {
		return nil, err
	}
	old, state, err := w.store.latest(ctx, asked.Purpose)
	if err != nil {
		return nil, err
	}
	switch {
	case old == nil || state != signed:
		return nil, fmt.Errorf("%w: %s", ErrDecided, txid)
	case old.Shared:
		return nil, refuse("others have signed %s too", txid)
	case old.Rate() >= rate && old.Txid != txid:
		return old, nil
	case old.Rate() >= rate:
		return nil, refuse("%s pays %d sat/kw already", txid, old.Rate())
	}

	f := w.replacing(old, rate)
	draft := &Signed{Purpose: old.Purpose}
	script := func() ([]byte, error) {
		if old.Change >= 0 {
			return old.Tx.TxOut[old.Change].PkScript, nil
		}
		return w.changeScript(ctx, P2TR)
	}
	if err := w.fund(ctx, draft, f, old.coins(), script); err != nil {
		return nil, err
	}
	if draft.Rate() > w.maxRate {
		w.releaseUnused(ctx, draft, draft.coins())
		return nil, refuse("replacing %s would take more than %d sat/kw", txid, w.maxRate)
	}
	if err := w.signAndStore(ctx, draft, old); err != nil {
		return nil, err
	}
	return draft, nil
}

// replacing is the funding of a replacement of old.
func (w *Wallet) replacing(old *Signed, rate chain.FeeRate) funding {
	f := funding{
		outputs: old.recipients(),
		rate:    rate,
		minFee: func(vsize int64) btcutil.Amount {
			return old.Fee + btcutil.Amount(vsize*incrementalRelay)
		},
	}
	f.changeOf(P2TR)
	if old.Change >= 0 {
		script := old.Tx.TxOut[old.Change].PkScript
		f.changeSize, f.dust = int64(8+1+len(script)), dustOf(script)
	}
	return f
}
