// Package ledger keeps what every output of the chain holds under each protocol,
// and why. It is a projection of the block follower: package engine decides, this
// one stores, undoes blocks exactly, and answers.
//
//	Ledger       the answers: assets, holders, transfers, transactions, coins, hashes
//	Projection   blocks in order, out again at a reorganisation
//	Backfill     blocks from before the follower began
//	Preview, See transactions that wait for a block
//
// The same blocks make the same rows and the same chain of hashes whatever
// happened in between; docs/asset-ledger.md says what is hashed. Totals are kept
// as they change, so that no page has to count.
package ledger
