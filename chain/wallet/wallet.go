package wallet

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"cairn/app/db"
	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
	"github.com/lightningnetwork/lnd/lnrpc"
	"github.com/lightningnetwork/lnd/lnrpc/walletrpc"
	"google.golang.org/grpc"
)

// Config says which node's wallet to use and within which limits.
type Config struct {
	// Conn is the node's gRPC connection (node.Node.Conn).
	Conn    grpc.ClientConnInterface
	DB      *db.DB
	Network chain.Network
	// DailyCap is the most that may be promised to miners in a day, UTC; 0 is
	// no cap.
	DailyCap btcutil.Amount
	// MaxRate refuses rates above it; 0: 1,000 sat/vB.
	MaxRate chain.FeeRate
	// Plain, if set, says which of confirmed coins, with their confirmations, are
	// money and nothing else; payments leave the others alone.
	Plain func(ctx context.Context, coins map[wire.OutPoint]int64) (map[wire.OutPoint]bool, error)
	Now   func() time.Time
	Log   *slog.Logger
}

// Wallet funds and signs with the node's coins. Its methods are safe for
// concurrent use.
type Wallet struct {
	cfg     Config
	params  *chaincfg.Params
	kit     walletrpc.WalletKitClient
	lnd     lnrpc.LightningClient
	store   store
	log     *slog.Logger
	now     func() time.Time
	maxRate chain.FeeRate

	// choosing is held while coins are chosen and leased, so that two
	// payments do not reach for the same ones.
	choosing sync.Mutex

	// failpoint is called after each step of Prepare and Replace; nil but in
	// tests.
	failpoint func(step string)
}

// New makes a Wallet; it asks the node nothing yet.
func New(cfg Config) (*Wallet, error) {
	params, err := cfg.Network.Params()
	if err != nil {
		return nil, err
	}
	if cfg.Conn == nil || cfg.DB == nil {
		return nil, errors.New("the wallet needs a node and a database")
	}
	w := &Wallet{
		cfg: cfg, params: params,
		kit: walletrpc.NewWalletKitClient(cfg.Conn), lnd: lnrpc.NewLightningClient(cfg.Conn),
		store: store{cfg.DB}, log: cfg.Log, now: cfg.Now, maxRate: cfg.MaxRate,
	}
	if w.log == nil {
		w.log = slog.New(slog.DiscardHandler)
	}
	if w.now == nil {
		w.now = time.Now
	}
	if w.maxRate == 0 {
		w.maxRate = chain.SatPerVByte(1000)
	}
	return w, nil
}

// Balance is what the wallet holds, in satoshi.
type Balance struct {
	// Fee is what confirmed fee coins hold that nothing has reserved.
	Fee btcutil.Amount
	// Reserved is in coins leased to transactions not yet confirmed.
	Reserved btcutil.Amount
	// Protected is in protected coins.
	Protected btcutil.Amount
	// Unconfirmed waits for its first block.
	Unconfirmed btcutil.Amount
}

// Balance adds up the wallet's coins by what they may be used for. Errors:
// chain.ErrEngineDown.
func (w *Wallet) Balance(ctx context.Context) (Balance, error) {
	coins, err := w.ListCoins(ctx)
	if err != nil {
		return Balance{}, err
	}
	var b Balance
	for _, c := range coins {
		switch {
		case c.Class == Protected:
			b.Protected += c.Value
		case c.Leased:
			b.Reserved += c.Value
		case c.Confirmations < 1:
			b.Unconfirmed += c.Value
		default:
			b.Fee += c.Value
		}
	}
	return b, nil
}

// AddressType is the kind of an address of the wallet, and of change.
type AddressType int

// The address types.
const (
	// P2TR is a taproot key-path address (BIP-0086), the default.
	P2TR AddressType = iota
	// P2WPKH is a segwit version 0 address (BIP-0084).
	P2WPKH
)

// NewAddress is a fresh receiving address of the wallet.
func (w *Wallet) NewAddress(ctx context.Context, t AddressType) (btcutil.Address, error) {
	return w.nextAddress(ctx, t, false)
}

func (w *Wallet) nextAddress(ctx context.Context, t AddressType, change bool) (btcutil.Address, error) {
	kind := walletrpc.AddressType_TAPROOT_PUBKEY
	if t == P2WPKH {
		kind = walletrpc.AddressType_WITNESS_PUBKEY_HASH
	}
	answer, err := w.kit.NextAddr(ctx, &walletrpc.AddrRequest{Type: kind, Change: change})
	if err != nil {
		return nil, fmt.Errorf("ask the node for an address: %w", err)
	}
	address, err := btcutil.DecodeAddress(answer.Addr, w.params)
	if err != nil {
		return nil, fmt.Errorf("read the node's address %q: %w", answer.Addr, err)
	}
	if !address.IsForNet(w.params) {
		return nil, fmt.Errorf("the node's address %s is of another network", answer.Addr)
	}
	return address, nil
}

func (w *Wallet) changeScript(ctx context.Context, t AddressType) ([]byte, error) {
	address, err := w.nextAddress(ctx, t, true)
	if err != nil {
		return nil, err
	}
	script, err := txscript.PayToAddrScript(address)
	if err != nil {
		return nil, fmt.Errorf("make the change script: %w", err)
	}
	return script, nil
}

// minRate is what nodes relay by default: 1 sat/vB, rounded up as lnd does
// (chainfee.FeePerKwFloor) so that no rounding falls below it.
const minRate = chain.FeeRate(253)

// EstimateRate is the fee rate at which a transaction should be in a block
// within targetBlocks (1 to 1008), between the relay minimum and MaxRate.
// Errors: ErrRequest, chain.ErrEngineDown.
func (w *Wallet) EstimateRate(ctx context.Context, targetBlocks int32) (chain.FeeRate, error) {
	if targetBlocks < 1 || targetBlocks > 1008 {
		return 0, refuse("a fee target is 1 to 1008 blocks, not %d", targetBlocks)
	}
	answer, err := w.kit.EstimateFee(ctx, &walletrpc.EstimateFeeRequest{ConfTarget: max(targetBlocks, 2)})
	if err != nil {
		return 0, fmt.Errorf("ask the node for a fee rate: %w", err)
	}
	rate := chain.FeeRate(answer.SatPerKw)
	return min(max(rate, minRate, chain.FeeRate(answer.MinRelayFeeSatPerKw)), w.maxRate), nil
}
