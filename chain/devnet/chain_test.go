package devnet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/database"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashDirEnv); dir != "" {
		mineUntilKilled(dir)
		return
	}
	if dir := os.Getenv(reopenDirEnv); dir != "" {
		reopen(dir)
		return
	}
	goleak.VerifyTestMain(m)
}

// openTest opens a devnet in a fresh folder and closes it after the test.
func openTest(t testing.TB) *Chain {
	t.Helper()
	return openAt(t, Config{Dir: t.TempDir()})
}

// openAt opens a devnet and closes it after the test. DEVNET_LOG=1 shows what
// it does.
func openAt(t testing.TB, cfg Config) *Chain {
	t.Helper()
	if os.Getenv("DEVNET_LOG") != "" {
		cfg.Log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	c, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// tip is the best block.
func tip(t testing.TB, c *Chain) chain.BlockRef {
	t.Helper()
	ref, err := c.Tip(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

// mine mines n blocks.
func mine(t testing.TB, c *Chain, n int) []chain.BlockRef {
	t.Helper()
	refs, err := c.Mine(n)
	if err != nil {
		t.Fatal(err)
	}
	return refs
}

// pay has the faucet pay a key's script.
func pay(t testing.TB, c *Chain, script []byte) *Tx {
	t.Helper()
	txid, err := c.Faucet(t.Context(), script, 100_000)
	if err != nil {
		t.Fatal(err)
	}
	tx, err := c.Tx(txid)
	if err != nil {
		t.Fatal(err)
	}
	return tx
}

func TestFirstStart(t *testing.T) {
	now := time.Date(2026, 11, 22, 8, 0, 0, 123456789, time.UTC)
	c := openAt(t, Config{Dir: t.TempDir(), Now: func() time.Time { return now }})
	if got := tip(t, c).Height; got != premineHeight+1 {
		t.Fatalf("height %d after the first start", got)
	}
	var above time.Time
	for height := premineHeight + 1; height > 0; height-- {
		hash, err := c.HashAt(t.Context(), int32(height))
		if err != nil {
			t.Fatal(err)
		}
		header, err := c.Header(t.Context(), hash)
		if err != nil {
			t.Fatal(err)
		}
		if header.Timestamp.After(now) {
			t.Fatalf("block %d is dated %v, in the future", height, header.Timestamp)
		}
		if !above.IsZero() && !header.Timestamp.Before(above) {
			t.Fatalf("block %d is dated %v, not before %v", height, header.Timestamp, above)
		}
		above = header.Timestamp
	}
}

func TestParamsLeaveBtcdsAlone(t *testing.T) {
	newParams()
	for _, id := range []int{chaincfg.DeploymentCSV, chaincfg.DeploymentSegwit, chaincfg.DeploymentTaproot} {
		if chaincfg.RegressionNetParams.Deployments[id].AlwaysActiveHeight != 0 {
			t.Fatal("btcd's global regtest parameters were changed")
		}
	}
}

func TestReopen(t *testing.T) {
	dir := t.TempDir()
	c := openAt(t, Config{Dir: dir})
	key := newTestKey(t)
	mined := pay(t, c, key.p2wpkh)
	before := mine(t, c, 5)[4]
	waiting := pay(t, c, key.p2wpkh)
	child := key.spend(t, c, waiting.Msg.TxHash(), 90_000)
	if err := c.Submit(child); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal("closing twice:", err)
	}

	c = openAt(t, Config{Dir: dir})
	after := tip(t, c)
	if after.Height != before.Height+1 {
		t.Fatalf("tip %v after %v: not one fresh block on top", after, before)
	}
	header, err := c.Header(t.Context(), after.Hash)
	if err != nil || header.PrevBlock != before.Hash {
		t.Fatalf("the fresh block's parent is %v, %v", header, err)
	}
	// What was waiting went into the fresh block.
	for _, txid := range []chain.BlockRef{{Hash: waiting.Msg.TxHash()}, {Hash: child.TxHash()}} {
		tx, err := c.Tx(txid.Hash)
		if err != nil || tx.Block != after {
			t.Fatalf("%v: %v, %v", txid.Hash, tx, err)
		}
	}
	if tx, err := c.Tx(mined.Msg.TxHash()); err != nil || tx.Block.Height != before.Height-4 {
		t.Fatal(tx, err)
	}
}

func TestSecondOpenIsRefused(t *testing.T) {
	dir := t.TempDir()
	openAt(t, Config{Dir: dir})
	if _, err := Open(Config{Dir: dir}); !errors.Is(err, ErrInUse) {
		t.Fatal(err)
	}
}

func TestOpenRefusesToListenToTheWorld(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "nonsense"} {
		if c, err := Open(Config{Dir: t.TempDir(), Listen: address}); err == nil {
			c.Close()
			t.Errorf("listens on %q", address)
		}
	}
	if _, err := Open(Config{}); err == nil {
		t.Error("opens without a folder")
	}
}

// reopenDirEnv makes the test binary a process that opens and closes the
// devnet in that folder.
const reopenDirEnv = "DEVNET_REOPEN_DIR"

func reopen(dir string) {
	c, err := Open(Config{Dir: dir})
	if err == nil {
		err = c.Close()
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// reopenElsewhere opens and closes the devnet in a process of its own: btcd leaves
// the handles of a database that it finds damaged open.
func reopenElsewhere(t *testing.T, dir string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), reopenDirEnv+"="+dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// The journal alone brings everything back when the database is gone or
// unreadable, and the database alone when the journal is.
func TestRebuild(t *testing.T) {
	t.Parallel()
	damages := map[string]func(t *testing.T, dir string){
		"database gone": func(t *testing.T, dir string) {
			if err := os.RemoveAll(filepath.Join(dir, "blocks")); err != nil {
				t.Fatal(err)
			}
		},
		"block file cut short": func(t *testing.T, dir string) {
			if err := os.Truncate(filepath.Join(dir, "blocks", "000000000.fdb"), 1000); err != nil {
				t.Fatal(err)
			}
		},
		"metadata lost": func(t *testing.T, dir string) {
			manifests, _ := filepath.Glob(filepath.Join(dir, "blocks", "metadata", "MANIFEST-*"))
			for _, m := range append(manifests, filepath.Join(dir, "blocks", "metadata", "CURRENT")) {
				if err := os.WriteFile(m, []byte("rubbish"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		},
		"journal gone": func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, "blocks.journal")); err != nil {
				t.Fatal(err)
			}
		},
		"journal torn": func(t *testing.T, dir string) {
			path := filepath.Join(dir, "blocks.journal")
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.Truncate(path, info.Size()-7); err != nil {
				t.Fatal(err)
			}
		},
		"journal rotten in the middle": func(t *testing.T, dir string) {
			file, err := os.OpenFile(filepath.Join(dir, "blocks.journal"), os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			if _, err := file.WriteAt([]byte{0xde, 0xad}, 5_000); err != nil {
				t.Fatal(err)
			}
		},
		"mempool file rubbish": func(t *testing.T, dir string) {
			if err := os.WriteFile(filepath.Join(dir, "mempool"), bytes.Repeat([]byte{0xff}, 500), 0o600); err != nil {
				t.Fatal(err)
			}
		},
	}
	for name, damage := range damages {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			c := openAt(t, Config{Dir: dir})
			refs, err := c.Reorg(2)
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Close(); err != nil {
				t.Fatal(err)
			}
			damage(t, dir)
			reopenElsewhere(t, dir)
			c = openAt(t, Config{Dir: dir})
			for _, ref := range refs {
				if hash, err := c.HashAt(t.Context(), ref.Height); err != nil || hash != ref.Hash {
					t.Fatalf("block %v became %v, %v", ref, hash, err)
				}
			}
			if err := c.Close(); err != nil {
				t.Fatal(err)
			}
			// Whatever was lost, both are whole again now.
			if err := os.RemoveAll(filepath.Join(dir, "blocks")); err != nil {
				t.Fatal(err)
			}
			c = openAt(t, Config{Dir: dir})
			if hash, err := c.HashAt(t.Context(), refs[2].Height); err != nil || hash != refs[2].Hash {
				t.Fatalf("after a second loss: %v, %v", hash, err)
			}
		})
	}
}

func TestAfterClose(t *testing.T) {
	c := openTest(t)
	at := tip(t, c)
	key := newTestKey(t)
	tx := pay(t, c, key.p2wpkh)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Mine(1); !errors.Is(err, ErrClosed) {
		t.Error("Mine:", err)
	}
	if _, err := c.Faucet(t.Context(), key.p2wpkh, 10_000); !errors.Is(err, ErrClosed) {
		t.Error("Faucet:", err)
	}
	if err := c.Submit(tx.Msg); !errors.Is(err, ErrClosed) {
		t.Error("Submit:", err)
	}
	if _, err := c.Reorg(1); !errors.Is(err, ErrClosed) {
		t.Error("Reorg:", err)
	}
	if _, err := c.Block(t.Context(), at.Hash); !errors.Is(err, ErrClosed) {
		t.Error("Block:", err)
	}
	if _, err := c.Tx(chaincfg.RegressionNetParams.GenesisBlock.Transactions[0].TxHash()); err == nil {
		t.Error("Tx found something")
	}
}

// A crash can leave a block stored and indexed, but not connected. It was
// acknowledged all the same.
func TestStoredBlocksAreConnected(t *testing.T) {
	original := t.TempDir()
	c := openAt(t, Config{Dir: original})
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(original)); err != nil {
		t.Fatal(err)
	}

	// The original goes on, and its next blocks are put into the copy's
	// database just as far as btcd gets before it connects them.
	c = openAt(t, Config{Dir: original})
	refs := append([]chain.BlockRef{tip(t, c)}, mine(t, c, 2)...)
	db, err := openDatabase(filepath.Join(dir, "blocks"), c.params)
	if err != nil {
		t.Fatal(err)
	}
	for _, ref := range refs {
		block, err := c.Block(t.Context(), ref.Hash)
		if err != nil {
			t.Fatal(err)
		}
		err = db.Update(func(tx database.Tx) error {
			key := append(binary.BigEndian.AppendUint32(nil, uint32(ref.Height)), ref.Hash[:]...)
			var value bytes.Buffer
			if err := block.Header.Serialize(&value); err != nil {
				return err
			}
			value.WriteByte(1) // btcd's statusDataStored
			return errors.Join(
				tx.StoreBlock(btcutil.NewBlock(block)),
				tx.Metadata().Bucket([]byte("blockheaderidx")).Put(key, value.Bytes()),
			)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	c = openAt(t, Config{Dir: dir})
	for _, ref := range refs {
		if hash, err := c.HashAt(t.Context(), ref.Height); err != nil || hash != ref.Hash {
			t.Errorf("%v is not on the best chain: %v, %v", ref, hash, err)
		}
	}
	checkConsistent(t, c)
}

// A clock set back does not make the blocks of the journal invalid; the devnet
// waits for it to come back, and loses nothing.
func TestClockSetBack(t *testing.T) {
	dir := t.TempDir()
	c := openAt(t, Config{Dir: dir})
	before := tip(t, c)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(dir, "blocks")); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Config{Dir: dir, Now: func() time.Time { return time.Now().AddDate(0, 0, -3) }}); !errors.Is(err, ErrTooFast) {
		t.Fatal(err)
	}
	c = openAt(t, Config{Dir: dir})
	if hash, err := c.HashAt(t.Context(), before.Height); err != nil || hash != before.Hash {
		t.Fatal(hash, err)
	}
}

func TestJournalOnAFullDisk(t *testing.T) {
	file, err := os.OpenFile("/dev/full", os.O_RDWR, 0)
	if err != nil {
		t.Skip("this system has no /dev/full")
	}
	j := &journal{file: file}
	defer j.close()
	if err := j.append([]byte("block")); !errors.Is(err, ErrDiskFull) {
		t.Error(err)
	}
	if j.size != 0 {
		t.Error("a block that was not written counts")
	}
}

func TestFullDiskStopsTheMinerAlone(t *testing.T) {
	c := openTest(t)
	key := newTestKey(t)
	at := tip(t, c)
	c.minFreeBytes = math.MaxUint64
	if _, err := c.Mine(1); !errors.Is(err, ErrDiskFull) {
		t.Error("Mine:", err)
	}
	if _, err := c.Reorg(1); !errors.Is(err, ErrDiskFull) {
		t.Error("Reorg:", err)
	}
	if now := tip(t, c); now != at {
		t.Errorf("%v became %v", at, now)
	}
	waiting := pay(t, c, key.p2tr).txid() // needs no block
	c.minFreeBytes = minFreeBytes
	if tx, err := c.Tx(waiting); err != nil || tx.Block != (chain.BlockRef{}) {
		t.Fatal(tx, err)
	}
	if ref := mine(t, c, 1)[0]; ref.Height != at.Height+1 {
		t.Error(ref)
	}
}

// Killed in its very first moments, the devnet has a folder that is no
// database yet and nothing to lose.
func TestFirstStartCutShort(t *testing.T) {
	dir := t.TempDir()
	metadata := filepath.Join(dir, "blocks", "metadata")
	if err := os.MkdirAll(metadata, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(metadata, "CURRENT"), []byte("MANIF"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := openAt(t, Config{Dir: dir})
	if got := tip(t, c).Height; got != premineHeight+1 {
		t.Error(got)
	}
}

// Without journal and with an unreadable database there is nothing to go by;
// what is left is not touched.
func TestBothDamaged(t *testing.T) {
	dir := t.TempDir()
	c := openAt(t, Config{Dir: dir})
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "blocks.journal")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "blocks", "metadata", "CURRENT"), []byte("rubbish"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Config{Dir: dir}); !errors.Is(err, ErrDamaged) {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "blocks", "000000000.fdb")); err != nil {
		t.Error(err)
	}
}
