package web

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/jpeg"
	"sync"
	"time"

	"cairn/app/db"
	"cairn/assets"
	"cairn/assets/colu"
	"cairn/assets/definition"
	"cairn/assets/ledger"
	"cairn/assets/ledger/engine"
	"cairn/assets/openassets"
	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// colored is a real ledger over a chain of a few blocks, and what is in it: a
// voucher that is issued, shared out and partly destroyed, a stamp card, and a
// transaction that programs read in different ways.
type colored struct {
	ledger      *ledger.Ledger
	definitions *definition.Service
	voucher     assets.ID
	card        assets.ID
	liar        assets.ID
	issued      chainhash.Hash
	shared      chainhash.Hash
	burnt       chainhash.Hash
	stamped     chainhash.Hash
	forked      chainhash.Hash
	published   definition.Published
	tip         chain.BlockRef
}

// keyHash is a script that anybody can look at.
func keyHash(n byte) []byte {
	script, err := txscript.NewScriptBuilder().AddOp(txscript.OP_DUP).AddOp(txscript.OP_HASH160).AddData(bytes.Repeat([]byte{n}, 20)).AddOp(txscript.OP_EQUALVERIFY).AddOp(txscript.OP_CHECKSIG).Script()
	if err != nil {
		panic(err)
	}
	return script
}

func witnessHash(n byte) []byte { return append([]byte{0, 20}, bytes.Repeat([]byte{n}, 20)...) }

// previous are the coins that the chain of the example spends.
type previous map[wire.OutPoint]*wire.TxOut

// Prevout implements engine.Prevouts.
func (p previous) Prevout(_ context.Context, at wire.OutPoint) (engine.Prevout, bool, error) {
	out, ok := p[at]
	return engine.Prevout{Out: out}, ok, nil
}

// colorsOnce makes it once: it has one table of blocks.
var colorsOnce = sync.OnceValue(func() *colored {
	c, err := newColored(accountsDB())
	if err != nil {
		panic(err)
	}
	return c
})

// withExplorer gives a site the pages of that chain.
func withExplorer(deps *Deps) *colored {
	c := colorsOnce()
	deps.Explorer = &Explorer{Ledger: c.ledger, Definitions: c.definitions}
	return c
}

// nowhere answers no address.
type nowhere struct{}

// Fetch implements definition.Fetcher.
func (nowhere) Fetch(context.Context, string, int64) (definition.Answer, error) {
	return definition.Answer{}, definition.ErrPrivate
}

func newColored(d *db.DB) (*colored, error) {
	ctx, now := context.Background(), time.Now
	c, coins := &colored{}, previous{}
	c.ledger = ledger.New(ledger.Config{DB: d, Network: chain.Devnet, From: 0, Prevouts: coins, Now: now})
	var err error
	c.definitions, err = definition.New(definition.Config{
		DB: d, Network: chain.Devnet, URL: "http://cairn.test", Fetch: nowhere{}, Now: now,
		Picture: func(_ context.Context, raw []byte) ([]byte, error) { return raw, nil },
		Stamp:   func(context.Context, [32]byte) error { return nil },
	})
	if err != nil {
		return nil, err
	}
	fund := func(n byte, script []byte) assets.Coin {
		at := wire.OutPoint{Hash: chainhash.Hash{n}, Index: 0}
		coins[at] = wire.NewTxOut(100_000, script)
		return assets.Coin{OutPoint: at, Value: 100_000, Script: script}
	}
	owner := keyHash(1)
	if c.voucher, err = assets.NewID(assets.OpenAssets, btcutil.Hash160(owner)); err != nil {
		return nil, err
	}
	if c.published, err = c.definitions.Publish(ctx, definition.Draft{
		Assets: []assets.ID{c.voucher}, Name: "MasterBTC", Issuer: "The bookshop", Type: "Voucher",
		Description: "One copy of “Mastering Bitcoin”, second edition.", Terms: "Good for one book, at the counter.", Picture: cover(),
	}); err != nil {
		return nil, err
	}
	issue, err := openassets.Issue([]assets.Coin{fund(1, owner)}, []assets.Payment{{Script: owner, Asset: c.voucher, Units: 20, Value: 30_000}}, c.published.Metadata, owner)
	if err != nil {
		return nil, err
	}
	c.issued = issue.Tx.TxHash()
	held := held(issue.Tx, 0, c.voucher, 20)
	share, err := openassets.Transfer([]assets.Coin{held}, []assets.Payment{{Script: keyHash(2), Asset: c.voucher, Units: 5}, {Script: witnessHash(3), Asset: c.voucher, Units: 3}}, owner)
	if err != nil {
		return nil, err
	}
	c.shared = share.Tx.TxHash()
	fives := coinOf(share, keyHash(2))
	burn, err := openassets.Burn([]assets.Coin{fives, fund(2, keyHash(2))}, c.voucher, 2, keyHash(2))
	if err != nil {
		return nil, err
	}
	c.burnt = burn.Tx.TxHash()
	stamps := fund(3, witnessHash(4))
	traits := colu.Traits{Locked: true}
	if c.card, err = colu.IssuedID(traits, stamps.OutPoint, stamps.Script); err != nil {
		return nil, err
	}
	card, err := c.definitions.Publish(ctx, definition.Draft{Assets: []assets.ID{c.card}, Name: "Ten coffees", Type: "Stamp card"})
	if err != nil {
		return nil, err
	}
	cards, err := colu.Issue(colu.Issuing{Traits: traits, Hashes: colu.Hashes{InfoHash: card.Metadata[:20], Metadata: card.Metadata[20:]}}, []assets.Coin{stamps}, []assets.Payment{{Script: witnessHash(4), Asset: c.card, Units: 100}}, witnessHash(4))
	if err != nil {
		return nil, err
	}
	c.stamped = cards.Tx.TxHash()
	forked, err := forkedTx(fund(4, keyHash(5)))
	if err != nil {
		return nil, err
	}
	c.forked = forked.TxHash()
	if c.liar, err = assets.NewID(assets.OpenAssets, btcutil.Hash160(keyHash(5))); err != nil {
		return nil, err
	}
	return c, c.mine(ctx, d, nil, []*wire.MsgTx{issue.Tx}, []*wire.MsgTx{share.Tx}, []*wire.MsgTx{burn.Tx, cards.Tx}, []*wire.MsgTx{forked})
}

// cover is a picture.
func cover() []byte {
	p := image.NewRGBA(image.Rect(0, 0, 96, 96))
	for i := range 96 * 96 {
		p.Set(i%96, i/96, color.RGBA{uint8(i % 96 * 2), 110, 90, 255})
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, p, nil); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func held(tx *wire.MsgTx, n uint32, id assets.ID, units int64) assets.Coin {
	return assets.Coin{
		OutPoint: wire.OutPoint{Hash: tx.TxHash(), Index: n}, Value: btcutil.Amount(tx.TxOut[n].Value), Script: tx.TxOut[n].PkScript,
		Holdings: []assets.Holding{{Asset: id, Units: units}},
	}
}

// coinOf is the coin that a transaction makes for a script.
func coinOf(u assets.Unsigned, script []byte) assets.Coin {
	for i, out := range u.Tx.TxOut {
		if bytes.Equal(out.PkScript, script) && len(u.Coloring.Outputs[i]) > 0 {
			h := u.Coloring.Outputs[i][0]
			return held(u.Tx, uint32(i), h.Asset, h.Units)
		}
	}
	panic("no such output")
}

// forkedTx has two markers: the first wants units that are not there, so that the
// specification goes on to the second, and other programs do not. Its metadata
// points into a private network.
func forkedTx(coin assets.Coin) (*wire.MsgTx, error) {
	tx := wire.NewMsgTx(2)
	tx.AddTxIn(wire.NewTxIn(&coin.OutPoint, nil, nil))
	for i, quantities := range [][]int64{{7}, {4, 9}} {
		script, err := openassets.Marker{Quantities: quantities, Metadata: []byte("u=https://inside.example.org/a")}.Script()
		if err != nil {
			return nil, err
		}
		tx.AddTxOut(wire.NewTxOut(0, script))
		tx.AddTxOut(wire.NewTxOut(600, keyHash(5+byte(i))))
	}
	return tx, nil
}

// mine adds blocks.
func (c *colored) mine(ctx context.Context, d *db.DB, blocks ...[]*wire.MsgTx) error {
	at := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	for n, txs := range blocks {
		msg := &wire.MsgBlock{Header: wire.BlockHeader{Version: 4, PrevBlock: c.tip.Hash, Timestamp: at.Add(time.Duration(n) * 8 * time.Hour), Nonce: uint32(n)}}
		base := wire.NewMsgTx(2)
		base.AddTxIn(wire.NewTxIn(&wire.OutPoint{Index: 0xffffffff}, []byte{2, byte(n), 1}, nil))
		base.AddTxOut(wire.NewTxOut(50e8, witnessHash(9)))
		msg.Transactions = append([]*wire.MsgTx{base}, txs...)
		block := &chain.Block{BlockRef: chain.BlockRef{Height: int32(n), Hash: msg.BlockHash()}, Msg: msg}
		if err := d.Transact(ctx, func(tx *gorm.DB) error { return c.ledger.Projection().Connect(ctx, tx, block) }); err != nil {
			return err
		}
		c.tip = block.BlockRef
	}
	said, _, err := c.ledger.SaidFrom(ctx, 0)
	if err != nil {
		return err
	}
	for _, one := range said {
		if err := c.definitions.Note(ctx, definition.Issue{Asset: one.Asset, Metadata: one.Metadata}); err != nil {
			return err
		}
	}
	return c.definitions.Work(ctx)
}
