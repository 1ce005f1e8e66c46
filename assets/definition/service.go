package definition

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"cairn/app/db"
	"cairn/assets"
	"cairn/chain"

	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// Answer is what an address gave.
type Answer struct {
	Body []byte
	// Media is the type it says to be, without parameters; empty for none.
	Media string
	// Subject is the organisation that the certificate of the last server names;
	// empty for none. Every server on the way was asked by https.
	Subject string
}

// Fetcher asks addresses that strangers name, at most most bytes of an answer.
// It keeps private networks out of reach and follows three redirects at most,
// all https. Errors: ErrPrivate, ErrAddress, ErrRedirect, ErrLarge, ErrSilent.
type Fetcher interface {
	Fetch(ctx context.Context, address string, most int64) (Answer, error)
}

// Issue is what a transaction in the chain says of an asset that it issues.
type Issue struct {
	Asset    assets.ID
	Metadata []byte
	// Input is the first input of the issue and Prevout the coin that it spends,
	// where the asset's own script may carry the pointer (openassets.FixedPointer);
	// nil otherwise.
	Input   *wire.TxIn
	Prevout *wire.TxOut
}

// Issues are those of the ledger.
type Issues interface {
	// Issued lists issues with metadata, and those of scripts that may carry a
	// pointer, in blocks from a height on, in any order, and the height of the first
	// block that it did not look at.
	Issued(ctx context.Context, from int32) (issues []Issue, next int32, err error)
}

// Config of a Service. DB, Network, URL, Fetch, Picture and Stamp are required.
type Config struct {
	DB      *db.DB
	Network chain.Network
	// URL is how the world reaches this server, without a slash at the end.
	URL    string
	Fetch  Fetcher
	Issues Issues // nil for none: Note is called instead
	// Picture makes a JPEG of PictureWidth at most of a picture from strangers,
	// anew, so that nothing of its file is served.
	Picture func(ctx context.Context, raw []byte) ([]byte, error)
	// Stamp hands a SHA-256 to the notary. Doing so twice must change nothing.
	Stamp func(ctx context.Context, digest [32]byte) error
	// Fence is called first in each transaction of Work: it refuses those of a
	// process that does not lead. Nil for none.
	Fence func(tx *gorm.DB) error
	// Poll is how often it is looked for work; two seconds when 0.
	Poll time.Duration
	Now  func() time.Time
	Log  *slog.Logger
}

// Service keeps definitions. Its methods are safe for concurrent use.
type Service struct {
	cfg  Config
	db   *db.DB
	log  *slog.Logger
	kick chan struct{}

	crash func(step string) error // called between the steps by tests
}

// New makes a Service; Run does its work.
func New(cfg Config) (*Service, error) {
	if cfg.DB == nil || cfg.Network == "" || cfg.URL == "" || cfg.Fetch == nil || cfg.Picture == nil || cfg.Stamp == nil {
		return nil, errors.New("definitions need a database, a network, an address, a fetcher, a picture maker and a notary")
	}
	cfg.URL = strings.TrimSuffix(cfg.URL, "/")
	if cfg.Fence == nil {
		cfg.Fence = func(*gorm.DB) error { return nil }
	}
	if cfg.Poll <= 0 {
		cfg.Poll = 2 * time.Second
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{
		cfg: cfg, db: cfg.DB, log: cfg.Log, kick: make(chan struct{}, 1),
		crash: func(string) error { return nil },
	}, nil
}

func (s *Service) now() time.Time { return s.cfg.Now().UTC().Truncate(time.Second) }

// wake makes Run look at once.
func (s *Service) wake() {
	select {
	case s.kick <- struct{}{}:
	default:
	}
}

// Run works until ctx ends. Only the leader runs it.
func (s *Service) Run(ctx context.Context) {
	tick := time.NewTicker(s.cfg.Poll)
	defer tick.Stop()
	for {
		if err := s.Work(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("definitions of assets were not looked after", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-s.kick:
		case <-tick.C:
		}
	}
}

// Work does what is due: notes new issues, asks addresses, hands to the notary
// what it has not had, and throws away what nobody points to.
func (s *Service) Work(ctx context.Context) error {
	return errors.Join(s.look(ctx), s.ask(ctx), s.stamp(ctx), s.tidy(ctx))
}

// Where files are served.
const (
	definitionsAt = "/assets/definitions/"
	picturesAt    = "/assets/pictures/"
	termsAt       = "/assets/terms/"
)

// Path is where a definition is served.
func Path(hash [32]byte) string { return definitionsAt + hex.EncodeToString(hash[:]) + ".json" }

// PicturePath is where a picture is served.
func PicturePath(hash [32]byte) string { return picturesAt + hex.EncodeToString(hash[:]) + ".jpg" }

// TermsPath is where terms are served.
func TermsPath(hash [32]byte) string { return termsAt + hex.EncodeToString(hash[:]) + ".txt" }

func (s *Service) fileURL(hash [32]byte) string { return s.cfg.URL + Path(hash) }

// own is the hash in an address of this server, ok false for others.
func (s *Service) own(address, at string) (hash [32]byte, ok bool) {
	rest, ours := strings.CutPrefix(address, s.cfg.URL+at)
	name, _, _ := strings.Cut(rest, ".")
	raw, err := hex.DecodeString(name)
	if !ours || err != nil || len(raw) != len(hash) {
		return hash, false
	}
	return [32]byte(raw), true
}

// convert makes a picture anew. Error: ErrPicture, and that of ctx.
func (s *Service) convert(ctx context.Context, raw []byte) ([]byte, error) {
	picture, err := s.cfg.Picture(ctx, raw)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrPicture, err)
	}
	return picture, nil
}
