package pledges

import (
	"context"
	"fmt"

	"cairn/app/db"
	"cairn/lighthouse"
)

// Versions are the campaigns that have pledges, each with a number that grows
// with every change of them.
func (s *Service) Versions(ctx context.Context) (map[lighthouse.ID]int64, error) {
	var rows []totals
	if err := s.db.Read(ctx).Select("campaign", "version").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list the campaigns that have pledges: %w", db.Classify(err))
	}
	versions := make(map[lighthouse.ID]int64, len(rows))
	for _, r := range rows {
		versions[lighthouse.ID(r.Campaign)] = r.Version
	}
	return versions, nil
}
