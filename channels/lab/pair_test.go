package lab

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
	"github.com/lightningnetwork/lnd/lnrpc"
)

// pair is Hitesh and Irene of the chapter's 12.6.4 and their channel.
type pair struct {
	lab           *Lab
	hitesh, irene *Party
	point         wire.OutPoint
	// reserve is what Hitesh, who opened it, set aside of his side.
	reserve btcutil.Amount
	// csv is the CSV delay of both, in blocks.
	csv int32
}

const bitcoin btcutil.Amount = btcutil.SatoshiPerBitcoin

// commitFees is lnd's commitment fee at the rate of pairFlags with two anchors
// of 330 sat, for a channel that carries no promise.
const commitFees btcutil.Amount = 562 + 660

var pairFlags = []string{
	"--protocol.wumbo-channels", "--max-commit-fee-rate-anchors=2", "--sweeper.maxfeerate=100",
	"--bitcoin.defaultremotedelay=1000", "--routing.assumechanvalid",
}

// openPair starts the two and opens a channel of 5 BTC from each. lnd's large
// channels end at exactly 10 BTC, so what the opener sets aside for the
// commitment comes out of Hitesh's side.
func openPair(t testing.TB) *pair {
	t.Helper()
	l, err := Open(testConfig(t))
	must(t, err)
	t.Cleanup(func() {
		if t.Failed() {
			logTails(t, l)
		}
		if err := l.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	ctx := deadline(t, 3*time.Minute)
	x := &pair{lab: l, reserve: commitFees, csv: 1000}
	x.hitesh, err = l.Join("hitesh", pairFlags...)
	must(t, err)
	x.irene, err = l.Join("irene", pairFlags...)
	must(t, err)
	for _, p := range []*Party{x.hitesh, x.irene} {
		must(t, p.Ready(ctx))
		must(t, l.give(ctx, p, 6*bitcoin))
	}
	must(t, l.Mine(ctx, 1))
	for _, p := range []*Party{x.hitesh, x.irene} {
		must(t, p.awaitWallet(ctx, 6*bitcoin))
	}
	must(t, l.Meet(ctx, x.hitesh, x.irene))
	x.open(ctx, t)
	return x
}

// logTails shows the end of what each node wrote down.
func logTails(t testing.TB, l *Lab) {
	for _, p := range l.all() {
		log, err := os.ReadFile(p.LogFile())
		if err != nil {
			t.Log(err)
		}
		lines := strings.Split(string(log), "\n")
		t.Logf("%s:\n%s", p.Name, strings.Join(lines[max(0, len(lines)-100):], "\n"))
	}
}

// open opens the channel with coins of both in one funding transaction.
func (x *pair) open(ctx context.Context, t testing.TB) {
	t.Helper()
	var err error
	x.point, err = x.lab.BeginTogether(ctx, x.hitesh, x.irene, Joint{Left: 5 * bitcoin, Right: 5 * bitcoin, RemoteDelay: uint32(x.csv)})
	must(t, err)
	must(t, x.lab.Mine(ctx, 6))
	c, err := x.lab.Usable(ctx, x.point, [2]*Party{x.hitesh, x.irene}, x.hitesh, x.irene)
	must(t, err)
	if c.Capacity != 10*bitcoin || c.LocalDelay != uint32(x.csv) || c.RemoteDelay != uint32(x.csv) {
		t.Fatalf("the channel: %+v", c)
	}
	x.has(ctx, t, 5*bitcoin-x.reserve, 5*bitcoin)
}

// has checks that both agree about who has what.
func (x *pair) has(ctx context.Context, t testing.TB, hitesh, irene btcutil.Amount) {
	t.Helper()
	err := until(ctx, "the balances", func() (bool, error) {
		h, _, err := x.hitesh.Channel(ctx, x.point)
		if err != nil {
			return false, err
		}
		i, _, err := x.irene.Channel(ctx, x.point)
		if err != nil {
			return false, err
		}
		if h.Local != hitesh || h.Remote != irene || i.Local != irene || i.Remote != hitesh || h.Flight != 0 || i.Flight != 0 {
			return false, fmt.Errorf("%w: hitesh says %d and %d, irene %d and %d, %d in flight", ErrFigures, h.Local, h.Remote, i.Local, i.Remote, h.Flight)
		}
		return true, nil
	})
	must(t, err)
}

// move has Irene pay 2 of her 5 BTC, unless she has.
func (x *pair) move(ctx context.Context, t testing.TB) {
	t.Helper()
	c, open, err := x.irene.Channel(ctx, x.point)
	must(t, err)
	if open && c.Local == 5*bitcoin {
		x.send(ctx, t, x.irene, x.hitesh, 2*bitcoin)
	}
	x.has(ctx, t, 7*bitcoin-x.reserve, 3*bitcoin)
}

// send pays from one to the other over their channel. A node that has just
// come back may call a channel active a moment before it can pay over it, and
// says that there is no way; then nothing was paid, and it is asked again.
func (x *pair) send(ctx context.Context, t testing.TB, from, to *Party, amount btcutil.Amount) {
	t.Helper()
	must(t, until(ctx, "a payment of "+from.Name, func() (bool, error) {
		invoice, err := to.Invoice(ctx, amount)
		if err != nil {
			return false, err
		}
		r, err := from.Pay(ctx, invoice, 0)
		if err != nil && !errors.Is(err, ErrPayment) || err == nil && (r.Amount != amount || r.Fee != 0) {
			t.Fatalf("paid %+v, %v", r, err)
		}
		return err == nil, err
	}))
}

// close asks a party to close the channel; it does not wait for a block. The
// stream must live until the transaction is out.
func (x *pair) close(ctx context.Context, t testing.TB, p *Party, force bool) *wire.MsgTx {
	t.Helper()
	c, err := p.use()
	must(t, err)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	req := &lnrpc.CloseChannelRequest{
		ChannelPoint: &lnrpc.ChannelPoint{
			FundingTxid: &lnrpc.ChannelPoint_FundingTxidBytes{FundingTxidBytes: x.point.Hash[:]}, OutputIndex: x.point.Index,
		},
		Force: force,
	}
	stream, err := c.ln.CloseChannel(ctx, req)
	must(t, err)
	_, err = stream.Recv()
	must(t, err)
	var closing *wire.MsgTx
	must(t, until(ctx, "the closing transaction", func() (bool, error) {
		closing, err = x.lab.chain.Spender(x.point)
		return err == nil, nil
	}))
	return closing
}

// Both put 5 BTC into one funding transaction; 2 move, and 1,000 blocks lie
// between a close by one's own and one's coins.
func TestPair(t *testing.T) {
	t.Parallel() // with TestFive: nodes mostly wait
	x := openPair(t)
	ok := t.Run("one funding transaction of both", func(t *testing.T) { jointFunding(t, x) }) &&
		t.Run("2 BTC move", func(t *testing.T) {
			ctx := deadline(t, time.Minute)
			x.move(ctx, t)
		}) &&
		t.Run("killed at any moment", func(t *testing.T) { killed(t, x) }) &&
		t.Run("a close together", func(t *testing.T) { closeTogether(t, x) }) &&
		t.Run("a close by one's own waits 1,000 blocks", func(t *testing.T) { closeAlone(t, x) })
	if !ok {
		return
	}
	t.Run("a revoked state loses everything", func(t *testing.T) { cheat(t, x) })
}

// jointFunding looks at the funding transaction in its block.
func jointFunding(t *testing.T, x *pair) {
	tx, err := x.lab.chain.Tx(x.point.Hash)
	must(t, err)
	if len(tx.Msg.TxIn) != 2 || btcutil.Amount(tx.Msg.TxOut[x.point.Index].Value) != 10*bitcoin {
		t.Fatalf("the funding transaction has %d inputs and %d sat", len(tx.Msg.TxIn), tx.Msg.TxOut[x.point.Index].Value)
	}
	ctx := deadline(t, time.Minute)
	for _, p := range []*Party{x.hitesh, x.irene} {
		left, err := p.Wallet(ctx)
		must(t, err)
		if left >= bitcoin || left < bitcoin-10_000 {
			t.Errorf("%s has %d sat left; want 1 BTC less a fee", p.Name, left)
		}
	}
	// Whatever either changes makes the other's signature worthless.
	for name, change := range map[string]func(*wire.MsgTx){
		"less for the channel": func(tx *wire.MsgTx) { tx.TxOut[x.point.Index].Value-- },
		"somebody's change":    func(tx *wire.MsgTx) { tx.TxOut[len(tx.TxOut)-1-int(x.point.Index)].Value-- },
		"one input only":       func(tx *wire.MsgTx) { tx.TxIn = tx.TxIn[:1] },
	} {
		changed := tx.Msg.Copy()
		change(changed)
		if err := x.signed(t, changed); err == nil {
			t.Errorf("%s: the signatures still hold", name)
		}
	}
	if err := x.signed(t, tx.Msg); err != nil {
		t.Errorf("as it is: %v", err)
	}
}

// killed pays while one of the two is killed at a random moment, many times.
// Each time the amount has either moved, in both nodes' books and the payee's
// invoice, or it has not; nothing in between, and nothing is lost.
func killed(t *testing.T, x *pair) {
	const each btcutil.Amount = 1_000_000
	rounds := 8
	if said := os.Getenv("CAIRN_KILL_ROUNDS"); said != "" {
		n, err := strconv.Atoi(said)
		must(t, err)
		rounds = max(n, 2)
	}
	ctx := deadline(t, time.Minute+time.Duration(rounds)*30*time.Second)
	x.move(ctx, t)
	// What a payment takes on this machine now.
	began := time.Now()
	x.send(ctx, t, x.hitesh, x.irene, each)
	x.send(ctx, t, x.irene, x.hitesh, each)
	took := time.Since(began) / 2
	var moved btcutil.Amount
	var through, cut, stuck int
	// Should all kills have come too early or too late, more are tried there.
	for i := 0; i < rounds || (through == 0 || cut+stuck == 0) && i < 2*rounds; i++ {
		// The moment goes through the payment and a little beyond.
		moment := took * 3 / 2 * time.Duration(i) / time.Duration(rounds-1)
		if i >= rounds && through == 0 {
			moment *= 2
		} else if i >= rounds {
			moment = 0
		}
		victim := []*Party{x.irene, x.hitesh}[i%2]
		invoice, err := x.hitesh.Invoice(ctx, each)
		must(t, err)
		hash := paymentHash(ctx, t, x.irene, invoice)
		payCtx, stopPaying := context.WithCancel(ctx)
		var paying sync.WaitGroup
		paying.Go(func() { x.irene.Pay(payCtx, invoice, 0) }) //nolint:errcheck // the outcome is asked for below
		must(t, pause(ctx, moment))
		must(t, victim.Kill())
		must(t, victim.Start())
		must(t, victim.Ready(ctx))
		must(t, x.lab.Meet(ctx, x.irene, x.hitesh))
		_, err = x.lab.Usable(ctx, x.point, [2]*Party{x.hitesh, x.irene})
		must(t, err)
		// A payer that was not killed goes on trying, and knows in the end.
		limit := 3 * time.Second
		if victim != x.irene {
			limit = time.Minute
		}
		short, cancel := context.WithTimeout(ctx, limit)
		_, outcome := x.irene.Outcome(short, hash)
		cancel()
		now := x.rest(ctx, t)
		paid := x.invoicePaid(ctx, t, hash)
		if paid && now == 3*bitcoin-moved { // it came between the two questions
			now = x.rest(ctx, t)
		}
		if now != 3*bitcoin-moved && now != 3*bitcoin-moved-each {
			t.Fatalf("round %d: irene has %d", i, now)
		}
		went := now == 3*bitcoin-moved-each
		if went {
			moved += each
			if outcome != nil && !errors.Is(outcome, ErrPayment) { // it may have come just now, with an owed signature
				short, cancel := context.WithTimeout(ctx, 30*time.Second)
				_, outcome = x.irene.Outcome(short, hash)
				cancel()
			}
		}
		if paid != went {
			t.Fatalf("round %d: the amount moved: %v; the invoice is paid: %v", i, went, paid)
		}
		switch {
		case outcome == nil && went:
			through++
		case errors.Is(outcome, ErrPayment) && !went, outcome != nil && strings.Contains(outcome.Error(), "payment isn't initiated") && !went:
			cut++
		case outcome == nil, errors.Is(outcome, ErrPayment), went:
			t.Fatalf("round %d: the amount moved: %v; the payer says: %v", i, went, outcome)
		default:
			// lnd was killed between noting the payment and putting it into the
			// channel, and goes on waiting for what it never sent. It can cost
			// nothing: there is no promise in the channel.
			stuck++
		}
		stopPaying()
		paying.Wait()
		t.Logf("round %d: %s killed after %v of %v, moved %v, %v", i, victim.Name, moment, took, went, outcome)
	}
	t.Logf("%d kills: %d payments came through, %d came to nothing, %d of these with a payer that still waits", through+cut+stuck, through, cut+stuck, stuck)
	if through == 0 || cut+stuck == 0 {
		t.Error("the kills come all too early or all too late")
	}
	if moved > 0 { // as it was
		x.send(ctx, t, x.hitesh, x.irene, moved)
	}
	x.has(ctx, t, 7*bitcoin-x.reserve, 3*bitcoin)
}

// rest waits until nothing is promised in the channel and both agree about it,
// and returns what Irene has. A node killed between two signatures of one round
// owes one when it comes back, and lnd gives it with the channel's next update
// only: so when nothing moves for a while, a small payment goes to and fro.
func (x *pair) rest(ctx context.Context, t *testing.T) (irene btcutil.Amount) {
	t.Helper()
	agree := func() (bool, error) {
		h, _, err := x.hitesh.Channel(ctx, x.point)
		if err != nil {
			return false, err
		}
		i, _, err := x.irene.Channel(ctx, x.point)
		irene = i.Local
		if err == nil && (h.Flight+i.Flight != 0 || h.Remote != i.Local || h.Local != i.Remote || h.Local+i.Local != 10*bitcoin-x.reserve) {
			err = fmt.Errorf("%w: hitesh %d and %d with %d in flight, irene %d and %d with %d", ErrFigures, h.Local, h.Remote, h.Flight, i.Local, i.Remote, i.Flight)
		}
		return err == nil, err
	}
	for range 60 {
		if ok, _ := agree(); ok {
			return irene
		}
		must(t, pause(ctx, 2*every))
	}
	t.Log("a signature is owed: a payment to and fro")
	x.send(ctx, t, x.hitesh, x.irene, 1000)
	x.send(ctx, t, x.irene, x.hitesh, 1000)
	must(t, until(ctx, "both agreeing", agree))
	return irene
}

// invoicePaid asks Hitesh whether he was paid.
func (x *pair) invoicePaid(ctx context.Context, t *testing.T, hash [32]byte) bool {
	t.Helper()
	c, err := x.hitesh.use()
	must(t, err)
	found, err := c.ln.LookupInvoice(ctx, &lnrpc.PaymentHash{RHash: hash[:]})
	must(t, err)
	return found.State == lnrpc.Invoice_SETTLED
}

func closeTogether(t *testing.T, x *pair) {
	ctx := deadline(t, 2*time.Minute)
	x.move(ctx, t)
	before := [2]btcutil.Amount{}
	for i, p := range []*Party{x.hitesh, x.irene} {
		var err error
		before[i], err = p.Wallet(ctx)
		must(t, err)
	}
	closing := x.close(ctx, t, x.hitesh, false)
	fee, err := x.lab.fee(closing)
	must(t, err)
	if len(closing.TxOut) != 2 || closing.LockTime != 0 {
		t.Errorf("the close has %d outputs and lock time %d", len(closing.TxOut), closing.LockTime)
	}
	must(t, x.lab.Mine(ctx, 1)) // no delay: they are theirs in the next block
	must(t, x.hitesh.awaitWallet(ctx, before[0]+7*bitcoin-fee))
	must(t, x.irene.awaitWallet(ctx, before[1]+3*bitcoin))
	h, err := x.hitesh.Wallet(ctx)
	must(t, err)
	i, err := x.irene.Wallet(ctx)
	must(t, err)
	if h != before[0]+7*bitcoin-fee || i != before[1]+3*bitcoin {
		t.Errorf("hitesh has %d and irene %d more; want 7 BTC less %d and 3", h-before[0], i-before[1], fee)
	}
	must(t, x.lab.Mine(ctx, 6))
}

// closeAlone has Irene publish the state of the moment: Hitesh has his side at
// once, Irene hers after 1,000 blocks and not one sooner.
func closeAlone(t *testing.T, x *pair) {
	ctx := deadline(t, 4*time.Minute)
	x.fresh(ctx, t)
	x.move(ctx, t)
	before, err := x.hitesh.Wallet(ctx)
	must(t, err)
	closing := x.close(ctx, t, x.irene, true)
	var own wire.OutPoint
	for i, out := range closing.TxOut {
		if btcutil.Amount(out.Value) == 3*bitcoin {
			own = wire.OutPoint{Hash: closing.TxHash(), Index: uint32(i)}
		}
	}
	if own.Hash != closing.TxHash() {
		t.Fatal("no output of Irene's 3 BTC")
	}
	must(t, x.lab.Mine(ctx, 1)) // the commitment's block is its first confirmation
	confirmed := x.lab.height()
	// Hitesh fetches his side at once. Were a thousand blocks made over that, lnd
	// would offer it anew, a little dearer, at each of them, and neutrino go on
	// repeating hundreds of them, with whatever else is offered in their queue.
	must(t, x.lab.mineUntil(ctx, "Hitesh's side", 30, time.Second, func() (bool, error) {
		now, err := x.hitesh.Wallet(ctx)
		return now > before+7*bitcoin-100_000, err
	}))
	// A spend with the delay in its sequence number, as the script demands; it
	// needs no signature to be refused for being too early (BIP 68).
	probe := wire.NewMsgTx(2)
	probe.AddTxIn(&wire.TxIn{PreviousOutPoint: own, Sequence: uint32(x.csv)})
	probe.AddTxOut(wire.NewTxOut(int64(bitcoin), append([]byte{0, 20}, make([]byte, 20)...)))
	tooEarly := func() bool {
		err := x.lab.chain.Submit(probe)
		if err == nil {
			t.Fatal("a spend without a signature was taken")
		}
		return strings.Contains(err.Error(), "sequence lock")
	}
	// In the mempool is what the next block may have.
	must(t, x.lab.mineTo(ctx, confirmed+x.csv-2))
	must(t, pause(ctx, 4*breath))
	if _, err := x.lab.chain.Spender(own); err == nil || !tooEarly() {
		t.Fatal("Irene's coins can be spent in the 999th block after")
	}
	must(t, x.lab.Mine(ctx, 1))
	if tooEarly() {
		t.Error("Irene's coins cannot be spent in the 1,000th block after")
	}
	// lnd looks at its coins at each block, and may still be reading the last
	// thousand.
	must(t, x.lab.mineUntil(ctx, "Irene's own coins", 40, 5*breath, func() (bool, error) {
		if _, err := x.lab.chain.Spender(own); err == nil {
			return false, nil
		}
		out, err := x.lab.chain.Unspent(own)
		return out == nil, err
	}))
	tx, err := x.lab.Spend(own)
	must(t, err)
	in := tx.TxIn[0]
	for _, other := range tx.TxIn {
		if other.PreviousOutPoint == own {
			in = other
		}
	}
	script, err := txscript.DisasmString(in.Witness[len(in.Witness)-1])
	must(t, err)
	// 1,000 is e803 as a script has it.
	if in.Sequence != uint32(x.csv) || !strings.Contains(script, "OP_ELSE e803 OP_CHECKSEQUENCEVERIFY") {
		t.Errorf("spent with sequence %d by the script %s", in.Sequence, script)
	}
	must(t, x.lab.mineUntil(ctx, "everybody's coins", 20, 5*breath, func() (bool, error) { return x.settled(ctx) }))
}

// cheat has Irene go back to the state in which she had 5 of the 10 BTC, after
// she has paid 2 of them away, and publish it while Hitesh is off. Hitesh, back
// within her 1,000 blocks, takes all of it.
func cheat(t *testing.T, x *pair) {
	ctx := deadline(t, 4*time.Minute)
	x.fresh(ctx, t)
	must(t, x.irene.Stop())
	copyFile(t, x.irene.ChannelDB(), x.irene.ChannelDB()+".old")
	must(t, x.irene.Start())
	must(t, x.irene.Ready(ctx))
	must(t, x.lab.Meet(ctx, x.hitesh, x.irene))
	_, err := x.lab.Usable(ctx, x.point, [2]*Party{x.hitesh, x.irene}, x.irene)
	must(t, err)
	x.move(ctx, t)

	h, err := x.hitesh.Holdings(ctx)
	must(t, err)
	before := h.Wallet
	i, err := x.irene.Holdings(ctx)
	must(t, err)
	must(t, x.hitesh.Stop())
	must(t, x.irene.Stop())
	copyFile(t, x.irene.ChannelDB()+".old", x.irene.ChannelDB())
	must(t, x.irene.Start())
	must(t, x.irene.Ready(ctx))
	old, open, err := x.irene.Channel(ctx, x.point)
	if err != nil || !open || old.Local != 5*bitcoin {
		t.Fatalf("the old state: %+v, %v", old, err)
	}
	height := x.lab.height()
	revoked := x.close(ctx, t, x.irene, true)
	must(t, x.lab.Mine(ctx, 1))
	if out := amounts(revoked); !out[5*bitcoin] || !out[5*bitcoin-x.reserve] {
		t.Fatalf("Irene published %v, not 5 and 5", out)
	}
	must(t, x.irene.Stop()) // who does such a thing does not wait for calls

	must(t, x.hitesh.Start())
	must(t, x.hitesh.Ready(ctx))
	// From 10 BTC on lnd believes a close after six blocks only. Then it offers
	// the penalty, and some seconds later, as those blocks have passed without
	// it, the same again to another address. The network refuses that while the
	// first waits, but not when it has a block: so the first waits a little.
	stake := outputOf(revoked, 5*bitcoin)
	must(t, x.lab.Mine(ctx, 5))
	must(t, x.lab.mineUntil(ctx, "the penalty", 12, 10*time.Second, func() (bool, error) {
		_, err := x.lab.chain.Spender(stake)
		return err == nil, nil
	}))
	for since := time.Now(); time.Since(since) < 15*time.Second; {
		log, err := os.ReadFile(x.hitesh.LogFile())
		must(t, err)
		if bytes.Contains(log, []byte("splitting justice tx")) {
			must(t, pause(ctx, 2*time.Second))
			break
		}
		must(t, pause(ctx, 4*every))
	}
	// He hears of it by the block it is in, after a moment; further blocks only
	// for what he may do anew.
	must(t, x.lab.Mine(ctx, 1))
	must(t, x.lab.mineUntil(ctx, "everything being Hitesh's", 20, 5*time.Second, func() (bool, error) {
		h, err := x.hitesh.Holdings(ctx)
		if err != nil {
			return false, err
		}
		return h.Settled() && h.Wallet > before+9*bitcoin, nil
	}))
	fees, err := x.lab.Fees(height)
	must(t, err)
	anchors, err := x.lab.Anchors(x.point, 330)
	must(t, err)
	after, err := x.hitesh.Wallet(ctx)
	must(t, err)
	t.Logf("hitesh got %d sat; %d went to miners, %d lie in anchors", after-before, fees, anchors)
	if after-before != 10*bitcoin-fees-anchors {
		t.Errorf("hitesh got %d of 10 BTC with %d in fees and %d in anchors", after-before, fees, anchors)
	}
	// For Irene there is nothing, now or in 1,000 blocks: what she wanted to keep
	// is spent.
	must(t, x.irene.Start())
	must(t, x.irene.Ready(ctx))
	must(t, x.lab.Mine(ctx, 1))
	now, err := x.irene.Wallet(ctx)
	must(t, err)
	if now > i.Wallet {
		t.Errorf("irene's wallet went from %d to %d", i.Wallet, now)
	}
	penalty, err := x.lab.Spend(stake)
	must(t, err)
	if penalty == nil || penalty.TxHash() == revoked.TxHash() {
		t.Error("nobody spent what Irene wanted to keep")
	}
}

func (x *pair) settled(ctx context.Context) (bool, error) {
	for _, p := range []*Party{x.hitesh, x.irene} {
		h, err := p.Holdings(ctx)
		if err != nil || !h.Settled() {
			return false, err
		}
	}
	return true, nil
}

// fresh makes sure that the two have one channel, of 5 BTC from each, and no
// other that a payment could take as well: the last one is kept when nothing
// has happened in it, as when a part of the test runs alone.
func (x *pair) fresh(ctx context.Context, t *testing.T) {
	t.Helper()
	c, open, err := x.hitesh.Channel(ctx, x.point)
	must(t, err)
	if open && c.Local == 5*bitcoin-x.reserve && c.Remote == 5*bitcoin {
		return
	}
	if open {
		x.close(ctx, t, x.hitesh, false)
		must(t, x.lab.Mine(ctx, 6))
	}
	for _, p := range []*Party{x.hitesh, x.irene} {
		must(t, until(ctx, "the last channel being over", func() (bool, error) {
			h, err := p.Holdings(ctx)
			return h.Pending == 0, err
		}))
	}
	x.fill(ctx, t)
	x.open(ctx, t)
}

// fill makes sure that both have one coin of 6 BTC to fund a channel with, and
// are connected.
func (x *pair) fill(ctx context.Context, t *testing.T) {
	t.Helper()
	for _, p := range []*Party{x.hitesh, x.irene} {
		must(t, x.lab.Fund(ctx, p, 6*bitcoin))
	}
	must(t, x.lab.Meet(ctx, x.hitesh, x.irene))
}

// paymentHash is an invoice's.
func paymentHash(ctx context.Context, t *testing.T, p *Party, invoice string) (hash [32]byte) {
	t.Helper()
	c, err := p.use()
	must(t, err)
	read, err := c.ln.DecodePayReq(ctx, &lnrpc.PayReqString{PayReq: invoice})
	must(t, err)
	raw, err := hex.DecodeString(read.PaymentHash)
	must(t, err)
	copy(hash[:], raw)
	return hash
}

// signed reports why a transaction's signatures do not hold.
func (x *pair) signed(t *testing.T, tx *wire.MsgTx) error {
	t.Helper()
	spent := map[wire.OutPoint]*wire.TxOut{}
	for _, in := range tx.TxIn {
		from, err := x.lab.chain.Tx(in.PreviousOutPoint.Hash)
		must(t, err)
		spent[in.PreviousOutPoint] = from.Msg.TxOut[in.PreviousOutPoint.Index]
	}
	fetcher := txscript.NewMultiPrevOutFetcher(spent)
	hashes := txscript.NewTxSigHashes(tx, fetcher)
	for i, in := range tx.TxIn {
		out := spent[in.PreviousOutPoint]
		vm, err := txscript.NewEngine(out.PkScript, tx, i, txscript.StandardVerifyFlags, nil, hashes, out.Value, fetcher)
		must(t, err)
		if err := vm.Execute(); err != nil {
			return err
		}
	}
	return nil
}

func amounts(tx *wire.MsgTx) map[btcutil.Amount]bool {
	list := map[btcutil.Amount]bool{}
	for _, out := range tx.TxOut {
		list[btcutil.Amount(out.Value)] = true
	}
	return list
}

func outputOf(tx *wire.MsgTx, value btcutil.Amount) wire.OutPoint {
	for i, out := range tx.TxOut {
		if btcutil.Amount(out.Value) == value {
			return wire.OutPoint{Hash: tx.TxHash(), Index: uint32(i)}
		}
	}
	return wire.OutPoint{}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	in, err := os.Open(from)
	must(t, err)
	defer in.Close()
	out, err := os.Create(to)
	must(t, err)
	_, err = io.Copy(out, in)
	must(t, errors.Join(err, out.Close()))
}
