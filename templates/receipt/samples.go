package receipt

import (
	"math/big"
	"strings"
	"time"

	"cairn/assets"
	"cairn/assets/openassets"
	"cairn/assets/receipt"
	"cairn/chain"
	"cairn/templates/guard"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// Sample is the page in one of its states.
type Sample struct {
	Name string
	View View
}

// Samples are the page in every state, for the gallery and tests.
func Samples(now time.Time) []Sample {
	asset, other := openassets.AssetID([]byte("MasterBTC")), openassets.AssetID([]byte("another"))
	names := map[assets.ID]guard.Name{asset: {Short: "MasterBTC"}}
	proven := func() *receipt.Verdict {
		return &receipt.Verdict{
			Network: chain.Devnet, Protocol: assets.OpenAssets, Coin: wire.OutPoint{Hash: chainhash.Hash{31: 0xb7, 0: 0xc4}, Index: 1}, Value: 600,
			Holdings: []assets.Holding{{Asset: asset, Units: 3}}, Block: chain.BlockRef{Height: 912_001}, Time: now.Add(-48 * time.Hour),
			Upon: 345, Work: new(big.Int).Lsh(big.NewInt(1), 86), Transactions: 7,
			Definitions: []receipt.Defined{{Asset: asset, Bound: true}}, State: receipt.State{Height: 912_346},
		}
	}
	spent, stated, long := proven(), proven(), proven()
	spent.State.SpentBy = strings.Repeat("5e", 32)
	stated.Stated = []wire.OutPoint{{Index: 2}, {Index: 3}}
	stated.Definitions[0].Bound = false
	long.Holdings = []assets.Holding{{Asset: asset, Units: 1<<63 - 1}, {Asset: other, Units: 12}}
	long.Definitions = append(long.Definitions, receipt.Defined{Asset: other})
	return []Sample{
		{"holds", View{Proven: proven(), Names: names}},
		{"spent", View{Proven: spent, Names: names}},
		{"stated", View{Proven: stated, Names: names}},
		{"long", View{Proven: long, Names: map[assets.ID]guard.Name{asset: {Short: "北山步道之友协会二〇二六年度份额与冬季石阶修缮基金联合凭证纪念版", Decimals: 7}}}},
	}
}
