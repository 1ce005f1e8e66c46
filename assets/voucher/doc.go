// Package voucher lets shops give out colored coins as vouchers and take them
// at the counter.
//
// A voucher is an output that whoever has its secret can spend (package bearer).
// The secret stays with people: the issuer's page makes it, and tells the shop's
// books the output alone. At the counter the till's page reads the code, signs
// the transaction that the books planned (Plan), and hands it in (Redeem): the
// books check it, write it down, and say yes or no. Of two tills that take the
// same voucher at once exactly one is told yes.
//
//	Plan → signed by the bearer → Redeem (booked, green) ─ undo window ─► Run
//	adds the network fee ─► outbox ─► block
//
// What is booked can be undone until its time is over, since nothing was sent.
// More can be booked of the same coin: the bearer signs anew for the sum. Then
// Run has the node add a coin of the right size as the fee, as bearers sign for
// any inputs beside theirs, and puts the transaction into the outbox. The rest of
// a voucher redeemed in part lies on the same script, and can be redeemed again
// at once, before a block.
//
// The chain is what counts: the projection sees what becomes of every coin. A
// bearer who kept a copy and spends the coin elsewhere while a redemption waits
// makes it lost, which the log says loudly; that is why the window is short.
package voucher
