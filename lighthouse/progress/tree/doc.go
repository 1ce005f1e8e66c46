// Package tree says what a campaign's pledges come to in 32 bytes that can be
// notarised: each confirmed pledge is a leaf, blinded so that nobody learns of
// its coin; the leaves are a Merkle tree (RFC 9162, section 2.1); and its root
// stands in a head, beside how many pledges there are, what they add up to, as of
// which block, and the head before. A backer is shown the path of his own leaf;
// once the campaign is claimed all leaves are opened, and whoever recomputes the
// heads sees a pledge that was left out, and one that never was.
//
// The package is pure: a change here would make old heads verify differently.
package tree
