package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"cairn/app/db"
	"cairn/chain"
	"cairn/channels/invoice"
	"cairn/channels/ln"

	"gorm.io/gorm"
)

type record struct {
	ID        []byte `gorm:"primaryKey"`
	Kind      Kind
	State     State
	Subject   string
	Who       string
	Details   string
	Outcome   string
	Problem   string
	BegunAt   int64
	ChangedAt int64
}

// TableName implements gorm's Tabler.
func (record) TableName() string { return "node_orders" }

func (r record) order() (Order, error) {
	o := Order{
		ID: ID(r.ID), Kind: r.Kind, State: r.State, Subject: r.Subject, Who: r.Who, Outcome: r.Outcome, Problem: r.Problem,
		BegunAt: time.Unix(r.BegunAt, 0).UTC(), ChangedAt: time.Unix(r.ChangedAt, 0).UTC(),
	}
	if err := json.Unmarshal([]byte(r.Details), &o.Details); err != nil {
		return Order{}, fmt.Errorf("read order %s: %w", o.ID, err)
	}
	return o, nil
}

func recordOf(o Order) (record, error) {
	details, err := json.Marshal(o.Details)
	if err != nil {
		return record{}, fmt.Errorf("write order %s: %w", o.ID, err)
	}
	return record{
		ID: o.ID[:], Kind: o.Kind, State: o.State, Subject: db.CleanText(o.Subject), Who: o.Who, Details: db.CleanText(string(details)),
		Outcome: o.Outcome, Problem: o.Problem, BegunAt: o.BegunAt.Unix(), ChangedAt: o.ChangedAt.Unix(),
	}, nil
}

// finishLimit is how long writing an outcome down may take.
const finishLimit = 10 * time.Second

// carryOut writes an order down, has the node do it, and writes down how it
// ended. The caller's leaving stops neither: only what the node does not say in
// time stays open.
func (d *Desk) carryOut(ctx context.Context, o Order, do func(context.Context, *Order) error) (Order, error) {
	o.State, o.BegunAt = Begun, d.cfg.Now().UTC().Truncate(time.Second)
	o.ChangedAt = o.BegunAt
	ctx = context.WithoutCancel(ctx)
	before, err := d.begin(ctx, o)
	if err != nil {
		return Order{}, err
	}
	if before != nil {
		return *before, before.Err()
	}
	err = do(ctx, &o)
	if errors.Is(err, ln.ErrUnknownOutcome) {
		d.cfg.Log.Warn("the outcome of an order is not known", "order", o.ID, "kind", o.Kind, "error", err)
		return o, err
	}
	if err != nil && wordsOf(err) == ln.ErrNode.Error() {
		err = fmt.Errorf("%w: %w", ln.ErrNode, err)
	}
	if finishErr := d.finish(ctx, &o, err); finishErr != nil {
		// It stays begun, and is looked up.
		d.cfg.Log.Warn("the outcome of an order was not written down", "order", o.ID, "kind", o.Kind, "error", finishErr)
	}
	return o, err
}

// Err is why an order came to nothing, by its kind; ErrUnderWay while it has not
// ended, nil when it is done.
func (o Order) Err() error {
	switch o.State {
	case Begun:
		return fmt.Errorf("%w: %s", ErrUnderWay, o.ID)
	case Failed:
		return problem(o.Problem)
	}
	return nil
}

// problem is the kind with these words.
func problem(words string) error {
	if words == chain.ErrEngineDown.Error() {
		return chain.ErrEngineDown
	}
	return ln.ErrorKind(words)
}

// begin writes an order down; one that was there before comes back instead.
// Errors: ErrID, ErrOther.
func (d *Desk) begin(ctx context.Context, o Order) (before *Order, err error) {
	if o.ID == (ID{}) {
		return nil, ErrID
	}
	row, err := recordOf(o)
	if err != nil {
		return nil, err
	}
	err = d.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		before = nil
		var old record
		err := tx.Where("id = ?", o.ID[:]).Take(&old).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			if err := tx.Create(&row).Error; err != nil {
				return err
			}
			return d.cfg.Record(tx, o.Who, "node."+string(o.Kind)+".ordered", o.facts())
		}
		if err != nil {
			return err
		}
		found, err := old.order()
		if err != nil {
			return err
		}
		if found.Kind != o.Kind || found.Subject != row.Subject || found.FeeRate != o.FeeRate || found.Private != o.Private {
			return fmt.Errorf("%w: %s", ErrOther, o.ID)
		}
		before = &found
		return nil
	})
	return before, err
}

// finish writes down how an order ended; one that has an end keeps it.
func (d *Desk) finish(ctx context.Context, o *Order, failure error) error {
	ctx, cancel := context.WithTimeout(ctx, finishLimit)
	defer cancel()
	o.State, o.Problem, o.ChangedAt = Done, "", d.cfg.Now().UTC().Truncate(time.Second)
	if failure != nil {
		o.State, o.Problem = Failed, wordsOf(failure)
	}
	row, err := recordOf(*o)
	if err != nil {
		return err
	}
	return d.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		ended := tx.Model(&record{}).Where("id = ? AND state = ?", o.ID[:], Begun).Updates(map[string]any{
			"state": row.State, "details": row.Details, "outcome": row.Outcome, "problem": row.Problem, "changed_at": row.ChangedAt,
		})
		if ended.Error != nil || ended.RowsAffected == 0 {
			return ended.Error
		}
		return d.cfg.Record(tx, o.Who, "node."+string(o.Kind)+"."+string(o.State), o.facts())
	})
}

// wordsOf are the words of an error's kind.
func wordsOf(err error) string {
	var kind ln.ErrorKind
	switch {
	case errors.As(err, &kind):
		return kind.Error()
	case errors.Is(err, chain.ErrEngineDown):
		return chain.ErrEngineDown.Error()
	}
	return ln.ErrNode.Error()
}

// Orders lists the latest orders, at most limit.
func (d *Desk) Orders(ctx context.Context, limit int) ([]Order, error) {
	return d.list(ctx, limit, nil)
}

func (d *Desk) list(ctx context.Context, limit int, state *State) ([]Order, error) {
	q := d.cfg.DB.Read(ctx).Order("begun_at DESC, id").Limit(limit)
	if state != nil {
		q = q.Where("state = ?", *state)
	}
	var rows []record
	if err := q.Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list the operator's orders: %w", db.Classify(err))
	}
	out := make([]Order, len(rows))
	for i, r := range rows {
		var err error
		if out[i], err = r.order(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// hashOf reads the subject of a payment.
func hashOf(o Order) (invoice.Hash, error) { return invoice.ParseHash(o.Subject) }
