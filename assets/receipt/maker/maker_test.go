package maker_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/btcsuite/btcd/blockchain"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"

	"cairn/assets"
	"cairn/assets/colu"
	"cairn/assets/epobc"
	"cairn/assets/ledger"
	"cairn/assets/ledger/engine"
	"cairn/assets/openassets"
	"cairn/assets/receipt"
	"cairn/assets/receipt/maker"
	"cairn/chain"
)

var update = flag.Bool("update", false, "write the receipts in ../testdata anew")

// world is a devnet of blocks with real work, and a ledger over it.
type world struct {
	t      *testing.T
	blocks []*wire.MsgBlock
	txs    map[chainhash.Hash]*wire.MsgTx
	memory engine.Memory
	kept   map[chainhash.Hash]ledger.Tx
	coins  map[wire.OutPoint][]ledger.Coin
	extra  int
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, txs: map[chainhash.Hash]*wire.MsgTx{}, memory: engine.Memory{},
		kept: map[chainhash.Hash]ledger.Tx{}, coins: map[wire.OutPoint][]ledger.Coin{}}
	w.mine()
	return w
}

func (w *world) Prevout(_ context.Context, at wire.OutPoint) (engine.Prevout, bool, error) {
	if tx := w.txs[at.Hash]; tx != nil {
		p, is := engine.PrevoutOf(tx, at.Index)
		return p, is, nil
	}
	return engine.Prevout{}, false, nil
}

// mine makes a block, with some strangers' transactions beside those given.
func (w *world) mine(txs ...*wire.MsgTx) {
	w.t.Helper()
	height := int32(len(w.blocks))
	coinbase := wire.NewMsgTx(1)
	coinbase.AddTxIn(wire.NewTxIn(&wire.OutPoint{Index: wire.MaxPrevOutIndex}, fmt.Appendf(nil, "block %d", height), nil))
	coinbase.AddTxOut(wire.NewTxOut(50e8, scriptOf(999)))
	all := []*wire.MsgTx{coinbase}
	for range height % 4 {
		all = append(all, w.stranger())
	}
	all = append(all, txs...)
	header := wire.BlockHeader{Version: 4, Bits: 0x207fffff, Timestamp: time.Unix(1_760_000_000+600*int64(height), 0)}
	if height > 0 {
		header.PrevBlock = w.blocks[height-1].BlockHash()
	}
	utxs := make([]*btcutil.Tx, len(all))
	for i, tx := range all {
		utxs[i] = btcutil.NewTx(tx)
		w.txs[tx.TxHash()] = tx
	}
	header.MerkleRoot = blockchain.CalcMerkleRoot(utxs, false)
	for target := blockchain.CompactToBig(header.Bits); ; header.Nonce++ {
		hash := header.BlockHash()
		if blockchain.HashToBig(&hash).Cmp(target) <= 0 {
			break
		}
	}
	block := &wire.MsgBlock{Header: header, Transactions: all}
	w.blocks = append(w.blocks, block)
	w.take(block, chain.BlockRef{Height: height, Hash: block.BlockHash()})
}

// take has the ledger know a block.
func (w *world) take(block *wire.MsgBlock, ref chain.BlockRef) {
	found, err := engine.New(engine.All()).Block(context.Background(), block, w.memory, w)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, f := range found {
		w.kept[f.ID] = ledger.Tx{TxRef: ledger.TxRef{Txid: f.ID, Height: ref.Height}, Block: ref, Msg: f.Msg, Colorings: f.Colorings, FirstScript: f.FirstScript}
		for _, s := range f.Spent {
			for i := range w.coins[s.Coin.OutPoint] {
				w.coins[s.Coin.OutPoint][i].Spent = ledger.Spender{Txid: f.ID, Input: s.Input, Height: ref.Height}
			}
		}
		for _, c := range f.Created {
			w.coins[c.OutPoint] = append(w.coins[c.OutPoint], ledger.Coin{Coin: c.Coin, Protocol: c.Protocol, Height: ref.Height})
		}
	}
	w.memory.Apply(found)
}

// stranger is a transaction of somebody else.
func (w *world) stranger() *wire.MsgTx { return w.fund(700+w.extra, 5000) }

// fund is a coin out of nowhere, in a transaction of its own.
func (w *world) fund(key int, value int64) *wire.MsgTx {
	w.extra++
	tx := wire.NewMsgTx(2)
	tx.AddTxIn(wire.NewTxIn(&wire.OutPoint{Hash: chainhash.HashH(fmt.Append(nil, "stranger", w.extra))}, nil, nil))
	tx.AddTxOut(wire.NewTxOut(value, scriptOf(key)))
	return tx
}

// coin is an output as composers take it.
func (w *world) coin(p assets.Protocol, tx *wire.MsgTx, index uint32) assets.Coin {
	at := wire.OutPoint{Hash: tx.TxHash(), Index: index}
	c := assets.Coin{OutPoint: at, Value: btcutil.Amount(tx.TxOut[index].Value), Script: tx.TxOut[index].PkScript, Tag: tx.TxIn[0].Sequence, HasTag: true}
	for _, held := range w.coins[at] {
		if held.Protocol == p {
			c.Holdings = held.Holdings
		}
	}
	return c
}

// send mines a transaction that a composer built, with a sponsor's coin behind.
func (w *world) send(u assets.Unsigned, err error) *wire.MsgTx {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
	sponsor := w.fund(800, 10_000)
	u.Tx.AddTxIn(wire.NewTxIn(&wire.OutPoint{Hash: sponsor.TxHash()}, nil, nil))
	u.Tx.AddTxOut(wire.NewTxOut(9_000, scriptOf(801)))
	w.mine(sponsor, u.Tx)
	return u.Tx
}

func (w *world) Network() chain.Network { return chain.Devnet }

func (w *world) Tip(context.Context) (chain.BlockRef, error) {
	height := len(w.blocks) - 1
	return chain.BlockRef{Height: int32(height), Hash: w.blocks[height].BlockHash()}, nil
}

func (w *world) Holdings(_ context.Context, at ...wire.OutPoint) (coins []ledger.Coin, err error) {
	for _, o := range at {
		coins = append(coins, w.coins[o]...)
	}
	return coins, nil
}

func (w *world) Transaction(_ context.Context, id chainhash.Hash) (ledger.Tx, error) {
	if t, is := w.kept[id]; is {
		return t, nil
	}
	return ledger.Tx{}, ledger.ErrNoTx
}

func (w *world) HashAt(_ context.Context, height int32) (chainhash.Hash, error) {
	if int(height) >= len(w.blocks) {
		return chainhash.Hash{}, chain.ErrNoBlock
	}
	return w.blocks[height].BlockHash(), nil
}

func (w *world) Header(ctx context.Context, hash chainhash.Hash) (*wire.BlockHeader, error) {
	b, err := w.Block(ctx, hash)
	if err != nil {
		return nil, err
	}
	return &b.Header, nil
}

func (w *world) Block(_ context.Context, hash chainhash.Hash) (*wire.MsgBlock, error) {
	for _, b := range w.blocks {
		if b.BlockHash() == hash {
			return b, nil
		}
	}
	return nil, chain.ErrNoBlock
}

func (w *world) lookUp(_ context.Context, id chainhash.Hash) (*wire.MsgTx, bool, error) {
	tx := w.txs[id]
	return tx, tx != nil, nil
}

func (w *world) maker() *maker.Maker {
	return &maker.Maker{Ledger: w, Blocks: w, Transactions: w.lookUp}
}

func scriptOf(n int) []byte {
	return append([]byte{0x00, 0x14}, btcutil.Hash160(fmt.Append(nil, "key", n))...)
}

func pay(asset assets.ID, key int, units int64) assets.Payment {
	return assets.Payment{Script: scriptOf(key), Asset: asset, Units: units}
}

// story is a coin whose receipt is made.
type story struct {
	name string
	coin wire.OutPoint
}

// stories issue, move, split and burn under every protocol.
func stories(w *world) []story {
	purse := w.fund(1, 50_000)
	w.mine(purse)
	change := scriptOf(2)
	at := func(tx *wire.MsgTx, i uint32) wire.OutPoint { return wire.OutPoint{Hash: tx.TxHash(), Index: i} }

	oa := w.send(openassets.Issue([]assets.Coin{w.coin(assets.OpenAssets, purse, 0)},
		[]assets.Payment{pay(assets.ID{}, 10, 20), pay(assets.ID{}, 11, 1<<60)}, []byte("u=https://shop.example/a"), change))
	asset := openassets.AssetID(scriptOf(1))
	oaMoved := w.send(openassets.Transfer([]assets.Coin{w.coin(assets.OpenAssets, oa, 0)}, []assets.Payment{pay(asset, 12, 7)}, change))
	oaBurnt := w.send(openassets.Burn([]assets.Coin{w.coin(assets.OpenAssets, oaMoved, 2), w.coin(assets.OpenAssets, oa, 1)}, asset, 5, change))

	second := w.fund(3, 50_000)
	w.mine(second)
	cc := w.send(colu.Issue(colu.Issuing{Traits: colu.Traits{Policy: colu.Dispersed, Divisibility: 2, Locked: true},
		Hashes: colu.Hashes{InfoHash: make([]byte, 20), Metadata: make([]byte, 32)}},
		[]assets.Coin{w.coin(assets.Colu, second, 0)}, []assets.Payment{pay(assets.ID{}, 20, 100), pay(assets.ID{}, 21, 50)}, change))
	ccID, err := colu.IssuedID(colu.Traits{Policy: colu.Dispersed, Divisibility: 2, Locked: true}, at(second, 0), nil)
	if err != nil {
		w.t.Fatal(err)
	}
	ccMoved := w.send(colu.Transfer([]assets.Coin{w.coin(assets.Colu, cc, 0), w.coin(assets.Colu, cc, 1)}, []assets.Payment{pay(ccID, 22, 120)}, change))
	ccBurnt := w.send(colu.Burn([]assets.Coin{w.coin(assets.Colu, ccMoved, 0)}, []assets.Holding{{Asset: ccID, Units: 30}}, change))

	third := w.fund(4, 50_000)
	w.mine(third)
	ep := w.send(epobc.Genesis([]assets.Coin{w.coin(assets.EPOBC, third, 0)}, pay(assets.ID{}, 30, 10_000)))
	epID := epobc.AssetID(ep.TxHash())
	epMoved := w.send(epobc.Transfer([]assets.Coin{w.coin(assets.EPOBC, ep, 0)}, []assets.Payment{pay(epID, 31, 4_000)}, scriptOf(32)))
	fixed := w.fixedIssue()
	for range 3 {
		w.mine()
	}
	return []story{
		{"open-assets-issue", at(oa, 1)}, {"open-assets-transfer", at(oaMoved, 1)}, {"open-assets-burn", at(oaBurnt, 1)},
		{"colu-issue", at(cc, 1)}, {"colu-transfer", at(ccMoved, 0)}, {"colu-burn", at(ccBurnt, 0)},
		{"epobc-genesis", at(ep, 0)}, {"epobc-transfer", at(epMoved, 0)},
		{"open-assets-fixed", at(fixed, 0)},
	}
}

// rest is what a redeem script asks for behind the pointer.
var rest = append(append([]byte{33}, make([]byte, 33)...), txscript.OP_CHECKSIG)

// fixedIssue issues from a coin whose redeem script says where the definition is.
func (w *world) fixedIssue() *wire.MsgTx {
	w.t.Helper()
	redeem, _, err := openassets.FixedRedeem(openassets.Pointer{URL: "https://shop.example/fixed"}, rest)
	if err != nil {
		w.t.Fatal(err)
	}
	purse := w.fund(5, 50_000)
	purse.TxOut[0].PkScript = append(append([]byte{0xa9, 20}, btcutil.Hash160(redeem)...), 0x87)
	w.mine(purse)
	u, err := openassets.Issue([]assets.Coin{w.coin(assets.OpenAssets, purse, 0)}, []assets.Payment{pay(assets.ID{}, 40, 30)}, nil, scriptOf(2))
	if err != nil {
		w.t.Fatal(err)
	}
	show, err := txscript.NewScriptBuilder().AddData(make([]byte, 71)).AddData(redeem).Script()
	if err != nil {
		w.t.Fatal(err)
	}
	u.Tx.TxIn[0].SignatureScript = show
	return w.send(u, nil)
}

func TestReceiptsProveWhatTheLedgerSays(t *testing.T) {
	w := newWorld(t)
	for _, s := range stories(w) {
		t.Run(s.name, func(t *testing.T) {
			f, err := w.maker().Make(context.Background(), s.coin, 0)
			if err != nil {
				t.Fatal(err)
			}
			raw, err := f.Encode()
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("..", "testdata", s.name+".json")
			if *update {
				if err := os.WriteFile(path, raw, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if kept, err := os.ReadFile(path); err != nil || string(kept) != string(raw) {
				t.Errorf("the receipt is not the one in testdata: run with -update (%v)", err)
			}
			read, err := receipt.Decode(raw)
			if err != nil {
				t.Fatal(err)
			}
			v, err := receipt.Verify(read, receipt.Options{Known: func(h int32) (chainhash.Hash, bool) {
				hash, err := w.HashAt(context.Background(), h)
				return hash, err == nil
			}})
			if err != nil {
				t.Fatal(err)
			}
			want := w.coins[s.coin][0]
			if v.Coin != s.coin || v.Protocol != want.Protocol || len(v.Holdings) != len(want.Holdings) || v.Block.Height != want.Height ||
				v.Upon < 3 || !v.Checked || v.Known != len(f.Blocks) || len(v.Stated) != 0 || v.Value != want.Value {
				t.Errorf("%+v", v)
			}
			for i, h := range v.Holdings {
				if h != want.Holdings[i] {
					t.Errorf("%v instead of %v", v.Holdings, want.Holdings)
				}
			}
			if spent := want.IsSpent(); (f.State.SpentBy != "") != spent {
				t.Errorf("spent %v, and the receipt says %q", spent, f.State.SpentBy)
			}
			if len(v.Issues) == 0 || v.Issues[0].Asset != v.Holdings[0].Asset {
				t.Errorf("issues %v", v.Issues)
			}
		})
	}
}

// Where no transaction but the ledger's can be had, the maker's word stands for
// uncolored coins, and the verdict says for which.
func TestReceiptsOfALightClient(t *testing.T) {
	w := newWorld(t)
	for _, s := range stories(w) {
		m := &maker.Maker{Ledger: w, Blocks: w}
		f, err := m.Make(context.Background(), s.coin, 0)
		if strings.HasPrefix(s.name, "epobc-transfer") {
			if !errors.Is(err, receipt.ErrAncestor) && err != nil {
				t.Errorf("%s: %v", s.name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", s.name, err)
			continue
		}
		v, err := receipt.Verify(f, receipt.Options{})
		if err != nil || len(v.Stated) == 0 && s.name != "epobc-genesis" {
			t.Errorf("%s: %+v, %v", s.name, v, err)
		}
	}
}

func TestNoReceiptForWhatHoldsNothing(t *testing.T) {
	w := newWorld(t)
	all := stories(w)
	for name, c := range map[string]struct {
		at   wire.OutPoint
		p    assets.Protocol
		want error
	}{
		"an uncoloured coin": {wire.OutPoint{Hash: w.blocks[2].Transactions[0].TxHash()}, 0, maker.ErrUncolored},
		"nothing":            {wire.OutPoint{}, 0, maker.ErrUncolored},
		"another protocol":   {all[0].coin, assets.Colu, maker.ErrUncolored},
	} {
		if _, err := w.maker().Make(context.Background(), c.at, c.p); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	w.coins[all[0].coin][0].Pending = true
	if _, err := w.maker().Make(context.Background(), all[0].coin, 0); !errors.Is(err, maker.ErrWaiting) {
		t.Errorf("a coin that waits: %v", err)
	}
}
