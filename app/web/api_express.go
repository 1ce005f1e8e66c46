package web

import (
	"context"
	"fmt"
	"strings"

	"cairn/app/web/api"
	"cairn/channels/fees"
	"cairn/notary"
)

// apiExpress sells transactions of their own through the API as the pages do.
func (s *Server) apiExpress() api.Express {
	if s.deps.Express == nil {
		return nil
	}
	return expressAPI{s.deps.Express}
}

// expressAPI is what the API needs of Express.
type expressAPI struct{ shop Express }

// Sell implements api.Express. Nobody's name is on the quote: it belongs to
// whoever has its number.
func (e expressAPI) Sell(ctx context.Context, d notary.Digest, form notary.Form, memo string) (fees.Quote, error) {
	return e.shop.Sell(ctx, ExpressSale{Digest: d, Form: form, Memo: memo})
}

// For implements api.Express.
func (expressAPI) For(q fees.Quote) (notary.Digest, notary.Form, error) {
	digits, name, _ := strings.Cut(q.Subject, " ")
	d, err := notary.ParseDigest(digits)
	if err != nil {
		return notary.Digest{}, "", fmt.Errorf("what a quote is for: %w", err)
	}
	form, err := notary.ParseForm(name)
	return d, form, err
}
