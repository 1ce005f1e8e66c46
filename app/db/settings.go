package db

import (
	"errors"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

type settingRecord struct {
	Name  string `gorm:"primaryKey"`
	Value []byte
}

func (settingRecord) TableName() string { return "settings" }

// Setting reads a small persistent fact, as the key id of the calendar.
// Errors: ErrNoSetting.
func Setting(tx *gorm.DB, name string) ([]byte, error) {
	var r settingRecord
	err := tx.Where("name = ?", name).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, fmt.Errorf("%w: %s", ErrNoSetting, name)
	}
	if err != nil {
		return nil, fmt.Errorf("reading setting %s: %w", name, err)
	}
	return r.Value, nil
}

// PutSetting stores a small persistent fact over an older one.
func PutSetting(tx *gorm.DB, name string, value []byte) error {
	r := settingRecord{Name: name, Value: value}
	err := tx.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "name"}}, DoUpdates: clause.AssignmentColumns([]string{"value"})}).Create(&r).Error
	if err != nil {
		return fmt.Errorf("storing setting %s: %w", name, err)
	}
	return nil
}

// InitSetting stores value under name unless something is stored there, and
// returns what is stored now. Of several callers one wins and all agree.
func InitSetting(tx *gorm.DB, name string, value []byte) ([]byte, error) {
	r := settingRecord{Name: name, Value: value}
	if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&r).Error; err != nil {
		return nil, fmt.Errorf("storing setting %s: %w", name, err)
	}
	return Setting(tx, name)
}
