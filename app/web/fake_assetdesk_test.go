package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"sync"
	"time"

	"cairn/assets"
	"cairn/assets/compose"
	"cairn/assets/definition"
	"cairn/assets/ledger"
	"cairn/assets/openassets"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/btcutil/psbt"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// fakeDesk knows one asset, and drafts without looking at any chain: the
// transactions are Open Assets' own, so that the page can read them.
type fakeDesk struct {
	mu      sync.Mutex
	asset   assets.ID
	drafts  map[compose.ID]compose.Draft
	offers  []compose.Offer
	paid    []compose.Paid
	orders  []compose.Order // as they came
	defined []definition.Draft
	refuse  error // what Prepare and Accept answer with, if set
	now     func() time.Time
}

var deskScript = append([]byte{txscript.OP_0, 20}, bytes.Repeat([]byte{7}, 20)...)

func newFakeDesk(now func() time.Time) *fakeDesk {
	id, err := assets.NewID(assets.OpenAssets, btcutil.Hash160(deskScript))
	if err != nil {
		panic(err)
	}
	return &fakeDesk{asset: id, drafts: map[compose.ID]compose.Draft{}, now: now, offers: []compose.Offer{
		{ID: compose.OfferID{1}, State: compose.OfferOpen, Asset: id, Units: 3, Price: 30_000, PayTo: deskScript, Until: now().Add(72 * time.Hour)},
		{ID: compose.OfferID{2}, State: compose.OfferOver, Asset: id, Units: 1, Price: 9_000, PayTo: deskScript, Until: now().Add(72 * time.Hour)},
	}}
}

// withAssetDesk gives a site the pages of assets.
func withAssetDesk(deps *Deps, now func() time.Time) *fakeDesk {
	f := newFakeDesk(now)
	deps.AssetDesk = &AssetDesk{Composer: f, Ledger: f, Definitions: f, Sponsored: true, Coin: func(_ context.Context, at wire.OutPoint) (*wire.TxOut, error) {
		if at.Hash == (chainhash.Hash{}) {
			return nil, compose.ErrCoin
		}
		return wire.NewTxOut(50_000, deskScript), nil
	}}
	return f
}

func (f *fakeDesk) Identify(o compose.Order) (assets.ID, error) {
	if o.Seed != nil {
		o.Coins = []compose.Coin{{Script: o.Seed}}
	}
	switch o.Protocol {
	case assets.OpenAssets:
		return assets.NewID(o.Protocol, btcutil.Hash160(o.Coins[0].Script))
	case assets.Colu:
		return assets.NewID(o.Protocol, slices.Concat([]byte{0x20, 0xce}, btcutil.Hash160(o.Coins[0].Script), []byte{0, byte(o.Divisibility)}))
	}
	return assets.ID{}, compose.ErrProtocolLimit
}

func (f *fakeDesk) PrepareFor(_ context.Context, _ string, o compose.Order) (d compose.Draft, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.orders = append(f.orders, o)
	if f.refuse != nil {
		return d, f.refuse
	}
	d = compose.Draft{ID: compose.ID{byte(len(f.drafts) + 1)}, Operation: o.Operation, State: compose.Open, Asset: o.Asset, Fee: 300, ExpiresAt: f.now().Add(30 * time.Minute)}
	tx := wire.NewMsgTx(2)
	for _, c := range o.Coins {
		tx.AddTxIn(wire.NewTxIn(&c.OutPoint, nil, nil))
	}
	c := assets.Coloring{Protocol: assets.OpenAssets, Verdict: assets.Valid}
	if o.Operation == compose.Issue {
		if d.Asset, err = f.Identify(o); err != nil {
			d.Asset, err = assets.ID{}, nil
		}
		c.Flows = []assets.Flow{{Asset: d.Asset, From: assets.Issued, To: 0, Units: o.Payments[0].Units}}
		tx.AddTxOut(wire.NewTxOut(330, o.Payments[0].Script))
		marker, err := openassets.Marker{Quantities: []int64{o.Payments[0].Units}, Metadata: o.Metadata}.Script()
		if err != nil {
			return d, err
		}
		tx.AddTxOut(wire.NewTxOut(0, marker))
	}
	if o.Operation == compose.Sell {
		tx.AddTxOut(wire.NewTxOut(int64(o.Price), o.PayTo))
	}
	if len(o.Change) > 0 && len(o.Coins) > 0 {
		tx.AddTxOut(wire.NewTxOut(int64(o.Coins[0].Value)-330, o.Change))
	}
	if o.Sponsored {
		d.Sponsored = &compose.Sponsored{Fee: 300, Price: 450, Quote: compose.Quote{ID: "0123456789abcdef0123456789abcdef", State: "active"}}
	}
	packet, err := psbt.NewFromUnsignedTx(tx)
	if err != nil {
		return d, err
	}
	for i, coin := range o.Coins {
		packet.Inputs[i].WitnessUtxo = wire.NewTxOut(int64(coin.Value), coin.Script)
	}
	var raw bytes.Buffer
	if err := packet.Serialize(&raw); err != nil {
		return d, err
	}
	d.Parts = []compose.Part{{PSBT: raw.Bytes(), Visitors: len(o.Coins), Tx: tx, Txid: tx.TxHash(), Coloring: c, Holdings: make([][]assets.Holding, len(o.Coins)), Fee: 300}}
	f.drafts[d.ID] = d
	return d, nil
}

func (f *fakeDesk) Get(_ context.Context, id compose.ID) (compose.Draft, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	d, ok := f.drafts[id]
	if !ok {
		return d, compose.ErrUnknownDraft
	}
	return d, nil
}

func (f *fakeDesk) Accept(ctx context.Context, id compose.ID, psbts [][]byte) (compose.Draft, error) {
	d, err := f.Get(ctx, id)
	if err != nil {
		return d, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.refuse != nil {
		return d, f.refuse
	}
	if len(psbts) != len(d.Parts) {
		return d, compose.ErrPSBT
	}
	d.State = compose.Sent
	if d.Sponsored != nil {
		d.State = compose.Signed
	}
	f.drafts[id] = d
	return d, nil
}

func (f *fakeDesk) Offer(_ context.Context, id compose.OfferID) (compose.Offer, error) {
	for _, o := range f.offers {
		if o.ID == id {
			return o, nil
		}
	}
	return compose.Offer{}, compose.ErrUnknownOffer
}

func (f *fakeDesk) Withdraw(_ context.Context, id compose.OfferID, signature string) (compose.Offer, error) {
	if signature == "" {
		return compose.Offer{}, compose.ErrNotSeller
	}
	for i := range f.offers {
		if f.offers[i].ID == id {
			f.offers[i].State = compose.OfferWithdrawn
			return f.offers[i], nil
		}
	}
	return compose.Offer{}, compose.ErrUnknownOffer
}

func (f *fakeDesk) Dividends(context.Context, assets.ID, int) ([]compose.Paid, error) {
	return f.paid, nil
}

func (f *fakeDesk) Offers(context.Context, assets.ID) ([]compose.Offer, error) { return f.offers, nil }

func (f *fakeDesk) Asset(_ context.Context, id assets.ID, _ int32) (ledger.Asset, error) {
	if id != f.asset {
		return ledger.Asset{}, assets.ErrUnknown
	}
	return ledger.Asset{ID: id, Issued: 20, Supply: 20, Holders: 3}, nil
}

func (f *fakeDesk) AllHolders(_ context.Context, id assets.ID, height int32, _ int) ([]ledger.Holder, int32, error) {
	if height == ledger.Newest {
		height = 100
	}
	var list []ledger.Holder
	for i, units := range []int64{12, 7, 1} {
		list = append(list, ledger.Holder{Script: append([]byte{txscript.OP_0, 20}, bytes.Repeat([]byte{byte(i + 1)}, 20)...), Units: units})
	}
	return list, height, nil
}

func (f *fakeDesk) Holdings(context.Context, ...wire.OutPoint) ([]ledger.Coin, error) {
	return nil, nil
}

func (f *fakeDesk) Of(_ context.Context, id assets.ID, _ []byte) (definition.Definition, error) {
	return definition.Definition{Asset: id, State: definition.Archived, Name: "MasterBTC"}, nil
}

func (f *fakeDesk) KeepPicture(_ context.Context, raw []byte) ([32]byte, error) {
	if !bytes.HasPrefix(raw, []byte{0xff, 0xd8}) {
		return [32]byte{}, definition.ErrPicture
	}
	return sha256.Sum256(raw), nil
}

func (f *fakeDesk) Publish(_ context.Context, d definition.Draft) (p definition.Published, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if d.Name == "" {
		return p, definition.ErrName
	}
	f.defined = append(f.defined, d)
	p.Hash = sha256.Sum256(binary.BigEndian.AppendUint32([]byte(d.Name), uint32(len(f.defined))))
	p.Metadata = append([]byte("h"), p.Hash[:20]...)
	return p, nil
}
