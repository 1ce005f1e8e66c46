// Package wallet spends the operator's fee coins, and only those: it funds and
// signs the transactions of the products through the node's wallet, replaces
// them by dearer ones (BIP-0125), keeps protected coins out of every payment,
// holds the day's fees under a cap, and sends what the outbox holds until a
// block has it.
//
// The order in which money moves is the design's: Prepare signs and remembers
// (nothing is broadcast), the caller stores the transaction in the outbox in
// the same database transaction as its own state, and only then does the
// Broadcaster send it. Every step can be repeated after a crash, because a
// purpose is signed once and its coins are leased under a number made from it.
//
// The wallet keeps its own books of what replaced what: until a block decides,
// lnd counts the original and its replacements alike.
//
// It imports lnd's gRPC stubs, btcd, and the leaves app/db and app/db/outbox;
// it must not import the products, templates or app.
package wallet
