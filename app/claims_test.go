package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"cairn/app/config"
	"cairn/app/db/outbox"
	"cairn/chain"
	"cairn/chain/devnet"
	"cairn/chain/node"
	"cairn/channels/amount"
	"cairn/channels/fees"
	"cairn/lighthouse"
	"cairn/lighthouse/campaigns"
	"cairn/lighthouse/claim"
	"cairn/lighthouse/contract"
	"cairn/lighthouse/pledges"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// A campaign is claimed by itself, its claim is made faster by a coin of the
// node's that somebody paid for, and a block takes it: campaigns, pledges,
// claims, the till and the node's own wallet together.
func TestClaimsOfAWholeCairn(t *testing.T) {
	a := runWhole(t)
	ctx := t.Context()
	address, err := btcutil.NewAddressWitnessPubKeyHash(bytes.Repeat([]byte{3}, 20), a.devnet.Params())
	noError(t, err)
	_, key, err := a.campaigns.Create(ctx, campaigns.Draft{
		Text:    lighthouse.Text{Title: "A new roof", Tagline: "Before the winter", Story: "The old one leaks.", Risks: "Snow."},
		Creator: lighthouse.Creator{Name: "Ada"}, DeadlineIn: 300, ByItself: true,
		Levels: []campaigns.Level{{Reserve: 5_000, Beneficiaries: []lighthouse.Beneficiary{{Name: "Village", Address: address.EncodeAddress(), Amount: 100_000}}}},
	})
	noError(t, err)
	waitFor(t, "a block to count from", func() bool { _, err = a.campaigns.Open(ctx, key); return err == nil })
	c, err := a.campaigns.ByKey(ctx, key)
	noError(t, err)
	// What will pay for more speed, on chain and before the claim is there: nothing
	// else is delivered under this name.
	offer := claim.Offer{Rate: 2_000, Coin: 5_000}
	var q fees.Quote
	waitFor(t, "the node to give an address", func() bool {
		q, err = a.till.Quote(ctx, fees.Request{What: "early", Price: 10_000 * amount.PerSatoshi, Expiry: time.Hour})
		return err == nil && q.Address != ""
	})
	a.payOnChain(t, q)
	waitFor(t, "the node's wallet to be supplied", func() bool {
		balance, err := a.wallet.Balance(ctx)
		return err == nil && balance.Fee >= supplyCoins*supplyAmount
	})
	backed := []backedCoin{a.backed(t, "one", 60_000), a.backed(t, "two", 50_000)}
	_, err = a.devnet.Mine(2)
	noError(t, err)
	for _, b := range backed {
		waitFor(t, "a pledge to be taken", func() bool {
			_, _, err := a.pledges.Submit(ctx, pledges.Submission{
				Campaign: c.ID, Revision: c.Terms.Revision, Door: lighthouse.ByWallet, Signed: map[int][]byte{0: b.pledge(t, c.Terms.Levels[0].Contract)},
			})
			return err == nil
		})
	}
	var first lighthouse.Claim
	waitFor(t, "the claim to be sent", func() bool {
		first, err = a.claims.Get(ctx, c.ID)
		return err == nil && a.devnet.InMempool(first.Tx.TxHash())
	})
	if first.Fee != 10_000 || len(first.Tx.TxIn) != 2 {
		t.Fatalf("%+v", first)
	}
	if _, err := (claimSpeed{a}).Price(ctx, c.ID); !errors.Is(err, claim.ErrFast) {
		t.Fatalf("a claim that pays enough is for sale: %v", err)
	}

	// As if blocks had become dear, somebody has paid for a coin. The node makes
	// one of that size, and a block takes it, but not the claim.
	waitFor(t, "the payment", func() bool {
		q, err = a.till.Get(ctx, q.ID)
		return err == nil && q.State == fees.Settled
	})
	q.Subject = claimBumpSubject(c.ID, offer)
	noError(t, a.deliverClaimBump(ctx, q))
	noError(t, a.deliverClaimBump(ctx, q))
	var coin outbox.Entry
	waitFor(t, "the coin to be made", func() bool {
		coin, err = outbox.Get(a.db.Read(ctx), "claim-bump/"+q.ID.String()+"/coin/1")
		return err == nil && a.devnet.InMempool(coin.Txid)
	})
	making, err := coin.Tx()
	noError(t, err)
	_, err = a.devnet.Reorg(1, devnet.WithTx(making))
	noError(t, err)
	var faster lighthouse.Claim
	waitFor(t, "the faster claim to be sent", func() bool {
		faster, err = a.claims.Get(ctx, c.ID)
		return err == nil && faster.Attempts == 2 && a.devnet.InMempool(faster.Tx.TxHash())
	})
	if faster.Fee != first.Fee+5_000 || len(faster.Tx.TxIn) != 3 {
		t.Errorf("%+v", faster)
	}
	if q, err = a.till.Get(ctx, q.ID); err != nil || q.State != fees.Used {
		t.Errorf("the quote is %s, %v", q.State, err)
	}
	_, err = a.devnet.Mine(1)
	noError(t, err)
	waitFor(t, "the block of the claim", func() bool {
		now, err := a.claims.Get(ctx, c.ID)
		return err == nil && now.State == lighthouse.InBlock && now.Tx.TxHash() == faster.Tx.TxHash()
	})
}

// runWhole runs a Cairn on a devnet whose blocks are mined by hand, its node in
// this process, until the test ends.
func runWhole(t *testing.T) *App {
	t.Helper()
	return runWholeWith(t, func(*config.Config) {})
}

// runWholeWith is runWhole with other settings.
func runWholeWith(t *testing.T, change func(*config.Config)) *App {
	t.Helper()
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	cfg := config.Config{
		Data: filepath.Join(t.TempDir(), "cairn"), Network: chain.Devnet,
		Web:    config.Web{Listen: "127.0.0.1:0"},
		Log:    config.Log{Level: "warn", Metrics: "127.0.0.1:0"},
		Devnet: config.Devnet{BlockInterval: time.Hour},
		Anchor: config.Anchor{BumpAfter: 2, MaxFeeRate: 200},
		Till:   config.Till{Expiry: time.Minute},
		Node:   config.Node{Backend: "neutrino"},
	}
	change(&cfg)
	a, err := New(t.Context(), cfg, Options{Version: "test", Log: log, NodeDriver: node.InProcess})
	noError(t, err)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-done, a.Close()); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	return a
}

// payOnChain has the faucet pay a quote.
func (a *App) payOnChain(t *testing.T, q fees.Quote) {
	t.Helper()
	address, err := btcutil.DecodeAddress(q.Address, a.devnet.Params())
	noError(t, err)
	script, err := txscript.PayToAddrScript(address)
	noError(t, err)
	_, err = a.devnet.Faucet(t.Context(), script, q.OnChainAmount())
	noError(t, err)
}

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func waitFor(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(90 * time.Second); !so(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited 90 s for: %s", what)
		}
	}
}

// backedCoin is a backer's coin with its key.
type backedCoin struct {
	key *btcec.PrivateKey
	at  wire.OutPoint
	out *wire.TxOut
}

// backed has the faucet give a backer a coin.
func (a *App) backed(t *testing.T, name string, value btcutil.Amount) backedCoin {
	t.Helper()
	seed := sha256.Sum256([]byte(name))
	key, public := btcec.PrivKeyFromBytes(seed[:])
	script, err := txscript.NewScriptBuilder().AddOp(txscript.OP_0).AddData(btcutil.Hash160(public.SerializeCompressed())).Script()
	noError(t, err)
	txid, err := a.devnet.Faucet(t.Context(), script, value)
	noError(t, err)
	tx, err := a.devnet.Tx(txid)
	noError(t, err)
	for i, o := range tx.Msg.TxOut {
		if bytes.Equal(o.PkScript, script) {
			return backedCoin{key, wire.OutPoint{Hash: txid, Index: uint32(i)}, o}
		}
	}
	t.Fatal(fmt.Sprint("the faucet paid somebody else than ", name))
	return backedCoin{}
}

// pledge signs the coin for a contract.
func (b backedCoin) pledge(t *testing.T, c *contract.Contract) []byte {
	t.Helper()
	tx := c.Alone(contract.Pledge{OutPoint: b.at, Sequence: 0xfffffffd})
	prevouts := txscript.NewCannedPrevOutputFetcher(b.out.PkScript, b.out.Value)
	witness, err := txscript.WitnessSignature(tx, txscript.NewTxSigHashes(tx, prevouts), 0, b.out.Value, b.out.PkScript,
		txscript.SigHashAll|txscript.SigHashAnyOneCanPay, b.key, true)
	noError(t, err)
	tx.TxIn[0].Witness = witness
	var raw bytes.Buffer
	noError(t, tx.Serialize(&raw))
	return raw.Bytes()
}
