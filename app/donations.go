package app

import (
	"context"
	"errors"
	"fmt"

	"cairn/app/db"
	"cairn/app/web"
	"cairn/channels/amount"
	"cairn/channels/fees"
	"cairn/channels/invoice"

	"github.com/btcsuite/btcd/btcutil"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// donationNote is what somebody wrote along with a donation.
type donationNote struct {
	PaymentHash []byte `gorm:"primaryKey"`
	Note        string
	MadeAt      int64
}

// TableName implements gorm's Tabler.
func (donationNote) TableName() string { return "donation_notes" }

// openDonations has donations used as soon as they are paid: there is nothing
// to deliver.
func (a *App) openDonations(context.Context) error {
	if a.cfg.Prices.DonationName == "" {
		return nil
	}
	a.sells(sale{what: web.Donation, late: true, deliver: func(ctx context.Context, q fees.Quote) error {
		_, err := a.till.Use(ctx, fees.Use{ID: q.ID, For: web.Donation + "/" + q.ID.String(), AcceptLate: true})
		return err
	}})
	return nil
}

// donations are what the pages of donations need; nil when none are taken.
func (a *App) donations() (*web.Donations, error) {
	p := a.cfg.Prices
	if p.DonationName == "" {
		return nil, nil
	}
	least, err := amount.FromSatoshi(btcutil.Amount(p.DonationLeast))
	if err != nil {
		return nil, fmt.Errorf("the smallest donation: %w", err)
	}
	most, err := amount.FromSatoshi(btcutil.Amount(p.DonationMost))
	if err != nil {
		return nil, fmt.Errorf("the largest donation: %w", err)
	}
	return &web.Donations{Name: p.DonationName, Least: least, Most: most, Note: a.noteDonation}, nil
}

// noteDonation keeps what a donor wrote along, for the operator's list of
// payments.
func (a *App) noteDonation(ctx context.Context, hash invoice.Hash, note string) error {
	row := donationNote{PaymentHash: hash[:], Note: db.CleanText(note), MadeAt: a.now().Unix()}
	err := a.db.Transact(ctx, func(tx *gorm.DB) error {
		return tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row).Error
	})
	if err != nil {
		return fmt.Errorf("keep a donor's words: %w", err)
	}
	return nil
}

// donationNotes are the words of donors by their payments.
func (a *App) donationNotes(ctx context.Context, hashes []invoice.Hash) (map[invoice.Hash]string, error) {
	keys := make([][]byte, len(hashes))
	for i, h := range hashes {
		keys[i] = h[:]
	}
	var rows []donationNote
	err := a.db.Read(ctx).Where("payment_hash IN ?", keys).Find(&rows).Error
	if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, fmt.Errorf("read donors' words: %w", db.Classify(err))
	}
	out := make(map[invoice.Hash]string, len(rows))
	for _, r := range rows {
		out[invoice.Hash(r.PaymentHash)] = r.Note
	}
	return out, nil
}
