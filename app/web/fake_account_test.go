package web

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"time"

	"cairn/app/account"
	"cairn/app/db"
	"cairn/app/outbound"
	"cairn/app/webhook"
	"cairn/notary/vault"

	"gorm.io/gorm"
)

// accountsDB is one SQLite database for all tests of this package that need
// accounts, which are apart from each other in it. Its folder is removed when
// the tests end.
var accountsDB = sync.OnceValue(func() *db.DB {
	ctx := context.Background()
	d, err := db.Open(ctx, "sqlite:"+filepath.Join(accountsDir(), "cairn.db"), db.WithLog(slog.New(slog.DiscardHandler)))
	if err != nil {
		panic(err)
	}
	if _, err := d.Migrate(ctx); err != nil {
		panic(err)
	}
	return d
})

var accountsDir = sync.OnceValue(func() string {
	dir, err := os.MkdirTemp("", "cairn-web-test-")
	if err != nil {
		panic(err)
	}
	return dir
})

// somewhere resolves every name to a public address: nothing is sent in these
// tests.
type somewhere struct{}

func (somewhere) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	return []netip.Addr{netip.MustParseAddr("1.1.1.1")}, nil
}

// withAccounts gives a site real accounts, vaults and webhooks; the passkeys
// are for the public URL given.
func withAccounts(deps *Deps, n *fakeNotary, publicURL string, now func() time.Time) {
	d := accountsDB()
	hooks := webhook.New(webhook.Config{DB: d, Guard: outbound.Guard{Resolver: somewhere{}}, Now: now, Rand: rand.Reader})
	accounts, err := account.New(account.Config{
		DB: d, Site: account.ParseSite(publicURL), Now: now, Rand: rand.Reader,
		Forget: []func(*gorm.DB, [16]byte) error{vault.Forget, webhook.Forget},
	})
	if err != nil {
		panic(err)
	}
	deps.Accounts, deps.Webhooks = accounts, hooks
	deps.Vault = vault.New(vault.Config{DB: d, Notary: newFakeAPI(n), Now: now, Rand: rand.Reader})
}
