package devnet

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/rpcclient"
	"github.com/btcsuite/btcd/wire"
	"github.com/btcsuite/btcwallet/walletdb"
	_ "github.com/btcsuite/btcwallet/walletdb/bdb" // neutrino's database
	"github.com/lightninglabs/neutrino"
)

// startNeutrino starts the light client lnd uses, with its own regtest
// parameters, connected to nothing but the devnet.
func startNeutrino(t *testing.T, c *Chain, dir string) *neutrino.ChainService {
	t.Helper()
	db, err := walletdb.Create("bdb", filepath.Join(dir, "neutrino.db"), true, 10*time.Second, false)
	if err != nil {
		t.Fatal(err)
	}
	params := chaincfg.RegressionNetParams
	svc, err := neutrino.NewChainService(neutrino.Config{
		DataDir:          dir,
		Database:         db,
		ChainParams:      params,
		ConnectPeers:     []string{c.P2PAddr()},
		BroadcastTimeout: 2 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := svc.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := svc.Stop(); err != nil {
			t.Error(err)
		}
		db.Close()
	})
	return svc
}

// waitFor polls a condition of a client that offers no signal for it.
func waitFor(t *testing.T, what string, done func() bool) {
	t.Helper()
	deadline := time.Now().Add(60 * time.Second)
	for !done() {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within a minute", what)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// waitForTip waits until neutrino has the devnet's headers and filter headers.
func waitForTip(t *testing.T, c *Chain, svc *neutrino.ChainService) {
	t.Helper()
	tip, _ := c.Tip(t.Context())
	waitFor(t, "neutrino reaches "+tip.String(), func() bool {
		best, err := svc.BestBlock()
		if err != nil || best.Hash != tip.Hash {
			return false
		}
		_, err = svc.RegFilterHeaders.FetchHeader(&tip.Hash)
		return err == nil && svc.IsCurrent()
	})
}

func TestNeutrino(t *testing.T) {
	t.Parallel()
	c := openTest(t)
	// More than one batch of 2,000 headers, with checkpoints every 1,000.
	mine(t, c, 1_900)
	start := time.Now()
	svc := startNeutrino(t, c, t.TempDir())
	waitForTip(t, c, svc)
	t.Log("synced after", time.Since(start))

	key := newTestKey(t)
	script := key.p2wpkh
	address, err := btcutil.NewAddressWitnessPubKeyHash(script[2:], c.Params())
	if err != nil {
		t.Fatal(err)
	}
	type event struct {
		connected bool
		hash      chainhash.Hash
		txids     []chainhash.Hash
	}
	events := make(chan event, 1000)
	quit := make(chan struct{})
	best, _ := svc.BestBlock()
	rescan := neutrino.NewRescan(&neutrino.RescanChainSource{ChainService: svc},
		neutrino.StartBlock(best),
		neutrino.WatchAddrs(address),
		neutrino.QuitChan(quit),
		neutrino.NotificationHandlers(rpcclient.NotificationHandlers{
			OnFilteredBlockConnected: func(height int32, header *wire.BlockHeader, txs []*btcutil.Tx) {
				e := event{connected: true, hash: header.BlockHash()}
				for _, tx := range txs {
					e.txids = append(e.txids, *tx.Hash())
				}
				events <- e
			},
			OnFilteredBlockDisconnected: func(height int32, header *wire.BlockHeader) {
				events <- event{hash: header.BlockHash()}
			},
		}))
	errs := rescan.Start()
	t.Cleanup(func() {
		close(quit)
		rescan.WaitForShutdown()
		select {
		case err := <-errs:
			if err != nil && err != neutrino.ErrRescanExit {
				t.Error(err)
			}
		default:
		}
	})
	next := func(what string, match func(event) bool) {
		t.Helper()
		timeout := time.After(60 * time.Second)
		for {
			select {
			case e := <-events:
				if match(e) {
					return
				}
			case <-timeout:
				t.Fatal(what)
			}
		}
	}

	// A payment to a watched address is found by its block's filter.
	paid, err := c.Faucet(t.Context(), script, 50_000)
	if err != nil {
		t.Fatal(err)
	}
	refs, err := c.Mine(1)
	if err != nil {
		t.Fatal(err)
	}
	next("the payment was not seen", func(e event) bool {
		return e.connected && e.hash == refs[0].Hash && len(e.txids) == 1 && e.txids[0] == paid
	})

	// A transaction broadcast by the light client reaches the mempool.
	spend := key.spend(t, c, paid, 49_000)
	if err := svc.SendTransaction(spend); err != nil {
		t.Fatal(err)
	}
	if !c.InMempool(spend.TxHash()) {
		t.Fatal("the client's transaction is not in the mempool")
	}

	// A refused one is reported to it.
	double := key.spend(t, c, paid, 40_000)
	double.TxIn[0].Witness[0][10] ^= 1
	if err := svc.SendTransaction(double); err == nil {
		t.Fatal("a transaction with a bad signature was not refused")
	}

	// It follows a reorganisation, and sees the payment again when mined.
	old := refs[0].Hash
	if _, err := c.Reorg(3); err != nil {
		t.Fatal(err)
	}
	waitForTip(t, c, svc)
	next("the old block was not disconnected", func(e event) bool { return !e.connected && e.hash == old })
	refs, err = c.Mine(1)
	if err != nil {
		t.Fatal(err)
	}
	next("the payment was not seen again", func(e event) bool {
		return e.connected && e.hash == refs[0].Hash && len(e.txids) >= 1
	})

	// Any filter and block can be fetched.
	filter, err := svc.GetCFilter(refs[0].Hash, wire.GCSFilterRegular)
	if err != nil || filter == nil {
		t.Fatal(filter, err)
	}
	block, err := svc.GetBlock(refs[0].Hash)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := c.Block(t.Context(), refs[0].Hash)
	if block.MsgBlock().BlockHash() != want.BlockHash() || len(want.Transactions) != 3 {
		t.Fatal("neutrino's block is not ours")
	}
}
