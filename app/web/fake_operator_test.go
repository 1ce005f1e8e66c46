package web

import (
	"bytes"
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"sync"
	"time"

	"cairn/app/audit"
	opstore "cairn/app/operator"
	"cairn/app/payment"
	"cairn/chain"
	"cairn/channels/amount"
	"cairn/templates/operator"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// fakeOperators takes the link "open" once, and each one made afterwards.
type fakeOperators struct {
	mu     sync.Mutex
	used   map[string]bool
	in     map[string]bool
	people []opstore.Person
}

func (o *fakeOperators) Link(context.Context, string) (string, time.Time, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.used = map[string]bool{"open": true}
	return "open-again", time.Now().Add(opstore.LinkLife), nil
}

func (o *fakeOperators) good(link string) bool {
	return (link == "open" || link == "open-again") && !o.used[link]
}

func (o *fakeOperators) Good(_ context.Context, link string) (bool, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.good(link), nil
}

// take uses a link up.
func (o *fakeOperators) take(link string) error {
	if !o.good(link) {
		return opstore.ErrLink
	}
	if o.used == nil {
		o.used = map[string]bool{}
	}
	o.used[link] = true
	return nil
}

func (o *fakeOperators) Claim(_ context.Context, link string, account [16]byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.take(link); err != nil {
		return err
	}
	o.people = append(o.people, opstore.Person{Account: account, AddedAt: time.Now()})
	return nil
}

func (o *fakeOperators) Look(_ context.Context, link string) (string, time.Time, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.take(link); err != nil {
		return "", time.Time{}, err
	}
	o.in = map[string]bool{"session": true}
	return "session", time.Now().Add(time.Hour), nil
}

func (o *fakeOperators) Session(_ context.Context, session string) (bool, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.in[session], nil
}

func (o *fakeOperators) Leave(_ context.Context, session string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.in, session)
	return nil
}

func (o *fakeOperators) Is(_ context.Context, account [16]byte) (bool, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, p := range o.people {
		if p.Account == account {
			return true, nil
		}
	}
	return false, nil
}

func (o *fakeOperators) People(context.Context) ([]opstore.Person, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]opstore.Person(nil), o.people...), nil
}

func (o *fakeOperators) Remove(_ context.Context, account [16]byte, _ string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i, p := range o.people {
		if p.Account == account && len(o.people) > 1 {
			o.people = append(o.people[:i], o.people[i+1:]...)
			return nil
		}
	}
	return opstore.ErrNobody
}

// withOperator gives a site its operator's pages, over fakes where the real
// thing needs a node.
func withOperator(deps *Deps, operators *fakeOperators, n *fakeNotary, e *fakeEngine, now func() time.Time) {
	deps.Operators, deps.Overview = operators, overview(n, e)
	log := audit.New(accountsDB(), now)
	deps.Seed, deps.Figures = &fakeSeed{}, fakeFigures
	deps.Audit, deps.Coffer = log, fakeHolding
	deps.Payments = payment.New(payment.Config{
		DB: accountsDB(), Wallet: &fakeCoffer{}, Network: chain.Devnet, Audit: log, Now: now, Rand: rand.Reader,
	})
}

// fakeCoffer is a wallet of one endless coin: it signs whatever it is asked to.
type fakeCoffer struct {
	mu     sync.Mutex
	signed map[string]payment.Signed
}

func (w *fakeCoffer) EstimateRate(_ context.Context, blocks int32) (chain.FeeRate, error) {
	return chain.FeeRate(2500 / max(blocks, 1)), nil
}

func (w *fakeCoffer) Plan(_ context.Context, o payment.Order) (payment.Estimate, error) {
	if o.Amount > 5_000_000 {
		return payment.Estimate{}, chain.ErrNoFunds
	}
	return payment.Estimate{Fee: o.Rate.Fee(560), Left: 5_000_000 - o.Amount}, nil
}

func (w *fakeCoffer) Most(context.Context, []byte, chain.FeeRate, btcutil.Amount) (btcutil.Amount, error) {
	return 4_900_000, nil
}

func (w *fakeCoffer) Reserve(context.Context) (btcutil.Amount, error) { return 10_000, nil }

func (w *fakeCoffer) NewAddress(context.Context) (string, error) {
	var key [32]byte
	rand.Read(key[:]) //nolint:errcheck // never fails
	address, err := btcutil.NewAddressTaproot(key[:], &chaincfg.RegressionNetParams)
	if err != nil {
		return "", err
	}
	return address.String(), nil
}

func (w *fakeCoffer) Prepare(_ context.Context, o payment.Order) (payment.Signed, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if s, ok := w.signed[o.Purpose]; ok {
		return s, nil
	}
	tx := wire.NewMsgTx(2)
	var coin chainhash.Hash
	rand.Read(coin[:]) //nolint:errcheck // never fails
	tx.AddTxIn(wire.NewTxIn(&wire.OutPoint{Hash: coin}, nil, wire.TxWitness{{1}}))
	tx.AddTxOut(wire.NewTxOut(int64(o.Amount), o.Script))
	w.keep(o.Purpose, tx, o.Rate.Fee(560), 0)
	return w.signed[o.Purpose], nil
}

func (w *fakeCoffer) keep(purpose string, tx *wire.MsgTx, fee btcutil.Amount, generation int) {
	var raw bytes.Buffer
	tx.Serialize(&raw) //nolint:errcheck // a buffer takes everything
	if w.signed == nil {
		w.signed = map[string]payment.Signed{}
	}
	w.signed[purpose] = payment.Signed{Raw: raw.Bytes(), Txid: tx.TxHash(), Fee: fee, Generation: generation}
}

func (w *fakeCoffer) Replace(_ context.Context, txid chainhash.Hash, rate chain.FeeRate) (payment.Signed, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for purpose, old := range w.signed {
		if old.Txid != txid {
			continue
		}
		var tx wire.MsgTx
		tx.Deserialize(bytes.NewReader(old.Raw)) //nolint:errcheck // it was serialized here
		tx.LockTime++
		w.keep(purpose, &tx, rate.Fee(560), old.Generation+1)
		return w.signed[purpose], nil
	}
	return payment.Signed{}, payment.ErrNotWaiting
}

func (w *fakeCoffer) Abandon(_ context.Context, purpose string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.signed, purpose)
	return nil
}

// fakeHolding is what the fake wallet is said to hold.
func fakeHolding(context.Context) (operator.Coffer, error) {
	at := time.Now().Add(-40 * time.Minute)
	tx := func(b byte) string { return chainhash.Hash{b, 7, 42}.String() }
	return operator.Coffer{
		Fee: 5_000_000, Reserved: 240_000, Protected: 546, Unconfirmed: 90_000, Channels: 3_000_000, Reserve: 10_000,
		Coins: []operator.Coin{
			{Outpoint: tx(1) + ":0", Value: 4_000_000, Confirmations: 12, Class: operator.CoinFee},
			{Outpoint: tx(2) + ":1", Value: 1_000_000, Confirmations: 3, Class: operator.CoinFee},
			{Outpoint: tx(3) + ":1", Value: 240_000, Class: operator.CoinReserved, Purpose: "anchor/17"},
			{Outpoint: tx(4) + ":0", Value: 546, Confirmations: 40, Class: operator.CoinProtected, Reason: "coloured: concert tickets"},
			{Outpoint: tx(5) + ":2", Value: 90_000, Class: operator.CoinUnconfirmed},
		},
		Movements: []operator.Movement{
			{Txid: tx(5), At: at.Add(30 * time.Minute), Amount: -152, Fee: 152, Purpose: "anchor/17"},
			{Txid: tx(6), At: at, Confirmations: 3, Amount: 1_000_000},
			{Txid: tx(7), At: at.Add(-time.Hour), Confirmations: 12, Amount: -3_000_420, Fee: 420, Label: "0:openchannel:shortchanid-1"},
		},
	}, nil
}

// fakeSeed has 24 words, of which nobody has written down any.
type fakeSeed struct{ confirmed bool }

var fakeWords = strings.Fields(strings.Repeat("alpha beta gamma delta stone cairn ", 4))

func (f *fakeSeed) State() SeedState {
	return SeedState{Wallet: true, Confirmed: f.confirmed, Ask: []int{4, 11, 22}}
}

func (f *fakeSeed) Create(context.Context) ([]string, error) { return nil, ErrWalletMade }

func (f *fakeSeed) Words() ([]string, error) { return fakeWords, nil }

func (f *fakeSeed) Confirm(picked map[int]string) error {
	for place, word := range picked {
		if fakeWords[place-1] != word {
			return ErrSeedWords
		}
	}
	f.confirmed = true
	return nil
}

func (f *fakeSeed) Drill(_ context.Context, words []string) error {
	if !slices.Equal(words, fakeWords) {
		return ErrSeedWords
	}
	return nil
}

// fakeFigures are days of a trade that grows.
func fakeFigures(_ context.Context, days int) (operator.Figures, error) {
	var f operator.Figures
	today := time.Now().UTC().Truncate(24 * time.Hour)
	for i := range days {
		n := amount.MilliSatoshi(i % 11)
		d := operator.FigureDay{
			Date: today.AddDate(0, 0, i+1-days), Income: map[string]amount.MilliSatoshi{"express-anchor": n * 1_250_000, "api": n * 40_500},
			Earned: n * 1_290_500, Lightning: n * 1_200_000, OnChain: n * 90_500, Fees: 1000 + btcutil.Amount(n)*300, AnchorFees: 1000, Anchors: 144, Digests: 4200,
		}
		f.Days = append(f.Days, d)
		f.Total.Add(d)
	}
	f.Owed, f.Held = 21_000, 1_500_000
	return f, nil
}
