package pledges

import (
	"errors"
	"fmt"

	"cairn/app/db"
	"cairn/lighthouse"

	"github.com/btcsuite/btcd/btcutil"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// totals is what the pledges of a campaign add up to.
type totals struct {
	Campaign                []byte `gorm:"primaryKey"`
	Confirmed               btcutil.Amount
	Backers                 int
	Firm                    btcutil.Amount
	FirmBackers             int
	Pending                 btcutil.Amount
	PendingBackers          int
	Revoked                 btcutil.Amount
	RevokedBackers          int
	Taken                   btcutil.Amount
	TakenBackers            int
	Matched                 btcutil.Amount
	Matches                 int
	Weight, Stored, Version int64
	CheckedHeight           int32
}

func (totals) TableName() string { return "campaign_totals" }

// totalsOf reads what is stored; zero for a campaign without pledges.
func totalsOf(tx *gorm.DB, id lighthouse.ID) (totals, error) {
	var t totals
	err := tx.Where("campaign = ?", id[:]).Take(&t).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return totals{Campaign: id[:]}, nil
	}
	if err != nil {
		return t, fmt.Errorf("read the totals of campaign %s: %w", id, db.Classify(err))
	}
	return t, nil
}

// sum is a group of pledges.
type sum struct {
	State    lighthouse.CoinState
	Goal     bool
	Firm     bool
	Replaced bool
	Count    int
	Value    btcutil.Amount
	Weight   int64
}

// count makes the totals of a campaign anew and stores them, with the next
// version: for every transaction that changes a pledge.
func count(tx *gorm.DB, id lighthouse.ID, height int32) error {
	var sums []sum
	err := tx.Raw(`SELECT state, goal, firm, replaced, count(*) AS count, CAST(sum(value_sat) AS BIGINT) AS value, CAST(sum(weight) AS BIGINT) AS weight
		FROM pledges WHERE campaign = ? GROUP BY state, goal, firm, replaced`, id[:]).Scan(&sums).Error
	if err != nil {
		return fmt.Errorf("count the pledges of campaign %s: %w", id, err)
	}
	before, err := totalsOf(tx, id)
	if err != nil {
		return err
	}
	t := totals{Campaign: append([]byte{}, id[:]...), Version: before.Version + 1, CheckedHeight: height}
	for _, s := range sums {
		t.add(s)
	}
	if err := tx.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "campaign"}}, UpdateAll: true}).Create(&t).Error; err != nil {
		return fmt.Errorf("store the totals of campaign %s: %w", id, err)
	}
	return nil
}

// add counts a group.
func (t *totals) add(s sum) {
	switch s.State {
	case lighthouse.Seen, lighthouse.Confirmed, lighthouse.Leaving:
		t.Stored += s.Weight
	}
	switch {
	case (s.State == lighthouse.Leaving || s.State == lighthouse.Spent) && !s.Replaced:
		t.Revoked += s.Value
		t.RevokedBackers += s.Count
	case s.State == lighthouse.Taken:
		t.Taken += s.Value
		t.TakenBackers += s.Count
	case s.State == lighthouse.Confirmed && !s.Goal:
		t.Matched += s.Value
		t.Matches += s.Count
	case s.State == lighthouse.Confirmed:
		t.Confirmed += s.Value
		t.Backers += s.Count
		t.Weight += s.Weight
		if s.Firm {
			t.Firm += s.Value
			t.FirmBackers += s.Count
		}
	case s.State == lighthouse.Seen && s.Goal:
		t.Pending += s.Value
		t.PendingBackers += s.Count
		t.Weight += s.Weight
	}
}
