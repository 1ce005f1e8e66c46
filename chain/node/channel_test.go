package node

import (
	"context"
	"testing"
	"time"

	"cairn/chain/devnet"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/txscript"
	"github.com/lightningnetwork/lnd/lnrpc"
)

// openChannel funds from and opens a channel to the node at address.
func openChannel(ctx context.Context, t *testing.T, d *devnet.Chain, from, to *Node, address string) {
	t.Helper()
	lightning := lnrpc.NewLightningClient(from.Conn())
	fresh, err := lightning.NewAddress(ctx, &lnrpc.NewAddressRequest{Type: lnrpc.AddressType_TAPROOT_PUBKEY})
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := btcutil.DecodeAddress(fresh.Address, &chaincfg.RegressionNetParams)
	if err != nil {
		t.Fatal(err)
	}
	script, err := txscript.PayToAddrScript(parsed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Faucet(ctx, script, 2_000_000); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Mine(1); err != nil {
		t.Fatal(err)
	}
	for {
		balance, err := lightning.WalletBalance(ctx, &lnrpc.WalletBalanceRequest{})
		if err != nil {
			t.Fatal(err)
		}
		if balance.ConfirmedBalance >= 2_000_000 {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	_, err = lightning.ConnectPeer(ctx, &lnrpc.ConnectPeerRequest{
		Addr: &lnrpc.LightningAddress{Pubkey: to.Status().PubKey, Host: address}, Timeout: 10,
	})
	if err != nil {
		t.Fatal(err)
	}
	point, err := lightning.OpenChannelSync(ctx, &lnrpc.OpenChannelRequest{
		NodePubkey: mustHex(t, to.Status().PubKey), LocalFundingAmount: 500_000, SatPerVbyte: 2,
	})
	if err != nil {
		t.Fatal(err)
	}
	txid, err := lnrpc.GetChanPointFundingTxid(point)
	if err != nil {
		t.Fatal(err)
	}
	for !d.InMempool(*txid) { // lnd reports success before the network has it
		if ctx.Err() != nil {
			t.Fatal("the funding transaction never reached the network")
		}
		time.Sleep(50 * time.Millisecond)
	}
	if _, err := d.Mine(6); err != nil {
		t.Fatal(err)
	}
}
