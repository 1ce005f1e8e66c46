package campaigns

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"cairn/app/db"
	"cairn/lighthouse"

	"gorm.io/gorm"
)

// Backers knows who pledged.
type Backers interface {
	// Prove returns nil when the pledge counts for the campaign and the
	// signature (BIP-0322, in its simple form) over message is by its coin's
	// key. Error: ErrNotBacker.
	Prove(ctx context.Context, id lighthouse.ID, pledge lighthouse.PledgeID, message, signature string) error
	// Owns returns nil when the pledge counts for the campaign and key is its
	// owner's. Error: ErrNotBacker.
	Owns(ctx context.Context, id lighthouse.ID, key lighthouse.Key) error
}

// Words are what somebody wants to say under a campaign.
type Words struct {
	Name string // empty for nobody's
	Text string
	// Source names where the words come from, to count by; it tells nobody who
	// that is. Empty is not counted.
	Source string
	// Backer proves that he pledged; nil says nothing about it.
	Backer *Proof
}

// Proof that somebody pledged: by the secret link of his pledge, or by a
// signature of the pledged coin's key over ProofMessage.
type Proof struct {
	Key       *lighthouse.Key
	Pledge    lighthouse.PledgeID
	Signature string
}

// ProofMessage is what a backer signs (BIP-0322) to say something under a
// campaign as one:
//
//	cairn comment <campaign> <SHA-256 of the name, a new line, and the text>
//
// so that nobody can put other words to the signature.
func ProofMessage(id lighthouse.ID, name, text string) string {
	sum := sha256.Sum256([]byte(line(name) + "\n" + paragraphs(text)))
	return "cairn comment " + id.String() + " " + hex.EncodeToString(sum[:])
}

// Bounds of what one source may do.
const (
	commentsAnHour   = 10
	followersOfOne   = 20 // of one campaign
	sourceRemembered = 24 * time.Hour
	// CommentsPage is how many comments Comments gives at once.
	CommentsPage = 30
)

type commentRecord struct {
	ID                        int64 `gorm:"primaryKey"`
	Campaign                  []byte
	Name, Text                string
	Backer, ByCreator, Hidden bool
	Source                    *string
	SaidAt                    int64
}

func (commentRecord) TableName() string { return "campaign_comments" }

func (r commentRecord) comment() lighthouse.Comment {
	return lighthouse.Comment{
		ID: r.ID, Name: r.Name, Text: r.Text, At: time.Unix(r.SaidAt, 0).UTC(), Backer: r.Backer, ByCreator: r.ByCreator, Hidden: r.Hidden,
	}
}

// checkWords cleans and checks what somebody says.
func checkWords(w *Words) error {
	w.Name, w.Text = line(w.Name), paragraphs(w.Text)
	var f faults
	if length(w.Name) > MaxName {
		f.add(ErrLong, MaxName, "name")
	}
	switch n := length(w.Text); {
	case n == 0:
		f.add(ErrMissing, 0, "text")
	case n > MaxComment:
		f.add(ErrLong, MaxComment, "text")
	}
	return f.err()
}

// Comment says something under a campaign. Errors: lighthouse.ErrUnknown,
// Fields, ErrNotBacker, ErrTooFast, ErrFull.
func (s *Service) Comment(ctx context.Context, id lighthouse.ID, w Words) (lighthouse.Comment, error) {
	if err := checkWords(&w); err != nil {
		return lighthouse.Comment{}, err
	}
	if _, err := s.Get(ctx, id); err != nil {
		return lighthouse.Comment{}, err
	}
	if err := s.prove(ctx, id, w); err != nil {
		return lighthouse.Comment{}, err
	}
	row := commentRecord{Campaign: id[:], Name: w.Name, Text: w.Text, Backer: w.Backer != nil, Source: source(w.Source)}
	return s.say(ctx, row)
}

// Reply says something as the creator. Errors: ErrNotYours, Fields, ErrFull.
func (s *Service) Reply(ctx context.Context, key lighthouse.Key, text string) (lighthouse.Comment, error) {
	w := Words{Text: text}
	if err := checkWords(&w); err != nil {
		return lighthouse.Comment{}, err
	}
	c, err := s.ByKey(ctx, key)
	if err != nil {
		return lighthouse.Comment{}, err
	}
	if c.Stage == lighthouse.Draft {
		return lighthouse.Comment{}, fmt.Errorf("%w: it is a draft", ErrStage)
	}
	return s.say(ctx, commentRecord{Campaign: c.ID[:], Name: c.Creator.Name, Text: w.Text, ByCreator: true})
}

func (s *Service) prove(ctx context.Context, id lighthouse.ID, w Words) error {
	p := w.Backer
	switch {
	case p == nil:
		return nil
	case s.cfg.Backers == nil:
		return fmt.Errorf("%w: nobody here can tell", ErrNotBacker)
	case p.Key != nil:
		return s.cfg.Backers.Owns(ctx, id, *p.Key)
	}
	return s.cfg.Backers.Prove(ctx, id, p.Pledge, ProofMessage(id, w.Name, w.Text), p.Signature)
}

func source(name string) *string {
	if name == "" {
		return nil
	}
	return &name
}

// say stores a comment within its bounds.
func (s *Service) say(ctx context.Context, row commentRecord) (lighthouse.Comment, error) {
	row.SaidAt = s.now().Unix()
	var said lighthouse.Comment
	err := s.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		var all int64
		if err := tx.Model(&commentRecord{}).Where("campaign = ?", row.Campaign).Count(&all).Error; err != nil {
			return fmt.Errorf("count comments: %w", err)
		}
		if all >= MaxComments {
			return ErrFull
		}
		if row.Source != nil {
			var lately int64
			err := tx.Model(&commentRecord{}).Where("source = ? AND said_at > ?", *row.Source, row.SaidAt-3600).Count(&lately).Error
			if err != nil {
				return fmt.Errorf("count comments: %w", err)
			}
			if lately >= commentsAnHour {
				return ErrTooFast
			}
		}
		fresh := row
		if err := tx.Create(&fresh).Error; err != nil {
			return fmt.Errorf("store a comment: %w", err)
		}
		said = fresh.comment()
		return nil
	})
	return said, err
}

// Comments are what was said under a campaign, the newest first: those before
// the comment of that ID, or the newest of all for 0. more says that there are
// older ones. The words of hidden ones are left out unless all is asked for.
func (s *Service) Comments(ctx context.Context, id lighthouse.ID, before int64, all bool) (list []lighthouse.Comment, more bool, err error) {
	query := s.cfg.DB.Read(ctx).Where("campaign = ?", id[:])
	if before > 0 {
		query = query.Where("id < ?", before)
	}
	var rows []commentRecord
	if err := query.Order("id DESC").Limit(CommentsPage + 1).Find(&rows).Error; err != nil {
		return nil, false, fmt.Errorf("read comments: %w", db.Classify(err))
	}
	if len(rows) > CommentsPage {
		rows, more = rows[:CommentsPage], true
	}
	for _, r := range rows {
		c := r.comment()
		if c.Hidden && !all {
			c.Name, c.Text = "", ""
		}
		list = append(list, c)
	}
	return list, more, nil
}

// CountComments is how many there are under a campaign, hidden ones too.
func (s *Service) CountComments(ctx context.Context, id lighthouse.ID) (n int64, err error) {
	if err := s.cfg.DB.Read(ctx).Model(&commentRecord{}).Where("campaign = ?", id[:]).Count(&n).Error; err != nil {
		return 0, fmt.Errorf("count comments: %w", db.Classify(err))
	}
	return n, nil
}

// Hide hides a comment under a creator's campaign, or shows it again. Errors:
// ErrNotYours, ErrUnknownComment.
func (s *Service) Hide(ctx context.Context, key lighthouse.Key, comment int64, hidden bool) error {
	return s.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		row, err := byKey(tx, key)
		if err != nil {
			return err
		}
		done := tx.Model(&commentRecord{}).Where("id = ? AND campaign = ?", comment, row.ID).Update("hidden", hidden)
		if done.Error != nil {
			return fmt.Errorf("hide a comment: %w", done.Error)
		}
		if done.RowsAffected == 0 {
			return ErrUnknownComment
		}
		return nil
	})
}
