package lightning

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"log/slog"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/chain"
	"cairn/chain/devnet"
	"cairn/chain/node"
	"cairn/chain/wallet"
	"cairn/channels/amount"
	"cairn/channels/fees"
	"cairn/channels/invoice"

	"github.com/btcsuite/btcd/wire"
	"github.com/lightningnetwork/lnd/lnrpc"
)

// party is one node of the test and its Lightning side.
type party struct {
	*Node
	engine *node.Node
	listen string
	dir    string
}

func freeAddress(t *testing.T) string {
	t.Helper()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer lis.Close()
	return lis.Addr().String()
}

func startParty(t *testing.T, d *devnet.Chain, args ...string) *party {
	t.Helper()
	return startPartyIn(t, d, t.TempDir(), args...)
}

// startPartyIn starts a node in a folder, where it may find its wallet's words.
func startPartyIn(t *testing.T, d *devnet.Chain, dir string, args ...string) *party {
	t.Helper()
	p := &party{listen: freeAddress(t), dir: dir}
	var err error
	p.engine, err = node.Open(node.Config{
		Network: chain.Devnet, Driver: node.InProcess, Dir: dir, Listen: p.listen, BackupTo: t.TempDir(), ExtraArgs: args,
		Chain: node.ChainConfig{Connect: []string{d.P2PAddr()}}, HealthEvery: 100 * time.Millisecond,
		StuckAfter: 10 * time.Second, RetryEvery: time.Second, // engines of one process stop together
		RecoveryWindow: 300, // a block takes little time to search
		LogLevel:       os.Getenv("CAIRN_TEST_LND_LOG"),
		Log:            slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.engine.Close() })
	if p.Node, err = New(Config{Conn: p.engine.Conn(), Network: chain.Devnet}); err != nil {
		t.Fatal(err)
	}
	return p
}

// until waits for something that the nodes bring about by themselves.
func until(ctx context.Context, t *testing.T, what string, ok func() bool) {
	t.Helper()
	for !ok() {
		select {
		case <-ctx.Done():
			t.Fatalf("%s did not happen", what)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// openChannel gives alice 2,000,000 sat and opens a channel of 1,000,000 to bob.
func openChannel(ctx context.Context, t *testing.T, d *devnet.Chain, alice, bob *party) {
	t.Helper()
	w, err := wallet.New(wallet.Config{Conn: alice.engine.Conn(), DB: dbtest.Open(t, db.SQLite), Network: chain.Devnet})
	if err != nil {
		t.Fatal(err)
	}
	_, script, err := Addresses{w}.New(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Faucet(ctx, script, 2_000_000); err != nil {
		t.Fatal(err)
	}
	mine(t, d, 1)
	until(ctx, t, "the faucet's payment", func() bool {
		b, err := alice.lnd.WalletBalance(ctx, &lnrpc.WalletBalanceRequest{})
		return err == nil && b.ConfirmedBalance >= 2_000_000
	})
	_, err = alice.lnd.ConnectPeer(ctx, &lnrpc.ConnectPeerRequest{
		Addr: &lnrpc.LightningAddress{Pubkey: bob.engine.Status().PubKey, Host: bob.listen}, Timeout: 10,
	})
	if err != nil {
		t.Fatal(err)
	}
	key, err := hex.DecodeString(bob.engine.Status().PubKey)
	if err != nil {
		t.Fatal(err)
	}
	point, err := alice.lnd.OpenChannelSync(ctx, &lnrpc.OpenChannelRequest{NodePubkey: key, LocalFundingAmount: 1_000_000, SatPerVbyte: 2})
	if err != nil {
		t.Fatal(err)
	}
	txid, err := lnrpc.GetChanPointFundingTxid(point)
	if err != nil {
		t.Fatal(err)
	}
	until(ctx, t, "the funding transaction", func() bool { return d.InMempool(*txid) })
	mine(t, d, 6)
	awaitChannel(ctx, t, alice, bob)
}

func mine(t *testing.T, d *devnet.Chain, n int) {
	t.Helper()
	if _, err := d.Mine(n); err != nil {
		t.Fatal(err)
	}
}

func awaitChannel(ctx context.Context, t *testing.T, parties ...*party) {
	t.Helper()
	for _, p := range parties {
		until(ctx, t, "the channel", func() bool {
			answer, err := p.lnd.ListChannels(ctx, &lnrpc.ListChannelsRequest{ActiveOnly: true})
			if err != nil || len(answer.Channels) != 1 {
				return false
			}
			// It can be paid through when both sides have announced their terms.
			edge, err := p.lnd.GetChanInfo(ctx, &lnrpc.ChanInfoRequest{ChanId: answer.Channels[0].ChanId})
			return err == nil && edge.Node1Policy != nil && edge.Node2Policy != nil
		})
	}
}

// Two real nodes over one chain: what fees and payers see of each other.
func TestEarnAndPay(t *testing.T) {
	d, err := devnet.Open(devnet.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	alice, bob := startParty(t, d), startParty(t, d)
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	for _, p := range []*party{alice, bob} {
		if err := p.engine.WaitReady(ctx); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("without a channel there is no invoice", func(t *testing.T) {
		_, err := bob.Create(ctx, invoice.Request{Preimage: invoice.Preimage{1}, Amount: 1000, Expiry: time.Minute})
		isKind(t, err, invoice.ErrUnpayable)
	})
	openChannel(ctx, t, d, alice, bob)
	w := &pair{alice: alice, bob: bob}
	t.Run("invoices", func(t *testing.T) { w.invoices(ctx, t) })
	t.Run("refusals", func(t *testing.T) { w.refusals(ctx, t) })
	t.Run("no way there", func(t *testing.T) { w.noRoute(ctx, t) })
	t.Run("quotes are paid, also across restarts", func(t *testing.T) { w.quotes(ctx, t) })
	t.Run("the largest invoice can be paid", func(t *testing.T) { w.largest(ctx, t) })
	t.Run("transactions are told", func(t *testing.T) { w.transactions(ctx, t, d) })
	t.Run("a node that is down says so", func(t *testing.T) { w.down(ctx, t) })
}

type pair struct {
	alice, bob *party
	paid       amount.MilliSatoshi // by alice to bob
}

func isKind(t *testing.T, err, kind error) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Errorf("%v, want %q", err, kind)
	}
}

func (w *pair) invoice(ctx context.Context, t *testing.T, seed byte, msat amount.MilliSatoshi) invoice.Invoice {
	t.Helper()
	in, err := w.bob.Create(ctx, invoice.Request{Preimage: invoice.Preimage{seed}, Amount: msat, Memo: "a test", Expiry: 10 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func (w *pair) pay(ctx context.Context, t *testing.T, text string) Payment {
	t.Helper()
	p, err := w.alice.Pay(ctx, Order{Invoice: text, FeeLimit: 1000, Timeout: 20 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (w *pair) invoices(ctx context.Context, t *testing.T) {
	in := w.invoice(ctx, t, 2, 1001) // to the millisatoshi
	if again := w.invoice(ctx, t, 2, 1001); again != in {
		t.Errorf("asked again: %+v, want %+v", again, in)
	}
	_, err := w.bob.Create(ctx, invoice.Request{Preimage: invoice.Preimage{2}, Amount: 2000, Expiry: time.Minute})
	isKind(t, err, invoice.ErrRequest) // another amount
	for _, bad := range []invoice.Request{
		{Amount: 0, Expiry: time.Minute}, {Amount: -1, Expiry: time.Minute}, {Amount: 1000}, {Amount: 1000, Expiry: time.Minute, Memo: strings.Repeat("a", 640)},
	} {
		_, err := w.bob.Create(ctx, bad)
		isKind(t, err, invoice.ErrRequest)
	}
	read, err := w.alice.Decode("LIGHTNING:" + strings.ToUpper(in.Text))
	if err != nil || read.Hash != in.Hash || read.Amount != 1001 || read.Memo != "a test" || !read.ExpiresAt.Equal(in.ExpiresAt) {
		t.Errorf("decoded: %+v, %v", read, err)
	}
	hashed, err := w.bob.Create(ctx, invoice.Request{Preimage: invoice.Preimage{12}, Amount: 1, MemoHash: [32]byte{1, 2}, Expiry: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	if read, err := w.alice.Decode(hashed.Text); err != nil || read.MemoHash != [32]byte{1, 2} || read.Memo != "" {
		t.Errorf("decoded: %+v, %v", read, err)
	}
	if st, err := w.bob.Status(ctx, in.Hash); err != nil || st.State != invoice.Open {
		t.Errorf("open: %+v, %v", st, err)
	}
	paid := w.pay(ctx, t, in.Text)
	if paid.Preimage != (invoice.Preimage{2}) || paid.Amount != 1001 || paid.Fee != 0 {
		t.Errorf("paid: %+v", paid)
	}
	w.paid += 1001
	if again := w.pay(ctx, t, in.Text); again != paid {
		t.Errorf("paid again: %+v", again)
	}
	if found, err := w.alice.Track(ctx, in.Hash); err != nil || found != paid {
		t.Errorf("tracked: %+v, %v", found, err)
	}
	st, err := w.bob.Status(ctx, in.Hash)
	if err != nil || st.State != invoice.Settled || st.Settlement.Paid != 1001 || st.Settlement.Index != 1 {
		t.Errorf("settled: %+v, %v", st, err)
	}
	if err := w.bob.Cancel(ctx, in.Hash); err != nil {
		t.Errorf("cancelling what was paid: %v", err)
	}
	// The one before any cursor is told as well.
	heard := make(chan invoice.Settlement, 1)
	stop := errors.New("heard enough")
	err = w.bob.Settled(ctx, 0, func(st invoice.Settlement) error { heard <- st; return stop })
	if first := <-heard; !errors.Is(err, stop) || first != st.Settlement {
		t.Errorf("heard %+v, %v", first, err)
	}
	until(ctx, t, "the balance of what was paid", func() bool {
		b, err := w.bob.Balance(ctx)
		return err == nil && b.Local == w.paid && b.Remote > 0 && b.Opening == 0 && b.Unsettled == 0
	})
}

func (w *pair) refusals(ctx context.Context, t *testing.T) {
	_, err := w.bob.Status(ctx, invoice.Hash{9})
	isKind(t, err, invoice.ErrUnknown)
	isKind(t, w.bob.Cancel(ctx, invoice.Hash{9}), invoice.ErrUnknown)
	_, err = w.alice.Track(ctx, invoice.Hash{9})
	isKind(t, err, ErrUnknownPayment)

	for text, kind := range map[string]ErrorKind{
		"":                        ErrInvoice,
		"hello":                   ErrInvoice,
		strings.Repeat("a", 8000): ErrInvoice,
		// BOLT 11's first example, of mainnet.
		"lnbc1pvjluezsp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygspp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqdpl2pkx2ctnv5sxxmmwwd5kgetjypeh2ursdae8g6twvus8g6rfwvs8qun0dfjkxaq9qrsgq357wnc5r2ueh7ck6q93dj32dlqnls087fxdwk8qakdyafkq3yap9us6v52vjjsrvywa6rt52cm9r9zqt8r2t7mlcwspyetp5h2tztugp9lfyql": ErrWrongNetwork,
	} {
		_, err := w.alice.Pay(ctx, Order{Invoice: text})
		isKind(t, err, kind)
	}
	open := w.invoice(ctx, t, 3, 5000)
	_, err = w.alice.Pay(ctx, Order{Invoice: open.Text, Amount: 4999})
	isKind(t, err, ErrAmount)
	_, err = w.alice.Pay(ctx, Order{Invoice: open.Text, FeeLimit: -1})
	isKind(t, err, ErrAmount)

	if err := w.bob.Cancel(ctx, open.Hash); err != nil {
		t.Fatal(err)
	}
	// The node is told to forget what was cancelled.
	if st, err := w.bob.Status(ctx, open.Hash); !errors.Is(err, invoice.ErrUnknown) && st.State != invoice.Closed {
		t.Errorf("cancelled: %+v, %v", st, err)
	}
	_, err = w.alice.Pay(ctx, Order{Invoice: open.Text, Timeout: 10 * time.Second})
	isKind(t, err, ErrRefused)
	_, err = w.bob.Create(ctx, invoice.Request{Preimage: invoice.Preimage{2}, Amount: 1001, Expiry: time.Minute})
	isKind(t, err, invoice.ErrRequest) // that one was paid

	// Bob has 1 sat in the channel, below his reserve.
	own, err := w.alice.lnd.AddInvoice(ctx, &lnrpc.Invoice{Value: 100_000})
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.bob.Pay(ctx, Order{Invoice: own.PaymentRequest, Timeout: 10 * time.Second})
	isKind(t, err, ErrNoBalance)
	if can, err := w.bob.Sendable(ctx); err != nil || can != 0 {
		t.Errorf("bob can send %v, %v", can, err)
	}

	short, err := w.bob.Create(ctx, invoice.Request{Preimage: invoice.Preimage{4}, Amount: 1000, Expiry: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	until(ctx, t, "the end of an invoice", func() bool { return time.Now().After(short.ExpiresAt) })
	_, err = w.alice.Pay(ctx, Order{Invoice: short.Text})
	isKind(t, err, ErrExpired)
}

// quotes are paid while the till listens, while it is closed, and while the
// nodes restart; the ledger equals bob's own books to the millisatoshi.
func (w *pair) quotes(ctx context.Context, t *testing.T) {
	wal, err := wallet.New(wallet.Config{Conn: w.bob.engine.Conn(), DB: dbtest.Open(t, db.SQLite), Network: chain.Devnet})
	if err != nil {
		t.Fatal(err)
	}
	till, err := fees.New(fees.Config{
		DB: dbtest.Open(t, db.SQLite), Invoices: w.bob, Addresses: Addresses{wal}, Secret: [32]byte{7}, SettlePoll: 200 * time.Millisecond,
		Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	ask := func(msat amount.MilliSatoshi) fees.Quote {
		q, err := till.Quote(ctx, fees.Request{What: "test", Price: msat, Expiry: 10 * time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		return q
	}
	settled := func(id fees.ID) {
		until(ctx, t, "the settlement", func() bool {
			q, err := till.Get(ctx, id)
			return err == nil && q.State == fees.Settled
		})
	}
	run := func() (stop func()) {
		inner, cancel := context.WithCancel(ctx)
		done := make(chan struct{})
		go func() { defer close(done); till.Run(inner) }()
		return func() { cancel(); <-done }
	}

	missed := ask(20_000_001)
	w.pay(ctx, t, missed.Invoice) // while nobody listens
	stop := run()
	settled(missed.ID)
	heard := ask(3_000_000)
	began := time.Now()
	paid := w.pay(ctx, t, heard.Invoice)
	settled(heard.ID)
	t.Logf("paid and settled in %v", time.Since(began))
	if paid.Preimage != till.Preimage(heard.ID) {
		t.Error("the payer's receipt is not the quote's preimage")
	}
	stop()

	before := ask(4_000_000)
	w.pay(ctx, t, before.Invoice)
	stop = run() // and both go on through the restart
	defer func() { stop() }()
	w.restart(ctx, t)
	settled(before.ID)
	after := ask(5_000_000)
	w.pay(ctx, t, after.Invoice)
	settled(after.ID)
	w.paid += 20_000_001 + 3_000_000 + 4_000_000 + 5_000_000

	books, err := till.Books(ctx)
	const earlier = 1001 // before the till was opened
	if err != nil || books.Lightning+earlier != w.paid {
		t.Errorf("the ledger has %s, alice paid %s, %v", books.Lightning+earlier, w.paid, err)
	}
	// An invoice is settled a moment before the channel's balance is.
	until(ctx, t, "the balance of what was paid", func() bool {
		b, err := w.bob.Balance(ctx)
		return err == nil && b.Local == w.paid
	})
	if heard.Address == "" || !strings.HasPrefix(heard.Address, "bcrt1q") {
		t.Errorf("address %q", heard.Address)
	}
}

// restart stops both engines, which share a process, and waits until they have
// found each other again.
func (w *pair) restart(ctx context.Context, t *testing.T) {
	t.Helper()
	began := w.bob.engine.Status().Since
	w.bob.engine.Restart("The test asks for it.")
	until(ctx, t, "the restart", func() bool {
		a, b := w.alice.engine.Status(), w.bob.engine.Status()
		return a.Ready() && b.Ready() && b.Since.After(began)
	})
	awaitChannel(ctx, t, w.alice, w.bob)
}

// largest pays the largest invoice there can be; one millisatoshi more is
// refused before anybody sees it.
func (w *pair) largest(ctx context.Context, t *testing.T) {
	most, err := w.bob.Receivable(ctx)
	if err != nil {
		t.Fatal(err)
	}
	channels, err := w.bob.Channels(ctx)
	if err != nil || len(channels) != 1 || channels[0].Initiator || channels[0].Capacity != 1_000_000 || len(channels[0].Peer) != 33 {
		t.Fatalf("channels %+v, %v", channels, err)
	}
	t.Logf("remote %d sat, receivable %s", channels[0].Remote, most)
	_, err = w.bob.Create(ctx, invoice.Request{Preimage: invoice.Preimage{5}, Amount: most + 1, Expiry: time.Minute})
	isKind(t, err, invoice.ErrUnpayable)
	w.pay(ctx, t, w.invoice(ctx, t, 6, most).Text)
	// Nothing to speak of is left: the careful side is not far from the edge.
	if left, err := w.alice.Sendable(ctx); err != nil || left > 10_000*amount.PerSatoshi {
		t.Errorf("alice could send %v more, %v", left, err)
	}
}

// transactions of the wallet are told.
func (w *pair) transactions(ctx context.Context, t *testing.T, d *devnet.Chain) {
	wal, err := wallet.New(wallet.Config{Conn: w.bob.engine.Conn(), DB: dbtest.Open(t, db.SQLite), Network: chain.Devnet})
	if err != nil {
		t.Fatal(err)
	}
	_, script, err := Addresses{wal}.New(ctx)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	seen := errors.New("seen")
	told := make(chan error, 1)
	go func() {
		told <- w.bob.Transactions(ctx, func(tx *wire.MsgTx) error {
			for _, out := range tx.TxOut {
				if bytes.Equal(out.PkScript, script) && out.Value == 12_345 {
					return seen
				}
			}
			return nil
		})
	}()
	// Again until the listener is there: lnd does not say when it is.
	for {
		if _, err := d.Faucet(ctx, script, 12_345); err != nil {
			t.Fatal(err)
		}
		mine(t, d, 1)
		select {
		case err := <-told:
			isKind(t, err, seen)
			return
		case <-time.After(time.Second):
		}
	}
}
