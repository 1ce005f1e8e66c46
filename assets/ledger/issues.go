package ledger

import (
	"context"
	"errors"
	"fmt"

	"cairn/app/db"
	"cairn/assets"
	"cairn/chain"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// Said is what an issue says of its asset.
type Said struct {
	Asset    assets.ID
	Metadata []byte
}

// SaidFrom lists what issues in blocks from a height on say of their assets, in
// the order of the chain, and the height of the first block that the ledger has
// not taken in.
func (l *Ledger) SaidFrom(ctx context.Context, height int32) (said []Said, next int32, err error) {
	tip, err := l.Tip(ctx)
	if errors.Is(err, chain.ErrNoBlock) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	var rows []struct {
		Protocol assets.Protocol
		Raw      []byte
		Metadata []byte
	}
	err = l.db.Read(ctx).Raw(`SELECT a.protocol, a.raw, m.metadata FROM asset_txs t JOIN asset_metadata m ON m.tx = t.number JOIN asset_ids a ON a.number = m.asset
		WHERE t.height >= ? AND t.height <= ? ORDER BY t.number`, height, tip.Height).Scan(&rows).Error
	if err != nil {
		return nil, 0, fmt.Errorf("read what issues say: %w", db.Classify(err))
	}
	for _, r := range rows {
		id, err := assets.NewID(r.Protocol, r.Raw)
		if err != nil {
			return nil, 0, fmt.Errorf("%w: asset %x: %w", db.ErrCorrupt, r.Raw, err)
		}
		said = append(said, Said{Asset: id, Metadata: r.Metadata})
	}
	return said, tip.Height + 1, nil
}

// InBlock lists the transactions of a block that have to do with colored coins, in
// its order, 1,000 at most.
func (l *Ledger) InBlock(ctx context.Context, height int32) ([]TxRef, error) {
	var rows []txRecord
	err := l.db.Read(ctx).Select("txid", "height", "place", "made_at").Where("height = ?", height).Order("number").Limit(most).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read the transactions of a block: %w", db.Classify(err))
	}
	refs := make([]TxRef, len(rows))
	for i, r := range rows {
		refs[i] = TxRef{Txid: chainhash.Hash(r.Txid), Height: r.Height, Place: r.Place, Time: seconds(r.MadeAt)}
	}
	return refs, nil
}

// ScriptIssue is the first issue of an asset whose script may say more of it, as
// only what spends a coin of that script shows it (P2SH).
type ScriptIssue struct {
	Asset  assets.ID
	Input  *wire.TxIn
	Script []byte
}

// scriptHashed is the length of every script that pays to the hash of another.
const scriptHashed = 23

// ScriptIssuesFrom lists the first issues, in blocks from a height on, of assets of
// Open Assets whose issuer is the hash of a script.
func (l *Ledger) ScriptIssuesFrom(ctx context.Context, height int32) (list []ScriptIssue, err error) {
	var rows []struct{ RawID, Raw, FirstScript []byte }
	err = l.db.Read(ctx).Raw(`SELECT a.raw AS raw_id, t.raw, t.first_script FROM asset_txs t JOIN asset_ids a ON a.first_tx = t.number
		WHERE t.height >= ? AND a.protocol = ? AND LENGTH(t.first_script) = ? ORDER BY t.number`, height, assets.OpenAssets, scriptHashed).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read the issues of scripts: %w", db.Classify(err))
	}
	for _, r := range rows {
		id, err := readID(assets.OpenAssets, r.RawID)
		if err != nil {
			return nil, err
		}
		tx, err := decodeTx(r.Raw)
		if err != nil {
			return nil, err
		}
		list = append(list, ScriptIssue{Asset: id, Input: tx.TxIn[0], Script: r.FirstScript})
	}
	return list, nil
}
