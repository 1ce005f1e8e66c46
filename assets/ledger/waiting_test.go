package ledger_test

import (
	"testing"

	"cairn/app/db"
	"cairn/app/db/dbtest"

	"github.com/btcsuite/btcd/wire"
)

// What waits on a script is counted as it would be by looking at each of its coins,
// whether these are few or many.
func TestWaitingOn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(8)
		l := w.open(d)
		for range 25 {
			connect(t, d, l, w.mine(7))
		}
		// One more script, with more coins than are looked up one by one.
		busy := script(99)
		tx := wire.NewMsgTx(1)
		at := w.unspent()[0]
		tx.AddTxIn(wire.NewTxIn(&at, nil, nil))
		marker := []byte{0x4f, 0x41, 1, 0, 0xfd, 220, 0}
		for range 220 {
			tx.AddTxOut(wire.NewTxOut(600, busy))
			marker = append(marker, 1)
		}
		marker = append(marker, 0)
		tx.AddTxOut(wire.NewTxOut(0, append([]byte{0x6a, 0x4c, byte(len(marker))}, marker...)))
		connect(t, d, l, w.mineThese(tx))
		spends := wire.NewMsgTx(1)
		for n := range uint32(3) {
			spends.AddTxIn(wire.NewTxIn(&wire.OutPoint{Hash: tx.TxHash(), Index: n}, nil, nil))
		}
		spends.AddTxOut(wire.NewTxOut(600, busy))
		spends.AddTxOut(opReturn([]byte{0x4f, 0x41, 1, 0, 1, 3, 0}))
		if err := l.See(t.Context(), spends); err != nil {
			t.Fatal(err)
		}
		scripts := [][]byte{busy}
		for n := range holders {
			scripts = append(scripts, script(n))
		}
		for i, s := range scripts {
			coins, err := l.Coins(t.Context(), [][]byte{s})
			if err != nil {
				t.Fatal(err)
			}
			want := 0
			for _, c := range coins {
				if c.Pending || c.IsSpent() {
					want++
				}
			}
			got, err := l.WaitingOn(t.Context(), s)
			if err != nil || got != want || i == 0 && got < 3 {
				t.Errorf("script %d: %d wait, %d by its %d coins, %v", i, got, want, len(coins), err)
			}
		}
	})
}
