package sponsoring

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"cairn/app/db/outbox"
	"cairn/chain"
	"cairn/channels/fees"
	"cairn/channels/sponsor"

	"github.com/btcsuite/btcd/btcutil/psbt"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// A transaction of two visitors' coins without any fee goes all the way to a
// block, for a price, whichever of signing and paying comes first.
func TestSponsored(t *testing.T) {
	for _, order := range []string{"sign, pay", "pay, sign"} {
		t.Run(order, func(t *testing.T) {
			eachBench(t, func(t *testing.T, b *bench) {
				j := b.newJob("a")
				p := b.propose(Request{PSBT: j.psbt(t), Source: "a visitor", Client: "ann"})
				if p.State != Open || p.Pays <= 0 || p.Price.SatoshiFloor() <= p.Pays || p.Quote.ID == (fees.ID{}) {
					t.Fatalf("%+v", p)
				}
				if b.leased() == 0 {
					t.Error("nothing is set aside")
				}
				signed := j.sign(t, p.PSBT)
				if order == "pay, sign" {
					b.pay(p)
					if waits, err := b.Paid(t.Context(), p.Quote.ID); !waits || err != nil {
						t.Fatalf("waits %v, %v", waits, err)
					}
				}
				done, err := b.Accept(t.Context(), p.ID, signed)
				if order == "sign, pay" {
					isKind(t, "before it is paid", err, ErrUnpaid)
					if got := b.get(p.ID); got.State != Open || !got.Signed {
						t.Fatalf("%+v", got)
					}
					b.pay(p)
					if waits, err := b.Paid(t.Context(), p.Quote.ID); waits || err != nil {
						t.Fatalf("waits %v, %v", waits, err)
					}
					done, err = b.Accept(t.Context(), p.ID, signed)
				}
				if err != nil || done.State != Sent {
					t.Fatalf("%+v, %v", done, err)
				}
				q, err := b.till.Get(t.Context(), p.Quote.ID)
				if err != nil || q.State != fees.Used {
					t.Errorf("the quote is %s, %v", q.State, err)
				}
				b.inMempool(done.Txid)
				b.mine()
				if got := b.get(p.ID); got.State != Confirmed || got.Txid != done.Txid {
					t.Errorf("after a block: %+v", got)
				}
				tx, err := b.chain.Tx(done.Txid)
				if err != nil {
					t.Fatal(err)
				}
				if len(tx.Msg.TxIn) < 3 || tx.Msg.TxOut[0].Value != j.tx.TxOut[0].Value || tx.Msg.TxIn[0].PreviousOutPoint != j.tx.TxIn[0].PreviousOutPoint {
					t.Error("the chain has another transaction")
				}
				// Replacing it is not ours to do.
				if _, err := b.wallet.Replace(t.Context(), done.Txid, chain.SatPerVByte(900)); err == nil {
					t.Error("a shared transaction was replaced")
				}
			})
		})
	}
}

// Pledges signed before with ANYONECANPAY: SINGLE leaves room for change, ALL
// takes the nearest coin whole; and what was signed for exactly its own inputs
// is refused.
func TestPledges(t *testing.T) {
	eachBench(t, func(t *testing.T, b *bench) {
		const anyone = txscript.SigHashAnyOneCanPay
		for name, how := range map[string]txscript.SigHashType{"single": txscript.SigHashSingle | anyone, "all": txscript.SigHashAll | anyone, "exact": txscript.SigHashAll} {
			j := b.newJob(name)
			if how&^anyone == txscript.SigHashSingle {
				half := j.tx.TxOut[0].Value / 2
				j.tx.AddTxOut(wire.NewTxOut(j.tx.TxOut[0].Value-half, newVisitor(t, name+"/second", false).script))
				j.tx.TxOut[0].Value = half
			}
			if name == "all" { // a coin that may be given whole
				ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
				address, err := b.wallet.NewAddress(ctx, 0)
				if err != nil {
					t.Fatal(err)
				}
				script, err := txscript.PayToAddrScript(address)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := b.chain.Faucet(ctx, script, 30_000); err != nil {
					t.Fatal(err)
				}
				b.mine()
				for { // until lnd has seen it
					coins, err := b.wallet.ListCoins(ctx)
					if err != nil {
						t.Fatal(err)
					}
					found := false
					for _, c := range coins {
						found = found || c.Value == 30_000 && c.Confirmations > 0
					}
					if found {
						break
					}
					time.Sleep(20 * time.Millisecond)
				}
				cancel()
			}
			presign := func(p *psbt.Packet) {
				for i, v := range j.owners {
					p.Inputs[i].FinalScriptWitness = v.witness(t, j.tx, i, j.prevouts, how)
				}
			}
			p, err := b.Propose(t.Context(), Request{PSBT: j.psbt(t, presign), Grant: "pledge/1"})
			if name == "exact" {
				isKind(t, name, err, sponsor.ErrSigned)
				continue
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if p.Price != 0 {
				t.Errorf("%s: a grant with a price of %s", name, p.Price)
			}
			done, err := b.Accept(t.Context(), p.ID, p.PSBT) // nothing left to sign
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			b.inMempool(done.Txid)
			b.mine()
			if got := b.get(p.ID); got.State != Confirmed {
				t.Errorf("%s: %s", name, got.State)
			}
		}
	})
}

// What the visitor may not do has a kind, and leaves the proposal as it was.
func TestTampering(t *testing.T) {
	eachBench(t, func(t *testing.T, b *bench) {
		j := b.newJob("a")
		p := b.propose(Request{PSBT: j.psbt(t), Grant: "test"})
		for name, c := range map[string]struct {
			change func(*psbt.Packet)
			kind   error
		}{
			"more for himself": {func(p *psbt.Packet) { p.UnsignedTx.TxOut[0].Value += 500 }, sponsor.ErrOutputs},
			"our change":       {func(p *psbt.Packet) { p.UnsignedTx.TxOut[1].PkScript = j.owners[1].script }, sponsor.ErrOutputs},
			"a coin less":      {func(p *psbt.Packet) { p.UnsignedTx.TxIn[0].PreviousOutPoint.Index++ }, sponsor.ErrInputs},
			"the sequence":     {func(p *psbt.Packet) { p.UnsignedTx.TxIn[1].Sequence = 1 }, sponsor.ErrSequence},
			"the lock time":    {func(p *psbt.Packet) { p.UnsignedTx.LockTime = 99 }, sponsor.ErrHeader},
			"his value":        {func(p *psbt.Packet) { p.Inputs[0].WitnessUtxo = wire.NewTxOut(99_999, j.prevouts[0].PkScript) }, sponsor.ErrSignature},
		} {
			_, err := b.Accept(t.Context(), p.ID, j.sign(t, p.PSBT, c.change))
			isKind(t, name, err, c.kind)
		}
		_, err := b.Accept(t.Context(), p.ID, p.PSBT)
		isKind(t, "unsigned", err, sponsor.ErrSignature)
		_, err = b.Accept(t.Context(), p.ID, []byte("psbt\xff"))
		isKind(t, "no psbt", err, sponsor.ErrPSBT)
		if got := b.get(p.ID); got.State != Open || got.Signed {
			t.Errorf("%+v", got)
		}
		if _, err := b.Accept(t.Context(), p.ID, j.sign(t, p.PSBT)); err != nil {
			t.Errorf("the honest one after all that: %v", err)
		}
		_, err = b.Get(t.Context(), ID{7})
		isKind(t, "unknown", err, ErrUnknown)
	})
}

// What cannot be sponsored is refused by its kind and leaves nothing lent.
func TestRefused(t *testing.T) {
	eachBench(t, func(t *testing.T, b *bench) {
		before := b.leased()
		ours, err := b.wallet.ListCoins(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		j := b.newJob("a")
		lie := b.newJob("lie")
		lie.prevouts[0] = wire.NewTxOut(lie.prevouts[0].Value-1, lie.prevouts[0].PkScript)
		lie.tx.TxOut[0].Value--
		for name, c := range map[string]struct {
			job    *job
			change func(*psbt.Packet)
			req    Request
			kind   error
		}{
			"a coin nobody has": {j, func(p *psbt.Packet) { p.UnsignedTx.TxIn[0].PreviousOutPoint.Hash[0] ^= 1 }, Request{}, ErrUnknownCoin},
			"another value":     {lie, nil, Request{}, sponsor.ErrPrevout},
			"a coin of ours":    {j, func(p *psbt.Packet) { p.UnsignedTx.TxIn[0].PreviousOutPoint = ours[0].OutPoint }, Request{}, sponsor.ErrOurCoin},
			"a gift too many":   {j, func(p *psbt.Packet) { p.UnsignedTx.TxOut[0].Value++ }, Request{}, sponsor.ErrGift},
			"a gift too large":  {j, nil, Request{Gift: 2_001}, sponsor.ErrTerms},
			"a fee of its own":  {j, func(p *psbt.Packet) { p.UnsignedTx.TxOut[0].Value = 1_000 }, Request{}, sponsor.ErrNotNeeded},
			"too heavy":         {j, nil, Request{Weights: []int64{399_999}}, sponsor.ErrWeight},
		} {
			req := c.req
			if c.change == nil {
				c.change = func(*psbt.Packet) {}
			}
			req.PSBT = c.job.psbt(t, c.change)
			_, err := b.Propose(t.Context(), req)
			isKind(t, name, err, c.kind)
		}
		if after := b.leased(); after != before {
			t.Errorf("%d sat are held back, %d before", after, before)
		}
		spent := b.newJob("spent") // and then spent in the mempool
		p := b.propose(Request{PSBT: spent.psbt(t), Grant: "test"})
		done, err := b.Accept(t.Context(), p.ID, spent.sign(t, p.PSBT))
		if err != nil {
			t.Fatal(err)
		}
		b.inMempool(done.Txid)
		_, err = b.Propose(t.Context(), Request{PSBT: spent.psbt(t)})
		isKind(t, "spent in the mempool", err, ErrUnknownCoin)

		b.cfg.Till = nil
		b.restart()
		_, err = b.Propose(t.Context(), Request{PSBT: j.psbt(t)})
		isKind(t, "without a till", err, ErrNotForSale)
		b.cfg.OpenEach = 1
		b.restart()
		b.propose(Request{PSBT: j.psbt(t), Source: "x", Grant: "test"})
		_, err = b.Propose(t.Context(), Request{PSBT: j.psbt(t), Source: "x", Grant: "test"})
		isKind(t, "one too many", err, ErrBusy)
	})
}

// Protected coins are never lent, nor one that becomes protected signed with;
// and the last coin stays with the node.
func TestOnlyFeeCoins(t *testing.T) {
	eachBench(t, func(t *testing.T, b *bench) {
		j := b.newJob("a")
		p := b.propose(Request{PSBT: j.psbt(t), Grant: "test"})
		lent := decode(t, p.PSBT).UnsignedTx.TxIn[2].PreviousOutPoint
		if err := b.wallet.Protect(t.Context(), "coloured", lent); err != nil {
			t.Fatal(err)
		}
		_, err := b.Accept(t.Context(), p.ID, j.sign(t, p.PSBT))
		isKind(t, "protected meanwhile", err, chain.ErrProtected)
		if err := b.wallet.Unprotect(t.Context(), lent); err != nil {
			t.Fatal(err)
		}

		other := b.newJob("b").psbt(t) // which sees to it that there are coins
		coins, err := b.wallet.ListCoins(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var free []wire.OutPoint
		for _, c := range coins {
			if c.Class == "fee" && !c.Leased && c.Confirmations > 0 {
				free = append(free, c.OutPoint)
			}
		}
		if err := b.wallet.Protect(t.Context(), "all but one", free[1:]...); err != nil {
			t.Fatal(err)
		}
		defer b.wallet.Unprotect(context.Background(), free[1:]...)
		_, err = b.Propose(t.Context(), Request{PSBT: other, Grant: "test"})
		isKind(t, "the last coin", err, chain.ErrNoFunds)
	})
}

// What is not signed in time is over: its coins are free, and what was paid is
// credit.
func TestExpired(t *testing.T) {
	eachBench(t, func(t *testing.T, b *bench) {
		before := b.leased()
		j := b.newJob("a")
		p := b.propose(Request{PSBT: j.psbt(t), Client: "ann"})
		b.pay(p)
		b.clock.pass(10*time.Minute + time.Second)
		_, err := b.Accept(t.Context(), p.ID, j.sign(t, p.PSBT))
		isKind(t, "too late", err, ErrExpired)
		if err := b.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := b.get(p.ID); got.State != Ended {
			t.Errorf("it is %s", got.State)
		}
		if after := b.leased(); after != before {
			t.Errorf("%d sat are held back, %d before", after, before)
		}
		if credit, err := b.till.Credit(t.Context(), "client/ann"); err != nil || credit != p.Price {
			t.Errorf("a credit of %s, %v", credit, err)
		}
		if waits, err := b.Paid(t.Context(), p.Quote.ID); waits || err != nil {
			t.Errorf("told again: %v, %v", waits, err)
		}
		// The same transaction may be tried again.
		again := b.propose(Request{PSBT: j.psbt(t), Grant: "test"})
		if _, err := b.Accept(t.Context(), again.ID, j.sign(t, again.PSBT)); err != nil {
			t.Error(err)
		}
	})
}

type crash string

// The process dies after each step. Whoever comes back gets his one transaction,
// or the proposal ends and nothing stays lent.
func TestCrashes(t *testing.T) {
	eachBench(t, func(t *testing.T, b *bench) {
		before := b.leased()
		dying := func(step string, do func()) (died bool) {
			b.failpoint = func(at string) {
				if at == step {
					panic(crash(at))
				}
			}
			defer func() {
				if _, died = recover().(crash); !died {
					t.Errorf("nothing died at %s", step)
				}
				b.restart()
			}()
			do()
			return
		}
		for _, step := range []string{"lent", "quoted"} {
			j := b.newJob(step)
			dying(step, func() { _, _ = b.Propose(t.Context(), Request{PSBT: j.psbt(t)}) })
			p := b.propose(Request{PSBT: j.psbt(t), Grant: "again"})
			if _, err := b.Accept(t.Context(), p.ID, j.sign(t, p.PSBT)); err != nil {
				t.Errorf("%s: %v", step, err)
			}
		}
		for _, step := range []string{"taken", "signed", "stored"} {
			for _, comeback := range []string{"visitor", "payment", "sweep", "nobody"} {
				if step == "stored" && comeback != "visitor" {
					continue // it is in the outbox
				}
				name := step + "/" + comeback
				j := b.newJob(name)
				p := b.propose(Request{PSBT: j.psbt(t)})
				b.pay(p)
				signed := j.sign(t, p.PSBT)
				dying(step, func() { _, _ = b.Accept(t.Context(), p.ID, signed) })
				var err error
				switch comeback {
				case "visitor":
					_, err = b.Accept(t.Context(), p.ID, j.sign(t, p.PSBT)) // signed anew
				case "payment":
					_, err = b.Paid(t.Context(), p.Quote.ID)
				case "sweep":
					b.clock.pass(10*time.Minute + time.Second)
					err = b.Sweep(t.Context())
				case "nobody":
					b.clock.pass(time.Hour)
					err = b.Sweep(t.Context())
				}
				if err != nil {
					t.Errorf("%s: %v", name, err)
				}
				want := Sent
				if comeback == "nobody" {
					want = Ended
				}
				got := b.get(p.ID)
				if got.State != want {
					t.Errorf("%s: it is %s, want %s", name, got.State, want)
				}
				q, err := b.till.Get(t.Context(), p.Quote.ID)
				if err != nil || (want == Sent) != (q.State == fees.Used) || (want == Ended) != (q.State == fees.Returned) {
					t.Errorf("%s: the quote is %s, %v", name, q.State, err)
				}
				if want == Sent {
					b.inMempool(got.Txid)
				}
				b.mine()
				if want == Sent && b.get(p.ID).State != Confirmed {
					t.Errorf("%s: not confirmed", name)
				}
			}
		}
		b.clock.pass(time.Hour)
		if err := errors.Join(b.Sweep(t.Context()), b.wallet.RenewLeases(t.Context())); err != nil {
			t.Fatal(err)
		}
		entries, err := outbox.List(b.db.Read(t.Context()), 100, outbox.Stored)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			b.inMempool(e.Txid)
		}
		b.mine()
		if err := b.wallet.RenewLeases(t.Context()); err != nil {
			t.Fatal(err)
		}
		if after := b.leased(); after > before {
			t.Errorf("%d sat are held back for ever, %d before", after, before)
		}
	})
}

// Twenty at once are one transaction.
func TestRace(t *testing.T) {
	eachBench(t, func(t *testing.T, b *bench) {
		j := b.newJob("a")
		p := b.propose(Request{PSBT: j.psbt(t)})
		b.pay(p)
		signed := make([][]byte, 20)
		for i := range signed {
			signed[i] = j.sign(t, p.PSBT)
		}
		txids := make([]string, len(signed))
		var all sync.WaitGroup
		for i := range signed {
			all.Go(func() {
				var done Proposal
				var err error
				if i%4 == 3 {
					_, err = b.Paid(t.Context(), p.Quote.ID)
				} else if done, err = b.Accept(t.Context(), p.ID, signed[i]); err == nil {
					txids[i] = done.Txid.String()
				}
				if err != nil {
					txids[i] = fmt.Sprint(err)
				}
			})
		}
		all.Wait()
		want := b.get(p.ID).Txid.String()
		for i, txid := range txids {
			if i%4 != 3 && txid != want || i%4 == 3 && txid != "" {
				t.Errorf("%d: %s, want %s", i, txid, want)
			}
		}
	})
}

// A visitor who spends his coin otherwise gets nothing, and the node's coin is
// free again after the block.
func TestDoubleSpend(t *testing.T) {
	eachBench(t, func(t *testing.T, b *bench) {
		before := b.leased()
		j := b.newJob("a")
		p := b.propose(Request{PSBT: j.psbt(t)})
		b.pay(p)
		done, err := b.Accept(t.Context(), p.ID, j.sign(t, p.PSBT))
		if err != nil {
			t.Fatal(err)
		}
		other := wire.NewMsgTx(2)
		other.AddTxIn(j.tx.TxIn[0])
		other.AddTxOut(wire.NewTxOut(j.prevouts[0].Value-2_000, j.owners[1].script))
		raw := j.owners[0].witness(t, other, 0, j.prevouts[:1], txscript.SigHashAll)
		other.TxIn[0].Witness = wire.TxWitness{raw[2 : 2+raw[1]], raw[3+raw[1]:]}
		if err := b.chain.Submit(other); err != nil {
			t.Fatal(err)
		}
		b.mine()
		if b.chain.InMempool(done.Txid) {
			t.Error("both are there")
		}
		if got := b.get(p.ID); got.State != Conflicted {
			t.Errorf("it is %s", got.State)
		}
		if err := b.wallet.RenewLeases(t.Context()); err != nil {
			t.Fatal(err)
		}
		if after := b.leased(); after != before {
			t.Errorf("%d sat are held back, %d before", after, before)
		}
	})
}
