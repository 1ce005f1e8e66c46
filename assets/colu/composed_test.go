package colu

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"cairn/assets"
	"cairn/chain"
)

var update = flag.Bool("update", false, "write testdata/composed.json anew")

// composed is a transaction of this package for Colu's packages to read, in
// app/e2e/modules/colu.test.js.
type composed struct {
	Name   string       `json:"name"`
	Hex    string       `json:"hex"`
	Issued string       `json:"issued,omitempty"`
	Inputs []composedIn `json:"inputs"`
	// Outputs are the holdings of each: asset and units.
	Outputs [][][2]any `json:"outputs"`
}

type composedIn struct {
	Script string   `json:"script"`
	Held   [][2]any `json:"held"`
}

// compositions are what is written down: every operation, opcode and policy.
func compositions(t *testing.T) (all []composed) {
	add := func(name string, u assets.Unsigned, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var raw bytes.Buffer
		if err := u.Tx.Serialize(&raw); err != nil {
			t.Fatal(err)
		}
		c := composed{Name: name, Hex: hex.EncodeToString(raw.Bytes())}
		if !u.Coloring.Issued.IsZero() {
			c.Issued = u.Coloring.Issued.Text(chain.Mainnet)
		}
		for _, coin := range u.Coins {
			c.Inputs = append(c.Inputs, composedIn{Script: hex.EncodeToString(coin.Script), Held: written(coin.Holdings)})
		}
		for _, held := range u.Coloring.Outputs {
			c.Outputs = append(c.Outputs, written(held))
		}
		all = append(all, c)
	}
	a, b, d := assetOf(0), assetOf(1), assetOf(2)
	full := Hashes{InfoHash: bytesOf(0x11, 20), Metadata: bytesOf(0x22, 32)}
	rich := []assets.Coin{
		coinOf(1, assets.Holding{Asset: a, Units: 7}, assets.Holding{Asset: b, Units: 40}),
		coinOf(2, assets.Holding{Asset: d, Units: 9}), coinOf(3), coinOf(4, assets.Holding{Asset: a, Units: 5}),
	}
	to := func(n int, units int64) (payments []assets.Payment) {
		for i := range n {
			payments = append(payments, assets.Payment{Script: scriptOf(300 + i), Units: units + int64(i)})
		}
		return payments
	}
	for policy := Aggregatable; policy <= Dispersed; policy++ {
		for _, locked := range []bool{false, true} {
			traits := Traits{Policy: policy, Locked: locked, Divisibility: int(policy)}
			u, err := Issue(Issuing{Traits: traits}, rich, to(3, 20), changeScript)
			add(fmt.Sprintf("issue, %s", traits), u, err)
		}
	}
	for name, n := range map[int]int{1: 3, 2: 10, 3: 17} {
		u, err := Issue(Issuing{Hashes: full}, []assets.Coin{coinOf(5)}, to(n, 1001), changeScript)
		add(fmt.Sprintf("issue, opcode %02d", name), u, err)
	}
	u, err := Issue(Issuing{Hashes: Hashes{InfoHash: full.InfoHash}}, rich[:1], to(1, MaxAmount), changeScript)
	add("issue, opcode 04", u, err)
	u, err = Issue(Issuing{Rules: true}, rich[:1], to(1, 1), changeScript)
	add("issue, opcode 06", u, err)
	u, err = Transfer(rich, []assets.Payment{
		{Script: scriptOf(1), Asset: a, Units: 11}, {Script: scriptOf(2), Asset: d, Units: 1},
		{Script: scriptOf(3)}, {Script: scriptOf(4), Asset: b, Units: 40}, {Script: scriptOf(5), Asset: d, Units: 2},
	}, changeScript)
	add("transfer of three assets", u, err)
	u, err = Burn(rich, []assets.Holding{{Asset: a, Units: 8}, {Asset: d, Units: 9}}, changeScript)
	add("burn of two assets", u, err)
	return all
}

func written(held []assets.Holding) [][2]any {
	out := [][2]any{}
	for _, h := range held {
		out = append(out, [2]any{h.Asset.Text(chain.Mainnet), h.Units})
	}
	return out
}

// What is written down for Colu's packages is what is composed today.
func TestCompositionsAreWrittenDown(t *testing.T) {
	path := filepath.Join("testdata", "composed.json")
	all := compositions(t)
	byName := map[string]composed{}
	for _, c := range all {
		byName[c.Name] = c
	}
	got, err := json.MarshalIndent(byName, "", " ") // in order of names
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("compositions have changed: run with -update, and the test of app/e2e/modules/colu.test.js")
	}
}
