package pledges

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"

	"cairn/app/db"
	"cairn/chain"
	"cairn/chain/follow"
	"cairn/lighthouse"
	"cairn/lighthouse/contract"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// Projection moves pledges by blocks (follow.Projection). It comes after
// follow.Watched, which keeps their coins.
type Projection struct{ campaigns Campaigns }

// Projection is the service's.
func (s *Service) Projection() Projection { return Projection{s.cfg.Campaigns} }

// NewProjection is that of a Service with these campaigns, for whoever needs it
// before there is one.
func NewProjection(c Campaigns) Projection { return Projection{c} }

var _ follow.Projection = Projection{}

// Name implements follow.Projection.
func (Projection) Name() string { return "pledges" }

// Connect implements follow.Projection: coins that the block holds are
// confirmed, those it spends are spent, by the claim or otherwise, and nobody
// waits any more for those that were seen long ago.
func (p Projection) Connect(_ context.Context, tx *gorm.DB, b *chain.Block) error {
	touched, err := follow.Touched(tx, b.Height)
	if err != nil {
		return err
	}
	rows, err := pledgesOf(tx, touched)
	if err != nil {
		return err
	}
	coins := make(map[wire.OutPoint]follow.Coin, len(touched))
	for _, c := range touched {
		coins[c.Outpoint] = c
	}
	changed := make(map[lighthouse.ID]bool)
	spenders := spenders{terms: terms{tx: tx, campaigns: p.campaigns}, block: b}
	for _, row := range rows {
		at, err := row.outpoint()
		if err != nil {
			return err
		}
		if err := moved(&row, coins[at], b, &spenders); err != nil {
			return err
		}
		if err := setState(tx, row); err != nil {
			return err
		}
		changed[lighthouse.ID(row.Campaign)] = true
	}
	if err := p.expire(tx, b.Height, lighthouse.Seen, lighthouse.Gone, changed); err != nil {
		return err
	}
	return countAll(tx, changed, b.Height)
}

// moved is the record after the block touched its coin.
func moved(row *pledgeRecord, coin follow.Coin, b *chain.Block, s *spenders) error {
	hash := append([]byte{}, b.Hash[:]...)
	height := b.Height
	if coin.Created == b.BlockRef {
		row.Height, row.BlockHash = &height, hash
		if row.State == lighthouse.Seen || row.State == lighthouse.Gone {
			row.State = lighthouse.Confirmed
		}
	}
	if coin.Spent == nil || coin.Spent.Block != b.BlockRef {
		return nil
	}
	claim, err := s.claims(lighthouse.ID(row.Campaign), s.of(coin.Spent.Txid))
	if err != nil {
		return err
	}
	if row.State = lighthouse.Spent; claim {
		row.State = lighthouse.Taken
	}
	row.SpentTxid, row.SpentHeight, row.SpentHash = append([]byte{}, coin.Spent.Txid[:]...), &height, hash
	return nil
}

// Disconnect implements follow.Projection. Whether a coin that loses its block
// still waits for another is for the mempool to say: it is gone until then.
func (p Projection) Disconnect(_ context.Context, tx *gorm.DB, b *chain.Block) error {
	var rows []pledgeRecord
	err := tx.Where("(height = ? AND block_hash = ?) OR (spent_height = ? AND spent_hash = ?)", b.Height, b.Hash[:], b.Height, b.Hash[:]).
		Find(&rows).Error
	if err != nil {
		return fmt.Errorf("find the pledges of a block: %w", err)
	}
	changed := make(map[lighthouse.ID]bool)
	for _, row := range rows {
		if row.SpentHeight != nil && *row.SpentHeight == b.Height {
			row.State, row.SpentTxid, row.SpentHeight, row.SpentHash = lighthouse.Confirmed, nil, nil, nil
			if row.Height == nil {
				row.State = lighthouse.Seen
			}
		}
		if row.Height != nil && *row.Height == b.Height && bytes.Equal(row.BlockHash, b.Hash[:]) {
			row.State, row.Height, row.BlockHash, row.SpentTxid = lighthouse.Gone, nil, nil, nil
		}
		if err := setState(tx, row); err != nil {
			return err
		}
		changed[lighthouse.ID(row.Campaign)] = true
	}
	if err := p.expire(tx, b.Height, lighthouse.Gone, lighthouse.Seen, changed); err != nil {
		return err
	}
	return countAll(tx, changed, b.Height-1)
}

// expire gives up, or at a disconnected block takes up again, the coins that
// were seen pendingBlocks before a height and that no block holds.
func (Projection) expire(tx *gorm.DB, height int32, from, to lighthouse.CoinState, changed map[lighthouse.ID]bool) error {
	var rows []pledgeRecord
	// The second condition repeats that of the partial index.
	err := tx.Where("made_height = ? AND state IN ('seen', 'leaving', 'gone') AND state = ?", height-pendingBlocks, from).Find(&rows).Error
	if err != nil {
		return fmt.Errorf("find the pledges that waited long: %w", err)
	}
	for _, row := range rows {
		row.State = to
		if err := setState(tx, row); err != nil {
			return err
		}
		changed[lighthouse.ID(row.Campaign)] = true
	}
	return nil
}

// setState stores what blocks and the mempool change of a pledge.
func setState(tx *gorm.DB, row pledgeRecord) error {
	set := map[string]any{
		"state": row.State, "height": nil, "block_hash": nil, "spent_txid": nil, "spent_height": nil, "spent_hash": nil,
	}
	if row.Height != nil {
		set["height"], set["block_hash"] = *row.Height, row.BlockHash
	}
	if row.SpentTxid != nil {
		set["spent_txid"] = row.SpentTxid
	}
	if row.SpentHeight != nil {
		set["spent_height"], set["spent_hash"] = *row.SpentHeight, row.SpentHash
	}
	if err := tx.Model(&pledgeRecord{}).Where("number = ?", row.Number).Updates(set).Error; err != nil {
		return fmt.Errorf("move a pledge: %w", err)
	}
	return nil
}

func countAll(tx *gorm.DB, changed map[lighthouse.ID]bool, height int32) error {
	for _, id := range slices.SortedFunc(maps.Keys(changed), func(a, b lighthouse.ID) int { return bytes.Compare(a[:], b[:]) }) {
		if err := count(tx, id, height); err != nil {
			return err
		}
	}
	return nil
}

// pledgesOf lists the pledges of coins, one coin may be pledged to several
// campaigns.
func pledgesOf(tx *gorm.DB, coins []follow.Coin) ([]pledgeRecord, error) {
	keys := make([][]byte, len(coins))
	for i, c := range coins {
		keys[i] = db.OutpointKey(c.Outpoint.Hash, c.Outpoint.Index)
	}
	return byOutpoints(tx, keys)
}

func byOutpoints(tx *gorm.DB, keys [][]byte) ([]pledgeRecord, error) {
	var rows []pledgeRecord
	for len(keys) > 0 {
		n := min(lookup, len(keys))
		var some []pledgeRecord
		if err := tx.Where("outpoint IN ?", keys[:n]).Order("number").Find(&some).Error; err != nil {
			return nil, fmt.Errorf("find pledges by their coins: %w", db.Classify(err))
		}
		rows, keys = append(rows, some...), keys[n:]
	}
	return rows, nil
}

// spenders are the transactions of a block, by their IDs.
type spenders struct {
	terms
	block *chain.Block
	byID  map[chainhash.Hash]*wire.MsgTx
}

// of is a transaction of the block; nil if there is none of that ID.
func (s *spenders) of(txid chainhash.Hash) *wire.MsgTx {
	if s.byID == nil {
		s.byID = make(map[chainhash.Hash]*wire.MsgTx, len(s.block.Msg.Transactions))
		for _, t := range s.block.Msg.Transactions {
			s.byID[t.TxHash()] = t
		}
	}
	return s.byID[txid]
}

// terms tells claims from other transactions, reading each campaign once.
type terms struct {
	tx        *gorm.DB
	campaigns Campaigns
	known     map[lighthouse.ID]lighthouse.Terms
}

// claims says whether a transaction is a claim of a campaign: whether it is the
// contract of one of its levels, whoever put it together.
func (t *terms) claims(id lighthouse.ID, spender *wire.MsgTx) (bool, error) {
	of, ok := t.known[id]
	if !ok {
		c, err := t.campaigns.GetIn(t.tx, id)
		if err != nil {
			return false, fmt.Errorf("the campaign of a pledge: %w", err)
		}
		if t.known == nil {
			t.known = make(map[lighthouse.ID]lighthouse.Terms)
		}
		of, t.known[id] = c.Terms, c.Terms
	}
	return spender != nil && slices.ContainsFunc(of.Levels, func(l lighthouse.Level) bool {
		return l.Contract != nil && isClaim(l.Contract, spender)
	}), nil
}

// isClaim says whether a transaction is a contract with inputs.
func isClaim(c *contract.Contract, tx *wire.MsgTx) bool {
	return tx.Version == c.Version && tx.LockTime == c.LockTime &&
		slices.EqualFunc(tx.TxOut, c.Outputs, func(out *wire.TxOut, o contract.Output) bool {
			return btcutil.Amount(out.Value) == o.Value && bytes.Equal(out.PkScript, o.Script)
		})
}
