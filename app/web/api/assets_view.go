package api

import (
	"encoding/hex"
	"strconv"
	"time"

	"cairn/assets"
	"cairn/assets/compose"
	"cairn/channels/fees"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
)

type draftView struct {
	ID        string            `json:"id"`
	Operation compose.Operation `json:"operation"`
	State     compose.State     `json:"state"`
	Asset     *string           `json:"asset"`
	Parts     []partView        `json:"parts"`
	FeeSat    int64             `json:"fee_sat"`
	PriceSat  int64             `json:"price_sat"`
	Quote     *quote            `json:"quote"`
	Dividend  *sharesView       `json:"dividend"`
	Offer     *string           `json:"offer"`
	ExpiresAt time.Time         `json:"expires_at"`
	Links     draftLinks        `json:"links"`
}

type draftLinks struct {
	Self string `json:"self"`
}

type partView struct {
	PSBT    []byte       `json:"psbt"`
	Txid    *string      `json:"txid"`
	Inputs  []inputView  `json:"inputs"`
	Outputs []outputView `json:"outputs"`
	// Issued and Destroyed are sums by asset.
	Issued    []holdingView `json:"issued"`
	Destroyed []holdingView `json:"destroyed"`
	FeeSat    int64         `json:"fee_sat"`
	Sent      bool          `json:"sent"`
	Height    *int32        `json:"height"`
}

type inputView struct {
	Txid     string        `json:"txid"`
	Vout     uint32        `json:"vout"`
	Yours    bool          `json:"yours"`
	Holdings []holdingView `json:"holdings"`
}

type outputView struct {
	ValueSat int64         `json:"value_sat"`
	Script   string        `json:"script"`
	Address  *string       `json:"address"`
	Holdings []holdingView `json:"holdings"`
}

type holdingView struct {
	Asset string `json:"asset"`
	Units string `json:"units"`
}

type sharesView struct {
	Height  int32 `json:"height"`
	PaidSat int64 `json:"paid_sat"`
	Paid    int   `json:"paid"`
	Left    int   `json:"left_out"`
	// Shares are the first of them.
	Shares []shareView `json:"shares"`
}

type shareView struct {
	Script  string  `json:"script"`
	Address *string `json:"address"`
	Units   string  `json:"units"`
	Sat     int64   `json:"sat"`
	Left    *string `json:"left_out"`
}

type offerView struct {
	ID       string             `json:"id"`
	State    compose.OfferState `json:"state"`
	Asset    string             `json:"asset"`
	Units    string             `json:"units"`
	PriceSat int64              `json:"price_sat"`
	PayTo    string             `json:"pay_to"`
	Txid     string             `json:"txid"`
	Vout     uint32             `json:"vout"`
	Script   string             `json:"script"`
	PSBT     []byte             `json:"psbt"`
	Message  string             `json:"withdraw_message"`
	By       *string            `json:"spent_by"`
	At       time.Time          `json:"created_at"`
	Until    time.Time          `json:"expires_at"`
	Links    draftLinks         `json:"links"`
}

type dividendView struct {
	sharesView
	Txids     []string  `json:"txids"`
	At        time.Time `json:"created_at"`
	Confirmed bool      `json:"confirmed"`
}

// mostShares is how many shares an answer lists.
const mostShares = 1_000

func (h *Handler) holdings(list []assets.Holding) []holdingView {
	out := make([]holdingView, len(list))
	for i, one := range list {
		out[i] = holdingView{one.Asset.Text(h.cfg.Network), strconv.FormatInt(one.Units, 10)}
	}
	return out
}

func (h *Handler) draftView(d compose.Draft) draftView {
	view := draftView{
		ID: d.ID.String(), Operation: d.Operation, State: d.State, FeeSat: int64(d.Fee), ExpiresAt: second(d.ExpiresAt),
		Links: draftLinks{Self: Prefix + "/assets/drafts/" + d.ID.String()},
	}
	if !d.Asset.IsZero() {
		text := d.Asset.Text(h.cfg.Network)
		view.Asset = &text
	}
	for _, part := range d.Parts {
		view.Parts = append(view.Parts, h.partView(part))
	}
	if s := d.Sponsored; s != nil {
		view.PriceSat = int64(s.Price)
		if q := s.Quote; q.ID != "" {
			view.Quote = composeQuote(q)
		}
	}
	if d.Operation == compose.Dividend {
		shares := h.sharesView(d.Height, d.Shares)
		view.Dividend = &shares
	}
	if !d.Offer.IsZero() {
		text := d.Offer.String()
		view.Offer = &text
	}
	return view
}

func (h *Handler) partView(p compose.Part) partView {
	view := partView{PSBT: p.PSBT, FeeSat: int64(p.Fee), Sent: p.Sent, Issued: []holdingView{}, Destroyed: []holdingView{}}
	if p.Txid != (chainhash.Hash{}) {
		text := p.Txid.String()
		view.Txid = &text
	}
	if p.Height > 0 {
		view.Height = &p.Height
	}
	for i, in := range p.Tx.TxIn {
		view.Inputs = append(view.Inputs, inputView{
			Txid: in.PreviousOutPoint.Hash.String(), Vout: in.PreviousOutPoint.Index, Yours: i < p.Visitors, Holdings: h.holdings(at(p.Holdings, i)),
		})
	}
	for i, out := range p.Tx.TxOut {
		view.Outputs = append(view.Outputs, outputView{
			ValueSat: out.Value, Script: hex.EncodeToString(out.PkScript), Address: h.address(out.PkScript),
			Holdings: h.holdings(at(p.Coloring.Outputs, i)),
		})
	}
	issued, destroyed := map[assets.ID]int64{}, map[assets.ID]int64{}
	for _, f := range p.Coloring.Flows {
		if f.From == assets.Issued {
			issued[f.Asset] += f.Units
		}
		if f.To == assets.Destroyed {
			destroyed[f.Asset] += f.Units
		}
	}
	for id, units := range issued {
		view.Issued = append(view.Issued, h.holdings([]assets.Holding{{Asset: id, Units: units}})...)
	}
	for id, units := range destroyed {
		view.Destroyed = append(view.Destroyed, h.holdings([]assets.Holding{{Asset: id, Units: units}})...)
	}
	return view
}

// at is what an input or output holds: the node's coins have no entry.
func at(list [][]assets.Holding, i int) []assets.Holding {
	if i >= len(list) {
		return nil
	}
	return list[i]
}

// address is where a script is paid, if it has an address.
func (h *Handler) address(script []byte) *string {
	params, err := h.cfg.Network.Params()
	if err != nil {
		return nil
	}
	class, list, _, err := txscript.ExtractPkScriptAddrs(script, params)
	if err != nil || len(list) != 1 || class == txscript.PubKeyTy {
		return nil
	}
	text := list[0].EncodeAddress()
	return &text
}

func composeQuote(q compose.Quote) *quote {
	return &quote{ID: q.ID, State: fees.State(q.State), Invoice: q.Invoice, Address: q.Address, ExpiresAt: second(q.ExpiresAt), Page: "/pay/" + q.ID}
}

func (h *Handler) sharesView(height int32, shares []compose.Share) sharesView {
	view := sharesView{Height: height, Shares: []shareView{}}
	for i, one := range shares {
		if one.Left == "" {
			view.Paid++
			view.PaidSat += int64(one.Amount)
		} else {
			view.Left++
		}
		if i >= mostShares {
			continue
		}
		share := shareView{
			Script: hex.EncodeToString(one.Script), Address: h.address(one.Script), Units: strconv.FormatInt(one.Units, 10), Sat: int64(one.Amount),
		}
		if one.Left != "" {
			text := string(one.Left)
			share.Left = &text
		}
		view.Shares = append(view.Shares, share)
	}
	return view
}

func (h *Handler) offerView(o compose.Offer) offerView {
	view := offerView{
		ID: o.ID.String(), State: o.State, Asset: o.Asset.Text(h.cfg.Network), Units: strconv.FormatInt(o.Units, 10), PriceSat: int64(o.Price),
		PayTo: hex.EncodeToString(o.PayTo), Txid: o.Coin.Hash.String(), Vout: o.Coin.Index, Script: hex.EncodeToString(o.Coin.Script),
		PSBT: o.PSBT, Message: compose.WithdrawMessage(o.ID), At: second(o.At), Until: second(o.Until),
		Links: draftLinks{Self: Prefix + "/assets/offers/" + o.ID.String()},
	}
	if o.By != (chainhash.Hash{}) {
		text := o.By.String()
		view.By = &text
	}
	return view
}

func (h *Handler) dividendView(d compose.Paid) dividendView {
	view := dividendView{sharesView: h.sharesView(d.Height, d.Shares), Txids: []string{}, At: second(d.At), Confirmed: d.Confirmed}
	for _, txid := range d.Txids {
		view.Txids = append(view.Txids, txid.String())
	}
	return view
}
