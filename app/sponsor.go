package app

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/netip"
	"time"

	"cairn/app/db"
	"cairn/app/db/outbox"
	"cairn/chain"
	"cairn/chain/coins"
	"cairn/chain/follow"
	"cairn/channels/amount"
	"cairn/channels/fees"
	"cairn/channels/sponsoring"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// openProposals is how many proposals one visitor may have open.
const openProposals = 10

// longestProposal bounds how long a visitor's proposal holds coins.
const longestProposal = time.Hour

// openSponsor sets up what pays the network fee of visitors' transactions.
func (a *App) openSponsor(context.Context) (err error) {
	cfg := sponsoring.Config{
		DB:     a.db,
		Wallet: a.feeWallet(),
		Till:   a.till,
		Coins:  a.sponsorCoins(), // with places of its own
		Tariff: fees.Tariff{
			Margin: 10 * a.cfg.Prices.SponsorMargin, // percent to thousandths
			Least:  amount.MilliSatoshi(a.cfg.Prices.SponsorLeast) * amount.PerSatoshi,
		},
		Gift:     mostGift,
		Seed:     mostSeed,
		OpenEach: openProposals,
		Life:     min(a.cfg.Till.Expiry, longestProposal),
		Epoch:    a.term.epoch,
		Fence:    a.term.fence,
		Sent:     a.sender.Wake,
		Rand:     rand.Reader,
		Now:      a.now,
		Log:      a.log.With("part", "sponsor"),
	}
	if a.sponsor, err = sponsoring.New(cfg); err != nil {
		return err
	}
	a.sells(sale{what: sponsoring.What, deliver: a.deliverSponsored})
	return nil
}

// deliverSponsored sends what was paid for and has its signatures; what waits
// for them is asked for again when they come.
func (a *App) deliverSponsored(ctx context.Context, q fees.Quote) error {
	_, err := a.sponsor.Paid(ctx, q.ID)
	if errors.Is(err, sponsoring.ErrUnknown) {
		_, err = a.till.Return(ctx, q.ID) // its proposal was never kept
	}
	return err
}

func (a *App) sponsorCoins() sponsorCoins {
	return sponsorCoins{db: a.db, finder: a.finder(), all: a.devnet != nil, waiting: a.sentByUs}
}

// sponsorCoins looks visitors' coins up.
type sponsorCoins struct {
	db     *db.DB
	finder coins.Finder
	// all: the finder knows every coin there is, and needs no hint.
	all bool
	// waiting is a transaction that was sent from here, and that no block has; nil for
	// any other.
	waiting func(ctx context.Context, txid chainhash.Hash) (*wire.MsgTx, error)
}

const (
	// sponsorDepth is how many blocks back a coin is searched of which nobody says
	// where it is, and sponsorLook how long.
	sponsorDepth = 36
	sponsorLook  = 10 * time.Second
)

// Unspent implements sponsoring.Coins. Coins of the wallets in visitors' browsers
// are watched, and known by that.
func (c sponsorCoins) Unspent(ctx context.Context, op wire.OutPoint, said *wire.TxOut) (*wire.TxOut, error) {
	hint := coins.Hint{Script: said.PkScript}
	if out, err := c.made(ctx, op); err != nil || out != nil {
		return out, err
	}
	if !c.all {
		watched, err := follow.CoinAt(c.db.Read(ctx), op)
		switch {
		case err == nil && watched.Spent != nil:
			return nil, nil
		case err == nil && watched.Created != (chain.BlockRef{}):
			return wire.NewTxOut(int64(watched.Value), watched.Script), nil
		case err != nil && !errors.Is(err, follow.ErrNoCoin):
			return nil, err
		}
		tip, err := follow.Cursor(c.db.Read(ctx))
		if err != nil {
			return nil, err
		}
		hint.Height = max(tip.Height-sponsorDepth, 1)
	}
	ctx, cancel := context.WithTimeout(ctx, sponsorLook)
	defer cancel()
	found, err := c.finder.Look(ctx, op, hint)
	switch {
	case err == nil && !found.Spent && found.Block != (chain.BlockRef{}):
		return found.Out, nil
	case err == nil, c.all && errors.Is(err, coins.ErrNone):
		return nil, nil
	case !c.all && (errors.As(err, new(coins.ErrorKind)) || errors.Is(err, context.DeadlineExceeded)):
		return said, nil // nobody can tell
	}
	return nil, err
}

// made is a coin of a transaction that was sent from here and waits for a block, unless
// another such transaction spends it.
func (c sponsorCoins) made(ctx context.Context, op wire.OutPoint) (*wire.TxOut, error) {
	if c.waiting == nil {
		return nil, nil
	}
	tx, err := c.waiting(ctx, op.Hash)
	if err != nil || tx == nil || int64(op.Index) >= int64(len(tx.TxOut)) {
		return nil, err
	}
	holding, err := outbox.Holding(c.db.Read(ctx), []wire.OutPoint{op})
	if err != nil || holding[op] != "" {
		return nil, err
	}
	return tx.TxOut[op.Index], nil
}

// sponsorDesk is sponsoring for visitors.
type sponsorDesk struct {
	*sponsoring.Service
	secret [sha256.Size]byte
}

func (a *App) sponsorDesk() sponsorDesk { return sponsorDesk{a.sponsor, a.secret.of("sources")} }

// Propose implements api.Sponsor. Of the address nothing is kept but a keyed sum
// of its network, by which one visitor's proposals are counted.
func (d sponsorDesk) Propose(ctx context.Context, address string, req sponsoring.Request) (sponsoring.Proposal, error) {
	mac := hmac.New(sha256.New, d.secret[:])
	mac.Write([]byte(networkOf(address)))
	req.Source, req.Grant = "address/"+hex.EncodeToString(mac.Sum(nil)[:16]), ""
	return d.Service.Propose(ctx, req)
}

// networkOf is an address, or of an IPv6 address the 64 bits that one customer
// is given.
func networkOf(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil || ip.Is4() || ip.Is4In6() {
		return address
	}
	prefix, err := ip.Prefix(64)
	if err != nil {
		return address
	}
	return prefix.String()
}
