package guard

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"cairn/assets"
	"cairn/assets/openassets"
	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/wire"
)

const (
	// MaxAddresses is for how many addresses one list is made.
	MaxAddresses = 1_000
	maxFrozen    = 20_000
	// maxLabel is what importers of labels keep, in characters.
	maxLabel = 255
)

// Frozen is a coin that holds units, and that other wallets should not spend.
type Frozen struct {
	wire.OutPoint
	Value    btcutil.Amount
	Holdings []assets.Holding
}

// ParseAddresses reads addresses of a network, ordinary ones and those of Open
// Assets, with anything between them that is white space, a comma or a
// semicolon. wrong is the first that is none, with ErrNoAddress, or of another
// network, with assets.ErrNetwork.
func ParseAddresses(text string, n chain.Network) (scripts [][]byte, wrong string, err error) {
	words := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \t\r\n,;，；、", r) })
	if len(words) == 0 || len(words) > MaxAddresses {
		return nil, "", fmt.Errorf("%w: %d addresses", ErrNoAddress, len(words))
	}
	for _, word := range words {
		script, _, err := openassets.ParseAny(word, n)
		if errors.Is(err, assets.ErrNetwork) {
			return nil, word, err
		}
		if err != nil {
			return nil, word, fmt.Errorf("%w: %w", ErrNoAddress, err)
		}
		scripts = append(scripts, script)
	}
	return scripts, "", nil
}

// Colored lists the coins of scripts that hold units and are not spent, those
// that wait for a block included. Errors: ErrTooMany.
func (g *Guard) Colored(ctx context.Context, scripts [][]byte) ([]Frozen, error) {
	coins, err := g.ledger.Coins(ctx, scripts)
	if err != nil {
		return nil, err
	}
	var out []Frozen
	for _, c := range coins {
		at := slices.IndexFunc(out, func(f Frozen) bool { return f.OutPoint == c.OutPoint })
		if at < 0 {
			at, out = len(out), append(out, Frozen{OutPoint: c.OutPoint, Value: c.Value})
		}
		out[at].Holdings = append(out[at].Holdings, c.Holdings...)
		if len(out) > maxFrozen {
			return nil, ErrTooMany
		}
	}
	return out, nil
}

// Labels is a file of labels (BIP-0329) that freezes coins: wallets that read it
// do not spend an output with "spendable": false. Sparrow, Nunchuk and others do.
// say puts units into words.
func Labels(coins []Frozen, say func(assets.Holding) string) ([]byte, error) {
	var b bytes.Buffer
	for _, c := range coins {
		var words []string
		for _, h := range c.Holdings {
			words = append(words, say(h))
		}
		label := []rune(strings.Join(words, ", "))
		line, err := json.Marshal(struct {
			Type      string `json:"type"`
			Ref       string `json:"ref"`
			Label     string `json:"label"`
			Spendable bool   `json:"spendable"`
		}{"output", c.OutPoint.String(), string(label[:min(len(label), maxLabel)]), false})
		if err != nil {
			return nil, err
		}
		b.Write(append(line, '\n'))
	}
	return b.Bytes(), nil
}

// LockUnspent is the command by which Bitcoin Core keeps its hands off coins, also
// after it was started again (lockunspent, persistent).
func LockUnspent(coins []Frozen) (string, error) {
	type output struct {
		Txid string `json:"txid"`
		Vout uint32 `json:"vout"`
	}
	list := []output{}
	for _, c := range coins {
		list = append(list, output{c.Hash.String(), c.Index})
	}
	raw, err := json.Marshal(list)
	if err != nil {
		return "", err
	}
	return "bitcoin-cli lockunspent false '" + string(raw) + "' true\n", nil
}

// Freeze is what Electrum's console takes to freeze coins.
func Freeze(coins []Frozen) (string, error) {
	list := []string{}
	for _, c := range coins {
		list = append(list, c.OutPoint.String())
	}
	raw, err := json.Marshal(list)
	if err != nil {
		return "", err
	}
	return "wallet.set_frozen_state_of_coins(" + string(raw) + ", True)\n", nil
}
