package voucher

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"cairn/app/db"
	"cairn/assets"
	"cairn/assets/voucher/liability"
	"cairn/chain"

	"gorm.io/gorm"
)

// Owed is what a shop owes in units of one asset, as the chain has it: anybody can
// add it up from the blocks.
type Owed struct {
	Asset assets.ID
	// Supply are all units there are; Returned of them lie where redeemed ones go;
	// Outstanding are the others, in vouchers and in wallets.
	Supply, Returned, Outstanding int64
	// Booked are redeemed here, and no block says so yet; they count as outstanding.
	Booked int64
	// Ledger is the hash of the ledger of the asset's protocol at the block.
	Ledger [32]byte
	// Series are those of this asset.
	Series []SeriesID
}

// Liability is what a shop owes at a block.
type Liability struct {
	Shop  Shop
	Block chain.BlockRef
	At    time.Time
	Owed  []Owed
	// Series are the shop's, and Sums are theirs by the shop's own books.
	Series []Series
	Sums   map[SeriesID]Sums
}

// Statement is a liability that this server has signed.
type Statement struct {
	Day    time.Time
	Height int32
	MadeAt time.Time
	// File is the signed text: a line of JSON, and a line with the signature.
	File []byte
	// Digest is the SHA-256 of File, which is notarised.
	Digest    [32]byte
	StampedAt time.Time
}

// Liability is what a shop owes as of the last block that the ledger has taken in.
// Errors: ErrShop,
// chain.ErrNoBlock.
func (s *Service) Liability(ctx context.Context, slug string) (Liability, error) {
	tx := s.db.Read(ctx)
	row, err := take[shopRecord](tx.Where("slug = ?", slug), ErrShop)
	if err != nil {
		return Liability{}, err
	}
	return s.liability(tx, row)
}

func (s *Service) liability(tx *gorm.DB, shop shopRecord) (Liability, error) {
	tip, err := s.cfg.Ledger.TipIn(tx)
	if err != nil {
		return Liability{}, err
	}
	out := Liability{Shop: shop.shop(), Block: tip, At: s.now().UTC().Truncate(time.Second)}
	rows, err := list[seriesRecord](tx.Where("shop = ?", shop.ID).Order("created_at, id"))
	if err != nil {
		return Liability{}, err
	}
	if out.Sums, err = s.sums(tx, out.Shop.ID); err != nil {
		return Liability{}, err
	}
	returns := make(map[assets.ID]map[string]bool)
	at := make(map[assets.ID]int)
	for _, r := range rows {
		series, err := r.series()
		if err != nil {
			return Liability{}, err
		}
		out.Series = append(out.Series, series)
		if series.Asset.IsZero() {
			continue
		}
		if _, known := at[series.Asset]; !known {
			at[series.Asset], returns[series.Asset] = len(out.Owed), make(map[string]bool)
			out.Owed = append(out.Owed, Owed{Asset: series.Asset})
		}
		owed := &out.Owed[at[series.Asset]]
		owed.Series = append(owed.Series, series.ID)
		owed.Booked += out.Sums[series.ID].Booked
		if err := s.owe(tx, owed, series.Return, returns[series.Asset]); err != nil {
			return Liability{}, err
		}
	}
	return out, nil
}

// owe asks the ledger what there is of an asset, and what of it lies on a script
// that was not asked for before.
func (s *Service) owe(tx *gorm.DB, owed *Owed, script []byte, asked map[string]bool) error {
	if asked[string(script)] {
		return nil
	}
	asked[string(script)] = true
	supply, on, hash, err := s.cfg.Ledger.SupplyIn(tx, owed.Asset, script)
	if err != nil {
		return fmt.Errorf("ask how many units there are: %w", err)
	}
	owed.Supply, owed.Ledger = supply, hash
	if len(script) > 0 {
		owed.Returned += on
	}
	owed.Outstanding = owed.Supply - owed.Returned
	return nil
}

// StatementKey is the key that statements are signed by; false where none are made.
func (s *Service) StatementKey() (key [32]byte, signs bool) {
	if s.cfg.Signer == nil {
		return key, false
	}
	return s.cfg.Signer.Key(), true
}

// file signs a liability: the same gives the same bytes but for the signature.
func (s *Service) file(l Liability) ([]byte, error) {
	doc := liability.Statement{
		Cairn: "liability", Version: 1, Network: string(s.cfg.Network), Server: s.cfg.Server, Shop: liability.Shop{Slug: l.Shop.Slug, Name: l.Shop.Name},
		MadeAt: l.At.Format(time.RFC3339), Block: liability.Block{Height: l.Block.Height, Hash: l.Block.Hash.String()},
		Assets: []liability.Owed{}, Series: []liability.Series{},
	}
	for _, o := range l.Owed {
		line := liability.Owed{
			Asset: o.Asset.Text(s.cfg.Network), Protocol: o.Asset.Protocol.String(), Supply: o.Supply, Returned: o.Returned,
			Outstanding: o.Outstanding, Booked: o.Booked, Ledger: hex.EncodeToString(o.Ledger[:]),
		}
		for _, id := range o.Series {
			line.Series = append(line.Series, id.String())
		}
		doc.Assets = append(doc.Assets, line)
	}
	for _, r := range l.Series {
		n := l.Sums[r.ID]
		doc.Series = append(doc.Series, liability.Series{
			ID: r.ID.String(), Name: r.Name, Unit: r.Unit, Decimals: r.Decimals, Vouchers: n.Vouchers, Issued: n.Issued, Redeemed: n.Redeemed,
			Booked: n.Booked, Outstanding: n.Outstanding, Expired: n.Expired, Reclaimed: n.Reclaimed, Claimed: n.Claimed, Gone: n.Gone, Lost: n.Lost,
		})
	}
	return doc.Seal(s.cfg.Signer)
}

type statementRecord struct {
	Shop      []byte `gorm:"primaryKey"`
	Day       int64  `gorm:"primaryKey;autoIncrement:false"`
	Height    int32
	MadeAt    int64
	Body      []byte
	Digest    []byte
	StampedAt *int64
}

func (statementRecord) TableName() string { return "voucher_statements" }

func (r statementRecord) statement() Statement {
	return Statement{Day: day(r.Day), Height: r.Height, MadeAt: unix(r.MadeAt), File: r.Body, Digest: [32]byte(r.Digest), StampedAt: unixOrZero(r.StampedAt)}
}

// Statements lists a shop's signed statements, the newest first, at most limit of
// them and 400. Errors: ErrShop.
func (s *Service) Statements(ctx context.Context, slug string, limit int) ([]Statement, error) {
	shop, err := s.Shop(ctx, slug)
	if err != nil {
		return nil, err
	}
	rows, err := list[statementRecord](s.db.Read(ctx).Where("shop = ?", shop.ID[:]).Order("day DESC").Limit(min(max(limit, 1), 400)))
	out := make([]Statement, len(rows))
	for i, r := range rows {
		out[i] = r.statement()
	}
	return out, err
}

// StatementOf is the one of a day. Errors: ErrShop, ErrStatement.
func (s *Service) StatementOf(ctx context.Context, slug string, at time.Time) (Statement, error) {
	shop, err := s.Shop(ctx, slug)
	if err != nil {
		return Statement{}, err
	}
	row, err := take[statementRecord](s.db.Read(ctx).Where("shop = ? AND day = ?", shop.ID[:], at.UTC().Unix()/secondsOfDay), ErrStatement)
	if err != nil {
		return Statement{}, err
	}
	return row.statement(), nil
}

const (
	// statementsEvery is how often it is looked whether a day's statement is due.
	statementsEvery = 5 * time.Second
	shopsAtOnce     = 50
)

// statements signs what each shop with an asset owes, once a day, and has it
// notarised.
func (s *Service) statements(ctx context.Context) error {
	if s.cfg.Signer == nil || s.cfg.Stamp == nil || s.now().Sub(s.stated) < statementsEvery {
		return nil
	}
	today := s.now().Unix() / secondsOfDay
	var shops []shopRecord
	err := s.db.Read(ctx).Raw(`SELECT s.* FROM voucher_shops s WHERE EXISTS (SELECT 1 FROM voucher_series r WHERE r.shop = s.id AND r.asset IS NOT NULL)
		AND NOT EXISTS (SELECT 1 FROM voucher_statements t WHERE t.shop = s.id AND t.day = ?) ORDER BY s.id LIMIT ?`, today, shopsAtOnce).Scan(&shops).Error
	if err != nil {
		return fmt.Errorf("look for statements that are due: %w", db.Classify(err))
	}
	// What is wrong with one shop keeps no other waiting.
	var errs []error
	for _, shop := range shops {
		err := s.state(ctx, shop, today)
		if errors.Is(err, errCrash) || errors.Is(err, db.ErrFenced) || ctx.Err() != nil {
			return err
		}
		errs = append(errs, err)
	}
	if err := errors.Join(append(errs, s.stamp(ctx))...); err != nil {
		return err
	}
	if len(shops) < shopsAtOnce {
		s.stated = s.now()
	}
	return nil
}

// state signs and stores one statement.
func (s *Service) state(ctx context.Context, shop shopRecord, today int64) error {
	err := s.transact(ctx, func(tx *gorm.DB) error {
		l, err := s.liability(tx, shop)
		if err != nil {
			return err
		}
		file, err := s.file(l)
		if err != nil {
			return err
		}
		digest := sha256.Sum256(file)
		return tx.Create(&statementRecord{Shop: shop.ID, Day: today, Height: l.Block.Height, MadeAt: l.At.Unix(), Body: file, Digest: digest[:]}).Error
	})
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("state what shop %x owes: %w", shop.ID, err)
	}
	return s.crash("stated")
}

// stamp has statements notarised that are not. Stamping one twice does no harm.
func (s *Service) stamp(ctx context.Context) error {
	rows, err := list[statementRecord](s.db.Read(ctx).Where("stamped_at IS NULL").Order("made_at").Limit(atOnce))
	if err != nil {
		return err
	}
	for _, r := range rows {
		if err := s.cfg.Stamp(ctx, [32]byte(r.Digest)); err != nil {
			return fmt.Errorf("notarise a statement: %w", err)
		}
		if err := s.crash("stamped"); err != nil {
			return err
		}
		err := s.transact(ctx, func(tx *gorm.DB) error {
			return tx.Model(&statementRecord{}).Where("shop = ? AND day = ?", r.Shop, r.Day).Update("stamped_at", s.now().Unix()).Error
		})
		if err != nil {
			return fmt.Errorf("note that a statement is notarised: %w", err)
		}
	}
	return nil
}
