package express

import (
	"errors"
	"fmt"
	"time"

	"cairn/app/db"
	"cairn/notary"
	"cairn/notary/carrier"
	"cairn/notary/docproof"
	"cairn/notary/ots"

	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// book names the tables of orders.
var book = carrier.Book{Owners: "express_orders", Carried: "carried", Attempts: "express_attempts", Key: "order_id"}

// state is how an order stands, beside its transactions.
type state string

const (
	ordered   state = "ordered"   // being made, sent or confirmed
	returning state = "returning" // will not be made; the money goes back
	returned  state = "returned"  // and went
)

type orderRecord struct {
	ID          int64 `gorm:"primaryKey"`
	PaidBy      []byte
	Digest      []byte
	Form        notary.Form
	Nonce       []byte
	Carried     []byte
	State       state
	Trouble     string
	OrderedAt   int64 `gorm:"autoCreateTime:false"`
	ConfirmedBy *int64
}

func (orderRecord) TableName() string { return "express_orders" }

// order is a record as others see it.
func (r orderRecord) order() Order {
	return Order{
		ID: r.ID, PaidBy: Payment(r.PaidBy), Digest: notary.Digest(r.Digest), Form: r.Form, OrderedAt: time.Unix(r.OrderedAt, 0).UTC(),
	}
}

// load is what is carried for an order.
func (r orderRecord) load() carrier.Load {
	return carrier.Load{ID: r.ID, Name: "express", Output: output(r.Form, [32]byte(r.Carried)), Carried: r.Carried}
}

// output carries 32 bytes in a form, with no value.
func output(form notary.Form, carried [32]byte) *wire.TxOut {
	if form == notary.FormDocproof {
		return docproof.Output(carried)
	}
	return wire.NewTxOut(0, append([]byte{txscript.OP_RETURN, txscript.OP_DATA_32}, carried[:]...))
}

// way leads from the digest to what is carried.
func (r orderRecord) way() []ots.Op {
	if r.Form == notary.FormDocproof {
		return nil
	}
	return []ots.Op{ots.Append(r.Nonce), ots.SHA256()}
}

// byPayment reads the order that a payment is for. Error: ErrUnknownOrder.
func byPayment(tx *gorm.DB, paidBy Payment) (orderRecord, error) {
	return one(tx.Where("paid_by = ?", paidBy[:]))
}

func byID(tx *gorm.DB, id int64) (orderRecord, error) { return one(tx.Where("id = ?", id)) }

func one(query *gorm.DB) (orderRecord, error) {
	var r orderRecord
	err := query.Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return r, ErrUnknownOrder
	}
	if err != nil {
		return r, fmt.Errorf("read an express order: %w", db.Classify(err))
	}
	return r, nil
}

// openAtOnce bounds how many orders are worked on between two looks.
const openAtOnce = 500

// open lists the orders that something is to be done for, oldest first.
func open(tx *gorm.DB) ([]orderRecord, error) {
	var rows []orderRecord
	err := tx.Where("confirmed_by IS NULL AND state <> 'returned'"). // literals, for the partial index
										Order("id").Limit(openAtOnce).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read open express orders: %w", db.Classify(err))
	}
	return rows, nil
}
