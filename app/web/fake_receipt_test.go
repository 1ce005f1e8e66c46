package web

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"cairn/assets"
	"cairn/assets/receipt"
	"cairn/assets/receipt/maker"

	"github.com/btcsuite/btcd/wire"
)

// fakeReceipts has those of the tests of assets/receipt.
type fakeReceipts struct{}

// Make implements api.Receipts.
func (fakeReceipts) Make(_ context.Context, at wire.OutPoint, p assets.Protocol) (*receipt.File, error) {
	paths, err := filepath.Glob("../../assets/receipt/testdata/*.json")
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		f, err := receipt.Decode(raw)
		if err != nil {
			return nil, err
		}
		if f.Coin == at.String() && (p == 0 || f.Protocol == p.String()) {
			return f, nil
		}
	}
	return nil, maker.ErrUncolored
}

// noReceipts has none.
type noReceipts struct{ error }

// Make implements api.Receipts.
func (n noReceipts) Make(context.Context, wire.OutPoint, assets.Protocol) (*receipt.File, error) {
	return nil, n.error
}

// withReceipts gives a site the pages of receipts.
func withReceipts(deps *Deps) {
	deps.Receipts = &ReceiptDeps{Receipts: fakeReceipts{}, Name: func(context.Context, assets.ID) (string, int) { return "MasterBTC", 0 }}
}

// keptCoin is the coin of a receipt in the tests of assets/receipt.
func keptCoin(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile("../../assets/receipt/testdata/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	f, err := receipt.Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	return f.Coin
}
