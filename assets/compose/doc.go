// Package compose builds the transactions of colored coins: issue, reissue,
// transfer, lock, burn, dividends and sell offers. A visitor names his coins and
// what he wants; he gets a draft, one or several PSBTs (BIP-0174), signs them
// wherever his keys are, and hands them back.
//
//	Prepare → the visitor signs, and pays if the node pays his network fee → Accept
//
// The rules of each protocol are in openassets, colu and epobc; what coins hold
// is the ledger's. This package decides which transactions are made, and stands
// for one promise: no draft destroys a unit that nobody asked to destroy. Every
// transaction is colored again as a whole, fee and change included, before it is
// shown, and what comes back must be the same to the byte but for signatures.
//
// What one marker cannot hold is spread over a chain of transactions, each of
// which spends the rest of the one before. All of them are known, and signed,
// before the first is sent.
package compose
