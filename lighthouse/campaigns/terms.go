package campaigns

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"cairn/app/db"
	"cairn/chain"
	"cairn/lighthouse"
	"cairn/lighthouse/contract"
	"cairn/lighthouse/story"

	"github.com/btcsuite/btcd/btcutil"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// write puts an examined draft into a campaign: all but the block of the
// deadline and the contracts, which settle makes.
func (s *Service) write(c *lighthouse.Campaign, d Draft) error {
	html, err := render(d.Text)
	if err != nil {
		return err
	}
	before := c.Terms
	c.Text, c.HTML, c.Creator, c.Language, c.Category, c.Cover, c.Example = d.Text, html, d.Creator, d.Language, d.Category, d.Cover, d.Example
	c.Terms = lighthouse.Terms{
		Revision: before.Revision, Least: d.Least, Multiple: d.Multiple, AtDeadline: d.AtDeadline, ByItself: d.ByItself,
		DeadlineIn: d.DeadlineIn,
	}
	if d.DeadlineIn == 0 && !d.Deadline.IsZero() {
		c.Terms.DeadlineAt = d.Deadline.UTC().Truncate(time.Minute)
	}
	if sameWish(before, c.Terms) {
		c.Terms.Deadline, c.Terms.DeadlineAt = before.Deadline, before.DeadlineAt
	}
	if d.Firm {
		if c.Terms.Keeper, err = s.cfg.Keeper(c.ID); err != nil {
			return fmt.Errorf("the keeper of firm pledges: %w", err)
		}
	}
	for _, l := range d.Levels {
		c.Terms.Levels = append(c.Terms.Levels, lighthouse.Level{Title: l.Title, Beneficiaries: l.Beneficiaries, Reserve: l.Reserve, Goal: goalOf(l)})
	}
	return nil
}

// sameWish says that a deadline was not changed: it then stays the same block,
// however long ago that was counted.
func sameWish(before, after lighthouse.Terms) bool {
	if before.DeadlineIn > 0 || after.DeadlineIn > 0 {
		return before.DeadlineIn == after.DeadlineIn
	}
	return before.DeadlineAt.Equal(after.DeadlineAt)
}

func render(t lighthouse.Text) (html lighthouse.HTML, err error) {
	if html.Story, err = story.HTML(t.Story); err != nil {
		return html, err
	}
	if html.Risks, err = story.HTML(t.Risks); err != nil {
		return html, err
	}
	for _, q := range t.FAQ {
		answer, err := story.HTML(q.Answer)
		if err != nil {
			return html, err
		}
		html.Answers = append(html.Answers, answer)
	}
	return html, nil
}

// sameTerms compares all but revisions and contracts.
func sameTerms(a, b lighthouse.Terms) bool {
	return a.Least == b.Least && a.Multiple == b.Multiple && a.AtDeadline == b.AtDeadline && a.ByItself == b.ByItself &&
		a.Deadline == b.Deadline && sameWish(a, b) && bytes.Equal(a.Keeper, b.Keeper) &&
		slices.EqualFunc(a.Levels, b.Levels, func(x, y lighthouse.Level) bool {
			return x.Title == y.Title && x.Reserve == y.Reserve && slices.Equal(x.Beneficiaries, y.Beneficiaries)
		})
}

func equalBudgets(a, b []lighthouse.BudgetLine) bool { return slices.Equal(a, b) }

// settle turns the terms of a complete campaign into what pledges sign, and
// stores them as its revision: the deadline becomes a block, each level a
// contract. before are the terms that are replaced, if those were shown.
func (s *Service) settle(tx *gorm.DB, c *lighthouse.Campaign, before lighthouse.Terms) error {
	height, err := tip(tx)
	if err != nil {
		return notFollowing(err)
	}
	if c.Terms.Deadline == 0 {
		if err := s.count(&c.Terms, height); err != nil {
			return err
		}
	}
	if c.Terms.Deadline <= height {
		return Fields{{Field: "deadline", Err: ErrDeadline}}
	}
	var faults faults
	for i := range c.Terms.Levels {
		l := &c.Terms.Levels[i]
		if l.Contract, err = s.contract(*l, c.Terms); err != nil {
			return err
		}
		hash := l.Contract.OutputsHash()
		kind, err := takeOutputs(tx, hash[:], c, before.Revision)
		if err != nil {
			return err
		}
		if kind != "" {
			faults.add(kind, 0, "levels.%d.beneficiaries", i)
		}
	}
	if err := faults.err(); err != nil {
		return err
	}
	if before.Revision == 0 {
		return replaceTerms(tx, c.ID, c.Terms)
	}
	return storeTerms(tx, c.ID, c.Terms)
}

// Bounds of a deadline on public networks, and in blocks everywhere.
const (
	soonest   = 24 * time.Hour
	latest    = 366 * 24 * time.Hour
	mostAhead = 1_000_000
)

// count turns the wish for a deadline into a block.
func (s *Service) count(t *lighthouse.Terms, height int32) error {
	wrong := Fields{{Field: "deadline", Err: ErrDeadline}}
	interval := max(s.cfg.BlockInterval, time.Second)
	now := s.now()
	blocks := int64(t.DeadlineIn)
	if blocks == 0 {
		ahead := t.DeadlineAt.Sub(now)
		if ahead <= 0 || ahead > latest {
			return wrong
		}
		blocks = int64((ahead + interval - 1) / interval)
	} else {
		if blocks > mostAhead {
			return wrong
		}
		t.DeadlineAt = now.Add(time.Duration(blocks) * interval)
	}
	if ahead := t.DeadlineAt.Sub(now); s.cfg.Network != chain.Devnet && (ahead < soonest || ahead > latest) {
		return wrong
	}
	if blocks > mostAhead {
		return wrong
	}
	t.Deadline = height + int32(blocks)
	return nil
}

// contract makes what pledges of a level sign.
func (s *Service) contract(l lighthouse.Level, t lighthouse.Terms) (*contract.Contract, error) {
	var outputs []contract.Output
	for _, b := range l.Beneficiaries {
		_, script, err := ParseAddress(b.Address, s.params)
		if err != nil {
			return nil, err
		}
		outputs = append(outputs, contract.Output{Value: b.Amount, Script: script})
	}
	var lockTime uint32
	if t.AtDeadline {
		lockTime = uint32(t.Deadline)
	}
	return contract.New(contract.Version, lockTime, outputs)
}

// takeOutputs makes outputs a campaign's for ever. Those of the revision that
// is replaced may stay: it has no pledge, and one that was signed for it and
// never handed in pays the same amounts to the same people, once. Who went on
// to others and comes back needs a fresh address.
func takeOutputs(tx *gorm.DB, hash []byte, c *lighthouse.Campaign, replaced int) (ErrorKind, error) {
	made := tx.Clauses(clause.OnConflict{DoNothing: true}).
		Create(&outputsRecord{Hash: hash, Campaign: c.ID[:], Revision: c.Terms.Revision})
	if made.Error != nil {
		return "", fmt.Errorf("store a contract's outputs: %w", made.Error)
	}
	if made.RowsAffected == 1 {
		return "", nil
	}
	var had outputsRecord
	if err := tx.Where("hash = ?", hash).Take(&had).Error; err != nil {
		return "", fmt.Errorf("read a contract's outputs: %w", err)
	}
	switch {
	case !bytes.Equal(had.Campaign, c.ID[:]):
		return ErrOutputs, nil
	case had.Revision == c.Terms.Revision: // another level of this one
		return ErrLevels, nil
	case had.Revision != replaced:
		return ErrOutputsBefore, nil
	}
	err := tx.Model(&outputsRecord{}).Where("hash = ?", hash).Update("revision", c.Terms.Revision).Error
	if err != nil {
		return "", fmt.Errorf("store a contract's outputs: %w", err)
	}
	return "", nil
}

func replaceTerms(tx *gorm.DB, id lighthouse.ID, t lighthouse.Terms) error {
	for _, table := range []any{&levelRecord{}, &termsRecord{}} {
		if err := tx.Where("campaign = ? AND revision = ?", id[:], t.Revision).Delete(table).Error; err != nil {
			return fmt.Errorf("replace a draft's terms: %w", err)
		}
	}
	return storeTerms(tx, id, t)
}

func storeTerms(tx *gorm.DB, id lighthouse.ID, t lighthouse.Terms) error {
	row := termsRecord{
		Campaign: id[:], Revision: t.Revision, LeastSat: int64(t.Least), MultipleSat: int64(t.Multiple),
		Deadline: t.Deadline, DeadlineAt: stamp(t.DeadlineAt), DeadlineIn: t.DeadlineIn,
		AtDeadline: t.AtDeadline, ByItself: t.ByItself, Keeper: t.Keeper,
	}
	if err := tx.Create(&row).Error; err != nil {
		return fmt.Errorf("store a campaign's terms: %w", err)
	}
	rows := make([]levelRecord, len(t.Levels))
	for i, l := range t.Levels {
		beneficiaries, err := json.Marshal(l.Beneficiaries)
		if err != nil {
			return fmt.Errorf("store a campaign's terms: %w", err)
		}
		rows[i] = levelRecord{
			Campaign: id[:], Revision: t.Revision, Level: i, Title: l.Title, Beneficiaries: string(beneficiaries),
			ReserveSat: int64(l.Reserve), GoalSat: int64(l.Goal),
		}
		if l.Contract != nil {
			rows[i].Contract = l.Contract.Encode()
		}
	}
	if err := tx.Create(&rows).Error; err != nil {
		return fmt.Errorf("store a campaign's levels: %w", err)
	}
	return nil
}

// readTerms reads a revision. Errors: lighthouse.ErrUnknown.
func readTerms(tx *gorm.DB, campaign []byte, revision int) (t lighthouse.Terms, err error) {
	var row termsRecord
	err = tx.Where("campaign = ? AND revision = ?", campaign, revision).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return t, fmt.Errorf("%w: no revision %d", lighthouse.ErrUnknown, revision)
	}
	if err != nil {
		return t, fmt.Errorf("read a campaign's terms: %w", db.Classify(err))
	}
	var levels []levelRecord
	if err := tx.Where("campaign = ? AND revision = ?", campaign, revision).Order("level").Find(&levels).Error; err != nil {
		return t, fmt.Errorf("read a campaign's levels: %w", db.Classify(err))
	}
	t = lighthouse.Terms{
		Revision: row.Revision, Least: btcutil.Amount(row.LeastSat), Multiple: btcutil.Amount(row.MultipleSat),
		Deadline: row.Deadline, DeadlineAt: moment(row.DeadlineAt), DeadlineIn: row.DeadlineIn,
		AtDeadline: row.AtDeadline, ByItself: row.ByItself,
	}
	if len(row.Keeper) > 0 {
		t.Keeper = row.Keeper
	}
	for _, l := range levels {
		level := lighthouse.Level{Title: l.Title, Reserve: btcutil.Amount(l.ReserveSat), Goal: btcutil.Amount(l.GoalSat)}
		if err := json.Unmarshal([]byte(l.Beneficiaries), &level.Beneficiaries); err != nil {
			return t, fmt.Errorf("read a campaign's levels: %w", err)
		}
		if l.Contract != nil {
			if level.Contract, err = contract.Decode(l.Contract); err != nil {
				return t, fmt.Errorf("read a campaign's contract: %w", err)
			}
		}
		t.Levels = append(t.Levels, level)
	}
	return t, nil
}
