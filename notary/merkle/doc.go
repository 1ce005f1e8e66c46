// Package merkle builds the Merkle trees of OpenTimestamps: the one over the
// digests of a calendar commit, and the one over the commitments of an anchor
// transaction.
//
// The rule is make_merkle_tree of python-opentimestamps (core/timestamp.py):
// neighbours are joined from left to right with sha256(left ‖ right), without
// a prefix for leaves or nodes, and an odd last element is carried up
// unchanged. A change here would make old proofs verify differently, so the
// package is pure: it imports no database, network or clock.
package merkle
