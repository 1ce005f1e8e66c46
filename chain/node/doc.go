// Package node runs the operator's Bitcoin and Lightning node (lnd as a
// library) and gives the rest of Cairn one gRPC face of it, whether the node is
// a supervised child of the same binary, lives in this process (tests), or is
// an lnd of the operator's on another machine.
//
// A Node outlives its engine: the engine may die, hang or be restarted, while
// the gRPC connection handed out by Conn stays valid, answers
// chain.ErrEngineDown in between, and works again afterwards. Status and
// Subscribe say how far it is, in one sentence for people.
//
// The package imports lnd, gRPC and cairn/chain; it must not import the
// database, the products, templates or app. Building it needs lnd's sub-server
// tags; see tags.go.
package node
