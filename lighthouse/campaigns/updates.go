package campaigns

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cairn/app/db"
	"cairn/lighthouse"
	"cairn/lighthouse/story"

	"gorm.io/gorm"
)

type updateRecord struct {
	ID                int64 `gorm:"primaryKey"`
	Campaign          []byte
	Title, Text, HTML string
	Renderer          int
	PostedAt          int64
}

func (updateRecord) TableName() string { return "campaign_updates" }

func (r updateRecord) update() (lighthouse.Update, error) {
	u := lighthouse.Update{ID: r.ID, Title: r.Title, Text: r.Text, HTML: r.HTML, At: time.Unix(r.PostedAt, 0).UTC()}
	if r.Renderer == story.Version {
		return u, nil
	}
	var err error
	u.HTML, err = story.HTML(r.Text)
	return u, err
}

// Post tells news of a campaign that was shown, at any stage after. Errors:
// ErrNotYours, ErrStage, ErrFull, Fields.
func (s *Service) Post(ctx context.Context, key lighthouse.Key, title, text string) (lighthouse.Update, error) {
	title, text = line(title), paragraphs(text)
	html, err := story.HTML(text)
	if err := checkUpdate(title, text, err); err != nil {
		return lighthouse.Update{}, err
	}
	var row updateRecord
	err = s.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		c, err := byKey(tx, key)
		if err != nil {
			return err
		}
		if c.Stage == lighthouse.Draft {
			return fmt.Errorf("%w: it is a draft", ErrStage)
		}
		var n int64
		if err := tx.Model(&updateRecord{}).Where("campaign = ?", c.ID).Count(&n).Error; err != nil {
			return fmt.Errorf("count updates: %w", err)
		}
		if n >= MaxUpdates {
			return ErrFull
		}
		row = updateRecord{Campaign: c.ID, Title: title, Text: text, HTML: html, Renderer: story.Version, PostedAt: s.now().Unix()}
		if err := tx.Create(&row).Error; err != nil {
			return fmt.Errorf("store an update: %w", err)
		}
		return nil
	})
	if err != nil {
		return lighthouse.Update{}, err
	}
	return row.update()
}

func checkUpdate(title, text string, rendering error) error {
	var f faults
	switch n := length(title); {
	case n == 0:
		f.add(ErrMissing, 0, "title")
	case n > MaxTitle:
		f.add(ErrLong, MaxTitle, "title")
	}
	switch n := length(text); {
	case n == 0:
		f.add(ErrMissing, 0, "text")
	case n > MaxUpdate || errors.Is(rendering, story.ErrTooLong):
		f.add(ErrLong, MaxUpdate, "text")
	case rendering != nil:
		return rendering
	}
	return f.err()
}

// Updates are all news of a campaign, the newest first.
func (s *Service) Updates(ctx context.Context, id lighthouse.ID) ([]lighthouse.Update, error) {
	var rows []updateRecord
	if err := s.cfg.DB.Read(ctx).Where("campaign = ?", id[:]).Order("id DESC").Limit(MaxUpdates).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read updates: %w", db.Classify(err))
	}
	list := make([]lighthouse.Update, len(rows))
	for i, r := range rows {
		var err error
		if list[i], err = r.update(); err != nil {
			return nil, fmt.Errorf("read updates: %w", err)
		}
	}
	return list, nil
}
