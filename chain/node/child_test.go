package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"cairn/chain"
	"cairn/chain/devnet"

	"github.com/lightningnetwork/lnd/lnrpc"
	"github.com/lightningnetwork/lnd/lnrpc/walletrpc"
)

func openDevnet(t *testing.T) *devnet.Chain {
	t.Helper()
	d, err := devnet.Open(devnet.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func ready(s chain.EngineStatus) bool { return s.Ready() }

// pid of the child of a node, from the supervisor's own hands.
func pid(t *testing.T, n *Node) int {
	t.Helper()
	for range 100 {
		if p := n.ChildPID(); p != 0 {
			return p
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("the node has no child")
	return 0
}

// The whole life of a child on the devnet: first start, kill -9, stuck, asked
// restart, stop, second start with the same wallet.
func TestChildLife(t *testing.T) {
	d := openDevnet(t)
	cfg := childConfig(t)
	cfg.Chain.Connect = []string{d.P2PAddr()}
	n, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { n.Close() }()
	began := time.Now()
	first := await(t, n, "ready", 60*time.Second, ready)
	t.Logf("first start to ready: %v; child RSS %d MB (peak %d MB)", time.Since(began).Round(10*time.Millisecond), memory(t, pid(t, n), "VmRSS"), memory(t, pid(t, n), "VmHWM"))
	if first.PubKey == "" || first.Height == 0 || !strings.HasPrefix(first.Version, "0.21.3") {
		t.Errorf("a ready node says who and where it is; got %+v", first)
	}
	if info, err := os.Stat(cfg.Dir + "/wallet.password"); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the password file: %v, %v; want mode 0600", info, err)
	}
	words, err := n.Seed()
	if err != nil || len(words) != 24 {
		t.Errorf("Seed() = %d words, %v; want 24", len(words), err)
	}
	assertNotInArgs(t, pid(t, n), words, cfg)
	assertDrill(t, n, words)

	kit := walletrpc.NewWalletKitClient(n.Conn())
	t.Run("kill -9", func(t *testing.T) {
		before := pid(t, n)
		if err := syscall.Kill(before, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		down := await(t, n, "down", 10*time.Second, func(s chain.EngineStatus) bool { return s.Phase == chain.EngineDown })
		if !strings.Contains(down.Reason, "killed") {
			t.Errorf("the reason is %q; want it to say that the node was killed", down.Reason)
		}
		if _, err := kit.NextAddr(t.Context(), &walletrpc.AddrRequest{}); !errors.Is(err, chain.ErrEngineDown) {
			t.Errorf("a call while it is down gives %v; want ErrEngineDown", err)
		}
		again := await(t, n, "ready again", 60*time.Second, ready)
		if again.Restarts != 1 || pid(t, n) == before {
			t.Errorf("after kill -9: %d restarts, pid %d; want 1 and another than %d", again.Restarts, pid(t, n), before)
		}
		if again.PubKey != first.PubKey {
			t.Errorf("it came back as %s; want the same wallet, %s", again.PubKey, first.PubKey)
		}
		if _, err := kit.NextAddr(t.Context(), &walletrpc.AddrRequest{}); err != nil {
			t.Errorf("a client made before the restart: %v; want it to work again", err)
		}
	})
	t.Run("stuck", func(t *testing.T) {
		before := pid(t, n)
		if err := syscall.Kill(before, syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		stopped := time.Now()
		down := await(t, n, "down", 20*time.Second, func(s chain.EngineStatus) bool { return s.Phase == chain.EngineDown })
		t.Logf("found stuck after %v", time.Since(stopped).Round(time.Millisecond))
		if !strings.Contains(down.Reason, "stopped answering") {
			t.Errorf("the reason is %q; want it to say that the node stopped answering", down.Reason)
		}
		await(t, n, "ready again", 60*time.Second, ready)
		if pid(t, n) == before {
			t.Errorf("the stuck child %d still runs", before)
		}
	})
	t.Run("restart", func(t *testing.T) {
		before, restarts := pid(t, n), n.Status().Restarts
		began := time.Now()
		n.Restart("The chain backend was restarted.")
		await(t, n, "down", 20*time.Second, func(s chain.EngineStatus) bool { return s.Restarts > restarts })
		await(t, n, "ready again", 60*time.Second, ready)
		t.Logf("restart took %v", time.Since(began).Round(10*time.Millisecond))
		if pid(t, n) == before {
			t.Error("Restart left the old child running")
		}
	})

	t.Run("close and open", func(t *testing.T) {
		last := pid(t, n)
		began := time.Now()
		if err := n.Close(); err != nil {
			t.Fatal(err)
		}
		t.Logf("stop took %v", time.Since(began).Round(10*time.Millisecond))
		if err := syscall.Kill(last, 0); err == nil {
			t.Errorf("child %d outlived Close", last)
		}
		began = time.Now()
		if n, err = Open(cfg); err != nil {
			t.Fatal(err)
		}
		s := await(t, n, "ready", 60*time.Second, ready)
		t.Logf("later start to ready: %v", time.Since(began).Round(10*time.Millisecond))
		if s.PubKey != first.PubKey {
			t.Errorf("the second start has node %s; want %s", s.PubKey, first.PubKey)
		}
		time.Sleep(9 * time.Second) // past two of the child's trims
		rss := memory(t, pid(t, n), "VmRSS")
		t.Logf("child RSS %d MB (peak %d MB)", rss, memory(t, pid(t, n), "VmHWM"))
		if rss > 150 {
			t.Errorf("the child takes %d MB; want at most 150", rss)
		}
	})
}

// assertNotInArgs checks that no secret is on the child's command line or in
// its environment.
func assertNotInArgs(t *testing.T, pid int, words []string, cfg Config) {
	t.Helper()
	password, err := os.ReadFile(filepath.Join(cfg.Dir, "wallet.password"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"cmdline", "environ"} {
		raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, file))
		if err != nil {
			t.Skip("no /proc here")
		}
		for _, secret := range []string{strings.TrimSpace(string(password)), strings.Join(words, " ")} {
			if strings.Contains(string(raw), secret) {
				t.Errorf("a secret is in the child's %s", file)
			}
		}
	}
}

// memory reads a line of /proc/pid/status in MB.
func memory(t *testing.T, pid int, line string) int {
	t.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for _, l := range strings.Split(string(raw), "\n") {
		if rest, ok := strings.CutPrefix(l, line+":"); ok {
			kb, err := strconv.Atoi(strings.Fields(rest)[0])
			if err != nil {
				t.Fatal(err)
			}
			return kb / 1024
		}
	}
	return 0
}

// TestRefusals starts children that cannot run and reads why.
func TestRefusals(t *testing.T) {
	refused := func(s chain.EngineStatus) bool { return s.Phase == chain.EngineRefused }

	t.Run("no wallet, then created, then wrong password", func(t *testing.T) {
		t.Parallel()
		cfg := childConfig(t)
		cfg.Network = chain.Signet
		n, err := Open(cfg)
		if err != nil {
			t.Fatal(err)
		}
		s := await(t, n, "refused", 30*time.Second, refused)
		if !strings.Contains(s.Reason, "cairn wallet create") {
			t.Errorf("without a wallet the reason is %q", s.Reason)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		words, err := n.Create(ctx, CreateOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if again, err := n.Seed(); err != nil || strings.Join(again, " ") != strings.Join(words, " ") {
			t.Errorf("Seed() = %v, %v; want the words of Create", again, err)
		}
		await(t, n, "syncing", 30*time.Second, func(s chain.EngineStatus) bool { return s.Phase == chain.EngineSyncing })
		if _, err := n.Create(ctx, CreateOptions{}); !errors.Is(err, ErrWalletExists) {
			t.Errorf("Create twice: %v; want ErrWalletExists", err)
		}
		n.Close()

		file := filepath.Join(cfg.Dir, "wallet.password")
		right, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte("not the password\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		n = open(t, cfg)
		s = await(t, n, "refused", 30*time.Second, refused)
		if !strings.Contains(s.Reason, "password is wrong") || !strings.Contains(s.Reason, file) {
			t.Errorf("with a wrong password the reason is %q", s.Reason)
		}
		if err := os.WriteFile(file, right, 0o600); err != nil {
			t.Fatal(err)
		}
		n.Restart("The password was put right.")
		await(t, n, "syncing", 30*time.Second, func(s chain.EngineStatus) bool { return s.Phase == chain.EngineSyncing })
	})

	t.Run("database in use", func(t *testing.T) {
		t.Parallel()
		cfg := childConfig(t)
		n := open(t, cfg)
		await(t, n, "syncing", 30*time.Second, func(s chain.EngineStatus) bool { return s.Phase == chain.EngineSyncing })
		second := open(t, cfg)
		s := await(t, second, "refused", 40*time.Second, refused)
		if !strings.Contains(s.Reason, "nother process") {
			t.Errorf("beside a running node the reason is %q", s.Reason)
		}
		if now := n.Status(); now.Phase != chain.EngineSyncing || now.Restarts != 0 {
			t.Errorf("the first node was disturbed: %+v", now)
		}
	})

	t.Run("port taken", func(t *testing.T) {
		t.Parallel()
		d := openDevnet(t)
		cfg := childConfig(t)
		cfg.Listen = d.P2PAddr() // somebody listens there
		cfg.Chain.Connect = []string{d.P2PAddr()}
		s := await(t, open(t, cfg), "refused", 30*time.Second, refused)
		if !strings.Contains(s.Reason, "taken") || !strings.Contains(s.Reason, cfg.Listen) {
			t.Errorf("with its port taken the reason is %q", s.Reason)
		}
	})

	t.Run("bad option", func(t *testing.T) {
		t.Parallel()
		cfg := childConfig(t)
		cfg.ExtraArgs = []string{"--no-such-option"}
		s := await(t, open(t, cfg), "refused", 30*time.Second, refused)
		if !strings.Contains(s.Reason, "configuration") {
			t.Errorf("with a bad option the reason is %q", s.Reason)
		}
	})

	t.Run("backend down", func(t *testing.T) {
		t.Parallel()
		cfg := childConfig(t)
		cfg.Chain = ChainConfig{Backend: Bitcoind, RPCHost: "127.0.0.1:1", RPCUser: "u", RPCPass: "secret-rpc-password"}
		n := open(t, cfg)
		p := pid(t, n)
		if raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", p)); err == nil && strings.Contains(string(raw), "secret-rpc-password") {
			t.Error("the RPC password is on the child's command line")
		}
		s := await(t, n, "down", 40*time.Second, func(s chain.EngineStatus) bool { return s.Phase == chain.EngineDown || s.Phase == chain.EngineRefused })
		if s.Phase != chain.EngineDown || !strings.Contains(s.Reason, "chain backend") {
			t.Errorf("with its backend down it is %s: %q; want down, saying so", s.Phase, s.Reason)
		}
	})
}

// On mainnet nothing runs between Create and Confirm.
func TestMainnetWaitsForConfirmedSeed(t *testing.T) {
	cfg := childConfig(t)
	cfg.Network = chain.Mainnet
	n := open(t, cfg)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	words, err := n.Create(ctx, CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s := await(t, n, "refused", 30*time.Second, func(s chain.EngineStatus) bool {
		return s.Phase == chain.EngineRefused && strings.Contains(s.Reason, "confirm")
	})
	if _, err := lnrpc.NewLightningClient(n.Conn()).GetInfo(ctx, &lnrpc.GetInfoRequest{}); !errors.Is(err, chain.ErrEngineDown) {
		t.Errorf("before Confirm a call gives %v; want ErrEngineDown (status %+v)", err, s)
	}
	picked := map[int]string{}
	for _, q := range n.ConfirmQuestions() {
		picked[q] = words[q-1]
	}
	wrong := map[int]string{}
	for q := range picked {
		wrong[q] = "abandonn"
	}
	if err := n.Confirm(wrong); !errors.Is(err, ErrWrongWords) {
		t.Errorf("Confirm(wrong words) = %v; want ErrWrongWords", err)
	}
	if n.Confirmed() {
		t.Fatal("wrong words confirmed the seed")
	}
	if err := n.Confirm(picked); err != nil {
		t.Fatal(err)
	}
	await(t, n, "syncing", 30*time.Second, func(s chain.EngineStatus) bool { return s.Phase == chain.EngineSyncing })
}

// A child ends when its parent dies, however it dies: its standard input ends.
func TestChildEndsWithItsInput(t *testing.T) {
	n := open(t, childConfig(t))
	await(t, n, "syncing", 30*time.Second, func(s chain.EngineStatus) bool { return s.Phase == chain.EngineSyncing })
	p := pid(t, n)
	n.current.Load().(*child).stdin.Close()
	deadline := time.Now().Add(20 * time.Second)
	for syscall.Kill(p, 0) == nil {
		if pid(t, n) != p {
			return // gone, and its successor is there
		}
		if time.Now().After(deadline) {
			t.Fatal("the child outlived its standard input by 20 s")
		}
		time.Sleep(50 * time.Millisecond)
	}
}
