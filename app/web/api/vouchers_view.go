package api

import (
	"encoding/hex"
	"time"

	"cairn/assets/voucher"
)

// Units of vouchers are below 2^53, so that every program's numbers hold them.

type shopView struct {
	Shop     string `json:"shop"`
	Name     string `json:"name"`
	About    string `json:"about"`
	Contact  string `json:"contact"`
	Language string `json:"language"`
	// StatementKey signs what the shop states that it owes.
	StatementKey *string      `json:"statement_key"`
	Series       []seriesView `json:"series"`
}

type seriesView struct {
	ID       string       `json:"id"`
	Kind     voucher.Kind `json:"kind"`
	Name     string       `json:"name"`
	Worth    string       `json:"worth"`
	Unit     string       `json:"unit"`
	Decimals int          `json:"decimals"`
	Units    int64        `json:"units"`
	Claims   bool         `json:"claims"`
	Asset    *string      `json:"asset"`
	Sums     *sumsView    `json:"sums,omitempty"`
}

type sumsView struct {
	Vouchers    int   `json:"vouchers"`
	Planned     int64 `json:"planned"`
	Issued      int64 `json:"issued"`
	Redeemed    int64 `json:"redeemed"`
	Booked      int64 `json:"booked"`
	Outstanding int64 `json:"outstanding"`
	Expired     int64 `json:"expired"`
	Reclaimed   int64 `json:"reclaimed"`
	Claimed     int64 `json:"claimed"`
	Gone        int64 `json:"gone"`
	Lost        int64 `json:"lost"`
}

func sumsOf(n voucher.Sums) *sumsView {
	return &sumsView{
		Vouchers: n.Vouchers, Planned: n.Planned, Issued: n.Issued, Redeemed: n.Redeemed, Booked: n.Booked, Outstanding: n.Outstanding,
		Expired: n.Expired, Reclaimed: n.Reclaimed, Claimed: n.Claimed, Gone: n.Gone, Lost: n.Lost,
	}
}

func (h *Handler) seriesOf(s voucher.Series) seriesView {
	v := seriesView{
		ID: s.ID.String(), Kind: s.Kind, Name: s.Name, Worth: s.Worth, Unit: s.Unit, Decimals: s.Decimals, Units: s.Units, Claims: s.Claims,
	}
	if !s.Asset.IsZero() {
		text := s.Asset.Text(h.cfg.Network)
		v.Asset = &text
	}
	return v
}

func (h *Handler) seriesView(s voucher.Series, n voucher.Sums) seriesView {
	v := h.seriesOf(s)
	v.Sums = sumsOf(n)
	return v
}

type liabilityView struct {
	Shop       string          `json:"shop"`
	Height     int32           `json:"height"`
	Block      string          `json:"block"`
	At         time.Time       `json:"at"`
	Assets     []owedView      `json:"assets"`
	Statements []statementView `json:"statements"`
}

// owedView has its units as text: of an asset there may be up to 2^63-1.
type owedView struct {
	Asset       string `json:"asset"`
	Supply      int64  `json:"supply,string"`
	Returned    int64  `json:"returned,string"`
	Outstanding int64  `json:"outstanding,string"`
	Booked      int64  `json:"booked,string"`
	Ledger      string `json:"ledger"`
}

type statementView struct {
	Day       string `json:"day"`
	SHA256    string `json:"sha256"`
	File      string `json:"file"`
	Notarised bool   `json:"notarised"`
}

func (h *Handler) liabilityView(owes voucher.Liability, signed []voucher.Statement) liabilityView {
	v := liabilityView{
		Shop: owes.Shop.Slug, Height: owes.Block.Height, Block: owes.Block.Hash.String(), At: owes.At.UTC(), Assets: []owedView{}, Statements: []statementView{},
	}
	for _, o := range owes.Owed {
		v.Assets = append(v.Assets, owedView{o.Asset.Text(h.cfg.Network), o.Supply, o.Returned, o.Outstanding, o.Booked, hex.EncodeToString(o.Ledger[:])})
	}
	for _, s := range signed {
		day := s.Day.Format(time.DateOnly)
		v.Statements = append(v.Statements, statementView{
			Day: day, SHA256: hex.EncodeToString(s.Digest[:]), File: "/shops/" + owes.Shop.Slug + "/liability/" + day + ".jsonl", Notarised: !s.StampedAt.IsZero(),
		})
	}
	return v
}

type voucherView struct {
	Voucher   string        `json:"voucher"`
	Shop      string        `json:"shop"`
	Series    seriesView    `json:"series"`
	State     voucher.State `json:"state"`
	Units     int64         `json:"units"`
	Left      int64         `json:"left"`
	ExpiresAt *time.Time    `json:"expires_at"`
}

func (h *Handler) voucherView(info voucher.Info) voucherView {
	return voucherView{
		Voucher: info.Name.String(), Shop: info.Shop.Slug, Series: h.seriesOf(info.Series), State: info.State, Units: info.Units, Left: info.Left,
		ExpiresAt: whenSet(info.Expires),
	}
}

// whenSet is a time, or null for none.
func whenSet(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

type planView struct {
	Voucher     string `json:"voucher"`
	Units       int64  `json:"units"`
	Left        int64  `json:"left"`
	Transaction string `json:"transaction"`
	ValueSat    int64  `json:"value_sat"`
	Script      string `json:"script"`
	InternalKey string `json:"internal_key"`
	// Leaf is the only leaf of the output's script tree; null for a voucher that
	// never expires.
	Leaf *string `json:"leaf"`
}

type redemptionList struct {
	Redemptions []redemptionView `json:"redemptions"`
}

type redemptionView struct {
	Number      int64         `json:"number"`
	Voucher     string        `json:"voucher"`
	Series      string        `json:"series"`
	What        voucher.What  `json:"what"`
	Stage       voucher.Stage `json:"stage"`
	Units       int64         `json:"units"`
	Left        int64         `json:"left"`
	At          time.Time     `json:"at"`
	UndoUntil   *time.Time    `json:"undo_until"`
	OfflineAt   *time.Time    `json:"offline_at"`
	Note        string        `json:"note"`
	Till        int           `json:"till"`
	Staff       int           `json:"staff"`
	Transaction *string       `json:"transaction"`
}

func redemptionOf(b voucher.Booking) redemptionView {
	v := redemptionView{
		Number: b.Number, Voucher: b.Name.String(), Series: b.Series.String(), What: b.What, Stage: b.Stage, Units: b.Units, Left: b.Left,
		At: b.At.UTC(), UndoUntil: whenSet(b.UndoUntil), OfflineAt: whenSet(b.Offline), Note: b.Note, Till: b.Till, Staff: b.Staff,
	}
	if b.Txid != "" {
		v.Transaction = &b.Txid
	}
	return v
}

type reportView struct {
	From  string       `json:"from"`
	To    string       `json:"to"`
	Lines []reportLine `json:"lines"`
	Added []addedView  `json:"added"`
	// Sums are of all time, by series.
	Sums map[string]*sumsView `json:"sums"`
}

type reportLine struct {
	Day      string       `json:"day"`
	Till     int          `json:"till"`
	Series   string       `json:"series"`
	What     voucher.What `json:"what"`
	Units    int64        `json:"units"`
	Undone   int64        `json:"undone"`
	Lost     int64        `json:"lost"`
	Bookings int          `json:"bookings"`
}

type addedView struct {
	Day      string `json:"day"`
	Series   string `json:"series"`
	Vouchers int    `json:"vouchers"`
	Units    int64  `json:"units"`
}

func reportOf(r voucher.Report) reportView {
	v := reportView{
		From: r.From.Format(time.DateOnly), To: r.To.Format(time.DateOnly), Lines: []reportLine{}, Added: []addedView{}, Sums: map[string]*sumsView{},
	}
	for _, l := range r.Lines {
		v.Lines = append(v.Lines, reportLine{l.Day.Format(time.DateOnly), l.Till, l.Series.String(), l.What, l.Units, l.Undone, l.Lost, l.Bookings})
	}
	for _, a := range r.Registered {
		v.Added = append(v.Added, addedView{a.Day.Format(time.DateOnly), a.Series.String(), a.Vouchers, a.Units})
	}
	for id, n := range r.Sums {
		v.Sums[id.String()] = sumsOf(n)
	}
	return v
}
