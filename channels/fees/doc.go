// Package fees sells what costs something: a quote names a thing, its price and
// how long that holds; it is paid over Lightning, on chain or from credit; and
// what was paid is used exactly once or given back as credit.
//
//	quote → invoice and address → paid → used once | returned
//
// Money is written down in a double-entry ledger in millisatoshi whose accounts
// and transfers are only ever added. Each effect has a key of its own, so that
// a settlement told twice, a block taken in again, or work repeated after a
// crash changes nothing.
//
// The node is asked outside of transactions, through the small interfaces of
// interfaces.go; what it says is taken in by one transaction each. An invoice
// nobody was shown because of a crash simply expires. The preimage of a quote's
// invoice is derived from a secret and the quote's id and is never stored.
//
// The package imports the leaf app/db and chain/follow, and knows no product,
// no HTTP and no lnd.
package fees
