package light_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"testing"
	"time"

	"cairn/chain"
	"cairn/chain/coins"
	"cairn/chain/coins/light"
	"cairn/chain/devnet"
	"cairn/chain/node"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// stranger owns a coin that no wallet of ours knows.
type stranger struct {
	key    *btcec.PrivateKey
	script []byte
	at     wire.OutPoint
	value  btcutil.Amount
	height int32 // of the coin's block
}

func newStranger(t *testing.T, name string) *stranger {
	t.Helper()
	seed := sha256.Sum256([]byte(name))
	key, pub := btcec.PrivKeyFromBytes(seed[:])
	script, err := txscript.PayToTaprootScript(txscript.ComputeTaprootKeyNoScript(pub))
	if err != nil {
		t.Fatal(err)
	}
	return &stranger{key: key, script: script, value: 70_000}
}

// fund pays the coin and mines it.
func (s *stranger) fund(t *testing.T, d *devnet.Chain) {
	t.Helper()
	txid, err := d.Faucet(t.Context(), s.script, s.value)
	if err != nil {
		t.Fatal(err)
	}
	tx, err := d.MempoolTx(txid)
	if err != nil {
		t.Fatal(err)
	}
	for i, out := range tx.TxOut {
		if bytes.Equal(out.PkScript, s.script) {
			s.at = wire.OutPoint{Hash: txid, Index: uint32(i)}
		}
	}
	s.height = mine(t, d, 1)
}

func (s *stranger) spend(t *testing.T) *wire.MsgTx {
	t.Helper()
	tx := wire.NewMsgTx(2)
	tx.AddTxIn(wire.NewTxIn(&s.at, nil, nil))
	tx.AddTxOut(wire.NewTxOut(int64(s.value)-1_000, s.script))
	prevouts := txscript.NewCannedPrevOutputFetcher(s.script, int64(s.value))
	sig, err := txscript.RawTxInTaprootSignature(tx, txscript.NewTxSigHashes(tx, prevouts), 0, int64(s.value), s.script, nil, txscript.SigHashDefault, s.key)
	if err != nil {
		t.Fatal(err)
	}
	tx.TxIn[0].Witness = wire.TxWitness{sig}
	return tx
}

// mine gives the height of the last block.
func mine(t *testing.T, d *devnet.Chain, n int) int32 {
	t.Helper()
	blocks, err := d.Mine(n)
	if err != nil {
		t.Fatal(err)
	}
	return blocks[len(blocks)-1].Height
}

// A light client finds coins it knows nothing of: confirmed, then spent, then
// back after a reorganisation; and says so when there is none.
func TestCoinsOfStrangers(t *testing.T) {
	d, err := devnet.Open(devnet.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	n, err := node.Open(node.Config{
		Network: chain.Devnet, Driver: node.InProcess, Dir: t.TempDir(),
		Chain: node.ChainConfig{Connect: []string{d.P2PAddr()}}, HealthEvery: 100 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	if err := n.WaitReady(ctx); err != nil {
		t.Fatal(err)
	}
	// Until the node has taken in what the devnet has.
	settle := func() chain.BlockRef {
		t.Helper()
		want, _ := d.Tip(ctx)
		for {
			tip, err := n.Source().Tip(ctx)
			if err == nil && tip == want {
				return tip
			}
			select {
			case <-ctx.Done():
				t.Fatalf("the node is at %s (%v), want %s", tip, err, want)
			case <-time.After(20 * time.Millisecond):
			}
		}
	}
	finder := light.New(n.Conn())
	limited := coins.NewLimited(finder, n.Source().Tip, time.Now, coins.Limits{})

	s := newStranger(t, "a backer")
	s.fund(t, d)
	mine(t, d, 60)
	tip := settle()
	held, err := n.Source().HashAt(ctx, s.height)
	if err != nil {
		t.Fatal(err)
	}
	nobody := newStranger(t, "nobody").script
	for _, asked := range []struct {
		block   chainhash.Hash
		scripts [][]byte
		want    bool
	}{{held, [][]byte{nobody, s.script}, true}, {held, [][]byte{nobody}, false}, {tip.Hash, [][]byte{nobody, s.script}, false}} {
		if may, err := finder.MayHold(ctx, asked.block, asked.scripts); err != nil || may != asked.want {
			t.Errorf("block %s may hold %d scripts: %t, %v", asked.block, len(asked.scripts), may, err)
		}
	}
	for _, below := range []int32{0, 1, 25} {
		found, err := finder.Look(ctx, s.at, coins.Hint{Script: s.script, Height: s.height - below})
		if err != nil || found.Spent || found.Coinbase || found.Block.Height != s.height || found.Tip != tip {
			t.Fatalf("hint %d below: %+v, %v", below, found, err)
		}
		if found.Tx.TxHash() != s.at.Hash || found.Out.Value != int64(s.value) || !bytes.Equal(found.Out.PkScript, s.script) {
			t.Fatalf("hint %d below: another output %v", below, found.Out)
		}
	}

	// Errors have names, and come in time though the coin never does.
	missing := s.at
	missing.Hash[0] ^= 1
	for what, c := range map[string]struct {
		at   wire.OutPoint
		hint coins.Hint
		want error
	}{
		"a coin that never was":      {missing, coins.Hint{Script: s.script, Height: s.height}, coins.ErrNone},
		"an output that is not":      {wire.OutPoint{Hash: s.at.Hash, Index: 9}, coins.Hint{Script: s.script, Height: s.height}, coins.ErrNone},
		"a hint above the coin":      {s.at, coins.Hint{Script: s.script, Height: s.height + 1}, coins.ErrNone},
		"a hint above the chain":     {s.at, coins.Hint{Script: s.script, Height: tip.Height + 1}, coins.ErrNone},
		"no height":                  {s.at, coins.Hint{Script: s.script}, coins.ErrNoHint},
		"no script":                  {s.at, coins.Hint{Height: s.height}, coins.ErrNoHint},
		"a script that is another's": {s.at, coins.Hint{Script: newStranger(t, "another").script, Height: s.height}, coins.ErrNone},
	} {
		if _, err := finder.Look(ctx, c.at, c.hint); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", what, err, c.want)
		}
	}

	// It is spent, found so, and back when that block goes.
	if _, err := limited.Look(ctx, s.at, coins.Hint{Script: s.script, Height: s.height, Client: "visitor"}); err != nil {
		t.Fatal(err)
	}
	spend := s.spend(t)
	if err := d.Submit(spend); err != nil {
		t.Fatal(err)
	}
	spentAt := mine(t, d, 1)
	mine(t, d, 2)
	settle()
	found, err := limited.Look(ctx, s.at, coins.Hint{Script: s.script, Client: "visitor"}) // the place is remembered
	if err != nil || !found.Spent || found.Spender != spend.TxHash() || found.SpentAt.Height != spentAt {
		t.Fatalf("spent: %+v, %v", found, err)
	}
	if _, err := d.Reorg(3, devnet.WithoutTx(spend.TxHash())); err != nil {
		t.Fatal(err)
	}
	settle()
	if found, err = limited.Look(ctx, s.at, coins.Hint{Script: s.script}); err != nil || found.Spent {
		t.Fatalf("after the reorganisation: %+v, %v", found, err)
	}
}
