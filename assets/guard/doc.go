// Package guard says what a transaction would do to colored coins before anybody
// signs or sends it: which units it moves, and which it destroys. Ordinary
// wallets know nothing of units and destroy them when they spend such a coin.
//
//	Parse    a transaction, or a PSBT (BIP-0174, BIP-0370), in any usual form
//	Guard    what it would do, over the ledger
//	Labels   lists by which other wallets keep their hands off such coins
//
// What cannot be told is said so: a coin that the ledger cannot place may hold
// units.
package guard
