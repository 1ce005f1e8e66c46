package fees

import (
	"context"
	"fmt"
	"strings"
	"time"

	"cairn/channels/amount"
)

// Day is what the books say of one day of UTC. Added up over all days, Income,
// Lost and Routing are those of Books; Lightning and OnChain are what came in
// less what went out.
type Day struct {
	Date time.Time
	// Income is by what was sold.
	Income map[string]amount.MilliSatoshi
	// Lightning and OnChain are how the node's own balances moved by it.
	Lightning, OnChain amount.MilliSatoshi
	// Credit is what was newly owed to clients, less what they used or had paid
	// out.
	Credit amount.MilliSatoshi
	// Lost was undone by reorganisations; Routing is what paying out cost.
	Lost, Routing amount.MilliSatoshi
}

const secondsOfDay = 24 * 60 * 60

// Days adds the ledger up by day, from the day of since on, the oldest first;
// days on which nothing was booked are left out.
func (s *Service) Days(ctx context.Context, since time.Time) ([]Day, error) {
	first := since.UTC().Unix() / secondsOfDay
	var rows []struct {
		Day  int64
		Name string
		Net  int64 // credits less debits
	}
	// Accounts of single quotes and payouts are left to the database: there may
	// be millions.
	err := s.db.Read(ctx).Raw(`SELECT t.day AS day, t.account AS name, CAST(sum(t.net) AS BIGINT) AS net FROM (
			SELECT made_at / 86400 AS day, amount_msat AS net,
				CASE WHEN credit LIKE 'credit/%' THEN 'credit/' ELSE credit END AS account FROM ledger_transfers
				WHERE made_at >= ? AND credit NOT LIKE 'quote/%' AND credit NOT LIKE 'payout/%'
			UNION ALL SELECT made_at / 86400, -amount_msat,
				CASE WHEN debit LIKE 'credit/%' THEN 'credit/' ELSE debit END FROM ledger_transfers
				WHERE made_at >= ? AND debit NOT LIKE 'quote/%' AND debit NOT LIKE 'payout/%'
		) t GROUP BY t.day, t.account ORDER BY t.day`, first*secondsOfDay, first*secondsOfDay).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("add up the days: %w", err)
	}
	var out []Day
	for _, r := range rows {
		date := time.Unix(r.Day*secondsOfDay, 0).UTC()
		if len(out) == 0 || !out[len(out)-1].Date.Equal(date) {
			out = append(out, Day{Date: date, Income: make(map[string]amount.MilliSatoshi)})
		}
		d, net := &out[len(out)-1], amount.MilliSatoshi(r.Net)
		switch {
		case r.Name == Lightning.Name:
			d.Lightning = -net
		case r.Name == OnChain.Name:
			d.OnChain = -net
		case r.Name == Reorged.Name:
			d.Lost = -net
		case r.Name == Routing.Name:
			d.Routing = -net
		case r.Name == creditPrefix:
			d.Credit = net
		case strings.HasPrefix(r.Name, incomePrefix):
			d.Income[strings.TrimPrefix(r.Name, incomePrefix)] = net
		}
	}
	return out, nil
}
