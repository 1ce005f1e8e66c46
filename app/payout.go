package app

import (
	"context"
	"crypto/rand"
	"strconv"

	"cairn/app/audit"
	"cairn/channels/amount"
	"cairn/channels/payout"

	"gorm.io/gorm"
)

// openPayout sets up what gives credit back over Lightning.
func (a *App) openPayout(context.Context) (err error) {
	a.payouts, err = payout.New(payout.Config{
		DB: a.db, Node: a.lightning, Till: a.till, Rand: rand.Reader, Record: a.recordPayout, Now: a.now, Log: a.log.With("part", "payout"),
	})
	return err
}

// recordPayout writes into the audit log that credit was paid out.
func (a *App) recordPayout(tx *gorm.DB, id payout.ID, paid, fee amount.MilliSatoshi) error {
	return a.audit.RecordIn(tx, audit.Event{Who: audit.Cairn, What: "credit.paid-out", Detail: map[string]string{
		"payout": id.String(), "amount-msat": strconv.FormatInt(int64(paid), 10), "fee-msat": strconv.FormatInt(int64(fee), 10),
	}})
}
