// Package engine is the part of the ledger that decides: it takes blocks in
// order, colors every transaction under every protocol in one pass, and says
// per block what was created, spent, issued and destroyed. It keeps nothing: what
// is colored so far it asks a View for, so that a map in memory, a database and
// a test give the same answers.
//
//	Rules      a protocol: what it looks for, what it needs, how it colors
//	Engine     one pass over a block, or one transaction
//	Tx, Coin   what came of it
//	Hash       the chain of hashes by which two ledgers are compared
//	Infer      the script of a coin, told by the input that spends it
//
// It is pure: no database, no network, no clock.
package engine
