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
// one transaction before anything is signed. How its root gets into a block,
// in spite of crashes and reorgs, is the business of package carrier.
//
// The package imports no lnd: the wallet is an interface. It must not import
// app (except app/db), echo or templ.
package anchor
