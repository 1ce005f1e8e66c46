package guard

import (
	"cairn/assets"
	"cairn/assets/guard"
	"cairn/assets/openassets"
	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// Sample is the page in one of its states.
type Sample struct {
	Name string
	View View
}

// Samples are the page in every state, for the gallery and tests.
func Samples() []Sample {
	asset := openassets.AssetID([]byte("MasterBTC"))
	vouchers := []assets.Holding{{Asset: asset, Units: 20}}
	names := map[assets.ID]Name{asset: {Short: "MasterBTC"}}
	script := func(n byte) []byte { return append([]byte{0x00, 0x14, n}, make([]byte, 19)...) }
	coin := func(n byte, s guard.State, value btcutil.Amount, held ...assets.Holding) guard.Input {
		in := guard.Input{OutPoint: wire.OutPoint{Hash: chainhash.Hash{31: n, 0: n}, Index: uint32(n)}, State: s, Value: value, Holdings: held}
		if s != guard.Unknown {
			in.Script = script(n)
		}
		return in
	}
	report := func(v guard.Verdict, inputs []guard.Input, outputs ...guard.Output) *guard.Report {
		return &guard.Report{
			Verdict: v, Format: guard.PSBT, AsOf: chain.BlockRef{Height: 912_095}, Base: 299_220, Inputs: inputs, Outputs: outputs,
			Colorings: []assets.Coloring{{Protocol: assets.OpenAssets, Verdict: assets.Valid}},
		}
	}
	payment := guard.Output{Value: 48_000, Script: script(9)}

	destroys := report(guard.Destroys, []guard.Input{coin(1, guard.Plain, 50_000), coin(2, guard.Colored, 600, vouchers...), coin(3, guard.Unknown, 0)}, payment)
	destroys.Losses = []guard.Loss{{Asset: asset, Units: 20, Input: 1, Output: -1, Why: guard.WhyOrdinary}}
	destroys.Colorings[0].Verdict = assets.None
	destroys.Rivals = []chainhash.Hash{{7}}

	moves := report(guard.Moves, []guard.Input{coin(2, guard.Colored, 600, vouchers...)},
		guard.Output{Script: []byte{0x6a, 0x01, 0x01}},
		guard.Output{Value: 600, Script: script(4), Holdings: []assets.Holding{{Asset: asset, Units: 3}}, Care: guard.NoForm},
		guard.Output{Value: 600, Script: script(5), Holdings: []assets.Holding{{Asset: asset, Units: 17}}, Care: guard.NoForm},
	)
	moves.Issues = []assets.Holding{{Asset: openassets.AssetID(nil), Units: 1_000}}

	done := report(guard.Destroys, []guard.Input{coin(2, guard.Colored, 600, vouchers...)},
		guard.Output{Script: []byte{0x6a, 0x01, 0x01}, Holdings: vouchers, Care: guard.Nobody})
	done.Block = chain.BlockRef{Height: 912_001}
	done.Losses = []guard.Loss{{Asset: asset, Units: 20, Input: 0, Output: 0, Why: guard.WhyNobody}}

	return []Sample{
		{"form", View{}},
		{"destroys", View{Report: destroys, Names: names}},
		{"moves", View{Report: moves, Names: names}},
		{"safe", View{Report: report(guard.Safe, []guard.Input{coin(1, guard.Plain, 50_000)}, payment)}},
		{"unsure", View{Report: report(guard.Unsure, []guard.Input{coin(3, guard.Unknown, 0)}, payment)}},
		{"done", View{Report: done, Names: names}},
		{"nothing", View{Addresses: "bc1q…", None: true}},
	}
}
