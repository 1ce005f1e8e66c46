package wallet

import (
	"context"
	"fmt"
	"sort"
	"time"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/lightningnetwork/lnd/lnrpc"
)

// Movement is a transaction of the node's wallet.
type Movement struct {
	Txid chainhash.Hash
	At   time.Time
	// Height is 0 while it waits for a block.
	Height        int32
	Confirmations int32
	// Amount is what it brought (above zero) or took, its fee included.
	Amount btcutil.Amount
	// Fee is what the wallet paid miners for it, as far as lnd knows.
	Fee btcutil.Amount
	// Purpose is what we signed it for, or empty.
	Purpose string
	// Label is lnd's own, as "0:openchannel:shortchanid-…", or empty.
	Label string
}

// historyBlocks is how many blocks History looks back at first.
const historyBlocks = 1008

// History lists the wallet's transactions, those without a block first and then
// the newest first, at most limit. Errors: chain.ErrEngineDown.
func (w *Wallet) History(ctx context.Context, limit int) ([]Movement, error) {
	info, err := w.lnd.GetInfo(ctx, &lnrpc.GetInfoRequest{})
	if err != nil {
		return nil, fmt.Errorf("ask the node for its height: %w", err)
	}
	tip := int32(info.BlockHeight)
	var found []*lnrpc.Transaction
	for back := int32(historyBlocks); ; back *= 8 {
		start := max(tip-back, 0)
		answer, err := w.lnd.GetTransactions(ctx, &lnrpc.GetTransactionsRequest{StartHeight: start, EndHeight: -1})
		if err != nil {
			return nil, fmt.Errorf("ask the node for its transactions: %w", err)
		}
		found = answer.Transactions
		if len(found) >= limit || start == 0 || back > 1<<24 {
			break
		}
	}
	out := make([]Movement, 0, len(found))
	for _, tx := range found {
		hash, err := chainhash.NewHashFromStr(tx.TxHash)
		if err != nil {
			return nil, fmt.Errorf("read a transaction's id: %w", err)
		}
		out = append(out, Movement{
			Txid: *hash, At: time.Unix(tx.TimeStamp, 0).UTC(), Height: max(tx.BlockHeight, 0), Confirmations: tx.NumConfirmations,
			Amount: btcutil.Amount(tx.Amount), Fee: btcutil.Amount(tx.TotalFees), Label: tx.Label,
		})
	}
	sort.SliceStable(out, func(i, j int) bool {
		a, b := out[i], out[j]
		if (a.Height == 0) != (b.Height == 0) {
			return a.Height == 0
		}
		if a.Height != b.Height {
			return a.Height > b.Height
		}
		return a.At.After(b.At)
	})
	out = out[:min(len(out), limit)]
	return out, w.store.purposes(ctx, out)
}

// purposes fills in what we signed the transactions for.
func (s store) purposes(ctx context.Context, movements []Movement) error {
	ids := make([][]byte, len(movements))
	for i := range movements {
		ids[i] = movements[i].Txid[:]
	}
	var rows []txRecord
	if len(ids) > 0 {
		if err := s.db.Read(ctx).Select("txid", "purpose", "fee_sat").Where("txid IN ?", ids).Find(&rows).Error; err != nil {
			return fmt.Errorf("read what transactions were for: %w", err)
		}
	}
	by := make(map[chainhash.Hash]txRecord, len(rows))
	for _, r := range rows {
		by[chainhash.Hash(r.Txid)] = r
	}
	for i := range movements {
		if r, ok := by[movements[i].Txid]; ok {
			movements[i].Purpose, movements[i].Fee = r.Purpose, btcutil.Amount(r.FeeSat)
		}
	}
	return nil
}

// Reserved maps the coins that transactions waiting for a block spend to what
// those are for.
func (w *Wallet) Reserved(ctx context.Context) (map[string]string, error) {
	waiting, err := w.store.waitingInputs(ctx)
	if err != nil {
		return nil, err
	}
	out := make(map[string]string, len(waiting))
	for op, purpose := range waiting {
		out[op.String()] = purpose
	}
	return out, nil
}

// DayFees is what the transactions signed on a day of UTC add to miners' fees.
type DayFees struct {
	Date time.Time
	// All of it, and the part for purposes that begin with a prefix asked for.
	All, Of btcutil.Amount
}

// FeesByDay adds up what was promised to miners from the day of since on, the
// oldest first, and apart from it what purposes with a prefix cost.
func (w *Wallet) FeesByDay(ctx context.Context, since time.Time, prefix string) ([]DayFees, error) {
	var rows []struct{ Day, Total, Part int64 }
	err := w.store.db.Read(ctx).Model(&txRecord{}).
		Select("day AS day, CAST(sum(charge_sat) AS BIGINT) AS total, CAST(sum(CASE WHEN purpose LIKE ? THEN charge_sat ELSE 0 END) AS BIGINT) AS part", prefix+"%").
		Where("day >= ?", day(since)).Group("day").Order("day").Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("add up the fees by day: %w", err)
	}
	out := make([]DayFees, len(rows))
	for i, r := range rows {
		out[i] = DayFees{Date: time.Unix(r.Day*24*60*60, 0).UTC(), All: btcutil.Amount(r.Total), Of: btcutil.Amount(r.Part)}
	}
	return out, nil
}
