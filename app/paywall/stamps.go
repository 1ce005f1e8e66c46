package paywall

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"

	"cairn/channels/amount"
	"cairn/channels/fees"
)

// Stamps is the What of digests stamped in lists beyond what is free.
const Stamps = "stamps"

// packet is how many digests are sold at a time.
const packet = 1000

// maxPackets bounds one sale: a billion digests.
const maxPackets = 1_000_000

// free is the allowance of one client, who is known by nothing but a keyed hash.
func (w *Wall) free(client string) fees.Limit {
	name := derive(w.secret, "client/"+client)
	return fees.Limit{Key: "stamps/" + hex.EncodeToString(name[:16]), Count: w.cfg.FreeStamps, Per: 24 * time.Hour}
}

// TakeFree takes digests out of what a client has for nothing; client is any
// name of him, as his address. Errors: fees.ErrAllowance when that is used up or
// never was so much; a *fees.Wait in it says when there is enough again.
func (w *Wall) TakeFree(ctx context.Context, client string, digests int) error {
	switch {
	case w.stamps == 0:
		return nil
	case int64(digests) > w.cfg.FreeStamps:
		return fmt.Errorf("%w: %d digests of %d a day", fees.ErrAllowance, digests, w.cfg.FreeStamps)
	}
	return w.cfg.Till.TakeFree(ctx, int64(digests), w.free(client))
}

// GiveFree puts back what was taken for digests that were not stamped.
func (w *Wall) GiveFree(ctx context.Context, client string, digests int) error {
	if w.stamps == 0 || int64(digests) > w.cfg.FreeStamps {
		return nil
	}
	return w.cfg.Till.GiveFree(ctx, int64(digests), w.free(client))
}

// StampsAsk is what so many digests cost, in packets of 1,000. Error:
// fees.ErrRequest for too many.
func (w *Wall) StampsAsk(digests int) (Ask, error) {
	packets := (int64(digests) + packet - 1) / packet
	if packets < 1 || packets > maxPackets || w.stamps == 0 {
		return Ask{}, fmt.Errorf("%w: %d digests", fees.ErrRequest, digests)
	}
	price, err := w.stamps.Times(packets)
	if err != nil {
		return Ask{}, fmt.Errorf("%w: %w", fees.ErrRequest, err)
	}
	units := packets * packet
	return Ask{
		What: Stamps, Subject: strconv.FormatInt(units, 10), Units: units, Price: price,
		Memo: "Cairn: " + strconv.FormatInt(units, 10) + " stamps",
	}, nil
}

// StampsPrice is the price of 1,000 digests; 0 where stamping is free.
func (w *Wall) StampsPrice() amount.MilliSatoshi { return w.stamps }

// FreeStamps is how many digests a client has stamped in lists for nothing, a
// day.
func (w *Wall) FreeStamps() int64 { return w.cfg.FreeStamps }

// OpenStamps opens the purse of a paid quote for stamps. Again it changes
// nothing. The leader does it for every quote as soon as it is paid.
func (w *Wall) OpenStamps(ctx context.Context, q fees.Quote) (fees.Purse, error) {
	units, err := unitsOf(q)
	if err != nil {
		return fees.Purse{}, err
	}
	return w.cfg.Till.OpenPurse(ctx, q.ID, units, Life)
}

// settleTime is for writing down what became of units though nobody waits.
const settleTime = 10 * time.Second

// Pay takes units of a pass for one thing and has it done. name is that of the
// thing: whoever comes again with it pays no more, and do must find what it did
// before. Units are given back when notDone says that an error of do means that
// nothing was done or will be; after any other error they stay taken until it
// is known (see fees.Service.Undone). The purse is as it was after taking.
//
// Errors: those of do; fees.ErrSpent, fees.ErrPurseOver; those of Admit's fees.
func (w *Wall) Pay(ctx context.Context, p Pass, name [32]byte, units int64, do func(context.Context) error, notDone func(error) bool) (fees.Purse, error) {
	if len(p.tickets) > 0 {
		return w.payTickets(ctx, p, name, units, do, notDone)
	}
	sp := fees.Spending{Quote: p.Quote.ID, Name: name, Units: units, Most: p.most, Whole: p.once}
	purse, _, err := w.cfg.Till.Spend(ctx, sp)
	if errors.Is(err, fees.ErrNoPurse) {
		if _, err := w.OpenStamps(ctx, p.Quote); err != nil {
			return fees.Purse{}, err
		}
		purse, _, err = w.cfg.Till.Spend(ctx, sp)
	}
	if err != nil {
		return fees.Purse{}, err
	}
	err = do(ctx)
	settle, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	switch {
	case err == nil:
		// Should this fail, it is found undone later, and looked after.
		_ = w.cfg.Till.Done(settle, sp)
		return purse, nil
	case notDone(err):
		if back := w.cfg.Till.GiveBack(settle, sp.Quote, sp.Name); back != nil {
			return fees.Purse{}, errors.Join(err, back)
		}
	}
	return fees.Purse{}, err
}
