package definition

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"cairn/app/db"
	"cairn/assets"
	"cairn/assets/openassets"

	"golang.org/x/sync/errgroup"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

const (
	// lookedTo is the setting that holds the height looked to.
	lookedTo = "definitions looked to"
	// again is how many blocks are looked at again with each new one, as others may
	// have taken their place.
	again = 100
)

// look notes what new blocks say of assets.
func (s *Service) look(ctx context.Context) error {
	if s.cfg.Issues == nil {
		return nil
	}
	stored, err := db.Setting(s.db.Read(ctx), lookedTo)
	if err != nil && !errors.Is(err, db.ErrNoSetting) {
		return fmt.Errorf("how far definitions were looked for: %w", err)
	}
	from := 0
	if len(stored) > 0 {
		if from, err = strconv.Atoi(string(stored)); err != nil {
			return fmt.Errorf("%w: definitions looked to %q", db.ErrCorrupt, stored)
		}
	}
	issues, next, err := s.cfg.Issues.Issued(ctx, int32(max(0, from-again)))
	if err != nil {
		return fmt.Errorf("look for issues: %w", err)
	}
	if int(next) == from {
		return nil
	}
	for part := range slices.Chunk(issues, 200) {
		if err := s.Note(ctx, part...); err != nil {
			return err
		}
	}
	return s.db.Transact(ctx, func(tx *gorm.DB) error {
		if err := s.cfg.Fence(tx); err != nil {
			return err
		}
		return db.PutSetting(tx, lookedTo, strconv.AppendInt(nil, int64(next), 10))
	})
}

// Note remembers what issues say of their assets, to be asked for. Again is no
// error.
func (s *Service) Note(ctx context.Context, issues ...Issue) error {
	now := s.now().Unix()
	var rows []pointerRecord
	for _, i := range issues {
		for _, stored := range i.pointers() {
			p := readStored(i.Asset.Protocol, stored)
			r := pointerRecord{
				Protocol: i.Asset.Protocol, Asset: i.Asset.Raw(), Pointer: stored,
				State: Unchecked, Why: p.why, SeenAt: now, NextAt: &now,
			}
			if p.why == Opaque || p.why == Address {
				r.State, r.NextAt = Refused, nil
			}
			rows = append(rows, r)
		}
	}
	if len(rows) == 0 {
		return nil
	}
	err := s.db.Transact(ctx, func(tx *gorm.DB) error {
		if err := s.cfg.Fence(tx); err != nil {
			return err
		}
		return tx.Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(slices.Clone(rows), 100).Error
	})
	if err != nil {
		return fmt.Errorf("note issues: %w", err)
	}
	return nil
}

// pointers are what an issue points to, in their stored form.
func (i Issue) pointers() (stored [][]byte) {
	if n := len(i.Metadata); n > 0 && n <= MaxPointer && !bytes.HasPrefix(i.Metadata, fixedMark) {
		stored = append(stored, bytes.Clone(i.Metadata))
	}
	if i.Asset.Protocol != assets.OpenAssets || i.Input == nil {
		return stored
	}
	if f, ok := openassets.FixedPointer(i.Input, i.Prevout); ok {
		if raw, err := f.Bytes(); err == nil && len(raw)+len(fixedMark)+listedLength <= MaxPointer {
			stored = append(stored, storedFixed(f, raw))
		}
	}
	return stored
}

const (
	// batch is how many addresses are asked before it is looked for more, atOnce of
	// them at a time.
	batch  = 16
	atOnce = 4
	// claimed is for how long others leave an address that is being asked alone.
	claimed = 10 * time.Minute
	// daily is the pause after an answer.
	daily = 24 * time.Hour
	// patience is how many failures in a row make an address dead.
	patience = 3
)

// pauses are those after failures in a row; the last is for all others.
var pauses = []time.Duration{time.Minute, 10 * time.Minute, time.Hour, daily, daily, daily, daily, daily, daily, daily, 7 * daily}

// ask asks addresses that are due, until none is.
func (s *Service) ask(ctx context.Context) error {
	for {
		due, err := s.claim(ctx)
		if err != nil || len(due) == 0 {
			return err
		}
		group, inner := errgroup.WithContext(ctx)
		group.SetLimit(atOnce)
		for _, r := range due {
			group.Go(func() error { return s.askOne(inner, r) })
		}
		if err := group.Wait(); err != nil {
			return err
		}
	}
}

// claim takes some that are due.
func (s *Service) claim(ctx context.Context) (due []pointerRecord, err error) {
	now := s.now()
	err = s.db.Transact(ctx, func(tx *gorm.DB) error {
		due = nil
		if err := s.cfg.Fence(tx); err != nil {
			return err
		}
		if err := tx.Where("next_at IS NOT NULL AND next_at <= ?", now.Unix()).Order("next_at").Limit(batch).Find(&due).Error; err != nil {
			return err
		}
		for _, r := range due {
			if err := tx.Model(&r).Update("next_at", now.Add(claimed).Unix()).Error; err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look for definitions to ask for: %w", err)
	}
	return due, nil
}

// found is what came of asking.
type found struct {
	file    file
	kept    bool // it was here already
	picture []byte
	asked   bool
	contents
	subject   string
	authentic bool
	why       Reason
}

// askOne asks for one definition and stores what came of it.
func (s *Service) askOne(ctx context.Context, r pointerRecord) error {
	asset, err := assets.NewID(r.Protocol, r.Asset)
	if err != nil {
		return fmt.Errorf("%w: definition of %x: %w", db.ErrCorrupt, r.Asset, err)
	}
	f, err := s.find(ctx, asset, readStored(r.Protocol, r.Pointer))
	if err != nil {
		return err
	}
	if err := s.crash("asked"); err != nil {
		return err
	}
	now := s.now()
	err = s.db.Transact(ctx, func(tx *gorm.DB) error {
		if err := s.cfg.Fence(tx); err != nil {
			return err
		}
		next := r // as it was claimed
		if err := s.apply(tx, &next, f, now); err != nil {
			return err
		}
		return tx.Save(&next).Error
	})
	if err != nil {
		return fmt.Errorf("store the definition of %s: %w", asset, err)
	}
	if string(r.Why) != string(f.why) {
		s.log.Info("definition asked for", "asset", asset.String(), "why", string(f.why))
	}
	return nil
}

// apply notes in a record what came of asking.
func (s *Service) apply(tx *gorm.DB, r *pointerRecord, f found, now time.Time) error {
	at := now.Unix()
	if f.asked {
		r.AskedAt = &at
	}
	r.Why = f.why
	if f.why != NoReason {
		r.Failures++
		next := now.Add(pauses[min(r.Failures, len(pauses))-1]).Unix()
		r.NextAt = &next
		if r.DeadSince == nil {
			r.DeadSince = &at
		}
		switch f.why {
		case Unknown, Torrent:
			r.State, r.DeadSince = Unchecked, nil
		case Silent:
			if r.Failures >= patience {
				r.State = Rotten
			}
		default:
			r.State = Refused
		}
		return nil
	}
	if !bytes.Equal(r.File, f.file.hash[:]) {
		if r.Versions >= MaxVersions {
			r.State, r.Why = Refused, Restless
			next := now.Add(daily).Unix()
			r.NextAt = &next
			return nil
		}
		if err := s.keepVersion(tx, r, f, at); err != nil {
			return err
		}
	}
	if len(f.picture) > 0 {
		picture := s.record(f.picture, kindPicture)
		if err := keep(tx, picture); err != nil {
			return err
		}
		r.Picture = picture.Hash
	} else if hash, ok := s.own(f.contents.picture, picturesAt); ok {
		r.Picture = optional(hash)
	} else if f.kept { // ours, on a site without https, to which no page links
		var own fileRecord
		if err := tx.Select("picture").Where("hash = ?", f.file.hash[:]).Take(&own).Error; err != nil {
			return db.Classify(err)
		}
		if own.Picture != nil {
			r.Picture = own.Picture
		}
	}
	r.State, r.Failures, r.DeadSince, r.NextAt = Archived, 0, nil, nil
	if f.asked {
		next := now.Add(daily).Unix()
		r.State, r.AnsweredAt, r.NextAt = Fetched, &at, &next
	}
	r.Name, r.NameShort, r.Divisibility = f.name, f.nameShort, f.divisibility
	r.Sought = strings.ToLower(f.name + " " + f.nameShort + " " + f.issuer)
	r.Owner, r.Authentic = line(f.subject, MaxIssuer), f.authentic
	return nil
}

// keepVersion keeps a file that came new.
func (s *Service) keepVersion(tx *gorm.DB, r *pointerRecord, f found, at int64) error {
	if !f.kept {
		if err := keep(tx, s.record(f.file.body, kindDefinition)); err != nil {
			return err
		}
	}
	result := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&versionRecord{
		Protocol: r.Protocol, Asset: r.Asset, Pointer: r.Pointer, File: f.file.hash[:], SeenAt: at,
	})
	if result.Error != nil {
		return db.Classify(result.Error)
	}
	r.File = bytes.Clone(f.file.hash[:])
	r.Versions += int(result.RowsAffected)
	r.Picture = nil
	return nil
}

// find looks for a definition here, then at its address. The error is one of the
// database, or that ctx ended.
func (s *Service) find(ctx context.Context, asset assets.ID, p pointer) (f found, err error) {
	body, err := s.here(ctx, p)
	if err != nil {
		return found{}, err
	}
	if body != nil {
		f = found{file: fileOf(body), kept: true}
		f.contents, f.why = parse(body, p.of(asset), s.cfg.Network)
		return f, nil
	}
	if !p.asked() {
		return found{why: p.why}, nil
	}
	f.asked = true
	answer, err := s.cfg.Fetch.Fetch(ctx, p.url, MaxFile)
	if ctx.Err() != nil {
		return found{}, ctx.Err()
	}
	if err != nil {
		f.why = reasonOf(err)
		return f, nil
	}
	if !saysJSON(answer.Media) {
		f.why = Media
		return f, nil
	}
	f.file = fileOf(answer.Body)
	if !p.means(f.file) {
		f.why = Hash
		return f, nil
	}
	if f.contents, f.why = parse(answer.Body, p.of(asset), s.cfg.Network); f.why != NoReason {
		return f, nil
	}
	f.subject = answer.Subject
	// Every server on the way was asked by https: Fetcher.
	way := []openassets.Step{{URL: p.url, Organisation: answer.Subject}}
	said := openassets.Definition{Issuer: f.issuer, LinkToWebsite: f.linkToWebsite}
	f.authentic = openassets.ProofOfAuthenticity(said, way) == openassets.AuthenticityProven
	f.picture, err = s.fetchPicture(ctx, f.contents.picture)
	return f, err
}

// here reads a file that need not be asked for: one of ours, or whose hash the
// chain has and no address; nil for none.
func (s *Service) here(ctx context.Context, p pointer) ([]byte, error) {
	hash, ours := s.own(p.url, definitionsAt)
	var where string
	var key []byte
	switch {
	case ours:
		where, key = "hash = ?", hash[:]
	case p.hash160 != nil:
		where, key = "hash160 = ?", p.hash160
	case p.sha256 != nil && p.url == "":
		where, key = "hash = ?", p.sha256
	default:
		return nil, nil
	}
	var rows []fileRecord
	if err := s.db.Read(ctx).Where("kind = ?", kindDefinition).Where(where, key).Limit(1).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("look for a definition: %w", db.Classify(err))
	}
	if len(rows) == 0 || !p.means(fileOf(rows[0].Body)) {
		return nil, nil
	}
	return rows[0].Body, nil
}

// fetchPicture asks for a picture and makes it anew; nil for none. One that
// cannot be had takes nothing from the definition.
func (s *Service) fetchPicture(ctx context.Context, address string) ([]byte, error) {
	if _, ours := s.own(address, picturesAt); address == "" || ours {
		return nil, nil
	}
	answer, err := s.cfg.Fetch.Fetch(ctx, address, MaxPicture)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil || answer.Media != "" && !strings.HasPrefix(answer.Media, "image/") && answer.Media != "application/octet-stream" {
		return nil, nil
	}
	picture, err := s.convert(ctx, answer.Body)
	if errors.Is(err, ErrPicture) {
		return nil, nil
	}
	return picture, err
}

func reasonOf(err error) Reason {
	for kind, why := range map[ErrorKind]Reason{ErrPrivate: Private, ErrAddress: Address, ErrRedirect: Redirect, ErrLarge: Large} {
		if errors.Is(err, kind) {
			return why
		}
	}
	return Silent
}

// saysJSON accepts what servers call JSON, and those that do not say.
func saysJSON(media string) bool {
	return media == "" || media == "text/plain" || media == "text/json" || media == "application/octet-stream" ||
		media == "application/json" || strings.HasPrefix(media, "application/") && strings.HasSuffix(media, "+json")
}
