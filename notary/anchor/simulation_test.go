package anchor

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/app/db/outbox"
	"cairn/chain"
	"cairn/chain/devnet"
	"cairn/notary"
	"cairn/notary/verify"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// simulations is how many random histories are run on SQLite, 8 or what
// CAIRN_SIMULATIONS says.
func simulations(t *testing.T) uint64 {
	t.Helper()
	said := os.Getenv("CAIRN_SIMULATIONS")
	if said == "" {
		return 8
	}
	n, err := strconv.ParseUint(said, 10, 32)
	if err != nil || n == 0 {
		t.Fatalf("CAIRN_SIMULATIONS=%q is not a number of histories", said)
	}
	return n
}

// Random histories of stamps, blocks, reorgs that forget or double-spend,
// crashes and fee changes on a real chain. At every moment a proof that calls
// itself complete is one, and in the end each anchor is in the chain once.
func TestSimulation(t *testing.T) {
	for seed := range simulations(t) {
		t.Run(fmt.Sprintf("sqlite/seed=%d", seed), func(t *testing.T) {
			simulate(t, dbtest.Open(t, db.SQLite), seed)
		})
	}
	for seed := range uint64(2) {
		t.Run(fmt.Sprintf("postgres/seed=%d", seed), func(t *testing.T) {
			simulate(t, dbtest.Open(t, db.Postgres), seed)
		})
	}
}

func simulate(t *testing.T, d *db.DB, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 2026))
	w := newWorld(t, d, 1+int32(random.IntN(3)))
	s := &simulation{world: w, random: random}
	for range 60 {
		s.act()
		s.check()
	}
	w.wallet.Set(nil, chain.SatPerVByte(3))
	for range 40 {
		w.restart()
		w.step()
		w.send()
		w.mine(1)
		if s.done() {
			break
		}
	}
	for _, text := range s.stamps {
		proof := w.stage(text, notary.StageComplete)
		w.verified(text, verify.Confirmed)
		w.onlyCarrier(proof.Anchor.Root)
	}
	t.Log(s.told)
}

type simulation struct {
	*world
	random *rand.Rand
	stamps []string
	mined  int // blocks that a reorg may take
	told   []string
}

func (s *simulation) tell(format string, args ...any) {
	s.told = append(s.told, fmt.Sprintf(format, args...))
}

func (s *simulation) act() {
	switch s.random.IntN(10) {
	case 0:
		text := fmt.Sprint("text ", len(s.stamps))
		s.stamps = append(s.stamps, text)
		s.stamp(text)
		s.tell("stamp")
	case 1, 2, 3:
		s.crashSomewhere()
		if s.random.IntN(4) == 0 {
			return
		}
		s.send()
		s.tell("send")
	case 4:
		s.send()
		s.tell("send")
	case 5, 6:
		n := 1 + s.random.IntN(3)
		s.mine(n)
		s.mined += n
		s.tell("mine %d", n)
	case 7, 8:
		s.reorg()
	case 9:
		s.wallet.Set(nil, chain.SatPerVByte(1+s.random.Int64N(20)))
		s.tell("fees")
	}
}

// crashSomewhere steps the loop, which may die on the way.
func (s *simulation) crashSomewhere() {
	at := crashSteps[s.random.IntN(len(crashSteps))]
	crashes := s.random.IntN(2) == 0
	s.loop.crash = func(step string) error {
		if crashes && step == at {
			s.tell("crash: %s", step)
			return errCrash
		}
		return nil
	}
	for range 3 {
		s.clock.Add(70e9)
		if _, err := s.loop.step(s.Context()); err != nil {
			s.restart()
		}
	}
	s.loop.crash = func(string) error { return nil }
	s.tell("step")
}

func (s *simulation) reorg() {
	if s.mined == 0 {
		return
	}
	depth := 1 + s.random.IntN(min(s.mined, 6))
	var options []devnet.ReorgOption
	if entry, ok := s.someEntry(); ok {
		switch s.random.IntN(3) {
		case 0:
			options = append(options, devnet.WithoutTx(entry.Txid))
			s.tell("forget %s", entry.Key)
		case 1:
			if thief, ok := s.thief(entry, depth); ok {
				options = append(options, devnet.WithTx(thief))
				s.tell("double spend %s", entry.Key)
			}
		}
	}
	if _, err := s.chain.Reorg(depth, options...); err != nil {
		s.Fatal(err)
	}
	s.mined++
	s.follow()
	s.tell("reorg %d", depth)
}

func (s *simulation) someEntry() (outbox.Entry, bool) {
	entries, err := outbox.List(s.db.Read(s.Context()), 3)
	if err != nil {
		s.Fatal(err)
	}
	if len(entries) == 0 {
		return outbox.Entry{}, false
	}
	return entries[s.random.IntN(len(entries))], true
}

// thief spends the coin of an entry in another way, if the coin is unspent in
// the chain below the reorg.
func (s *simulation) thief(entry outbox.Entry, depth int) (*wire.MsgTx, bool) {
	tip, err := s.chain.Tip(s.Context())
	if err != nil {
		s.Fatal(err)
	}
	for height := tip.Height - int32(depth); height > tip.Height-150 && height > 0; height-- {
		hash, err := s.chain.HashAt(s.Context(), height)
		if err != nil {
			s.Fatal(err)
		}
		block, err := s.chain.Block(s.Context(), hash)
		if err != nil {
			s.Fatal(err)
		}
		for _, tx := range block.Transactions {
			for _, in := range tx.TxIn {
				if in.PreviousOutPoint == entry.Inputs[0] {
					return nil, false
				}
			}
		}
	}
	return s.wallet.Conflicting(s.TB, entry.Raw), true
}

// check: no proof says more than is true, and what is in a block is known.
func (s *simulation) check() {
	defer func() {
		if s.Failed() {
			s.Log(s.told)
		}
	}()
	for _, text := range s.stamps {
		proof := s.proof(text)
		if proof.Stage == notary.StageComplete {
			s.verified(text, verify.Confirmed)
		} else {
			s.verified(text, verify.Pending)
		}
		if proof.Anchor == nil || proof.Anchor.Block == (chain.BlockRef{}) {
			continue
		}
		if !s.inChain(proof.Anchor.Block, proof.Anchor.Txid) {
			s.Fatalf("%q claims block %s, which is not in the chain with it; history %v", text, proof.Anchor.Block, s.told)
		}
	}
}

func (s *simulation) inChain(at chain.BlockRef, txid chainhash.Hash) bool {
	hash, err := s.chain.HashAt(s.Context(), at.Height)
	if err != nil || hash != at.Hash {
		return false
	}
	tx, err := s.chain.Tx(txid)
	return err == nil && tx.Block == at
}

func (s *simulation) done() bool {
	for _, text := range s.stamps {
		if s.proof(text).Stage != notary.StageComplete {
			return false
		}
	}
	return true
}
