package outbox_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/app/db/outbox"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// spend makes a transaction of the coins named by single letters; value tells
// transactions with the same inputs apart.
func spend(coins string, value int64) *wire.MsgTx {
	tx := wire.NewMsgTx(2)
	for _, c := range coins {
		tx.AddTxIn(&wire.TxIn{PreviousOutPoint: wire.OutPoint{Hash: chainhash.HashH([]byte(string(c)))}, Sequence: 0xfffffffd})
	}
	tx.AddTxOut(wire.NewTxOut(value, []byte{0x6a, 0x01, 0x01}))
	return tx
}

func raw(tx *wire.MsgTx) []byte {
	var b bytes.Buffer
	_ = tx.Serialize(&b)
	return b.Bytes()
}

func entry(key, coins string, value int64) outbox.Entry {
	return outbox.Entry{Key: key, Raw: raw(spend(coins, value)), Fee: 200, CreatedAt: noon}
}

func replacing(old string, e outbox.Entry) outbox.Entry {
	e.ReplacesKey = old
	return e
}

// block holds the transactions after a coinbase.
func block(nonce uint32, txs ...*wire.MsgTx) *wire.MsgBlock {
	b := wire.NewMsgBlock(&wire.BlockHeader{Nonce: nonce})
	coinbase := wire.NewMsgTx(2)
	coinbase.AddTxIn(&wire.TxIn{PreviousOutPoint: wire.OutPoint{Index: 0xffffffff}})
	coinbase.AddTxOut(wire.NewTxOut(50, nil))
	_ = b.AddTransaction(coinbase)
	for _, tx := range txs {
		_ = b.AddTransaction(tx)
	}
	return b
}

// do runs steps in one transaction each and fails the test on an error.
func do(t *testing.T, d *db.DB, steps ...func(tx *gorm.DB) error) {
	t.Helper()
	for _, step := range steps {
		if err := d.Transact(t.Context(), step); err != nil {
			t.Fatal(err)
		}
	}
}

func put(e outbox.Entry) func(*gorm.DB) error {
	return func(tx *gorm.DB) error { return outbox.Put(tx, e) }
}

func states(t *testing.T, d *db.DB, want map[string]outbox.State) {
	t.Helper()
	for key, state := range want {
		e, err := outbox.Get(d.Read(t.Context()), key)
		if err != nil {
			t.Fatal(err)
		}
		if e.State != state {
			t.Errorf("%s is %s, want %s", key, e.State, state)
		}
	}
}

func pending(t *testing.T, d *db.DB) []string {
	t.Helper()
	list, err := outbox.Pending(d.Read(t.Context()), 100)
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, e := range list {
		keys = append(keys, e.Key)
	}
	return keys
}

func TestPutKeepsWhatWasGiven(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		e := entry("anchor/1", "ab", 1000)
		e.Epoch = 3
		do(t, d, put(e), put(e)) // the second is a no-op
		got, err := outbox.Get(d.Read(t.Context()), "anchor/1")
		if err != nil {
			t.Fatal(err)
		}
		tx, err := got.Tx()
		if err != nil {
			t.Fatal(err)
		}
		want := spend("ab", 1000)
		if tx.TxHash() != want.TxHash() || got.Txid != want.TxHash() || !bytes.Equal(got.Raw, e.Raw) {
			t.Error("another transaction came back")
		}
		if got.Fee != 200 || got.Epoch != 3 || got.State != outbox.Stored || !got.CreatedAt.Equal(noon) ||
			len(got.Inputs) != 2 || got.Inputs[1] != want.TxIn[1].PreviousOutPoint || got.ReplacesKey != "" {
			t.Errorf("came back as %+v", got)
		}
		byTxid, err := outbox.ByTxid(d.Read(t.Context()), want.TxHash())
		if err != nil || byTxid.Key != "anchor/1" {
			t.Errorf("by txid: %v, %v", byTxid.Key, err)
		}
	})
}

func TestPutRefuses(t *testing.T) {
	noInputs := wire.NewMsgTx(2)
	noInputs.AddTxOut(wire.NewTxOut(1, nil))
	newEpoch := entry("later", "z", 1)
	newEpoch.Epoch = 7
	old := entry("anchor/9", "y", 1)
	old.Epoch = 6
	negative := entry("anchor/9", "y", 1)
	negative.Epoch, negative.Fee = 7, -1
	at7 := func(e outbox.Entry) outbox.Entry { e.Epoch = 7; return e }
	cases := []struct {
		name string
		e    outbox.Entry
		want error
	}{
		{"nothing", outbox.Entry{Key: "k", Epoch: 7}, outbox.ErrRaw},
		{"half a transaction", outbox.Entry{Key: "k", Epoch: 7, Raw: raw(spend("q", 1))[:20]}, outbox.ErrRaw},
		{"bytes after it", outbox.Entry{Key: "k", Epoch: 7, Raw: append(raw(spend("q", 1)), 0)}, outbox.ErrRaw},
		{"no inputs", outbox.Entry{Key: "k", Epoch: 7, Raw: raw(noInputs)}, outbox.ErrRaw},
		{"the same input twice", at7(entry("k", "qq", 1)), outbox.ErrRaw},
		{"too long", outbox.Entry{Key: "k", Epoch: 7, Raw: make([]byte, 400_001)}, outbox.ErrRaw},
		{"a negative fee", negative, outbox.ErrRaw},
		{"another transaction under a key", at7(entry("anchor/1", "b", 1)), outbox.ErrDuplicateKey},
		{"the same transaction under another key", at7(entry("anchor/2", "a", 1000)), outbox.ErrInputTaken},
		{"a coin twice", at7(entry("anchor/2", "ba", 5)), outbox.ErrInputTaken},
		{"an old epoch", old, db.ErrFenced},
		{"replacing nothing", at7(replacing("anchor/8", entry("k", "q", 1))), outbox.ErrUnknownKey},
		{"replacing with other inputs", at7(replacing("anchor/1", entry("k", "q", 1))), outbox.ErrNotReplacement},
		{"replacing what is replaced", at7(replacing("bumped/0", entry("k", "c", 3))), outbox.ErrState},
		{"replacing what is confirmed", at7(replacing("done", entry("k", "d", 3))), outbox.ErrState},
		{"a coin of the line and one of others", at7(replacing("bumped/1", entry("k", "ca", 3))), outbox.ErrInputTaken},
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		do(t, d, put(entry("anchor/1", "a", 1000)), put(entry("bumped/0", "c", 1)), put(replacing("bumped/0", entry("bumped/1", "c", 2))),
			put(entry("done", "d", 1)), put(newEpoch),
			func(tx *gorm.DB) error { return outbox.SpentInBlock(tx, block(1, spend("d", 1)), 5) })
		before, err := outbox.List(d.Read(t.Context()), 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				if err := d.Transact(t.Context(), put(c.e)); !errors.Is(err, c.want) {
					t.Errorf("got %v, want %v", err, c.want)
				}
				after, err := outbox.List(d.Read(t.Context()), 100)
				if err != nil {
					t.Fatal(err)
				}
				if !slices.EqualFunc(before, after, func(a, b outbox.Entry) bool { return a.Key == b.Key && a.State == b.State }) {
					t.Errorf("the outbox changed: %v %v", before, after)
				}
			})
		}
	})
	t.Run("a key too long", func(t *testing.T) {
		d := dbtest.Open(t, db.SQLite)
		for _, key := range []string{"", strings.Repeat("k", 201), "a\x00b", "\xff"} {
			if err := d.Transact(t.Context(), put(entry(key, "a", 1))); err == nil {
				t.Errorf("the key %q was taken", key)
			}
		}
	})
}

func TestBroadcasting(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		do(t, d, put(entry("one", "a", 1)), put(entry("two", "b", 1)))
		if got := pending(t, d); !slices.Equal(got, []string{"one", "two"}) {
			t.Errorf("pending %v", got)
		}
		later := noon.Add(time.Hour)
		do(t, d,
			func(tx *gorm.DB) error { return outbox.MarkBroadcast(tx, "one", noon) },
			func(tx *gorm.DB) error { return outbox.MarkBroadcast(tx, "one", later) },
			func(tx *gorm.DB) error { return outbox.MarkFailed(tx, "two", "\x00\xff"+strings.Repeat("é", 400)) })
		one, _ := outbox.Get(d.Read(t.Context()), "one")
		if one.State != outbox.Broadcast || !one.FirstBroadcastAt.Equal(noon) || !one.LastBroadcastAt.Equal(later) || one.Attempts != 2 {
			t.Errorf("after two broadcasts: %+v", one)
		}
		two, _ := outbox.Get(d.Read(t.Context()), "two")
		if two.State != outbox.Stored || two.Attempts != 1 || len(two.LastError) != 500 || !strings.HasPrefix(two.LastError, "\uFFFD\uFFFDé") {
			t.Errorf("after a failure: %+v", two)
		}
		if got := pending(t, d); !slices.Equal(got, []string{"two", "one"}) {
			t.Errorf("pending %v: the least tried comes first", got)
		}
		err := d.Transact(t.Context(), func(tx *gorm.DB) error { return outbox.MarkBroadcast(tx, "none", noon) })
		if !errors.Is(err, outbox.ErrUnknownKey) {
			t.Errorf("got %v, want ErrUnknownKey", err)
		}
		sum, err := outbox.FeesSince(d.Read(t.Context()), noon)
		if err != nil || sum != 400 {
			t.Errorf("fees %v, %v, want 400", sum, err)
		}
		if sum, _ = outbox.FeesSince(d.Read(t.Context()), later); sum != 0 {
			t.Errorf("fees of later: %v", sum)
		}
	})
}

// Of a line of replacements one is confirmed, whichever the miners took, and
// all come back when the block goes.
func TestAnyOfALineMayBeConfirmed(t *testing.T) {
	line := []string{"a/0", "a/1", "a/2"}
	for winner := range line {
		t.Run(line[winner], func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				txs := []*wire.MsgTx{spend("a", 1), spend("a", 2), spend("ab", 3)}
				do(t, d, put(entry("a/0", "a", 1)),
					func(tx *gorm.DB) error { return outbox.MarkBroadcast(tx, "a/0", noon) },
					put(replacing("a/0", entry("a/1", "a", 2))), put(replacing("a/1", entry("a/2", "ab", 3))))
				before := map[string]outbox.State{"a/0": outbox.Replaced, "a/1": outbox.Replaced, "a/2": outbox.Stored}
				states(t, d, before)
				b := block(1, txs[winner])
				do(t, d, func(tx *gorm.DB) error { return outbox.SpentInBlock(tx, b, 9) })
				after := map[string]outbox.State{"a/0": outbox.Conflicted, "a/1": outbox.Conflicted, "a/2": outbox.Conflicted}
				after[line[winner]] = outbox.Confirmed
				states(t, d, after)
				e, _ := outbox.Get(d.Read(t.Context()), line[winner])
				if e.Height != 9 || e.BlockHash != b.BlockHash() {
					t.Errorf("confirmed at %d in %s", e.Height, e.BlockHash)
				}
				if got := pending(t, d); len(got) != 0 {
					t.Errorf("still pending: %v", got)
				}
				do(t, d, func(tx *gorm.DB) error { return outbox.Unconfirm(tx, 9, b.BlockHash()) })
				states(t, d, before)
				if got := pending(t, d); !slices.Equal(got, []string{"a/2"}) {
					t.Errorf("pending after the reorg: %v", got)
				}
				entries, err := outbox.Line(d.Read(t.Context()), "a/1")
				if err != nil || len(entries) != 3 || entries[0].Key != "a/0" || entries[2].Key != "a/2" {
					t.Errorf("line %v, %v", entries, err)
				}
			})
		})
	}
}

func TestAStrangerSpendsAnInput(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		stranger := block(1, spend("b", 99))
		do(t, d, put(entry("mine", "ab", 1)), put(entry("other", "c", 1)),
			func(tx *gorm.DB) error { return outbox.SpentInBlock(tx, stranger, 3) })
		states(t, d, map[string]outbox.State{"mine": outbox.Conflicted, "other": outbox.Stored})
		do(t, d, func(tx *gorm.DB) error { return outbox.Unconfirm(tx, 3, stranger.BlockHash()) })
		states(t, d, map[string]outbox.State{"mine": outbox.Stored, "other": outbox.Stored})
	})
}

func TestAbandon(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		abandon := func(key string) func(*gorm.DB) error {
			return func(tx *gorm.DB) error { return outbox.Abandon(tx, key, "the network refused it") }
		}
		do(t, d, put(entry("a/0", "a", 1)), put(replacing("a/0", entry("a/1", "a", 2))), abandon("a/1"), abandon("a/1"))
		states(t, d, map[string]outbox.State{"a/0": outbox.Stored, "a/1": outbox.Abandoned})
		// The abandoned one is mined all the same, beside a second replacement.
		do(t, d, put(replacing("a/0", entry("a/2", "a", 3))))
		b := block(1, spend("a", 2))
		do(t, d, func(tx *gorm.DB) error { return outbox.SpentInBlock(tx, b, 4) })
		states(t, d, map[string]outbox.State{"a/0": outbox.Conflicted, "a/1": outbox.Confirmed, "a/2": outbox.Conflicted})
		if err := d.Transact(t.Context(), abandon("a/1")); !errors.Is(err, outbox.ErrState) {
			t.Errorf("abandoning a confirmed entry: %v", err)
		}
		do(t, d, func(tx *gorm.DB) error { return outbox.Unconfirm(tx, 4, b.BlockHash()) })
		states(t, d, map[string]outbox.State{"a/0": outbox.Replaced, "a/1": outbox.Abandoned, "a/2": outbox.Stored})
		// Its coin is free for others once the whole line is given up.
		do(t, d, abandon("a/2"), abandon("a/0"), put(entry("b", "a", 4)))
	})
}
