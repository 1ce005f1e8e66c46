package visitor

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"cairn/chain"
	"cairn/chain/follow"
	"cairn/chain/rawtx"

	"github.com/btcsuite/btcd/blockchain"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// MostBytes is the size of the largest transaction that is passed on; MostWeight is
// that of the network's standard.
const (
	MostBytes  = 100_000
	MostWeight = 400_000
)

// Sent says what became of a transaction.
type Sent struct {
	Txid chainhash.Hash
	// Later: nobody was there to take it; it is sent as soon as somebody is.
	Later bool
}

// Send passes a visitor's signed transaction on: it is kept first, handed to the
// network, and sent again for some days until a block holds it. Sending the same one
// again does no harm. Errors, with which nothing is kept: ErrTransaction, ErrSpent,
// ErrSignature, ErrFee, chain.ErrRejected for any other reason of the network's.
func (s *Service) Send(ctx context.Context, raw []byte) (Sent, error) {
	tx, err := parse(raw)
	if err != nil {
		return Sent{}, err
	}
	sent := Sent{Txid: tx.TxHash()}
	checked, err := s.check(s.cfg.DB.Read(ctx), tx)
	if errors.Is(err, errInBlock) {
		return sent, nil
	}
	if err != nil {
		return Sent{}, err
	}
	if err := s.keepTx(ctx, tx, checked); err != nil {
		return Sent{}, err
	}
	err = refusal(s.cfg.Publish(ctx, tx))
	switch {
	case errors.Is(err, chain.ErrRejected):
		return Sent{}, errors.Join(err, s.drop(ctx, sent.Txid))
	case err != nil:
		// Unknown: it may have been taken. It is kept, and sent again.
		s.cfg.Log.Info("a visitor's transaction waits for the node", "txid", sent.Txid, "error", err)
		sent.Later = true
	}
	if err := s.look(ctx); err != nil {
		return Sent{}, err
	}
	return sent, nil
}

// parse reads a transaction that the network might take. Errors: ErrTransaction.
func parse(raw []byte) (*wire.MsgTx, error) {
	if len(raw) > MostBytes {
		return nil, fmt.Errorf("%w: %d bytes", ErrTransaction, len(raw))
	}
	tx, err := rawtx.Read(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTransaction, err)
	}
	whole := btcutil.NewTx(tx)
	if err := blockchain.CheckTransactionSanity(whole); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTransaction, err)
	}
	if blockchain.IsCoinBase(whole) || tx.Version < 1 || tx.Version > 3 || blockchain.GetTransactionWeight(whole) > MostWeight {
		return nil, fmt.Errorf("%w: not standard", ErrTransaction)
	}
	return tx, nil
}

// errInBlock: a block holds the transaction already.
var errInBlock = errors.New("a block holds it")

// check looks at the coins that are known here. checked says that this was all of
// them, and that every signature holds. Errors: ErrSpent, ErrSignature, errInBlock.
func (s *Service) check(db *gorm.DB, tx *wire.MsgTx) (checked bool, err error) {
	txid := tx.TxHash()
	outs := make(map[wire.OutPoint]*wire.TxOut, len(tx.TxIn))
	for _, in := range tx.TxIn {
		coin, err := follow.CoinAt(db, in.PreviousOutPoint)
		switch {
		case errors.Is(err, follow.ErrNoCoin):
			if parent := s.waiting.get(in.PreviousOutPoint.Hash); parent != nil && int(in.PreviousOutPoint.Index) < len(parent.TxOut) {
				outs[in.PreviousOutPoint] = parent.TxOut[in.PreviousOutPoint.Index]
			}
			continue
		case err != nil:
			return false, err
		case coin.Spent != nil && coin.Spent.Txid == txid:
			return false, errInBlock
		case coin.Spent != nil:
			return false, fmt.Errorf("%w: %s", ErrSpent, in.PreviousOutPoint)
		}
		outs[in.PreviousOutPoint] = wire.NewTxOut(int64(coin.Value), coin.Script)
	}
	if len(outs) < len(tx.TxIn) {
		return false, nil
	}
	if err := execute(tx, outs); err != nil {
		return false, err
	}
	return true, nil
}

// execute runs all scripts, by the rules of relaying. Errors: ErrSignature,
// ErrTransaction.
func execute(tx *wire.MsgTx, outs map[wire.OutPoint]*wire.TxOut) error {
	fetcher := txscript.NewMultiPrevOutFetcher(outs)
	hashes := txscript.NewTxSigHashes(tx, fetcher)
	var in int64
	for i := range tx.TxIn {
		out := outs[tx.TxIn[i].PreviousOutPoint]
		in += out.Value
		vm, err := txscript.NewEngine(out.PkScript, tx, i, txscript.StandardVerifyFlags, nil, hashes, out.Value, fetcher)
		if err == nil {
			err = vm.Execute()
		}
		if err != nil {
			return fmt.Errorf("%w: input %d: %w", ErrSignature, i, err)
		}
	}
	for _, out := range tx.TxOut {
		in -= out.Value
	}
	if in < 0 {
		return fmt.Errorf("%w: it spends more than it has", ErrTransaction)
	}
	return nil
}

// What networks say, by what it means; they have no other way to say it.
var refusals = []struct {
	kind  ErrorKind
	words []string
}{
	{ErrFee, []string{"insufficient fee", "insufficient priority", "min relay fee", "mempool min fee", "under the required amount", "insufficient feerate", "low fees", "lower than or equal to", "replacement transaction has"}},
	{ErrSpent, []string{"missing inputs", "missing-inputs", "missingorspent", "orphan", "already spent", "mempool-conflict", "does not exist or is spent", "unconfirmed input"}},
	{ErrSignature, []string{"script", "signature", "witness"}},
}

// refusal gives a refusal of the network's its kind, beside chain.ErrRejected.
func refusal(err error) error {
	if !errors.Is(err, chain.ErrRejected) {
		return err
	}
	text := strings.ToLower(err.Error())
	for _, r := range refusals {
		for _, words := range r.words {
			if strings.Contains(text, words) {
				return fmt.Errorf("%w: %w", r.kind, err)
			}
		}
	}
	return err
}
