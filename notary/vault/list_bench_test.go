package vault_test

import (
	"crypto/rand"
	"fmt"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/notary"
	"cairn/notary/vault"
)

// BenchmarkFullVault looks through a vault of 100,000 items: its first page, its
// last, and a search that finds one. The proofs' own stages come from a fake.
func BenchmarkFullVault(b *testing.B) {
	d := dbtest.Open(b, db.SQLite)
	n := &notaryFake{stages: map[notary.Digest]notary.Stage{}, moved: make(chan struct{}, 1)}
	v := vault.New(vault.Config{DB: d, Notary: n, Now: time.Now, Rand: rand.Reader})
	me := vault.Account{1}
	for from := 0; from < vault.MaxItems; from += vault.MaxEntries {
		entries := make([]vault.Entry, vault.MaxEntries)
		for i := range entries {
			name := fmt.Sprintf("folder/%d.jpg", from+i)
			entries[i] = vault.Entry{Digest: digest(name), Name: name}
			n.set(entries[i].Digest, notary.StageStored)
		}
		if _, err := v.Keep(b.Context(), me, entries, vault.ID{}); err != nil {
			b.Fatal(err)
		}
	}
	for name, q := range map[string]vault.Query{
		"first-page": {}, "last-page": {Page: 2000}, "search": {Search: "/77777.jpg"},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				page, err := v.List(b.Context(), me, q)
				if err != nil || len(page.Items) == 0 {
					b.Fatal(page.Total, err)
				}
			}
		})
	}
}
