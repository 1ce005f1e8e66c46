package bearer

import (
	"bytes"
	"fmt"

	"cairn/chain/rawtx"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

const (
	// HashType is how holders and issuers sign: all outputs, and of the inputs
	// their own alone.
	HashType = txscript.SigHashAll | txscript.SigHashAnyOneCanPay
	// sequence signals that the transaction may be replaced (BIP-0125), and lets
	// lock times count.
	sequence = wire.MaxTxInSequenceNum - 2
	version  = 2
)

// Coin is the coin of a voucher.
type Coin struct {
	wire.OutPoint
	Value btcutil.Amount
	Output
}

// Unsigned is the transaction that a voucher's holder signs; with back, the one
// by which its issuer takes it back. Errors: ErrTransaction without outputs;
// ErrTerms for taking back what does not expire.
func Unsigned(c Coin, outputs []*wire.TxOut, back bool) (*wire.MsgTx, error) {
	if len(outputs) == 0 {
		return nil, fmt.Errorf("%w: it has no outputs", ErrTransaction)
	}
	tx := wire.NewMsgTx(version)
	in := wire.NewTxIn(&c.OutPoint, nil, nil)
	in.Sequence = sequence
	tx.AddTxIn(in)
	for _, out := range outputs {
		tx.AddTxOut(out)
	}
	if back {
		if c.Terms.Expiry == 0 {
			return nil, fmt.Errorf("%w: it does not expire", ErrTerms)
		}
		tx.LockTime = c.Terms.Expiry
	}
	return tx, nil
}

// SignKey signs with a voucher's secret, as its holder. Errors: ErrKey, ErrTerms.
func SignKey(tx *wire.MsgTx, c Coin, s Secret) error {
	key, err := s.Key()
	if err != nil {
		return err
	}
	_, root, err := c.tree()
	if err != nil {
		return err
	}
	prevout, err := c.prevout()
	if err != nil {
		return err
	}
	fetcher := txscript.NewCannedPrevOutputFetcher(prevout.PkScript, prevout.Value)
	sig, err := txscript.RawTxInTaprootSignature(tx, txscript.NewTxSigHashes(tx, fetcher), 0, prevout.Value, prevout.PkScript, root, HashType, key)
	if err != nil {
		return fmt.Errorf("sign as the holder: %w", err)
	}
	tx.TxIn[0].Witness = wire.TxWitness{sig}
	return nil
}

// SignBack signs with the issuer's key, by the leaf.
func SignBack(tx *wire.MsgTx, c Coin, issuer *btcec.PrivateKey) error {
	leaf, err := c.Terms.Leaf()
	if err != nil {
		return err
	}
	control, err := c.Control()
	if err != nil {
		return err
	}
	prevout, err := c.prevout()
	if err != nil {
		return err
	}
	fetcher := txscript.NewCannedPrevOutputFetcher(prevout.PkScript, prevout.Value)
	sig, err := txscript.RawTxInTapscriptSignature(tx, txscript.NewTxSigHashes(tx, fetcher), 0, prevout.Value, prevout.PkScript,
		txscript.NewBaseTapLeaf(leaf), HashType, issuer)
	if err != nil {
		return fmt.Errorf("sign as the issuer: %w", err)
	}
	tx.TxIn[0].Witness = wire.TxWitness{sig, leaf, control}
	return nil
}

func (c Coin) prevout() (*wire.TxOut, error) {
	script, err := c.Script()
	return wire.NewTxOut(int64(c.Value), script), err
}

// MaxTransaction is the most bytes that a signed transaction of a voucher has.
const MaxTransaction = 2_000

// Signed checks what came back: the unsigned transaction with a signature that
// holds for the coin, by key for its holder or by leaf for its issuer, of
// HashType, so that inputs may be added. Errors: ErrTransaction, ErrSignature.
func Signed(raw []byte, unsigned *wire.MsgTx, c Coin) (*wire.MsgTx, error) {
	tx, err := Read(raw)
	if err != nil {
		return nil, err
	}
	bare := tx.Copy()
	bare.TxIn[0].Witness = nil
	if !Same(bare, unsigned) {
		return nil, fmt.Errorf("%w: it is another than was to be signed", ErrTransaction)
	}
	return tx, Verify(tx, c)
}

// Read reads a transaction with one signed input. Errors: ErrTransaction.
func Read(raw []byte) (*wire.MsgTx, error) {
	if len(raw) > MaxTransaction {
		return nil, fmt.Errorf("%w: %d bytes", ErrTransaction, len(raw))
	}
	tx, err := rawtx.Read(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTransaction, err)
	}
	if len(tx.TxIn) != 1 || len(tx.TxOut) == 0 || len(tx.TxIn[0].SignatureScript) != 0 {
		return nil, fmt.Errorf("%w: %d inputs, %d outputs", ErrTransaction, len(tx.TxIn), len(tx.TxOut))
	}
	return tx, nil
}

// Verify checks the signature of the first input. Errors: ErrSignature, ErrKey,
// ErrTerms.
func Verify(tx *wire.MsgTx, c Coin) error {
	if witness := tx.TxIn[0].Witness; len(witness) == 0 || len(witness[0]) != 65 || txscript.SigHashType(witness[0][64]) != HashType {
		return fmt.Errorf("%w: it is not for any inputs beside it", ErrSignature)
	}
	prevout, err := c.prevout()
	if err != nil {
		return err
	}
	alone := tx.Copy()
	alone.TxIn = alone.TxIn[:1]
	fetcher := txscript.NewCannedPrevOutputFetcher(prevout.PkScript, prevout.Value)
	engine, err := txscript.NewEngine(prevout.PkScript, alone, 0, txscript.StandardVerifyFlags, nil, txscript.NewTxSigHashes(alone, fetcher), prevout.Value, fetcher)
	if err == nil {
		err = engine.Execute()
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSignature, err)
	}
	return nil
}

// Same reports whether two transactions are the same bytes.
func Same(a, b *wire.MsgTx) bool {
	var left, right bytes.Buffer
	return a.Serialize(&left) == nil && b.Serialize(&right) == nil && bytes.Equal(left.Bytes(), right.Bytes())
}
