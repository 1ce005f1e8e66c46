package compose

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"
	"time"

	"cairn/app/db"
	"cairn/assets"
	"cairn/chain/bip322"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/btcutil/psbt"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// Offer is a coin that its owner has signed away for a price (SIGHASH_SINGLE and
// ANYONECANPAY): whoever pays the price in the first output may spend it in the
// first input. Nobody holds anything for anybody.
type Offer struct {
	ID    OfferID
	State OfferState
	Asset assets.ID
	Units int64
	// Price goes to PayTo.
	Price btcutil.Amount
	PayTo []byte
	Coin  Coin
	// PSBT is the signed half: one input, one output. It works in any wallet, and with
	// or without this book.
	PSBT []byte
	// At is when it was made, Until when it leaves the book.
	At, Until time.Time
	// By is the transaction that has spent the coin, or waits to; Height is its block.
	By     chainhash.Hash
	Height int32
}

// OfferState is how an offer stands.
type OfferState string

// The states of an offer.
const (
	OfferOpen OfferState = "open"
	// OfferTaking: somebody has signed for it here, and no block has it yet.
	OfferTaking OfferState = "taking"
	// OfferOver: its coin is spent.
	OfferOver OfferState = "over"
	// OfferWithdrawn: its seller took it out of the book. Until he spends the coin,
	// who has kept the signed half can still use it.
	OfferWithdrawn OfferState = "withdrawn"
	// OfferExpired: its time in the book is over, with the same reservation.
	OfferExpired OfferState = "expired"
)

// sighashSell is what sellers sign with.
const sighashSell = txscript.SigHashSingle | txscript.SigHashAnyOneCanPay

// mostOffers is how many open offers one asset has in the book.
const mostOffers = 500

type offerRecord struct {
	ID        []byte `gorm:"primaryKey"`
	Asset     string
	Units     int64
	PriceSat  int64
	PayTo     []byte
	Outpoint  []byte
	ValueSat  int64
	Script    []byte
	Psbt      []byte
	Withdrawn bool
	TakenBy   []byte
	CreatedAt int64 `gorm:"autoCreateTime:false"`
	ExpiresAt int64
	ClosedAt  *int32
	ClosedBy  []byte
}

func (offerRecord) TableName() string { return "asset_offers" }

// saleBody is what a draft of an offer turns into.
type saleBody struct {
	Units int64
	Price btcutil.Amount
	PayTo []byte
	Coin  Coin
	Days  int
}

// prepareSale drafts the half that the seller signs. Errors: see Prepare.
func (s *Service) prepareSale(ctx context.Context, o Order) (Draft, error) {
	colored, _, err := s.sorted(ctx, o)
	if err != nil {
		return Draft{}, err
	}
	if len(colored) == 0 {
		return Draft{}, fmt.Errorf("%w: the coin holds nothing", ErrNothing)
	}
	one := colored[0]
	if err := sellable(o.Asset, one); err != nil {
		return Draft{}, err
	}
	tx := wire.NewMsgTx(2)
	in := wire.NewTxIn(&one.OutPoint, nil, nil)
	in.Sequence = wire.MaxTxInSequenceNum - 2
	tx.AddTxIn(in)
	tx.AddTxOut(wire.NewTxOut(int64(o.Price), o.PayTo))
	part, err := partOf(piece{tx: tx, inputs: []held{one}})
	if err != nil {
		return Draft{}, err
	}
	if part.PSBT, err = withSighash(part.PSBT); err != nil {
		return Draft{}, err
	}
	days := o.Days
	orElse(&days, defaultDays)
	sale := &saleBody{Units: one.holdings[0].Units, Price: o.Price, PayTo: o.PayTo, Coin: one.Coin, Days: days}
	return s.keep(ctx, o.Source, body{
		Operation: Sell, Protocol: o.Asset.Protocol, Asset: o.Asset, Parts: []partBody{part}, Sale: sale,
	}, nil)
}

// sellable: the coin holds the asset alone, under rules that let a buyer put the
// marker, at an address whose signature can be of this form.
func sellable(asset assets.ID, one held) error {
	switch {
	case asset.Protocol == assets.EPOBC:
		return fmt.Errorf("%w: EPOBC counts units in the values of outputs, so that the price would be read as units", ErrProtocolLimit)
	case len(one.holdings) != 1 || one.holdings[0].Asset != asset:
		return fmt.Errorf("%w: %s holds something else too", ErrOtherColor, one.OutPoint)
	case !txscript.IsPayToWitnessPubKeyHash(one.Script) && !txscript.IsPayToTaproot(one.Script):
		return fmt.Errorf("%w: %s", ErrUnsigned, one.OutPoint)
	}
	return nil
}

// withSighash tells the seller's wallet how to sign.
func withSighash(raw []byte) ([]byte, error) {
	packet, err := parsePacket(raw)
	if err != nil {
		return nil, err
	}
	packet.Inputs[0].SighashType = sighashSell
	return serialize(packet)
}

// publish checks the seller's signature and puts the offer into the book. Doing so
// again gives the same offer.
func (s *Service) publish(ctx context.Context, r record, b body, signed []byte) (record, error) {
	packet, err := b.Parts[0].packet()
	if err != nil {
		return r, err
	}
	prevouts, err := prevoutsOf(packet)
	if err != nil {
		return r, err
	}
	tx, err := handed(packet, prevouts, 1, signed)
	if err != nil {
		return r, err
	}
	if !signedToSell(tx.TxIn[0].Witness) {
		return r, fmt.Errorf("%w: it is not signed for the output beside it alone", ErrSignature)
	}
	witness, err := writeWitness(tx.TxIn[0].Witness)
	if err != nil {
		return r, err
	}
	packet.Inputs[0].SighashType = 0
	packet.Inputs[0].FinalScriptWitness = witness
	half, err := serialize(packet)
	if err != nil {
		return r, err
	}
	var id OfferID
	if _, err := io.ReadFull(s.cfg.Rand, id[:]); err != nil {
		return r, fmt.Errorf("make an offer's id: %w", err)
	}
	now := s.now().UTC()
	offer := offerRecord{
		ID: id[:], Asset: encodeID(b.Asset), Units: b.Sale.Units, PriceSat: int64(b.Sale.Price), PayTo: b.Sale.PayTo,
		Outpoint: db.OutpointKey(b.Sale.Coin.Hash, b.Sale.Coin.Index), ValueSat: int64(b.Sale.Coin.Value), Script: b.Sale.Coin.Script,
		Psbt: half, CreatedAt: now.Unix(), ExpiresAt: now.AddDate(0, 0, b.Sale.Days).Unix(),
	}
	b.Offer = id
	err = s.db.Transact(ctx, func(tx *gorm.DB) error {
		current, err := load(tx, r.id())
		if err != nil || current.State != Open {
			r = current
			return err
		}
		var open int64
		err = tx.Model(&offerRecord{}).Where("asset = ? AND closed_at IS NULL AND NOT withdrawn AND expires_at > ?", offer.Asset, now.Unix()).Count(&open).Error
		if err != nil {
			return fmt.Errorf("count the offers: %w", err)
		}
		if open >= mostOffers {
			return fmt.Errorf("%w: %d offers of this asset", ErrBusy, open)
		}
		// A new price for the same coin takes the place of the old one.
		err = tx.Model(&offerRecord{}).Where("outpoint = ? AND closed_at IS NULL", offer.Outpoint).Update("withdrawn", true).Error
		if err != nil {
			return fmt.Errorf("take the place of an offer: %w", err)
		}
		if err := tx.Create(&offer).Error; err != nil {
			return fmt.Errorf("store an offer: %w", err)
		}
		if err := current.write(b); err != nil {
			return err
		}
		r = current
		r.State = Sent
		return tx.Model(&record{}).Where("id = ?", r.ID).Updates(map[string]any{"state": Sent, "body": r.Body}).Error
	})
	return r, err
}

// signedToSell looks at the flag of a signature by a key.
func signedToSell(w wire.TxWitness) bool {
	switch len(w) {
	case 1:
		return len(w[0]) == 65 && w[0][64] == byte(sighashSell)
	case 2:
		return len(w[0]) > 1 && w[0][len(w[0])-1] == byte(sighashSell)
	}
	return false
}

// Offer is one offer. Errors: ErrUnknownOffer.
func (s *Service) Offer(ctx context.Context, id OfferID) (Offer, error) {
	var r offerRecord
	err := s.db.Read(ctx).Where("id = ?", id[:]).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Offer{}, ErrUnknownOffer
	}
	if err != nil {
		return Offer{}, fmt.Errorf("read an offer: %w", err)
	}
	return r.offer(s.now())
}

// Offers are those that are open, the cheapest by the unit first, and of equal ones
// the oldest.
func (s *Service) Offers(ctx context.Context, asset assets.ID) ([]Offer, error) {
	var rows []offerRecord
	now := s.now()
	err := s.db.Read(ctx).Where("asset = ? AND closed_at IS NULL AND NOT withdrawn AND expires_at > ?", encodeID(asset), now.Unix()).
		Order("created_at, id").Limit(mostOffers).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read the offers: %w", err)
	}
	out := make([]Offer, 0, len(rows))
	for _, r := range rows {
		one, err := r.offer(now)
		if err != nil {
			return nil, err
		}
		if one.State == OfferOpen {
			out = append(out, one)
		}
	}
	slices.SortStableFunc(out, func(a, b Offer) int {
		left := new(big.Int).Mul(big.NewInt(int64(a.Price)), big.NewInt(b.Units))
		return left.Cmp(new(big.Int).Mul(big.NewInt(int64(b.Price)), big.NewInt(a.Units)))
	})
	return out, nil
}

func (r offerRecord) offer(now time.Time) (Offer, error) {
	asset, err := decodeID(r.Asset)
	hash, index, ok := db.ParseOutpointKey(r.Outpoint)
	if err != nil || !ok {
		return Offer{}, fmt.Errorf("%w: offer %x", db.ErrCorrupt, r.ID)
	}
	o := Offer{
		ID: OfferID(r.ID), State: OfferOpen, Asset: asset, Units: r.Units, Price: btcutil.Amount(r.PriceSat), PayTo: r.PayTo, PSBT: r.Psbt,
		Coin: Coin{OutPoint: wire.OutPoint{Hash: hash, Index: index}, Value: btcutil.Amount(r.ValueSat), Script: r.Script},
		At:   time.Unix(r.CreatedAt, 0).UTC(), Until: time.Unix(r.ExpiresAt, 0).UTC(),
	}
	switch {
	case r.ClosedAt != nil:
		o.State, o.Height = OfferOver, *r.ClosedAt
		copy(o.By[:], r.ClosedBy)
	case r.Withdrawn:
		o.State = OfferWithdrawn
	case r.TakenBy != nil:
		o.State = OfferTaking
		copy(o.By[:], r.TakenBy)
	case now.Unix() >= r.ExpiresAt:
		o.State = OfferExpired
	}
	return o, nil
}

// WithdrawMessage is what a seller signs to take his offer out of the book.
func WithdrawMessage(id OfferID) string { return "withdraw offer " + id.String() }

// Withdraw takes an offer out of the book, for whoever signs WithdrawMessage with the
// key of the coin (BIP-0322). It does not make the signed half void: that takes
// spending the coin. Errors: ErrUnknownOffer, ErrOfferOver, ErrNotSeller.
func (s *Service) Withdraw(ctx context.Context, id OfferID, signature string) (Offer, error) {
	o, err := s.Offer(ctx, id)
	if err != nil {
		return Offer{}, err
	}
	if o.State == OfferOver {
		return Offer{}, fmt.Errorf("%w: its coin is spent", ErrOfferOver)
	}
	if err := bip322.Verify(o.Coin.Script, WithdrawMessage(id), signature); err != nil {
		return Offer{}, fmt.Errorf("%w: %w", ErrNotSeller, err)
	}
	err = s.db.Transact(ctx, func(tx *gorm.DB) error {
		return tx.Model(&offerRecord{}).Where("id = ?", id[:]).Update("withdrawn", true).Error
	})
	if err != nil {
		return Offer{}, fmt.Errorf("withdraw an offer: %w", err)
	}
	return s.Offer(ctx, id)
}

// prepareTake completes an offer: the seller's coin and his payment first, then the
// marker that has the units arrive at the buyer. Errors: see Prepare.
func (s *Service) prepareTake(ctx context.Context, o Order) (Draft, error) {
	offer, err := s.Offer(ctx, o.Offer)
	if err != nil {
		return Draft{}, err
	}
	if offer.State != OfferOpen && offer.State != OfferTaking {
		return Draft{}, fmt.Errorf("%w: it is %s", ErrOfferOver, offer.State)
	}
	sold, err := s.sold(ctx, offer)
	if err != nil {
		return Draft{}, err
	}
	o.Asset = offer.Asset
	o.Payments = []assets.Payment{
		{Script: o.PayTo, Asset: offer.Asset, Units: offer.Units},
		{Script: offer.PayTo, Value: offer.Price},
	}
	p, err := s.planner(ctx, o)
	if err != nil {
		return Draft{}, err
	}
	if len(p.colored) > 0 {
		return Draft{}, fmt.Errorf("%w: %s holds units, and the price is paid in satoshi", ErrOtherColor, p.colored[0].OutPoint)
	}
	p.colored = []held{sold}
	one, err := completion(offer, sold, o.PayTo)
	if err != nil {
		return Draft{}, err
	}
	made, err := p.fund([]piece{one})
	if err != nil {
		return Draft{}, err
	}
	return s.draft(ctx, p, made, body{Operation: Take, Protocol: offer.Asset.Protocol, Asset: offer.Asset, Offer: offer.ID})
}

// sold is the offered coin, as the ledger sees it now, with the seller's signature.
func (s *Service) sold(ctx context.Context, offer Offer) (held, error) {
	found, _, err := s.sorted(ctx, Order{Coins: []Coin{offer.Coin}})
	if errors.Is(err, ErrCoin) {
		return held{}, fmt.Errorf("%w: %w", ErrOfferOver, err)
	}
	if err != nil {
		return held{}, err
	}
	if len(found) == 0 {
		return held{}, fmt.Errorf("%w: its coin holds nothing now", ErrOfferOver)
	}
	one := found[0]
	if err := sellable(offer.Asset, one); err != nil {
		return held{}, err
	}
	if one.holdings[0].Units != offer.Units {
		return held{}, fmt.Errorf("%w: its coin holds %d units now", ErrOfferOver, one.holdings[0].Units)
	}
	half, err := psbtOf(offer.PSBT)
	if err != nil {
		return held{}, err
	}
	one.presigned = half.Inputs[0].FinalScriptWitness
	return one, nil
}

func psbtOf(raw []byte) (*psbt.Packet, error) {
	packet, err := parsePacket(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", db.ErrCorrupt, err)
	}
	return packet, nil
}

// completion is [the coin] → [the price, the marker, the units]: what stands before
// the marker holds no units unless the marker says so.
func completion(offer Offer, sold held, buyer []byte) (piece, error) {
	marker, err := takeMarker(offer.Asset.Protocol, offer.Units)
	if err != nil {
		return piece{}, limited(err)
	}
	half, err := psbtOf(offer.PSBT)
	if err != nil {
		return piece{}, err
	}
	tx := half.UnsignedTx.Copy()
	tx.AddTxOut(wire.NewTxOut(0, marker))
	tx.AddTxOut(wire.NewTxOut(int64(assets.Dust(buyer)), buyer))
	return piece{tx: tx, inputs: []held{sold}}, nil
}

// taken notes that somebody has signed for an offer, so that it is shown.
func (s *Service) taken(ctx context.Context, txid chainhash.Hash, offer OfferID) error {
	return s.db.Transact(ctx, func(tx *gorm.DB) error {
		return tx.Model(&offerRecord{}).Where("id = ? AND closed_at IS NULL", offer[:]).Update("taken_by", txid[:]).Error
	})
}

// tidyOffers has offers be open again whose buyer's transaction is lost, and forgets
// those that are long over.
func (s *Service) tidyOffers(ctx context.Context) error {
	return s.db.Transact(ctx, func(tx *gorm.DB) error {
		if s.cfg.Fence != nil {
			if err := s.cfg.Fence(tx); err != nil {
				return err
			}
		}
		err := tx.Exec(`UPDATE asset_offers SET taken_by = NULL WHERE taken_by IS NOT NULL AND closed_at IS NULL
			AND taken_by NOT IN (SELECT txid FROM asset_draft_txs WHERE lost_at IS NULL)`).Error
		if err != nil {
			return err
		}
		return tx.Where("expires_at < ?", s.now().Add(-forgetAfter).Unix()).Delete(&offerRecord{}).Error
	})
}

// offered are the coins of offers that are not spent.
func offered(tx *gorm.DB) (map[wire.OutPoint][][]byte, error) {
	var rows []struct {
		ID, Outpoint []byte
	}
	if err := tx.Raw("SELECT id, outpoint FROM asset_offers WHERE closed_at IS NULL").Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read the coins of offers: %w", err)
	}
	out := make(map[wire.OutPoint][][]byte, len(rows))
	for _, r := range rows {
		hash, index, ok := db.ParseOutpointKey(r.Outpoint)
		if !ok {
			return nil, fmt.Errorf("%w: the coin of offer %s", db.ErrCorrupt, hex.EncodeToString(r.ID))
		}
		at := wire.OutPoint{Hash: hash, Index: index}
		out[at] = append(out[at], r.ID)
	}
	return out, nil
}
