package devnet

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"cairn/chain"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
)

// crashDirEnv makes the test binary a process that mines in that folder until
// it is killed.
const crashDirEnv = "DEVNET_CRASH_DIR"

// crashes is how often the chain is killed; each time within its first moments
// or under load.
const crashes = 12

// mineUntilKilled mines with payments and reorganisations under way, and
// prints every block hash once it is promised to be on disk.
func mineUntilKilled(dir string) {
	c, err := Open(Config{Dir: dir})
	if err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
	script := append([]byte{0x00, 0x14}, make([]byte, 20)...)
	for i := 0; ; i++ {
		for range 3 {
			if _, err := c.Faucet(context.Background(), script, 10_000); err != nil {
				fmt.Println("failed:", err)
				os.Exit(1)
			}
		}
		mineSome := c.Mine
		if i%7 == 6 {
			mineSome = func(depth int) ([]chain.BlockRef, error) { return c.Reorg(depth) }
		}
		refs, err := mineSome(1 + i%3)
		if err != nil {
			fmt.Println("failed:", err)
			os.Exit(1)
		}
		for _, r := range refs {
			fmt.Println(r)
		}
	}
}

// Killed at any moment, a devnet opens again with every block it had
// acknowledged, on one consistent chain.
func TestKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	total := 0
	for n := range crashes {
		// Every fourth time counted from the start of the process, to hit the
		// first blocks and the opening too; else from the first promise.
		acknowledged := runAndKill(t, dir, time.Duration(rand.IntN(300))*time.Millisecond, n%4 == 0)
		total += len(acknowledged)

		reopenElsewhere(t, dir)
		c, err := Open(Config{Dir: dir})
		if err != nil {
			t.Fatalf("after kill %d: %v", n+1, err)
		}
		for _, ref := range acknowledged {
			if _, err := c.Block(t.Context(), ref.Hash); err != nil {
				t.Fatalf("kill %d lost block %s: %v", n+1, ref, err)
			}
		}
		// The last one was the tip: either the fresh block is above it, or a
		// reorganisation that was complete but not acknowledged.
		if len(acknowledged) > 0 {
			last := acknowledged[len(acknowledged)-1]
			if at := tip(t, c); at.Height <= last.Height {
				t.Fatalf("kill %d: back at %s after %s", n+1, at, last)
			}
		}
		checkConsistent(t, c)
		if _, err := c.Faucet(t.Context(), newTestKey(t).p2tr, 10_000); err != nil {
			t.Fatal(err)
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if total == 0 {
		t.Fatal("no block was ever acknowledged: nothing was tested")
	}
	t.Logf("%d kills, %d acknowledged blocks, none lost", crashes, total)
}

// runAndKill starts the miner, kills it some time after its start or its first
// words, and returns the blocks it acknowledged.
func runAndKill(t *testing.T, dir string, after time.Duration, fromStart bool) []chain.BlockRef {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), crashDirEnv+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill := func() { cmd.Process.Signal(syscall.SIGKILL) }
	if fromStart {
		time.AfterFunc(after, kill)
	}
	var refs []chain.BlockRef
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			break // what the kill cut off was not acknowledged
		}
		if strings.HasPrefix(line, "failed:") {
			t.Fatal(line)
		}
		var ref chain.BlockRef
		var hash string
		if _, err := fmt.Sscanf(line, "%d:%s", &ref.Height, &hash); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if err := chainhash.Decode(&ref.Hash, hash); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if len(refs) == 0 && !fromStart {
			time.AfterFunc(after, kill)
		}
		refs = append(refs, ref)
	}
	if err := cmd.Wait(); err == nil {
		t.Error("the miner was not killed")
	}
	return refs
}
