package api

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"

	"cairn/assets"
	"cairn/assets/compose"
	"cairn/assets/openassets"
	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// Compose builds transactions of assets. PrepareFor tells who asks by his address,
// for limits.
type Compose interface {
	PrepareFor(ctx context.Context, address string, o compose.Order) (compose.Draft, error)
	Identify(o compose.Order) (assets.ID, error)
	Get(ctx context.Context, id compose.ID) (compose.Draft, error)
	Accept(ctx context.Context, id compose.ID, psbts [][]byte) (compose.Draft, error)
	Offer(ctx context.Context, id compose.OfferID) (compose.Offer, error)
	Offers(ctx context.Context, asset assets.ID) ([]compose.Offer, error)
	Withdraw(ctx context.Context, id compose.OfferID, signature string) (compose.Offer, error)
	Dividends(ctx context.Context, asset assets.ID, limit int) ([]compose.Paid, error)
}

const (
	// maxOrderJSON bounds an order: its coins may bring the transactions that made
	// them. maxSignedJSON bounds what is handed in: several large PSBTs in base64.
	maxOrderJSON  = 2 << 20
	maxSignedJSON = 4 << 20
	// draftWeight is what a draft counts for among questions.
	draftWeight = 100
)

// ErrAddress: neither an address of this network nor an output script.
const ErrAddress = ErrorKind("this is neither an address of this network nor an output script")

type orderRequest struct {
	Operation    compose.Operation   `json:"operation"`
	Protocol     string              `json:"protocol"`
	Asset        string              `json:"asset"`
	Coins        []coinRequest       `json:"coins"`
	Payments     []paymentRequest    `json:"payments"`
	Burn         *holdingView        `json:"burn"`
	Change       string              `json:"change"`
	Sponsored    bool                `json:"sponsored"`
	RateSatVB    int64               `json:"rate_sat_vb"`
	Metadata     string              `json:"metadata"`
	Torrent      string              `json:"torrent"`
	Digest       string              `json:"digest"`
	Divisibility int                 `json:"divisibility"`
	Locked       bool                `json:"locked"`
	Aggregation  compose.Aggregation `json:"aggregation"`
	Height       int32               `json:"height"`
	SumSat       int64               `json:"sum_sat"`
	Exclude      []string            `json:"exclude"`
	PriceSat     int64               `json:"price_sat"`
	PayTo        string              `json:"pay_to"`
	Days         int                 `json:"days"`
	Offer        string              `json:"offer"`
}

type coinRequest struct {
	Txid     string `json:"txid"`
	Vout     uint32 `json:"vout"`
	ValueSat int64  `json:"value_sat"`
	Script   string `json:"script"`
	Previous string `json:"previous"`
	Weight   int64  `json:"weight"`
}

type paymentRequest struct {
	To       string `json:"to"`
	Asset    string `json:"asset"`
	Units    string `json:"units"`
	ValueSat int64  `json:"value_sat"`
}

// order reads an order for a network. Errors: ErrJSON, ErrAddress; those of
// assets.ParseID.
func (q orderRequest) order(n chain.Network) (o compose.Order, err error) {
	if q.RateSatVB < 0 || q.RateSatVB > 10_000 {
		return o, ErrJSON
	}
	o = compose.Order{
		Operation: q.Operation, Sponsored: q.Sponsored, Rate: chain.SatPerVByte(q.RateSatVB), Divisibility: q.Divisibility, Locked: q.Locked,
		Aggregation: q.Aggregation, Height: q.Height, Sum: btcutil.Amount(q.SumSat), Price: btcutil.Amount(q.PriceSat), Days: q.Days,
	}
	if q.Protocol != "" {
		if o.Protocol, err = assets.ParseProtocol(q.Protocol); err != nil {
			return o, err
		}
	}
	if o.Asset, err = assetOf(q.Asset, n); err != nil {
		return o, err
	}
	if len(q.Coins) > compose.MostCoins || len(q.Payments) > compose.MostPayments {
		return o, compose.ErrLimit
	}
	for _, c := range q.Coins {
		coin, err := c.coin()
		if err != nil {
			return o, err
		}
		o.Coins = append(o.Coins, coin)
	}
	for _, p := range q.Payments {
		pay, err := p.payment(n)
		if err != nil {
			return o, err
		}
		o.Payments = append(o.Payments, pay)
	}
	if q.Burn != nil {
		burn := assets.Holding{}
		if burn.Asset, err = assetOf(q.Burn.Asset, n); err != nil {
			return o, err
		}
		if burn.Units, err = unitsOf(q.Burn.Units); err != nil {
			return o, err
		}
		o.Burn = []assets.Holding{burn}
	}
	for _, one := range q.Exclude {
		script, err := scriptOf(one, n)
		if err != nil {
			return o, err
		}
		o.Exclude = append(o.Exclude, script)
	}
	return o, q.rest(&o, n)
}

// rest reads what may be left out.
func (q orderRequest) rest(o *compose.Order, n chain.Network) (err error) {
	for _, place := range []struct {
		text string
		to   *[]byte
	}{{q.Change, &o.Change}, {q.PayTo, &o.PayTo}} {
		if place.text == "" {
			continue
		}
		if *place.to, err = scriptOf(place.text, n); err != nil {
			return err
		}
	}
	for _, raw := range []struct {
		text string
		to   *[]byte
	}{{q.Metadata, &o.Metadata}, {q.Torrent, &o.Torrent}, {q.Digest, &o.Digest}} {
		if *raw.to, err = hex.DecodeString(raw.text); err != nil {
			return ErrJSON
		}
	}
	if q.Offer != "" {
		o.Offer, err = compose.ParseOfferID(q.Offer)
	}
	return err
}

func (c coinRequest) coin() (coin compose.Coin, err error) {
	hash, err := chainhash.NewHashFromStr(c.Txid)
	if err != nil || len(c.Txid) != 2*chainhash.HashSize {
		return coin, ErrJSON
	}
	coin = compose.Coin{OutPoint: wire.OutPoint{Hash: *hash, Index: c.Vout}, Value: btcutil.Amount(c.ValueSat), Weight: c.Weight}
	if coin.Script, err = hex.DecodeString(c.Script); err != nil {
		return coin, ErrJSON
	}
	if c.Previous == "" {
		return coin, nil
	}
	coin.Previous, err = compose.ReadTx(c.Previous)
	return coin, err
}

func (p paymentRequest) payment(n chain.Network) (pay assets.Payment, err error) {
	pay.Value = btcutil.Amount(p.ValueSat)
	if pay.Script, err = scriptOf(p.To, n); err != nil {
		return pay, err
	}
	if pay.Asset, err = assetOf(p.Asset, n); err != nil {
		return pay, err
	}
	if p.Units != "" {
		pay.Units, err = unitsOf(p.Units)
	}
	return pay, err
}

func assetOf(text string, n chain.Network) (assets.ID, error) {
	if text == "" {
		return assets.ID{}, nil
	}
	return assets.ParseID(text, n)
}

// unitsOf reads a number of units: digits, as JSON's numbers end before 2^63.
func unitsOf(text string) (int64, error) {
	units, err := strconv.ParseInt(text, 10, 64)
	if err != nil || units < 1 || strconv.FormatInt(units, 10) != text {
		return 0, fmt.Errorf("%w: %q", assets.ErrUnits, text[:min(len(text), 30)])
	}
	return units, nil
}

// scriptOf reads an address, an Open Assets address, or an output script in
// hexadecimal. Errors: ErrAddress, assets.ErrNetwork.
func scriptOf(text string, n chain.Network) ([]byte, error) {
	if len(text) > 120 {
		return nil, ErrAddress
	}
	if script, err := hex.DecodeString(text); err == nil && len(script) > 0 {
		return script, nil
	}
	script, _, err := openassets.ParseAny(text, n)
	if errors.Is(err, openassets.ErrAddress) {
		return nil, fmt.Errorf("%w: %w", ErrAddress, err)
	}
	return script, err
}

// readAssets reads a JSON body of at most so many bytes.
func (h *Handler) readAssets(w http.ResponseWriter, r *http.Request, most int64, into any) error {
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != typeJSON {
		return ErrMediaType
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	if err != nil {
		return bodyError(err)
	}
	if json.Unmarshal(raw, into) != nil {
		return ErrJSON
	}
	return nil
}

// allowAssets refuses whoever asks for too much, and all where nothing is built.
func (h *Handler) allowAssets(r *http.Request, weight int) error {
	if !h.cfg.AllowRead(h.cfg.Address(r), weight) {
		return ErrRate
	}
	if h.cfg.Compose == nil {
		return ErrNotFound
	}
	return nil
}

// assetDraft drafts what an order asks for.
func (h *Handler) assetDraft(w http.ResponseWriter, r *http.Request) error {
	if err := h.allowAssets(r, draftWeight); err != nil {
		return err
	}
	var asked orderRequest
	if err := h.readAssets(w, r, maxOrderJSON, &asked); err != nil {
		return err
	}
	o, err := asked.order(h.cfg.Network)
	if err != nil {
		return err
	}
	d, err := h.cfg.Compose.PrepareFor(r.Context(), h.cfg.Address(r), o)
	if err != nil {
		return err
	}
	view := h.draftView(d)
	w.Header().Set("Location", view.Links.Self)
	return answer(w, http.StatusCreated, view)
}

// assetIdentify names the asset that an issue would make.
func (h *Handler) assetIdentify(w http.ResponseWriter, r *http.Request) error {
	if err := h.allowAssets(r, 1); err != nil {
		return err
	}
	var asked orderRequest
	if err := h.readAssets(w, r, maxOrderJSON, &asked); err != nil {
		return err
	}
	o, err := asked.order(h.cfg.Network)
	if err != nil {
		return err
	}
	id, err := h.cfg.Compose.Identify(o)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, struct {
		Asset string `json:"asset"`
	}{id.Text(h.cfg.Network)})
}

// assetDraftNow is how one stands.
func (h *Handler) assetDraftNow(w http.ResponseWriter, r *http.Request) error {
	if err := h.allowAssets(r, 1); err != nil {
		return err
	}
	id, err := compose.ParseID(r.PathValue("id"))
	if err != nil {
		return err
	}
	d, err := h.cfg.Compose.Get(r.Context(), id)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, h.draftView(d))
}

// assetDraftSigned takes signed PSBTs, all of the draft's in their order.
func (h *Handler) assetDraftSigned(w http.ResponseWriter, r *http.Request) error {
	if err := h.allowAssets(r, draftWeight); err != nil {
		return err
	}
	id, err := compose.ParseID(r.PathValue("id"))
	if err != nil {
		return err
	}
	var asked struct {
		PSBTs [][]byte `json:"psbts"`
	}
	if err := h.readAssets(w, r, maxSignedJSON, &asked); err != nil {
		return err
	}
	d, err := h.cfg.Compose.Accept(r.Context(), id, asked.PSBTs)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, h.draftView(d))
}

// assetOffers is the book of an asset.
func (h *Handler) assetOffers(w http.ResponseWriter, r *http.Request) error {
	if err := h.allowAssets(r, 1); err != nil {
		return err
	}
	id, err := assets.ParseID(r.URL.Query().Get("asset"), h.cfg.Network)
	if err != nil {
		return err
	}
	list, err := h.cfg.Compose.Offers(r.Context(), id)
	if err != nil {
		return err
	}
	views := make([]offerView, len(list))
	for i, o := range list {
		views[i] = h.offerView(o)
	}
	return answer(w, http.StatusOK, struct {
		Offers []offerView `json:"offers"`
	}{views})
}

// assetOffer is one offer, with its signed half.
func (h *Handler) assetOffer(w http.ResponseWriter, r *http.Request) error {
	if err := h.allowAssets(r, 1); err != nil {
		return err
	}
	id, err := compose.ParseOfferID(r.PathValue("id"))
	if err != nil {
		return err
	}
	o, err := h.cfg.Compose.Offer(r.Context(), id)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, h.offerView(o))
}

// assetWithdraw takes an offer out of the book for its seller.
func (h *Handler) assetWithdraw(w http.ResponseWriter, r *http.Request) error {
	if err := h.allowAssets(r, draftWeight); err != nil {
		return err
	}
	id, err := compose.ParseOfferID(r.PathValue("id"))
	if err != nil {
		return err
	}
	var asked struct {
		Signature string `json:"signature"`
	}
	if err := h.readAssets(w, r, 16<<10, &asked); err != nil {
		return err
	}
	o, err := h.cfg.Compose.Withdraw(r.Context(), id, asked.Signature)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, h.offerView(o))
}

// assetDividends are those that were paid to holders of an asset.
func (h *Handler) assetDividends(w http.ResponseWriter, r *http.Request) error {
	if err := h.allowAssets(r, 1); err != nil {
		return err
	}
	id, err := assets.ParseID(r.URL.Query().Get("asset"), h.cfg.Network)
	if err != nil {
		return err
	}
	list, err := h.cfg.Compose.Dividends(r.Context(), id, 50)
	if err != nil {
		return err
	}
	views := make([]dividendView, len(list))
	for i, d := range list {
		views[i] = h.dividendView(d)
	}
	return answer(w, http.StatusOK, struct {
		Dividends []dividendView `json:"dividends"`
	}{views})
}
