package web

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"sync"
	"testing"
	"time"

	"cairn/chain"
	"cairn/lighthouse"
	"cairn/lighthouse/contract"
	"cairn/lighthouse/document"
	"cairn/lighthouse/pledges"
	"cairn/lighthouse/refund"
	"cairn/templates/pledge"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// fakePledges keeps the pledges of one campaign in memory. What it takes is
// checked by the contract's own rules; coins exist as a test says.
type fakePledges struct {
	mu       sync.Mutex
	campaign lighthouse.Campaign
	tip      int32
	coins    map[wire.OutPoint]contract.Coin
	list     []lighthouse.Pledge
	keys     []lighthouse.Key
	watchers map[chan struct{}]bool
	sent     map[lighthouse.PledgeID]bool // refunds
}

func newFakePledges() *fakePledges {
	key, _ := btcec.PrivKeyFromBytes(bytes.Repeat([]byte{7}, 32))
	address, err := btcutil.NewAddressWitnessPubKeyHash(btcutil.Hash160(key.PubKey().SerializeCompressed()), &chaincfg.RegressionNetParams)
	if err != nil {
		panic(err)
	}
	script, err := txscript.PayToAddrScript(address)
	if err != nil {
		panic(err)
	}
	signed, err := contract.New(contract.Version, 0, []contract.Output{{Value: 1_000_000, Script: script}})
	if err != nil {
		panic(err)
	}
	return &fakePledges{
		tip: 1000,
		campaign: lighthouse.Campaign{
			ID: lighthouse.ID{3, 1, 4, 1, 5, 9, 2, 6, 5, 3}, Stage: lighthouse.Open, Language: "en", Category: "music",
			Text: lighthouse.Text{Title: "Songs of the marsh & fen", Tagline: "Forty nights of recordings", Risks: "Rain."},
			Terms: lighthouse.Terms{
				Revision: 2, Least: 10_000, Deadline: 2000, DeadlineAt: time.Now().Add(7 * 24 * time.Hour),
				Levels: []lighthouse.Level{{
					Beneficiaries: []lighthouse.Beneficiary{{Name: "Ada", Address: address.EncodeAddress(), Amount: 1_000_000}},
					Reserve:       20_000, Goal: 1_020_000, Contract: signed,
				}},
			},
		},
		coins: map[wire.OutPoint]contract.Coin{}, watchers: map[chan struct{}]bool{}, sent: map[lighthouse.PledgeID]bool{},
	}
}

func (f *fakePledges) change(fn func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	fn()
	for ch := range f.watchers {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}

// Get implements PledgedCampaigns.
func (f *fakePledges) Get(_ context.Context, id lighthouse.ID) (lighthouse.Campaign, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if id != f.campaign.ID {
		return lighthouse.Campaign{}, lighthouse.ErrUnknown
	}
	return f.campaign, nil
}

func (f *fakePledges) Terms(ctx context.Context, id lighthouse.ID) (pledges.Terms, error) {
	c, err := f.Get(ctx, id)
	if err != nil {
		return pledges.Terms{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	terms := pledges.Terms{
		Campaign: c, Tip: chain.BlockRef{Height: f.tip}, Missing: c.Terms.Goal(), RefundHeight: c.Terms.RefundHeight(),
		Least: map[contract.Kind]btcutil.Amount{contract.P2TR: c.Terms.Least}, Slots: map[contract.Kind]int{contract.P2TR: 1729},
	}
	if terms.Open = c.Stage == lighthouse.Open && f.tip < c.Terms.Deadline; !terms.Open {
		terms.Closed = lighthouse.ErrNotOpen
	}
	for _, p := range f.list {
		terms.Missing = max(terms.Missing-p.Coin.Value, 0)
	}
	return terms, nil
}

func (f *fakePledges) Request(ctx context.Context, ask pledges.Ask) (pledges.Request, error) {
	c, err := f.Get(ctx, ask.Campaign)
	if err != nil {
		return pledges.Request{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	coin, ok := f.coins[ask.Outpoint]
	if !ok {
		return pledges.Request{}, lighthouse.ErrNoCoin
	}
	kind, err := contract.KindOf(coin.Script)
	if err != nil {
		return pledges.Request{}, err
	}
	raw, err := c.Terms.Levels[0].Contract.Request(contract.Asked{OutPoint: ask.Outpoint, Coin: coin, Sequence: wire.MaxTxInSequenceNum - 2})
	return pledges.Request{PSBTs: map[int][]byte{0: raw}, Coin: coin, Kind: kind, Height: 900}, err
}

func (f *fakePledges) Submit(ctx context.Context, s pledges.Submission) (p lighthouse.Pledge, key lighthouse.Key, err error) {
	c, err := f.Get(ctx, s.Campaign)
	if err != nil {
		return p, key, err
	}
	if s.Revision != c.Terms.Revision {
		return p, key, lighthouse.ErrChanged
	}
	if len(s.Message) > pledges.MaxMessage {
		return p, key, pledges.ErrWords
	}
	signed := s.Signed[0]
	if !bytes.HasPrefix(signed, []byte("psbt\xff")) && wire.NewMsgTx(2).Deserialize(bytes.NewReader(signed)) == nil {
		signed = hex.AppendEncode(nil, signed)
	}
	read, err := document.ReadPledge(signed)
	if err != nil {
		return p, key, err
	}
	f.mu.Lock()
	coins := f.coins
	f.mu.Unlock()
	tx, err := read.Signed[0].Tx(func(at wire.OutPoint) (contract.Coin, error) { return coins[at], nil })
	if err != nil {
		return p, key, err
	}
	own, err := c.Terms.Levels[0].Contract.Open(tx)
	if err != nil {
		return p, key, err
	}
	coin, ok := coins[own.OutPoint]
	if !ok {
		return p, key, lighthouse.ErrNoCoin
	}
	kind, err := c.Terms.Levels[0].Contract.Check(own, coin, contract.Rules{Least: c.Terms.Least, Rand: rand.Reader})
	if err != nil {
		return p, key, err
	}
	p = lighthouse.Pledge{
		ID: lighthouse.PledgeID(sha256.New().Sum(own.OutPoint.Hash[:])[:16]), Campaign: c.ID, Outpoint: own.OutPoint, Coin: coin, Kind: kind,
		Weight: own.Weight(), Signed: map[int]contract.Pledge{0: own}, Name: s.Name, Message: s.Message, Door: s.Door, At: time.Now(),
		State: lighthouse.Seen,
	}
	if len(s.Refund) > 0 {
		p.Refund = wire.NewMsgTx(2)
		if err := p.Refund.Deserialize(bytes.NewReader(unhex(s.Refund))); err != nil {
			return p, key, contract.ErrRefund
		}
	}
	key = lighthouse.Key(p.ID)
	f.change(func() { f.list, f.keys = append(f.list, p), append(f.keys, key) })
	return p, key, nil
}

func unhex(text []byte) []byte {
	raw, err := hex.DecodeString(string(text))
	if err != nil {
		return nil
	}
	return raw
}

func (f *fakePledges) ByKey(_ context.Context, key lighthouse.Key) (lighthouse.Pledge, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if i := slices.Index(f.keys, key); i >= 0 {
		return f.list[i], nil
	}
	return lighthouse.Pledge{}, lighthouse.ErrNotYours
}

func (f *fakePledges) ByOutpoints(_ context.Context, at []wire.OutPoint) (found []lighthouse.Pledge, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range f.list {
		if slices.Contains(at, p.Outpoint) {
			found = append(found, p)
		}
	}
	return found, nil
}

func (f *fakePledges) Change(ctx context.Context, key lighthouse.Key, ch pledges.Change) (lighthouse.Pledge, error) {
	if len(*ch.Message) > pledges.MaxMessage {
		return lighthouse.Pledge{}, pledges.ErrWords
	}
	if _, err := f.ByKey(ctx, key); err != nil {
		return lighthouse.Pledge{}, err
	}
	f.change(func() {
		p := &f.list[slices.Index(f.keys, key)]
		p.Name, p.Message = *ch.Name, *ch.Message
	})
	return f.ByKey(ctx, key)
}

func (f *fakePledges) Progress(ctx context.Context, id lighthouse.ID) (lighthouse.Progress, error) {
	_, err := f.Get(ctx, id)
	f.mu.Lock()
	defer f.mu.Unlock()
	return lighthouse.Progress{Checked: chain.BlockRef{Height: f.tip}, Level: -1}, err
}

func (f *fakePledges) Watch(lighthouse.ID) (<-chan struct{}, func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	ch := make(chan struct{}, 1)
	f.watchers[ch] = true
	return ch, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.watchers, ch)
	}
}

// Receipts.

func (f *fakePledges) Receipt(_ context.Context, p lighthouse.Pledge) ([]byte, error) {
	return []byte(`{"kind":"receipt","pledge":"` + p.ID.String() + `"}`), nil
}

func (f *fakePledges) Proof(context.Context, lighthouse.Pledge) (*pledge.Proof, error) {
	return &pledge.Proof{At: time.Now(), Size: 12, Stamp: "/proof/" + hex.EncodeToString(make([]byte, 32))}, nil
}

// Refunds.

func (f *fakePledges) List(_ context.Context, id lighthouse.ID) ([]refund.Row, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var rows []refund.Row
	for _, p := range f.list {
		row := refund.Row{Pledge: p, State: refund.Waiting}
		switch {
		case p.Refund == nil:
			row.State = refund.None
		case f.sent[p.ID]:
			row.State = refund.Sent
		case f.tip >= int32(f.campaign.Terms.RefundHeight()):
			row.State = refund.Due
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func (f *fakePledges) Send(_ context.Context, id lighthouse.PledgeID) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range f.list {
		switch {
		case p.ID != id:
			continue
		case p.Refund == nil:
			return lighthouse.ErrNoRefund
		case f.tip < int32(f.campaign.Terms.RefundHeight()):
			return lighthouse.ErrTooEarly
		}
		f.sent[id] = true
		return nil
	}
	return lighthouse.ErrUnknownPledge
}

func (f *fakePledges) SendAll(ctx context.Context, id lighthouse.ID) (sent int, err error) {
	rows, err := f.List(ctx, id)
	for _, row := range rows {
		if row.State == refund.Due {
			if err := f.Send(ctx, row.Pledge.ID); err != nil {
				return sent, err
			}
			sent++
		}
	}
	if sent == 0 && f.tip < int32(f.campaign.Terms.RefundHeight()) {
		return 0, lighthouse.ErrTooEarly
	}
	return sent, err
}

func withPledges(deps *Deps) *fakePledges {
	f := newFakePledges()
	deps.Pledges = &PledgeDeps{Campaigns: f, Pledges: f, Refunds: f, Receipts: f}
	return f
}

// backing is a coin with its key.
type backing struct {
	key  *btcec.PrivateKey
	at   wire.OutPoint
	coin contract.Coin
}

// coin makes the n-th coin exist.
func (f *fakePledges) coin(t *testing.T, n byte, value btcutil.Amount) backing {
	t.Helper()
	key, _ := btcec.PrivKeyFromBytes(bytes.Repeat([]byte{n}, 32))
	address, err := btcutil.NewAddressWitnessPubKeyHash(btcutil.Hash160(key.PubKey().SerializeCompressed()), &chaincfg.RegressionNetParams)
	if err != nil {
		t.Fatal(err)
	}
	script, err := txscript.PayToAddrScript(address)
	if err != nil {
		t.Fatal(err)
	}
	b := backing{key, wire.OutPoint{Hash: chainhash.Hash{n}, Index: uint32(n)}, contract.Coin{Value: value, Script: script}}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.coins[b.at] = b.coin
	return b
}

// signed signs a transaction's one input for a coin, and is it in hexadecimal.
func (b backing) signed(t *testing.T, tx *wire.MsgTx, hashType txscript.SigHashType) string {
	t.Helper()
	fetcher := txscript.NewCannedPrevOutputFetcher(b.coin.Script, int64(b.coin.Value))
	witness, err := txscript.WitnessSignature(tx, txscript.NewTxSigHashes(tx, fetcher), 0, int64(b.coin.Value), b.coin.Script, hashType, b.key, true)
	if err != nil {
		t.Fatal(err)
	}
	tx.TxIn[0].Witness = witness
	return string(rawTx(tx))
}

// pledge signs the goal of the campaign.
func (b backing) pledge(t *testing.T, f *fakePledges) string {
	t.Helper()
	alone := f.campaign.Terms.Levels[0].Contract.Alone(contract.Pledge{OutPoint: b.at, Sequence: wire.MaxTxInSequenceNum - 2})
	return b.signed(t, alone, txscript.SigHashAll|txscript.SigHashAnyOneCanPay)
}

// refund signs the way home.
func (b backing) refund(t *testing.T, f *fakePledges) string {
	t.Helper()
	tx := wire.NewMsgTx(2)
	tx.LockTime = f.campaign.Terms.RefundHeight()
	tx.AddTxIn(&wire.TxIn{PreviousOutPoint: b.at, Sequence: wire.MaxTxInSequenceNum - 2})
	tx.AddTxOut(wire.NewTxOut(int64(b.coin.Value)-200, b.coin.Script))
	return b.signed(t, tx, txscript.SigHashAll)
}
