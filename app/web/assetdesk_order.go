package web

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"cairn/assets"
	"cairn/assets/compose"
	"cairn/assets/definition"
	"cairn/assets/openassets"
	"cairn/templates/assetdesk"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// maxScriptTyped is how long an output script is that a form carries, in bytes: those
// that have an address are shorter.
const maxScriptTyped = 42

// assetOrder reads a form as an order. Errors: those of its fields, in a deskMistake.
func (s *Server) assetOrder(ctx context.Context, v assetdesk.Form) (o compose.Order, err error) {
	typed := func(name string) string { return strings.TrimSpace(v.Typed[name]) }
	o = compose.Order{Operation: operations[v.Act], Asset: v.Asset.ID, Protocol: v.Asset.ID.Protocol, Sponsored: s.deps.AssetDesk.Sponsored && typed("pay") != "own"}
	if v.Act == assetdesk.Take {
		o.Sponsored = false // the buyer has bitcoin
	}
	var own []byte
	if seed := typed("seed"); v.Act == assetdesk.Issue && o.Sponsored && seed != "" && typed("coins") == "" {
		if o.Seed, err = s.scriptTyped(seed, nil); err != nil { // whoever has no coin yet
			return o, deskMistake{"coins", err}
		}
		own = o.Seed
	} else {
		if o.Coins, err = s.coinsTyped(ctx, typed("coins")); err != nil {
			return o, deskMistake{"coins", err}
		}
		own = o.Coins[0].Script
	}
	if o.Change, err = s.scriptTyped(typed("change"), own); err != nil {
		return o, deskMistake{"change", err}
	}
	owner, err := s.scriptTyped(typed("owner"), own)
	if err != nil {
		return o, deskMistake{"owner", err}
	}
	decimals := v.Asset.Decimals
	if v.Act == assetdesk.Issue {
		if decimals, err = readIssue(v, &o); err != nil {
			return o, err
		}
	}
	switch v.Act {
	case assetdesk.Lock:
		return o, sure(typed("sure"))
	case assetdesk.Dividend:
		return s.dividendOrder(v, o)
	}
	if v.Act == assetdesk.Send && typed("list") != "" {
		list, knows, err := s.listTyped(v.Typed["list"], v.Asset)
		if err == nil && !knows && typed("sure") == "" {
			err = ErrUnsure
		}
		if err != nil {
			return o, deskMistake{"list", err}
		}
		o.Payments = list
		return o, nil
	}
	units, err := assetdesk.ParseUnits(typed("units"), decimals)
	if err != nil {
		return o, deskMistake{"units", err}
	}
	switch v.Act {
	case assetdesk.Issue, assetdesk.Reissue:
		o.Payments = []assets.Payment{{Script: owner, Units: units}}
	case assetdesk.Send:
		to, knows, err := s.receiverOf(typed("to"), v.Asset.ID)
		if err != nil {
			return o, deskMistake{"to", err}
		}
		if !knows && typed("sure") == "" {
			return o, deskMistake{"to", ErrUnsure}
		}
		o.Payments = []assets.Payment{{Script: to, Asset: v.Asset.ID, Units: units}}
	case assetdesk.Burn:
		o.Burn = []assets.Holding{{Asset: v.Asset.ID, Units: units}}
		return o, sure(typed("sure"))
	case assetdesk.Sell:
		o.PayTo = owner
		if o.Price, err = satoshi("price", typed("price")); err != nil {
			return o, err
		}
	case assetdesk.Take:
		o.PayTo = owner
		o.Offer, err = compose.ParseOfferID(v.Offer.ID)
	}
	return o, err
}

func sure(ticked string) error {
	if ticked == "" {
		return deskMistake{"sure", ErrUnsure}
	}
	return nil
}

// readIssue reads the rules of a new asset: what may be issued again is Open Assets'; a
// fixed number is Colu's, whose ids say so. It gives the decimals.
func readIssue(v assetdesk.Form, o *compose.Order) (int, error) {
	more := v.Typed["more"] == "yes"
	o.Protocol = assets.Colu
	if more {
		o.Protocol = assets.OpenAssets
	}
	if name := v.Typed["protocol"]; name != "" {
		p, err := assets.ParseProtocol(name)
		if err != nil {
			return 0, err
		}
		o.Protocol = p
	}
	decimals := 0
	if v.Typed["decimals"] == "2" {
		decimals = 2
	}
	if o.Protocol == assets.Colu {
		o.Divisibility, o.Locked = decimals, !more
	}
	return decimals, nil
}

// dividendOrder adds what a dividend pays, and whom it leaves out.
func (s *Server) dividendOrder(v assetdesk.Form, o compose.Order) (compose.Order, error) {
	var err error
	if o.Sum, err = satoshi("sum", v.Typed["sum"]); err != nil {
		return o, err
	}
	if o.Height, err = heightTyped(v.Typed["at"]); err != nil {
		return o, err
	}
	if v.Typed["others"] == "" {
		return o, nil
	}
	for _, text := range strings.Fields(v.Typed["exclude"]) {
		script, err := hex.DecodeString(text)
		if err != nil || len(script) > maxScriptTyped {
			return o, ErrForm
		}
		o.Exclude = append(o.Exclude, script)
	}
	if len(o.Exclude) == 0 { // who signs elsewhere means the coins he named
		for _, coin := range o.Coins {
			o.Exclude = append(o.Exclude, coin.Script)
		}
	}
	return o, nil
}

// coinsTyped reads coins, one a line: "txid:number", or with its value in satoshi and
// its address or script behind. Errors: ErrCoinsTyped, compose.ErrLimit.
func (s *Server) coinsTyped(ctx context.Context, text string) (list []compose.Coin, err error) {
	lines := slices.DeleteFunc(strings.Split(text, "\n"), func(line string) bool { return strings.TrimSpace(line) == "" })
	if len(lines) == 0 {
		return nil, ErrCoinsTyped
	}
	if len(lines) > compose.MostCoins {
		return nil, fmt.Errorf("%w: %d coins", compose.ErrLimit, len(lines))
	}
	for _, line := range lines {
		coin, err := s.coinTyped(ctx, strings.Fields(line))
		if err != nil {
			return nil, err
		}
		list = append(list, coin)
	}
	return list, nil
}

func (s *Server) coinTyped(ctx context.Context, parts []string) (coin compose.Coin, err error) {
	at, err := wire.NewOutPointFromString(parts[0])
	if err != nil || len(parts[0]) < 66 {
		return coin, ErrCoinsTyped
	}
	coin.OutPoint = *at
	switch len(parts) {
	case 1:
		out, err := s.deps.AssetDesk.Coin(ctx, *at)
		if err != nil {
			return coin, err
		}
		coin.Value, coin.Script = btcutil.Amount(out.Value), out.PkScript
		return coin, nil
	case 3:
		value, err := strconv.ParseInt(parts[1], 10, 64)
		if err != nil || value < 1 || value > btcutil.MaxSatoshi {
			return coin, ErrCoinsTyped
		}
		coin.Value = btcutil.Amount(value)
		if coin.Script, err = s.scriptTyped(parts[2], nil); err != nil {
			return coin, ErrCoinsTyped
		}
		return coin, nil
	}
	return coin, ErrCoinsTyped
}

// scriptTyped is the output script of an address, or a script in hexadecimal; that of
// otherwise where nothing was typed. Error: ErrReceiver.
func (s *Server) scriptTyped(text string, otherwise []byte) ([]byte, error) {
	if text == "" {
		return otherwise, nil
	}
	if script, err := hex.DecodeString(text); err == nil && len(script) >= 22 && len(script) <= maxScriptTyped {
		return script, nil
	}
	script, _, err := s.receiver(text)
	return script, err
}

// receiverOf reads to whom units of an asset go, and refuses a request for another.
// Errors: those of receiver; ErrOtherAsset.
func (s *Server) receiverOf(text string, asset assets.ID) (script []byte, knows bool, err error) {
	if r, err := openassets.ParseRequest(text, s.cfg.Network); err == nil && !r.Asset.IsZero() && r.Asset != asset {
		return nil, false, ErrOtherAsset
	}
	return s.receiver(text)
}

// receiver reads to whom units go: a receiving link of ours, an Open Assets address or
// link, or a plain address, of which knows says nothing. Errors: ErrReceiver,
// assets.ErrNetwork.
func (s *Server) receiver(text string) (script []byte, knows bool, err error) {
	if u, err := url.Parse(text); err == nil && (u.Scheme == "https" || u.Scheme == "http") {
		if u.Query().Get("to") == "" || !strings.HasPrefix(u.Path, "/assets/") || !strings.HasSuffix(u.Path, "/send") {
			return nil, false, ErrReceiver
		}
		script, _, err := s.receiver(u.Query().Get("to"))
		return script, true, err
	}
	if len(text) > len(openassets.Scheme) && strings.EqualFold(text[:len(openassets.Scheme)], openassets.Scheme) {
		r, err := openassets.ParseRequest(text, s.cfg.Network)
		if err != nil && !errors.Is(err, assets.ErrNetwork) {
			err = ErrReceiver
		}
		return r.Script, true, err
	}
	script, knows, err = openassets.ParseAny(text, s.cfg.Network)
	if errors.Is(err, openassets.ErrAddress) {
		return nil, false, ErrReceiver
	}
	return script, knows, err
}

// addressText is the address of a script, or the script itself.
func (s *Server) addressText(script []byte) string {
	params, err := s.cfg.Network.Params()
	if err != nil {
		return hex.EncodeToString(script)
	}
	_, list, _, err := txscript.ExtractPkScriptAddrs(script, params)
	if err != nil || len(list) != 1 {
		return hex.EncodeToString(script)
	}
	return list[0].EncodeAddress()
}

// issuedBy are the assets that the owner of a script, in hexadecimal, may have issued
// here and may issue again.
func issuedBy(text string) []assets.ID {
	script, err := hex.DecodeString(text)
	if err != nil || len(script) == 0 || len(script) > maxScriptTyped {
		return nil
	}
	hash := btcutil.Hash160(script)
	raws := map[assets.Protocol][][]byte{assets.OpenAssets: {hash}}
	for _, decimals := range []byte{0, 2} {
		// "Ua…", aggregatable and unlocked: what the form makes.
		raws[assets.Colu] = append(raws[assets.Colu], slices.Concat([]byte{coluUnlocked, 0x37}, hash, []byte{0, decimals}))
	}
	var out []assets.ID
	for _, p := range []assets.Protocol{assets.OpenAssets, assets.Colu} {
		for _, raw := range raws[p] {
			if id, err := assets.NewID(p, raw); err == nil {
				out = append(out, id)
			}
		}
	}
	return out
}

// define publishes what a new asset says of itself, and puts the pointer to it into
// the order. An EPOBC asset has no id before it is signed, and so no definition.
func (s *Server) define(c Ctx, v assetdesk.Form, o *compose.Order) error {
	if o.Protocol == assets.EPOBC {
		return nil
	}
	id, err := s.deps.AssetDesk.Composer.Identify(*o)
	if err != nil {
		return err
	}
	d := definition.Draft{
		Assets: []assets.ID{id}, Name: strings.TrimSpace(v.Typed["name"]), Description: v.Typed["description"], Issuer: strings.TrimSpace(v.Typed["issuer"]), Terms: v.Typed["terms"],
	}
	if v.Typed["decimals"] == "2" {
		d.Divisibility = 2
	}
	if d.Picture, err = pictureTyped(c); err != nil {
		return deskMistake{"picture", err}
	}
	published, err := s.deps.AssetDesk.Definitions.Publish(c.Request().Context(), d)
	switch {
	case errors.Is(err, definition.ErrPicture):
		return deskMistake{"picture", err}
	case errors.Is(err, definition.ErrName):
		return deskMistake{"name", err}
	case errors.Is(err, definition.ErrText):
		return deskMistake{"description", err}
	case err != nil:
		return err
	}
	if o.Protocol == assets.Colu && len(published.Metadata) == 52 {
		o.Torrent, o.Digest = published.Metadata[:20], published.Metadata[20:]
		return nil
	}
	o.Metadata = published.Metadata
	return nil
}

// pictureTyped is the picture of a form; nil for none. Error: definition.ErrPicture.
func pictureTyped(c Ctx) ([]byte, error) {
	form := c.Request().MultipartForm
	if form == nil || len(form.File["picture"]) == 0 || form.File["picture"][0].Size == 0 {
		return nil, nil
	}
	return readWhole(form.File["picture"][0], definition.MaxPicture, definition.ErrPicture)
}

// readWhole is an uploaded file of at most so many bytes, or tooLarge.
func readWhole(header *multipart.FileHeader, most int64, tooLarge error) ([]byte, error) {
	if header.Size > most {
		return nil, tooLarge
	}
	file, err := header.Open()
	if err != nil {
		return nil, badForm(err)
	}
	defer file.Close() //nolint:errcheck // read only
	raw, err := io.ReadAll(io.LimitReader(file, most+1))
	if err != nil {
		return nil, badForm(err)
	}
	if int64(len(raw)) > most {
		return nil, tooLarge
	}
	return raw, nil
}
