package campaigns

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"cairn/app/db"
	"cairn/chain"
	"cairn/chain/follow"
	"cairn/lighthouse"

	"github.com/btcsuite/btcd/chaincfg"
	"gorm.io/gorm"
)

// Config is what the Service needs. DB, Network, Now and Rand are required.
type Config struct {
	DB      *db.DB
	Network chain.Network
	// BlockInterval is what the network aims at between blocks.
	BlockInterval time.Duration
	// Planning is the fee rate reserves are planned by; 0 is PlanningRate.
	Planning chain.FeeRate
	// Unlink takes the address out of a payment link (BIP-0321); nil reads none.
	Unlink func(link string) (address string, err error)
	// Keeper gives the key (33 bytes) that signs firm pledges of a campaign
	// together with their owners; nil where none are kept.
	Keeper func(id lighthouse.ID) ([]byte, error)
	// Cover says whether a picture of that name is there; nil for no pictures.
	Cover func(ctx context.Context, name string) (bool, error)
	// Backers proves that commenters pledged; nil takes no proofs.
	Backers Backers
	// Secret makes challenges that only this Cairn, and its replicas, can have
	// asked; 32 random bytes that last.
	Secret [32]byte
	Now    func() time.Time
	// Rand must be cryptographic.
	Rand io.Reader
	Log  *slog.Logger
}

// Service keeps campaigns. Its methods may be called by many at once.
type Service struct {
	cfg    Config
	params *chaincfg.Params
	cache  cache
}

// New makes a Service on a migrated database. It fails for an unknown network.
func New(cfg Config) (*Service, error) {
	params, err := cfg.Network.Params()
	if err != nil {
		return nil, err
	}
	if cfg.Planning <= 0 {
		cfg.Planning = PlanningRate
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	s := &Service{cfg: cfg, params: params}
	s.cache.start(s.load)
	return s, nil
}

func (s *Service) now() time.Time { return s.cfg.Now().UTC().Truncate(time.Second) }

func (s *Service) checker(complete bool) *checker {
	return &checker{params: s.params, planning: s.cfg.Planning, unlink: s.cfg.Unlink, firm: s.cfg.Keeper != nil, complete: complete}
}

// hashKey is what the store holds of a creator's key.
func hashKey(k lighthouse.Key) []byte {
	sum := sha256.Sum256(k[:])
	return sum[:]
}

// tip is the height of the last block followed. Errors: chain.ErrNoBlock before
// the first.
func tip(tx *gorm.DB) (int32, error) {
	cursor, err := follow.Cursor(tx)
	return cursor.Height, err
}

// Create keeps a new draft and gives its key, which is not kept and cannot be
// read again. Errors: Fields.
func (s *Service) Create(ctx context.Context, d Draft) (lighthouse.Campaign, lighthouse.Key, error) {
	id, err := lighthouse.NewID(s.cfg.Rand)
	if err != nil {
		return lighthouse.Campaign{}, lighthouse.Key{}, fmt.Errorf("draw a campaign's name: %w", err)
	}
	key, err := lighthouse.NewKey(s.cfg.Rand)
	if err != nil {
		return lighthouse.Campaign{}, lighthouse.Key{}, fmt.Errorf("draw a campaign's key: %w", err)
	}
	d, err = s.examine(ctx, d, false)
	if err != nil {
		return lighthouse.Campaign{}, lighthouse.Key{}, err
	}
	now := s.now()
	made := lighthouse.Campaign{ID: id, Stage: lighthouse.Draft, Version: 1, Example: d.Example, CreatedAt: now, ChangedAt: now}
	if err := s.write(&made, d); err != nil {
		return lighthouse.Campaign{}, lighthouse.Key{}, err
	}
	made.Terms.Revision = 1
	err = s.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		row, err := recordOf(made)
		if err != nil {
			return err
		}
		row.KeyHash = hashKey(key)
		if err := tx.Create(&row).Error; err != nil {
			return fmt.Errorf("store a campaign: %w", err)
		}
		return storeTerms(tx, id, made.Terms)
	})
	if err != nil {
		return lighthouse.Campaign{}, lighthouse.Key{}, err
	}
	return made, key, nil
}

// Edit changes a campaign. While it has no pledge everything may change, and a
// change of the terms of one that was shown makes a new revision with new
// contracts; afterwards only the questions and the contact do. A campaign that
// was shown must stay complete. Errors: ErrNotYours, ErrChanged when Version is
// not the newest, ErrFrozen, ErrStage once it is over, Fields.
func (s *Service) Edit(ctx context.Context, key lighthouse.Key, d Draft) (lighthouse.Campaign, error) {
	had, err := s.ByKey(ctx, key)
	if err != nil {
		return lighthouse.Campaign{}, err
	}
	d, err = s.examine(ctx, d, had.Stage != lighthouse.Draft)
	if err != nil {
		return lighthouse.Campaign{}, err
	}
	return s.change(ctx, key, func(tx *gorm.DB, c *lighthouse.Campaign) error {
		if (c.Stage == lighthouse.Draft) != (had.Stage == lighthouse.Draft) || d.Version != c.Version {
			return fmt.Errorf("%w: change %d, not %d", lighthouse.ErrChanged, c.Version, d.Version)
		}
		d.Example = c.Example
		return s.edit(tx, c, d)
	})
}

// edit applies an examined draft.
func (s *Service) edit(tx *gorm.DB, c *lighthouse.Campaign, d Draft) error {
	before := *c
	switch c.Stage {
	case lighthouse.Claimed, lighthouse.Closed:
		return fmt.Errorf("%w: it is %s", ErrStage, c.Stage)
	}
	if err := s.write(c, d); err != nil {
		return err
	}
	if before.Frozen {
		if !sameTerms(before.Terms, c.Terms) || !onlyAdds(before, *c) {
			return lighthouse.ErrFrozen
		}
		c.Terms = before.Terms
		return nil
	}
	if c.Stage == lighthouse.Draft {
		c.Terms.Revision = before.Terms.Revision
		return replaceTerms(tx, c.ID, c.Terms)
	}
	if sameTerms(before.Terms, c.Terms) {
		c.Terms = before.Terms
		return nil
	}
	c.Terms.Revision = before.Terms.Revision + 1
	return s.settle(tx, c, before.Terms)
}

// onlyAdds says that nothing is other than what a creator may still change when
// people have pledged.
func onlyAdds(before, after lighthouse.Campaign) bool {
	return before.Text.Title == after.Text.Title && before.Text.Tagline == after.Text.Tagline &&
		before.Text.Story == after.Text.Story && before.Text.Risks == after.Text.Risks &&
		equalBudgets(before.Text.Budget, after.Text.Budget) &&
		before.Creator.Name == after.Creator.Name && string(before.Creator.PublicKey) == string(after.Creator.PublicKey) &&
		before.Language == after.Language && before.Category == after.Category && before.Cover == after.Cover
}

// examine cleans and checks what can be checked without the stored campaign.
func (s *Service) examine(ctx context.Context, d Draft, complete bool) (Draft, error) {
	d = cleaned(d)
	c := s.checker(complete)
	_ = c.check(&d) // its faults are joined by the following ones
	if err := s.cover(ctx, c, d.Cover); err != nil {
		return d, err
	}
	if d.DeadlineIn < 0 || (complete && d.DeadlineIn == 0 && d.Deadline.IsZero()) {
		c.add(ErrMissing, 0, "deadline")
	}
	return compact(d), c.err()
}

const maxCover = 100 // bytes of a picture's name

func (s *Service) cover(ctx context.Context, c *checker, name string) error {
	if name == "" {
		return nil
	}
	there := false
	if s.cfg.Cover != nil && len(name) <= maxCover {
		var err error
		if there, err = s.cfg.Cover(ctx, name); err != nil {
			return err
		}
	}
	if !there {
		c.add(ErrCover, 0, "cover")
	}
	return nil
}

// change runs fn on the campaign of a key in a transaction, and stores what fn
// made of it: its words, its stage, its terms' revision. Terms themselves are
// fn's to store.
func (s *Service) change(ctx context.Context, key lighthouse.Key, fn func(tx *gorm.DB, c *lighthouse.Campaign) error) (lighthouse.Campaign, error) {
	var changed lighthouse.Campaign
	err := s.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		row, err := byKey(tx, key)
		if err != nil {
			return err
		}
		c, err := s.read(tx, row)
		if err != nil {
			return err
		}
		if err := fn(tx, &c); err != nil {
			return err
		}
		c.Version, c.ChangedAt = c.Version+1, s.now()
		if err := saveRecord(tx, c); err != nil {
			return err
		}
		changed = c
		return nil
	})
	if err != nil {
		return lighthouse.Campaign{}, err
	}
	s.cache.drop(changed.ID)
	return changed, nil
}

// notFollowing: there is no chain yet to count a deadline in.
func notFollowing(err error) error {
	if errors.Is(err, chain.ErrNoBlock) {
		return fmt.Errorf("%w: no block is known yet", chain.ErrEngineDown)
	}
	return err
}
