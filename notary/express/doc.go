// Package express gives one digest a transaction of its own in the next block,
// for those who do not want to wait for the calendar's. Somebody pays for it;
// who, how and how much is not this package's business: an order names what
// paid for it, and two functions of the caller spend that or give it back.
//
// An order goes through these steps, with a commit between each:
//
//  1. Place stores it, once for each payment
//  2. the wallet funds and signs (package carrier)
//  3. the payment is spent, and the transaction goes into the outbox: both in
//     one transaction of the database
//  4. the broadcaster sends it, its fee is raised while it lingers, and blocks
//     complete it or undo it, as with every anchor
//
// When step 3 is not reached within a time, the money goes back instead, and
// nothing was sent. So there is exactly one transaction in the chain for each
// payment spent, and none for one given back, wherever a process dies and
// however many of them believe that they lead.
//
// The calendar's anchor goes on beside it: a digest that has both has two ways
// to the chain in its proof.
//
// The package imports no lnd and no till. It must not import app (except
// app/db), echo or templ.
package express
