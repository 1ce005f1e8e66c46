// Package devnet is Cairn's embedded chain: a complete regtest node inside
// this process, made of btcd's own consensus, mempool, mining and
// compact-filter packages, so that a newcomer needs no bitcoind. It mines
// blocks on demand and at an interval, pays out of a faucet, makes real
// reorganisations for tests, and serves light clients (neutrino, and so lnd)
// over the Bitcoin P2P protocol on loopback.
//
// Every transaction passes btcd's mempool policy and script engine, and every
// block its consensus code; nothing here decides validity by itself.
//
// The package imports btcd and cairn/chain. It must not import lnd, neutrino
// (outside tests), a database of ours, HTTP, or a product. It does not use
// btcd's peer package, which keeps a process-wide list of nonces and refuses
// a "connection to self" when both ends live in one process.
package devnet
