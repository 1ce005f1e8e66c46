// Package pledges takes the coins that backers sign for campaigns, and says at
// every block how they are.
//
//	Terms → (Request) → Submit → Projection, Mempool → Progress → CandidatesIn
//
// A pledge is taken in when its signatures hold for the campaign's contracts
// (package contract), its coin was found unspent (package chain/coins), and
// there is room for it; that it came, that its coin is watched, and that the
// campaign's terms are fixed from now on is one transaction. What one
// transaction of the chain cannot hold, or the goal does not need, waits its
// turn: pledges are claimed oldest first.
//
// From then on blocks alone move a pledge: the coin is confirmed, spent by the
// claim or by its owner, and back again when a reorganisation takes the block
// away. Where transactions that wait can be seen, a coin that is leaving does not
// count from the moment it is seen to leave.
//
// The owner holds a secret key, the server its SHA-256. The key is derived from
// the server's secret and the pledge's ID, so that whoever brings the very same
// signatures again, as after an answer that was lost, gets it again.
package pledges
