// Package anchor brings the calendar's commitments into the chain: one Merkle
// root over all that wait goes into an OP_RETURN of a transaction of the node's
// wallet, is sent by the outbox, has its fee raised when it lingers, is found in
// a block by the follower, and found again after a reorg.
//
// The parts are Loop, which makes anchors and runs only under the leader's
// lease; Projection, which sees the blocks; Ledger, which every process reads
// the state from; and Upstreams, which asks the calendars of others.
//
// An anchor never changes: its range of the journal and its root are fixed in
// one transaction before anything is signed. Each transaction signed for it is
// an attempt; whichever of them is in a block completes the proofs. The order of
// the steps, with a commit between each, is
//
//  1. reserve: store the anchor
//  2. prepare: the wallet funds and signs (may be repeated)
//  3. settle:  store the attempt together with its entry in the outbox
//  4. the broadcaster sends what is in the outbox
//
// so that a crash between any two leaves at most a lease on coins behind.
//
// The package imports no lnd: the wallet is an interface. It must not import
// app (except app/db), echo or templ.
package anchor
