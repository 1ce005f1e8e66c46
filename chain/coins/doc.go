// Package coins looks up coins that are not ours: a backer's, before his pledge
// is taken, a visitor's, before the node pays his fee. Nobody here keeps the
// set of all unspent coins, so that on public networks the answer has to be
// found in the blocks, from a height on that the asker names; everything is
// bounded, as whoever asks may mean no good.
//
//	Devnet   the embedded chain, which knows every coin and what waits
//	light    (package) the node, whose chain has compact filters, or whole blocks
//	Limited  before either: how far back, how many at once, by whom
//
// What becomes of a coin after that is for chain/follow.
package coins
