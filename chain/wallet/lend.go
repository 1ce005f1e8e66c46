package wallet

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sort"
	"time"

	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
	"github.com/lightningnetwork/lnd/lnrpc/walletrpc"
)

const (
	// maxLent is how many coins one loan may have.
	maxLent = 20
	// spareCoins is how many fee coins are never lent: what the node does for
	// itself must not wait for visitors.
	spareCoins = 1
	// longestLoan bounds Until.
	longestLoan = 24 * time.Hour
	// leaseSlack is how much longer a coin is leased than lent, so that lnd does
	// not spend one in the last moment of its loan.
	leaseSlack = time.Minute
)

// Lend sets fee coins aside for a transaction that others make and sign first;
// Cosign then signs it, TakeBack ends the loan, and so does its time. Our books
// are written before the coins are leased in lnd, and both end by themselves: a
// crash at any moment leaves nothing lent for ever. Protected coins, coins in
// flight and unconfirmed coins are never lent, nor is the last free one.
//
// Errors: ErrRequest, ErrPurposeUsed, chain.ErrNoFunds, chain.ErrEngineDown.
func (w *Wallet) Lend(ctx context.Context, req chain.LoanRequest) (chain.Loan, error) {
	if err := w.checkLoan(req); err != nil {
		return chain.Loan{}, err
	}
	change, err := w.changeScript(ctx, P2TR)
	if err != nil {
		return chain.Loan{}, err
	}
	w.choosing.Lock()
	defer w.choosing.Unlock()
	for range fundingTries {
		free, err := w.feeCoins(ctx)
		if err != nil {
			return chain.Loan{}, err
		}
		coins, err := chooseLoan(free, req)
		if err != nil {
			return chain.Loan{}, err
		}
		err = w.lendCoins(ctx, req, coins)
		if errors.Is(err, ErrCoinTaken) {
			continue
		}
		if err != nil {
			return chain.Loan{}, err
		}
		out := chain.Loan{Change: change}
		for _, c := range coins {
			out.Coins = append(out.Coins, chain.Coin{OutPoint: c.OutPoint, Value: c.Value, Script: c.Script})
		}
		return out, nil
	}
	return chain.Loan{}, noFunds("other payments keep taking the coins")
}

func (w *Wallet) checkLoan(req chain.LoanRequest) error {
	if req.Purpose == "" || len(req.Purpose) > maxPurpose {
		return refuse("a purpose has 1 to %d bytes, not %d", maxPurpose, len(req.Purpose))
	}
	if req.Need <= 0 || req.Need > btcutil.MaxSatoshi {
		return refuse("a loan of %d satoshi", int64(req.Need))
	}
	if life := req.Until.Sub(w.now()); life <= 0 || life > longestLoan {
		return refuse("a loan for %v", life)
	}
	return w.checkRate(req.Rate)
}

// lendCoins writes the loan down and then leases its coins. Errors:
// ErrCoinTaken, after which nothing is lent.
func (w *Wallet) lendCoins(ctx context.Context, req chain.LoanRequest, coins []Coin) error {
	if err := w.store.lend(ctx, req, coins, w.now()); err != nil {
		return err
	}
	w.reach("lent")
	id, life := purposeID(req.Purpose), req.Until.Sub(w.now())+leaseSlack
	err := w.leaseFor(ctx, id, coins, nil, life)
	if err == nil {
		w.reach("leased")
		return nil
	}
	if _, undo := w.store.takeBack(context.WithoutCancel(ctx), req.Purpose); undo != nil {
		w.log.Warn("loan not taken back; it ends by itself", "purpose", req.Purpose, "error", undo)
	}
	return err
}

// chooseLoan prefers one coin: where there can be change the smallest whose
// change is worth keeping, where there cannot the nearest. Errors:
// chain.ErrNoFunds.
func chooseLoan(free []Coin, req chain.LoanRequest) ([]Coin, error) {
	bySize := append([]Coin(nil), free...)
	sort.Slice(bySize, func(i, j int) bool {
		if bySize[i].Value != bySize[j].Value {
			return bySize[i].Value < bySize[j].Value
		}
		return less(bySize[i].OutPoint, bySize[j].OutPoint)
	})
	room := btcutil.Amount(0)
	if !req.Exact {
		room = bumpRoom * req.Need
	}
	coins := oneOf(bySize, req, room)
	if coins == nil {
		coins = oneOf(bySize, req, 0)
	}
	if coins == nil && !req.Exact {
		coins = several(bySize, req)
	}
	switch {
	case coins == nil:
		return nil, noFunds("no confirmed fee coins are free that together pay for it")
	case len(free)-len(coins) < spareCoins:
		return nil, noFunds("the fee coins that are free are kept for the node's own transactions")
	}
	return coins, nil
}

func oneOf(bySize []Coin, req chain.LoanRequest, room btcutil.Amount) []Coin {
	for _, c := range bySize {
		if worth(c, req.Rate) >= req.Need+room {
			return []Coin{c}
		}
	}
	return nil
}

func several(bySize []Coin, req chain.LoanRequest) []Coin {
	sum := btcutil.Amount(0)
	for i := len(bySize) - 1; i >= 0 && len(bySize)-i <= maxLent; i-- {
		if sum += worth(bySize[i], req.Rate); sum >= req.Need {
			return bySize[i:]
		}
	}
	return nil
}

// worth is what a coin brings after what spending it costs. The byte more of a
// taproot signature is what channels/sponsor reckons with.
func worth(c Coin, rate chain.FeeRate) btcutil.Amount {
	witness := int64(p2wpkhWitness)
	if txscript.IsPayToTaproot(c.Script) {
		witness = p2trWitness + 1
	}
	return c.Value - rate.Fee(inputWeight+witness)
}

// TakeBack ends a loan that was not signed away. A loan that is over or was
// never made is no error.
func (w *Wallet) TakeBack(ctx context.Context, purpose string) error {
	w.choosing.Lock()
	defer w.choosing.Unlock()
	coins, err := w.store.takeBack(ctx, purpose)
	if err != nil {
		return err
	}
	w.releaseAll(ctx, purposeID(purpose), coins)
	return nil
}

// Owns lists the coins of the wallet now, for telling whether one is its own.
func (w *Wallet) Owns(ctx context.Context) (func(wire.OutPoint) bool, error) {
	coins, err := w.ListCoins(ctx)
	if err != nil {
		return nil, err
	}
	own := make(map[wire.OutPoint]bool, len(coins))
	for _, c := range coins {
		own[c.OutPoint] = true
	}
	return func(op wire.OutPoint) bool { return own[op] }, nil
}

// Cosign has the node sign its inputs of a transaction that a loan pays for,
// checks the whole, and remembers it in the books as the one transaction of its
// purpose; it never broadcasts. Repeated, also after a crash, it returns what
// was signed. A shared transaction cannot be replaced by Replace: the others'
// signatures are for this one alone.
//
// Errors: chain.ErrLoanOver; ErrDecided; ErrSigned; what Check says;
// chain.ErrProtected, chain.ErrFeeCap, chain.ErrEngineDown.
func (w *Wallet) Cosign(ctx context.Context, req chain.CosignRequest) ([]byte, error) {
	w.choosing.Lock()
	defer w.choosing.Unlock()
	raw, err := w.signShared(ctx, req)
	if errors.Is(err, ErrCoinTaken) {
		return nil, fmt.Errorf("%w: %w", chain.ErrLoanOver, err)
	}
	return raw, err
}

func (w *Wallet) signShared(ctx context.Context, req chain.CosignRequest) ([]byte, error) {
	before, state, err := w.store.latest(ctx, req.Purpose)
	switch {
	case err != nil:
		return nil, err
	case before != nil && state == conflicted:
		return nil, fmt.Errorf("%w: %s, for %s", ErrDecided, before.Txid, req.Purpose)
	case before != nil:
		return before.Raw, nil
	}
	if err := w.holdLoan(ctx, req); err != nil {
		return nil, err
	}
	draft, err := w.cosign(ctx, req)
	if err != nil {
		return nil, err
	}
	w.reach("signed")
	err = w.store.insertLent(ctx, draft, req.Charge, w.cfg.DailyCap, w.now())
	if errors.Is(err, errRaced) {
		if first, _, again := w.store.latest(ctx, req.Purpose); again == nil && first != nil {
			return first.Raw, nil
		}
	}
	if err != nil {
		return nil, err
	}
	w.reach("stored")
	w.log.Info("shared transaction signed", "purpose", req.Purpose, "txid", draft.Txid, "fee_sat", int64(draft.Fee))
	return draft.Raw, nil
}

// holdLoan makes sure that the loan stands and leases its coins for as long as
// a transaction may wait. Errors: ErrCoinTaken.
func (w *Wallet) holdLoan(ctx context.Context, req chain.CosignRequest) error {
	coins, err := w.store.lentFor(ctx, req.Purpose, w.now())
	if err != nil {
		return err
	}
	if len(coins) == 0 {
		return fmt.Errorf("%w: the loan for %s is over", ErrCoinTaken, req.Purpose)
	}
	return w.leaseCoins(ctx, purposeID(req.Purpose), coins, nil)
}

// cosign asks lnd and takes nothing on trust.
func (w *Wallet) cosign(ctx context.Context, req chain.CosignRequest) (*Signed, error) {
	answer, err := w.kit.FinalizePsbt(ctx, &walletrpc.FinalizePsbtRequest{FundedPsbt: req.PSBT})
	if err != nil {
		return nil, fmt.Errorf("have the node sign: %w", err)
	}
	var final wire.MsgTx
	if err := final.Deserialize(bytes.NewReader(answer.RawFinalTx)); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSigned, err)
	}
	if err := verify(&final, req.Prevouts); err != nil {
		return nil, err
	}
	if err := req.Check(&final); err != nil {
		return nil, err
	}
	raw, err := serialize(&final)
	if err != nil {
		return nil, err
	}
	out := &Signed{
		Purpose: req.Purpose, Tx: &final, Raw: raw, Txid: final.TxHash(), Fee: req.Fee,
		Prevouts: req.Prevouts, Change: req.Change, Shared: true,
	}
	for _, in := range final.TxIn {
		out.Inputs = append(out.Inputs, in.PreviousOutPoint)
	}
	return out, nil
}

// releaseLoans ends the loans whose time is over.
func (w *Wallet) releaseLoans(ctx context.Context) error {
	over, err := w.store.endLoans(ctx, w.now())
	if err != nil {
		return err
	}
	for purpose, coins := range over {
		w.releaseAll(ctx, purposeID(purpose), coins)
	}
	return nil
}
