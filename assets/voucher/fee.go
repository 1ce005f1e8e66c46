package voucher

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"cairn/app/db"
	"cairn/app/db/outbox"
	"cairn/assets"
	"cairn/chain"
	"cairn/chain/follow"

	"github.com/btcsuite/btcd/blockchain"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/btcutil/psbt"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

const (
	// coinWeight is that of the node's input, at most (P2WPKH), with a count of
	// inputs that may grow by it.
	coinWeight = 272 + 8
	// makeWeight is that of a taproot output, and its share of the transaction that
	// makes a few.
	makeWeight = 172 + 100
	// loanTime is how long a coin is set aside.
	loanTime = 10 * time.Minute
	// leastCoin is the smallest that is made: the node's wallet counts no smaller
	// ones as fee coins.
	leastCoin = btcutil.Amount(1_000)
	// spareCoins are made for those who redeem next, at most mostCoins at once.
	spareCoins, mostCoins = 4, 40
	// walletLag is how many blocks the node's wallet may take to see coins that
	// were made, before others are.
	walletLag = 3
)

// cost is what sending one redemption takes.
type cost struct {
	// own is what the transaction pays by itself, below 0 where its outputs are
	// more than the voucher's coin.
	own btcutil.Amount
	// coin is what the node has to add; 0 for nothing.
	coin btcutil.Amount
}

// costOf reckons at a rate. What a signature may weigh less is not taken off.
func (s *Service) costOf(sp spendRecord, c coinRecord, rate chain.FeeRate) (cost, error) {
	msg, err := sp.msg()
	if err != nil {
		return cost{}, err
	}
	own := btcutil.Amount(c.ValueSat)
	for _, out := range msg.TxOut {
		own -= btcutil.Amount(out.Value)
	}
	weight := weightOf(msg)
	if own >= rate.Fee(weight) {
		return cost{own: own}, nil
	}
	return cost{own: own, coin: max(rate.Fee(weight+coinWeight)-own, leastCoin)}, nil
}

func weightOf(tx *wire.MsgTx) int64 { return blockchain.GetTransactionWeight(btcutil.NewTx(tx)) }

// purpose names one loan to the wallet.
func (r spendRecord) purpose() string { return fmt.Sprintf("voucher/%d/%d", r.ID, r.Tries) }

// borrow has the wallet set a coin of about the right size aside; false when it
// has none.
func (s *Service) borrow(ctx context.Context, sp *spendRecord, c cost, rate chain.FeeRate) (bool, error) {
	w := s.cfg.Wallet
	// What a crash may have left of an earlier try.
	if err := w.TakeBack(ctx, sp.purpose()); err != nil {
		return false, err
	}
	loan, err := w.Lend(ctx, chain.LoanRequest{
		Purpose: sp.purpose(), Need: max(c.coin-rate.Fee(coinWeight), 1), Rate: rate, Exact: true, Until: s.now().Add(loanTime),
	})
	if err != nil && !errors.Is(err, chain.ErrNoFunds) {
		return false, fmt.Errorf("borrow the fee: %w", err)
	}
	if err == nil && (len(loan.Coins) != 1 || loan.Coins[0].Value < c.coin || loan.Coins[0].Value > c.coin+c.coin/2+leastCoin) {
		if err := w.TakeBack(ctx, sp.purpose()); err != nil {
			return false, err
		}
		err = chain.ErrNoFunds // what is more would be given away
	}
	if err != nil {
		return false, nil
	}
	if err := s.crash("lent"); err != nil {
		return false, err
	}
	got := loan.Coins[0]
	value := int64(got.Value)
	sp.Lent, sp.LentSat, sp.LentScript = db.OutpointKey(got.Hash, got.Index), &value, got.Script
	err = s.transact(ctx, func(tx *gorm.DB) error {
		return tx.Model(&spendRecord{}).Where("id = ? AND state = 'open'", sp.ID).
			Updates(map[string]any{"lent": sp.Lent, "lent_sat": value, "lent_script": sp.LentScript}).Error
	})
	if err != nil {
		return false, fmt.Errorf("note what was lent: %w", err)
	}
	return true, s.crash("lent noted")
}

// unlend forgets a loan that is over, and begins with another.
func (s *Service) unlend(ctx context.Context, sp spendRecord) error {
	err := s.transact(ctx, func(tx *gorm.DB) error {
		set := map[string]any{"lent": nil, "lent_sat": nil, "lent_script": nil, "tries": sp.Tries + 1}
		if sp.State == closing {
			set["state"], set["version"] = open, sp.Version+1
		}
		return tx.Model(&spendRecord{}).Where("id = ? AND state = ? AND tries = ?", sp.ID, sp.State, sp.Tries).Updates(set).Error
	})
	if err != nil {
		return fmt.Errorf("forget what was lent: %w", err)
	}
	return nil
}

// finish has the node sign its coin as one more input, and stores the whole. The
// node signs once for a purpose, so that this may be repeated after a crash.
func (s *Service) finish(ctx context.Context, sp spendRecord) error {
	hash, index, ok := db.ParseOutpointKey(sp.Lent)
	if !ok || sp.LentSat == nil {
		return fmt.Errorf("%w: the coin lent for redemption %d", db.ErrCorrupt, sp.ID)
	}
	c, err := take[coinRecord](s.db.Read(ctx).Where("outpoint = ?", sp.Outpoint), ErrUnknown)
	if err != nil {
		return err
	}
	v, err := take[voucherRecord](s.db.Read(ctx).Where("id = ?", sp.Voucher), ErrUnknown)
	if err != nil {
		return err
	}
	without, err := sp.msg()
	if err != nil {
		return err
	}
	with, lent := without.Copy(), wire.OutPoint{Hash: hash, Index: index}
	in := wire.NewTxIn(&lent, nil, nil)
	in.Sequence = wire.MaxTxInSequenceNum - 2
	with.AddTxIn(in)
	prevouts := []*wire.TxOut{wire.NewTxOut(c.ValueSat, v.Script), wire.NewTxOut(*sp.LentSat, sp.LentScript)}
	packet, err := packetOf(with, prevouts)
	if err != nil {
		return err
	}
	fee := btcutil.Amount(c.ValueSat + *sp.LentSat)
	for _, out := range with.TxOut {
		fee -= btcutil.Amount(out.Value)
	}
	raw, err := s.cfg.Wallet.Cosign(ctx, chain.CosignRequest{
		Purpose: sp.purpose(), PSBT: packet, Prevouts: prevouts, Change: -1, Fee: fee, Charge: 0,
		Check: func(signed *wire.MsgTx) error { return onlyAdds(without, signed, lent) },
	})
	if errors.Is(err, chain.ErrLoanOver) {
		if err := errors.Join(s.cfg.Wallet.TakeBack(ctx, sp.purpose()), s.cfg.Wallet.Abandon(ctx, sp.purpose())); err != nil {
			return err
		}
		return s.unlend(ctx, sp)
	}
	if err != nil {
		return fmt.Errorf("have the node sign for the fee: %w", err)
	}
	if err := s.crash("signed"); err != nil {
		return err
	}
	return s.store(ctx, sp, raw, fee)
}

// packetOf is the PSBT (BIP-0174) of a transaction whose first input is final.
func packetOf(tx *wire.MsgTx, prevouts []*wire.TxOut) ([]byte, error) {
	bare := tx.Copy()
	for _, in := range bare.TxIn {
		in.Witness = nil
	}
	p, err := psbt.NewFromUnsignedTx(bare)
	if err != nil {
		return nil, fmt.Errorf("make a PSBT of a redemption: %w", err)
	}
	for i := range p.Inputs {
		p.Inputs[i].WitnessUtxo = prevouts[i]
	}
	var witness bytes.Buffer
	if err := psbt.WriteTxWitness(&witness, tx.TxIn[0].Witness); err != nil {
		return nil, fmt.Errorf("make a PSBT of a redemption: %w", err)
	}
	p.Inputs[0].FinalScriptWitness = witness.Bytes()
	p.Inputs[1].SighashType = txscript.SigHashAll | txscript.SigHashAnyOneCanPay
	var raw bytes.Buffer
	if err := p.Serialize(&raw); err != nil {
		return nil, fmt.Errorf("make a PSBT of a redemption: %w", err)
	}
	return raw.Bytes(), nil
}

// onlyAdds says that a signed transaction is the bearer's with one more input.
func onlyAdds(bearers, signed *wire.MsgTx, coin wire.OutPoint) error {
	if len(signed.TxIn) != 2 || signed.TxIn[1].PreviousOutPoint != coin {
		return errors.New("the wallet's transaction does not add its coin to the redemption")
	}
	without := signed.Copy()
	without.TxIn = without.TxIn[:1]
	var a, b bytes.Buffer
	if err := errors.Join(bearers.Serialize(&a), without.Serialize(&b)); err != nil {
		return err
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		return errors.New("the wallet's transaction is not the redemption with one more input")
	}
	return nil
}

// store puts a whole transaction into the outbox, notes what it makes, and takes
// its cost off the shop's allowance: all of it, or nothing.
func (s *Service) store(ctx context.Context, sp spendRecord, raw []byte, fee btcutil.Amount) error {
	msg := wire.NewMsgTx(0)
	if err := msg.Deserialize(bytes.NewReader(raw)); err != nil {
		return fmt.Errorf("the whole of redemption %d: %w", sp.ID, err)
	}
	epoch, err := s.cfg.Epoch()
	if err != nil {
		return err
	}
	txid, key, stored := msg.TxHash(), fmt.Sprintf("voucher/%d/%d", sp.ID, sp.Tries), false
	err = s.transact(ctx, func(tx *gorm.DB) error {
		stored = false
		paid, err := s.paidFor(tx, sp)
		if err != nil {
			return err
		}
		res := tx.Model(&spendRecord{}).Where("id = ? AND version = ? AND state = ?", sp.ID, sp.Version, sp.State).
			Updates(map[string]any{"state": sent, "version": sp.Version + 1, "txid": txid[:], "outbox_key": key, "cost_sat": paid, "trouble": ""})
		if res.Error != nil {
			return fmt.Errorf("note that a redemption is sent: %w", res.Error)
		}
		if res.RowsAffected != 1 {
			return nil // somebody booked or undid, or a block has decided
		}
		stored = true
		err = outbox.Put(tx, outbox.Entry{Key: key, Raw: raw, Fee: fee, Epoch: epoch, CreatedAt: s.now().UTC()})
		if err != nil {
			return fmt.Errorf("put a redemption into the outbox: %w", err)
		}
		if err := s.rest(tx, sp, msg); err != nil {
			return err
		}
		if err := s.charge(tx, sp, paid); err != nil {
			return err
		}
		return s.tellOnce(tx, sp, EventSent, fmt.Sprintf("sent/%d", sp.ID), txid.String())
	})
	if err != nil || !stored {
		return err
	}
	if err := s.crash("stored"); err != nil {
		return err
	}
	s.log.Info("redemption sent", "spend", sp.ID, "what", string(sp.What), "txid", txid.String(), "fee_sat", int64(fee))
	s.cfg.Sent()
	if err := s.cfg.Ledger.See(ctx, msg); err != nil {
		s.log.Debug("the ledger did not take a redemption that waits", "txid", txid.String(), "error", err)
	}
	s.hub.tell(ShopID(sp.Shop))
	return nil
}

// rest notes the coin that our transaction leaves on the voucher: it can be
// redeemed at once.
func (s *Service) rest(tx *gorm.DB, sp spendRecord, msg *wire.MsgTx) error {
	c, err := take[coinRecord](tx.Where("outpoint = ?", sp.Outpoint), ErrUnknown)
	if err != nil || c.Units == sp.Units {
		return err
	}
	v, err := take[voucherRecord](tx.Where("id = ?", sp.Voucher), ErrUnknown)
	if err != nil {
		return err
	}
	for i, out := range msg.TxOut {
		if !bytes.Equal(out.PkScript, v.Script) {
			continue
		}
		row := coinRecord{Outpoint: db.OutpointKey(msg.TxHash(), uint32(i)), Voucher: v.ID, ValueSat: out.Value, Units: c.Units - sp.Units, Spend: &sp.ID}
		if err := tx.Create(&row).Error; err != nil {
			return fmt.Errorf("store the rest of voucher %d: %w", v.ID, err)
		}
		return nil
	}
	return fmt.Errorf("%w: redemption %d leaves nothing of voucher %d", assets.ErrDestroys, sp.ID, v.ID)
}

// shortage is how many coins are missing, and how large they have to be.
type shortage struct {
	coins int
	size  btcutil.Amount
}

func (n *shortage) add(size btcutil.Amount) { n.coins, n.size = n.coins+1, max(n.size, size) }

type feeCoinsRecord struct {
	Number  int64 `gorm:"primaryKey"`
	Script  []byte
	Coins   int64
	CoinSat int64
	RateKw  int64
	CostSat int64
	Sent    bool
	MadeAt  int64
}

func (feeCoinsRecord) TableName() string { return "voucher_fee_coins" }

func (r feeCoinsRecord) key() string { return fmt.Sprintf("voucher-coins/%d", r.Number) }

// stock has the wallet pay itself coins of the right size, for those who wait for
// one and a few who come next. Their script is noted first, so that the wallet is
// asked for the same after a crash.
func (s *Service) stock(ctx context.Context, need shortage, rate chain.FeeRate) error {
	if s.cfg.Wallet == nil {
		return nil
	}
	last, err := s.lastStock(ctx)
	if err != nil {
		return err
	}
	switch {
	case last != nil && !last.Sent:
		return s.makeCoins(ctx, *last)
	case need.coins == 0:
		return nil
	case last != nil:
		waits, err := s.stockWaits(ctx, *last)
		if err != nil || waits {
			return err
		}
	}
	script, err := s.cfg.Wallet.Script(ctx)
	if err != nil {
		return fmt.Errorf("ask the node for an address: %w", err)
	}
	row := feeCoinsRecord{
		Script: script, Coins: int64(min(need.coins+spareCoins, mostCoins)), CoinSat: int64(need.size + need.size/10),
		RateKw: int64(rate), MadeAt: s.now().Unix(),
	}
	if err := s.transact(ctx, func(tx *gorm.DB) error { return tx.Create(&row).Error }); err != nil {
		return fmt.Errorf("note that coins are made: %w", err)
	}
	if err := s.crash("coins noted"); err != nil {
		return err
	}
	return s.makeCoins(ctx, row)
}

func (s *Service) lastStock(ctx context.Context) (*feeCoinsRecord, error) {
	r, err := take[feeCoinsRecord](s.db.Read(ctx).Order("number DESC"), ErrUnknown)
	if errors.Is(err, ErrUnknown) {
		return nil, nil
	}
	return &r, err
}

// stockWaits says that coins that were made wait for their block, or for the
// wallet to see them.
func (s *Service) stockWaits(ctx context.Context, r feeCoinsRecord) (bool, error) {
	e, err := outbox.Get(s.db.Read(ctx), r.key())
	if err != nil {
		return false, err
	}
	switch e.State {
	case outbox.Stored, outbox.Broadcast:
		return true, nil
	case outbox.Confirmed:
		tip, err := follow.Cursor(s.db.Read(ctx))
		return tip.Height < e.Height+walletLag && s.now().Unix() < r.MadeAt+int64(time.Hour/time.Second), err
	}
	return false, nil
}

// makeCoins has the wallet sign, and stores it.
func (s *Service) makeCoins(ctx context.Context, r feeCoinsRecord) error {
	outs := make([]*wire.TxOut, r.Coins)
	for i := range outs {
		outs[i] = wire.NewTxOut(r.CoinSat, r.Script)
	}
	raw, fee, err := s.cfg.Wallet.Pay(ctx, r.key(), outs, chain.FeeRate(r.RateKw))
	if err != nil {
		return fmt.Errorf("make coins to pay fees with: %w", err)
	}
	if err := s.crash("coins signed"); err != nil {
		return err
	}
	epoch, err := s.cfg.Epoch()
	if err != nil {
		return err
	}
	err = s.transact(ctx, func(tx *gorm.DB) error {
		err := outbox.Put(tx, outbox.Entry{Key: r.key(), Raw: raw, Fee: fee, Epoch: epoch, CreatedAt: s.now().UTC()})
		if err != nil {
			return err
		}
		return tx.Model(&feeCoinsRecord{}).Where("number = ?", r.Number).Updates(map[string]any{"sent": true, "cost_sat": int64(fee)}).Error
	})
	if err != nil {
		return fmt.Errorf("store coins to pay fees with: %w", err)
	}
	s.cfg.Sent()
	return s.crash("coins stored")
}
