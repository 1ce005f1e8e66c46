package node

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"cairn/chain"

	"github.com/lightningnetwork/lnd/aezeed"
)

// strangersWords are a seed, and no node's of ours.
func strangersWords(t *testing.T) []string {
	t.Helper()
	seed, err := aezeed.New(0, &[aezeed.EntropySize]byte{1, 2, 3}, time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	words, err := seed.ToMnemonic(nil)
	if err != nil {
		t.Fatal(err)
	}
	return words[:]
}

// assertDrill tries the words of a node that is ready, and wrong ones.
func assertDrill(t *testing.T, n *Node, words []string) {
	t.Helper()
	if err := n.Drill(t.Context(), words); err != nil {
		t.Errorf("the node's own words: %v", err)
	}
	shouted := make([]string, len(words))
	for i, w := range words {
		shouted[i] = " " + strings.ToUpper(w)
	}
	if err := n.Drill(t.Context(), shouted); err != nil {
		t.Errorf("the node's own words in capitals: %v", err)
	}
	swapped := slices.Clone(words)
	for i := range swapped {
		if swapped[i] != swapped[0] {
			swapped[0], swapped[i] = swapped[i], swapped[0]
			break
		}
	}
	misspelt := slices.Clone(words)
	misspelt[7] = "cairn"
	for name, wrong := range map[string][]string{
		"swapped": swapped, "misspelt": misspelt, "too few": words[:23], "none": nil, "others": strangersWords(t),
	} {
		err := n.Drill(t.Context(), wrong)
		if !errors.Is(err, ErrWrongWords) {
			t.Errorf("%s words: %v", name, err)
		}
		for _, w := range words {
			if err != nil && strings.Contains(" "+err.Error()+" ", " "+w+" ") && len(w) > 5 {
				t.Errorf("%s words: the error tells one: %v", name, err)
			}
		}
	}
}

// The key depends on the network, as lnd derives another one on test networks.
func TestTheKeyOfASeed(t *testing.T) {
	words := strangersWords(t)
	keys := map[string]bool{}
	for _, network := range []chain.Network{chain.Mainnet, chain.Devnet, chain.Signet} {
		key, err := identityOf(words, network)
		if err != nil || len(key) != 66 {
			t.Fatalf("%s: %q, %v", network, key, err)
		}
		keys[key] = true
	}
	if len(keys) != 2 {
		t.Errorf("%d keys, want one for mainnet and one for the others", len(keys))
	}
}
