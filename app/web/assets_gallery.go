package web

import (
	"net/http"
	"slices"

	"cairn/assets"
	"cairn/assets/openassets"
	"cairn/templates/asset"
	"cairn/templates/layout"
)

// galleryAsset is a page of the explorer in the state of that name, or the first.
func (s *Server) galleryAsset(c Ctx) error {
	m := s.meta(c, t(c, "asset.list"), layout.SectionAssets)
	m.Private = true
	name := c.QueryParam("state")
	for _, sample := range asset.SampleTxs(s.cfg.Now()) {
		if sample.Name == name {
			return render(c, http.StatusOK, asset.TxPage(s.sampleTx(m, sample)))
		}
	}
	samples := asset.Samples(s.cfg.Now())
	at := max(0, slices.IndexFunc(samples, func(one asset.Sample) bool { return one.Name == name }))
	return render(c, http.StatusOK, samples[at].Page(m))
}

// sampleTx lays a transaction as assetTx does.
func (s *Server) sampleTx(m layout.Meta, sample asset.SampleTx) asset.Tx {
	v := asset.Tx{Meta: m, Ledger: sample.Tx, Shown: foremost(sample.Tx.Colorings), Names: sample.Names, Reading: sample.Reading, Network: s.cfg.Network}
	if v.Shown.Protocol == assets.OpenAssets && v.Shown.Marker >= 0 {
		v.Readings = openassets.Readings()
	}
	if v.Reading != assets.Specification {
		v.Shown = openassets.Color(sample.Tx.Msg, sample.Tx.Inputs(assets.OpenAssets), v.Reading)
	}
	s.layTx(&v)
	return v
}
