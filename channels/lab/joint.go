package lab

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/btcutil/psbt"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"github.com/lightningnetwork/lnd/lnrpc"
	"github.com/lightningnetwork/lnd/lnrpc/walletrpc"
)

// Joint are the terms of a channel that both sides fund.
type Joint struct {
	// Left and Right are what either puts in. lnd counts Right as pushed by the
	// left side, which therefore also sets the commitment's fee aside.
	Left, Right btcutil.Amount
	// RemoteDelay is as in Terms.
	RemoteDelay uint32
}

// jointFeeRate is what each side pays for its part of the funding transaction,
// in sat/vB.
const jointFeeRate = 2

// BeginTogether opens a channel whose one funding transaction spends coins of
// both sides, each with its own change. lnd has no opening of that kind in its
// protocol (BOLT 2's version 2), but takes a funding transaction made outside
// of it: the two fill in and sign one PSBT, and neither signature is good for
// any other transaction. The commitments are signed, by lnd, before the funding
// transaction is published.
func (l *Lab) BeginTogether(ctx context.Context, a, b *Party, terms Joint) (wire.OutPoint, error) {
	point, err := l.beginTogether(ctx, a, b, terms)
	if err != nil {
		return wire.OutPoint{}, fmt.Errorf("open a channel of %s and %s: %w", a.Name, b.Name, err)
	}
	return point, nil
}

func (l *Lab) beginTogether(ctx context.Context, a, b *Party, terms Joint) (wire.OutPoint, error) {
	left, err := a.use()
	if err != nil {
		return wire.OutPoint{}, err
	}
	right, err := b.use()
	if err != nil {
		return wire.OutPoint{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	id, err := l.pendingID()
	if err != nil {
		return wire.OutPoint{}, err
	}
	opening, address, err := askForAddress(ctx, left, b, id, terms)
	if err != nil {
		return wire.OutPoint{}, err
	}

	mine, err := contribute(ctx, left, address, terms.Left)
	if err != nil {
		return wire.OutPoint{}, fmt.Errorf("%s: %w", a.Name, err)
	}
	theirs, err := contribute(ctx, right, address, terms.Right)
	if err != nil {
		return wire.OutPoint{}, fmt.Errorf("%s: %w", b.Name, err)
	}
	joint, err := join(mine, theirs)
	if err != nil {
		return wire.OutPoint{}, err
	}
	signed, err := signBoth(ctx, left, right, joint, func(unsigned []byte) error {
		// Now the two nodes sign each other's first commitment.
		_, err := left.ln.FundingStateStep(ctx, &lnrpc.FundingTransitionMsg{Trigger: &lnrpc.FundingTransitionMsg_PsbtVerify{
			PsbtVerify: &lnrpc.FundingPsbtVerify{PendingChanId: id, FundedPsbt: unsigned},
		}})
		return err
	})
	if err != nil {
		return wire.OutPoint{}, err
	}
	_, err = left.ln.FundingStateStep(ctx, &lnrpc.FundingTransitionMsg{Trigger: &lnrpc.FundingTransitionMsg_PsbtFinalize{
		PsbtFinalize: &lnrpc.FundingPsbtFinalize{PendingChanId: id, SignedPsbt: signed},
	}})
	if err != nil {
		return wire.OutPoint{}, err
	}
	update, err := opening.Recv()
	if err != nil {
		return wire.OutPoint{}, err
	}
	txid, err := chainhash.NewHash(update.GetChanPending().GetTxid())
	if err != nil {
		return wire.OutPoint{}, err
	}
	point := wire.OutPoint{Hash: *txid, Index: update.GetChanPending().GetOutputIndex()}
	return point, until(ctx, "the funding transaction", func() (bool, error) { return l.chain.InMempool(*txid), nil })
}

func (l *Lab) pendingID() ([]byte, error) {
	source := l.cfg.Rand
	if source == nil {
		source = rand.Reader
	}
	id := make([]byte, 32)
	if _, err := io.ReadFull(source, id); err != nil {
		return nil, fmt.Errorf("draw a channel's number: %w", err)
	}
	return id, nil
}

// askForAddress begins the opening and returns the address of the two's joint
// output.
func askForAddress(ctx context.Context, left clients, b *Party, id []byte, terms Joint) (lnrpc.Lightning_OpenChannelClient, string, error) {
	key, err := b.keyBytes()
	if err != nil {
		return nil, "", err
	}
	opening, err := left.ln.OpenChannel(ctx, &lnrpc.OpenChannelRequest{
		NodePubkey: key, LocalFundingAmount: int64(terms.Left + terms.Right), PushSat: int64(terms.Right),
		RemoteCsvDelay: terms.RemoteDelay, CommitmentType: lnrpc.CommitmentType_ANCHORS,
		FundingShim: &lnrpc.FundingShim{Shim: &lnrpc.FundingShim_PsbtShim{PsbtShim: &lnrpc.PsbtShim{PendingChanId: id}}},
	})
	if err != nil {
		return nil, "", err
	}
	update, err := opening.Recv()
	if err != nil {
		return nil, "", err
	}
	ready := update.GetPsbtFund()
	if ready.GetFundingAmount() != int64(terms.Left+terms.Right) {
		return nil, "", fmt.Errorf("%w: the channel wants %d sat", ErrFigures, ready.GetFundingAmount())
	}
	return opening, ready.FundingAddress, nil
}

// contribute has a wallet choose coins for its share and lease them, as if it
// paid the share alone.
func contribute(ctx context.Context, c clients, address string, share btcutil.Amount) (*psbt.Packet, error) {
	funded, err := c.wallet.FundPsbt(ctx, &walletrpc.FundPsbtRequest{
		Template: &walletrpc.FundPsbtRequest_Raw{Raw: &walletrpc.TxTemplate{Outputs: map[string]uint64{address: uint64(share)}}},
		Fees:     &walletrpc.FundPsbtRequest_SatPerVbyte{SatPerVbyte: jointFeeRate},
		MinConfs: 1,
	})
	if err != nil {
		return nil, fmt.Errorf("choose coins: %w", err)
	}
	return psbt.NewFromRawBytes(bytes.NewReader(funded.FundedPsbt), false)
}

// join makes one transaction of two that pay to the same script: all inputs,
// one output with both shares, both changes.
func join(mine, theirs *psbt.Packet) (*psbt.Packet, error) {
	script, err := common(mine.UnsignedTx, theirs.UnsignedTx)
	if err != nil {
		return nil, err
	}
	tx := wire.NewMsgTx(2)
	tx.AddTxOut(wire.NewTxOut(0, script))
	joint := &psbt.Packet{UnsignedTx: tx, Outputs: []psbt.POutput{{}}}
	for _, part := range []*psbt.Packet{mine, theirs} {
		for i, in := range part.UnsignedTx.TxIn {
			tx.AddTxIn(wire.NewTxIn(&in.PreviousOutPoint, nil, nil))
			joint.Inputs = append(joint.Inputs, part.Inputs[i])
		}
		for i, out := range part.UnsignedTx.TxOut {
			if bytes.Equal(out.PkScript, script) {
				tx.TxOut[0].Value += out.Value
				continue
			}
			tx.AddTxOut(out)
			joint.Outputs = append(joint.Outputs, part.Outputs[i])
		}
	}
	return joint, joint.SanityCheck()
}

// common is the script both pay to.
func common(a, b *wire.MsgTx) ([]byte, error) {
	for _, one := range a.TxOut {
		for _, other := range b.TxOut {
			if bytes.Equal(one.PkScript, other.PkScript) {
				return one.PkScript, nil
			}
		}
	}
	return nil, errors.New("the two parts have no output in common")
}

// signBoth has both wallets sign, agreed being called with the transaction
// before either has.
func signBoth(ctx context.Context, left, right clients, joint *psbt.Packet, agreed func([]byte) error) ([]byte, error) {
	var unsigned bytes.Buffer
	if err := joint.Serialize(&unsigned); err != nil {
		return nil, err
	}
	if err := agreed(unsigned.Bytes()); err != nil {
		return nil, err
	}
	half, err := right.wallet.SignPsbt(ctx, &walletrpc.SignPsbtRequest{FundedPsbt: unsigned.Bytes()})
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	if len(half.SignedInputs) == 0 {
		return nil, errors.New("sign: the wallet signed nothing")
	}
	whole, err := left.wallet.SignPsbt(ctx, &walletrpc.SignPsbtRequest{FundedPsbt: half.SignedPsbt})
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	if len(whole.SignedInputs)+len(half.SignedInputs) != len(joint.Inputs) {
		return nil, fmt.Errorf("sign: %d and %d of %d inputs were signed", len(half.SignedInputs), len(whole.SignedInputs), len(joint.Inputs))
	}
	packet, err := psbt.NewFromRawBytes(bytes.NewReader(whole.SignedPsbt), false)
	if err != nil {
		return nil, err
	}
	if err := psbt.MaybeFinalizeAll(packet); err != nil {
		return nil, fmt.Errorf("put the signatures in: %w", err)
	}
	var signed bytes.Buffer
	err = packet.Serialize(&signed)
	return signed.Bytes(), err
}
