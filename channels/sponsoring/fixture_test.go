package sponsoring

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/chain"
	"cairn/chain/devnet"
	"cairn/chain/follow"
	"cairn/chain/node"
	"cairn/chain/wallet"
	"cairn/channels/amount"
	"cairn/channels/fees"
	"cairn/channels/invoice"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/btcutil/psbt"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// One devnet and one real lnd serve all tests of the package; each test has a
// database, a wallet, a till and a service of its own over them.
var world struct {
	once  sync.Once
	dir   string
	chain *devnet.Chain
	node  *node.Node
	err   error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if world.node != nil {
		world.node.Close()
	}
	if world.chain != nil {
		world.chain.Close()
	}
	if world.dir != "" {
		os.RemoveAll(world.dir)
	}
	os.Exit(code)
}

func startWorld() {
	if world.dir, world.err = os.MkdirTemp("", "cairn-sponsoring-test-"); world.err != nil {
		return
	}
	if world.chain, world.err = devnet.Open(devnet.Config{Dir: world.dir + "/chain"}); world.err != nil {
		return
	}
	world.node, world.err = node.Open(node.Config{
		Network: chain.Devnet, Driver: node.InProcess, Dir: world.dir + "/node",
		Chain:       node.ChainConfig{Connect: []string{world.chain.P2PAddr()}},
		HealthEvery: 100 * time.Millisecond,
	})
	if world.err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	world.err = world.node.WaitReady(ctx)
}

// clock is a time that tests move by hand; lnd's leases live by the real one.
type clock struct {
	mu    sync.Mutex
	ahead time.Duration
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}

// invoices are promises nobody has to keep: the till is told of payments by hand.
type invoices struct{}

func (invoices) Create(_ context.Context, req invoice.Request) (invoice.Invoice, error) {
	return invoice.Invoice{Hash: req.Preimage.Hash(), Text: "lnbcrt1" + req.Preimage.Hash().String(), ExpiresAt: time.Now().Add(req.Expiry)}, nil
}
func (invoices) Status(context.Context, invoice.Hash) (invoice.Status, error) {
	return invoice.Status{State: invoice.Open}, nil
}
func (invoices) Cancel(context.Context, invoice.Hash) error { return nil }
func (invoices) Settled(ctx context.Context, _ uint64, _ func(invoice.Settlement) error) error {
	<-ctx.Done()
	return ctx.Err()
}

// unspent asks the devnet.
type unspent struct{ *devnet.Chain }

func (u unspent) Unspent(_ context.Context, op wire.OutPoint, _ *wire.TxOut) (*wire.TxOut, error) {
	return u.Chain.Unspent(op)
}

// bench is one test's place to work.
type bench struct {
	*Service
	t      *testing.T
	chain  *devnet.Chain
	wallet *wallet.Wallet
	till   *fees.Service
	sync   *follow.Follower
	sender *wallet.Broadcaster
	clock  *clock
	cfg    Config
}

func newBench(t *testing.T, d *db.DB) *bench {
	t.Helper()
	world.once.Do(startWorld)
	if world.err != nil {
		t.Fatal(world.err)
	}
	b := &bench{t: t, chain: world.chain, clock: &clock{}}
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError}))
	var err error
	b.wallet, err = wallet.New(wallet.Config{Conn: world.node.Conn(), DB: d, Network: chain.Devnet, Now: b.clock.Now, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	b.till, err = fees.New(fees.Config{DB: d, Invoices: invoices{}, Secret: [32]byte{1}, Now: b.clock.Now, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	b.cfg = Config{
		DB: d, Wallet: b.wallet, Till: b.till, Coins: unspent{world.chain},
		Tariff: fees.Tariff{Margin: 200, Least: 10 * amount.PerSatoshi}, Now: b.clock.Now, Log: log,
	}
	b.restart()
	b.sync = follow.New(d, world.chain, follow.Config{StartHeight: -1, Log: log}, follow.Outbox{}, wallet.Books{})
	b.sender = wallet.NewBroadcaster(wallet.BroadcasterConfig{Wallet: b.wallet, DB: d, Mempool: world.chain, Log: log, Interval: 10 * time.Millisecond, Retry: time.Millisecond})
	b.fund()
	t.Cleanup(b.freeCoins)
	return b
}

// fund sees to it that the wallet has coins to lend, and lnd has seen them.
func (b *bench) fund() {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), 30*time.Second)
	defer cancel()
	if err := b.wallet.EnsureFunds(ctx, world.chain, 4, 1_000_000); err != nil {
		b.t.Fatal(err)
	}
	b.catchUp()
}

func eachBench(t *testing.T, fn func(t *testing.T, b *bench)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) { fn(t, newBench(t, d)) })
}

// restart forgets all that is not in the database.
func (b *bench) restart() {
	b.t.Helper()
	s, err := New(b.cfg)
	if err != nil {
		b.t.Fatal(err)
	}
	b.Service = s
}

// freeCoins ends what the test has left open, for those after it.
func (b *bench) freeCoins() {
	b.clock.pass(48 * time.Hour)
	if err := b.Sweep(context.Background()); err != nil {
		b.t.Error(err)
	}
	if err := b.wallet.RenewLeases(context.Background()); err != nil {
		b.t.Error(err)
	}
	if _, err := b.chain.Mine(1); err != nil {
		b.t.Error(err)
	}
}

func (b *bench) catchUp() {
	b.t.Helper()
	if err := b.sync.CatchUp(context.Background()); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) mine() {
	b.t.Helper()
	if _, err := b.chain.Mine(1); err != nil {
		b.t.Fatal(err)
	}
	b.catchUp()
}

// leased is the sum of what the wallet holds back.
func (b *bench) leased() btcutil.Amount {
	b.t.Helper()
	balance, err := b.wallet.Balance(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	return balance.Reserved
}

// inMempool sends the outbox until the network has a transaction.
func (b *bench) inMempool(txid chainhash.Hash) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), 30*time.Second)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- b.sender.Run(ctx) }()
	for !b.chain.InMempool(txid) {
		if ctx.Err() != nil {
			b.t.Fatalf("%s never reached the mempool", txid)
		}
		time.Sleep(5 * time.Millisecond)
	}
	cancel()
	if err := <-done; err != nil {
		b.t.Fatal(err)
	}
}

// pay settles the proposal's quote.
func (b *bench) pay(p Proposal) {
	b.t.Helper()
	q, err := b.till.Get(b.t.Context(), p.Quote.ID)
	if err != nil {
		b.t.Fatal(err)
	}
	st := invoice.Settlement{Hash: q.InvoiceHash, Paid: q.Price, At: b.clock.Now().UTC(), Index: 1}
	if err := b.till.Settle(b.t.Context(), st); err != nil {
		b.t.Fatal(err)
	}
}

// visitor has a key, made from a name, and coins for it.
type visitor struct {
	key    *btcec.PrivateKey
	script []byte
}

func newVisitor(t testing.TB, name string, taproot bool) visitor {
	t.Helper()
	seed := sha256.Sum256(fmt.Appendf(nil, "%s/%s/%v", t.Name(), name, taproot))
	key, pub := btcec.PrivKeyFromBytes(seed[:])
	var script []byte
	var err error
	if taproot {
		script, err = txscript.PayToTaprootScript(txscript.ComputeTaprootKeyNoScript(pub))
	} else {
		script, err = txscript.NewScriptBuilder().AddOp(txscript.OP_0).AddData(btcutil.Hash160(pub.SerializeCompressed())).Script()
	}
	if err != nil {
		t.Fatal(err)
	}
	return visitor{key, script}
}

// coin has the faucet give the visitor one, not yet in a block.
func (b *bench) coin(v visitor, value btcutil.Amount) (wire.OutPoint, *wire.TxOut) {
	b.t.Helper()
	txid, err := b.chain.Faucet(b.t.Context(), v.script, value)
	if err != nil {
		b.t.Fatal(err)
	}
	tx, err := b.chain.Tx(txid)
	if err != nil {
		b.t.Fatal(err)
	}
	for i, out := range tx.Msg.TxOut {
		if bytes.Equal(out.PkScript, v.script) {
			return wire.OutPoint{Hash: txid, Index: uint32(i)}, out
		}
	}
	b.t.Fatal("the faucet paid somebody else")
	return wire.OutPoint{}, nil
}

// witness signs one input.
func (v visitor) witness(t testing.TB, tx *wire.MsgTx, i int, prevouts []*wire.TxOut, how txscript.SigHashType) []byte {
	t.Helper()
	spent := make(map[wire.OutPoint]*wire.TxOut)
	for n, in := range tx.TxIn {
		spent[in.PreviousOutPoint] = prevouts[n]
	}
	fetcher := txscript.NewMultiPrevOutFetcher(spent)
	hashes := txscript.NewTxSigHashes(tx, fetcher)
	var w wire.TxWitness
	if txscript.IsPayToTaproot(v.script) {
		sig, err := txscript.RawTxInTaprootSignature(tx, hashes, i, prevouts[i].Value, v.script, nil, how, v.key)
		if err != nil {
			t.Fatal(err)
		}
		w = wire.TxWitness{sig}
	} else {
		if how == txscript.SigHashDefault {
			how = txscript.SigHashAll
		}
		var err error
		if w, err = txscript.WitnessSignature(tx, hashes, i, prevouts[i].Value, v.script, how, v.key, true); err != nil {
			t.Fatal(err)
		}
	}
	var raw bytes.Buffer
	if err := psbt.WriteTxWitness(&raw, w); err != nil {
		t.Fatal(err)
	}
	return raw.Bytes()
}

// job is a visitor's transaction: two coins, P2WPKH and P2TR, all of whose value
// goes to somebody, with no fee of its own.
type job struct {
	owners   []visitor
	prevouts []*wire.TxOut
	tx       *wire.MsgTx
}

func (b *bench) newJob(name string) *job {
	b.t.Helper()
	b.fund()
	j := &job{tx: wire.NewMsgTx(2)}
	sum := int64(0)
	for i, v := range []visitor{newVisitor(b.t, name, false), newVisitor(b.t, name, true)} {
		op, out := b.coin(v, btcutil.Amount(20_000+i))
		in := wire.NewTxIn(&op, nil, nil)
		in.Sequence = 0xfffffffd
		j.tx.AddTxIn(in)
		j.owners, j.prevouts = append(j.owners, v), append(j.prevouts, out)
		sum += out.Value
	}
	j.tx.AddTxOut(wire.NewTxOut(sum, newVisitor(b.t, name+"/payee", true).script))
	b.mine()
	return j
}

// psbt is the job unsigned, changed before it is written.
func (j *job) psbt(t testing.TB, change ...func(*psbt.Packet)) []byte {
	t.Helper()
	p, err := psbt.NewFromUnsignedTx(j.tx.Copy())
	if err != nil {
		t.Fatal(err)
	}
	for i := range p.Inputs {
		p.Inputs[i].WitnessUtxo = j.prevouts[i]
	}
	for _, fn := range change {
		fn(p)
	}
	return encode(t, p)
}

// sign signs a proposal as the visitor's wallet would, changed before.
func (j *job) sign(t testing.TB, raw []byte, change ...func(*psbt.Packet)) []byte {
	t.Helper()
	p := decode(t, raw)
	for _, fn := range change {
		fn(p)
	}
	prevouts := make([]*wire.TxOut, len(p.Inputs))
	for i, in := range p.Inputs {
		prevouts[i] = in.WitnessUtxo
	}
	for i, v := range j.owners {
		if p.Inputs[i].FinalScriptWitness == nil {
			p.Inputs[i].FinalScriptWitness = v.witness(t, p.UnsignedTx, i, prevouts, txscript.SigHashDefault)
		}
	}
	return encode(t, p)
}

func decode(t testing.TB, raw []byte) *psbt.Packet {
	t.Helper()
	p, err := psbt.NewFromRawBytes(bytes.NewReader(raw), false)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func encode(t testing.TB, p *psbt.Packet) []byte {
	t.Helper()
	var raw bytes.Buffer
	if err := p.Serialize(&raw); err != nil {
		t.Fatal(err)
	}
	return raw.Bytes()
}

func (b *bench) propose(req Request) Proposal {
	b.t.Helper()
	p, err := b.Propose(b.t.Context(), req)
	if err != nil {
		b.t.Fatal(err)
	}
	return p
}

func (b *bench) get(id ID) Proposal {
	b.t.Helper()
	p, err := b.Get(b.t.Context(), id)
	if err != nil {
		b.t.Fatal(err)
	}
	return p
}

func isKind(t *testing.T, what string, err error, kind error) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Errorf("%s: %v, want %q", what, err, kind)
	}
}
