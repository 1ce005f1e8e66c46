package web

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"strconv"
	"strings"
	"time"

	visitors "cairn/chain/visitor"
	"cairn/templates/assetdesk"
	"cairn/templates/layout"
	view "cairn/templates/purse"
	"cairn/templates/ui"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
	"github.com/labstack/echo/v4"
)

// ErrAddress: not an address of this network.
const ErrAddress = ErrorKind("this is not an address of the network")

// Limits of what the wallets of visitors ask.
const (
	maxWatchBody = 64 << 10
	maxSendBody  = 2*visitors.MostBytes + 1024
	maxCodeText  = 2_000            // bytes of a QR code
	longestWait  = 30 * time.Second // for news of coins
	faucetMost   = btcutil.SatoshiPerBitcoin
)

// walletsRoutes are the page of the wallet in the browser, and what that wallet asks
// of the server. Its requests are JSON from our own pages.
func (s *Server) walletsRoutes() {
	if s.deps.Wallets == nil {
		return
	}
	s.get("wallet", "/wallet", s.visitorPage)
	s.post("wallet-watch", "/wallet/watch", s.visitorWatch(newLimiter(5, 3_000)), bodyLimit(maxWatchBody), s.limit(4, 120))
	s.post("wallet-coins", "/wallet/coins", s.visitorCoins, bodyLimit(4<<10), s.limit(4, 60))
	s.post("wallet-send", "/wallet/send", s.visitorSend, bodyLimit(maxSendBody), s.limit(0.5, 20))
	s.post("wallet-code", "/wallet/code", s.visitorCode, bodyLimit(4<<10), s.limit(1, 30))
	s.get("wallet-rates", "/wallet/rates", s.visitorRates, s.limit(1, 30))
	if s.deps.Wallets.Faucet != nil {
		s.post("wallet-faucet", "/wallet/faucet", s.visitorFaucet, bodyLimit(4<<10), s.limit(0.5, 20))
	}
}

// visitorPage is a place that the browser fills: what a wallet holds is known there
// alone.
func (s *Server) visitorPage(c Ctx) error {
	m := s.meta(c, t(c, "wallets.page"), layout.SectionNone)
	m.Modules = []string{"js/mywallet.js"}
	v := view.View{Meta: m, Network: s.cfg.Network, Faucet: s.deps.Wallets.Faucet != nil}
	if s.deps.AssetDesk != nil {
		v.Assets = assetdesk.Holdings()
	}
	return render(c, http.StatusOK, view.Page(v))
}

// readJSON reads the body of a request of ours.
func readJSON(c Ctx, into any) error {
	if !strings.HasPrefix(c.Request().Header.Get(echo.HeaderContentType), echo.MIMEApplicationJSON) {
		return ErrForm
	}
	if err := json.NewDecoder(c.Request().Body).Decode(into); err != nil {
		return badForm(err)
	}
	return nil
}

// visitorWatch has scripts of a wallet watched. Searching older blocks is work for
// the node, so searches let one address ask for so many scripts only.
func (s *Server) visitorWatch(searches *limiter) echo.HandlerFunc {
	return func(c Ctx) error {
		var asked struct {
			ID      string   `json:"id"`
			Scripts []string `json:"scripts"`
			Search  bool     `json:"search"`
		}
		if err := readJSON(c, &asked); err != nil {
			return err
		}
		id, err := visitors.ParseID(asked.ID)
		if err != nil {
			return err
		}
		scripts := make([][]byte, len(asked.Scripts))
		for i, text := range asked.Scripts {
			if scripts[i], err = hex.DecodeString(text); err != nil {
				return visitors.ErrScript
			}
		}
		if asked.Search && !searches.allowN(c.RealIP(), s.cfg.Now(), len(scripts)) {
			return ErrTooMany
		}
		if err := s.deps.Wallets.Watcher.Watch(c.Request().Context(), id, scripts, asked.Search); err != nil {
			return err
		}
		return c.JSON(http.StatusOK, struct{}{})
	}
}

// feedJSON is what wallet.feed takes (public/src/wallet/coins.js), and more.
type feedJSON struct {
	Tag       string     `json:"tag"`
	Height    int32      `json:"height"`
	Searching int64      `json:"searching"`
	From      int32      `json:"from"`
	Coins     []coinJSON `json:"coins"`
}

type coinJSON struct {
	Txid     string     `json:"txid"`
	Vout     uint32     `json:"vout"`
	Value    int64      `json:"value"`
	Script   string     `json:"script"`
	Height   int32      `json:"height"`
	Coinbase bool       `json:"coinbase"`
	Spent    *spentJSON `json:"spent,omitempty"`
	// Assets are what it holds beside satoshi.
	Assets []heldJSON `json:"assets,omitempty"`
}

// heldJSON is units of an asset, as digits: they may be more than a number of
// JavaScript's holds.
type heldJSON struct {
	ID       string `json:"id"`
	Protocol string `json:"protocol"`
	Units    string `json:"units"`
}

type spentJSON struct {
	Txid   string `json:"txid"`
	Height int32  `json:"height"`
}

func toFeedJSON(f visitors.Feed) feedJSON {
	out := feedJSON{Tag: f.Tag, Height: f.Height, Searching: f.Searching, From: f.From, Coins: make([]coinJSON, len(f.Coins))}
	for i, coin := range f.Coins {
		out.Coins[i] = coinJSON{
			Txid: coin.Outpoint.Hash.String(), Vout: coin.Outpoint.Index, Value: int64(coin.Value), Script: hex.EncodeToString(coin.Script),
			Height: coin.Height, Coinbase: coin.Coinbase,
		}
		if coin.Spent != nil {
			out.Coins[i].Spent = &spentJSON{Txid: coin.Spent.Txid.String(), Height: coin.Spent.Height}
		}
	}
	return out
}

// visitorCoins tells of a wallet's coins. With since, the tag of what is known
// already, and wait, in seconds, the answer comes as soon as it is another one, so
// that the wallet's ID stands in no address. Such requests count as streams.
func (s *Server) visitorCoins(c Ctx) error {
	var asked struct {
		ID    string  `json:"id"`
		Since string  `json:"since"`
		Wait  float64 `json:"wait"`
	}
	if err := readJSON(c, &asked); err != nil {
		return err
	}
	id, err := visitors.ParseID(asked.ID)
	if err != nil {
		return err
	}
	if asked.Wait > 0 {
		leave, err := s.streams.enter(c.RealIP())
		if err != nil {
			return err
		}
		defer leave()
	}
	feed, err := s.nextFeed(c, id, asked.Since, min(longestWait, time.Duration(asked.Wait*float64(time.Second))))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, feed)
}

// nextFeed is the first that is another than since, or what there is after a while.
func (s *Server) nextFeed(c Ctx, id visitors.ID, since string, patience time.Duration) (feedJSON, error) {
	ctx := c.Request().Context()
	enough := time.NewTimer(patience)
	defer enough.Stop()
	for {
		changed := s.deps.Wallets.Watcher.Changed()
		feed, err := s.coloredFeed(ctx, id)
		if err != nil || feed.Tag != since || patience <= 0 {
			return feed, err
		}
		select {
		case <-changed:
		case <-enough.C:
			return feed, nil
		case <-s.closing:
			return feed, nil
		case <-ctx.Done():
			return feed, ctx.Err()
		}
	}
}

// coloredFeed is what a wallet is fed: its coins, and what they hold. Its tag is another
// when either is.
func (s *Server) coloredFeed(ctx context.Context, id visitors.ID) (feedJSON, error) {
	told, err := s.deps.Wallets.Watcher.Feed(ctx, id)
	if err != nil {
		return feedJSON{}, err
	}
	out := toFeedJSON(told)
	if s.deps.Wallets.Colors == nil {
		return out, nil
	}
	var at []wire.OutPoint
	for _, coin := range told.Coins {
		if coin.Spent == nil {
			at = append(at, coin.Outpoint)
		}
	}
	held, err := s.deps.Wallets.Colors(ctx, at)
	if err != nil {
		return feedJSON{}, err
	}
	sum := fnv.New64a()
	for i, coin := range told.Coins {
		for _, h := range held[coin.Outpoint] {
			one := heldJSON{h.Asset.Text(s.cfg.Network), h.Asset.Protocol.String(), strconv.FormatInt(h.Units, 10)}
			out.Coins[i].Assets = append(out.Coins[i].Assets, one)
			fmt.Fprintln(sum, coin.Outpoint, one.ID, one.Units)
		}
	}
	if len(held) > 0 {
		out.Tag += fmt.Sprintf("-%x", sum.Sum64())
	}
	return out, nil
}

// visitorSend passes on a transaction that a wallet has signed.
func (s *Server) visitorSend(c Ctx) error {
	var asked struct {
		Hex string `json:"hex"`
	}
	if err := readJSON(c, &asked); err != nil {
		return err
	}
	raw, err := hex.DecodeString(asked.Hex)
	if err != nil {
		return visitors.ErrTransaction
	}
	sent, err := s.deps.Wallets.Watcher.Send(c.Request().Context(), raw)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]any{"txid": sent.Txid.String(), "later": sent.Later})
}

// visitorRates are the fees to choose from, in sat per 1,000 weight units.
func (s *Server) visitorRates(c Ctx) error {
	rates, err := s.deps.Wallets.Rates(c.Request().Context())
	if err != nil {
		return err
	}
	type rateJSON struct {
		Name    string  `json:"name"`
		Rate    int64   `json:"rate"`
		Minutes float64 `json:"minutes"`
	}
	out := make([]rateJSON, len(rates))
	for i, r := range rates {
		out[i] = rateJSON{Name: r.Name, Rate: int64(r.Rate), Minutes: r.Within.Minutes()}
	}
	return c.JSON(http.StatusOK, map[string]any{"rates": out})
}

// visitorCode is a text as a QR code: the side in modules, and one path of strokes.
func (s *Server) visitorCode(c Ctx) error {
	var asked struct {
		Text string `json:"text"`
	}
	if err := readJSON(c, &asked); err != nil {
		return err
	}
	if asked.Text == "" || len(asked.Text) > maxCodeText {
		return ErrForm
	}
	side, path, err := ui.Strokes(asked.Text)
	if err != nil {
		return ErrForm
	}
	return c.JSON(http.StatusOK, map[string]any{"side": side, "path": path})
}

// visitorFaucet pays play money to an address.
func (s *Server) visitorFaucet(c Ctx) error {
	var asked struct {
		Address string         `json:"address"`
		Amount  btcutil.Amount `json:"amount"`
	}
	if err := readJSON(c, &asked); err != nil {
		return err
	}
	params, err := s.cfg.Network.Params()
	if err != nil {
		return err
	}
	address, err := btcutil.DecodeAddress(asked.Address, params)
	if err != nil || !address.IsForNet(params) {
		return ErrAddress
	}
	script, err := txscript.PayToAddrScript(address)
	if err != nil {
		return ErrAddress
	}
	if asked.Amount < 1_000 || asked.Amount > faucetMost {
		return ErrForm
	}
	txid, err := s.deps.Wallets.Faucet(c.Request().Context(), script, asked.Amount)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]string{"txid": txid.String()})
}
