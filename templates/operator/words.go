package operator

import (
	"context"

	"cairn/templates/i18n"
)

// paymentTitle says what there is to do with a payment.
func paymentTitle(ctx context.Context, p Payment) string {
	if p.State == PaymentDraft {
		return i18n.T(ctx, "operator.payment.review")
	}
	return i18n.T(ctx, "operator.payment.title")
}
