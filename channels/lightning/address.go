package lightning

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"

	"cairn/chain/wallet"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
	"github.com/lightningnetwork/lnd/lnrpc"
)

// Addresses gives out fresh addresses of the node's wallet. It implements
// fees.Addresses.
type Addresses struct {
	Wallet interface {
		NewAddress(ctx context.Context, t wallet.AddressType) (btcutil.Address, error)
	}
}

// New is a P2WPKH address: with its 42 characters it makes the smallest QR
// code, and every wallet can pay it.
func (a Addresses) New(ctx context.Context) (string, []byte, error) {
	address, err := a.Wallet.NewAddress(ctx, wallet.P2WPKH)
	if err != nil {
		return "", nil, err
	}
	script, err := txscript.PayToAddrScript(address)
	if err != nil {
		return "", nil, fmt.Errorf("make the script of address %s: %w", address, err)
	}
	return address.EncodeAddress(), script, nil
}

// Transactions calls fn for each transaction of the node's wallet as it is
// first seen and again when a block has it, until ctx ends, fn fails or the
// node goes away. A light client sees most of them in blocks only. For
// fees.Service.SeeTransaction.
func (n *Node) Transactions(ctx context.Context, fn func(*wire.MsgTx) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := n.lnd.SubscribeTransactions(ctx, &lnrpc.GetTransactionsRequest{})
	if err != nil {
		return fmt.Errorf("listen for transactions: %w", err)
	}
	for {
		update, err := stream.Recv()
		if err != nil {
			return fmt.Errorf("listen for transactions: %w", received(err))
		}
		raw, err := hex.DecodeString(update.RawTxHex)
		if err != nil {
			return fmt.Errorf("read a transaction of the node: %w", err)
		}
		var tx wire.MsgTx
		if err := tx.Deserialize(bytes.NewReader(raw)); err != nil {
			return fmt.Errorf("read a transaction of the node: %w", err)
		}
		if err := fn(&tx); err != nil {
			return err
		}
	}
}
