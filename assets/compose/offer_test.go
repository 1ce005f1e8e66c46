package compose

import (
	"encoding/base64"
	"testing"

	"cairn/assets"
	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/btcutil/psbt"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// asset gives a wallet so many units, in one coin.
func (b *bench) asset(w *wallet, p assets.Protocol, units int64) (assets.ID, Coin) {
	b.t.Helper()
	d := b.do(w, Order{
		Operation: Issue, Protocol: p, Coins: []Coin{w.fund(80_000)}, Change: w.script(), Payments: []assets.Payment{{Script: w.script(), Units: units}},
	})
	for i, holdings := range d.Parts[0].Coloring.Outputs {
		if len(holdings) > 0 {
			out := d.Parts[0].Tx.TxOut[i]
			return holdings[0].Asset, Coin{OutPoint: wire.OutPoint{Hash: d.Parts[0].Txid, Index: uint32(i)}, Value: btcutil.Amount(out.Value), Script: out.PkScript}
		}
	}
	b.t.Fatal("nothing was issued")
	return assets.ID{}, Coin{}
}

// An offer is taken by whoever pays: the seller has his price, the buyer the units, and
// nobody trusted anybody.
func TestOffers(t *testing.T) {
	eachBench(t, func(t *testing.T, b *bench) {
		for i, c := range []struct {
			protocol  assets.Protocol
			sponsored bool
		}{{assets.OpenAssets, false}, {assets.OpenAssets, true}, {assets.Colu, false}, {assets.Colu, true}} {
			seller, buyer := b.wallet("seller"+string(rune('a'+i))), b.wallet("buyer"+string(rune('a'+i)))
			id, coin := b.asset(seller, c.protocol, 12)
			price := seller.script()
			sell := Order{Operation: Sell, Asset: id, Coins: []Coin{coin}, Price: 25_000, PayTo: price}
			made := b.do(seller, sell)
			if made.State != Sent || made.Offer.IsZero() {
				t.Fatalf("%+v", made)
			}
			book, err := b.Offers(t.Context(), id)
			if err != nil || len(book) != 1 || book[0].Units != 12 || book[0].Price != 25_000 {
				t.Fatalf("%+v, %v", book, err)
			}
			take := Order{
				Operation: Take, Offer: made.Offer, Coins: []Coin{buyer.fund(20_000), buyer.fund(20_000)}, PayTo: buyer.script(), Change: buyer.script(),
				Sponsored: c.sponsored,
			}
			d := b.do(buyer, take)
			if buyer.units(id) != 12 || seller.units(id) != 0 {
				t.Fatalf("%s: %d and %d units", c.protocol, buyer.units(id), seller.units(id))
			}
			if out := d.Parts[0].Tx.TxOut[0]; string(out.PkScript) != string(price) || out.Value != 25_000 {
				t.Errorf("the seller is paid %d", out.Value)
			}
			if o, err := b.Offer(t.Context(), made.Offer); err != nil || o.State != OfferTaking {
				t.Errorf("%s, %v", o.State, err)
			}
			_, err = b.Prepare(t.Context(), take)
			wantKind(t, "taken twice", err, ErrOfferOver)
			b.mine()
			o, err := b.Offer(t.Context(), made.Offer)
			if err != nil || o.State != OfferOver || o.By != d.Parts[0].Txid {
				t.Errorf("%s by %s, %v", o.State, o.By, err)
			}
			err = b.db.Transact(t.Context(), func(tx *gorm.DB) error { return Projection{}.Disconnect(t.Context(), tx, blockAt(b.height)) })
			if err != nil {
				t.Fatal(err)
			}
			if o, err := b.Offer(t.Context(), made.Offer); err != nil || o.State != OfferTaking {
				t.Errorf("after a reorganisation it is %s, %v", o.State, err)
			}
		}
	})
}

// What cannot be sold, and who cannot withdraw.
func TestOffersRefused(t *testing.T) {
	eachBench(t, func(t *testing.T, b *bench) {
		seller, buyer := b.wallet("seller"), b.wallet("buyer")
		color, coin := b.asset(seller, assets.EPOBC, 12)
		_, err := b.Prepare(t.Context(), Order{Operation: Sell, Asset: color, Coins: []Coin{coin}, Price: 25_000, PayTo: seller.script()})
		wantKind(t, "EPOBC", err, ErrProtocolLimit)
		_, err = b.Prepare(t.Context(), Order{Operation: Sell, Asset: color, Coins: []Coin{seller.fund(9_000)}, Price: 25_000, PayTo: seller.script()})
		wantKind(t, "a coin without units", err, ErrNothing)
		_, err = b.Prepare(t.Context(), Order{Operation: Sell, Asset: color, Coins: []Coin{coin}, Price: 25, PayTo: seller.script()})
		wantKind(t, "for nothing", err, ErrOrder)

		id, coin := b.asset(seller, assets.OpenAssets, 12)
		sell := Order{Operation: Sell, Asset: id, Coins: []Coin{coin}, Price: 25_000, PayTo: seller.script(), Days: 2}
		d, err := b.Prepare(t.Context(), sell)
		if err != nil {
			t.Fatal(err)
		}
		// Signed for all outputs, nobody could add the marker.
		p, err := parsePacket(d.Parts[0].PSBT)
		if err != nil {
			t.Fatal(err)
		}
		p.Inputs[0].SighashType = txscript.SigHashAll
		if txscript.IsPayToTaproot(coin.Script) {
			p.Inputs[0].SighashType = txscript.SigHashDefault
		}
		raw, err := serialize(p)
		if err != nil {
			t.Fatal(err)
		}
		_, err = b.Accept(t.Context(), d.ID, [][]byte{seller.sign(raw)})
		wantKind(t, "signed for all", err, ErrSignature)
		d = b.do(seller, sell)
		again := b.do(seller, Order{Operation: Sell, Asset: id, Coins: []Coin{coin}, Price: 30_000, PayTo: seller.script(), Days: 2})
		book, err := b.Offers(t.Context(), id)
		if err != nil || len(book) != 1 || book[0].ID != again.Offer {
			t.Errorf("a new price is beside the old one: %+v, %v", book, err)
		}
		_, err = b.Prepare(t.Context(), Order{Operation: Take, Offer: d.Offer, Coins: []Coin{buyer.fund(60_000)}, PayTo: buyer.script(), Change: buyer.script()})
		wantKind(t, "the old price", err, ErrOfferOver)
		_, err = b.Prepare(t.Context(), Order{Operation: Take, Offer: again.Offer, Coins: []Coin{buyer.fund(9_000)}, PayTo: buyer.script(), Change: buyer.script()})
		wantKind(t, "too little money", err, ErrFunds)
		_, err = b.Prepare(t.Context(), Order{Operation: Take, Offer: again.Offer, Coins: []Coin{buyer.fund(9_000)}, PayTo: buyer.script(), Change: buyer.script(), Sponsored: true})
		wantKind(t, "too little money, with the fee paid", err, ErrFunds)
		_, err = b.Prepare(t.Context(), Order{Operation: Take, Offer: OfferID{1}, Coins: []Coin{buyer.fund(9_000)}, PayTo: buyer.script(), Change: buyer.script()})
		wantKind(t, "no such offer", err, ErrUnknownOffer)

		_, err = b.Withdraw(t.Context(), again.Offer, base64.StdEncoding.EncodeToString([]byte("no signature")))
		wantKind(t, "without a proof", err, ErrNotSeller)
		o, err := b.Withdraw(t.Context(), again.Offer, seller.message(coin.Script, WithdrawMessage(again.Offer)))
		if err != nil || o.State != OfferWithdrawn {
			t.Errorf("%s, %v", o.State, err)
		}
		other := b.do(seller, Order{Operation: Sell, Asset: id, Coins: []Coin{coin}, Price: 30_000, PayTo: seller.script(), Days: 2})
		b.at = b.at.AddDate(0, 0, 2)
		if o, err := b.Offer(t.Context(), other.Offer); err != nil || o.State != OfferExpired {
			t.Errorf("%s, %v", o.State, err)
		}
		if book, err := b.Offers(t.Context(), id); err != nil || len(book) != 0 {
			t.Errorf("%+v, %v", book, err)
		}
	})
}

// message signs a message with the key of a script (BIP-0322, simple form).
func (w *wallet) message(script []byte, text string) string {
	w.t.Helper()
	spend, sign := bip322Txs(script, text)
	p, err := psbt.NewFromUnsignedTx(sign)
	if err != nil {
		w.t.Fatal(err)
	}
	p.Inputs[0].WitnessUtxo = spend.TxOut[0]
	raw, err := serialize(p)
	if err != nil {
		w.t.Fatal(err)
	}
	if p, err = parsePacket(w.sign(raw)); err != nil {
		w.t.Fatal(err)
	}
	if ok, err := psbt.MaybeFinalize(p, 0); err != nil || !ok {
		w.t.Fatal(ok, err)
	}
	return base64.StdEncoding.EncodeToString(p.Inputs[0].FinalScriptWitness)
}

// bip322Txs are to_spend and to_sign of the BIP.
func bip322Txs(script []byte, text string) (spend, sign *wire.MsgTx) {
	hash := chainhash.TaggedHash([]byte("BIP0322-signed-message"), []byte(text))
	spend = wire.NewMsgTx(0)
	spend.AddTxIn(&wire.TxIn{
		PreviousOutPoint: wire.OutPoint{Index: wire.MaxPrevOutIndex}, SignatureScript: append([]byte{txscript.OP_0, txscript.OP_DATA_32}, hash[:]...),
	})
	spend.AddTxOut(wire.NewTxOut(0, script))
	sign = wire.NewMsgTx(0)
	sign.AddTxIn(&wire.TxIn{PreviousOutPoint: wire.OutPoint{Hash: spend.TxHash()}})
	sign.AddTxOut(wire.NewTxOut(0, []byte{txscript.OP_RETURN}))
	return spend, sign
}

func blockAt(height int32) *chain.Block {
	b := &chain.Block{}
	b.Height = height
	return b
}
