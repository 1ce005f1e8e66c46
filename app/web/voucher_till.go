package web

import (
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"time"

	"cairn/assets/voucher"
	"cairn/assets/voucher/bearer"
	vouchers "cairn/templates/voucher"

	"github.com/btcsuite/btcd/wire"
)

// zeroName is that of no voucher.
var zeroName bearer.Name

// tillRoutes are those of the counter. Its requests are JSON from our own page.
func (s *Server) tillRoutes() {
	const till = "/till/:key"
	small := bodyLimit(16 << 10)
	// A shop has one address, and several tills of a busy Saturday behind it.
	busy := s.limit(20, 200)
	s.get("till", till, s.tillPage, s.limit(5, 100))
	s.post("till-look", till+"/look", s.tillLook, small, busy)
	s.post("till-plan", till+"/plan", s.tillPlan, small, busy)
	s.post("till-redeem", till+"/redeem", s.tillRedeem, small, busy)
	s.post("till-undo", till+"/undo", s.tillUndo, small, busy)
}

// tillPage is the counter, which the script fills.
func (s *Server) tillPage(c Ctx) error {
	key, who, err := s.shopKey(c, voucher.Take)
	if err != nil {
		return err
	}
	v := vouchers.TillView{
		Key: key.Text(), Shop: who.Shop.Name, Till: who.Till.Name, Cashier: who.Staff.Name, Undo: who.Shop.Undo,
		Owner: who.Staff.Role.May(voucher.Manage),
	}
	v.Meta = s.shopMeta(c, t(c, "voucher.till"))
	v.Meta.Path = vouchers.TillPath(v.Key)
	v.Meta.Modules = []string{"js/till.js"}
	camera(c)
	return render(c, http.StatusOK, vouchers.TillPage(v))
}

// faceJSON is a series for scripts.
type faceJSON struct {
	Name     string        `json:"name"`
	Good     string        `json:"good"`
	Line     string        `json:"line"`
	Kind     vouchers.Kind `json:"kind"`
	Unit     string        `json:"unit"`
	Decimals int           `json:"decimals"`
	Color    string        `json:"colour"`
	Picture  string        `json:"picture"`
}

// infoJSON is how a voucher is. Refused is a sentence for one that cannot be redeemed
// here now.
type infoJSON struct {
	Name    string         `json:"name"`
	Shop    string         `json:"shop"`
	Slug    string         `json:"slug"`
	Place   string         `json:"place"`
	Series  faceJSON       `json:"series"`
	State   vouchers.State `json:"state"`
	Units   int64          `json:"units"`
	Left    int64          `json:"left"`
	Until   string         `json:"until"`
	Claims  bool           `json:"claims"`
	Refused string         `json:"refused,omitempty"`
}

func (s *Server) infoView(info voucher.Info) infoJSON {
	series := s.seriesView(info.Series)
	out := infoJSON{
		Name: info.Name.String(), Shop: info.Shop.Name, Slug: info.Shop.Slug, Place: info.Shop.Contact,
		Series: faceJSON{
			Name: series.Name, Good: series.GoodFor, Line: series.Design.Line, Kind: series.Kind, Unit: series.Unit, Decimals: series.Decimals,
			Color: series.Design.ColorName(), Picture: series.Design.PictureName(),
		},
		State: stateView(info.State, info.Left), Units: info.Units, Left: info.Left, Claims: info.Series.Claims,
	}
	if !info.Expires.IsZero() {
		out.Until = lastMoment(info.Expires).Format(time.RFC3339)
	}
	return out
}

// stateView is a state as the pages name it: whether some of it was redeemed is told
// by what is left.
func stateView(state voucher.State, left int64) vouchers.State {
	switch state {
	case voucher.Issued, voucher.Part:
		return vouchers.Good
	}
	return vouchers.State(state)
}

// refusal is why a voucher cannot be redeemed in a shop; nil if it can.
func refusal(info voucher.Info, shop voucher.ShopID) error {
	switch {
	case info.Shop.ID != shop:
		return voucher.ErrOtherShop
	case info.State == voucher.Planned:
		return voucher.ErrPlanned
	case info.State == voucher.Expired:
		return voucher.ErrExpired
	case info.State == voucher.Reclaimed, info.State == voucher.Claimed, info.State == voucher.Gone:
		return voucher.ErrGone
	case info.Left == 0:
		return voucher.ErrRedeemed
	}
	return nil
}

// tillLook tells a till how a voucher is.
func (s *Server) tillLook(c Ctx) error {
	var asked struct {
		Name string `json:"name"`
	}
	if err := readJSON(c, &asked); err != nil {
		return err
	}
	_, who, err := s.shopKey(c, voucher.Take)
	if err != nil {
		return err
	}
	name, err := bearer.ParseName(asked.Name)
	if err != nil {
		return err
	}
	info, err := s.deps.Vouchers.Shops.Look(c.Request().Context(), name)
	if err != nil {
		return err
	}
	out := s.infoView(info)
	if why := refusal(info, who.Shop.ID); why != nil {
		out.Refused = sentence(c, why)
	}
	return c.JSON(http.StatusOK, out)
}

// takeJSON is what a till asks for. Offline is when it took the voucher without
// network, in milliseconds since 1970; 0 otherwise.
type takeJSON struct {
	Name    string `json:"name"`
	Units   int64  `json:"units"`
	Signed  string `json:"signed"`
	Request string `json:"request"`
	Offline int64  `json:"offline"`
}

func (j takeJSON) redemption() (r voucher.Redemption, err error) {
	r.Units = j.Units
	if r.Name, err = bearer.ParseName(j.Name); err != nil {
		return r, err
	}
	if r.Request, err = voucher.ParseRequestID(j.Request); err != nil {
		return r, err
	}
	if r.Signed, err = hex.DecodeString(j.Signed); err != nil {
		return r, bearer.ErrTransaction
	}
	if j.Offline > 0 {
		r.Offline = time.UnixMilli(j.Offline)
	}
	return r, nil
}

// planJSON is a transaction to be signed, in hexadecimal, and what its coin is worth.
type planJSON struct {
	Name  string `json:"name"`
	Plan  string `json:"plan"`
	Value int64  `json:"value"`
	Units int64  `json:"units"`
	Left  int64  `json:"left"`
	// Of one that is taken back: where the voucher lies.
	Inner  string `json:"inner,omitempty"`
	Expiry uint32 `json:"expiry,omitempty"`
	Issuer string `json:"issuer,omitempty"`
}

func planView(p voucher.Plan) planJSON {
	var b hexBuffer
	_ = p.Unsigned.Serialize(&b) // into memory
	return planJSON{Name: p.Name.String(), Plan: string(b.text), Value: int64(p.Coin.Value), Units: p.Units, Left: p.Left}
}

// tillPlan is the transaction that the voucher's key is to sign. What was taken
// without network and turns out not to be good is written into the shop's log.
func (s *Server) tillPlan(c Ctx) error {
	var asked takeJSON
	if err := readJSON(c, &asked); err != nil {
		return err
	}
	key, _, err := s.shopKey(c, voucher.Take)
	if err != nil {
		return err
	}
	r, err := asked.redemption()
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	p, err := s.deps.Vouchers.Shops.Plan(ctx, key, r.Name, r.Units)
	if err != nil && !r.Offline.IsZero() && !errors.Is(err, voucher.ErrMoving) {
		r.Signed = nobodys()
		if _, kept := s.deps.Vouchers.Shops.Redeem(ctx, key, r); kept != nil {
			err = kept
		}
	}
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, planView(p))
}

// nobodys is a transaction that redeems nothing: with it, a refusal is asked for that
// the books keep.
func nobodys() []byte {
	tx := wire.NewMsgTx(2)
	tx.AddTxIn(wire.NewTxIn(&wire.OutPoint{}, nil, nil))
	tx.AddTxOut(wire.NewTxOut(0, nil))
	var b strings.Builder
	_ = tx.Serialize(&b) // into memory
	return []byte(b.String())
}

// tillRedeem takes units off a voucher.
func (s *Server) tillRedeem(c Ctx) error {
	var asked takeJSON
	if err := readJSON(c, &asked); err != nil {
		return err
	}
	key, _, err := s.shopKey(c, voucher.Take)
	if err != nil {
		return err
	}
	r, err := asked.redemption()
	if err != nil {
		return err
	}
	b, err := s.deps.Vouchers.Shops.Redeem(c.Request().Context(), key, r)
	if err != nil {
		return err
	}
	undo := 0
	if b.Stage == voucher.Undoable {
		undo = int(b.UndoUntil.Sub(s.cfg.Now()).Seconds())
	}
	return c.JSON(http.StatusOK, map[string]any{"booking": b.Number, "units": b.Units, "left": b.Left, "undo": max(0, undo)})
}

// tillUndo takes a redemption back.
func (s *Server) tillUndo(c Ctx) error {
	var asked struct {
		Booking int64 `json:"booking"`
	}
	if err := readJSON(c, &asked); err != nil {
		return err
	}
	key, _, err := s.shopKey(c, voucher.Take)
	if err != nil {
		return err
	}
	if _, err := s.deps.Vouchers.Shops.Undo(c.Request().Context(), key, asked.Booking); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, struct{}{})
}
