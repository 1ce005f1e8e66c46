// Package assets is the room of coloured coins: one ledger over Open Assets,
// Colu, EPOBC and Counterparty, and the vouchers of shops. It will import
// chain, and never another product, echo, templ or app. It is empty until
// assets are built.
package assets
