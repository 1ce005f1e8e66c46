package vault

import (
	"context"
	"fmt"
	"time"

	"cairn/app/db"
	"cairn/notary"
	"cairn/notary/client"
	"cairn/notary/ots"

	"gorm.io/gorm"
)

// Completion is an item that was found complete just now.
type Completion struct {
	Account Account
	Item    Item
}

// How the worker works.
const (
	// lookEvery is how often it looks without having been told to.
	lookEvery = time.Minute
	// lookApart keeps looks apart when much is moving.
	lookApart = time.Second
	// So many items are looked at, noted in one transaction, and asked for at
	// a time.
	lookAtOnce     = 500
	completeAtOnce = 100
	askAtOnce      = 32
	// A calendar is asked for a proof it has promised after as long as it has
	// been waited for, within these bounds; after giveUpAfter nobody is asked
	// any more.
	askSoonest  = 10 * time.Second
	askLatest   = 20 * time.Minute
	giveUpAfter = 60 * 24 * time.Hour
)

// Run notes which proofs have become complete, and asks other calendars for
// imported ones, until ctx ends. Two at a time do no harm: each completion is
// noted once.
func (v *Vault) Run(ctx context.Context) error {
	moved, stop := v.cfg.Notary.Watch()
	defer stop()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if err := v.Look(ctx); err != nil && ctx.Err() == nil {
			v.cfg.Log.Warn("the vault could not look for complete proofs", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(lookApart):
		}
		select {
		case <-ctx.Done():
			return nil
		case <-moved:
		case <-tick.C:
		}
	}
}

// Look is one round of Run.
func (v *Vault) Look(ctx context.Context) error {
	if err := v.lookAtOurs(ctx); err != nil {
		return err
	}
	return v.askForOthers(ctx)
}

// lookAtOurs goes through the items that wait for our calendar.
func (v *Vault) lookAtOurs(ctx context.Context) error {
	last := []byte{}
	for {
		var rows []listed
		err := v.items(v.cfg.DB.Read(ctx)).Where("complete_at IS NULL AND proof IS NULL AND vault_items.id > ?", last).
			Order("vault_items.id").Limit(lookAtOnce).Scan(&rows).Error
		if err != nil {
			return fmt.Errorf("reading items that wait: %w", db.Classify(err))
		}
		items, err := v.withProofs(ctx, rows)
		if err != nil {
			return err
		}
		var done []Completion
		for i, item := range items {
			if item.Complete() {
				done = append(done, Completion{Account(rows[i].Row.Account), item})
			}
		}
		for len(done) > 0 {
			n := min(len(done), completeAtOnce)
			if err := v.complete(ctx, done[:n]); err != nil {
				return err
			}
			done = done[n:]
		}
		if len(rows) < lookAtOnce {
			return nil
		}
		last = rows[len(rows)-1].Row.ID
	}
}

// complete notes completions of our calendar, each once.
func (v *Vault) complete(ctx context.Context, done []Completion) error {
	return v.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		now := v.now()
		var news []Completion
		for _, c := range done {
			var row itemRecord
			row.complete(now.Unix(), *c.Item.Proof)
			noted, err := note(tx, c.Item.ID, map[string]any{
				"complete_at": row.CompleteAt, "block_height": row.BlockHeight, "block_time": row.BlockTime,
			})
			if err != nil {
				return err
			}
			if noted {
				c.Item.CompleteAt = now
				if row.BlockHeight != nil {
					c.Item.Block, c.Item.BlockTime = *row.BlockHeight, moment(*row.BlockTime)
				}
				news = append(news, c)
			}
		}
		return v.tell(tx, news)
	})
}

// note marks an item complete; false if it was, or is gone.
func note(tx *gorm.DB, id ID, changes map[string]any) (bool, error) {
	noted := tx.Model(&itemRecord{}).Where("id = ? AND complete_at IS NULL", id[:]).Updates(changes)
	return noted.RowsAffected == 1, noted.Error
}

func (v *Vault) tell(tx *gorm.DB, news []Completion) error {
	if v.cfg.Completed == nil || len(news) == 0 {
		return nil
	}
	return v.cfg.Completed(tx, news)
}

// askForOthers asks the calendars of imported proofs whose time has come.
func (v *Vault) askForOthers(ctx context.Context) error {
	if v.cfg.Ask == nil {
		return nil
	}
	now := v.now()
	var rows []itemRecord
	err := v.cfg.DB.Read(ctx).Where("complete_at IS NULL AND proof IS NOT NULL AND next_try_at <= ? AND kept_at > ?", now.Unix(), now.Add(-giveUpAfter).Unix()).
		Order("next_try_at").Limit(askAtOnce).Find(&rows).Error
	if err != nil {
		return fmt.Errorf("reading imported proofs: %w", db.Classify(err))
	}
	for _, row := range rows {
		if err := v.askFor(ctx, row); err != nil {
			return err
		}
	}
	return nil
}

// askFor asks for one imported proof. What a calendar fails to do is not our
// error: it is asked again later.
func (v *Vault) askFor(ctx context.Context, row itemRecord) error {
	file, err := ots.ParseFile(row.Proof)
	if err != nil {
		return fmt.Errorf("a stored proof cannot be read: %w", err)
	}
	questions := client.Questions(file.Timestamp)
	answers := make(map[client.Question]client.Answer, len(questions))
	for i, answer := range v.cfg.Ask(ctx, questions) {
		answers[questions[i]] = answer
	}
	waited := v.now().Sub(moment(row.KeptAt))
	changes := map[string]any{"next_try_at": v.now().Add(min(max(waited, askSoonest), askLatest)).Unix()}
	_, changed := client.Apply(file.Timestamp, answers)
	if changed {
		grown, err := file.MarshalBinary()
		if err != nil {
			return err
		}
		changes["proof"] = grown
	}
	height, complete := blockOf(file.Timestamp)
	if !complete {
		return v.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
			_, err := note(tx, ID(row.ID), changes)
			return err
		})
	}
	now := v.now()
	changes["complete_at"], changes["block_height"] = now.Unix(), height
	return v.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		noted, err := note(tx, ID(row.ID), changes)
		if err != nil || !noted {
			return err
		}
		item := Item{
			ID: ID(row.ID), Digest: notary.Digest(row.Digest), Name: row.Name, Note: row.Note,
			KeptAt: moment(row.KeptAt), CompleteAt: now, Block: height, Foreign: true,
		}
		return v.tell(tx, []Completion{{Account(row.Account), item}})
	})
}
