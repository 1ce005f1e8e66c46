package web

import (
	"context"
	"crypto/sha256"
	"sync"
	"time"

	"cairn/channels/amount"
	"cairn/channels/fees"
	"cairn/notary"
	"cairn/notary/express"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"gorm.io/gorm"
)

// fakeExpress sells by the fake till, and makes what was paid for in the fake
// notary.
type fakeExpress struct {
	till   *fakeTill
	notary *fakeNotary

	mu   sync.Mutex
	dear error // what Price returns, when set
	none error // what Sell returns, when set
}

func withExpress(deps *Deps, n *fakeNotary, till *fakeTill) *fakeExpress {
	f := &fakeExpress{till: till, notary: n}
	deps.Express = f
	return f
}

// refuse chooses what Price and Sell return.
func (f *fakeExpress) refuse(price, sale error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dear, f.none = price, sale
}

func (f *fakeExpress) Price(form notary.Form) (ExpressPrice, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	price := amount.MilliSatoshi(1234)
	if form == notary.FormDocproof {
		price = 1299
	}
	return ExpressPrice{Price: price * amount.PerSatoshi, Within: 10 * time.Minute}, f.dear
}

func (f *fakeExpress) Sell(ctx context.Context, sale ExpressSale) (fees.Quote, error) {
	f.mu.Lock()
	none := f.none
	f.mu.Unlock()
	if none != nil {
		return fees.Quote{}, none
	}
	f.notary.mu.Lock()
	for _, own := range f.notary.proofs[sale.Digest].Own {
		if own.Form == sale.Form && !own.Returned {
			f.notary.mu.Unlock()
			return fees.Quote{}, express.ErrOrdered
		}
	}
	f.notary.mu.Unlock()
	price, err := f.Price(sale.Form)
	if err != nil {
		return fees.Quote{}, err
	}
	return f.till.Quote(ctx, fees.Request{
		What: expressWhat, Subject: sale.Digest.String() + " " + string(sale.Form), Client: sale.Client, Memo: sale.Memo,
		Price: price.Price, Expiry: 10 * time.Minute,
	})
}

// deliver orders what was paid for, every now and then.
func (f *fakeExpress) deliver(ctx context.Context, every time.Duration) {
	for range time.Tick(every) {
		paid, err := f.till.AllPaid(ctx, expressWhat, false, 100)
		if err != nil {
			continue
		}
		for _, q := range paid {
			d, err := notary.ParseDigest(q.Subject[:64])
			if err != nil {
				continue
			}
			f.notary.order(d, notary.Form(q.Subject[min(65, len(q.Subject)):]))
			f.till.Use(ctx, fees.Use{ID: q.ID, For: "fake"}) //nolint:errcheck // tried again
		}
	}
}

// order gives a digest a transaction of its own, not sent yet.
func (n *fakeNotary) order(d notary.Digest, form notary.Form) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if p := n.proofs[d]; p != nil {
		p.Own = append(p.Own, notary.Own{
			Digest: d, Form: form, OrderedAt: n.now().UTC().Truncate(time.Second), Stage: notary.StageStored,
			Anchor: notary.AnchorState{ID: 1, Form: form, Root: sha256.Sum256(d[:]), Commitments: 1, Digests: 1, Needed: n.needed},
		})
	}
	n.moved()
}

// advanceOwns moves a proof's own transactions one stage on.
func (n *fakeNotary) advanceOwns(p *notary.Proof) {
	for i := range p.Own {
		own := &p.Own[i]
		switch {
		case own.Returned:
			continue
		case own.Stage == notary.StageStored:
			own.Stage = notary.StageBroadcast
			own.Anchor.Txid, own.Anchor.Fee, own.Anchor.BroadcastAt = chainhash.Hash(own.Anchor.Root), 163, n.now()
		case own.Stage == notary.StageBroadcast:
			n.addBlock(chainhash.Hash{2})
			own.Stage, own.Anchor.Confirmations = notary.StageConfirming, 1
			own.Anchor.Block, own.Anchor.BlockTime = n.ref(len(n.blocks)-1), n.blocks[len(n.blocks)-1].Timestamp.UTC()
		case own.Stage == notary.StageConfirming:
			own.Anchor.Confirmations = min(own.Anchor.Confirmations+1, n.needed)
		}
		if own.Stage == notary.StageConfirming && own.Anchor.Confirmations >= n.needed {
			own.Stage = notary.StageComplete
		}
		if p.Stage <= own.Stage && own.Stage >= notary.StageBroadcast {
			anchor := own.Anchor
			p.Stage, p.Anchor = own.Stage, &anchor
		}
	}
}

// changeOwn lets a test alter a digest's last own transaction.
func (n *fakeNotary) changeOwn(d notary.Digest, change func(own *notary.Own)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	own := n.proofs[d].Own
	change(&own[len(own)-1])
	n.moved()
}

// quotes counts the quotes of a kind.
func (f *fakeTill) quotes(ctx context.Context, what string) (count int64) {
	f.db.Read(ctx).Table("quotes").Where("what = ?", what).Session(&gorm.Session{}).Count(&count)
	return count
}
