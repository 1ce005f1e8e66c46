package lightning

import (
	"context"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/chain"
	"cairn/chain/devnet"
	"cairn/chain/wallet"
	"cairn/channels/amount"
	"cairn/channels/invoice"
	"cairn/channels/ln"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/lightningnetwork/lnd/lnrpc"
	"github.com/lightningnetwork/lnd/lnrpc/watchtowerrpc"
)

// towerAddress asks a node for its watchtower's key.
func towerAddress(ctx context.Context, t *testing.T, p *party, listen string) PeerAddress {
	t.Helper()
	info, err := watchtowerrpc.NewWatchtowerClient(p.engine.Conn()).GetInfo(ctx, &watchtowerrpc.GetInfoRequest{})
	if err != nil {
		t.Fatal(err)
	}
	at, err := ln.ParseTower(hex.EncodeToString(info.Pubkey) + "@" + listen)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func peerOf(t *testing.T, p *party) PeerAddress {
	t.Helper()
	at, err := ln.ParsePeer(p.engine.Status().PubKey + "@" + p.listen)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// fund gives a node coins in a block.
func fund(ctx context.Context, t *testing.T, d *devnet.Chain, p *party, sat btcutil.Amount) {
	t.Helper()
	w, err := wallet.New(wallet.Config{Conn: p.engine.Conn(), DB: dbtest.Open(t, db.SQLite), Network: chain.Devnet})
	if err != nil {
		t.Fatal(err)
	}
	_, script, err := Addresses{w}.New(ctx)
	if err != nil {
		t.Fatal(err)
	}
	before := p.coins(ctx, t)
	if _, err := d.Faucet(ctx, script, sat); err != nil {
		t.Fatal(err)
	}
	mine(t, d, 1)
	until(ctx, t, "the faucet's payment", func() bool { return p.coins(ctx, t) >= before+sat })
}

// coins are what the node's wallet has in blocks.
func (p *party) coins(ctx context.Context, t *testing.T) btcutil.Amount {
	t.Helper()
	b, err := p.lnd.WalletBalance(ctx, &lnrpc.WalletBalanceRequest{})
	if err != nil {
		return 0
	}
	return btcutil.Amount(b.ConfirmedBalance)
}

// Two nodes and a watchtower: what the operator does with peers and channels,
// and how the coins come back when he has lost everything but seed and backup.
func TestChannelsOfAnOperator(t *testing.T) {
	d, err := devnet.Open(devnet.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), 6*time.Minute)
	defer cancel()
	towerListen := freeAddress(t)
	alice := startParty(t, d)
	// What bob asks of alice is how long her part of a forced closing is locked.
	bob := startParty(t, d, "--watchtower.active", "--watchtower.listen="+towerListen, "--bitcoin.defaultremotedelay=12")
	for _, p := range []*party{alice, bob} {
		if err := p.engine.WaitReady(ctx); err != nil {
			t.Fatal(err)
		}
	}
	w := &operated{alice: alice, bob: bob, d: d, tower: towerListen}
	for _, step := range []struct {
		name string
		run  func(context.Context, *testing.T)
	}{
		{"peers", w.peers},
		{"the watchtower is switched on", w.watch},
		{"what cannot be opened", w.refusals},
		{"a channel opens", w.opens},
		{"payments are told", w.history},
		{"the tower takes old states", w.backups},
		{"a closing together, with a raised fee", w.together},
		{"a forced closing", w.forced},
		{"seed and backup bring the coins back", w.restored},
	} {
		if !t.Run(step.name, func(t *testing.T) { step.run(ctx, t) }) {
			t.FailNow() // each step stands on the one before
		}
	}
}

type operated struct {
	alice, bob *party
	d          *devnet.Chain
	tower      string
	point      string
}

func (w *operated) peers(ctx context.Context, t *testing.T) {
	bob := peerOf(t, w.bob)
	isKind(t, w.alice.Connect(ctx, PeerAddress{Key: bob.Key}), ErrPeerAddress)
	isKind(t, w.alice.Connect(ctx, PeerAddress{Key: bob.Key, Host: "127.0.0.1:1"}), ErrUnreachable)
	isKind(t, w.alice.Connect(ctx, peerOf(t, w.alice)), ErrPeerAddress)
	isKind(t, w.alice.Disconnect(ctx, bob.Key), ErrPeerAway)
	for range 2 { // again is no error
		if err := w.alice.Connect(ctx, bob); err != nil {
			t.Fatal(err)
		}
	}
	peers, err := w.alice.Peers(ctx)
	if err != nil || len(peers) != 1 || peers[0].Key != bob.Key || peers[0].Inbound || peers[0].Address != w.bob.listen {
		t.Errorf("peers %+v, %v", peers, err)
	}
	if err := w.alice.Disconnect(ctx, bob.Key); err != nil {
		t.Error(err)
	}
	until(ctx, t, "the disconnection", func() bool {
		peers, err := w.alice.Peers(ctx)
		return err == nil && len(peers) == 0
	})
	me, err := w.bob.Identity(ctx)
	if err != nil || me.Key != w.bob.engine.Status().PubKey || !me.Synced {
		t.Errorf("identity %+v, %v", me, err)
	}
}

// watch: the client is off until a tower is given.
func (w *operated) watch(ctx context.Context, t *testing.T) {
	if now, err := w.alice.Towers(ctx); err != nil || now.On {
		t.Fatalf("before: %+v, %v", now, err)
	}
	at := towerAddress(ctx, t, w.bob, w.tower)
	isKind(t, w.alice.AddTower(ctx, at), ErrTowerOff)
	if err := w.alice.engine.UseTowers(ctx, true); err != nil {
		t.Fatal(err)
	}
	// Engines of one process stop together: bob starts again as well.
	if err := w.bob.engine.WaitReady(ctx); err != nil {
		t.Fatal(err)
	}
	until(ctx, t, "the client of towers", func() bool {
		now, err := w.alice.Towers(ctx)
		return err == nil && now.On
	})
	for range 2 {
		if err := w.alice.AddTower(ctx, at); err != nil {
			t.Fatal(err)
		}
	}
	now, err := w.alice.Towers(ctx)
	if err != nil || len(now.Towers) != 1 || now.Towers[0].Key != at.Key || !now.Towers[0].Active {
		t.Errorf("towers %+v, %v", now, err)
	}
	stranger := peerOf(t, w.bob) // the node's key, not its tower's
	isKind(t, w.alice.RemoveTower(ctx, stranger.Key), ErrUnknownTower)
	if err := w.alice.engine.UseTowers(ctx, true); err != nil {
		t.Errorf("switched on twice: %v", err)
	}
}

func (w *operated) refusals(ctx context.Context, t *testing.T) {
	bob := peerOf(t, w.bob)
	for _, c := range []struct {
		o    Opening
		kind error
	}{
		{Opening{Peer: bob, Amount: ln.LeastChannel - 1, FeeRate: 1}, ErrTooSmall},
		{Opening{Peer: bob, Amount: ln.MostChannel + 1, FeeRate: 1}, ErrTooLarge},
		{Opening{Peer: bob, Amount: 100_000, Push: 60_000, FeeRate: 1}, ErrAmount},
		{Opening{Peer: bob, Amount: 100_000}, ErrFeeRate},
		{Opening{Peer: bob, Amount: 100_000, FeeRate: 1001}, ErrFeeRate},
		{Opening{Peer: bob, Amount: 100_000, FeeRate: 2}, ErrNoCoins},
		{Opening{Peer: PeerAddress{Key: bob.Key, Host: "127.0.0.1:1"}, Amount: 100_000, FeeRate: 2}, nil}, // connected already
		{Opening{Peer: peerOf(t, w.alice), Amount: 100_000, FeeRate: 2}, ErrPeerAddress},
	} {
		_, err := w.alice.Open(ctx, c.o)
		if c.kind == nil {
			c.kind = ErrNoCoins
		}
		isKind(t, err, c.kind)
	}
	_, err := w.alice.Close(ctx, "nonsense", 2)
	isKind(t, err, ErrUnknownChannel)
	_, err = w.alice.Force(ctx, strings.Repeat("0", 64)+":0")
	isKind(t, err, ErrUnknownChannel)
	isKind(t, w.alice.Bump(ctx, strings.Repeat("0", 64)+":0", 2, 1000), ErrUnknownChannel)
	_, err = w.alice.VerifyBackup(ctx, []byte("nonsense"))
	isKind(t, err, ErrBackup)
	_, err = w.alice.Restore(ctx, []byte("nonsense"))
	isKind(t, err, ErrBackup)
}

func (w *operated) opens(ctx context.Context, t *testing.T) {
	fund(ctx, t, w.d, w.alice, 2_000_000)
	fund(ctx, t, w.d, w.alice, 1_500_000) // a coin that is free while the other opens a channel
	before := w.alice.coins(ctx, t)
	var err error
	w.point, err = w.alice.Open(ctx, Opening{Peer: peerOf(t, w.bob), Amount: 1_000_000, Push: 200_000, FeeRate: 3, Private: true})
	if err != nil {
		t.Fatal(err)
	}
	waiting, err := w.alice.Pending(ctx)
	if err != nil || len(waiting) != 1 || waiting[0].Stage != ln.StageOpening || waiting[0].Point != w.point ||
		waiting[0].Capacity != 1_000_000 || waiting[0].Remote != 200_000 || waiting[0].BlocksLeft < 1 || !waiting[0].Initiator {
		t.Fatalf("pending %+v, %v", waiting, err)
	}
	_, err = w.alice.Open(ctx, Opening{Peer: peerOf(t, w.bob), Amount: 100_000, FeeRate: 2})
	isKind(t, err, ErrOpening)
	mine(t, w.d, 6)
	awaitChannel(ctx, t, w.alice, w.bob)
	channels, err := w.alice.Channels(ctx)
	if err != nil {
		t.Fatal(err)
	}
	c := channels[0]
	if c.Point != w.point || !c.Private || c.Remote != 200_000 || c.Local+c.Remote+c.Fee != c.Capacity || c.Fee <= 0 ||
		c.LocalReserve != 10_000 || c.RemoteReserve != 10_000 || c.InFlight != 0 {
		t.Errorf("channel %+v", c)
	}
	if spent := before - w.alice.coins(ctx, t); spent <= 1_000_000 || spent > 1_010_000 {
		t.Errorf("the wallet spent %d sat", spent)
	}
	// A sealed copy lies in both folders, and opens.
	until(ctx, t, "the channel's backup", func() bool {
		for _, place := range w.alice.engine.Backups() {
			if place.Err != nil || place.File == "" {
				return false
			}
			points, err := w.alice.VerifyBackup(ctx, place.Sealed)
			if err != nil || !slices.Equal(points, []string{w.point}) {
				return false
			}
		}
		return true
	})
	if places := w.alice.engine.Backups(); len(places) != 2 {
		t.Errorf("%d folders with backups", len(places))
	}
	sealed, n, err := w.alice.Backup(ctx)
	if err != nil || n != 1 {
		t.Fatalf("backup of %d channels, %v", n, err)
	}
	_, err = w.bob.VerifyBackup(ctx, sealed) // another wallet's
	isKind(t, err, ErrBackup)
}

func (w *operated) history(ctx context.Context, t *testing.T) {
	for seed := byte(1); seed <= 3; seed++ {
		in, err := w.bob.Create(ctx, invoice.Request{Preimage: invoice.Preimage{seed}, Amount: 10_000 * amount.MilliSatoshi(seed), Memo: "stone", Expiry: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.alice.Pay(ctx, Order{Invoice: in.Text, FeeLimit: 0}); err != nil {
			t.Fatal(err)
		}
	}
	out, err := w.alice.Outgoing(ctx, 0, 2)
	if err != nil || len(out) != 2 || out[0].Amount != 30_000 || out[1].Amount != 20_000 || out[0].State != ln.MovementDone || out[0].Memo != "stone" || !out[0].Out {
		t.Fatalf("outgoing %+v, %v", out, err)
	}
	older, err := w.alice.Outgoing(ctx, out[1].Index, 10)
	if err != nil || len(older) != 1 || older[0].Amount != 10_000 {
		t.Errorf("older %+v, %v", older, err)
	}
	in, err := w.bob.Incoming(ctx, 0, 2)
	if err != nil || len(in) != 2 || in[0].Amount != 30_000 || in[0].Hash != out[0].Hash || in[0].Out {
		t.Fatalf("incoming %+v, %v", in, err)
	}
	if older, err := w.bob.Incoming(ctx, in[1].Index, 10); err != nil || len(older) != 1 || older[0].Amount != 10_000 {
		t.Errorf("older %+v, %v", older, err)
	}
	f, err := w.alice.Forwarding(ctx, time.Now().Add(-time.Hour))
	if err != nil || !f.Known || f.On || f.Payments != 0 {
		t.Errorf("forwarding %+v, %v", f, err)
	}
}

func (w *operated) backups(ctx context.Context, t *testing.T) {
	until(ctx, t, "the tower's first states", func() bool {
		now, err := w.alice.Towers(ctx)
		return err == nil && now.Backups > 0 && len(now.Towers) == 1 && now.Towers[0].Sessions > 0
	})
}

func (w *operated) together(ctx context.Context, t *testing.T) {
	// The devnet's nodes go by 50 sat/vB and meet somewhere below. The
	// transaction's id comes later while the last payment is being cleared.
	txid, err := w.alice.Close(ctx, w.point, 1)
	if err != nil {
		t.Fatalf("closing %q, %v", txid, err)
	}
	until(ctx, t, "the closing transaction", func() bool {
		waiting, err := w.alice.Pending(ctx)
		if err == nil && len(waiting) == 1 && waiting[0].Txid != "" {
			if txid != "" && txid != waiting[0].Txid {
				t.Errorf("closed by %s, waits for %s", txid, waiting[0].Txid)
			}
			txid = waiting[0].Txid
		}
		return err == nil && txid != ""
	})
	waiting, err := w.alice.Pending(ctx)
	if err != nil || len(waiting) != 1 || waiting[0].Stage != ln.StageClosing || waiting[0].Limbo < 700_000 {
		t.Fatalf("pending %+v, %v", waiting, err)
	}
	until(ctx, t, "the raised fee", func() bool {
		return w.alice.Bump(ctx, w.point, 80, 50_000) == nil
	})
	until(ctx, t, "the end of the channel", func() bool {
		w.step(ctx, t, w.alice)
		closed, err := w.alice.Closed(ctx, 10)
		return err == nil && len(closed) == 1 && closed[0].How == ln.EndedTogether && closed[0].Txid == txid
	})
}

func (w *operated) forced(ctx context.Context, t *testing.T) {
	w.open(ctx, t, 500_000)
	txid, err := w.alice.Force(ctx, w.point)
	if err != nil || txid == "" {
		t.Fatalf("forced closing %q, %v", txid, err)
	}
	waiting, err := w.alice.Pending(ctx)
	if err != nil || len(waiting) != 1 || waiting[0].Stage != ln.StageForcing || waiting[0].Limbo < 400_000 {
		t.Fatalf("pending %+v, %v", waiting, err)
	}
	until(ctx, t, "the raised fee", func() bool { return w.alice.Bump(ctx, w.point, 80, 50_000) == nil })
	until(ctx, t, "the wait for our part", func() bool {
		w.step(ctx, t, w.alice)
		waiting, err := w.alice.Pending(ctx)
		return err == nil && len(waiting) == 1 && waiting[0].Stage == ln.StageMaturing && waiting[0].BlocksLeft > 0
	})
	isKind(t, w.alice.Bump(ctx, w.point, 20, 50_000), ErrNothingToBump)
	until(ctx, t, "the end of the channel", func() bool {
		w.step(ctx, t, w.alice)
		closed, err := w.alice.Closed(ctx, 10)
		return err == nil && len(closed) == 2 && closed[0].How == ln.EndedByUs && closed[0].Ours > 400_000
	})
}

// step mines a block, or as many as a part of a closing is locked for, once the
// node has caught up: nodes that are shown hundreds at once lose the chain.
func (w *operated) step(ctx context.Context, t *testing.T, p *party) {
	t.Helper()
	tip, err := w.d.Tip(ctx)
	if err != nil {
		t.Fatal(err)
	}
	me, err := p.Identity(ctx)
	if err != nil || int32(me.Height) < tip.Height || !me.Synced {
		return
	}
	waiting, err := p.Pending(ctx)
	if err != nil {
		return
	}
	blocks := int32(1)
	for _, c := range waiting {
		blocks = max(blocks, c.BlocksLeft)
	}
	mine(t, w.d, int(blocks))
}

// open opens one more channel and waits until it can be used.
func (w *operated) open(ctx context.Context, t *testing.T, sat btcutil.Amount) {
	t.Helper()
	var err error
	said := ""
	until(ctx, t, "an opening", func() bool {
		w.point, err = w.alice.Open(ctx, Opening{Peer: peerOf(t, w.bob), Amount: sat, FeeRate: 3})
		if err != nil && err.Error() != said {
			said = err.Error()
			t.Log(said)
		}
		return err == nil
	})
	mine(t, w.d, 6)
	awaitChannel(ctx, t, w.alice, w.bob)
}

// restored: alice's folder burns with all of lnd's databases; what is left is
// the seed on paper and the copy in the second folder.
func (w *operated) restored(ctx context.Context, t *testing.T) {
	w.open(ctx, t, 600_000)
	paper := t.TempDir()
	for _, kept := range []string{"seed.regtest.age", "wallet.password"} { // as `cairn backup` keeps them
		raw, err := os.ReadFile(filepath.Join(w.alice.dir, kept))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(paper, kept), raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	had := w.alice.coins(ctx, t)
	until(ctx, t, "the last copy", func() bool {
		places := w.alice.engine.Backups()
		points, err := w.alice.VerifyBackup(ctx, places[1].Sealed)
		return err == nil && slices.Equal(points, []string{w.point})
	})
	sealed := w.alice.engine.Backups()[1].Sealed
	if err := w.alice.engine.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(w.alice.dir); err != nil {
		t.Fatal(err)
	}
	again := startPartyIn(t, w.d, paper)
	for _, p := range []*party{again, w.bob} { // engines of one process stop together
		if err := p.engine.WaitReady(ctx); err != nil {
			t.Fatal(err)
		}
	}
	// What was still on its way when the folder burned may have come since.
	until(ctx, t, "the coins that the seed finds", func() bool { return again.coins(ctx, t) >= had })
	had = again.coins(ctx, t)
	if n, err := again.Restore(ctx, sealed); err != nil || n != 1 {
		t.Fatalf("restored %d channels, %v", n, err)
	}
	waiting, err := again.Pending(ctx)
	if err != nil || len(waiting) != 1 || waiting[0].Point != w.point || waiting[0].Stage != ln.StageRestored {
		t.Fatalf("pending %+v, %v", waiting, err)
	}
	// Bob's node hears of the loss when both are connected, and closes.
	until(ctx, t, "the coins' return", func() bool {
		if err := again.Connect(ctx, peerOf(t, w.bob)); err != nil {
			return false
		}
		w.step(ctx, t, again)
		return again.coins(ctx, t) >= had+590_000
	})
}
