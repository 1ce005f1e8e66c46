package node

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"cairn/chain"
	"cairn/chain/devnet"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/lightninglabs/lndclient"
	"github.com/lightningnetwork/lnd/lnrpc"
)

func inProcessConfig(t *testing.T, d *devnet.Chain) Config {
	return Config{
		Network: chain.Devnet, Driver: InProcess, Dir: t.TempDir(),
		Chain:       ChainConfig{Connect: []string{d.P2PAddr()}},
		HealthEvery: 100 * time.Millisecond,
		Log:         testLog(t),
	}
}

// The chain through the node is the chain of the devnet, also after
// reorganisations; and lndclient's services work beside it.
func TestSourceAgreesWithTheDevnet(t *testing.T) {
	d := openDevnet(t)
	n := open(t, inProcessConfig(t, d))
	await(t, n, "ready", 60*time.Second, ready)
	src := n.Source()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	changed, err := src.Changed(ctx)
	if err != nil {
		t.Fatal(err)
	}

	agree := func(what string) {
		t.Helper()
		want, err := d.Tip(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for {
			tip, err := src.Tip(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if tip == want {
				break
			}
			select {
			case <-changed:
			case <-ctx.Done():
				t.Fatalf("%s: the node is at %v; want %v", what, tip, want)
			}
		}
		for _, height := range []int32{0, 1, want.Height - 3, want.Height - 1, want.Height} {
			assertSameBlock(t, d, src, height)
		}
	}
	agree("at start")
	if _, err := d.Mine(3); err != nil {
		t.Fatal(err)
	}
	agree("after three blocks")

	old, err := d.Tip(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Reorg(3); err != nil {
		t.Fatal(err)
	}
	agree("after a reorganisation of three")
	// Blocks that were taken in can still be taken back.
	stale, err := src.Block(ctx, old.Hash)
	if err != nil || stale.BlockHash() != old.Hash {
		t.Errorf("the stale block: %v", err)
	}
	header, err := src.Header(ctx, old.Hash)
	if err != nil || header.BlockHash() != old.Hash {
		t.Errorf("the stale header: %v", err)
	}

	tip, _ := d.Tip(ctx)
	if _, err := src.HashAt(ctx, tip.Height+1); !errors.Is(err, chain.ErrNoBlock) {
		t.Errorf("a height above the tip: %v; want ErrNoBlock", err)
	}
	if _, err := src.HashAt(ctx, -1); !errors.Is(err, chain.ErrNoBlock) {
		t.Errorf("a negative height: %v; want ErrNoBlock", err)
	}
	if _, err := src.Header(ctx, chainhash.Hash{1}); !errors.Is(err, chain.ErrNoBlock) {
		t.Errorf("an unknown header: %v; want ErrNoBlock", err)
	}
	if _, err := src.Block(ctx, chainhash.Hash{1}); !errors.Is(err, chain.ErrNoBlock) {
		t.Errorf("an unknown block: %v; want ErrNoBlock", err)
	}

	services, err := n.Services(ctx)
	if err != nil {
		t.Fatal(err)
	}
	_, height, err := services.ChainKit.GetBestBlock(ctx)
	if err != nil || height != tip.Height {
		t.Errorf("lndclient is at height %d (%v); want %d", height, err, tip.Height)
	}
	var _ lndclient.WalletKitClient = services.WalletKit
}

func assertSameBlock(t *testing.T, d *devnet.Chain, src *Source, height int32) {
	t.Helper()
	ctx := t.Context()
	want, err := d.HashAt(ctx, height)
	if err != nil {
		t.Fatal(err)
	}
	got, err := src.HashAt(ctx, height)
	if err != nil || got != want {
		t.Errorf("block %d is %s through the node (%v); want %s", height, got, err, want)
		return
	}
	wantHeader, err := d.Header(ctx, want)
	if err != nil {
		t.Fatal(err)
	}
	if header, err := src.Header(ctx, want); err != nil || *header != *wantHeader {
		t.Errorf("header %d differs: %v", height, err)
	}
	if height == 0 {
		return // nobody serves the genesis block over P2P
	}
	wantBlock, err := d.Block(ctx, want)
	if err != nil {
		t.Fatal(err)
	}
	block, err := src.Block(ctx, want)
	if err != nil {
		t.Errorf("block %d: %v", height, err)
		return
	}
	var a, b bytes.Buffer
	if err := errors.Join(wantBlock.Serialize(&a), block.Serialize(&b)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Errorf("block %d differs", height)
	}
}

// A second node reaches the first as a remote one, over TCP with certificate
// and macaroon; and notices when it is gone and back.
func TestRemote(t *testing.T) {
	d := openDevnet(t)
	home := inProcessConfig(t, d)
	near := open(t, home)
	await(t, near, "ready", 60*time.Second, ready)

	door := serveTCP(t, near)
	cfg := Config{
		Network: chain.Devnet, Driver: Remote, Dir: t.TempDir(), HealthEvery: 100 * time.Millisecond, Log: testLog(t),
		Remote: RemoteConfig{Host: "localhost:" + door.port(t), TLSCert: home.paths().tlsCert(), Macaroon: home.paths().macaroon()},
	}
	far := open(t, cfg)
	s := await(t, far, "ready", 30*time.Second, ready)
	if s.PubKey != near.Status().PubKey {
		t.Errorf("the remote node is %s; want %s", s.PubKey, near.Status().PubKey)
	}
	if _, err := far.Source().Tip(t.Context()); err != nil {
		t.Errorf("its chain: %v", err)
	}

	door.close()
	await(t, far, "down", 30*time.Second, func(s chain.EngineStatus) bool { return s.Phase == chain.EngineDown && s.Reason != "" })
	if _, err := far.Source().Tip(t.Context()); !errors.Is(err, chain.ErrEngineDown) {
		t.Errorf("while it is away: %v; want ErrEngineDown", err)
	}
	door.open(t)
	await(t, far, "ready again", 30*time.Second, ready)

	t.Run("wrong network", func(t *testing.T) {
		wrong := cfg
		wrong.Network, wrong.Dir = chain.Signet, t.TempDir()
		await(t, open(t, wrong), "refused", 30*time.Second, func(s chain.EngineStatus) bool { return s.Phase == chain.EngineRefused })
	})
	t.Run("wrong certificate", func(t *testing.T) {
		other := inProcessConfig(t, d)
		stranger := open(t, other)
		await(t, stranger, "ready", 60*time.Second, ready)
		wrong := cfg
		wrong.Dir = t.TempDir()
		wrong.Remote.TLSCert = other.paths().tlsCert()
		n := open(t, wrong)
		await(t, n, "down", 30*time.Second, func(s chain.EngineStatus) bool { return s.Phase == chain.EngineDown })
	})
	t.Run("missing macaroon", func(t *testing.T) {
		wrong := cfg
		wrong.Dir = t.TempDir()
		wrong.Remote.Macaroon = filepath.Join(t.TempDir(), "none")
		await(t, open(t, wrong), "refused", 30*time.Second, func(s chain.EngineStatus) bool { return s.Phase == chain.EngineRefused })
	})
}

// tcpDoor lets TCP clients in to a node that listens in memory.
type tcpDoor struct {
	n    *Node
	addr string
	lis  net.Listener
	held chan net.Conn
}

func serveTCP(t *testing.T, n *Node) *tcpDoor {
	door := &tcpDoor{n: n, addr: "127.0.0.1:0"}
	door.open(t)
	t.Cleanup(door.close)
	return door
}

func (d *tcpDoor) open(t *testing.T) {
	t.Helper()
	lis, err := net.Listen("tcp", d.addr)
	if err != nil {
		t.Fatal(err)
	}
	held := make(chan net.Conn, 100)
	d.lis, d.addr, d.held = lis, lis.Addr().String(), held
	go func() {
		for {
			client, err := lis.Accept()
			if err != nil {
				return
			}
			server, err := d.n.endpoint.dial(context.Background())
			if err != nil {
				client.Close()
				continue
			}
			held <- client
			go pipe(client, server)
			go pipe(server, client)
		}
	}()
}

func pipe(to, from net.Conn) {
	defer to.Close()
	defer from.Close()
	buf := make([]byte, 32<<10)
	for {
		k, err := from.Read(buf)
		if k > 0 {
			if _, err := to.Write(buf[:k]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func (d *tcpDoor) port(t *testing.T) string {
	_, port, err := net.SplitHostPort(d.addr)
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func (d *tcpDoor) close() {
	d.lis.Close()
	for {
		select {
		case c := <-d.held:
			c.Close()
		default:
			return
		}
	}
}

// Opening a channel leaves a sealed copy of the channel backup in the backups
// folder, which lnd itself accepts.
func TestChannelBackups(t *testing.T) {
	d := openDevnet(t)
	cfg := inProcessConfig(t, d)
	alice := open(t, cfg)
	bobCfg := inProcessConfig(t, d)
	bobCfg.Listen = freePort(t)
	bob := open(t, bobCfg)
	await(t, alice, "ready", 60*time.Second, ready)
	await(t, bob, "ready", 60*time.Second, ready)
	if files := backupFiles(alice.paths.backups()); len(files) != 0 {
		t.Fatalf("without channels there are backups: %v", files)
	}

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	openChannel(ctx, t, d, alice, bob, bobCfg.Listen)
	var files []string
	for len(files) == 0 {
		if ctx.Err() != nil {
			t.Fatal("no backup was written within a minute")
		}
		time.Sleep(50 * time.Millisecond)
		files = backupFiles(alice.paths.backups())
	}
	raw, err := os.ReadFile(files[len(files)-1])
	if err != nil {
		t.Fatal(err)
	}
	lightning := lnrpc.NewLightningClient(alice.Conn())
	_, err = lightning.VerifyChanBackup(ctx, &lnrpc.ChanBackupSnapshot{
		MultiChanBackup: &lnrpc.MultiChanBackup{MultiChanBackup: raw},
	})
	if err != nil {
		t.Errorf("lnd does not accept the copy: %v", err)
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer lis.Close()
	return lis.Addr().String()
}
