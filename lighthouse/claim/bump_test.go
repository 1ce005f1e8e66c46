package claim

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/outbox"
	"cairn/chain"
	"cairn/lighthouse"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/btcutil/psbt"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// purse is a node's wallet of one key over coins of the devnet. The node's own
// is tested with such a transaction in chain/wallet.
type purse struct {
	w      *world
	coins  []*backer
	loans  map[string]*backer
	signed map[string][]byte
	paid   map[string][]byte
	fees   map[string]btcutil.Amount
	// taken makes every coin that it makes be lent to nobody.
	taken bool
}

func newPurse(w *world, values ...btcutil.Amount) *purse {
	return &purse{w: w, coins: w.coinsOf(values...), loans: map[string]*backer{}, signed: map[string][]byte{},
		paid: map[string][]byte{}, fees: map[string]btcutil.Amount{}}
}

func (p *purse) Lend(_ context.Context, req chain.LoanRequest) (chain.Loan, error) {
	if p.loans[req.Purpose] != nil || p.signed[req.Purpose] != nil {
		return chain.Loan{}, errors.New("the purpose is used")
	}
	var best *backer
	for _, c := range p.coins {
		free := true
		for _, l := range p.loans {
			free = free && l != c
		}
		if unspent, err := p.w.chain.Unspent(c.coin); err != nil || unspent == nil {
			free = false
		}
		if free && btcutil.Amount(c.out.Value) >= req.Need+req.Rate.Fee(272) && (best == nil || c.out.Value < best.out.Value) {
			best = c
		}
	}
	if best == nil {
		return chain.Loan{}, chain.ErrNoFunds
	}
	p.loans[req.Purpose] = best
	return chain.Loan{Coins: []chain.Coin{{OutPoint: best.coin, Value: btcutil.Amount(best.out.Value), Script: best.out.PkScript}}}, nil
}

func (p *purse) TakeBack(_ context.Context, purpose string) error {
	if p.signed[purpose] == nil {
		delete(p.loans, purpose)
	}
	return nil
}

func (p *purse) Abandon(_ context.Context, purpose string) error {
	delete(p.signed, purpose)
	delete(p.loans, purpose)
	return nil
}

func (p *purse) Cosign(_ context.Context, req chain.CosignRequest) ([]byte, error) {
	if raw := p.signed[req.Purpose]; raw != nil {
		return raw, nil
	}
	coin := p.loans[req.Purpose]
	if coin == nil {
		return nil, chain.ErrLoanOver
	}
	packet, err := psbt.NewFromRawBytes(bytes.NewReader(req.PSBT), false)
	if err != nil {
		return nil, err
	}
	fetcher := txscript.NewMultiPrevOutFetcher(nil)
	for i, in := range packet.UnsignedTx.TxIn {
		fetcher.AddPrevOut(in.PreviousOutPoint, req.Prevouts[i])
	}
	last := len(packet.Inputs) - 1
	for i := range packet.Inputs {
		if final := packet.Inputs[i].FinalScriptWitness; i != last && final == nil && packet.Inputs[i].FinalScriptSig == nil {
			return nil, fmt.Errorf("input %d is not final", i)
		}
	}
	coin.sign(p.w, packet.UnsignedTx, last, packet.Inputs[last].SighashType)
	var w bytes.Buffer
	if err := psbt.WriteTxWitness(&w, packet.UnsignedTx.TxIn[last].Witness); err != nil {
		return nil, err
	}
	packet.UnsignedTx.TxIn[last].Witness = nil
	packet.Inputs[last].FinalScriptWitness = w.Bytes()
	tx, err := psbt.Extract(packet)
	if err != nil {
		return nil, err
	}
	if err := req.Check(tx); err != nil {
		return nil, err
	}
	raw, err := serialize(tx)
	p.signed[req.Purpose] = raw
	return raw, err
}

func (p *purse) Script(context.Context) ([]byte, error) {
	p.w.made++
	return p2tr(p.w, key(fmt.Sprint(p.w.Name(), "purse", p.w.made))), nil
}

// Pay spends the largest coin, which has to be of the same key's kind.
func (p *purse) Pay(_ context.Context, purpose string, out *wire.TxOut, rate chain.FeeRate) ([]byte, btcutil.Amount, error) {
	if raw := p.paid[purpose]; raw != nil {
		return raw, p.fees[purpose], nil
	}
	at := 0
	for i, c := range p.coins {
		if c.out.Value > p.coins[at].out.Value {
			at = i
		}
	}
	from := p.coins[at]
	p.coins = append(p.coins[:at:at], p.coins[at+1:]...)
	fee := rate.Fee(makeWeight + 100)
	tx := wire.NewMsgTx(2)
	tx.AddTxIn(&wire.TxIn{PreviousOutPoint: from.coin, Sequence: 0xfffffffd})
	tx.AddTxOut(out)
	tx.AddTxOut(wire.NewTxOut(from.out.Value-out.Value-int64(fee), from.out.PkScript))
	from.sign(p.w, tx, 0, txscript.SigHashAll)
	raw, err := serialize(tx)
	if err != nil {
		return nil, 0, err
	}
	txid := tx.TxHash()
	if !p.taken {
		made := key(fmt.Sprint(p.w.Name(), "purse", p.w.made))
		p.coins = append(p.coins, &backer{key: made, coin: wire.OutPoint{Hash: txid}, out: out})
	}
	p.coins = append(p.coins, &backer{key: from.key, coin: wire.OutPoint{Hash: txid, Index: 1}, out: tx.TxOut[1]})
	p.paid[purpose], p.fees[purpose] = raw, fee
	return raw, fee, nil
}

// box holds payments in the database, as a till does.
type box struct {
	t  testing.TB
	db *db.DB
}

func newBox(w *world) *box {
	b := &box{w, w.db}
	must(w, w.db.Transact(w.Context(), func(tx *gorm.DB) error {
		return tx.Exec("CREATE TABLE test_payments (id TEXT PRIMARY KEY, state TEXT NOT NULL)").Error
	}))
	return b
}

func (b *box) state(tx *gorm.DB, p Payment) (state string) {
	must(b.t, tx.Raw("SELECT coalesce(max(state), 'paid') FROM test_payments WHERE id = ?", fmt.Sprintf("%x", p)).Scan(&state).Error)
	return state
}

func (b *box) set(tx *gorm.DB, p Payment, state string) error {
	return tx.Exec("INSERT INTO test_payments (id, state) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET state = excluded.state", fmt.Sprintf("%x", p), state).Error
}

func (b *box) Spend(tx *gorm.DB, p Payment) error {
	if b.state(tx, p) == "returned" {
		return ErrTakenBack
	}
	return b.set(tx, p, "spent")
}

func (b *box) Spent(Payment) {}

func (b *box) GiveBack(ctx context.Context, p Payment) error {
	return b.db.Transact(ctx, func(tx *gorm.DB) error {
		if b.state(tx, p) == "spent" {
			return errors.New("a spent payment was to be given back")
		}
		return b.set(tx, p, "returned")
	})
}

// raising gives a world a wallet and a till.
func (w *world) raising(values ...btcutil.Amount) (*purse, *box) {
	w.Helper()
	p, b := newPurse(w, values...), newBox(w)
	w.cfg.Bumps = Bumps{Wallet: p, Till: b}
	w.restart()
	return p, b
}

func (w *world) bumped(p Payment, b *box, want string) {
	w.Helper()
	if got := b.state(w.db.Read(w.Context()), p); got != want {
		w.Fatalf("the payment is %s, want %s", got, want)
	}
}

// slowClaim is a claim that waits at the least rate while blocks ask for 20
// times as much. One pledge waits.
func (w *world) slowClaim(name string) (lighthouse.Campaign, lighthouse.Claim, []*backer) {
	w.Helper()
	w.rate = 253
	c, k := w.opened(name, nil, 100_000)
	b := w.pledged(c, 50_200, 50_200, 60_000)
	_, err := w.service.Offer(w.Context(), c.ID)
	isKind(w, err, ErrNone)
	got, err := w.service.Claim(w.Context(), k)
	must(w, err)
	w.takes(got, b[0], b[1])
	w.send()
	w.inMempool(got.Tx.TxHash())
	_, err = w.service.Offer(w.Context(), c.ID)
	isKind(w, err, ErrFast)
	w.rate = chain.SatPerVByte(20)
	return c, got, b
}

// A fee is raised twice, with a coin that is there and with one that has to be
// made, across crashes at every step; each payment is spent once.
func TestBump(t *testing.T) {
	each(t, func(w *world) {
		_, box := w.raising(1_000_000)
		w.rate = chain.SatPerVByte(20)
		c, k := w.opened("a roof", nil, 100_000)
		w.pledged(c, 51_000, 51_000)
		first, err := w.service.Claim(w.Context(), k)
		must(w, err)
		w.send()
		w.inMempool(first.Tx.TxHash())
		steps := []string{"lent", "coin signed", "coin stored", "raise moved", "raise signed", "raise stored"}
		for round := range 2 {
			offer, err := w.service.Offer(w.Context(), c.ID)
			must(w, err)
			if offer.Coin < 2_000 || offer.Cost <= offer.Coin {
				t.Fatalf("offer %+v", offer)
			}
			pay := Payment{byte(round + 1)}
			must(w, w.service.Order(w.Context(), pay, c.ID, offer))
			must(w, w.service.Order(w.Context(), pay, c.ID, offer))
			w.throughCrashes(steps, func() bool { return w.claim(c).Attempts == round+2 }, first.Tx)
			got := w.is(c, lighthouse.Claiming, lighthouse.Claimed)
			w.bumped(pay, box, "spent")
			w.send()
			w.inMempool(got.Tx.TxHash())
			if got.Rate < offer.Rate-offer.Rate/50 || got.Rate > offer.Rate*3/2 {
				t.Errorf("pays %d sat/kw, %d were offered", got.Rate, offer.Rate)
			}
			if len(got.Tx.TxIn) != 3+round || got.Pledges[2+round] != (lighthouse.PledgeID{}) || got.Weight != weightOf(got.Tx) {
				t.Errorf("round %d: %d inputs, pledges %v", round, len(got.Tx.TxIn), got.Pledges)
			}
			first = got
			w.rate = chain.SatPerVByte(60)
		}
		w.mine(1)
		got := w.is(c, lighthouse.InBlock, lighthouse.Claimed)
		if got.Tx.TxHash() != first.Tx.TxHash() || w.paid(c) != 1 {
			t.Error("another claim was mined")
		}
		_, err = w.service.Offer(w.Context(), c.ID)
		isKind(w, err, ErrInBlock)
	})
}

// throughCrashes works until something is so, with a crash once after each of
// the steps. The transaction tx waits meanwhile, as nobody mines it.
func (w *world) throughCrashes(steps []string, end func() bool, tx *wire.MsgTx) {
	w.Helper()
	crashed := map[string]bool{}
	for range 60 {
		w.service.crash = func(at string) error {
			if !crashed[at] {
				for _, step := range steps {
					if step == at {
						crashed[at] = true
						return errCrash
					}
				}
			}
			return nil
		}
		err := w.service.work(w.Context())
		if errors.Is(err, errCrash) {
			w.restart()
			continue
		}
		must(w, err)
		if end() {
			w.restart()
			return
		}
		w.send()
		w.without(tx)
	}
	w.Fatalf("it did not happen; crashed after %v", crashed)
}

// without mines a block of everything but a transaction.
func (w *world) without(tx *wire.MsgTx) {
	w.Helper()
	_, err := w.chain.Mine(1)
	must(w, err)
	var others []*wire.MsgTx
	tip, err := w.chain.Tip(w.Context())
	must(w, err)
	block, err := w.chain.Block(w.Context(), tip.Hash)
	must(w, err)
	for _, other := range block.Transactions[1:] {
		if other.TxHash() != tx.TxHash() {
			others = append(others, other)
		}
	}
	_, err = w.chain.Reorg(1, withAll(others)...)
	must(w, err)
	w.follow()
	w.inMempool(tx.TxHash())
}

// A raise that cannot be made any more gives its money back.
func TestBumpTooLate(t *testing.T) {
	each(t, func(w *world) {
		_, box := w.raising(1_000_000)
		c, got, _ := w.slowClaim("a roof")
		offer, err := w.service.Offer(w.Context(), c.ID)
		must(w, err)
		pay := Payment{7}
		must(w, w.service.Order(w.Context(), pay, c.ID, offer))
		w.mine(1)
		w.is(c, lighthouse.InBlock, lighthouse.Claimed)
		w.service.crash = func(at string) error {
			if at == "gave back" {
				return errCrash
			}
			return nil
		}
		must(w, w.service.work(w.Context())) // decided
		if err := w.service.work(w.Context()); !errors.Is(err, errCrash) {
			t.Fatal(err)
		}
		w.restart()
		w.work()
		w.bumped(pay, box, "returned")
		if now := w.claim(c); now.Tx.TxHash() != got.Tx.TxHash() || now.Attempts != 1 {
			t.Errorf("%+v", now)
		}

		// Nobody waits for a coin for ever.
		c, _, _ = w.slowClaim("a shed")
		offer, err = w.service.Offer(w.Context(), c.ID)
		must(w, err)
		w.cfg.Bumps.Wallet.(*purse).coins = nil
		w.cfg.Bumps.Wallet = broke{w.cfg.Bumps.Wallet}
		w.restart()
		pay = Payment{8}
		must(w, w.service.Order(w.Context(), pay, c.ID, offer))
		isKind(w, w.service.work(w.Context()), chain.ErrNoFunds)
		w.bumped(pay, box, "paid")
		w.cfg.Now = func() time.Time { return time.Now().Add(7 * time.Hour) }
		w.restart()
		isKind(w, w.service.work(w.Context()), chain.ErrNoFunds)
		w.work()
		w.bumped(pay, box, "returned")
	})
}

// broke is a wallet that can pay for nothing.
type broke struct{ Wallet }

func (broke) Pay(context.Context, string, *wire.TxOut, chain.FeeRate) ([]byte, btcutil.Amount, error) {
	return nil, 0, chain.ErrNoFunds
}

// A backer leaves after the raise was signed and before it was stored, and after
// it was stored: the claim is rebuilt, and the node has its coin back or spends
// it for the claim.
func TestBumpAndLeaving(t *testing.T) {
	each(t, func(w *world) {
		purse, box := w.raising(1_000_000, 8_000)
		c, _, b := w.slowClaim("a roof")
		offer, err := w.service.Offer(w.Context(), c.ID)
		must(w, err)
		pay := Payment{1}
		must(w, w.service.Order(w.Context(), pay, c.ID, offer))
		w.service.crash = func(at string) error {
			if at == "raise signed" {
				return errCrash
			}
			return nil
		}
		for range 5 {
			if err := w.service.work(w.Context()); errors.Is(err, errCrash) {
				break
			}
			w.send()
			w.without(w.claim(c).Tx)
		}
		if len(purse.signed) != 1 {
			t.Fatalf("%d signed", len(purse.signed))
		}
		w.restart()
		must(w, w.chain.Submit(w.leave(b[0], 30_000)))
		w.work()
		got := w.is(c, lighthouse.Claiming, lighthouse.Claimed)
		for _, in := range got.Tx.TxIn {
			if in.PreviousOutPoint == b[0].coin {
				t.Fatal("he is still in it")
			}
		}
		state := box.state(w.db.Read(w.Context()), pay)
		if state != "returned" && state != "spent" {
			w.send()
			w.work()
			state = box.state(w.db.Read(w.Context()), pay)
		}
		if (state == "spent") != (len(purse.signed) == 1) || state == "paid" {
			t.Fatalf("the payment is %s, %d signed", state, len(purse.signed))
		}
		w.send()
		w.mine(1)
		w.is(c, lighthouse.InBlock, lighthouse.Claimed)
		if n := w.paid(c); n != 1 {
			t.Errorf("paid %d times", n)
		}
		entries, err := outbox.List(w.db.Read(w.Context()), 100, outbox.Conflicted)
		must(w, err)
		for _, e := range entries {
			if e.Key == keyOf(c.ID, 1) {
				t.Error("an attempt that was given up is still there")
			}
		}
	})
}
