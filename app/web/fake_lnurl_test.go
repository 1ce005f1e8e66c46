package web

import (
	"context"
	"sync"

	"cairn/app/account"
	"cairn/channels/invoice"
)

// donorsNotes keeps what donors wrote along in tests.
var donorsNotes = struct {
	sync.Mutex
	by map[invoice.Hash]string
}{by: map[invoice.Hash]string{}}

// withLNURL gives a site donations, and the way in by a wallet.
func withLNURL(deps *Deps) {
	deps.Donations = &Donations{Name: "donate", Least: 100_000, Most: 1_000_000_000, Note: func(_ context.Context, h invoice.Hash, note string) error {
		donorsNotes.Lock()
		defer donorsNotes.Unlock()
		donorsNotes.by[h] = note
		return nil
	}}
	deps.WalletLogin = &WalletLogin{Accounts: deps.Accounts.(*account.Accounts)}
}
