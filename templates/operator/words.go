package operator

import (
	"context"
	"fmt"

	"cairn/channels/amount"
	"cairn/templates/i18n"
)

// paymentTitle says what there is to do with a payment.
func paymentTitle(ctx context.Context, p Payment) string {
	if p.State == PaymentDraft {
		return i18n.T(ctx, "operator.payment.review")
	}
	return i18n.T(ctx, "operator.payment.title")
}

// msatText writes millisatoshi in satoshi, with thousandths where there are some.
func msatText(a amount.MilliSatoshi) string {
	sign := ""
	if a < 0 {
		sign, a = "−", -a
	}
	text := sign + i18n.Number(int64(a/amount.PerSatoshi))
	if rest := int64(a % amount.PerSatoshi); rest != 0 {
		text += fmt.Sprintf(".%03d", rest)
	}
	return text
}
