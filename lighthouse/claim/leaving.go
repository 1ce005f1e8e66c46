package claim

import (
	"strings"

	"cairn/app/db/outbox"
	"cairn/lighthouse"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// field is how the pledges of a campaign stand, for one look.
type field struct {
	pledges  []lighthouse.Pledge // oldest first
	of       map[wire.OutPoint]lighthouse.Pledge
	attempts []attemptRecord
	// leaves are the coins that a transaction which is no claim of the campaign
	// spends before it is in a block.
	leaves coinSet
}

// field looks at all pledges of a campaign. A coin leaves by a transaction of
// the mempool, where that can be seen, or by one of our own outbox: a refund, or
// one that was sponsored.
func (s *Service) field(tx *gorm.DB, c lighthouse.Campaign) (*field, error) {
	pledges, err := s.cfg.Pledges.AllIn(tx, c.ID)
	if err != nil {
		return nil, err
	}
	attempts, err := loadAttempts(tx, c.ID)
	if err != nil {
		return nil, err
	}
	f := &field{pledges: pledges, of: make(map[wire.OutPoint]lighthouse.Pledge, len(pledges)), attempts: attempts,
		leaves: make(coinSet)}
	var unspent []wire.OutPoint
	for _, p := range pledges {
		f.of[p.Outpoint] = p
		if p.Created.Height > 0 && p.SpentAt.Height == 0 {
			unspent = append(unspent, p.Outpoint)
		}
	}
	held, err := outbox.Holding(tx, unspent)
	if err != nil {
		return nil, err
	}
	own := make(map[chainhash.Hash]bool, len(attempts))
	for _, a := range attempts {
		own[a.txid()] = true
	}
	for _, op := range unspent {
		if key, ok := held[op]; ok && !strings.HasPrefix(key, keyPrefix(c.ID)) {
			f.leaves[op] = true
			continue
		}
		f.look(s.cfg.Mempool, c, op, own)
	}
	return f, nil
}

// look asks the mempool about one coin; without one, what package pledges knows
// has to do.
func (f *field) look(mempool Mempool, c lighthouse.Campaign, op wire.OutPoint, own map[chainhash.Hash]bool) {
	if mempool == nil {
		if p := f.of[op]; p.State == lighthouse.Leaving {
			f.leaves[op] = !own[p.SpentBy]
		}
		return
	}
	spender, err := mempool.Spender(op)
	if err != nil {
		return
	}
	f.leaves[op] = levelOf(c.Terms.Levels, spender) < 0
}

// stays says that a pledge can be claimed: a block holds its coin, and nothing
// but a claim of this campaign spends it.
func (f *field) stays(p lighthouse.Pledge) bool {
	return p.Created.Height > 0 && p.SpentAt.Height == 0 && !f.leaves[p.Outpoint]
}

func keyPrefix(id lighthouse.ID) string { return "claim/" + id.String() + "/" }

func list(c coinSet) []wire.OutPoint {
	out := make([]wire.OutPoint, 0, len(c))
	for op := range c {
		out = append(out, op)
	}
	return out
}
