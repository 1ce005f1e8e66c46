package api

import (
	"bytes"
	"context"
	"encoding/hex"
	"net/http"
	"strconv"
	"time"

	"cairn/assets"
	"cairn/assets/definition"
	"cairn/assets/ledger"
	"cairn/chain"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
)

// Explorer tells what there is of colored coins.
type Explorer struct {
	Ledger      ExplorerLedger
	Definitions ExplorerDefinitions
	// Address is the address of a script, or its digits.
	Address func(script []byte) string
}

// ExplorerLedger knows what every output holds; ledger.Ledger is one.
type ExplorerLedger interface {
	Asset(ctx context.Context, id assets.ID, height int32) (ledger.Asset, error)
	Holders(ctx context.Context, id assets.ID, height int32, page ledger.Page) ([]ledger.Holder, string, error)
	Transfers(ctx context.Context, id assets.ID, height int32, page ledger.Page) ([]ledger.Move, string, error)
	Transaction(ctx context.Context, txid chainhash.Hash) (ledger.Tx, error)
}

// ExplorerDefinitions know what assets say of themselves; definition.Service is
// one.
type ExplorerDefinitions interface {
	Of(ctx context.Context, asset assets.ID, metadata []byte) (definition.Definition, error)
}

type assetView struct {
	ID         string          `json:"id"`
	Protocol   string          `json:"protocol"`
	AsOf       int32           `json:"as_of_height"`
	Issued     string          `json:"issued"`
	Destroyed  string          `json:"destroyed"`
	Supply     string          `json:"supply"`
	Holders    int64           `json:"holders"`
	Transfers  int64           `json:"transfers"`
	First      refView         `json:"first"`
	Last       refView         `json:"last"`
	Metadata   string          `json:"metadata"`
	Definition *definitionView `json:"definition"`
}

type refView struct {
	Txid   string    `json:"txid"`
	Height int32     `json:"height"`
	Time   time.Time `json:"time"`
}

func refOf(r ledger.TxRef) refView { return refView{r.Txid.String(), r.Height, r.Time.UTC()} }

// definitionView is what an asset says of itself; nobody vouches for it.
type definitionView struct {
	State        definition.State  `json:"state"`
	Why          definition.Reason `json:"why"`
	Name         string            `json:"name"`
	NameShort    string            `json:"name_short"`
	Description  string            `json:"description"`
	Issuer       string            `json:"issuer"`
	Type         string            `json:"type"`
	Divisibility int               `json:"divisibility"`
	SHA256       string            `json:"sha256"`
	URL          string            `json:"url"`
	Picture      string            `json:"picture"`
	Pinned       bool              `json:"pinned"`
	Authentic    bool              `json:"authentic"`
}

func definitionOf(d definition.Definition) *definitionView {
	v := &definitionView{
		State: d.State, Why: d.Why, Name: d.Name, NameShort: d.NameShort, Description: d.Description, Issuer: d.Issuer, Type: d.Type,
		Divisibility: d.Divisibility, Pinned: d.Pinned, Authentic: d.Authentic,
	}
	if d.Known() {
		v.SHA256, v.URL = hex.EncodeToString(d.Hash[:]), definition.Path(d.Hash)
	}
	if d.Picture != [32]byte{} {
		v.Picture = definition.PicturePath(d.Picture)
	}
	return v
}

// explored checks that there is an explorer, and that the address may be told.
// Errors: ErrNotFound, ErrRate.
func (h *Handler) explored(r *http.Request) error {
	switch {
	case h.cfg.Explorer == nil:
		return ErrNotFound
	case !h.cfg.AllowRead(h.cfg.Address(r), 1):
		return ErrRate
	}
	return nil
}

// asset is one asset, as of now or of a block.
func (h *Handler) asset(w http.ResponseWriter, r *http.Request) error {
	if err := h.explored(r); err != nil {
		return err
	}
	id, err := assets.ParseID(r.PathValue("id"), h.cfg.Network)
	if err != nil {
		return err
	}
	at, err := heightOf(r, "at", ledger.Newest)
	if err != nil {
		return err
	}
	a, err := h.cfg.Explorer.Ledger.Asset(r.Context(), id, at)
	if err != nil {
		return err
	}
	d, err := h.cfg.Explorer.Definitions.Of(r.Context(), id, a.Metadata)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, assetView{
		ID: id.Text(h.cfg.Network), Protocol: id.Protocol.String(), AsOf: a.AsOf, Issued: text(a.Issued), Destroyed: text(a.Burnt), Supply: text(a.Supply),
		Holders: a.Holders, Transfers: a.Transfers, First: refOf(a.First), Last: refOf(a.Last), Metadata: hex.EncodeToString(a.Metadata), Definition: definitionOf(d),
	})
}

// text is units as programs read them without losing any.
func text(units int64) string { return strconv.FormatInt(units, 10) }

type holdersView struct {
	Holders []holderView `json:"holders"`
	Next    string       `json:"next"`
}

type holderView struct {
	Script  string `json:"script"`
	Address string `json:"address"`
	Units   string `json:"units"`
	Coins   int64  `json:"coins"`
}

// listed is how many lines an answer has.
const listed = 200

// assetHolders are who holds units of an asset, the largest first.
func (h *Handler) assetHolders(w http.ResponseWriter, r *http.Request) error {
	if err := h.explored(r); err != nil {
		return err
	}
	id, err := assets.ParseID(r.PathValue("id"), h.cfg.Network)
	if err != nil {
		return err
	}
	at, err := heightOf(r, "at", ledger.Newest)
	if err != nil {
		return err
	}
	list, next, err := h.cfg.Explorer.Ledger.Holders(r.Context(), id, at, ledger.Page{After: r.URL.Query().Get("after"), Limit: listed})
	if err != nil {
		return err
	}
	v := holdersView{Holders: []holderView{}, Next: next}
	for _, one := range list {
		v.Holders = append(v.Holders, holderView{hex.EncodeToString(one.Script), h.cfg.Explorer.Address(one.Script), text(one.Units), one.Coins})
	}
	return answer(w, http.StatusOK, v)
}

type movesView struct {
	Transfers []moveView `json:"transfers"`
	Next      string     `json:"next"`
}

type moveView struct {
	refView
	Issued    string `json:"issued"`
	Moved     string `json:"moved"`
	Destroyed string `json:"destroyed"`
}

// assetTransfers are the transactions that moved units of an asset, newest first.
func (h *Handler) assetTransfers(w http.ResponseWriter, r *http.Request) error {
	if err := h.explored(r); err != nil {
		return err
	}
	id, err := assets.ParseID(r.PathValue("id"), h.cfg.Network)
	if err != nil {
		return err
	}
	list, next, err := h.cfg.Explorer.Ledger.Transfers(r.Context(), id, ledger.Newest, ledger.Page{After: r.URL.Query().Get("after"), Limit: listed})
	if err != nil {
		return err
	}
	v := movesView{Transfers: []moveView{}, Next: next}
	for _, m := range list {
		v.Transfers = append(v.Transfers, moveView{refOf(m.TxRef), text(m.Issued), text(m.Moved), text(m.Destroyed)})
	}
	return answer(w, http.StatusOK, v)
}

type coloredTxView struct {
	Txid      string         `json:"txid"`
	Height    *int32         `json:"height"`
	Time      *time.Time     `json:"time"`
	Raw       string         `json:"raw"`
	Colorings []coloringView `json:"colourings"`
}

type coloringView struct {
	Protocol string           `json:"protocol"`
	Verdict  assets.Verdict   `json:"verdict"`
	Why      string           `json:"why"`
	Marker   *int             `json:"marker"`
	Issued   *string          `json:"issued"`
	Outputs  [][]holdingView  `json:"outputs"`
	Flows    []flowView       `json:"flows"`
	Forks    []assets.Reading `json:"forks"`
}

// flowView is a run of units; From is null for new ones, To for destroyed ones.
type flowView struct {
	Asset string `json:"asset"`
	From  *int   `json:"from_input"`
	First string `json:"first"`
	To    *int   `json:"to_output"`
	Units string `json:"units"`
}

// assetTransaction is what the protocols make of a transaction.
func (h *Handler) assetTransaction(w http.ResponseWriter, r *http.Request) error {
	if err := h.explored(r); err != nil {
		return err
	}
	name := r.PathValue("txid")
	txid, err := chainhash.NewHashFromStr(name)
	if err != nil || len(name) != 2*chainhash.HashSize {
		return ErrNotFound
	}
	tx, err := h.cfg.Explorer.Ledger.Transaction(r.Context(), *txid)
	if err != nil {
		return err
	}
	raw, err := hexTx(tx)
	if err != nil {
		return err
	}
	v := coloredTxView{Txid: txid.String(), Raw: raw, Colorings: []coloringView{}}
	if !tx.Pending {
		at := tx.Time.UTC()
		v.Height, v.Time = &tx.Height, &at
	}
	for _, c := range tx.Colorings {
		v.Colorings = append(v.Colorings, coloringOf(c, h.cfg.Network))
	}
	return answer(w, http.StatusOK, v)
}

func coloringOf(c assets.Coloring, n chain.Network) coloringView {
	v := coloringView{Protocol: c.Protocol.String(), Verdict: c.Verdict, Why: c.Why, Outputs: [][]holdingView{}, Flows: []flowView{}, Forks: append([]assets.Reading{}, c.Forks...)}
	if c.Marker >= 0 {
		v.Marker = &c.Marker
	}
	if !c.Issued.IsZero() {
		id := c.Issued.Text(n)
		v.Issued = &id
	}
	for _, list := range c.Outputs {
		out := []holdingView{}
		for _, one := range list {
			out = append(out, holdingView{one.Asset.Text(n), text(one.Units)})
		}
		v.Outputs = append(v.Outputs, out)
	}
	for _, f := range c.Flows {
		one := flowView{Asset: f.Asset.Text(n), First: text(f.First), Units: text(f.Units)}
		if f.From >= 0 {
			one.From = &f.From
		}
		if f.To >= 0 {
			one.To = &f.To
		}
		v.Flows = append(v.Flows, one)
	}
	return v
}

// hexTx is a transaction in hexadecimal digits.
func hexTx(tx ledger.Tx) (string, error) {
	var b bytes.Buffer
	if err := tx.Msg.Serialize(&b); err != nil {
		return "", err
	}
	return hex.EncodeToString(b.Bytes()), nil
}
