package lightning

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"cairn/chain"
	"cairn/channels/invoice"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/ecdsa"
	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/lightningnetwork/lnd/lnwire"
	"github.com/lightningnetwork/lnd/zpay32"
)

// strangersInvoice is a good invoice of somebody whom no channel leads to.
func strangersInvoice(t *testing.T, expiry time.Duration) string {
	t.Helper()
	key, err := btcec.NewPrivateKey()
	if err != nil {
		t.Fatal(err)
	}
	features := lnwire.NewFeatureVector(lnwire.NewRawFeatureVector(lnwire.TLVOnionPayloadRequired, lnwire.PaymentAddrRequired), lnwire.Features)
	in, err := zpay32.NewInvoice(&chaincfg.RegressionNetParams, invoice.Hash{5}, time.Now(),
		zpay32.Amount(5_000_000), zpay32.Description("from nowhere"), zpay32.CLTVExpiry(40), zpay32.Expiry(expiry),
		zpay32.PaymentAddr([32]byte{6}), zpay32.Features(features))
	if err != nil {
		t.Fatal(err)
	}
	text, err := in.Encode(zpay32.MessageSigner{SignCompact: func(msg []byte) ([]byte, error) {
		return ecdsa.SignCompact(key, chainhash.HashB(msg), true), nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func (w *pair) noRoute(ctx context.Context, t *testing.T) {
	_, err := w.alice.Pay(ctx, Order{Invoice: strangersInvoice(t, time.Hour), Timeout: 10 * time.Second})
	isKind(t, err, ErrNoRoute)
}

// down: a node that is being started again says so of everything, by its kind.
func (w *pair) down(ctx context.Context, t *testing.T) {
	other := strangersInvoice(t, time.Hour)
	var all sync.WaitGroup
	for what, call := range map[string]func() error{
		"pay":      func() error { _, err := w.alice.Pay(ctx, Order{Invoice: other, Timeout: time.Second}); return err },
		"track":    func() error { _, err := w.alice.Track(ctx, invoice.Hash{5}); return err },
		"balance":  func() error { _, err := w.alice.Balance(ctx); return err },
		"channels": func() error { _, err := w.alice.Channels(ctx); return err },
		"create": func() error {
			_, err := w.alice.Create(ctx, invoice.Request{Preimage: invoice.Preimage{11}, Amount: 1000, Expiry: time.Minute})
			return err
		},
	} {
		all.Go(func() {
			for !errors.Is(call(), chain.ErrEngineDown) {
				select {
				case <-ctx.Done():
					t.Errorf("%s: the node was never said to be down", what)
					return
				case <-time.After(10 * time.Millisecond):
				}
			}
		})
	}
	w.restart(ctx, t)
	all.Wait()
}
