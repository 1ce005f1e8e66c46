package engine

import (
	"github.com/btcsuite/btcd/wire"
)

// Memory is a View in memory that follows the chain block by block, for scans of
// files and for tests. Create it with make.
type Memory map[wire.OutPoint][]Coin

// Colored implements View.
func (m Memory) Colored(at wire.OutPoint) []Coin { return m[at] }

// Apply takes in what Engine.Block found.
func (m Memory) Apply(txs []Tx) {
	for i := range txs {
		for _, s := range txs[i].Spent {
			delete(m, s.Coin.OutPoint)
		}
		for _, c := range txs[i].Created {
			m[c.OutPoint] = append(m[c.OutPoint], c)
		}
	}
}
