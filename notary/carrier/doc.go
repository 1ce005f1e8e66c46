// Package carrier brings a few bytes into a block: the wallet signs a
// transaction with an OP_RETURN that carries them, the outbox sends it, its fee
// is raised while it lingers, and the follower finds it, also after a reorg.
//
// What is carried never changes. Each transaction signed for it is an attempt;
// whichever of them is in a block completes the proofs. The order of the steps,
// with a commit between each, is
//
//  1. the owner stores what is to be carried
//  2. prepare: the wallet funds and signs (may be repeated)
//  3. settle: store the attempt together with its entry in the outbox
//  4. the broadcaster sends what is in the outbox
//
// so that a crash between any two leaves at most a lease on coins behind.
//
// Package anchor carries the roots of the calendar this way, and express the
// digest of one document. The package imports no lnd: the wallet is an
// interface. It must not import app (except app/db), echo or templ.
package carrier
