package tlog

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"cairn/app/db"
	"cairn/notary"
	"cairn/notary/calendar"
	"cairn/notary/tlog/format"

	"golang.org/x/mod/sumdb/tlog"
)

// Config is what a Service needs to know. DB and Origin are required, Digests
// and Commitments for receipts, Anchors for the list of anchors.
type Config struct {
	DB *db.DB
	// Origin names the log (OriginOf); it counts at the first use only.
	Origin  string
	Digests Digests
	// Commitments finds the number of a commitment, 0 for none
	// (calendar.Journal).
	Commitments interface {
		Find(ctx context.Context, c calendar.Commitment) (seq int64, err error)
	}
	Anchors Anchors
	// Rand makes the key at the first use; nil is crypto/rand.Reader.
	Rand io.Reader
	Now  func() time.Time
	Log  *slog.Logger
}

// Digests finds stamped digests (calendar.Calendar).
type Digests interface {
	// Receipt finds a kept digest. Error: notary.ErrUnknownDigest.
	Receipt(ctx context.Context, d notary.Digest) (notary.Receipt, error)
}

// Anchors lists the anchors deep enough in the chain (anchor.Ledger).
type Anchors interface {
	// Published lists at most limit anchors that follow the one with id
	// after, in order, up to the first one that is not complete.
	Published(ctx context.Context, after int64, limit int) ([]format.Anchor, error)
}

// fresh is how long a look at the head is good for.
const fresh = 100 * time.Millisecond

// Service reads the log, in any process on the database. It is safe for
// concurrent use.
type Service struct {
	cfg    Config
	signer *format.Signer
	tiles  tileCache

	refreshing atomic.Bool

	mu     sync.Mutex
	seen   Head      // guarded by mu
	looked time.Time // guarded by mu; when seen was read
}

// Open reads the log's name and key from a migrated database, or makes them.
func Open(ctx context.Context, cfg Config) (*Service, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	signer, err := identity(ctx, cfg.DB, cfg.Origin, cfg.Rand)
	if err != nil {
		return nil, err
	}
	return &Service{cfg: cfg, signer: signer}, nil
}

// Origin is the log's name.
func (s *Service) Origin() string { return s.signer.Name() }

// Key is the log's public key as text: "<origin>+<id>+<base64>".
func (s *Service) Key() string { return s.signer.PublicKey() }

// Head is the newest checkpoint, at most a moment old. Error: ErrNoCheckpoint.
func (s *Service) Head(ctx context.Context) (Head, error) {
	head, err := s.look(ctx)
	if err == nil && len(head.Note) == 0 {
		err = ErrNoCheckpoint
	}
	return head, err
}

// look reads the head anew when the last look is too old. Of many callers one
// reads while the others make do with what was seen, unless that is nothing.
func (s *Service) look(ctx context.Context) (Head, error) {
	s.mu.Lock()
	head, age := s.seen, time.Since(s.looked)
	s.mu.Unlock()
	if age < fresh {
		return head, nil
	}
	if !s.refreshing.CompareAndSwap(false, true) {
		if age < 10*fresh {
			return head, nil
		}
		return readHead(s.cfg.DB.Read(ctx))
	}
	defer s.refreshing.Store(false)
	began := time.Now()
	head, err := readHead(s.cfg.DB.Read(ctx))
	if err != nil {
		return Head{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if head.Size < s.seen.Size {
		return s.seen, nil // the head never goes back; an older read was slower
	}
	s.seen, s.looked = head, began
	return head, nil
}

// Tile is the bytes of a tile, which never change and must not be written to.
// Error: ErrNoTile.
func (s *Service) Tile(ctx context.Context, t format.Tile) ([]byte, error) {
	if raw, ok := s.tiles.get(t); ok {
		return raw, nil
	}
	head, err := s.look(ctx)
	if err != nil {
		return nil, err
	}
	if !t.In(head.Size) {
		return nil, ErrNoTile
	}
	raw, err := s.readTile(ctx, t)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", t.Path(), err)
	}
	s.tiles.put(t, raw)
	return raw, nil
}

func (s *Service) readTile(ctx context.Context, t format.Tile) ([]byte, error) {
	read := s.cfg.DB.Read(ctx)
	if t.Level > 0 {
		hashes, err := readNodes(read, t.Level, t.N*format.Width, t.W)
		return format.AppendHashes(make([]byte, 0, t.W*len(format.Hash{})), hashes), err
	}
	entries, err := readEntries(read, t.N*format.Width, t.W)
	if err != nil {
		return nil, err
	}
	if len(entries) != t.W {
		return nil, ErrCorrupt
	}
	// Whoever reads entries reads their hashes, too: both are made at once.
	bundle := make([]byte, 0, t.W*format.BundledSize)
	hashes := make([]byte, 0, t.W*len(format.Hash{}))
	for i := range entries {
		leaf := entries[i].LeafHash()
		bundle, hashes = format.AppendEntry(bundle, entries[i]), append(hashes, leaf[:]...)
	}
	if t.Level == format.Entries {
		s.tiles.put(format.Tile{Level: 0, N: t.N, W: t.W}, hashes)
		return bundle, nil
	}
	s.tiles.put(format.Tile{Level: format.Entries, N: t.N, W: t.W}, bundle)
	return hashes, nil
}

// Receipt is the signed receipt of a stamped digest: a promise of its place,
// and from the next checkpoint on (within a second) also the proof that it is
// there. Error: notary.ErrUnknownDigest.
func (s *Service) Receipt(ctx context.Context, d notary.Digest) ([]byte, error) {
	kept, err := s.cfg.Digests.Receipt(ctx, d)
	if err != nil {
		return nil, err
	}
	promise := format.Promise{Origin: s.Origin(), Index: kept.Seq - 1, Digest: d, Path: kept.Path}
	if copy(promise.Entry[:], kept.Commitment) != len(promise.Entry) {
		return nil, fmt.Errorf("commitment %d: %w", kept.Seq, ErrCorrupt)
	}
	return s.receipt(ctx, &promise)
}

// EntryReceipt is the signed receipt of a commitment, for clients whose digest
// is not known here; its way from the digest is in their .ots. Error:
// ErrNoEntry.
func (s *Service) EntryReceipt(ctx context.Context, e format.Entry) ([]byte, error) {
	c, _ := calendar.ParseCommitment(e[:])
	seq, err := s.cfg.Commitments.Find(ctx, c)
	if err != nil {
		return nil, err
	}
	if seq == 0 {
		return nil, ErrNoEntry
	}
	return s.receipt(ctx, &format.Promise{Origin: s.Origin(), Index: seq - 1, Entry: e})
}

// receipt signs a promise, and adds the proof once there is one.
func (s *Service) receipt(ctx context.Context, promise *format.Promise) ([]byte, error) {
	signed, err := promise.Sign(s.signer)
	if err != nil {
		return nil, fmt.Errorf("sign a receipt: %w", err)
	}
	head, err := s.Head(ctx)
	if errors.Is(err, ErrNoCheckpoint) || err == nil && head.Size <= promise.Index {
		return signed, nil
	} else if err != nil {
		return nil, err
	}
	hashes, err := tlog.ProveRecord(head.Size, promise.Index, hashReader{ctx, s, head.Size})
	if err != nil {
		return nil, fmt.Errorf("prove entry %d: %w", promise.Index, err)
	}
	return format.JoinReceipt(signed, promise.Index, hashes, head.Note), nil
}

// hashReader reads nodes of the binary tree of size entries out of its tiles.
type hashReader struct {
	ctx  context.Context
	s    *Service
	size int64
}

// ReadHashes implements tlog.HashReader.
func (r hashReader) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		t := tlog.TileForIndex(8, index)
		// The widest there is: it is asked for again.
		t.W = int(min(format.CountAt(t.L, r.size)-t.N*format.Width, format.Width))
		raw, err := r.s.Tile(r.ctx, format.Tile{Level: t.L, N: t.N, W: t.W})
		if err != nil {
			return nil, err
		}
		if hashes[i], err = tlog.HashFromTile(t, raw, index); err != nil {
			return nil, err
		}
	}
	return hashes, nil
}
