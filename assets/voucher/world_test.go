package voucher

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
	"cairn/assets"
	"cairn/assets/colu"
	"cairn/assets/ledger"
	"cairn/assets/ledger/engine"
	"cairn/assets/openassets"
	"cairn/assets/voucher/bearer"
	"cairn/chain"
	"cairn/chain/devnet"
	"cairn/chain/follow"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/schnorr"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// world is vouchers on a real chain with the real ledger. Nothing in it runs by
// itself: tests say when the service works, the outbox is sent, a block is mined
// and the follower reads.
type world struct {
	testing.TB
	db       *db.DB
	chain    *devnet.Chain
	ledger   *ledger.Ledger
	service  *Service
	cfg      Config
	follower *follow.Follower
	purse    *purse
	clock    time.Time
	made     int
	protocol assets.Protocol
	dated    bool    // blocks are dated by the clock here
	thieves  []*fund // coins that no wallet of the node knows

	shop  Shop
	owner Key
	till  Key
}

func newWorld(t testing.TB, d *db.DB, options ...func(*world)) *world {
	t.Helper()
	w := &world{}
	c, err := devnet.Open(devnet.Config{Dir: t.TempDir(), Now: func() time.Time {
		if w.dated {
			return w.clock
		}
		return time.Now()
	}})
	must(t, err)
	t.Cleanup(func() { must(t, c.Close()) })
	*w = world{TB: t, db: d, chain: c, clock: time.Now().Truncate(time.Second), protocol: assets.OpenAssets}
	w.ledger = ledger.New(ledger.Config{DB: d, Network: chain.Devnet, From: -1, Prevouts: prevouts{c}})
	w.purse = &purse{w: w, loans: map[string]*fund{}, signed: map[string][]byte{}, paid: map[string][]byte{}, fees: map[string]btcutil.Amount{}}
	w.cfg = Config{
		DB: d, Network: chain.Devnet, Ledger: w.ledger, Wallet: w.purse, Free: true, Mempool: c, Server: "https://cairn.example",
		Rate: func(context.Context) (chain.FeeRate, error) { return 253, nil },
		Now:  func() time.Time { return w.clock },
		Log:  slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError + 1})),
	}
	for _, o := range options {
		o(w)
	}
	w.restart()
	w.follower = follow.New(d, c, follow.Config{StartHeight: -1}, follow.Outbox{}, follow.Watched{}, w.ledger.Projection(), w.service.Projection())
	w.follow()
	all := w.funds(1_000_000, 1_000_000, 10_000, 10_000)
	w.purse.coins, w.thieves = all[:2:2], all[2:]
	w.shop, w.owner, err = w.service.CreateShop(w.Context(), ShopDraft{Slug: "books", Name: "Book Shop", Language: "en", Undo: time.Minute})
	must(t, err)
	w.till = w.newTill("Till 1")
	return w
}

// prevouts looks coins up on the devnet.
type prevouts struct{ chain *devnet.Chain }

func (p prevouts) Prevout(_ context.Context, at wire.OutPoint) (engine.Prevout, bool, error) {
	tx, err := p.chain.Tx(at.Hash)
	if err != nil {
		return engine.Prevout{}, false, nil
	}
	out, is := engine.PrevoutOf(tx.Msg, at.Index)
	return out, is, nil
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

func isKind(t testing.TB, err, kind error) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Fatalf("got %v, want %q", err, kind)
	}
}

func (w *world) newTill(name string) Key {
	w.Helper()
	till, err := w.service.AddTill(w.Context(), w.owner, name)
	must(w, err)
	_, key, err := w.service.AddStaff(w.Context(), w.owner, StaffDraft{Role: Cashier, Name: "Ada", Till: till.Number})
	must(w, err)
	return key
}

// key makes a key from a name.
func key(name string) *btcec.PrivateKey {
	seed := sha256.Sum256([]byte(name))
	k, _ := btcec.PrivKeyFromBytes(seed[:])
	return k
}

func xOnlyOf(k *btcec.PrivateKey) [32]byte { return [32]byte(schnorr.SerializePubKey(k.PubKey())) }

func p2tr(t testing.TB, k *btcec.PrivateKey) []byte {
	t.Helper()
	script, err := txscript.PayToTaprootScript(txscript.ComputeTaprootKeyNoScript(k.PubKey()))
	must(t, err)
	return script
}

// fund is a coin and the key it is spent by.
type fund struct {
	key  *btcec.PrivateKey
	coin wire.OutPoint
	out  *wire.TxOut
}

func (f *fund) sign(t testing.TB, tx *wire.MsgTx, i int, prevouts txscript.PrevOutputFetcher, how txscript.SigHashType) {
	t.Helper()
	sig, err := txscript.RawTxInTaprootSignature(tx, txscript.NewTxSigHashes(tx, prevouts), i, f.out.Value, f.out.PkScript, nil, how, f.key)
	must(t, err)
	tx.TxIn[i].Witness = wire.TxWitness{sig}
}

// funds gives the test coins of one key, in a block that is followed.
func (w *world) funds(values ...btcutil.Amount) []*fund {
	w.Helper()
	w.made++
	out := make([]*fund, len(values))
	for i, v := range values {
		f := &fund{key: key(fmt.Sprint(w.Name(), w.made))}
		script := p2tr(w, f.key)
		txid, err := w.chain.Faucet(w.Context(), script, v)
		must(w, err)
		tx, err := w.chain.Tx(txid)
		must(w, err)
		for n, o := range tx.Msg.TxOut {
			if bytes.Equal(o.PkScript, script) && o.Value == int64(v) {
				f.coin, f.out = wire.OutPoint{Hash: txid, Index: uint32(n)}, o
			}
		}
		out[i] = f
	}
	w.mine(1)
	return out
}

// given is a voucher with its secret.
type given struct {
	Voucher
	secret bearer.Secret
	terms  bearer.Terms
}

// secrets draws as many vouchers as there are units, as the owner's page does.
func (w *world) secrets(terms bearer.Terms, units ...int64) ([]given, []Item) {
	w.Helper()
	list, items := make([]given, len(units)), make([]Item, len(units))
	for i := range units {
		_, err := rand.Read(list[i].secret[:])
		must(w, err)
		list[i].terms = terms
		o, err := list[i].secret.Output(terms)
		must(w, err)
		items[i] = Item{Label: fmt.Sprint("No. ", i+1), Units: units[i], Output: o}
	}
	return list, items
}

func plain() SeriesDraft {
	return SeriesDraft{Kind: Value, Name: "MasterBTC", Units: 10, Expiry: Never}
}

// issued makes a series, registers vouchers of so many units each, and issues
// them on the chain; no block has them yet.
func (w *world) issued(d SeriesDraft, units ...int64) (Series, []given) {
	w.Helper()
	series, err := w.service.CreateSeries(w.Context(), w.owner, d, assets.ID{})
	must(w, err)
	list, items := w.secrets(bearer.Terms{Expiry: series.ExpiryAt(w.clock), Issuer: d.Issuer}, units...)
	// A marker has room for some fifty.
	const each = 50
	var values []btcutil.Amount
	for range slices.Collect(slices.Chunk(units, each)) {
		values = append(values, 50_000)
	}
	var asset assets.ID
	var txs []*wire.MsgTx
	for _, coin := range w.funds(values...) {
		var payments []assets.Payment
		for i := len(txs) * each; i < min(len(units), (len(txs)+1)*each); i++ {
			script, err := items[i].Output.Script()
			must(w, err)
			payments = append(payments, assets.Payment{Script: script, Units: units[i]})
		}
		var tx *wire.MsgTx
		asset, tx = w.issuing(coin, payments)
		txs = append(txs, tx)
	}
	series, err = w.service.SetAsset(w.Context(), w.owner, series.ID, asset)
	must(w, err)
	registered, err := w.service.Register(w.Context(), w.owner, series.ID, items)
	must(w, err)
	for i := range list {
		list[i].Voucher = registered[i]
	}
	for _, tx := range txs {
		must(w, w.chain.Submit(tx))
	}
	return series, list
}

// issuing is the signed transaction that issues units of a new asset.
func (w *world) issuing(coin *fund, payments []assets.Payment) (assets.ID, *wire.MsgTx) {
	w.Helper()
	from := []assets.Coin{{OutPoint: coin.coin, Value: btcutil.Amount(coin.out.Value), Script: coin.out.PkScript}}
	var asset assets.ID
	var u assets.Unsigned
	var err error
	if w.protocol == assets.Colu {
		asset, err = colu.IssuedID(colu.Traits{}, coin.coin, coin.out.PkScript)
		must(w, err)
		for i := range payments {
			payments[i].Asset = asset
		}
		u, err = colu.Issue(colu.Issuing{}, from, payments, coin.out.PkScript)
	} else {
		asset = openassets.AssetID(coin.out.PkScript)
		for i := range payments {
			payments[i].Asset = asset
		}
		u, err = openassets.Issue(from, payments, nil, coin.out.PkScript)
	}
	must(w, err)
	rest := coin.out.Value - 10_000
	for _, out := range u.Tx.TxOut {
		rest -= out.Value
	}
	u.Tx.AddTxOut(wire.NewTxOut(rest, coin.out.PkScript))
	coin.sign(w, u.Tx, 0, txscript.NewCannedPrevOutputFetcher(coin.out.PkScript, coin.out.Value), txscript.SigHashDefault)
	return asset, u.Tx
}

// planned has a till plan a redemption and its bearer sign.
func (w *world) signed(key Key, v given, units int64) (Redemption, error) {
	w.Helper()
	p, err := w.service.Plan(w.Context(), key, v.Name, units)
	if err != nil {
		return Redemption{}, err
	}
	r := Redemption{Name: v.Name, Units: units, Signed: w.bearerSigns(p, v)}
	_, err = rand.Read(r.Request[:])
	must(w, err)
	return r, nil
}

func (w *world) bearerSigns(p Plan, v given) []byte {
	w.Helper()
	tx := p.Unsigned.Copy()
	must(w, bearer.SignKey(tx, p.Coin, v.secret))
	return rawOf(w, tx)
}

func rawOf(t testing.TB, tx *wire.MsgTx) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, tx.Serialize(&b))
	return b.Bytes()
}

// redeemed redeems at the first till.
func (w *world) redeemed(v given, units int64) Booking {
	w.Helper()
	b, err := w.tryRedeem(w.till, v, units)
	must(w, err)
	return b
}

func (w *world) tryRedeem(key Key, v given, units int64) (Booking, error) {
	w.Helper()
	r, err := w.signed(key, v, units)
	if err != nil {
		return Booking{}, err
	}
	return w.service.Redeem(w.Context(), key, r)
}

// is says how a voucher stands.
func (w *world) is(v given, state State, left int64) Info {
	w.Helper()
	info, err := w.service.Look(w.Context(), v.Name)
	must(w, err)
	if info.State != state || info.Left != left {
		w.Fatalf("voucher %d is %s with %d left, want %s with %d", v.Number, info.State, info.Left, state, left)
	}
	return info
}

// stage says how far a booking is.
func (w *world) stage(number int64, want Stage) Booking {
	w.Helper()
	b, err := w.service.booking(w.db.Read(w.Context()), number)
	must(w, err)
	if b.Stage != want {
		w.Fatalf("booking %d is %s, want %s", number, b.Stage, want)
	}
	return b
}

func (w *world) pass(d time.Duration) { w.clock = w.clock.Add(d) }

// work lets the service act until nothing changes by it, with what it sends.
func (w *world) work() {
	w.Helper()
	for range 3 {
		must(w, w.service.work(w.Context()))
		w.send()
	}
}

// settle goes on until nothing waits.
func (w *world) settle() {
	w.Helper()
	for range 4 {
		w.work()
		w.mine(1)
	}
}

// send is the outbox's sender: it hands the network what waits.
func (w *world) send() {
	w.Helper()
	entries, err := outbox.Pending(w.db.Read(w.Context()), 500)
	must(w, err)
	for _, e := range entries {
		tx, err := e.Tx()
		must(w, err)
		if w.chain.InMempool(tx.TxHash()) {
			continue
		}
		sent := w.chain.Submit(tx)
		if sent != nil && !errors.Is(sent, chain.ErrRejected) {
			w.Fatal(sent)
		}
		must(w, w.db.Transact(w.Context(), func(tx *gorm.DB) error {
			if sent != nil {
				return outbox.MarkFailed(tx, e.Key, sent.Error())
			}
			return outbox.MarkBroadcast(tx, e.Key, w.clock)
		}))
	}
}

func (w *world) mine(n int) {
	w.Helper()
	_, err := w.chain.Mine(n)
	must(w, err)
	w.follow()
}

func (w *world) follow() {
	w.Helper()
	must(w, w.follower.CatchUp(w.Context()))
}

// supply is how many units of an asset the ledger knows.
func (w *world) supply(id assets.ID) int64 {
	w.Helper()
	a, err := w.ledger.Asset(w.Context(), id, ledger.Newest)
	must(w, err)
	return a.Supply
}
