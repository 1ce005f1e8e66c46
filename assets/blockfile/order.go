package blockfile

import (
	"github.com/btcsuite/btcd/blockchain"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// Order sorts blocks so that each comes behind the one below it: the places of
// those of the longest branches, and of those that are stale. Blocks that do not
// hang together stay in the order in which they came. A block that is there twice
// counts once.
func Order(headers []wire.BlockHeader) (chain, stale []int) {
	at := make(map[chainhash.Hash]int, len(headers))
	hashes := make([]chainhash.Hash, len(headers))
	for i := range headers {
		hashes[i] = headers[i].BlockHash()
		if _, twice := at[hashes[i]]; !twice {
			at[hashes[i]] = i
		}
	}
	parent := make([]int, len(headers))
	children := make([][]int, len(headers))
	var roots []int
	for i := range headers {
		if at[hashes[i]] != i {
			parent[i] = -2 // there twice
			continue
		}
		below, known := at[headers[i].PrevBlock]
		if !known || below == i {
			parent[i] = -1
			roots = append(roots, i)
			continue
		}
		parent[i] = below
		children[below] = append(children[below], i)
	}
	height := heights(parent, children)
	for _, root := range roots {
		for i := root; i >= 0; {
			chain = append(chain, i)
			next := -1
			for _, c := range children[i] {
				if next < 0 || height[c] > height[next] {
					next = c
				}
			}
			for _, c := range children[i] {
				if c != next {
					stale = append(stale, branch(c, children)...)
				}
			}
			i = next
		}
	}
	return chain, stale
}

// heights are how many blocks stand on each at most, itself included.
func heights(parent []int, children [][]int) []int {
	height, open := make([]int, len(parent)), make([]int, len(parent))
	var ready []int
	for i := range parent {
		open[i] = len(children[i])
		if open[i] == 0 {
			ready = append(ready, i)
		}
	}
	for len(ready) > 0 {
		i := ready[len(ready)-1]
		ready = ready[:len(ready)-1]
		height[i]++
		p := parent[i]
		if p < 0 {
			continue
		}
		height[p] = max(height[p], height[i])
		if open[p]--; open[p] == 0 {
			ready = append(ready, p)
		}
	}
	return height
}

// branch is a block and all that stand on it.
func branch(root int, children [][]int) (all []int) {
	for queue := []int{root}; len(queue) > 0; {
		i := queue[0]
		all, queue = append(all, i), append(queue[1:], children[i]...)
	}
	return all
}

// Height is the height that a block claims in its first transaction (BIP-0034);
// ok is false for one from before that.
func Height(b *wire.MsgBlock) (height int32, ok bool) {
	if b.Header.Version < 2 || len(b.Transactions) == 0 {
		return 0, false
	}
	height, err := blockchain.ExtractCoinbaseHeight(btcutil.NewTx(b.Transactions[0]))
	return height, err == nil && height >= 0
}

// Check compares a block's transactions with its header. Errors: ErrMerkle.
func Check(b *wire.MsgBlock) error {
	txs := make([]*btcutil.Tx, len(b.Transactions))
	for i, tx := range b.Transactions {
		txs[i] = btcutil.NewTx(tx)
	}
	if blockchain.CalcMerkleRoot(txs, false) != b.Header.MerkleRoot {
		return ErrMerkle
	}
	return nil
}
