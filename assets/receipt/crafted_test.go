package receipt

import (
	"bytes"
	"errors"
	"math/big"
	"testing"
	"time"

	"github.com/btcsuite/btcd/blockchain"
	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"

	"cairn/assets/epobc"
	"cairn/assets/openassets"
)

// holding is a block of one transaction, with work for the devnet.
func holding(t *testing.T, height int32, below chainhash.Hash, tx *wire.MsgTx) Block {
	t.Helper()
	header := wire.BlockHeader{Version: 4, PrevBlock: below, MerkleRoot: tx.TxHash(), Bits: 0x207fffff, Timestamp: time.Unix(1_760_000_000, 0)}
	return Block{Height: height, Header: worked(t, header), Transactions: []In{{Txid: tx.TxHash().String(), Branch: []string{}}}}
}

func worked(t *testing.T, header wire.BlockHeader) Hex {
	t.Helper()
	for target := blockchain.CompactToBig(header.Bits); ; header.Nonce++ {
		if hash := header.BlockHash(); blockchain.HashToBig(&hash).Cmp(target) <= 0 {
			break
		}
	}
	var b bytes.Buffer
	if err := header.Serialize(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func stripped(t *testing.T, txs ...*wire.MsgTx) (all []Hex) {
	t.Helper()
	for _, tx := range txs {
		var b bytes.Buffer
		if err := tx.SerializeNoWitness(&b); err != nil {
			t.Fatal(err)
		}
		all = append(all, b.Bytes())
	}
	return all
}

func spending(version int32, sequence uint32, coins ...wire.OutPoint) *wire.MsgTx {
	tx := wire.NewMsgTx(version)
	for _, at := range coins {
		tx.AddTxIn(&wire.TxIn{PreviousOutPoint: at, Sequence: sequence})
	}
	return tx
}

var scriptA, scriptB = append([]byte{0, 20}, make([]byte, 20)...), append([]byte{0, 20}, bytes.Repeat([]byte{1}, 20)...)

func paying(t *testing.T, tx *wire.MsgTx, quantities ...int64) *wire.MsgTx {
	t.Helper()
	marker, err := openassets.Marker{Quantities: quantities}.Script()
	if err != nil {
		t.Fatal(err)
	}
	tx.AddTxOut(wire.NewTxOut(600, scriptA))
	tx.AddTxOut(wire.NewTxOut(0, marker))
	tx.AddTxOut(wire.NewTxOut(600, scriptB))
	return tx
}

func out(tx *wire.MsgTx, index uint32) wire.OutPoint {
	return wire.OutPoint{Hash: tx.TxHash(), Index: index}
}

// An issue alone counts, whatever its issuer did before: the coin that he spends may
// come out of a long story that the receipt does not tell.
func TestAnIssuersPastIsNotNeeded(t *testing.T) {
	past := paying(t, spending(2, 0, wire.OutPoint{Hash: chainhash.Hash{9}}), 0, 5)
	issue := paying(t, spending(2, 0, out(past, 2)), 7)
	f := &File{
		Format: Format, Network: "devnet", Protocol: "open-assets", Coin: out(issue, 0).String(),
		Holdings: []Holding{{openassets.AssetID(scriptB).Text("devnet"), "7"}}, Transactions: stripped(t, past, issue),
		Blocks: []Block{holding(t, 5, chainhash.Hash{}, issue)}, State: State{Height: 5, Block: chainhash.Hash{}.String()},
	}
	v, err := Verify(f, Options{})
	if err != nil || len(v.Issues) != 1 || v.Transactions != 2 {
		t.Errorf("%+v, %v", v, err)
	}
}

// A coin cannot be spent before it is made, whatever the receipt's blocks say.
func TestNothingIsSpentBeforeItIsMade(t *testing.T) {
	from := wire.OutPoint{Hash: chainhash.Hash{9}}
	issue := paying(t, spending(2, 0, from), 7)
	move := paying(t, spending(2, 0, out(issue, 0)), 0, 7)
	for name, c := range map[string]struct {
		issued, moved int32
		want          error
	}{"in order": {5, 8, nil}, "the other way round": {8, 5, ErrOrder}} {
		blocks := []Block{holding(t, c.issued, chainhash.Hash{}, issue), holding(t, c.moved, chainhash.Hash{}, move)}
		if c.issued > c.moved {
			blocks[0], blocks[1] = blocks[1], blocks[0]
		}
		f := &File{
			Format: Format, Network: "devnet", Protocol: "open-assets", Coin: out(move, 2).String(), Blocks: blocks,
			Holdings: []Holding{{openassets.AssetID(scriptA).Text("devnet"), "7"}}, Transactions: stripped(t, issue, move),
			Stated: []Stated{{Coin: from.String(), Value: -1, Script: scriptA}}, State: State{Height: 8, Block: chainhash.Hash{}.String()},
		}
		if v, err := Verify(f, Options{}); !errors.Is(err, c.want) {
			t.Errorf("%s: %+v, %v", name, v, err)
		}
	}
}

// EPOBC reads the values of coins: one whose value nobody states cannot be passed over.
func TestAValueThatIsNotStated(t *testing.T) {
	begin := spending(1, epobc.Tag{Genesis: true}.Sequence(), wire.OutPoint{Hash: chainhash.Hash{9}})
	begin.AddTxOut(wire.NewTxOut(600, scriptA))
	other := wire.OutPoint{Hash: chainhash.Hash{8}}
	move := spending(1, epobc.Tag{}.Sequence(), out(begin, 0), other)
	move.AddTxOut(wire.NewTxOut(400, scriptB))
	move.AddTxOut(wire.NewTxOut(700, scriptB))
	tag := epobc.NoTag
	f := &File{
		Format: Format, Network: "devnet", Protocol: "epobc", Coin: out(move, 0).String(), Transactions: stripped(t, begin, move),
		Holdings: []Holding{{epobc.AssetID(begin.TxHash()).Text("devnet"), "400"}},
		Blocks:   []Block{holding(t, 5, chainhash.Hash{}, begin), holding(t, 8, chainhash.Hash{}, move)},
		Stated:   []Stated{{Coin: other.String(), Value: 1_000, Script: scriptB, Tag: &tag}}, State: State{Height: 8, Block: chainhash.Hash{}.String()},
	}
	if v, err := Verify(f, Options{}); err != nil || len(v.Stated) != 1 {
		t.Errorf("%+v, %v", v, err)
	}
	f.Stated[0].Value = -1
	if v, err := Verify(f, Options{}); !errors.Is(err, ErrAncestor) {
		t.Errorf("without its value: %+v, %v", v, err)
	}
}

// Heights rise, and on networks whose difficulty is steady it changes at each 2,016th
// block alone.
func TestChainsOfHeaders(t *testing.T) {
	tx := paying(t, spending(2, 0, wire.OutPoint{}), 1)
	params := &chaincfg.Params{PowLimit: new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(1))}
	build := func(first int32, bits ...uint32) (blocks []Block) {
		below := chainhash.Hash{}
		for i, b := range bits {
			raw := worked(t, wire.BlockHeader{Version: 4, PrevBlock: below, MerkleRoot: tx.TxHash(), Bits: b, Timestamp: time.Unix(1_760_000_000, 0)})
			below = chainhash.DoubleHashH(raw)
			blocks = append(blocks, Block{Height: first + int32(i), Header: raw})
		}
		return blocks
	}
	const easy, hard = 0x207fffff, 0x203fffff
	for name, c := range map[string]struct {
		blocks []Block
		free   bool
		want   error
	}{
		"steady":                 {build(100, easy, easy), false, nil},
		"easier all at once":     {build(100, hard, easy), false, ErrWork},
		"harder all at once":     {build(100, easy, hard), false, ErrWork},
		"at its time":            {build(2015, easy, hard), false, nil},
		"where it is not steady": {build(100, hard, easy), true, nil},
		"a height twice":         {append(build(100, easy), build(100, hard)...), true, ErrOrder},
		"below the first":        {build(-1, easy), true, ErrOrder},
	} {
		params.ReduceMinDifficulty = c.free
		if _, err := readChain(c.blocks, params); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
