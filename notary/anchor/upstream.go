package anchor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"cairn/app/db"
	"cairn/notary/carrier"
	"cairn/notary/client"
	"cairn/notary/ots"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// UpstreamsConfig says which calendars of others are asked as well.
type UpstreamsConfig struct {
	DB *db.DB
	// URLs are the operator's choice (--upstream). Besides them only the
	// calendars that every client trusts (client.PublicCalendars) are asked,
	// when an answer names them: no visitor can make us ask anybody.
	URLs []string
	// HTTP asks; nil is client.HTTP(15 s).
	HTTP *http.Client
	// UpgradeEvery is how often a stamp without a block is asked for; 0 is ten
	// minutes.
	UpgradeEvery time.Duration
	// Poll is how often work is looked for; 0 is 5 s.
	Poll time.Duration
	Now  func() time.Time
	Log  *slog.Logger
}

// Upstreams posts the root of each anchor to the calendars of others and
// fetches their proofs later; the Ledger merges them into ours. Like Loop it
// runs under the leader's lease.
type Upstreams struct {
	cfg       UpstreamsConfig
	calendars []*client.Calendar
	allow     client.Whitelist
	resting   map[string]rest // by URL
	lease     Lease
}

// rest keeps us from asking a calendar that fails again and again.
type rest struct {
	until time.Time
	pause time.Duration
}

const (
	// giveUpAfter is the age at which an anchor is posted no more: by then its
	// own block is there.
	giveUpAfter = 24 * time.Hour
	// postAtOnce and upgradeAtOnce bound the work between two looks.
	postAtOnce    = 16
	upgradeAtOnce = 32
	longestRest   = time.Hour
)

// NewUpstreams checks the addresses. Error: client.ErrURL.
func NewUpstreams(cfg UpstreamsConfig) (*Upstreams, error) {
	if cfg.HTTP == nil {
		cfg.HTTP = client.HTTP(15 * time.Second)
	}
	if cfg.UpgradeEvery <= 0 {
		cfg.UpgradeEvery = 10 * time.Minute
	}
	if cfg.Poll <= 0 {
		cfg.Poll = 5 * time.Second
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	u := &Upstreams{cfg: cfg, resting: make(map[string]rest)}
	for _, address := range cfg.URLs {
		calendar, err := client.NewCalendar(address, cfg.HTTP)
		if err != nil {
			return nil, err
		}
		u.calendars = append(u.calendars, calendar)
		if u.allow, err = u.allow.With(calendar.URL()); err != nil {
			return nil, err
		}
	}
	u.allow = append(u.allow, client.PublicCalendars...)
	return u, nil
}

// Run asks until ctx ends (nil) or somebody else has taken the lease
// (db.ErrFenced). Without upstreams it returns at once.
func (u *Upstreams) Run(ctx context.Context, lease Lease) error {
	if len(u.calendars) == 0 {
		return nil
	}
	u.lease = lease
	tick := time.NewTicker(u.cfg.Poll)
	defer tick.Stop()
	for {
		err := errors.Join(u.post(ctx), u.upgrade(ctx))
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, db.ErrFenced):
			return err
		case err != nil:
			u.cfg.Log.Warn("asking the calendars of others failed", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// post sends the roots of new anchors to the calendars that do not have them.
func (u *Upstreams) post(ctx context.Context) error {
	var rows []anchorRecord
	err := u.cfg.DB.Read(ctx).Omit("tops").Where("created_at > ?", u.cfg.Now().Add(-giveUpAfter).Unix()).
		Order("id DESC").Limit(postAtOnce).Find(&rows).Error
	if err != nil {
		return fmt.Errorf("read new anchors: %w", db.Classify(err))
	}
	for _, row := range rows {
		for _, calendar := range u.calendars {
			if err := u.postTo(ctx, calendar, row); err != nil {
				return err
			}
		}
	}
	return nil
}

func (u *Upstreams) postTo(ctx context.Context, calendar *client.Calendar, row anchorRecord) error {
	if u.rests(calendar.URL()) {
		return nil
	}
	var stored int64
	err := u.cfg.DB.Read(ctx).Model(&upstreamRecord{}).
		Where("anchor_id = ? AND url = ?", row.ID, calendar.URL()).Count(&stored).Error
	if err != nil {
		return fmt.Errorf("look for upstream stamp: %w", db.Classify(err))
	}
	if stored > 0 {
		return nil
	}
	stamp, err := calendar.Submit(ctx, row.Root)
	if err != nil {
		u.failed(calendar.URL(), err)
		return nil
	}
	delete(u.resting, calendar.URL())
	return u.store(ctx, upstreamRecord{AnchorID: row.ID, URL: calendar.URL()}, stamp)
}

// upgrade asks for the stamps that have no block yet, those asked for longest
// ago first.
func (u *Upstreams) upgrade(ctx context.Context) error {
	var rows []upstreamRecord
	err := u.cfg.DB.Read(ctx).Where("complete = ? AND updated_at <= ?", false, u.cfg.Now().Add(-u.cfg.UpgradeEvery).Unix()).
		Order("updated_at").Limit(upgradeAtOnce).Find(&rows).Error
	if err != nil {
		return fmt.Errorf("read incomplete upstream stamps: %w", db.Classify(err))
	}
	for _, row := range rows {
		var of anchorRecord
		if err := u.cfg.DB.Read(ctx).Select("root").Where("id = ?", row.AnchorID).Take(&of).Error; err != nil {
			return fmt.Errorf("read root of anchor %d: %w", row.AnchorID, db.Classify(err))
		}
		stamp, err := ots.Parse(of.Root, row.Stamp)
		if err != nil {
			return fmt.Errorf("stored stamp of %s: %w", row.URL, err)
		}
		client.Upgrade(ctx, stamp, u.allow, u.cfg.HTTP)
		if ctx.Err() != nil {
			return nil
		}
		if err := u.store(ctx, row, stamp); err != nil {
			return err
		}
	}
	return nil
}

// store keeps a stamp, and when it was asked for.
func (u *Upstreams) store(ctx context.Context, row upstreamRecord, stamp *ots.Timestamp) error {
	raw, err := stamp.AppendBinary(nil)
	if err != nil {
		return fmt.Errorf("stamp of %s: %w", row.URL, err)
	}
	changed := string(raw) != string(row.Stamp)
	row.Stamp, row.Complete, row.UpdatedAt = raw, stamp.Complete(), u.cfg.Now().Unix()
	return u.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		if err := db.Fence(tx, u.lease.Name(), u.lease.Epoch()); err != nil {
			return err
		}
		err := tx.Clauses(clause.OnConflict{
			Columns:   []clause.Column{{Name: "anchor_id"}, {Name: "url"}},
			DoUpdates: clause.AssignmentColumns([]string{"stamp", "complete", "updated_at"}),
		}).Create(&row).Error
		if err != nil {
			return fmt.Errorf("store stamp of %s: %w", row.URL, err)
		}
		if !changed {
			return nil
		}
		return carrier.Moved(tx)
	})
}

func (u *Upstreams) rests(url string) bool { return u.cfg.Now().Before(u.resting[url].until) }

// failed lets a calendar rest, twice as long each time.
func (u *Upstreams) failed(url string, err error) {
	pause := min(max(2*u.resting[url].pause, time.Minute), longestRest)
	u.resting[url] = rest{until: u.cfg.Now().Add(pause), pause: pause}
	u.cfg.Log.Warn("a calendar of others did not take a root", "calendar", url, "error", err, "rest", pause)
}
