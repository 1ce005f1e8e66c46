package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"cairn/app/db"

	"gorm.io/gorm"
)

// State is what became of a delivery.
type State string

// The states.
const (
	// Waiting: to be sent, for the first time or again.
	Waiting State = "waiting"
	// Delivered: the server answered with a status of 200 to 299.
	Delivered State = "delivered"
	// Dead: it failed for the last time; it can be replayed by hand.
	Dead State = "dead"
)

// Delivery is one thing told, or to be told, to one endpoint.
type Delivery struct {
	ID        ID
	Event     string
	State     State
	Attempts  int
	CreatedAt time.Time
	// NextAt is when it is sent next; zero once settled.
	NextAt time.Time
	// Status is the last answer's, 0 for none; Problem says why there was
	// none.
	Status  int
	Problem string
}

// Message is what is sent, as JSON. Its id is the delivery's: a receiver that
// has seen it has nothing more to do.
type Message struct {
	ID    string `json:"id"`
	Event string `json:"event"`
	// CreatedAt is when it happened, RFC 3339, UTC.
	CreatedAt time.Time `json:"created_at"`
	// Proof is there with ProofComplete.
	Proof *Proof `json:"proof,omitempty"`
}

// Proof is what a message tells of a proof.
type Proof struct {
	Digest string `json:"digest"`
	// Name and Group are the owner's words; empty ones are left out.
	Name  string `json:"name,omitempty"`
	Group string `json:"group,omitempty"`
	// BlockHeight and BlockTime are the block the proof ends in; the time is
	// left out where it is not known here.
	BlockHeight int64      `json:"block_height,omitempty"`
	BlockTime   *time.Time `json:"block_time,omitempty"`
	// URL is the proof's page, OTS its file; left out for proofs that another
	// calendar made.
	URL string `json:"url,omitempty"`
	OTS string `json:"ots,omitempty"`
}

// Tell stores, within tx, that something happened to an account, once for each
// of its endpoints.
func (w *Webhooks) Tell(tx *gorm.DB, account Account, event string, proof *Proof) error {
	var endpoints []endpointRecord
	if err := tx.Select("id").Where("account = ?", account[:]).Find(&endpoints).Error; err != nil {
		return err
	}
	for _, e := range endpoints {
		if _, err := w.enqueue(tx, e.ID, event, proof); err != nil {
			return err
		}
	}
	return nil
}

func (w *Webhooks) enqueue(tx *gorm.DB, endpoint []byte, event string, proof *Proof) (ID, error) {
	id, err := w.newID()
	if err != nil {
		return ID{}, err
	}
	now := w.now()
	body, err := json.Marshal(Message{ID: id.String(), Event: event, CreatedAt: now, Proof: proof})
	if err != nil {
		return ID{}, err
	}
	return id, tx.Create(&deliveryRecord{
		ID: append([]byte(nil), id[:]...), EndpointID: endpoint, Event: event, Body: body,
		State: Waiting, NextAt: now.Unix(), CreatedAt: now.Unix(),
	}).Error
}

// SendTest stores a test message for an endpoint, which is sent at once, even
// while the endpoint rests. Error: ErrUnknownEndpoint.
func (w *Webhooks) SendTest(ctx context.Context, account Account, endpoint ID) error {
	err := w.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		if err := owned(tx, account, endpoint); err != nil {
			return err
		}
		if err := rested(tx, endpoint[:]); err != nil {
			return err
		}
		_, err := w.enqueue(tx, endpoint[:], Test, nil)
		return err
	})
	w.Wake()
	return err
}

// Replay sends a settled delivery again, with its id and body. Error:
// ErrUnknownDelivery.
func (w *Webhooks) Replay(ctx context.Context, account Account, delivery ID) error {
	err := w.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		var r deliveryRecord
		err := tx.Omit("body").Where("id = ? AND state <> ?", delivery[:], Waiting).Take(&r).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return ErrUnknownDelivery
		}
		if err != nil {
			return err
		}
		if err := owned(tx, account, ID(r.EndpointID)); err != nil {
			return ErrUnknownDelivery
		}
		if err := rested(tx, r.EndpointID); err != nil {
			return err
		}
		return tx.Model(&deliveryRecord{}).Where("id = ?", delivery[:]).Updates(map[string]any{
			"state": Waiting, "attempts": 0, "next_at": w.now().Unix(), "settled_at": nil, "claim": nil, "claimed_until": 0,
		}).Error
	})
	w.Wake()
	return err
}

// rested lets an endpoint be tried at once.
func rested(tx *gorm.DB, endpoint []byte) error {
	return tx.Model(&endpointRecord{}).Where("id = ?", endpoint).Update("rests_until", 0).Error
}

// Deliveries lists the newest of an endpoint's deliveries. Error:
// ErrUnknownEndpoint.
func (w *Webhooks) Deliveries(ctx context.Context, account Account, endpoint ID) ([]Delivery, error) {
	tx := w.cfg.DB.Read(ctx)
	if err := owned(tx, account, endpoint); err != nil {
		return nil, db.Classify(err)
	}
	var rows []deliveryRecord
	err := tx.Omit("body").Where("endpoint_id = ?", endpoint[:]).Order("created_at DESC, id").Limit(ListSize).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("reading deliveries: %w", db.Classify(err))
	}
	out := make([]Delivery, len(rows))
	for i, r := range rows {
		out[i] = Delivery{
			ID: ID(r.ID), Event: r.Event, State: r.State, Attempts: int(r.Attempts), CreatedAt: moment(r.CreatedAt),
			Status: int(r.LastStatus), Problem: r.LastError,
		}
		if r.State == Waiting {
			out[i].NextAt = moment(r.NextAt)
		}
	}
	return out, nil
}
