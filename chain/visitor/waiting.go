package visitor

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"cairn/chain"
	"cairn/chain/follow"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// waiting are the transactions that no block holds yet, as far as they are known
// here: those of the mempool, and visitors' own whose coins and signatures were
// checked.
type waiting struct {
	mu     sync.RWMutex // guards what is below
	txs    map[chainhash.Hash]*wire.MsgTx
	coins  map[[32]byte][]Coin // by the hash of their script
	spends map[wire.OutPoint]chainhash.Hash
}

func newWaiting() *waiting { return &waiting{} }

// paying are the coins that wait and pay one of the scripts.
func (w *waiting) paying(scripts [][]byte) []Coin {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if len(w.coins) == 0 {
		return nil
	}
	var coins []Coin
	for _, script := range scripts {
		coins = append(coins, w.coins[sha256.Sum256(script)]...)
	}
	return coins
}

// spender is what waits and spends a coin; nil for nothing.
func (w *waiting) spender(outpoint wire.OutPoint) *Spend {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if txid, ok := w.spends[outpoint]; ok {
		return &Spend{Txid: txid}
	}
	return nil
}

// set takes the transactions there are now, and reports whether they are others.
func (w *waiting) set(txs map[chainhash.Hash]*wire.MsgTx) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	same := len(txs) == len(w.txs)
	for txid := range txs {
		same = same && w.txs[txid] != nil
	}
	if same {
		return false
	}
	w.txs = txs
	w.coins = make(map[[32]byte][]Coin)
	w.spends = make(map[wire.OutPoint]chainhash.Hash)
	for txid, tx := range txs {
		for _, in := range tx.TxIn {
			w.spends[in.PreviousOutPoint] = txid
		}
		for i, out := range tx.TxOut {
			key := sha256.Sum256(out.PkScript)
			w.coins[key] = append(w.coins[key], Coin{
				Outpoint: wire.OutPoint{Hash: txid, Index: uint32(i)}, Value: btcutil.Amount(out.Value), Script: out.PkScript,
			})
		}
	}
	return true
}

// addTo adds the transactions of the last look.
func (w *waiting) addTo(txs map[chainhash.Hash]*wire.MsgTx) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	maps.Copy(txs, w.txs)
}

// get is a transaction that waited at the last look; nil for none.
func (w *waiting) get(txid chainhash.Hash) *wire.MsgTx {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.txs[txid]
}

// lookEvery is how often Look looks. What a mempool gets is shown that soon.
const lookEvery = 400 * time.Millisecond

// Look tells those who wait when the chain or the mempool has changed, until ctx
// ends. Every process runs it, whichever takes in the blocks.
func (s *Service) Look(ctx context.Context) {
	for {
		if err := s.look(ctx); err != nil && ctx.Err() == nil {
			s.cfg.Log.Warn("the mempool or the last block could not be read", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(lookEvery):
		}
	}
}

func (s *Service) look(ctx context.Context) error {
	cursor, err := follow.Cursor(s.cfg.DB.Read(ctx))
	if err != nil && !errors.Is(err, chain.ErrNoBlock) {
		return err
	}
	txs, err := s.known(ctx)
	if err != nil {
		return err
	}
	if tip, err := s.cfg.Source.Tip(ctx); s.cfg.Mempool != nil && (err != nil || tip != cursor) {
		// What a block has taken out of the mempool is not gone: the block is about
		// to be taken in.
		s.waiting.addTo(txs)
	}
	s.mu.Lock()
	moved := cursor != s.cursor
	s.cursor = cursor
	s.mu.Unlock()
	if s.waiting.set(txs) || moved {
		s.announce()
	}
	return nil
}

// known are the transactions that wait.
func (s *Service) known(ctx context.Context) (map[chainhash.Hash]*wire.MsgTx, error) {
	txs := make(map[chainhash.Hash]*wire.MsgTx)
	if s.cfg.Mempool != nil {
		for _, txid := range s.cfg.Mempool.Mempool() {
			tx := s.waiting.get(txid)
			if tx == nil {
				var err error
				if tx, err = s.cfg.Mempool.MempoolTx(txid); err != nil {
					continue // mined meanwhile
				}
			}
			txs[txid] = tx
		}
		return txs, nil
	}
	var rows []keptRecord
	if err := s.cfg.DB.Read(ctx).Where("height IS NULL AND checked = ?", true).Limit(mostKept).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("reading visitors' transactions: %w", err)
	}
	slices.SortFunc(rows, func(a, b keptRecord) int { return int(a.CreatedAt - b.CreatedAt) })
	for _, r := range rows {
		tx := s.waiting.get(chainhash.Hash(r.Txid))
		if tx == nil {
			tx = new(wire.MsgTx)
			if err := tx.Deserialize(bytes.NewReader(r.Raw)); err != nil {
				continue
			}
		}
		txs[chainhash.Hash(r.Txid)] = tx
	}
	return txs, nil
}
