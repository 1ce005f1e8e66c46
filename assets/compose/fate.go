package compose

import (
	"context"
)

// Fate is how a draft stands, without its transactions: Ended or Conflicted for one
// that never will be in a block. Errors: ErrUnknownDraft.
func (s *Service) Fate(ctx context.Context, id ID) (State, error) {
	r, err := s.store(ctx).get(id)
	if err != nil {
		return "", err
	}
	if r.State == Open && s.now().Unix() >= r.ExpiresAt {
		return Ended, nil
	}
	txs, err := s.store(ctx).txs(id)
	if err != nil {
		return "", err
	}
	confirmed := 0
	for _, t := range txs {
		if t.LostAt != nil {
			return Conflicted, nil
		}
		if t.Height != nil {
			confirmed++
		}
	}
	if r.State == Sent && confirmed == len(txs) && confirmed > 0 {
		return Confirmed, nil
	}
	return r.State, nil
}
