package claim

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/chain"
	"cairn/chain/devnet"
	"cairn/lighthouse"
	"cairn/lighthouse/contract"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// Whatever happens in whatever order (backers leave, blocks are undone, the
// process dies between any two steps, strangers send again what was given up),
// at most one claim is in the chain, the books say what the chain says, and in
// the end exactly one claim has landed, or none could.
func TestAnythingMayHappen(t *testing.T) {
	const seeds, steps = 7, 50
	for _, dialect := range []db.Dialect{db.SQLite, db.Postgres} {
		for seed := range uint64(seeds) {
			t.Run(fmt.Sprint(dialect, "/", seed), func(t *testing.T) {
				w := newWorld(t, dbtest.Open(t, dialect), func(w *world) { w.blind = seed%4 == 3 })
				m := newMadness(w, seed)
				for range steps {
					m.step()
					m.check()
				}
				m.settle()
			})
		}
	}
}

// madness is a world in which anything happens.
type madness struct {
	*world
	rand     *rand.Rand
	campaign lighthouse.Campaign
	key      lighthouse.Key
	backers  []*backer
	from     int32 // the block the campaign was opened at
	log      []string
}

func newMadness(w *world, seed uint64) *madness {
	m := &madness{world: w, rand: rand.New(rand.NewPCG(seed, 7))}
	tip, err := w.chain.Tip(w.Context())
	must(w, err)
	m.from = tip.Height
	w.cfg.Settled = 4
	w.restart()
	levels := []btcutil.Amount{100_000}
	if seed%2 == 1 {
		levels = append(levels, 150_000)
	}
	m.campaign, m.key = w.opened("a roof", nil, levels...)
	var values []btcutil.Amount
	for range 5 + m.rand.IntN(4) {
		if seed%3 == 0 { // each does it alone: claims that share no coin could be made
			values = append(values, btcutil.Amount(102_000+m.rand.IntN(20_000)))
		} else {
			values = append(values, btcutil.Amount(20_000+m.rand.IntN(60_000)))
		}
	}
	m.backers = w.pledged(m.campaign, values...)
	return m
}

// crashing makes the service die after one of its steps, now and then.
func (m *madness) crashing() {
	in := m.rand.IntN(6)
	m.service.crash = func(string) error {
		if in--; in == 0 {
			return errCrash
		}
		return nil
	}
}

func (m *madness) step() {
	m.Helper()
	m.crashing()
	var err error
	did := ""
	switch n := m.rand.IntN(20); {
	case n < 3:
		did = "claim"
		_, err = m.service.Claim(m.Context(), m.key)
	case n < 8:
		did = "work"
		err = m.service.work(m.Context())
	case n < 11:
		did = "send"
		m.send()
	case n < 13:
		did = "mine"
		m.mine(1)
	case n < 16:
		did = m.leaves()
	case n < 18:
		did = m.turn()
	default:
		did = m.strangerSends()
	}
	m.log = append(m.log, did)
	if errors.Is(err, errCrash) {
		m.log = append(m.log, "crash")
		m.restart()
		return
	}
	if m.unexpected(err) {
		m.Fatalf("%v: %v", m.log, err)
	}
}

// leaves has a backer leave, of the claim if there is one, by a transaction that
// pays enough to be let out; in a block at once or not yet.
func (m *madness) leaves() string {
	b := m.backers[m.rand.IntN(len(m.backers))]
	if claim, err := m.service.Get(m.Context(), m.campaign.ID); err == nil && m.rand.IntN(4) > 0 {
		in := claim.Tx.TxIn[m.rand.IntN(len(claim.Tx.TxIn))].PreviousOutPoint
		for _, one := range m.backers {
			if one.coin == in {
				b = one
			}
		}
	}
	if m.chain.Submit(m.leave(b, 19_500)) != nil {
		return "nobody leaves" // he has left
	}
	if m.rand.IntN(2) == 0 {
		m.mine(1)
		return fmt.Sprint("leave in a block ", b.out.Value)
	}
	return fmt.Sprint("leave ", b.out.Value)
}

// strangerSends sends again what was ever made, of which only one can be mined.
func (m *madness) strangerSends() string {
	attempts, err := loadAttempts(m.db.Read(m.Context()), m.campaign.ID)
	must(m, err)
	sent := 0
	for _, i := range m.rand.Perm(len(attempts)) {
		tx, err := attempts[i].tx()
		must(m, err)
		if m.chain.Submit(tx) == nil {
			sent++
		}
	}
	return fmt.Sprint("strangers send ", sent)
}

// turn undoes some blocks; what they held waits again, is forgotten, or meets
// another spending in the other branch.
func (m *madness) turn() string {
	depth := 1 + m.rand.IntN(3)
	tip, err := m.chain.Tip(m.Context())
	must(m, err)
	if tip.Height-int32(depth) <= m.from+1 {
		return "nothing" // the coins stay
	}
	var options []devnet.ReorgOption
	how := "reorg"
	claim, err := m.service.Get(m.Context(), m.campaign.ID)
	switch n := m.rand.IntN(4); {
	case err != nil, n == 0:
	case n == 1:
		how = "reorg, forgotten"
		options = append(options, devnet.WithoutTx(claim.Tx.TxHash()))
	case n == 2: // nobody has left: what left is forgotten
		how = "reorg, back"
		for _, b := range m.backers {
			options = append(options, devnet.WithoutTx(m.leave(b, 19_500).TxHash()), devnet.WithoutTx(m.leave(b, 700).TxHash()))
		}
	default:
		// An input of the claim is spent otherwise in the other branch.
		in := claim.Tx.TxIn[m.rand.IntN(len(claim.Tx.TxIn))].PreviousOutPoint
		for _, b := range m.backers {
			if b.coin == in {
				how = "reorg, left"
				options = append(options, devnet.WithTx(m.leave(b, 700)))
			}
		}
	}
	if _, err := m.chain.Reorg(depth, options...); err != nil {
		if !errors.Is(err, chain.ErrRejected) {
			m.Fatal(err)
		}
		return "no reorg" // it was spent in a block below
	}
	m.follow()
	return fmt.Sprint(how, " ", depth)
}

// unexpected errors are those that a service may not give.
func (m *madness) unexpected(err error) bool {
	if err == nil {
		return false
	}
	for _, kind := range []error{contract.ErrShort, ErrResting, ErrMoving, lighthouse.ErrClaimed} {
		if errors.Is(err, kind) {
			return false
		}
	}
	return true
}

// check compares what is known with what is so.
func (m *madness) check() {
	m.Helper()
	mined := m.mined()
	if len(mined) > 1 {
		m.Fatalf("%v: %d claims are in the chain", m.log, len(mined))
	}
	m.checkRule()
	campaign, err := m.campaigns.GetIn(m.db.Read(m.Context()), m.campaign.ID)
	must(m, err)
	now, err := m.service.Get(m.Context(), m.campaign.ID)
	if errors.Is(err, ErrNone) {
		if len(mined) > 0 || campaign.Stage != lighthouse.Open {
			m.Fatalf("%v: no claim, stage %s, %d in the chain", m.log, campaign.Stage, len(mined))
		}
		return
	}
	must(m, err)
	if (now.State == lighthouse.InBlock) != (len(mined) == 1) {
		m.Fatalf("%v: the claim is %s, %d in the chain", m.log, now.State, len(mined))
	}
	if len(mined) == 1 && now.Tx.TxHash() != mined[0].TxHash() {
		m.Fatalf("%v: another claim is in the chain", m.log)
	}
	if want := map[bool]lighthouse.Stage{true: lighthouse.Open, false: lighthouse.Claimed}[now.State == lighthouse.Failed]; campaign.Stage != want {
		m.Fatalf("%v: the claim is %s, the campaign %s", m.log, now.State, campaign.Stage)
	}
}

// checkRule: of any two attempts made here, the newer shares a coin with the
// older or was made when the older was dead.
func (m *madness) checkRule() {
	m.Helper()
	attempts, err := loadAttempts(m.db.Read(m.Context()), m.campaign.ID)
	must(m, err)
	for i, older := range attempts {
		a, err := older.tx()
		must(m, err)
		has := inputsOf(a)
		for _, newer := range attempts[i+1:] {
			b, err := newer.tx()
			must(m, err)
			shares := false
			for _, in := range b.TxIn {
				shares = shares || has[in.PreviousOutPoint]
			}
			if !shares && newer.MadeHeight-older.MadeHeight < m.cfg.Settled {
				m.Fatalf("%v: attempts %d and %d share no coin", m.log, older.Number, newer.Number)
			}
		}
	}
}

// mined lists the claims in the chain.
func (m *madness) mined() (out []*wire.MsgTx) {
	m.Helper()
	tip, err := m.chain.Tip(m.Context())
	must(m, err)
	for h := m.from; h <= tip.Height; h++ {
		hash, err := m.chain.HashAt(m.Context(), h)
		must(m, err)
		block, err := m.chain.Block(m.Context(), hash)
		must(m, err)
		for _, tx := range block.Transactions {
			if levelOf(m.campaign.Terms.Levels, tx) >= 0 {
				out = append(out, tx)
			}
		}
	}
	return out
}

// settle lets everything come to rest: what can be claimed is, once.
func (m *madness) settle() {
	m.Helper()
	m.service.crash = func(string) error { return nil }
	for range 3 + int(m.cfg.Settled) {
		if _, err := m.service.Claim(m.Context(), m.key); m.unexpected(err) {
			m.Fatal(err)
		}
		m.work()
		m.send()
		m.mine(1)
		m.check()
	}
	left := btcutil.Amount(0)
	for _, b := range m.backers {
		if unspent, err := m.chain.Unspent(b.coin); err == nil && unspent != nil {
			left += btcutil.Amount(b.out.Value)
		}
	}
	if n := len(m.mined()); n == 0 && left > 103_000 {
		m.Fatalf("%v: nothing was claimed, though pledges of %d are there", m.log, left)
	}
	if n := len(m.unsent()); n != 0 {
		m.Errorf("%v: %d transactions still wait", m.log, n)
	}
}

// Everybody presses at once, in two processes of which one leads no more: one
// claim.
func TestManyAtOnce(t *testing.T) {
	each(t, func(w *world) {
		lease, err := w.db.Acquire(w.Context(), "leader", "first", time.Hour)
		must(w, err)
		leading := func(l *db.Lease) *Service {
			cfg := w.cfg
			cfg.Epoch = func() (int64, error) { return l.Epoch(), nil }
			cfg.Fence = func(tx *gorm.DB) error { return db.Fence(tx, "leader", l.Epoch()) }
			s, err := New(cfg)
			must(w, err)
			return s
		}
		old := leading(lease)
		must(w, lease.Release(w.Context()))
		lease, err = w.db.Acquire(w.Context(), "leader", "second", time.Hour)
		must(w, err)
		now := leading(lease)

		c, k := w.opened("a roof", nil, 100_000)
		w.pledged(c, 60_000, 60_000)
		var all sync.WaitGroup
		for i := range 12 {
			s := now
			if i%3 == 0 {
				s = old
			}
			all.Go(func() {
				_, err := s.Claim(w.Context(), k)
				if err != nil && !(s == old && errors.Is(err, db.ErrFenced)) {
					w.Errorf("claiming: %v", err)
				}
			})
			all.Go(func() {
				if err := s.work(w.Context()); err != nil && s == now {
					w.Errorf("working: %v", err)
				}
			})
		}
		all.Wait()
		if got := w.is(c, lighthouse.Claiming, lighthouse.Claimed); got.Attempts != 1 {
			w.Errorf("%d attempts", got.Attempts)
		}
		if n := len(w.unsent()); n != 1 {
			w.Errorf("%d transactions wait", n)
		}
		if e := w.unsent()[0]; e.Epoch != lease.Epoch() {
			w.Errorf("stored under epoch %d, the leader has %d", e.Epoch, lease.Epoch())
		}
	})
}

// A process that does not lead notes the wish, and the leader claims.
func TestWish(t *testing.T) {
	each(t, func(w *world) {
		c, k := w.opened("a roof", nil, 100_000)
		cfg := w.cfg
		cfg.Epoch = func() (int64, error) { return 0, db.ErrFenced }
		elsewhere, err := New(cfg)
		must(w, err)
		_, err = elsewhere.Claim(w.Context(), k)
		isKind(w, err, contract.ErrShort)
		w.work()
		w.staged(c, lighthouse.Open)
		w.pledged(c, 60_000, 60_000)
		w.work() // a wish that could not be fulfilled is not
		w.staged(c, lighthouse.Open)
		done := make(chan lighthouse.Claim, 1)
		go func() {
			got, err := elsewhere.Claim(w.Context(), k)
			if err != nil {
				w.Error(err)
			}
			done <- got
		}()
		w.until(func() bool {
			must(w, w.service.work(w.Context()))
			return len(w.unsent()) == 1
		})
		if got := <-done; got.Tx == nil || got.State != lighthouse.Claiming {
			w.Errorf("%+v", got)
		}
	})
}
