package lab

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/btcsuite/btcd/btcutil"
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
