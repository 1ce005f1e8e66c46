package wallet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
	"github.com/lightningnetwork/lnd/lnrpc"
)

// Request is a transaction to be made.
type Request struct {
	// Purpose names what it is for, 1 to 200 bytes, unique for all time
	// ("anchor/17"). Asking again for a purpose gives the transaction that was
	// signed for it.
	Purpose string
	// Outputs are paid in this order; a change output comes after them. At
	// most one of them is an OP_RETURN, of value 0.
	Outputs []*wire.TxOut
	Rate    chain.FeeRate
	// Change is the type of a change output.
	Change AddressType
}

const (
	maxPurpose = 200
	maxOutputs = 500
	// maxNullData is the longest OP_RETURN script that is relayed: 80 bytes
	// of data.
	maxNullData = 83
)

// fundingTries is how often coins are chosen anew when others take them.
const fundingTries = 5

// Prepare funds a transaction from confirmed fee coins, signs it, checks every
// signature with the script engine, remembers it and returns it. It never
// broadcasts. All inputs signal replaceability (BIP-0125).
//
// It is safe to repeat with the same request, also after a crash at any point:
// what was signed is returned again, as it was last replaced; coins leased
// before the crash are used again.
//
// Errors: ErrRequest, ErrPurposeUsed, ErrDecided when a block already spends
// its coins otherwise, chain.ErrNoFunds, chain.ErrFeeCap, chain.ErrEngineDown.
// Nothing stays reserved after an error.
func (w *Wallet) Prepare(ctx context.Context, req Request) (*Signed, error) {
	if err := w.check(req); err != nil {
		return nil, err
	}
	w.choosing.Lock()
	defer w.choosing.Unlock()
	out, err := w.prepare(ctx, req)
	if errors.Is(err, errRaced) {
		return w.prepare(ctx, req) // finds what the other process signed
	}
	return out, err
}

func (w *Wallet) prepare(ctx context.Context, req Request) (*Signed, error) {
	before, state, err := w.store.latest(ctx, req.Purpose)
	if err != nil {
		return nil, err
	}
	if before != nil {
		switch {
		case !sameOutputs(before.recipients(), req.Outputs):
			return nil, fmt.Errorf("%w: %s", ErrPurposeUsed, req.Purpose)
		case state == conflicted:
			return nil, fmt.Errorf("%w: %s, for %s", ErrDecided, before.Txid, req.Purpose)
		}
		return before, nil
	}

	f := funding{outputs: req.Outputs, rate: req.Rate}
	f.changeOf(req.Change)
	draft := &Signed{Purpose: req.Purpose, Change: -1}
	if err := w.fund(ctx, draft, f, nil, func() ([]byte, error) { return w.changeScript(ctx, req.Change) }); err != nil {
		return nil, err
	}
	if err := w.signAndStore(ctx, draft, nil); err != nil {
		return nil, err
	}
	return draft, nil
}

func (w *Wallet) check(req Request) error {
	if req.Purpose == "" || len(req.Purpose) > maxPurpose {
		return refuse("a purpose has 1 to %d bytes, not %d", maxPurpose, len(req.Purpose))
	}
	if err := w.checkRate(req.Rate); err != nil {
		return err
	}
	if len(req.Outputs) == 0 || len(req.Outputs) > maxOutputs {
		return refuse("it has %d outputs instead of 1 to %d", len(req.Outputs), maxOutputs)
	}
	nullData, sum := 0, int64(0)
	for i, out := range req.Outputs {
		isNull := len(out.PkScript) > 0 && out.PkScript[0] == txscript.OP_RETURN
		switch {
		case isNull && (out.Value != 0 || len(out.PkScript) > maxNullData):
			return refuse("output %d is an OP_RETURN with money or more than 80 bytes of data", i)
		case isNull:
			nullData++
		case len(out.PkScript) == 0 || len(out.PkScript) > txscript.MaxScriptSize:
			return refuse("output %d has a script of %d bytes", i, len(out.PkScript))
		case btcutil.Amount(out.Value) < dustOf(out.PkScript):
			return refuse("output %d of %d satoshi is too small to be relayed", i, out.Value)
		case out.Value > btcutil.MaxSatoshi || sum+out.Value > btcutil.MaxSatoshi:
			return refuse("it pays more money than there is")
		}
		sum += out.Value
	}
	if nullData > 1 {
		return refuse("it has %d OP_RETURN outputs; one is relayed", nullData)
	}
	return nil
}

func (w *Wallet) checkRate(rate chain.FeeRate) error {
	if rate < chain.SatPerVByte(1) || rate > w.maxRate {
		return refuse("a fee rate of %d sat/kw is not between %d and %d", rate, chain.SatPerVByte(1), w.maxRate)
	}
	return nil
}

// fund chooses coins for a draft, leases them under its purpose, and builds its
// unsigned transaction. must are coins it has to spend. w.choosing is held.
func (w *Wallet) fund(ctx context.Context, draft *Signed, f funding, must []Coin, changeScript func() ([]byte, error)) error {
	id := purposeID(draft.Purpose)
	left, err := w.leftFromBefore(ctx, id)
	if err != nil {
		return err
	}
	if len(must) == 0 {
		must, left = left, nil
	}
	for range fundingTries {
		free, err := w.feeCoins(ctx)
		if err != nil {
			return err
		}
		p, err := f.choose(must, without(append(free, left...), must))
		if err != nil {
			w.releaseUnused(ctx, draft, must)
			return err
		}
		err = w.leaseCoins(ctx, id, p.coins, must)
		if errors.Is(err, ErrCoinTaken) {
			continue
		}
		if err != nil {
			return err
		}
		w.reach("leased")
		if err := draft.build(f, p, changeScript); err != nil {
			w.releaseAll(ctx, id, without(p.coins, must))
			return err
		}
		return nil
	}
	w.releaseUnused(ctx, draft, must)
	return noFunds("other payments keep taking the coins")
}

// releaseUnused gives back what an earlier try for a purpose had leased, unless
// something signed for it spends those coins.
func (w *Wallet) releaseUnused(ctx context.Context, draft *Signed, coins []Coin) {
	inFlight, err := w.store.inFlight(ctx)
	if err != nil {
		return // they expire
	}
	var unused []Coin
	for _, c := range coins {
		if !inFlight[c.OutPoint] {
			unused = append(unused, c)
		}
	}
	w.releaseAll(ctx, purposeID(draft.Purpose), unused)
}

// leftFromBefore are coins leased for this purpose by a try that was cut off
// before it could remember what it signed.
func (w *Wallet) leftFromBefore(ctx context.Context, id leaseID) ([]Coin, error) {
	leases, err := w.leases(ctx)
	if err != nil {
		return nil, err
	}
	protected, err := w.store.protected(ctx)
	if err != nil {
		return nil, err
	}
	inFlight, err := w.store.inFlight(ctx)
	if err != nil {
		return nil, err
	}
	var coins []Coin
	for _, l := range leases {
		_, isProtected := protected[l.coin.OutPoint]
		if l.id == id && !isProtected && !inFlight[l.coin.OutPoint] && weighable(l.coin.Script) {
			coins = append(coins, l.coin)
		}
	}
	return coins, nil
}

// leaseCoins leases the coins that are not had yet and makes sure that no
// unconfirmed transaction of lnd's spends them: a channel opened between the
// listing and the lease would. Errors: ErrCoinTaken, after which nothing new
// is leased.
func (w *Wallet) leaseCoins(ctx context.Context, id leaseID, coins, had []Coin) error {
	return w.leaseFor(ctx, id, coins, had, fundingLease)
}

func (w *Wallet) leaseFor(ctx context.Context, id leaseID, coins, had []Coin, life time.Duration) error {
	fresh := without(coins, had)
	for i, c := range fresh {
		err := w.lease(ctx, id, c.OutPoint, life)
		if err == nil {
			continue
		}
		w.releaseAll(ctx, id, fresh[:i])
		if taken(err) {
			return fmt.Errorf("%w: %w", ErrCoinTaken, err)
		}
		return err
	}
	spent, err := w.spentUnconfirmed(ctx, fresh)
	if err == nil && spent {
		err = ErrCoinTaken
	}
	if err != nil {
		w.releaseAll(ctx, id, fresh)
	}
	return err
}

// spentUnconfirmed reports whether a transaction of the node's wallet that
// waits for a block spends one of the coins.
func (w *Wallet) spentUnconfirmed(ctx context.Context, coins []Coin) (bool, error) {
	answer, err := w.lnd.GetTransactions(ctx, &lnrpc.GetTransactionsRequest{StartHeight: -1, EndHeight: -1})
	if err != nil {
		return false, fmt.Errorf("ask the node for its unconfirmed transactions: %w", err)
	}
	mine := make(map[string]bool, len(coins))
	for _, c := range coins {
		mine[c.OutPoint.String()] = true
	}
	for _, tx := range answer.Transactions {
		for _, in := range tx.PreviousOutpoints {
			if mine[in.Outpoint] {
				return true, nil
			}
		}
	}
	return false, nil
}

// build makes the unsigned transaction of a plan.
func (s *Signed) build(f funding, p plan, changeScript func() ([]byte, error)) error {
	tx := wire.NewMsgTx(2)
	s.Inputs, s.Prevouts = nil, nil
	for _, c := range p.coins {
		in := wire.NewTxIn(&c.OutPoint, nil, nil)
		in.Sequence = replaceable
		tx.AddTxIn(in)
		s.Inputs = append(s.Inputs, c.OutPoint)
		s.Prevouts = append(s.Prevouts, c.out())
	}
	for _, out := range f.outputs {
		tx.AddTxOut(wire.NewTxOut(out.Value, out.PkScript))
	}
	s.Change = -1
	if p.change > 0 {
		script, err := changeScript()
		if err != nil {
			return err
		}
		s.Change = len(tx.TxOut)
		tx.AddTxOut(wire.NewTxOut(int64(p.change), script))
	}
	s.Tx, s.Fee = tx, p.fee
	return nil
}

// replaceable is the highest sequence number that signals BIP-0125.
const replaceable = wire.MaxTxInSequenceNum - 2

// signAndStore signs a draft and remembers it in the place of before (nil:
// none), charging the day with what it adds; after an error its newly leased
// coins are free again.
func (w *Wallet) signAndStore(ctx context.Context, draft, before *Signed) error {
	charge := draft.Fee
	if before != nil {
		charge -= before.Fee
	}
	err := w.sign(ctx, draft)
	if err == nil {
		w.reach("signed")
		err = w.store.insert(ctx, draft, before, charge, w.cfg.DailyCap, w.now())
	}
	if err != nil {
		w.releaseUnused(ctx, draft, draft.coins())
		return err
	}
	w.reach("stored")
	w.log.Info("transaction signed", "purpose", draft.Purpose, "txid", draft.Txid, "fee_sat", int64(draft.Fee),
		"inputs", len(draft.Inputs), "generation", draft.Generation)
	return nil
}

// coins are the inputs as coins.
func (s *Signed) coins() []Coin {
	coins := make([]Coin, len(s.Inputs))
	for i, op := range s.Inputs {
		coins[i] = Coin{OutPoint: op, Value: btcutil.Amount(s.Prevouts[i].Value), Script: s.Prevouts[i].PkScript}
	}
	return coins
}

// without is coins less those of remove.
func without(coins, remove []Coin) []Coin {
	gone := make(map[wire.OutPoint]bool, len(remove))
	for _, c := range remove {
		gone[c.OutPoint] = true
	}
	var out []Coin
	for _, c := range coins {
		if !gone[c.OutPoint] {
			out = append(out, c)
		}
	}
	return out
}

// Abandon gives up what was signed for a purpose: its coins are free again and
// it costs nothing of the day's budget. It is for transactions that were never
// broadcast, or whose coins a block has spent otherwise; afterwards the purpose
// can be prepared anew.
func (w *Wallet) Abandon(ctx context.Context, purpose string) error {
	w.choosing.Lock()
	defer w.choosing.Unlock()
	coins, err := w.store.abandon(ctx, purpose)
	if err != nil {
		return err
	}
	w.releaseAll(ctx, purposeID(purpose), coins)
	return nil
}

// SpentToday is what the transactions signed today, UTC, add to the miners'
// fees, and the cap on that (0: none).
func (w *Wallet) SpentToday(ctx context.Context) (spent, limit btcutil.Amount, err error) {
	spent, err = spentOn(w.cfg.DB.Read(ctx), day(w.now()))
	return spent, w.cfg.DailyCap, err
}
