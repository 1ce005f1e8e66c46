package operator

import "time"

// SeedView is how the wallet's words stand.
type SeedView struct {
	Frame
	// Wallet: there is one; Remote: it is an lnd's elsewhere; Real: its coins
	// have a price; Sandbox: they are worth nothing.
	Wallet, Remote, Confirmed, Real, Sandbox bool
	// Ask are the places of the words asked for, from 1.
	Ask []int
	// DrillAt is when words were last tried and right; zero for never.
	DrillAt time.Time
	// Problem is what was wrong with words typed; Good that they were right.
	Problem string
	Good    bool
}

// WordsView shows the words.
type WordsView struct {
	Frame
	Words []string
	Ask   []int
}
