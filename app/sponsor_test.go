package app

import (
	"context"
	"errors"
	"testing"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/chain"
	"cairn/chain/coins"
	"cairn/chain/follow"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// answers is what a finder says of every coin.
type answers struct {
	found coins.Found
	err   error
	asked *coins.Hint
}

func (a answers) Look(_ context.Context, _ wire.OutPoint, h coins.Hint) (coins.Found, error) {
	*a.asked = h
	return a.found, a.err
}

// A visitor's coin is what blocks say it is; where nobody can tell, what he says.
func TestCoinsOfSponsored(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	said, real := wire.NewTxOut(70_000, []byte{0x51}), wire.NewTxOut(60_000, []byte{0x51})
	watched := wire.OutPoint{Hash: chainhash.Hash{1}}
	spent := wire.OutPoint{Hash: chainhash.Hash{2}}
	err := d.Transact(t.Context(), func(tx *gorm.DB) error {
		for _, op := range []wire.OutPoint{watched, spent} {
			if err := follow.WatchOutpoint(tx, op, real, "test"); err != nil {
				return err
			}
		}
		if err := tx.Exec("UPDATE coins SET height = 900, block_hash = ?", make([]byte, 32)).Error; err != nil {
			return err
		}
		if err := tx.Exec("UPDATE coins SET spent_txid = ?, spent_input = 0, spent_height = 950, spent_hash = ? WHERE outpoint = ?",
			make([]byte, 32), make([]byte, 32), db.OutpointKey(spent.Hash, 0)).Error; err != nil {
			return err
		}
		return tx.Exec("INSERT INTO follow_cursor (id, height, hash, base) VALUES (1, 1000, ?, 1000)", make([]byte, 32)).Error
	})
	if err != nil {
		t.Fatal(err)
	}
	other := wire.OutPoint{Hash: chainhash.Hash{3}}
	block := chain.BlockRef{Height: 990}
	broken := errors.New("broken")
	for name, test := range map[string]struct {
		op     wire.OutPoint
		answer answers
		all    bool
		want   *wire.TxOut
		err    error
	}{
		"watched":                      {watched, answers{err: broken}, false, real, nil},
		"watched and spent":            {spent, answers{err: broken}, false, nil, nil},
		"found":                        {other, answers{found: coins.Found{Out: real, Block: block}}, false, real, nil},
		"found spent":                  {other, answers{found: coins.Found{Out: real, Block: block, Spent: true}}, false, nil, nil},
		"older than what is searched":  {other, answers{err: coins.ErrNone}, false, said, nil},
		"too many are searched for":    {other, answers{err: coins.ErrBusy}, false, said, nil},
		"not in time":                  {other, answers{err: context.DeadlineExceeded}, false, said, nil},
		"the node is down":             {other, answers{err: chain.ErrEngineDown}, false, nil, chain.ErrEngineDown},
		"none where all are known":     {other, answers{err: coins.ErrNone}, true, nil, nil},
		"waiting where all are known":  {other, answers{found: coins.Found{Out: real}}, true, nil, nil},
		"a fault where all are known":  {other, answers{err: broken}, true, nil, broken},
		"in a block, of all there are": {other, answers{found: coins.Found{Out: real, Block: block}}, true, real, nil},
	} {
		var hint coins.Hint
		test.answer.asked = &hint
		got, err := sponsorCoins{db: d, finder: test.answer, all: test.all}.Unspent(t.Context(), test.op, said)
		if got != test.want && (got == nil || test.want == nil || got.Value != test.want.Value) || !errors.Is(err, test.err) {
			t.Errorf("%s: %v, %v; want %v, %v", name, got, err, test.want, test.err)
		}
		if !test.all && test.op == other && hint.Height != 1000-sponsorDepth {
			t.Errorf("%s: searched from %d", name, hint.Height)
		}
	}
}
