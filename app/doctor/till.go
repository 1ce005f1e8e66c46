package doctor

import (
	"context"
	"fmt"

	"cairn/app/config"
)

// lookAtBooks tells what was earned and what is owed, and whether the books
// balance.
func lookAtBooks(ctx context.Context, c config.Config) (Verdict, string) {
	s, err := ask(ctx, c)
	if err != nil {
		return Warn, "not looked at: nothing runs"
	}
	t := s.Till
	if t.Wrong != "" {
		return Fail, t.Wrong + ": sell nothing more before somebody has looked"
	}
	says := fmt.Sprintf("%s earned, %s held for what is not delivered yet, %s of credit owed; they balance", sat(t.IncomeMsat), sat(t.HeldMsat), sat(t.CreditMsat))
	if t.LostMsat > 0 {
		return Warn, fmt.Sprintf("%s; %s were undone by a reorganisation of the chain", says, sat(t.LostMsat))
	}
	return OK, says
}

// lookAtPayments tells whether anybody could pay over Lightning now.
func lookAtPayments(ctx context.Context, c config.Config) (Verdict, string) {
	s, err := ask(ctx, c)
	switch {
	case err != nil:
		return Warn, "not looked at: nothing runs"
	case s.Till.ReceivableMsat < 0:
		return Warn, "the node does not say what it can receive now"
	case s.Till.ReceivableMsat == 0:
		return Warn, "nothing can be received over Lightning, as no channel has room for it: visitors can pay on chain only"
	}
	return OK, fmt.Sprintf("up to %s can be received over Lightning at once", sat(s.Till.ReceivableMsat))
}

// sat writes millisatoshi for people.
func sat(msat int64) string {
	if msat%1000 == 0 {
		return fmt.Sprintf("%d sat", msat/1000)
	}
	return fmt.Sprintf("%d.%03d sat", msat/1000, msat%1000)
}
