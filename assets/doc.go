// Package assets holds the words of colored coins that its parts, the pages and
// the API share. A colored coin is an ordinary output that a protocol reads as
// holding units of an asset: a voucher, a ticket, a share. Bitcoin itself knows
// nothing of it; the same blocks give the same colors to everybody who applies
// the same rules.
//
//	openassets/, colu/, epobc/   three protocols, pure: bytes, coloring, transactions
//	ledger/                      what every output of the chain holds under each, and why
//	blockfile/                   blocks from files
//	definition/                  what an asset says it is, fetched, archived, served
//	compose/                     issue, transfer, lock, burn, dividends, offers
//	guard/                       what a transaction would destroy
//	receipt/                     a holding proven without a ledger
//	voucher/                     shops, codes, tills
//
// It imports chain, and never another product, echo, templ or app.
package assets
