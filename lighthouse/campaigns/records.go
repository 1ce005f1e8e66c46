package campaigns

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"cairn/app/db"
	"cairn/lighthouse"
	"cairn/lighthouse/story"

	"gorm.io/gorm"
)

type campaignRecord struct {
	ID                           []byte `gorm:"primaryKey"`
	KeyHash                      []byte
	Stage                        lighthouse.Stage
	Withdrawn, Frozen, Example   bool
	TakenDown                    bool
	Version, Revision            int
	Language, Category, Cover    string
	Title, Tagline, Story, Risks string
	Budget, FAQ                  string
	Rendered                     string
	Renderer                     int
	CreatorName, Contact         string
	PublicKey                    []byte
	Search                       string
	GoalSat                      int64
	Deadline                     int32
	CreatedAt                    int64 `gorm:"autoCreateTime:false"`
	ShownAt, OpenedAt            *int64
	ChangedAt                    int64
}

func (campaignRecord) TableName() string { return "campaigns" }

type termsRecord struct {
	Campaign              []byte `gorm:"primaryKey"`
	Revision              int    `gorm:"primaryKey;autoIncrement:false"`
	LeastSat, MultipleSat int64
	Deadline              int32
	DeadlineAt            *int64
	DeadlineIn            int32
	AtDeadline, ByItself  bool
	Keeper                []byte
}

func (termsRecord) TableName() string { return "campaign_terms" }

type levelRecord struct {
	Campaign             []byte `gorm:"primaryKey"`
	Revision             int    `gorm:"primaryKey;autoIncrement:false"`
	Level                int    `gorm:"primaryKey;autoIncrement:false"`
	Title, Beneficiaries string
	ReserveSat, GoalSat  int64
	Contract             []byte
}

func (levelRecord) TableName() string { return "campaign_levels" }

type outputsRecord struct {
	Hash     []byte `gorm:"primaryKey"`
	Campaign []byte
	Revision int
}

func (outputsRecord) TableName() string { return "campaign_outputs" }

// stamp is a moment as it is stored; nil for none.
func stamp(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	s := t.Unix()
	return &s
}

func moment(s *int64) time.Time {
	if s == nil {
		return time.Time{}
	}
	return time.Unix(*s, 0).UTC()
}

// recordOf is a campaign's row, but for its key and when it was first shown.
func recordOf(c lighthouse.Campaign) (row campaignRecord, err error) {
	row = campaignRecord{
		ID: c.ID[:], Stage: c.Stage, Withdrawn: c.Withdrawn, TakenDown: c.TakenDown, Frozen: c.Frozen, Example: c.Example,
		Version: c.Version, Revision: c.Terms.Revision, Language: c.Language, Category: c.Category, Cover: c.Cover,
		Title: c.Text.Title, Tagline: c.Text.Tagline, Story: c.Text.Story, Risks: c.Text.Risks,
		Renderer: story.Version, CreatorName: c.Creator.Name, Contact: c.Creator.Contact, PublicKey: c.Creator.PublicKey,
		Search:  strings.ToLower(c.Text.Title + "\n" + c.Text.Tagline + "\n" + c.Creator.Name),
		GoalSat: int64(c.Terms.Goal()), CreatedAt: c.CreatedAt.Unix(), OpenedAt: stamp(c.OpenedAt), ChangedAt: c.ChangedAt.Unix(),
	}
	if c.Stage != lighthouse.Draft {
		row.Deadline = c.Terms.Deadline
	}
	if len(row.PublicKey) == 0 {
		row.PublicKey = nil
	}
	for into, value := range map[*string]any{&row.Budget: c.Text.Budget, &row.FAQ: c.Text.FAQ, &row.Rendered: c.HTML} {
		raw, err := json.Marshal(value)
		if err != nil {
			return row, fmt.Errorf("store a campaign: %w", err)
		}
		*into = string(raw)
	}
	return row, nil
}

// saveRecord stores a campaign that is there.
func saveRecord(tx *gorm.DB, c lighthouse.Campaign) error {
	row, err := recordOf(c)
	if err != nil {
		return err
	}
	// All columns but those that never change here.
	saved := tx.Model(&campaignRecord{}).Where("id = ?", c.ID[:]).
		Select("*").Omit("id", "key_hash", "created_at", "shown_at").Updates(&row)
	if saved.Error != nil {
		return fmt.Errorf("store a campaign: %w", saved.Error)
	}
	if saved.RowsAffected != 1 {
		return lighthouse.ErrUnknown
	}
	return nil
}

// byKey reads a creator's campaign. Errors: lighthouse.ErrNotYours.
func byKey(tx *gorm.DB, key lighthouse.Key) (campaignRecord, error) {
	hash := hashKey(key)
	row, err := one(tx.Where("key_hash = ? OR id = (SELECT campaign FROM campaign_keys WHERE key_hash = ?)", hash, hash))
	if errors.Is(err, lighthouse.ErrUnknown) {
		return row, lighthouse.ErrNotYours
	}
	return row, err
}

func byID(tx *gorm.DB, id lighthouse.ID) (campaignRecord, error) {
	return one(tx.Where("id = ?", id[:]))
}

func one(query *gorm.DB) (row campaignRecord, err error) {
	err = query.Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return row, lighthouse.ErrUnknown
	}
	if err != nil {
		return row, fmt.Errorf("read a campaign: %w", db.Classify(err))
	}
	return row, nil
}

// read makes a campaign of its row and its terms of now.
func (s *Service) read(tx *gorm.DB, row campaignRecord) (lighthouse.Campaign, error) {
	terms, err := readTerms(tx, row.ID, row.Revision)
	if err != nil {
		return lighthouse.Campaign{}, err
	}
	c := lighthouse.Campaign{
		ID: lighthouse.ID(row.ID), Stage: row.Stage, Withdrawn: row.Withdrawn, TakenDown: row.TakenDown, Frozen: row.Frozen, Example: row.Example,
		Version: row.Version, Language: row.Language, Category: row.Category, Cover: row.Cover,
		Text:    lighthouse.Text{Title: row.Title, Tagline: row.Tagline, Story: row.Story, Risks: row.Risks},
		Creator: lighthouse.Creator{Name: row.CreatorName, Contact: row.Contact},
		Terms:   terms, CreatedAt: time.Unix(row.CreatedAt, 0).UTC(), OpenedAt: moment(row.OpenedAt), ChangedAt: time.Unix(row.ChangedAt, 0).UTC(),
	}
	if len(row.PublicKey) > 0 {
		c.Creator.PublicKey = row.PublicKey
	}
	if err := errors.Join(json.Unmarshal([]byte(row.Budget), &c.Text.Budget), json.Unmarshal([]byte(row.FAQ), &c.Text.FAQ)); err != nil {
		return c, fmt.Errorf("read a campaign: %w", err)
	}
	if row.Renderer != story.Version {
		c.HTML, err = render(c.Text)
	} else {
		err = json.Unmarshal([]byte(row.Rendered), &c.HTML)
	}
	if err != nil {
		return c, fmt.Errorf("read a campaign: %w", err)
	}
	return c, nil
}
