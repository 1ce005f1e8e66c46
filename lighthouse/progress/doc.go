// Package progress makes what is said about a campaign's pledges provable. Once
// an hour, and before a claim, the confirmed pledges of each campaign are put
// under a head (package tree), whose digest is handed to the notary: what the
// page says of them was said no later than a block, and cannot be changed
// afterwards. A backer gets the path of his own pledge; when the campaign is
// claimed all leaves are opened.
//
//	Note → stamp → (Leaf, Included) → Opening
//
// A head that was made is never changed. One process at a time makes them,
// under the leader's fence; digests are handed over after they were stored, and
// again until that was noted, which changes nothing.
package progress
