package api

import (
	"context"
	"encoding/hex"
	"io"
	"mime"
	"net/http"

	"cairn/assets"
	"cairn/assets/guard"
	"cairn/chain"
)

// Guard says what transactions would do to colored coins; guard.Guard is one.
type Guard interface {
	Judge(ctx context.Context, s guard.Subject) (guard.Report, error)
}

// guardWeight is what a judgement counts for among questions.
const guardWeight = 100

// guarded is a judgement.
type guarded struct {
	Verdict guard.Verdict `json:"verdict"`
	Format  guard.Format  `json:"format"`
	Txid    string        `json:"txid"`
	// Height is that of the block that holds it already.
	Height *int32 `json:"height"`
	// FromHeight and AsOfHeight are the blocks that were looked at.
	FromHeight int32 `json:"from_height"`
	AsOfHeight int32 `json:"as_of_height"`

	Lost    []lostView      `json:"lost"`
	Issued  []guardHolding  `json:"issued"`
	Inputs  []guardedInput  `json:"inputs"`
	Outputs []guardedOutput `json:"outputs"`
	Rivals  []string        `json:"rivals"`
}

// guardHolding has its units as text, as JSON's numbers end before 2^63.
type guardHolding struct {
	Protocol string `json:"protocol"`
	Asset    string `json:"asset"`
	Units    int64  `json:"units,string"`
}

type lostView struct {
	guardHolding
	Input  *int      `json:"input"`
	Output *int      `json:"output"`
	Why    guard.Why `json:"why"`
}

type guardedInput struct {
	Coin     string         `json:"coin"`
	State    guard.State    `json:"state"`
	Holdings []guardHolding `json:"holdings"`
}

type guardedOutput struct {
	ValueSat int64          `json:"value_sat"`
	Script   string         `json:"script"`
	Care     *guard.Care    `json:"care"`
	Holdings []guardHolding `json:"holdings"`
}

// guard judges a transaction or a PSBT: the file as it is, or as text in JSON.
func (h *Handler) guard(w http.ResponseWriter, r *http.Request) error {
	if !h.cfg.AllowRead(h.cfg.Address(r), guardWeight) {
		return ErrRate
	}
	if h.cfg.Guard == nil {
		return ErrNotFound
	}
	data, err := h.guardBody(w, r)
	if err != nil {
		return err
	}
	subject, err := guard.Parse(data)
	if err != nil {
		return err
	}
	report, err := h.cfg.Guard.Judge(r.Context(), subject)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, h.guardView(report))
}

func (h *Handler) guardBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err == nil && media == "application/octet-stream" {
		raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, guard.MaxBytes))
		if err != nil {
			return nil, bodyError(err)
		}
		return raw, nil
	}
	var asked struct {
		Transaction string `json:"transaction"`
	}
	if err := h.readAssets(w, r, 2*guard.MaxBytes, &asked); err != nil {
		return nil, err
	}
	return []byte(asked.Transaction), nil
}

func (h *Handler) guardView(r guard.Report) guarded {
	v := guarded{
		Verdict: r.Verdict, Format: r.Format, Txid: r.Txid.String(), FromHeight: r.Base, AsOfHeight: r.AsOf.Height,
		Lost: []lostView{}, Issued: h.guardHoldings(r.Issues), Inputs: []guardedInput{}, Outputs: []guardedOutput{}, Rivals: []string{},
	}
	if r.Block != (chain.BlockRef{}) {
		v.Height = &r.Block.Height
	}
	for _, l := range r.Losses {
		v.Lost = append(v.Lost, lostView{h.guardHolding(assets.Holding{Asset: l.Asset, Units: l.Units}), place(l.Input), place(l.Output), l.Why})
	}
	for _, in := range r.Inputs {
		v.Inputs = append(v.Inputs, guardedInput{in.OutPoint.String(), in.State, h.guardHoldings(in.Holdings)})
	}
	for _, o := range r.Outputs {
		out := guardedOutput{ValueSat: int64(o.Value), Script: hex.EncodeToString(o.Script), Holdings: h.guardHoldings(o.Holdings)}
		if o.Care != guard.NoCare {
			out.Care = &o.Care
		}
		v.Outputs = append(v.Outputs, out)
	}
	for _, id := range r.Rivals {
		v.Rivals = append(v.Rivals, id.String())
	}
	return v
}

// place is the number of an input or output, nil for none.
func place(n int) *int {
	if n < 0 {
		return nil
	}
	return &n
}

func (h *Handler) guardHoldings(held []assets.Holding) []guardHolding {
	out := []guardHolding{}
	for _, one := range held {
		out = append(out, h.guardHolding(one))
	}
	return out
}

func (h *Handler) guardHolding(one assets.Holding) guardHolding {
	return guardHolding{one.Asset.Protocol.String(), one.Asset.Text(h.cfg.Network), one.Units}
}
