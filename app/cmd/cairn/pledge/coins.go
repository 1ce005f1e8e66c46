package pledge

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"cairn/app/cmd/cairn/terminal"
	"cairn/lighthouse/contract"
	"cairn/lighthouse/document"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/wire"
)

// What is wrong with a coin, beside what the rules say of its signature.
var (
	errUnknownCoin = errors.New("the file does not say what the coin is; give --esplora, or another form of the pledge")
	errNoCoin      = errors.New("there is no such coin")
	errSpent       = errors.New("the coin is spent already: the pledge was taken back, or claimed")
	errOtherCoin   = errors.New("the coin is another one than the file says")
	errUnconfirmed = errors.New("no block holds the coin yet")
	errServer      = errors.New("the server cannot be asked")
)

// undecided says that a failure tells nothing of the pledge.
func undecided(err error) bool {
	return errors.Is(err, errUnknownCoin) || errors.Is(err, errServer) || errors.Is(err, errUnconfirmed)
}

// explorer is a server of the Esplora kind: GET /tx/<txid> and
// GET /tx/<txid>/outspend/<index>. What it says is believed.
type explorer struct {
	url  string
	http *http.Client
}

// explorer is nil where nobody is to be asked.
func (f *CoinFlags) explorer() (*explorer, error) {
	if f.Esplora == "" {
		return nil, nil
	}
	u, err := url.Parse(f.Esplora)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, terminal.UsageError("--esplora: an address that begins with https://")
	}
	return &explorer{url: strings.TrimRight(f.Esplora, "/"), http: &http.Client{Timeout: f.Timeout}}, nil
}

// coin is what a pledge spends: by the server's word, or else the file's. Errors:
// those above.
func (e *explorer) coin(ctx context.Context, p document.Pledge) (contract.Coin, error) {
	if e == nil {
		if len(p.Coin.Script) == 0 {
			return contract.Coin{}, errUnknownCoin
		}
		return p.Coin, nil
	}
	coin, err := e.look(ctx, p.Outpoint)
	if err != nil {
		return coin, err
	}
	if len(p.Coin.Script) > 0 && (p.Coin.Value != coin.Value || string(p.Coin.Script) != string(coin.Script)) {
		return coin, fmt.Errorf("%w: %d sat", errOtherCoin, int64(coin.Value))
	}
	return coin, nil
}

func (e *explorer) look(ctx context.Context, at wire.OutPoint) (contract.Coin, error) {
	var tx struct {
		Vout []struct {
			Script string `json:"scriptpubkey"`
			Value  int64  `json:"value"`
		} `json:"vout"`
		Status struct {
			Confirmed bool `json:"confirmed"`
		} `json:"status"`
	}
	if err := e.get(ctx, "/tx/"+at.Hash.String(), &tx); err != nil {
		return contract.Coin{}, err
	}
	if uint64(at.Index) >= uint64(len(tx.Vout)) {
		return contract.Coin{}, errNoCoin
	}
	script, err := hex.DecodeString(tx.Vout[at.Index].Script)
	if err != nil {
		return contract.Coin{}, fmt.Errorf("%w: %w", errServer, err)
	}
	coin := contract.Coin{Value: btcutil.Amount(tx.Vout[at.Index].Value), Script: script}
	if !tx.Status.Confirmed {
		return coin, errUnconfirmed
	}
	var spend struct {
		Spent bool `json:"spent"`
	}
	if err := e.get(ctx, fmt.Sprintf("/tx/%s/outspend/%d", at.Hash, at.Index), &spend); err != nil {
		return coin, err
	}
	if spend.Spent {
		return coin, errSpent
	}
	return coin, nil
}

const maxAnswer = 4 << 20

func (e *explorer) get(ctx context.Context, path string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, e.url+path, nil)
	if err != nil {
		return fmt.Errorf("%w: %w", errServer, err)
	}
	req.Header.Set("User-Agent", "cairn")
	answer, err := e.http.Do(req)
	if err != nil {
		return fmt.Errorf("%w: %w", errServer, err)
	}
	defer answer.Body.Close()
	if answer.StatusCode == http.StatusNotFound {
		return errNoCoin
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%w: it answers %s", errServer, answer.Status)
	}
	if err := json.NewDecoder(io.LimitReader(answer.Body, maxAnswer)).Decode(into); err != nil {
		return fmt.Errorf("%w: %w", errServer, err)
	}
	return nil
}
