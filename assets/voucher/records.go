package voucher

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"cairn/app/db"
	"cairn/assets"
	"cairn/assets/voucher/bearer"
	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

type shopRecord struct {
	ID          []byte `gorm:"primaryKey"`
	Slug        string
	Name        string
	About       string
	Contact     string
	Language    string
	UndoSeconds int64
	PaidSat     int64
	UsedSat     int64
	CreatedAt   int64 `gorm:"autoCreateTime:false"`
}

func (shopRecord) TableName() string { return "voucher_shops" }

func (r shopRecord) shop() Shop {
	return Shop{
		ID: ShopID(r.ID), CreatedAt: unix(r.CreatedAt),
		ShopDraft: ShopDraft{
			Slug: r.Slug, Name: r.Name, About: r.About, Contact: r.Contact, Language: r.Language,
			Undo: time.Duration(r.UndoSeconds) * time.Second,
		},
	}
}

type tillRecord struct {
	Shop      []byte `gorm:"primaryKey"`
	Number    int    `gorm:"primaryKey;autoIncrement:false"`
	Name      string
	CreatedAt int64 `gorm:"autoCreateTime:false"`
	RevokedAt *int64
}

func (tillRecord) TableName() string { return "voucher_tills" }

func (r tillRecord) till() Till {
	return Till{Number: r.Number, Name: r.Name, CreatedAt: unix(r.CreatedAt), RevokedAt: unixOrZero(r.RevokedAt)}
}

type staffRecord struct {
	Shop      []byte `gorm:"primaryKey"`
	Number    int    `gorm:"primaryKey;autoIncrement:false"`
	KeyHash   []byte
	Role      Role
	Name      string
	Till      *int
	CreatedAt int64 `gorm:"autoCreateTime:false"`
	RevokedAt *int64
}

func (staffRecord) TableName() string { return "voucher_staff" }

func (r staffRecord) staff() Staff {
	s := Staff{Number: r.Number, Role: r.Role, Name: r.Name, CreatedAt: unix(r.CreatedAt), RevokedAt: unixOrZero(r.RevokedAt)}
	if r.Till != nil {
		s.Till = *r.Till
	}
	return s
}

type seriesRecord struct {
	ID           []byte `gorm:"primaryKey"`
	Shop         []byte
	Kind         Kind
	Name         string
	Worth        string
	Conditions   string
	Unit         string
	Decimals     int
	Units        int64
	Design       string
	Expiry       ExpiryRule
	ExpiresOn    *int64
	Days         int
	Issuer       []byte
	ReturnScript []byte
	Claims       bool
	Protocol     *int64
	Asset        []byte
	Vouchers     int
	CreatedAt    int64 `gorm:"autoCreateTime:false"`
	ClosedAt     *int64
}

func (seriesRecord) TableName() string { return "voucher_series" }

// asset is what the series' vouchers hold; zero until it is known. Errors:
// db.ErrCorrupt.
func (r seriesRecord) asset() (assets.ID, error) {
	if r.Protocol == nil {
		return assets.ID{}, nil
	}
	id, err := assets.NewID(assets.Protocol(*r.Protocol), r.Asset)
	if err != nil {
		return assets.ID{}, fmt.Errorf("%w: the asset of series %x: %w", db.ErrCorrupt, r.ID, err)
	}
	return id, nil
}

func (r seriesRecord) series() (Series, error) {
	asset, err := r.asset()
	if err != nil {
		return Series{}, err
	}
	s := Series{
		ID: SeriesID(r.ID), Shop: ShopID(r.Shop), Asset: asset, CreatedAt: unix(r.CreatedAt), ClosedAt: unixOrZero(r.ClosedAt),
		SeriesDraft: SeriesDraft{
			Kind: r.Kind, Name: r.Name, Worth: r.Worth, Conditions: r.Conditions, Unit: r.Unit, Decimals: r.Decimals,
			Units: r.Units, Design: r.Design, Expiry: r.Expiry, ExpiresOn: unixOrZero(r.ExpiresOn), Days: r.Days,
			Return: r.ReturnScript, Claims: r.Claims,
		},
	}
	copy(s.Issuer[:], r.Issuer)
	return s, nil
}

type voucherRecord struct {
	ID        int64 `gorm:"primaryKey"`
	Series    []byte
	Number    int
	Name      []byte
	Script    []byte
	InnerKey  []byte
	Expiry    int64
	Label     string
	Note      string
	Units     int64
	CreatedAt int64 `gorm:"autoCreateTime:false"`
	Batch     *int64
}

func (voucherRecord) TableName() string { return "vouchers" }

func (r voucherRecord) name() bearer.Name { return bearer.Name(r.Name) }

// output is where the voucher lies, with the key that its series takes expired
// ones back by.
func (r voucherRecord) output(issuer []byte) bearer.Output {
	o := bearer.Output{Inner: [32]byte(r.InnerKey)}
	if r.Expiry != 0 {
		o.Terms = bearer.Terms{Expiry: uint32(r.Expiry), Issuer: [32]byte(issuer)}
	}
	return o
}

type coinRecord struct {
	Outpoint    []byte `gorm:"primaryKey"`
	Voucher     int64
	ValueSat    int64
	Units       int64
	Spend       *int64
	Height      *int32
	BlockHash   []byte
	SpentBy     []byte
	SpentHeight *int32
	SpentHash   []byte
}

func (coinRecord) TableName() string { return "voucher_coins" }

// orphan says that our own transaction was to make the coin, and that a block has
// another in its place.
func (r coinRecord) orphan() bool { return r.Spend != nil && r.Height == nil && r.SpentBy != nil }

// coin is the coin as its bearer signs for it. Errors: db.ErrCorrupt.
func (r coinRecord) coin(o bearer.Output) (bearer.Coin, error) {
	hash, index, ok := db.ParseOutpointKey(r.Outpoint)
	if !ok {
		return bearer.Coin{}, fmt.Errorf("%w: a coin of voucher %d", db.ErrCorrupt, r.Voucher)
	}
	return bearer.Coin{OutPoint: wire.OutPoint{Hash: hash, Index: index}, Value: btcutil.Amount(r.ValueSat), Output: o}, nil
}

// spendState is how far what becomes of a coin has come.
type spendState string

const (
	open      spendState = "open"
	closing   spendState = "closing"
	sent      spendState = "sent"
	confirmed spendState = "confirmed"
	lost      spendState = "lost"
	undone    spendState = "undone"
)

type spendRecord struct {
	ID         int64 `gorm:"primaryKey"`
	Outpoint   []byte
	Voucher    int64
	Shop       []byte
	What       What
	State      spendState
	Was        spendState
	Units      int64
	Tx         []byte
	Due        int64
	Version    int64
	Tries      int64
	Lent       []byte
	LentSat    *int64
	LentScript []byte
	OutboxKey  *string
	Txid       []byte
	CostSat    int64
	Trouble    string
	Height     *int32
	BlockHash  []byte
	Raises     int64
	SentAt     int64
}

func (spendRecord) TableName() string { return "voucher_spends" }

// msg decodes the bearer's transaction. Errors: db.ErrCorrupt.
func (r spendRecord) msg() (*wire.MsgTx, error) {
	tx := wire.NewMsgTx(0)
	if err := tx.Deserialize(bytes.NewReader(r.Tx)); err != nil {
		return nil, fmt.Errorf("%w: the transaction of spend %d: %w", db.ErrCorrupt, r.ID, err)
	}
	return tx, nil
}

// purpose names one loan to the wallet.
func (r spendRecord) purpose() string { return fmt.Sprintf("voucher/%d/%d", r.ID, r.Tries) }

// loan is the node's coin. Errors: db.ErrCorrupt.
func (r spendRecord) loan() (chain.Coin, error) { return lentCoin(r.Lent, r.LentSat, r.LentScript) }

// raiseState is how far a raise of a fee has come.
type raiseState string

const (
	raiseLent raiseState = "lent"
	raiseSent raiseState = "sent"
	raiseOver raiseState = "over"
)

type raiseRecord struct {
	Spend      int64 `gorm:"primaryKey;autoIncrement:false"`
	Number     int64 `gorm:"primaryKey;autoIncrement:false"`
	State      raiseState
	Lent       []byte
	LentSat    int64
	LentScript []byte
	At         int64
}

func (raiseRecord) TableName() string { return "voucher_raises" }

// key names a raise, for the wallet and the outbox.
func (r raiseRecord) key() string { return fmt.Sprintf("voucher-raise/%d/%d", r.Spend, r.Number) }

// loan is the node's coin. Errors: db.ErrCorrupt.
func (r raiseRecord) loan() (chain.Coin, error) { return lentCoin(r.Lent, &r.LentSat, r.LentScript) }

type bookingRecord struct {
	Number    int64 `gorm:"primaryKey"`
	Spend     int64
	Voucher   int64
	Series    []byte
	Shop      []byte
	What      What
	Staff     int
	Till      int
	Units     int64
	Rest      int64
	Tx        []byte
	Note      string
	Request   []byte
	At        int64
	Day       int64
	OfflineAt *int64
	UndoUntil int64
	UndoneAt  *int64
}

func (bookingRecord) TableName() string { return "voucher_bookings" }

type logRecord struct {
	Number  int64 `gorm:"primaryKey"`
	Shop    []byte
	At      int64
	What    Event
	Staff   int
	Till    int
	Voucher []byte
	Series  []byte
	Units   int64
	Detail  string
	Once    *string
}

func (logRecord) TableName() string { return "voucher_log" }

func unix(seconds int64) time.Time { return time.Unix(seconds, 0).UTC() }

func unixOrZero(seconds *int64) time.Time {
	if seconds == nil {
		return time.Time{}
	}
	return unix(*seconds)
}

// take reads the one row of a query, with the kind of error for none.
func take[R any](q *gorm.DB, none ErrorKind) (r R, err error) {
	err = q.Take(&r).Error
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
		return r, none
	case err != nil:
		return r, fmt.Errorf("read of vouchers: %w", db.Classify(err))
	}
	return r, nil
}

// list reads the rows of a query.
func list[R any](q *gorm.DB) (rows []R, err error) {
	if err := q.Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list vouchers: %w", db.Classify(err))
	}
	return rows, nil
}
