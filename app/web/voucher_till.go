package web

import (
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"time"

	"cairn/assets/voucher"
	"cairn/assets/voucher/bearer"
	"cairn/templates/layout"
	vouchers "cairn/templates/voucher"

	"github.com/a-h/templ"
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
	standIn := s.tillStandIn()
	s.get("till-standin", standIn.folder+"standin.js", s.worker(standIn))
	s.get("till-frame", standIn.frame, s.tillFramePage)
	s.get("till", till, s.tillPage, s.limit(5, 100))
	s.post("till-recent", till+"/recent", s.tillRecent, small, busy)
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
		Key: key.Text(), Shop: who.Shop.Name, Slug: who.Shop.Slug, Till: who.Till.Name, Cashier: who.Staff.Name, Undo: who.Shop.Undo,
		Owner: who.Staff.Role.May(voucher.Manage),
	}
	v.Meta = s.shopMeta(c, t(c, "voucher.till"))
	v.Meta.Path = vouchers.TillPath(v.Key)
	v.Meta.Modules = []string{"js/till.js"}
	camera(c)
	return render(c, http.StatusOK, vouchers.TillPage(v))
}

// tillFrame is the counter of nobody: what its page is while there is no network.
func (s *Server) tillFrame(c Ctx) templ.Component {
	v := vouchers.TillView{Meta: s.meta(c, t(c, "voucher.till"), layout.SectionNone), Frame: true}
	v.Meta.Path, v.Meta.Private, v.Meta.Modules = s.tillStandIn().frame, true, []string{"js/till.js"}
	v.Meta.EngineDown = false // how the node is changes, and this stays
	return vouchers.TillPage(v)
}

// tillFramePage is kept by browsers of counters.
func (s *Server) tillFramePage(c Ctx) error {
	page := s.tillFrame(c)
	c.Response().Header().Set("Referrer-Policy", "same-origin")
	camera(c)
	return render(c, http.StatusOK, page)
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
	Own      string        `json:"own,omitempty"`
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

func faceOf(v vouchers.Series) faceJSON {
	return faceJSON{
		Name: v.Name, Good: v.GoodFor, Line: v.Design.Line, Kind: v.Kind, Unit: v.Unit, Decimals: v.Decimals,
		Color: v.Design.ColorName(), Picture: v.Design.PictureName(), Own: v.Design.Own,
	}
}

func (s *Server) infoView(info voucher.Info) infoJSON {
	out := infoJSON{
		Name: info.Name.String(), Shop: info.Shop.Name, Slug: info.Shop.Slug, Place: info.Shop.Contact,
		Series: faceOf(s.seriesView(info.Series)),
		State:  stateView(info.State, info.Left), Units: info.Units, Left: info.Left, Claims: info.Series.Claims,
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
	case info.State == voucher.GivenUp:
		return voucher.ErrGivenUp
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

// asked reads what a till asks for, and the key that it has.
func (s *Server) asked(c Ctx) (key voucher.Key, r voucher.Redemption, err error) {
	var asked takeJSON
	if err := readJSON(c, &asked); err != nil {
		return key, r, err
	}
	if key, _, err = s.shopKey(c, voucher.Take); err != nil {
		return key, r, err
	}
	r, err = asked.redemption()
	return key, r, err
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
	key, r, err := s.asked(c)
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
	key, r, err := s.asked(c)
	if err != nil {
		return err
	}
	b, err := s.deps.Vouchers.Shops.Redeem(c.Request().Context(), key, r)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]any{"booking": b.Number, "units": b.Units, "left": b.Left, "undo": s.undoable(b)})
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
