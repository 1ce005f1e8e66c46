// Package receipt is asset receipts: files that prove, without any ledger, what a
// coin holds of an asset. A receipt has every transaction from the issue to the
// coin, the block headers and Merkle branches that put them into the chain, and
// the asset's definition. Whoever has it colors all of it again by the rules.
//
// What a receipt cannot prove is that the coin is unspent: no file can. It says up
// to which block it was, by the word of who made it.
//
// docs/asset-receipts.md is the format. It is pure: bytes in, a verdict out; no
// database, network or clock. Package maker makes receipts.
package receipt
