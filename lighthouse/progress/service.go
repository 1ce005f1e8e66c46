package progress

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"

	"cairn/app/db"
	"cairn/lighthouse"
	"cairn/lighthouse/progress/tree"

	"gorm.io/gorm"
)

// Pledges is what progress needs of them; package pledges has it.
type Pledges interface {
	// AllIn lists every pledge of a campaign that ever came, oldest first. Of
	// signatures they need the levels only.
	AllIn(tx *gorm.DB, campaign lighthouse.ID) ([]lighthouse.Pledge, error)
	// Versions are the campaigns that have pledges, each with a number that
	// grows with every change of them.
	Versions(ctx context.Context) (map[lighthouse.ID]int64, error)
}

// Config of a Service. DB, Pledges, Stamp and Rand are required.
type Config struct {
	DB      *db.DB
	Pledges Pledges
	// Stamp hands a digest to the notary. Doing so twice must change nothing.
	Stamp func(ctx context.Context, digest tree.Hash) error
	// Fence is called first in each transaction that makes a head: it refuses
	// those of a process that does not lead. Nil for none.
	Fence func(tx *gorm.DB) error
	// Every is how often a head is made of a campaign whose pledges have
	// changed; an hour when 0. Poll is how often that is looked at; a minute
	// when 0.
	Every, Poll time.Duration
	// Rand makes salts, and must be cryptographic.
	Rand io.Reader
	Now  func() time.Time
	Log  *slog.Logger
}

// Service makes heads and says which pledge is under which. Its methods are safe
// for concurrent use.
type Service struct {
	cfg Config
	db  *db.DB
	log *slog.Logger

	mu    sync.Mutex
	noted map[lighthouse.ID]int64 // the version last noted here; guarded by mu

	crash func(step string) error // called between the steps by tests
}

// New makes a Service; Run does its work.
func New(cfg Config) (*Service, error) {
	if cfg.DB == nil || cfg.Pledges == nil || cfg.Stamp == nil || cfg.Rand == nil {
		return nil, errors.New("progress needs a database, pledges, a notary and randomness")
	}
	if cfg.Fence == nil {
		cfg.Fence = func(*gorm.DB) error { return nil }
	}
	if cfg.Every <= 0 {
		cfg.Every = time.Hour
	}
	if cfg.Poll <= 0 {
		cfg.Poll = time.Minute
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{
		cfg: cfg, db: cfg.DB, log: cfg.Log, noted: make(map[lighthouse.ID]int64),
		crash: func(string) error { return nil },
	}, nil
}

// now is in whole seconds, as heads are.
func (s *Service) now() time.Time { return s.cfg.Now().UTC().Truncate(time.Second) }

// Run makes heads and hands them to the notary until ctx ends. Only the leader
// runs it.
func (s *Service) Run(ctx context.Context) {
	tick := time.NewTicker(s.cfg.Poll)
	defer tick.Stop()
	for {
		if err := s.Work(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("the progress of campaigns was not notarised", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Work makes the heads that are due and stamps what was not stamped yet. One
// campaign that fails does not keep the others from theirs.
func (s *Service) Work(ctx context.Context) error {
	versions, err := s.cfg.Pledges.Versions(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for id, version := range versions {
		if s.seen(id) == version {
			continue
		}
		due, err := s.due(ctx, id)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if !due {
			continue
		}
		if _, err := s.makeOf(ctx, id, version); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(append(errs, s.stamp(ctx))...)
}

func (s *Service) seen(id lighthouse.ID) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if version, ok := s.noted[id]; ok {
		return version
	}
	return -1
}

// due says whether the newest head of a campaign is old enough for another.
func (s *Service) due(ctx context.Context, id lighthouse.ID) (bool, error) {
	last, err := newest(s.db.Read(ctx), id)
	if err != nil {
		return false, err
	}
	return last == nil || s.now().Sub(time.Unix(last.MadeAt, 0)) >= s.cfg.Every, nil
}

// makeOf is make for pledges of a version, which is remembered.
func (s *Service) makeOf(ctx context.Context, id lighthouse.ID, version int64) (tree.Head, error) {
	h, err := s.make(ctx, id)
	if err != nil {
		return h, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.noted[id] = version
	return h, nil
}

// NoteVersion is Note for whoever asks again and again: it does nothing when
// this process has noted that version of a campaign's pledges already.
func (s *Service) NoteVersion(ctx context.Context, id lighthouse.ID, version int64) error {
	if s.seen(id) == version {
		return nil
	}
	if _, err := s.makeOf(ctx, id, version); err != nil {
		return err
	}
	return s.stamp(ctx)
}

// Note makes a head of a campaign now, unless nothing has changed since the last
// one, and stamps it: before a claim, and for whoever will not wait. It gives the
// newest head; the zero value when no pledge was ever confirmed. Errors:
// db.ErrFenced where this process does not lead.
func (s *Service) Note(ctx context.Context, id lighthouse.ID) (tree.Head, error) {
	h, err := s.make(ctx, id)
	if err != nil {
		return tree.Head{}, err
	}
	return h, s.stamp(ctx)
}
