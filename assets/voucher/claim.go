package voucher

import (
	"bytes"
	"context"
	"fmt"

	"cairn/assets/voucher/bearer"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// PlanClaim is the transaction by which a voucher's bearer moves all that is left
// into a wallet, whose script is given. Errors: ErrUnknown, ErrClaims, ErrPlanned,
// ErrExpired, ErrRedeemed, ErrGone; ErrMoving while a redemption of it can be
// undone; ErrTerms for a script that is none of a wallet; ErrAllowance.
func (s *Service) PlanClaim(ctx context.Context, name bearer.Name, script []byte) (Plan, error) {
	st, err := standingOf(s.db.Read(ctx), name)
	if err != nil {
		return Plan{}, err
	}
	price, err := s.price(ctx)
	if err != nil {
		return Plan{}, err
	}
	p, _, err := s.planClaim(st, script, price)
	return p, err
}

// planClaim plans a claim, the sending of which costs the shop a price.
func (s *Service) planClaim(st standing, script []byte, price btcutil.Amount) (Plan, choice, error) {
	if !st.series.Claims {
		return Plan{}, choice{}, ErrClaims
	}
	own, err := st.output().Script()
	if err != nil {
		return Plan{}, choice{}, err
	}
	switch txscript.GetScriptClass(script) {
	case txscript.PubKeyHashTy, txscript.ScriptHashTy, txscript.WitnessV0PubKeyHashTy, txscript.WitnessV0ScriptHashTy, txscript.WitnessV1TaprootTy:
	default:
		return Plan{}, choice{}, fmt.Errorf("%w: the script is no wallet's", ErrTerms)
	}
	if bytes.Equal(own, script) {
		return Plan{}, choice{}, fmt.Errorf("%w: the script is the voucher's own", ErrTerms)
	}
	if st.shop.PaidSat-st.shop.UsedSat < int64(price) {
		return Plan{}, choice{}, ErrAllowance
	}
	u := st.units()
	if err := st.redeemable(max(u.left, 1), s.now()); err != nil {
		return Plan{}, choice{}, err
	}
	c, err := st.choose(u.left)
	if err != nil {
		return Plan{}, c, err
	}
	if c.spend.ID != 0 {
		return Plan{}, c, fmt.Errorf("%w: some of it was just redeemed", ErrMoving)
	}
	p, err := st.planned(c, u.left, script, false)
	return p, c, err
}

// Claim takes the signed transaction of PlanClaim in; it is sent at once. The same
// again gives the same booking. Errors: as PlanClaim; ErrChanged;
// bearer.ErrTransaction, bearer.ErrSignature.
func (s *Service) Claim(ctx context.Context, name bearer.Name, script, signed []byte) (Booking, error) {
	msg, err := bearer.Read(signed)
	if err != nil {
		return Booking{}, err
	}
	price, err := s.price(ctx) // the node may take its time: nobody waits for it in a transaction
	if err != nil {
		return Booking{}, err
	}
	var b Booking
	var shop ShopID
	err = s.db.Transact(ctx, func(tx *gorm.DB) error {
		st, err := standingOf(tx, name)
		if err != nil {
			return err
		}
		shop = ShopID(st.shop.ID)
		if known, err := st.claimed(tx, msg); known != 0 || err != nil {
			if err == nil {
				b, err = s.booking(tx, known)
			}
			return err
		}
		p, c, err := s.planClaim(st, script, price)
		if err != nil {
			return err
		}
		if err := s.signed(p, msg); err != nil {
			return err
		}
		row := bookingRecord{What: Claiming, Units: p.Units, Rest: p.Left, Tx: signed, UndoUntil: s.now().Unix()}
		if err := s.book(tx, st, c, &row); err != nil {
			return err
		}
		if b, err = s.booking(tx, row.Number); err != nil {
			return err
		}
		return s.write(tx, shop, Entry{What: EventClaimed, Name: name, Series: SeriesID(st.series.ID), Units: p.Units}, "")
	})
	if err != nil {
		return Booking{}, err
	}
	s.hub.tell(shop)
	s.Kick()
	return b, s.crash("claimed")
}

// claimed finds the booking that has the same outputs of the same coin; 0 for
// none.
func (st standing) claimed(tx *gorm.DB, msg *wire.MsgTx) (int64, error) {
	for _, sp := range st.spends {
		has, err := sp.msg()
		if err != nil {
			return 0, err
		}
		if sp.What == Redeeming || !sameOutputs(has, msg) || has.TxIn[0].PreviousOutPoint != msg.TxIn[0].PreviousOutPoint {
			continue
		}
		row, err := take[bookingRecord](tx.Where("spend = ? AND undone_at IS NULL", sp.ID).Order("number DESC"), ErrBooking)
		return row.Number, err
	}
	return 0, nil
}

// sameOutputs reports whether two transactions pay the same.
func sameOutputs(a, b *wire.MsgTx) bool {
	if len(a.TxOut) != len(b.TxOut) {
		return false
	}
	for i, out := range a.TxOut {
		if out.Value != b.TxOut[i].Value || !bytes.Equal(out.PkScript, b.TxOut[i].PkScript) {
			return false
		}
	}
	return true
}
