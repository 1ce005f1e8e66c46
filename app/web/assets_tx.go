package web

import (
	"net/http"
	"slices"

	"cairn/assets"
	"cairn/assets/colu"
	"cairn/assets/epobc"
	"cairn/assets/ledger"
	"cairn/assets/openassets"
	"cairn/templates/asset"
	"cairn/templates/layout"
	"cairn/templates/receipt"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// assetTx is the page of a transaction, under one protocol and one reading.
func (s *Server) assetTx(c Ctx) error {
	ctx := c.Request().Context()
	txid, err := chainhash.NewHashFromStr(c.Param("txid"))
	if err != nil || len(c.Param("txid")) != 2*chainhash.HashSize {
		return ErrTxid
	}
	tx, err := s.deps.Explorer.Ledger.Transaction(ctx, *txid)
	if err != nil {
		return err
	}
	if len(tx.Colorings) == 0 {
		return ledger.ErrNoTx
	}
	v := asset.Tx{Ledger: tx, Shown: foremost(tx.Colorings), Network: s.cfg.Network}
	if text := c.QueryParam("protocol"); text != "" {
		p, err := assets.ParseProtocol(text)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(tx.Colorings, func(c assets.Coloring) bool { return c.Protocol == p })
		if at < 0 {
			return ledger.ErrNoTx
		}
		v.Shown = tx.Colorings[at]
	}
	if v.Shown.Protocol == assets.OpenAssets && v.Shown.Marker >= 0 {
		v.Readings = openassets.Readings()
	}
	if r := assets.Reading(c.QueryParam("reading")); slices.Contains(v.Readings, r) {
		v.Reading = r
		if v.Shown, err = s.deps.Explorer.Ledger.Under(ctx, *txid, v.Shown.Protocol, r); err != nil {
			return err
		}
	}
	s.layTx(&v)
	if v.Names, err = s.assetNamesOf(ctx, assetsIn(v)); err != nil {
		return err
	}
	v.Meta = s.meta(c, t(c, "asset.tx.title", "Txid", txid.String()[:12]+"…"), layout.SectionAssets)
	v.Meta.Private = c.QueryString() != ""
	return render(c, http.StatusOK, asset.TxPage(v))
}

// foremost is the coloring to be shown first: one that was applied, else one that
// says why not.
func foremost(list []assets.Coloring) assets.Coloring {
	for _, want := range []assets.Verdict{assets.Valid, assets.Overflow, assets.Rejected, assets.Unsure} {
		for _, c := range list {
			if c.Verdict == want {
				return c
			}
		}
	}
	return list[0]
}

// mostLaid is how many inputs and outputs the page of a transaction lists.
const mostLaid = 200

// layTx puts inputs, outputs, bands and the payload of a transaction together.
func (s *Server) layTx(v *asset.Tx) {
	msg, p := v.Ledger.Msg, v.Shown.Protocol
	for i, in := range v.Ledger.Inputs(p) {
		if i == mostLaid {
			break
		}
		from := msg.TxIn[i].PreviousOutPoint
		line := asset.Input{From: from.String(), Txid: from.Hash.String(), Holdings: in.Holdings}
		if in.Prevout != nil {
			line.Address, line.Value, line.Known = s.scriptText(in.Prevout.PkScript), in.Prevout.Value, true
		} else if i == 0 && len(v.Ledger.FirstScript) > 0 {
			line.Address = s.scriptText(v.Ledger.FirstScript)
		}
		v.Inputs = append(v.Inputs, line)
	}
	spent := map[uint32]string{}
	for _, coin := range v.Ledger.Created {
		if coin.IsSpent() {
			spent[coin.Index] = coin.Spent.Txid.String()
		}
	}
	for i, out := range msg.TxOut {
		if i == mostLaid {
			break
		}
		line := asset.Output{Value: out.Value, Marker: i == v.Shown.Marker, Spender: spent[uint32(i)], Data: txscript.IsNullData(out.PkScript) || len(out.PkScript) > 0 && out.PkScript[0] == txscript.OP_RETURN}
		if !line.Data {
			line.Address = s.scriptText(out.PkScript)
		}
		if i < len(v.Shown.Outputs) {
			line.Holdings = v.Shown.Outputs[i]
		}
		if len(line.Holdings) > 0 && v.Reading == assets.Specification && !v.Ledger.Pending && s.deps.Receipts != nil {
			line.Receipt = receipt.Of(wire.OutPoint{Hash: v.Ledger.Txid, Index: uint32(i)}.String()) + "?protocol=" + p.String()
		}
		for _, f := range v.Shown.Flows {
			if f.To == i {
				line.Flows = append(line.Flows, f)
			}
		}
		v.Outputs = append(v.Outputs, line)
	}
	v.Bands = asset.Draw(v.Shown.Flows)
	v.Fields, v.Payload = explained(p, msg)
}

// explained is a protocol's payload in a transaction, stretch by stretch, with
// the script that the stretches are of.
func explained(p assets.Protocol, tx *wire.MsgTx) (fields []assets.Field, script []byte) {
	switch p {
	case assets.OpenAssets:
		for _, out := range tx.TxOut {
			if fields := openassets.ExplainScript(out.PkScript); len(fields) > 0 {
				return fields, out.PkScript
			}
		}
	case assets.Colu:
		if _, at, err := colu.Find(tx); err == nil {
			return colu.Explain(tx), tx.TxOut[at].PkScript
		}
	case assets.EPOBC:
		return epobc.Explain(tx), nil
	}
	return nil, nil
}

// assetsIn are the assets that the page of a transaction names.
func assetsIn(v asset.Tx) map[assets.ID]bool {
	ids := map[assets.ID]bool{}
	for _, f := range v.Shown.Flows {
		ids[f.Asset] = true
	}
	for _, in := range v.Inputs {
		for _, h := range in.Holdings {
			ids[h.Asset] = true
		}
	}
	for _, out := range v.Outputs {
		for _, h := range out.Holdings {
			ids[h.Asset] = true
		}
	}
	return ids
}
