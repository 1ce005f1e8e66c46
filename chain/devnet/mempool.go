package devnet

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"cairn/app/db/durable"
	"cairn/chain"

	"github.com/btcsuite/btcd/blockchain"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/mempool"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// Policy of the mempool; what is not here is btcd's own.
const (
	// minRelayFee is 1 sat/vB, in satoshi per 1,000 virtual bytes.
	minRelayFee btcutil.Amount = 1000
	// maxOrphans and maxOrphanBytes bound what waits for missing parents.
	maxOrphans     = 100
	maxOrphanBytes = 100_000
	// maxWaiting bounds the transactions that wait to be mined; btcd's mempool
	// itself knows no bound.
	maxWaiting = 20_000
	// maxTxVersion is the highest standard transaction version.
	maxTxVersion = 2
)

// newMempool makes a mempool with the standard policy of the public networks:
// standard scripts only, 1 sat/vB at least, and replacement by fee where a
// transaction or an unconfirmed ancestor of it signals it (BIP-0125, inherited
// signalling included). Full replacement without a signal is refused.
func (c *Chain) newMempool(sigs *txscript.SigCache, hashes *txscript.HashCache) *mempool.TxPool {
	return mempool.New(&mempool.Config{
		Policy: mempool.Policy{
			MaxTxVersion:         maxTxVersion,
			DisableRelayPriority: true,
			AcceptNonStd:         false,
			MaxOrphanTxs:         maxOrphans,
			MaxOrphanTxSize:      maxOrphanBytes,
			MaxSigOpCostPerTx:    blockchain.MaxBlockSigOpsCost / 4,
			MinRelayTxFee:        minRelayFee,
		},
		ChainParams:    c.params,
		FetchUtxoView:  c.chain.FetchUtxoView,
		BestHeight:     func() int32 { return c.chain.BestSnapshot().Height },
		MedianTimePast: func() time.Time { return c.chain.BestSnapshot().MedianTime },
		CalcSequenceLock: func(tx *btcutil.Tx, view *blockchain.UtxoViewpoint) (*blockchain.SequenceLock, error) {
			return c.chain.CalcSequenceLock(tx, view, true)
		},
		IsDeploymentActive: c.chain.IsDeploymentActive,
		SigCache:           sigs,
		HashCache:          hashes,
	})
}

// Submit puts a transaction into the mempool and announces it to the peers. A
// transaction that is already there, or in a block of the best chain, is
// accepted again without effect, so that a broadcaster may repeat itself.
//
// Errors: chain.ErrRejected with the reason of btcd's policy or script engine,
// together with ErrMissingInputs where outputs are unknown or spent, or with
// ErrMempoolFull; ErrClosed.
func (c *Chain) Submit(tx *wire.MsgTx) error {
	if tx == nil {
		return fmt.Errorf("%w: there is no transaction", chain.ErrRejected)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return ErrClosed
	}
	return c.submit(tx.Copy())
}

// submit is Submit with mu held and a transaction of our own.
func (c *Chain) submit(tx *wire.MsgTx) error {
	txid := tx.TxHash()
	if c.pool.IsTransactionInPool(&txid) {
		return nil
	}
	if ref, err := c.blockOfTx(txid); err == nil {
		c.cfg.Log.Debug("devnet knows the transaction", slog.Any("txid", txid), slog.Any("block", ref))
		return nil
	}
	if c.pool.Count() >= c.maxWaiting {
		return fmt.Errorf("%w: %w", chain.ErrRejected, ErrMempoolFull)
	}
	c.pool.RemoveOrphan(btcutil.NewTx(tx)) // its parents may have come since
	missing, accepted, err := c.pool.MaybeAcceptTransaction(btcutil.NewTx(tx), true, true)
	if err != nil {
		return fmt.Errorf("%w: %w", chain.ErrRejected, err)
	}
	if len(missing) > 0 {
		return fmt.Errorf("%w: %w (of transaction %s)", chain.ErrRejected, ErrMissingInputs, missing[0])
	}
	c.accepted([]*mempool.TxDesc{accepted})
	c.accepted(c.pool.ProcessOrphans(accepted.Tx))
	return nil
}

// receive takes a transaction from a peer: like submit, but it may wait for
// its parents, and being known already is for the peer to hear.
func (c *Chain) receive(tx *wire.MsgTx, from mempool.Tag) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return ErrClosed
	}
	txid := tx.TxHash()
	if c.pool.IsTransactionInPool(&txid) {
		return nil
	}
	if _, err := c.blockOfTx(txid); err == nil {
		// Said in btcd's words, which neutrino looks for. btcd itself takes
		// a mined transaction whose outputs are spent for an orphan.
		return mempool.RuleError{Err: mempool.TxRuleError{
			RejectCode:  wire.RejectDuplicate,
			Description: "transaction already exists in blockchain",
		}}
	}
	if c.pool.Count() >= c.maxWaiting {
		return ErrMempoolFull
	}
	accepted, err := c.pool.ProcessTransaction(btcutil.NewTx(tx), true, true, from)
	if err != nil {
		return err
	}
	c.accepted(accepted)
	return nil
}

// accepted tells the peers and the faucet of new transactions.
func (c *Chain) accepted(descs []*mempool.TxDesc) {
	for _, desc := range descs {
		c.faucet.sawUnconfirmed(desc.Tx)
		c.cfg.Log.Debug("devnet accepted a transaction",
			slog.Any("txid", desc.Tx.Hash()), slog.Int64("fee_sat", desc.Fee))
	}
	if c.p2p != nil && len(descs) > 0 {
		c.p2p.announceTxs(descs)
	}
}

// InMempool reports whether a transaction waits to be mined.
func (c *Chain) InMempool(txid chainhash.Hash) bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.pool.IsTransactionInPool(&txid)
}

// MempoolTx is a copy of a transaction that waits to be mined. Errors: ErrNoTx.
func (c *Chain) MempoolTx(txid chainhash.Hash) (*wire.MsgTx, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	tx, err := c.pool.FetchTransaction(&txid)
	if err != nil {
		return nil, ErrNoTx
	}
	return tx.MsgTx().Copy(), nil
}

// Mempool lists the transactions that wait to be mined, in no order.
func (c *Chain) Mempool() []chainhash.Hash {
	c.mu.RLock()
	defer c.mu.RUnlock()
	hashes := c.pool.TxHashes()
	txids := make([]chainhash.Hash, len(hashes))
	for i, h := range hashes {
		txids[i] = *h
	}
	return txids
}

// onNotification keeps the mempool and the faucet in step with the best
// chain. btcd calls it from within process, so with mu held.
func (c *Chain) onNotification(n *blockchain.Notification) {
	block, ok := n.Data.(*btcutil.Block)
	if !ok {
		return
	}
	switch n.Type {
	case blockchain.NTBlockConnected:
		for _, tx := range block.Transactions()[1:] {
			c.pool.RemoveTransaction(tx, false)
			c.pool.RemoveDoubleSpends(tx)
			c.pool.RemoveOrphan(tx)
			c.accepted(c.pool.ProcessOrphans(tx))
		}
		c.faucet.connected(block)
	case blockchain.NTBlockDisconnected:
		if c.reorg != nil {
			c.reorg.add(block)
		}
	}
}

// refill makes the mempool anew from candidates, parents before children, as
// it must be after a reorganisation: what is no longer valid (a spent input,
// an immature coinbase, a lock time not reached) falls out, with its children.
func (c *Chain) refill(candidates []*btcutil.Tx) {
	for _, desc := range c.pool.TxDescs() {
		c.pool.RemoveTransaction(desc.Tx, false)
	}
	for _, tx := range parentsFirst(candidates) {
		missing, _, err := c.pool.MaybeAcceptTransaction(tx, false, false)
		if err != nil || len(missing) > 0 {
			c.cfg.Log.Debug("devnet dropped a transaction",
				slog.Any("txid", tx.Hash()), slog.Int("missing_inputs", len(missing)), slog.Any("error", err))
		}
	}
}

// parentsFirst orders transactions so that each comes after those whose
// outputs it spends. A transaction given twice comes once.
func parentsFirst(txs []*btcutil.Tx) []*btcutil.Tx {
	waiting := make(map[chainhash.Hash]*btcutil.Tx, len(txs))
	for _, tx := range txs {
		waiting[*tx.Hash()] = tx
	}
	ordered := make([]*btcutil.Tx, 0, len(txs))
	// An explicit stack: a chain of unconfirmed change can be thousands long.
	for _, tx := range txs {
		stack := []*btcutil.Tx{tx}
		for len(stack) > 0 {
			top := stack[len(stack)-1]
			if waiting[*top.Hash()] == nil {
				stack = stack[:len(stack)-1]
				continue
			}
			if parent := waitingParent(top, waiting); parent != nil {
				stack = append(stack, parent)
				continue
			}
			delete(waiting, *top.Hash())
			ordered = append(ordered, top)
			stack = stack[:len(stack)-1]
		}
	}
	return ordered
}

func waitingParent(tx *btcutil.Tx, waiting map[chainhash.Hash]*btcutil.Tx) *btcutil.Tx {
	for _, in := range tx.MsgTx().TxIn {
		if parent := waiting[in.PreviousOutPoint.Hash]; parent != nil {
			return parent
		}
	}
	return nil
}

func (c *Chain) mempoolFile() string { return filepath.Join(c.cfg.Dir, "mempool") }

// saveMempool writes the waiting transactions, one after the other as on the
// wire, for the next start.
func (c *Chain) saveMempool() error {
	var txs []*btcutil.Tx
	for _, desc := range c.pool.TxDescs() {
		txs = append(txs, desc.Tx)
	}
	return durable.Replace(c.mempoolFile(), func(w io.Writer) error {
		for _, tx := range parentsFirst(txs) {
			if err := tx.MsgTx().Serialize(w); err != nil {
				return err
			}
		}
		return nil
	})
}

// loadMempool takes back what saveMempool wrote, as far as it is still valid.
// A file that cannot be read costs the waiting transactions and nothing else.
func (c *Chain) loadMempool() {
	file, err := os.Open(c.mempoolFile())
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err != nil {
		c.cfg.Log.Warn("devnet mempool file unreadable", slog.Any("error", err))
		return
	}
	defer file.Close()
	in := bufio.NewReader(file)
	for {
		var tx wire.MsgTx
		err := tx.Deserialize(in)
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			c.cfg.Log.Warn("devnet mempool file damaged", slog.Any("error", err))
			return
		}
		if err := c.submit(&tx); err != nil {
			c.cfg.Log.Debug("devnet dropped a stored transaction", slog.Any("error", err))
		}
	}
}
