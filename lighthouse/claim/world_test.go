package claim

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/outbox"
	"cairn/chain"
	"cairn/chain/coins"
	"cairn/chain/devnet"
	"cairn/chain/follow"
	"cairn/lighthouse"
	"cairn/lighthouse/campaigns"
	"cairn/lighthouse/contract"
	"cairn/lighthouse/pledges"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// world is claiming on a real chain, with the real campaigns and pledges.
// Nothing in it runs by itself: tests say when claims are worked on, the outbox
// is sent, a block is mined and the follower reads.
type world struct {
	testing.TB
	db        *db.DB
	chain     *devnet.Chain
	campaigns *campaigns.Service
	pledges   *pledges.Service
	service   *Service
	cfg       Config
	follower  *follow.Follower
	rate      chain.FeeRate
	due       []Due
	made      int
	// blind hides the mempool from claims and pledges, as on a light client.
	blind bool
}

type worldOption func(*world)

func blind(w *world) { w.blind = true }

func newWorld(t testing.TB, d *db.DB, options ...worldOption) *world {
	t.Helper()
	c, err := devnet.Open(devnet.Config{Dir: t.TempDir()})
	must(t, err)
	t.Cleanup(func() { must(t, c.Close()) })
	w := &world{TB: t, db: d, chain: c, rate: 253}
	for _, o := range options {
		o(w)
	}
	w.campaigns, err = campaigns.New(campaigns.Config{
		DB: d, Network: chain.Devnet, BlockInterval: 10 * time.Minute, Now: time.Now, Rand: rand.Reader,
	})
	must(t, err)
	w.pledges, err = pledges.New(pledges.Config{
		DB: d, Campaigns: w.campaigns, Coins: coins.Devnet{Chain: c}, Secret: [sha256.Size]byte{1},
	})
	must(t, err)
	w.cfg = Config{
		DB: d, Campaigns: w.campaigns, Pledges: w.pledges,
		Due:  func(context.Context) ([]Due, error) { return w.due, nil },
		Rate: func(context.Context) (chain.FeeRate, error) { return w.rate, nil },
		Log:  slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
	if !w.blind {
		w.cfg.Mempool = c
	}
	w.restart()
	w.follower = follow.New(d, c, follow.Config{StartHeight: -1}, follow.Outbox{}, follow.Watched{},
		w.pledges.Projection(), w.service.Projection(), campaigns.Projection{})
	w.follow()
	return w
}

// restart begins anew with nothing in memory.
func (w *world) restart() {
	w.Helper()
	var err error
	w.service, err = New(w.cfg)
	must(w, err)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// key makes a key from a name.
func key(name string) *btcec.PrivateKey {
	seed := sha256.Sum256([]byte(name))
	k, _ := btcec.PrivKeyFromBytes(seed[:])
	return k
}

func p2wpkh(t testing.TB, k *btcec.PrivateKey) []byte {
	t.Helper()
	script, err := txscript.NewScriptBuilder().AddOp(txscript.OP_0).AddData(btcutil.Hash160(k.PubKey().SerializeCompressed())).Script()
	must(t, err)
	return script
}

func p2tr(t testing.TB, k *btcec.PrivateKey) []byte {
	t.Helper()
	script, err := txscript.PayToTaprootScript(txscript.ComputeTaprootKeyNoScript(k.PubKey()))
	must(t, err)
	return script
}

// opened opens a campaign for a net amount, or several for levels.
func (w *world) opened(name string, change func(*campaigns.Draft), net ...btcutil.Amount) (lighthouse.Campaign, lighthouse.Key) {
	w.Helper()
	d := campaigns.Draft{
		Text: lighthouse.Text{
			Title: name, Tagline: "Before the winter", Story: "The old one leaks.", Risks: "Snow may come first.",
		},
		Creator: lighthouse.Creator{Name: "Ada"}, Language: "en", Category: "community", DeadlineIn: 500,
	}
	for i, n := range net {
		address, err := btcutil.NewAddressWitnessPubKeyHash(btcutil.Hash160(fmt.Append(nil, name, i)), w.chain.Params())
		must(w, err)
		d.Levels = append(d.Levels, campaigns.Level{
			Title:         map[bool]string{true: fmt.Sprint("level ", i)}[i > 0],
			Beneficiaries: []lighthouse.Beneficiary{{Name: "Village", Address: address.EncodeAddress(), Amount: n}},
			Reserve:       2_000,
		})
	}
	if change != nil {
		change(&d)
	}
	_, k, err := w.campaigns.Create(w.Context(), d)
	must(w, err)
	c, err := w.campaigns.Open(w.Context(), k)
	must(w, err)
	return c, k
}

// backer is somebody with a key and the coin he pledges.
type backer struct {
	key    *btcec.PrivateKey
	coin   wire.OutPoint
	out    *wire.TxOut
	refund *wire.MsgTx // nil for none
	pledge lighthouse.Pledge
}

// sign signs one input with his key.
func (b *backer) sign(t testing.TB, tx *wire.MsgTx, i int, how txscript.SigHashType) {
	t.Helper()
	prevouts := txscript.NewMultiPrevOutFetcher(nil)
	for _, in := range tx.TxIn {
		prevouts.AddPrevOut(in.PreviousOutPoint, b.out) // of others' coins nothing is signed
	}
	hashes := txscript.NewTxSigHashes(tx, prevouts)
	var err error
	if txscript.IsPayToTaproot(b.out.PkScript) {
		var sig []byte
		sig, err = txscript.RawTxInTaprootSignature(tx, hashes, i, b.out.Value, b.out.PkScript, nil, how, b.key)
		tx.TxIn[i].Witness = wire.TxWitness{sig}
	} else {
		tx.TxIn[i].Witness, err = txscript.WitnessSignature(tx, hashes, i, b.out.Value, b.out.PkScript, how, b.key, true)
	}
	must(t, err)
}

const pledgeType = txscript.SigHashAll | txscript.SigHashAnyOneCanPay

// coinsOf gives people coins, in a block that is followed.
func (w *world) coinsOf(values ...btcutil.Amount) []*backer {
	w.Helper()
	out := make([]*backer, len(values))
	for i, v := range values {
		w.made++
		b := &backer{key: key(fmt.Sprint(w.Name(), w.made))}
		script := p2wpkh(w, b.key)
		if w.made%2 == 0 {
			script = p2tr(w, b.key)
		}
		txid, err := w.chain.Faucet(w.Context(), script, v)
		must(w, err)
		tx, err := w.chain.Tx(txid)
		must(w, err)
		for n, o := range tx.Msg.TxOut {
			if bytes.Equal(o.PkScript, script) {
				b.coin, b.out = wire.OutPoint{Hash: txid, Index: uint32(n)}, o
			}
		}
		out[i] = b
	}
	w.mine(1)
	return out
}

// signed is the pledge of a coin for a contract.
func (b *backer) signed(t testing.TB, c *contract.Contract) []byte {
	t.Helper()
	tx := c.Alone(contract.Pledge{OutPoint: b.coin, Sequence: 0xfffffffd})
	b.sign(t, tx, 0, pledgeType)
	raw, err := serialize(tx)
	must(t, err)
	return raw
}

// submit pledges a coin for all levels of a campaign, or for some.
func (w *world) submit(b *backer, c lighthouse.Campaign, levels ...int) {
	w.Helper()
	s := pledges.Submission{Campaign: c.ID, Revision: c.Terms.Revision, Signed: make(map[int][]byte), Door: lighthouse.ByWallet}
	if b.refund != nil {
		raw, err := serialize(b.refund)
		must(w, err)
		s.Refund = raw
	}
	for i, l := range c.Terms.Levels {
		if len(levels) == 0 || slices.Contains(levels, i) {
			s.Signed[i] = b.signed(w, l.Contract)
		}
	}
	var err error
	b.pledge, _, err = w.pledges.Submit(w.Context(), s)
	must(w, err)
}

// pledged has coins of some values made and pledged.
func (w *world) pledged(c lighthouse.Campaign, values ...btcutil.Amount) []*backer {
	w.Helper()
	backers := w.coinsOf(values...)
	for _, b := range backers {
		w.submit(b, c)
	}
	return backers
}

// leave is a transaction that takes a pledged coin home.
func (w *world) leave(b *backer, fee btcutil.Amount) *wire.MsgTx {
	w.Helper()
	tx := wire.NewMsgTx(2)
	in := wire.NewTxIn(&b.coin, nil, nil)
	in.Sequence = 0xfffffffd
	tx.AddTxIn(in)
	tx.AddTxOut(wire.NewTxOut(b.out.Value-int64(fee), p2wpkh(w, key("home"))))
	b.sign(w, tx, 0, txscript.SigHashAll)
	return tx
}

// work lets the service act until nothing changes by it.
func (w *world) work() {
	w.Helper()
	for range 3 {
		must(w, w.service.work(w.Context()))
	}
}

func (w *world) unsent() []outbox.Entry {
	w.Helper()
	entries, err := outbox.Pending(w.db.Read(w.Context()), 100)
	must(w, err)
	return entries
}

// send is the outbox's sender: it hands the network what waits.
func (w *world) send() {
	w.Helper()
	for _, e := range w.unsent() {
		tx, err := e.Tx()
		must(w, err)
		sent := w.chain.Submit(tx)
		if sent != nil && !errors.Is(sent, chain.ErrRejected) {
			w.Fatal(sent)
		}
		must(w, w.db.Transact(w.Context(), func(tx *gorm.DB) error {
			if sent != nil {
				return outbox.MarkFailed(tx, e.Key, sent.Error())
			}
			return outbox.MarkBroadcast(tx, e.Key, time.Now())
		}))
	}
}

func (w *world) mine(n int) {
	w.Helper()
	_, err := w.chain.Mine(n)
	must(w, err)
	w.follow()
}

func (w *world) reorg(depth int, options ...devnet.ReorgOption) {
	w.Helper()
	_, err := w.chain.Reorg(depth, options...)
	must(w, err)
	w.follow()
}

func (w *world) follow() {
	w.Helper()
	if w.follower == nil {
		return
	}
	must(w, w.follower.CatchUp(w.Context()))
}

func (w *world) claim(c lighthouse.Campaign) lighthouse.Claim {
	w.Helper()
	got, err := w.service.Get(w.Context(), c.ID)
	must(w, err)
	return got
}

func (w *world) is(c lighthouse.Campaign, state lighthouse.ClaimState, stage lighthouse.Stage) lighthouse.Claim {
	w.Helper()
	got := w.claim(c)
	if got.State != state {
		w.Fatalf("the claim is %s, want %s", got.State, state)
	}
	w.staged(c, stage)
	return got
}

func (w *world) staged(c lighthouse.Campaign, stage lighthouse.Stage) {
	w.Helper()
	now, err := w.campaigns.GetIn(w.db.Read(w.Context()), c.ID)
	must(w, err)
	if now.Stage != stage {
		w.Fatalf("the campaign is %s, want %s", now.Stage, stage)
	}
}

// takes says that a claim spends exactly the coins of these backers.
func (w *world) takes(got lighthouse.Claim, backers ...*backer) {
	w.Helper()
	want := make(map[wire.OutPoint]*backer)
	for _, b := range backers {
		want[b.coin] = b
	}
	if len(got.Tx.TxIn) != len(backers) {
		w.Fatalf("the claim has %d inputs, want %d", len(got.Tx.TxIn), len(backers))
	}
	for i, in := range got.Tx.TxIn {
		b := want[in.PreviousOutPoint]
		if b == nil {
			w.Fatalf("input %d is nobody's of them", i)
		}
		if got.Pledges[i] != b.pledge.ID {
			w.Errorf("input %d is said to be pledge %s, want %s", i, got.Pledges[i], b.pledge.ID)
		}
	}
}

// paid counts the transactions of the best chain that pay a campaign's
// beneficiaries, in any level.
func (w *world) paid(c lighthouse.Campaign) (times int) {
	w.Helper()
	tip, err := w.chain.Tip(w.Context())
	must(w, err)
	for h := int32(1); h <= tip.Height; h++ {
		hash, err := w.chain.HashAt(w.Context(), h)
		must(w, err)
		block, err := w.chain.Block(w.Context(), hash)
		must(w, err)
		for _, tx := range block.Transactions {
			for _, l := range c.Terms.Levels {
				if bytes.Equal(tx.TxOut[0].PkScript, l.Contract.Outputs[0].Script) {
					times++
				}
			}
		}
	}
	return times
}

func (w *world) inMempool(txid chainhash.Hash) {
	w.Helper()
	if !w.chain.InMempool(txid) {
		w.Fatalf("%s is not in the mempool", txid)
	}
}

func isKind(t testing.TB, err, kind error) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Fatalf("got %v, want %q", err, kind)
	}
}

// until waits for something that other goroutines do.
func (w *world) until(what func() bool) {
	w.Helper()
	for end := time.Now().Add(30 * time.Second); !what(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			w.Fatal("it did not happen in 30 s")
		}
	}
}

// withAll mines transactions in the competing branch.
func withAll(txs []*wire.MsgTx) []devnet.ReorgOption {
	if len(txs) == 0 {
		return nil
	}
	return []devnet.ReorgOption{devnet.WithTx(txs...)}
}
