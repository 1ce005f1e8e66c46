// Package light looks coins up through lnd, where nobody keeps the set of all
// coins: in the blocks from a height on, by their compact filters (BIP-0157)
// where the node is a light client, else whole. It sees no mempool.
//
// The answer is certain for the blocks looked at: the filter of a block holds
// the scripts of all outputs it makes and of all it spends, so that a block
// without the coin's script neither makes nor spends it. lnd's confirmation
// notification is asked for at the same time. It says nothing of a coin that
// does not exist, and so cannot be the answer; but it has the light client
// fetch the filters a thousand at a time, which are then at hand, and says
// where to begin.
package light

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"cairn/chain"
	"cairn/chain/coins"

	"github.com/btcsuite/btcd/blockchain"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/btcutil/gcs"
	"github.com/btcsuite/btcd/btcutil/gcs/builder"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"github.com/lightningnetwork/lnd/lnrpc/chainrpc"
	"github.com/lightningnetwork/lnd/lnrpc/neutrinorpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Finder implements coins.Finder over the node's connection.
type Finder struct {
	kit      chainrpc.ChainKitClient
	notifier chainrpc.ChainNotifierClient
	filters  neutrinorpc.NeutrinoKitClient
	// headStart is how long the notification may take before blocks are looked at
	// one by one.
	headStart time.Duration
}

var _ coins.Finder = (*Finder)(nil)

// New makes a Finder of the node's connection.
func New(conn grpc.ClientConnInterface) *Finder {
	return &Finder{
		kit:       chainrpc.NewChainKitClient(conn),
		notifier:  chainrpc.NewChainNotifierClient(conn),
		filters:   neutrinorpc.NewNeutrinoKitClient(conn),
		headStart: 5 * time.Second,
	}
}

// fewBlocks are looked at one by one at once.
const fewBlocks = 50

// tries bounds how often the search begins anew because the chain changed.
const tries = 3

// Look implements coins.Finder. The hint needs script and height.
func (f *Finder) Look(ctx context.Context, at wire.OutPoint, hint coins.Hint) (coins.Found, error) {
	if len(hint.Script) == 0 || hint.Height <= 0 {
		return coins.Found{}, fmt.Errorf("%w: %s", coins.ErrNoHint, at)
	}
	for range tries {
		tip, err := f.tip(ctx)
		if err != nil {
			return coins.Found{}, err
		}
		if hint.Height > tip.Height {
			return coins.Found{}, fmt.Errorf("%w: the newest block is %d", coins.ErrNone, tip.Height)
		}
		found, err := f.search(ctx, at, hint, tip)
		if err != nil && !errors.Is(err, coins.ErrNone) {
			return coins.Found{}, err
		}
		same, sameErr := f.hashAt(ctx, tip.Height)
		if sameErr != nil {
			return coins.Found{}, sameErr
		}
		if same == tip.Hash {
			found.Tip = tip
			return found, err
		}
	}
	return coins.Found{}, fmt.Errorf("%w: the chain changes while it is looked at", coins.ErrSlow)
}

func (f *Finder) tip(ctx context.Context) (chain.BlockRef, error) {
	best, err := f.kit.GetBestBlock(ctx, &chainrpc.GetBestBlockRequest{})
	if err != nil {
		return chain.BlockRef{}, asking(err, "the best block")
	}
	hash, err := chainhash.NewHash(best.BlockHash)
	if err != nil {
		return chain.BlockRef{}, fmt.Errorf("read the best block's hash: %w", err)
	}
	return chain.BlockRef{Height: best.BlockHeight, Hash: *hash}, nil
}

func (f *Finder) hashAt(ctx context.Context, height int32) (chainhash.Hash, error) {
	answer, err := f.kit.GetBlockHash(ctx, &chainrpc.GetBlockHashRequest{BlockHeight: int64(height)})
	if err != nil {
		return chainhash.Hash{}, asking(err, "block %d", height)
	}
	hash, err := chainhash.NewHash(answer.BlockHash)
	if err != nil {
		return chainhash.Hash{}, fmt.Errorf("read the hash of block %d: %w", height, err)
	}
	return *hash, nil
}

// asking says what the node did not give. That its peers do not serve something
// now is no answer about the coin.
func asking(err error, what string, args ...any) error {
	if !errors.Is(err, chain.ErrEngineDown) {
		err = fmt.Errorf("%w: %w", coins.ErrSlow, err)
	}
	return fmt.Errorf("ask the node for "+what+": %w", append(args, err)...)
}

// search goes through the blocks from the hint to the tip.
func (f *Finder) search(ctx context.Context, at wire.OutPoint, hint coins.Hint, tip chain.BlockRef) (coins.Found, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var told <-chan int32 // never, where a few blocks are looked at
	if tip.Height-hint.Height > fewBlocks {
		told = f.notified(ctx, at, hint)
		select {
		case height := <-told:
			hint.Height = max(hint.Height, min(height, tip.Height))
		case <-time.After(f.headStart):
		case <-ctx.Done():
			return coins.Found{}, ctx.Err()
		}
	}
	var found coins.Found
	for height := hint.Height; height <= tip.Height; height++ {
		if found.Tx == nil {
			select {
			case later := <-told:
				height = max(height, min(later, tip.Height))
			default:
			}
		}
		block, err := f.matching(ctx, height, hint.Script)
		if err != nil {
			return coins.Found{}, err
		}
		if block == nil {
			continue
		}
		read(&found, at, block, height)
		if found.Spent {
			break
		}
	}
	if found.Tx == nil {
		return found, fmt.Errorf("%w: %s, from block %d to %d", coins.ErrNone, at, hint.Height, tip.Height)
	}
	return found, nil
}

// read looks for the coin in a block.
func read(found *coins.Found, at wire.OutPoint, block *wire.MsgBlock, height int32) {
	ref := chain.BlockRef{Height: height, Hash: block.BlockHash()}
	for _, tx := range block.Transactions {
		if found.Tx == nil && tx.TxHash() == at.Hash && uint64(at.Index) < uint64(len(tx.TxOut)) {
			found.Tx, found.Out, found.Block = tx, tx.TxOut[at.Index], ref
			found.Coinbase = blockchain.IsCoinBaseTx(tx)
		}
		for _, in := range tx.TxIn {
			if found.Tx != nil && in.PreviousOutPoint == at {
				found.Spent, found.Spender, found.SpentAt = true, tx.TxHash(), ref
			}
		}
	}
}

// notified gives the height of the block that holds the coin's transaction, if
// the node finds one, until ctx ends.
func (f *Finder) notified(ctx context.Context, at wire.OutPoint, hint coins.Hint) <-chan int32 {
	told := make(chan int32, 1)
	go func() {
		stream, err := f.notifier.RegisterConfirmationsNtfn(ctx, &chainrpc.ConfRequest{
			Txid: at.Hash[:], Script: hint.Script, NumConfs: 1, HeightHint: uint32(hint.Height),
		})
		if err != nil {
			return // the blocks will tell
		}
		for {
			event, err := stream.Recv()
			if err != nil {
				return
			}
			if conf := event.GetConf(); conf != nil {
				told <- int32(conf.BlockHeight)
				return
			}
		}
	}()
	return told
}

// matching is the block at a height if it may hold the script; else nil.
func (f *Finder) matching(ctx context.Context, height int32, script []byte) (*wire.MsgBlock, error) {
	hash, err := f.hashAt(ctx, height)
	if err != nil {
		return nil, err
	}
	answer, err := f.filters.GetCFilter(ctx, &neutrinorpc.GetCFilterRequest{Hash: hash.String()})
	switch {
	case err == nil:
		may, err := matches(answer.Filter, hash, script)
		if err != nil || !may {
			return nil, err
		}
	case !withoutFilters(err):
		return nil, asking(err, "the filter of block %d", height)
	}
	return f.block(ctx, hash)
}

// withoutFilters tells a node that is no light client.
func withoutFilters(err error) bool {
	return status.Code(err) == codes.Unimplemented || strings.Contains(err.Error(), neutrinorpc.ErrNeutrinoNotActive.Error())
}

// matches asks a basic filter (BIP-0158) for a script.
func matches(raw []byte, block chainhash.Hash, script []byte) (bool, error) {
	n := elements(raw)
	if n == 0 {
		return false, nil
	}
	filter, err := gcs.FromBytes(n, builder.DefaultP, builder.DefaultM, raw)
	if err != nil {
		return false, fmt.Errorf("read the filter of block %s: %w", block, err)
	}
	may, err := filter.Match(builder.DeriveKey(&block), script)
	if err != nil {
		return false, fmt.Errorf("ask the filter of block %s: %w", block, err)
	}
	return may, nil
}

// elements counts those of a filter, whose number lnd leaves out: each is a
// quotient in ones and a zero, and a remainder of P bits (Golomb-Rice). The
// zeros that fill the last byte are too few for another.
func elements(raw []byte) (n uint32) {
	bits := 8 * len(raw)
	for at := 0; at < bits; n++ {
		for at < bits && raw[at/8]&(0x80>>(at%8)) != 0 {
			at++
		}
		if at += 1 + builder.DefaultP; at > bits {
			return n
		}
	}
	return n
}

func (f *Finder) block(ctx context.Context, hash chainhash.Hash) (*wire.MsgBlock, error) {
	answer, err := f.kit.GetBlock(ctx, &chainrpc.GetBlockRequest{BlockHash: hash[:]})
	if err != nil {
		return nil, asking(err, "block %s", hash)
	}
	var block wire.MsgBlock
	if err := block.Deserialize(bytes.NewReader(answer.RawBlock)); err != nil {
		return nil, fmt.Errorf("read block %s: %w", hash, err)
	}
	// What the header commits to is checked, as the whole answer rests on it.
	txs := make([]*btcutil.Tx, len(block.Transactions))
	for i, tx := range block.Transactions {
		txs[i] = btcutil.NewTx(tx)
	}
	if block.BlockHash() != hash || blockchain.CalcMerkleRoot(txs, false) != block.Header.MerkleRoot {
		return nil, fmt.Errorf("the node answered with another block than %s", hash)
	}
	return &block, nil
}
