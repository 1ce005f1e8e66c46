package web

import (
	"testing"
	"time"

	"cairn/templates/asset"
	"cairn/templates/assetdesk"
	"cairn/templates/receipt"
)

func TestGalleryShowsAssetsInEveryState(t *testing.T) {
	s := newSite(t)
	var paths []string
	for _, sample := range asset.Samples(time.Now()) {
		paths = append(paths, "/gallery/asset?state="+sample.Name)
	}
	for _, sample := range asset.SampleTxs(time.Now()) {
		paths = append(paths, "/gallery/asset?state="+sample.Name)
	}
	for _, sample := range assetdesk.Samples(time.Now()) {
		paths = append(paths, "/gallery/assetdesk?state="+sample.Name)
	}
	for _, sample := range receipt.Samples(time.Now()) {
		paths = append(paths, "/gallery/receipt?state="+sample.Name)
	}
	for _, path := range paths {
		for _, lang := range []string{"en", "zh-Hans"} {
			w := s.ask("GET", path, "", "Accept-Language", lang)
			wantStatus(t, w, 200)
			checkMarkup(t, path, w)
		}
	}
}
