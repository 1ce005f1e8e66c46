package payment

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"cairn/app/audit"
	"cairn/chain"
	"cairn/channels/bip321"

	"github.com/btcsuite/btcd/blockchain"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// Request is what the operator wants paid, as he typed it.
type Request struct {
	// To is an address, or a payment link ("bitcoin:…").
	To string
	// Amount is in satoshi, digits only; empty when the link says it. Whole
	// sends all there is.
	Amount string
	Whole  bool
	// Label is a note for himself, at most 200 bytes.
	Label string
	// By is what the audit log calls him.
	By string
}

// draftLife is how long a draft is kept that nobody confirmed.
const draftLife = 24 * time.Hour

// Draft writes a payment down; nothing is signed yet. Errors: ErrAddress,
// ErrForeign, ErrAmount.
func (s *Payments) Draft(ctx context.Context, req Request) (ID, error) {
	address, asked, err := target(req.To)
	if err != nil {
		return ID{}, err
	}
	script, err := scriptOf(address, s.cfg.Network)
	if err != nil {
		return ID{}, err
	}
	amount := btcutil.Amount(0)
	if !req.Whole {
		if amount, err = amountOf(req.Amount, asked, script); err != nil {
			return ID{}, err
		}
	}
	var id ID
	if _, err := io.ReadFull(s.cfg.Rand, id[:]); err != nil {
		return ID{}, err
	}
	now := s.cfg.Now().UTC().Truncate(time.Second)
	row := record{
		ID: id[:], Address: address, Script: script, Label: audit.Clean(req.Label, maxLabel), Whole: req.Whole,
		AmountSat: int64(amount), State: Draft, MadeBy: req.By, CreatedAt: now.Unix(),
	}
	err = s.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		if err := tx.Where("state = ? AND created_at < ?", Draft, now.Add(-draftLife).Unix()).Delete(&record{}).Error; err != nil {
			return err
		}
		return tx.Create(&row).Error
	})
	return id, err
}

const maxLabel = 200

// target takes an address out of what was typed, and the amount of a payment
// link, 0 without one.
func target(text string) (address string, asked btcutil.Amount, err error) {
	text = strings.TrimSpace(text)
	if len(text) > 4000 {
		return "", 0, ErrAddress
	}
	if !strings.Contains(text, ":") {
		return text, 0, nil
	}
	link, err := bip321.Parse(text)
	if err != nil || len(link.Addresses) == 0 {
		return "", 0, fmt.Errorf("%w: %w", ErrAddress, errors.Join(err))
	}
	return link.Addresses[0], link.Amount, nil
}

// networks are those an address may be recognised as.
var networks = []chain.Network{chain.Mainnet, chain.Testnet4, chain.Signet, chain.Devnet}

// scriptOf is the output script of an address. Errors: ErrAddress; *Foreign for
// one of another network.
func scriptOf(address string, here chain.Network) ([]byte, error) {
	script, err := scriptOn(address, here)
	if err == nil {
		return script, nil
	}
	for _, other := range networks {
		if other == here {
			continue
		}
		if _, otherErr := scriptOn(address, other); otherErr == nil {
			return nil, &Foreign{Network: other}
		}
	}
	return nil, fmt.Errorf("%w: %w", ErrAddress, err)
}

func scriptOn(address string, network chain.Network) ([]byte, error) {
	params, err := network.Params()
	if err != nil {
		return nil, err
	}
	decoded, err := btcutil.DecodeAddress(address, params)
	if err != nil {
		return nil, err
	}
	if _, bare := decoded.(*btcutil.AddressPubKey); bare || !decoded.IsForNet(params) {
		return nil, ErrAddress
	}
	return txscript.PayToAddrScript(decoded)
}

// Foreign is the error of an address of another network. It matches ErrForeign.
type Foreign struct {
	// Network is one it belongs to; the test networks share their addresses.
	Network chain.Network
}

// Error names the network.
func (f *Foreign) Error() string { return fmt.Sprintf("%s: %s", ErrForeign, f.Network) }

// Is makes it match ErrForeign.
func (f *Foreign) Is(target error) bool { return target == ErrForeign }

// amountOf reads an amount in satoshi. Error: ErrAmount.
func amountOf(text string, asked btcutil.Amount, script []byte) (btcutil.Amount, error) {
	text = strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", ",", "").Replace(strings.TrimSpace(text))
	amount := asked
	if text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("%w: %q is not a number of satoshi", ErrAmount, text)
		}
		amount = btcutil.Amount(n)
	}
	if amount < leastFor(script) || amount > btcutil.MaxSatoshi {
		return 0, fmt.Errorf("%w: %d satoshi", ErrAmount, int64(amount))
	}
	return amount, nil
}

// leastFor is the smallest amount an output may have to be relayed, by Bitcoin
// Core's rule at 3 sat/vB: a third of what it costs to make and spend it.
func leastFor(script []byte) btcutil.Amount {
	switch {
	case txscript.IsPayToWitnessPubKeyHash(script):
		return 294
	case txscript.IsPayToTaproot(script), txscript.IsPayToWitnessScriptHash(script):
		return 330
	}
	return 546
}

// Speed is one of the fees a payment can be sent at.
type Speed struct {
	// Blocks is in how many blocks it should be there; 0 for a rate of the
	// operator's own.
	Blocks int32
	Rate   chain.FeeRate
	Fee    btcutil.Amount
	// Amount is what arrives, which for all there is depends on the fee.
	Amount btcutil.Amount
	// Left is what the wallet's free coins hold afterwards.
	Left btcutil.Amount
}

// targets are the speeds offered: the next block or the one after, about an
// hour, about a day.
var targets = []int32{2, 6, 144}

// Speeds are the fees a draft can be sent at, the fastest first; those that cost
// the same are one. own, if not 0, is a further rate to be tried. Nothing is
// reserved. Errors: ErrUnknown, ErrReserve; ErrRate for own out of bounds;
// chain.ErrNoFunds, chain.ErrEngineDown.
func (s *Payments) Speeds(ctx context.Context, id ID, own chain.FeeRate) ([]Speed, error) {
	p, err := s.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if own != 0 {
		speed, err := s.at(ctx, p, own)
		return []Speed{speed}, err
	}
	var out []Speed
	for _, blocks := range targets {
		rate, err := s.cfg.Wallet.EstimateRate(ctx, blocks)
		if err != nil {
			return nil, err
		}
		if len(out) > 0 && out[len(out)-1].Rate <= rate {
			continue
		}
		speed, err := s.at(ctx, p, rate)
		if errors.Is(err, chain.ErrNoFunds) || errors.Is(err, ErrReserve) {
			if blocks != targets[len(targets)-1] {
				continue // a slower one may be cheap enough
			}
		}
		if err != nil {
			return nil, err
		}
		speed.Blocks = blocks
		out = append(out, speed)
	}
	return out, nil
}

// at is what a payment costs at a rate.
func (s *Payments) at(ctx context.Context, p Payment, rate chain.FeeRate) (Speed, error) {
	reserve, err := s.cfg.Wallet.Reserve(ctx)
	if err != nil {
		return Speed{}, err
	}
	amount := p.Amount
	if p.Whole {
		if amount, err = s.cfg.Wallet.Most(ctx, p.script, rate, reserve); err != nil {
			return Speed{}, err
		}
	}
	estimate, err := s.cfg.Wallet.Plan(ctx, Order{Purpose: p.ID.purpose(), Script: p.script, Amount: amount, Rate: rate})
	if err != nil {
		return Speed{}, err
	}
	if estimate.Left < reserve {
		return Speed{}, fmt.Errorf("%w: %d satoshi would be left of the %d", ErrReserve, int64(estimate.Left), int64(reserve))
	}
	return Speed{Rate: rate, Fee: estimate.Fee, Amount: amount, Left: estimate.Left}, nil
}

// ParseRate reads a rate in sat/vB, as "2.5". Error: ErrRate.
func ParseRate(text string) (chain.FeeRate, error) {
	perVByte, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || math.IsNaN(perVByte) || perVByte < 1 || perVByte > 10_000 {
		return 0, ErrRate
	}
	return chain.FeeRate(math.Round(perVByte * 250)), nil
}

func weightOf(msg *wire.MsgTx) int64 { return blockchain.GetTransactionWeight(btcutil.NewTx(msg)) }
