// Package epobc is enhanced padded order-based coloring: tags in the sequence
// number of a transaction's first input, padding, coloring, and transactions
// that issue, move and destroy units.
//
// It follows coloredcoinlib of chromaway/ngcccbase and coloredcoinjs-lib, whose
// rules are the same. A unit is a satoshi of an output's value beyond its
// transaction's padding, and a color is named by the transaction that began it.
//
// It is pure: no database, no network, no clock. A change here can make an old
// coin's color differ.
package epobc
