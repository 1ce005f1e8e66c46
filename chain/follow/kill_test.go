package follow_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/chain/follow"
)

const (
	killURL    = "CAIRN_TEST_FOLLOW_URL"
	killBlocks = 150
)

func TestMain(m *testing.M) {
	if url := os.Getenv(killURL); url != "" {
		if err := followToTheEnd(url); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	flag.Parse()
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "rapid.checks" })
	if !asked {
		if err := flag.Set("rapid.checks", "40"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// killChain is the same chain in every process: each block pays a watched
// script and spends what the block before paid.
func killChain() *fakeSource {
	s := newFakeSource()
	last := wire.OutPoint{Hash: chainhash.Hash{7}}
	for range killBlocks {
		tx := wire.NewMsgTx(2)
		tx.AddTxIn(&wire.TxIn{PreviousOutPoint: last})
		tx.AddTxOut(wire.NewTxOut(1000, scriptOf(1)))
		last = wire.OutPoint{Hash: tx.TxHash()}
		s.mine(tx)
	}
	return s
}

func followToTheEnd(url string) error {
	d, err := db.Open(context.Background(), url)
	if err != nil {
		return err
	}
	defer d.Close()
	return follower(d, killChain(), 1, follow.Watched{}, follow.Outbox{}, &journal{countdown: -2}).CatchUp(context.Background())
}

// TestKilledAtAnyMoment kills a following process again and again, wherever it
// happens to be, until one comes to the end: every block is there once.
func TestKilledAtAnyMoment(t *testing.T) {
	for _, dialect := range []db.Dialect{db.SQLite, db.Postgres} {
		t.Run(string(dialect), func(t *testing.T) {
			url := dbtest.URL(t, dialect)
			d := dbtest.Connect(t, url)
			makeJournal(t, d)
			if err := d.Transact(t.Context(), watch(scriptOf(1))); err != nil {
				t.Fatal(err)
			}
			kills, patience := 0, 40*time.Millisecond
			for finished := false; !finished; {
				child := exec.Command(os.Args[0])
				child.Env = append(os.Environ(), killURL+"="+url)
				child.Stderr = os.Stderr
				if err := child.Start(); err != nil {
					t.Fatal(err)
				}
				ended := make(chan error, 1)
				go func() { ended <- child.Wait() }()
				select {
				case err := <-ended:
					if err != nil {
						t.Fatalf("the follower failed: %v", err)
					}
					finished = true
				case <-time.After(patience + rand.N(patience)):
					kills++
					_ = child.Process.Kill()
					<-ended
					patience += patience / 20 // a slow machine gets there too
				}
			}
			if kills == 0 {
				t.Error("nothing was killed: the chain is too short for this machine")
			}
			t.Logf("%d kills", kills)
			s := killChain()
			wantLines(t, d, s, 1)
			coins, err := follow.Coins(d.Read(t.Context()), "watched")
			if err != nil {
				t.Fatal(err)
			}
			if len(coins) != killBlocks {
				t.Fatalf("%d coins, want %d", len(coins), killBlocks)
			}
			for i, c := range coins {
				if c.Created.Height != int32(i+1) || (c.Spent == nil) != (i == killBlocks-1) || c.Spent != nil && c.Spent.Block.Height != int32(i+2) {
					t.Errorf("coin %d: %+v", i, c)
				}
			}
		})
	}
}
