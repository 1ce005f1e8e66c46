//go:build !walletrpc || !signrpc || !chainrpc || !invoicesrpc || !peersrpc || !neutrinorpc || !watchtowerrpc

package node

// lnd compiles its sub-servers only under build tags, and without them it
// starts but answers "unknown service" to every wallet call. The build stops
// here instead, with the cure in the name the compiler prints.
var _ = build_with_make_or_with_tags__walletrpc_signrpc_chainrpc_invoicesrpc_peersrpc_neutrinorpc_watchtowerrpc
