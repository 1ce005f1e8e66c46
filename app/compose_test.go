package app

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"cairn/app/config"
	"cairn/assets"
	"cairn/assets/compose"
	"cairn/assets/ledger"
	"cairn/chain"
	"cairn/chain/wallet"
	"cairn/channels/fees"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/btcutil/psbt"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// Twenty vouchers are issued out of one coin, three handed on before a block has
// them, one burnt: the node pays the fees, and is paid for that, and the ledger has
// every unit. Then some are sold, and a dividend is paid from coins of one's own.
func TestAssetsOfAWholeCairn(t *testing.T) {
	a := runWholeWith(t, func(c *config.Config) {
		c.Till.Expiry = 10 * time.Minute
		c.Prices.SponsorLeast = 2_000 // enough to be paid on chain
	})
	ctx := t.Context()
	waitFor(t, "the node's wallet to be supplied", func() bool {
		balance, err := a.wallet.Balance(ctx)
		return err == nil && balance.Fee >= supplyCoins*supplyAmount
	})
	shop, customer := a.backed(t, "shop", 100_000), a.backed(t, "customer", 80_000)
	owner := shop.out.PkScript
	_, err := a.devnet.Mine(1)
	noError(t, err)
	waitFor(t, "the block", func() bool { return a.follower.Tip().Height == a.tipOf(t) })

	issue := compose.Order{
		Operation: compose.Issue, Protocol: assets.OpenAssets, Coins: []compose.Coin{shop.coin()}, Change: owner, Sponsored: true,
		Payments: []assets.Payment{{Script: owner, Units: 20}}, Metadata: []byte("u=https://cpr.sm/FoykwrH6UY"),
	}
	id, err := a.compose.Identify(issue)
	noError(t, err)
	d := a.composed(t, shop, issue)
	if d.Sponsored == nil || d.Sponsored.Price == 0 {
		t.Fatalf("nobody pays for it: %+v", d.Sponsored)
	}
	// It waits in the mempool. Three of its units go on at once, and are paid for.
	pending, err := a.colors.Coins(ctx, [][]byte{owner})
	noError(t, err)
	if len(pending) != 1 || !pending[0].Pending {
		t.Fatalf("%+v", pending)
	}
	d = a.composed(t, shop, compose.Order{
		Operation: compose.Transfer, Coins: []compose.Coin{coinOf(pending[0])}, Change: owner, Sponsored: true,
		Payments: []assets.Payment{{Script: customer.out.PkScript, Asset: id, Units: 3}},
	})
	a.inBlocks(t, d)
	d = a.composed(t, shop, compose.Order{
		Operation: compose.Burn, Burn: []assets.Holding{{Asset: id, Units: 1}}, Coins: []compose.Coin{coinOf(a.colored(t, owner)[0])},
		Change: owner, Sponsored: true,
	})
	a.inBlocks(t, d)
	about, err := a.colors.Asset(ctx, id, ledger.Newest)
	noError(t, err)
	if about.Supply != 19 || about.Burnt != 1 || about.Holders != 2 {
		t.Errorf("%+v", about)
	}

	// The customer sells his three to the shop, and the shop pays with its change.
	price := btcutil.Amount(20_000)
	sale := a.composed(t, customer, compose.Order{
		Operation: compose.Sell, Asset: id, Coins: []compose.Coin{coinOf(a.colored(t, customer.out.PkScript)[0])}, PayTo: customer.out.PkScript, Price: price,
	})
	book, err := a.compose.Offers(ctx, id)
	noError(t, err)
	if len(book) != 1 || book[0].ID != sale.Offer || book[0].Units != 3 {
		t.Fatalf("%+v", book)
	}
	plain := a.uncolored(t, owner)
	d = a.composed(t, shop, compose.Order{Operation: compose.Take, Offer: sale.Offer, Coins: plain, PayTo: owner, Change: owner})
	a.inBlocks(t, d)
	if o, err := a.compose.Offer(ctx, sale.Offer); err != nil || o.State != compose.OfferOver {
		t.Errorf("the offer is %s, %v", o.State, err)
	}
	if about, err = a.colors.Asset(ctx, id, ledger.Newest); err != nil || about.Supply != 19 || about.Holders != 1 {
		t.Errorf("%+v, %v", about, err)
	}

	d = a.composed(t, customer, compose.Order{
		Operation: compose.Dividend, Asset: id, Coins: a.uncolored(t, customer.out.PkScript), Change: customer.out.PkScript, Sum: 10_000,
	})
	a.inBlocks(t, d)
	paid, err := a.compose.Dividends(ctx, id, 10)
	noError(t, err)
	if len(paid) != 1 || !paid[0].Confirmed || len(paid[0].Shares) != 1 || paid[0].Shares[0].Amount != 10_000 {
		t.Errorf("%+v", paid)
	}
	a.keepsWhatItIsSent(t, shop, id)
}

// keepsWhatItIsSent: units that somebody sends to an address of the node, with much
// money on them, are spent by no payment of the node: not in the moment in which they
// arrive, and not when nothing else is left.
func (a *App) keepsWhatItIsSent(t *testing.T, from backedCoin, id assets.ID) {
	t.Helper()
	ctx := t.Context()
	address, err := a.wallet.NewAddress(ctx, wallet.P2TR)
	noError(t, err)
	script, err := txscript.PayToAddrScript(address)
	noError(t, err)
	owner := from.out.PkScript
	d := a.composed(t, from, compose.Order{
		Operation: compose.Transfer, Coins: []compose.Coin{coinOf(a.colored(t, owner)[0])}, Change: owner, Sponsored: true,
		Payments: []assets.Payment{{Script: script, Asset: id, Units: 2, Value: 30_000}},
	})
	sent := d.Sponsored.Tx
	at := wire.OutPoint{Hash: sent.TxHash(), Index: uint32(slices.IndexFunc(sent.TxOut, func(o *wire.TxOut) bool { return bytes.Equal(o.PkScript, script) }))}
	_, err = a.devnet.Mine(1)
	noError(t, err)
	tries := 0
	try := func() (protected bool) {
		t.Helper()
		coins, err := a.wallet.ListCoins(ctx)
		noError(t, err)
		sum := btcutil.Amount(0)
		for _, c := range coins {
			switch {
			case c.OutPoint == at:
				protected = c.Class == wallet.Protected
			case c.Class == wallet.Fee && !c.Leased && c.Confirmations > 0:
				sum += c.Value
			}
		}
		for _, pay := range []btcutil.Amount{sum - 200, 25_000} { // more than the fee leaves, and little
			tries++
			purpose := fmt.Sprintf("try to burn/%d", tries)
			s, err := a.wallet.Prepare(ctx, wallet.Request{Purpose: purpose, Outputs: []*wire.TxOut{wire.NewTxOut(int64(pay), owner)}, Rate: chain.SatPerVByte(3)})
			if errors.Is(err, chain.ErrNoFunds) {
				continue
			}
			noError(t, err)
			if slices.Contains(s.Inputs, at) {
				t.Fatalf("a payment of %d spends the units that the node was sent", pay)
			}
			noError(t, a.wallet.Abandon(ctx, purpose))
		}
		return protected
	}
	waitFor(t, "the coin to be protected", try)
	try()
	if about, err := a.colors.Asset(ctx, id, ledger.Newest); err != nil || about.Supply != 19 || about.Burnt != 1 {
		t.Errorf("%+v, %v", about, err)
	}
}

// composed prepares, signs, pays and hands in.
func (a *App) composed(t *testing.T, b backedCoin, o compose.Order) compose.Draft {
	t.Helper()
	d, err := a.compose.Prepare(t.Context(), o)
	if err != nil {
		t.Fatalf("%s: %v", o.Operation, err)
	}
	psbts := make([][]byte, len(d.Parts))
	for i, part := range d.Parts {
		psbts[i] = b.signPSBT(t, part.PSBT)
	}
	if d, err = a.compose.Accept(t.Context(), d.ID, psbts); err != nil {
		t.Fatalf("%s: %v", o.Operation, err)
	}
	if d.State == compose.Signed && d.Sponsored.Quote.ID != "" {
		a.payFor(t, d.Sponsored.Quote.ID)
	}
	waitFor(t, string(o.Operation)+" to be sent", func() bool {
		d, err = a.compose.Get(t.Context(), d.ID)
		return err == nil && (d.State == compose.Sent || d.State == compose.Confirmed)
	})
	return d
}

// payFor pays a quote on chain, in a block.
func (a *App) payFor(t *testing.T, text string) {
	t.Helper()
	id, err := fees.ParseID(text)
	noError(t, err)
	q, err := a.till.Get(t.Context(), id)
	noError(t, err)
	a.payOnChain(t, q)
	_, err = a.devnet.Mine(1)
	noError(t, err)
}

func (a *App) tipOf(t *testing.T) int32 {
	t.Helper()
	tip, err := a.devnet.Tip(t.Context())
	noError(t, err)
	return tip.Height
}

// inBlocks mines until blocks hold a draft, and the ledger has seen them.
func (a *App) inBlocks(t *testing.T, d compose.Draft) {
	t.Helper()
	for _, part := range d.Parts {
		waitFor(t, "the mempool", func() bool { _, err := a.devnet.Tx(part.Txid); return err == nil })
	}
	_, err := a.devnet.Mine(1)
	noError(t, err)
	waitFor(t, "a block to hold it", func() bool {
		now, err := a.compose.Get(t.Context(), d.ID)
		return err == nil && now.State == compose.Confirmed
	})
}

func (a *App) colored(t *testing.T, script []byte) []ledger.Coin {
	t.Helper()
	list, err := a.colors.Coins(t.Context(), [][]byte{script})
	noError(t, err)
	if len(list) == 0 {
		t.Fatal("no coloured coins")
	}
	return list
}

// uncolored are coins that hold no units, as a wallet would name them.
func (a *App) uncolored(t *testing.T, script []byte) []compose.Coin {
	t.Helper()
	held := map[wire.OutPoint]bool{}
	list, err := a.colors.Coins(t.Context(), [][]byte{script})
	noError(t, err)
	for _, c := range list {
		held[c.OutPoint] = true
	}
	var out []compose.Coin
	for height := int32(1); height <= a.tipOf(t); height++ {
		hash, err := a.devnet.HashAt(t.Context(), height)
		noError(t, err)
		block, err := a.devnet.Block(t.Context(), hash)
		noError(t, err)
		for _, tx := range block.Transactions {
			for i, o := range tx.TxOut {
				at := wire.OutPoint{Hash: tx.TxHash(), Index: uint32(i)}
				if held[at] || !bytes.Equal(o.PkScript, script) {
					continue
				}
				if unspent, err := a.devnet.Unspent(at); err != nil || unspent == nil {
					continue
				}
				out = append(out, compose.Coin{OutPoint: at, Value: btcutil.Amount(o.Value), Script: script})
			}
		}
	}
	return out
}

func coinOf(c ledger.Coin) compose.Coin {
	return compose.Coin{OutPoint: c.OutPoint, Value: c.Value, Script: c.Script}
}

func (b backedCoin) coin() compose.Coin {
	return compose.Coin{OutPoint: b.at, Value: btcutil.Amount(b.out.Value), Script: b.out.PkScript}
}

// signPSBT signs what is the backer's, in the way the PSBT asks for.
func (b backedCoin) signPSBT(t *testing.T, raw []byte) []byte {
	t.Helper()
	p, err := psbt.NewFromRawBytes(bytes.NewReader(raw), false)
	noError(t, err)
	spent := map[wire.OutPoint]*wire.TxOut{}
	for i, in := range p.UnsignedTx.TxIn {
		spent[in.PreviousOutPoint] = p.Inputs[i].WitnessUtxo
	}
	hashes := txscript.NewTxSigHashes(p.UnsignedTx, txscript.NewMultiPrevOutFetcher(spent))
	for i, in := range p.Inputs {
		if !bytes.Equal(in.WitnessUtxo.PkScript, b.out.PkScript) || in.FinalScriptWitness != nil {
			continue
		}
		how := in.SighashType
		if how == 0 {
			how = txscript.SigHashAll
		}
		sig, err := txscript.RawTxInWitnessSignature(p.UnsignedTx, hashes, i, in.WitnessUtxo.Value, in.WitnessUtxo.PkScript, how, b.key)
		noError(t, err)
		p.Inputs[i].PartialSigs = []*psbt.PartialSig{{PubKey: b.key.PubKey().SerializeCompressed(), Signature: sig}}
	}
	var out bytes.Buffer
	noError(t, p.Serialize(&out))
	return out.Bytes()
}
