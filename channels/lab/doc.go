// Package lab runs several Lightning nodes on a chain of their own, to show and
// to test what payment channels promise: the chapter's line of five
// (Mastering Bitcoin, 12.7.1), with its figures in package line, and the pairs
// of its tests.
//
// Every node is a real lnd, a child process like the operator's own, so one of
// them can be killed while the others go on. The chain is a devnet that only
// they use; blocks are made when the lab asks. Nothing here touches the
// operator's node, chain or database, and everything is gone when a lab is
// closed.
package lab
