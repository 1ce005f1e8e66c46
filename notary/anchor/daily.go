package anchor

import (
	"context"
	"fmt"
	"time"

	"cairn/app/db"
)

// Day is what was anchored on a day of UTC.
type Day struct {
	Date time.Time
	// Anchors were made, over so many Digests.
	Anchors, Digests int64
}

// Days counts anchors by the day they were made, from the day of since on, the
// oldest first.
func (l *Ledger) Days(ctx context.Context, since time.Time) ([]Day, error) {
	const day = 24 * 60 * 60
	var rows []struct{ Day, Anchors, Digests int64 }
	err := l.cfg.DB.Read(ctx).Raw(`SELECT created_at / 86400 AS day, count(*) AS anchors, CAST(sum(digests) AS BIGINT) AS digests
		FROM anchors WHERE created_at >= ? GROUP BY created_at / 86400 ORDER BY 1`, since.UTC().Unix()/day*day).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("count the anchors by day: %w", db.Classify(err))
	}
	out := make([]Day, len(rows))
	for i, r := range rows {
		out[i] = Day{Date: time.Unix(r.Day*day, 0).UTC(), Anchors: r.Anchors, Digests: r.Digests}
	}
	return out, nil
}
