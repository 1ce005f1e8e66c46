package webhook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"cairn/app/db"
	"cairn/app/outbound"

	"gorm.io/gorm"
)

// retries are the pauses after failures; after the last, a delivery is dead.
var retries = []time.Duration{10 * time.Second, time.Minute, 10 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour}

// How the worker works.
const (
	// claimLife is how long a claim keeps others from a delivery: longer than
	// an exchange can take, and how long it waits should this process die.
	claimLife = 30 * time.Second
	// atOnce deliveries are sent side by side, perEndpoint of them to one.
	atOnce      = 16
	perEndpoint = 4
	// After restAfter failures in a row an endpoint rests, for longer each
	// time up to longestRest, and is then tried with one delivery.
	restAfter    = 5
	shortestRest = time.Minute
	longestRest  = time.Hour
	// pollEvery is how often the worker looks without having been woken.
	pollEvery  = 2 * time.Second
	pruneEvery = time.Hour
)

// Wake makes the worker look at once.
func (w *Webhooks) Wake() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// Run sends what waits until ctx ends. Several may run, in several processes.
func (w *Webhooks) Run(ctx context.Context) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	prune := time.NewTicker(pruneEvery)
	defer prune.Stop()
	for {
		sent, err := w.Send(ctx)
		if err != nil && ctx.Err() == nil {
			w.cfg.Log.Warn("webhooks could not be sent", "error", err)
		}
		if sent == atOnce && err == nil && ctx.Err() == nil {
			continue // there is more
		}
		select {
		case <-ctx.Done():
			return nil
		case <-w.wake:
		case <-tick.C:
		case <-prune.C:
			if err := w.Prune(ctx); err != nil && ctx.Err() == nil {
				w.cfg.Log.Warn("old deliveries could not be removed", "error", err)
			}
		}
	}
}

// Send sends what is due, at most 16 deliveries, and returns how many it tried.
func (w *Webhooks) Send(ctx context.Context) (tried int, err error) {
	due, err := w.claim(ctx)
	if err != nil {
		return 0, err
	}
	var group sync.WaitGroup
	errs := make([]error, len(due))
	for i, c := range due {
		group.Go(func() { errs[i] = w.settle(ctx, c, w.post(ctx, c)) })
	}
	group.Wait()
	return len(due), errors.Join(errs...)
}

// claimed is a delivery that nobody else sends for now.
type claimed struct {
	delivery deliveryRecord
	url      string
	secret   string
	claim    ID
}

// claim takes deliveries that are due.
func (w *Webhooks) claim(ctx context.Context) ([]claimed, error) {
	if due, err := w.anyDue(ctx); err != nil || !due {
		return nil, err
	}
	claim, err := w.newID()
	if err != nil {
		return nil, err
	}
	var out []claimed
	err = w.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		out = nil
		now := w.now()
		endpoints, err := w.awake(tx, now)
		if err != nil {
			return err
		}
		for _, e := range endpoints {
			room := perEndpoint
			if e.Failures >= restAfter {
				room = 1
			}
			var busy int64
			err := tx.Model(&deliveryRecord{}).Where("endpoint_id = ? AND state = ? AND claimed_until > ?", e.ID, Waiting, now.Unix()).Count(&busy).Error
			if err != nil {
				return err
			}
			if room = min(room-int(busy), atOnce-len(out)); room <= 0 {
				continue
			}
			var rows []deliveryRecord
			err = tx.Where("endpoint_id = ? AND state = ? AND next_at <= ? AND claimed_until <= ?", e.ID, Waiting, now.Unix(), now.Unix()).
				Order("next_at, created_at, id").Limit(room).Find(&rows).Error
			if err != nil {
				return err
			}
			for _, row := range rows {
				err := tx.Model(&deliveryRecord{}).Where("id = ?", row.ID).
					Updates(map[string]any{"claim": claim[:], "claimed_until": now.Add(claimLife).Unix()}).Error
				if err != nil {
					return err
				}
				out = append(out, claimed{row, e.URL, string(e.Secret), claim})
			}
		}
		return nil
	})
	return out, err
}

// anyDue looks without taking the writer.
func (w *Webhooks) anyDue(ctx context.Context) (bool, error) {
	now := w.now().Unix()
	var ids [][]byte
	err := w.cfg.DB.Read(ctx).Model(&deliveryRecord{}).Where("state = 'waiting' AND next_at <= ? AND claimed_until <= ?", now, now).
		Limit(1).Pluck("id", &ids).Error
	return len(ids) > 0, db.Classify(err)
}

// awake lists endpoints that have something due and do not rest, those that
// waited longest first.
func (w *Webhooks) awake(tx *gorm.DB, now time.Time) ([]endpointRecord, error) {
	var rows []endpointRecord
	err := tx.Where(`rests_until <= ?`, now.Unix()).
		Joins(`JOIN (SELECT endpoint_id, MIN(next_at) AS since FROM webhook_deliveries
			WHERE state = 'waiting' AND next_at <= ? AND claimed_until <= ? GROUP BY endpoint_id) due ON due.endpoint_id = webhook_endpoints.id`, now.Unix(), now.Unix()).
		Order("due.since, webhook_endpoints.id").Limit(4 * atOnce).Find(&rows).Error
	return rows, err
}

// outcome is what an exchange brought.
type outcome struct {
	status  int
	problem string
}

func (o outcome) ok() bool { return o.status >= 200 && o.status <= 299 }

// post sends one delivery.
func (w *Webhooks) post(ctx context.Context, c claimed) outcome {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(c.delivery.Body))
	if err != nil {
		return outcome{problem: shorten(err.Error())}
	}
	h := request.Header
	h.Set("Content-Type", "application/json")
	h.Set("User-Agent", outbound.UserAgent)
	h.Set("Cairn-Event", c.delivery.Event)
	h.Set("Cairn-Delivery", ID(c.delivery.ID).String())
	h.Set(SignatureHeader, Sign(c.secret, w.now(), c.delivery.Body))
	response, err := w.client.Do(request)
	if err != nil {
		return outcome{problem: problem(err)}
	}
	defer response.Body.Close()
	// The answer is read so far that its sender sees it taken, and not kept.
	if _, err := io.Copy(io.Discard, io.LimitReader(response.Body, outbound.MaxAnswer)); err != nil {
		return outcome{problem: problem(err)}
	}
	return outcome{status: response.StatusCode}
}

// problem says why there was no answer, without what an inner network would
// answer to a stranger's question.
func problem(err error) string {
	var kind outbound.ErrorKind
	if errors.As(err, &kind) {
		return kind.Error()
	}
	var asked *url.Error
	if errors.As(err, &asked) {
		if asked.Timeout() {
			return fmt.Sprintf("no answer within %s", outbound.Timeout)
		}
		err = asked.Err
	}
	return shorten(err.Error())
}

// settle notes what became of a delivery, unless its claim passed on. It is
// noted even when ctx has ended.
func (w *Webhooks) settle(ctx context.Context, c claimed, got outcome) error {
	if ctx.Err() != nil && !got.ok() {
		return nil // we stopped it ourselves: the claim runs out and it is sent again
	}
	ctx = context.WithoutCancel(ctx)
	return w.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		now := w.now()
		attempts := c.delivery.Attempts + 1
		changes := map[string]any{"attempts": attempts, "claim": nil, "claimed_until": 0, "last_status": got.status, "last_error": got.problem}
		switch {
		case got.ok():
			changes["state"], changes["settled_at"] = Delivered, now.Unix()
		case int(attempts) > len(retries):
			changes["state"], changes["settled_at"] = Dead, now.Unix()
		default:
			changes["next_at"] = now.Add(retries[attempts-1]).Unix()
		}
		noted := tx.Model(&deliveryRecord{}).Where("id = ? AND claim = ?", c.delivery.ID, c.claim[:]).Updates(changes)
		if noted.Error != nil || noted.RowsAffected != 1 {
			return noted.Error
		}
		return breaker(tx, c.delivery.EndpointID, now, got.ok())
	})
}

// breaker counts failures of an endpoint, and lets it rest after some.
func breaker(tx *gorm.DB, endpoint []byte, now time.Time, ok bool) error {
	if ok {
		return tx.Model(&endpointRecord{}).Where("id = ?", endpoint).Updates(map[string]any{"failures": 0, "rests_until": 0}).Error
	}
	var e endpointRecord
	if err := tx.Omit("secret").Where("id = ?", endpoint).Take(&e).Error; err != nil {
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return nil
		}
		return err
	}
	changes := map[string]any{"failures": e.Failures + 1}
	if over := e.Failures + 1 - restAfter; over >= 0 {
		changes["rests_until"] = now.Add(min(shortestRest<<min(over, 10), longestRest)).Unix()
	}
	return tx.Model(&endpointRecord{}).Where("id = ?", endpoint).Updates(changes).Error
}

// Prune removes deliveries that were settled KeepFor ago.
func (w *Webhooks) Prune(ctx context.Context) error {
	return w.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		return tx.Where("settled_at <= ?", w.now().Add(-KeepFor).Unix()).Delete(&deliveryRecord{}).Error
	})
}
