package web

import (
	"bytes"
	"context"
	"encoding/hex"
	"strings"
	"sync"
	"time"

	"cairn/channels/amount"
	"cairn/channels/desk"
	"cairn/channels/invoice"
	"cairn/channels/ln"
	"cairn/templates/operator"

	"github.com/btcsuite/btcd/btcutil"
	"gorm.io/gorm"
)

// Keys of other nodes: points of the curve.
const (
	peerA = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
	peerB = "02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5"
)

func rawKey(text string) []byte {
	raw, err := hex.DecodeString(text)
	if err != nil {
		panic(err)
	}
	return raw
}

func point(c string) string { return strings.Repeat(c, 64) + ":0" }

// fakeLightning is a node in whatever state a test wants. Its desk is a real
// one.
type fakeLightning struct {
	mu       sync.Mutex
	now      func() time.Time
	err      error // of whatever is asked
	refuse   error // of what is ordered
	calls    []string
	channels []ln.Channel
	pending  []ln.Pending
	closed   []ln.Closed
	forwards ln.Forwarding
	in, out  []ln.Movement
	peers    []ln.Peer
	watch    ln.Watch
	places   []BackupPlace
}

const aSat = amount.PerSatoshi

// newFakeLightning has channels in every state.
func newFakeLightning(now func() time.Time) *fakeLightning {
	at := now().UTC().Truncate(time.Second)
	f := &fakeLightning{
		now: now,
		channels: []ln.Channel{
			{Point: point("a"), Peer: rawKey(peerA), Alias: "Stonemason", Active: true, Initiator: true, Capacity: 1_000_000, Local: 612_400, Remote: 380_375,
				Unsettled: 6_000, LocalReserve: 10_000, RemoteReserve: 10_000, Fee: 1_225, InFlight: 1, Sendable: 600_000 * aSat, Receivable: 370_000 * aSat},
			{Point: point("b"), Peer: rawKey(peerB), Private: true, Capacity: 500_000, Local: 2_000, Remote: 496_775, LocalReserve: 5_000, RemoteReserve: 5_000, Fee: 1_225},
		},
		pending: []ln.Pending{
			{Stage: ln.StageOpening, Point: point("c"), Peer: rawKey(peerA), Alias: "Stonemason", Initiator: true, Capacity: 250_000, Local: 248_775, BlocksLeft: 3},
			{Stage: ln.StageForcing, Point: point("d"), Peer: rawKey(peerB), Initiator: true, Capacity: 300_000, Limbo: 120_000, Txid: strings.Repeat("1", 64)},
			{Stage: ln.StageMaturing, Point: point("e"), Peer: rawKey(peerB), Capacity: 200_000, Limbo: 80_000, Recovered: 20_000, BlocksLeft: 131, Txid: strings.Repeat("2", 64)},
		},
		closed: []ln.Closed{
			{Point: point("f"), Peer: rawKey(peerA), Capacity: 400_000, Ours: 399_000, Txid: strings.Repeat("3", 64), Height: 90, How: ln.EndedTogether},
			{Point: point("0"), Peer: rawKey(peerB), Capacity: 400_000, Ours: 398_000, Txid: strings.Repeat("4", 64), Height: 70, How: ln.EndedByCheat},
		},
		forwards: ln.Forwarding{Known: true},
		peers: []ln.Peer{
			{Key: [33]byte(rawKey(peerA)), Address: "203.0.113.7:9735", Alias: "Stonemason", Ping: 84 * time.Millisecond, Channels: 1, Sent: 300_000 * aSat, Received: 12_000 * aSat},
			{Key: [33]byte(rawKey(peerB)), Address: "[2001:db8::7]:9735", Inbound: true},
		},
		places: []BackupPlace{
			{Dir: "/var/lib/cairn/node/backups", File: "channels-20261122T120000.000.backup", At: at.Add(-3 * time.Hour), Sealed: []byte("backup of a and b")},
			{Dir: "/mnt/elsewhere", File: "channels-20261121T120000.000.backup", At: at.Add(-27 * time.Hour), Sealed: []byte("backup of a")},
		},
	}
	for i := uint64(120); i > 0; i-- {
		when := at.Add(-time.Duration(121-i) * time.Hour)
		f.in = append(f.in, ln.Movement{Index: i, State: ln.MovementDone, Hash: invoice.Hash{byte(i)}, Amount: amount.MilliSatoshi(1000+i) * aSat, Memo: "An express anchor", At: when})
		m := ln.Movement{Index: i, Out: true, State: ln.MovementDone, Hash: invoice.Hash{byte(i), 1}, Amount: amount.MilliSatoshi(2000+i) * aSat, Fee: 1042, Memo: "Hosting", At: when}
		if i%3 == 0 {
			m.State, m.Fee, m.Memo = ln.MovementFailed, 0, ""
		}
		f.out = append(f.out, m)
	}
	f.out[0].State = ln.MovementUnder
	return f
}

// withLightning gives a site the operator's pages about Lightning.
func withLightning(deps *Deps, now func() time.Time) *fakeLightning {
	f := newFakeLightning(now)
	orders, err := desk.New(desk.Config{
		DB: accountsDB(), Node: f, Now: now, Record: func(*gorm.DB, string, string, map[string]string) error { return nil },
	})
	if err != nil {
		panic(err)
	}
	inner := deps.Overview
	deps.Overview = func(ctx context.Context) (operator.Overview, error) {
		o, err := inner(ctx)
		sum := operator.NewLiquidity(f.channels, f.pending)
		o.Liquidity = &sum
		return o, err
	}
	deps.Lightning = &LightningDeps{
		Node: f, Desk: orders,
		Places:    func() []BackupPlace { return f.places },
		UseTowers: func(_ context.Context, on bool) error { return f.call("use towers") },
		Notes: func(_ context.Context, hashes []invoice.Hash) (map[invoice.Hash]string, error) {
			return map[invoice.Hash]string{{119}: "Keep stacking stones!"}, nil
		},
		Coins:   func(context.Context) (btcutil.Amount, error) { return 1_240_000, nil },
		FeeRate: func(context.Context) (int64, error) { return 3, nil },
	}
	return f
}

func (f *fakeLightning) call(what string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, what)
	return f.refuse
}

func (f *fakeLightning) Channels(context.Context) ([]ln.Channel, error)   { return f.channels, f.err }
func (f *fakeLightning) Pending(context.Context) ([]ln.Pending, error)    { return f.pending, f.err }
func (f *fakeLightning) Closed(context.Context, int) ([]ln.Closed, error) { return f.closed, f.err }
func (f *fakeLightning) Peers(context.Context) ([]ln.Peer, error)         { return f.peers, f.err }
func (f *fakeLightning) Towers(context.Context) (ln.Watch, error)         { return f.watch, f.err }
func (f *fakeLightning) Forwarding(context.Context, time.Time) (ln.Forwarding, error) {
	return f.forwards, f.err
}

func (f *fakeLightning) Identity(context.Context) (ln.Identity, error) {
	return ln.Identity{Key: peerB, Alias: "cairn", Addresses: []string{peerB + "@198.51.100.4:9735"}, Synced: true, Height: 100}, f.err
}

func (f *fakeLightning) Connect(_ context.Context, p ln.PeerAddress) error {
	return f.call("connect " + p.String())
}
func (f *fakeLightning) Disconnect(_ context.Context, k [33]byte) error {
	return f.call("disconnect " + hex.EncodeToString(k[:]))
}

func (f *fakeLightning) Open(_ context.Context, o ln.Opening) (string, error) {
	return point("9"), f.call("open " + o.Peer.String())
}

func (f *fakeLightning) Close(_ context.Context, p string, _ int64) (string, error) {
	return strings.Repeat("5", 64), f.call("close " + p)
}

func (f *fakeLightning) Force(_ context.Context, p string) (string, error) {
	return strings.Repeat("6", 64), f.call("force " + p)
}

func (f *fakeLightning) Bump(_ context.Context, p string, _ int64, _ btcutil.Amount) error {
	return f.call("bump " + p)
}

func below(list []ln.Movement, index uint64, limit int) []ln.Movement {
	var out []ln.Movement
	for _, m := range list {
		if (index == 0 || m.Index < index) && len(out) < limit {
			out = append(out, m)
		}
	}
	return out
}

func (f *fakeLightning) Incoming(_ context.Context, b uint64, limit int) ([]ln.Movement, error) {
	return below(f.in, b, limit), f.err
}

func (f *fakeLightning) Outgoing(_ context.Context, b uint64, limit int) ([]ln.Movement, error) {
	return below(f.out, b, limit), f.err
}

// Decode reads "lnbcrt1", of 5,000 sat, and "lnbcrt2", which leaves the amount
// to the payer.
func (f *fakeLightning) Decode(text string) (ln.Decoded, error) {
	d := ln.Decoded{Hash: invoice.Hash{7}, Amount: 5_000 * aSat, Memo: "Hosting for December", Payee: rawKey(peerA), ExpiresAt: f.now().Add(time.Hour).UTC()}
	switch strings.TrimSpace(text) {
	case "lnbcrt1":
		return d, nil
	case "lnbcrt2":
		d.Hash, d.Amount = invoice.Hash{8}, 0
		return d, nil
	}
	return ln.Decoded{}, ln.ErrInvoice
}

func (f *fakeLightning) Pay(_ context.Context, o ln.Order) (ln.Payment, error) {
	if err := f.call("pay " + o.Invoice + " " + o.Amount.String() + " " + o.FeeLimit.String()); err != nil {
		return ln.Payment{}, err
	}
	return ln.Payment{Amount: 5_000 * aSat, Fee: 1042}, nil
}

func (f *fakeLightning) Track(context.Context, invoice.Hash) (ln.Payment, error) {
	return ln.Payment{}, ln.ErrUnknownOutcome
}

func (f *fakeLightning) Create(_ context.Context, r invoice.Request) (invoice.Invoice, error) {
	if r.Amount > 370_000*aSat {
		return invoice.Invoice{}, invoice.ErrUnpayable
	}
	return invoice.Invoice{Hash: r.Preimage.Hash(), Text: "lnbcrt50u1p4faketext" + strings.Repeat("q", 200), ExpiresAt: f.now().Add(r.Expiry).UTC()}, nil
}

func (f *fakeLightning) Backup(context.Context) ([]byte, int, error) {
	return []byte("backup of a and b"), len(f.channels), f.err
}

func (f *fakeLightning) VerifyBackup(_ context.Context, sealed []byte) ([]string, error) {
	switch {
	case !bytes.HasPrefix(sealed, []byte("backup")):
		return nil, ln.ErrBackup
	case bytes.Contains(sealed, []byte("b")) && bytes.HasSuffix(sealed, []byte("and b")):
		return []string{point("a"), point("b")}, nil
	}
	return []string{point("a")}, nil
}

func (f *fakeLightning) Restore(ctx context.Context, sealed []byte) (int, error) {
	points, err := f.VerifyBackup(ctx, sealed)
	if err != nil {
		return 0, err
	}
	return len(points), f.call("restore")
}

func (f *fakeLightning) AddTower(_ context.Context, at ln.PeerAddress) error {
	if err := f.call("add tower " + at.String()); err != nil {
		return err
	}
	f.watch.On = true
	f.watch.Towers = append(f.watch.Towers, ln.Tower{Key: at.Key, Addresses: []string{at.Host}, Active: true, Sessions: 1, Backups: 12})
	f.watch.Backups = 12
	return nil
}

func (f *fakeLightning) RemoveTower(_ context.Context, key [33]byte) error {
	for i, t := range f.watch.Towers {
		if t.Key == key {
			f.watch.Towers[i].Active = false
			return f.call("remove tower")
		}
	}
	return ln.ErrUnknownTower
}
