package web

import (
	"context"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"sync"
	"testing"
	"time"

	"cairn/chain/visitor"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// fakeWatcher watches in memory; its faucet's coins are in a block two seconds
// later.
type fakeWatcher struct {
	mu      sync.Mutex
	wallets map[visitor.ID]map[string]bool // scripts in hexadecimal
	coins   []visitor.Coin
	height  int32
	sent    [][]byte
	refuse  error // what Send answers, if set
	changed chan struct{}
}

func newFakeWatcher() *fakeWatcher {
	return &fakeWatcher{wallets: map[visitor.ID]map[string]bool{}, height: 100, changed: make(chan struct{})}
}

func (w *fakeWatcher) Watch(_ context.Context, id visitor.ID, scripts [][]byte, _ bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.wallets[id] == nil {
		w.wallets[id] = map[string]bool{}
	}
	for _, script := range scripts {
		if len(script) == 0 {
			return visitor.ErrScript
		}
		w.wallets[id][hex.EncodeToString(script)] = true
	}
	return nil
}

func (w *fakeWatcher) Feed(_ context.Context, id visitor.ID) (visitor.Feed, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	scripts, ok := w.wallets[id]
	if !ok {
		return visitor.Feed{}, visitor.ErrUnwatched
	}
	f := visitor.Feed{Height: w.height}
	for _, c := range w.coins {
		if scripts[hex.EncodeToString(c.Script)] {
			f.Coins = append(f.Coins, c)
		}
	}
	f.Tag = fmt.Sprint(f.Height, f.Coins)
	return f, nil
}

func (w *fakeWatcher) Changed() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.changed
}

func (w *fakeWatcher) Send(_ context.Context, raw []byte) (visitor.Sent, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.refuse != nil {
		return visitor.Sent{}, w.refuse
	}
	w.sent = append(w.sent, slices.Clone(raw))
	return visitor.Sent{Txid: chainhash.DoubleHashH(raw)}, nil
}

func (w *fakeWatcher) pay(_ context.Context, script []byte, amount btcutil.Amount) (chainhash.Hash, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	txid := chainhash.HashH(fmt.Append(nil, len(w.coins), script))
	w.coins = append(w.coins, visitor.Coin{Outpoint: wire.OutPoint{Hash: txid}, Value: amount, Script: script})
	w.tell()
	time.AfterFunc(2*time.Second, w.mine)
	return txid, nil
}

func (w *fakeWatcher) mine() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.height++
	for i := range w.coins {
		if w.coins[i].Height == 0 {
			w.coins[i].Height = w.height
		}
	}
	w.tell()
}

func (w *fakeWatcher) tell() {
	close(w.changed)
	w.changed = make(chan struct{})
}

// all are the scripts of all wallets, sorted.
func (w *fakeWatcher) all() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []string
	for _, scripts := range w.wallets {
		all = slices.AppendSeq(all, maps.Keys(scripts))
	}
	slices.Sort(all)
	return all
}

// withWallets gives the pages wallets of visitors.
func withWallets(deps *Deps) *fakeWatcher {
	w := newFakeWatcher()
	deps.Wallets = &Wallets{
		Watcher: w, Faucet: w.pay,
		Rates: func(context.Context) ([]WalletRate, error) {
			return []WalletRate{{"slow", 253, time.Hour}, {"normal", 506, 20 * time.Minute}, {"fast", 1012, time.Minute}}, nil
		},
	}
	return w
}

var kindInScript = regexp.MustCompile(`(?m)^  '([a-z-]+)',`)

// walletKinds are the kinds of errors of the wallet in the page, off its source.
func walletKinds(t *testing.T) []string {
	t.Helper()
	source, err := os.ReadFile("../../public/src/wallet/errors.js")
	if err != nil {
		t.Fatal(err)
	}
	kinds := []string{"unreachable", "unknown", "payment"} // of public/src/keys
	for _, found := range kindInScript.FindAllSubmatch(source, -1) {
		kinds = append(kinds, string(found[1]))
	}
	if len(kinds) < 30 {
		t.Fatalf("only %v were found", kinds)
	}
	return kinds
}
