package web

import (
	"time"

	"cairn/app/payment"
	"cairn/chain"
	"cairn/templates/operator"

	"github.com/btcsuite/btcd/btcutil"
)

// lowWallet is when the wallet is called low: less than the fees of a busy day.
const lowWallet = btcutil.Amount(20_000)

// drillEvery is how often the backup words should be tried.
const drillEvery = 180 * 24 * time.Hour

// advice is what needs the operator's hand, the most urgent first, each with
// where to go.
func (s *Server) advice(c Ctx, o operator.Overview) ([]operator.Advice, error) {
	var out []operator.Advice
	say := func(when bool, key, href string) {
		if when {
			out = append(out, operator.Advice{Key: key, Href: href})
		}
	}
	if s.deps.Payments != nil {
		list, err := s.deps.Payments.List(c.Request().Context(), walletPayments)
		if err != nil {
			return nil, err
		}
		for _, p := range list {
			say(p.State == payment.Chosen, "advice.payment", "/operator/wallet/payments/"+p.ID.String())
		}
	}
	seed, err := s.seedAdvice(c)
	if err != nil {
		return nil, err
	}
	out = append(out, seed...)
	say(o.Wallet != nil && o.Wallet.Confirmed < lowWallet, "advice.low", "/operator/wallet/receive")
	if l := o.Liquidity; l != nil {
		say(l.Open == 0 && l.Opening == 0, "advice.no-channels", "/operator/channels")
		say(l.Open > 0 && l.Receivable == 0, "advice.no-inbound", "/operator/channels")
		say(l.Open > 0 && s.backupMissing(), "advice.no-backup", "/operator/backup")
	}
	access, err := s.accessAdvice(c)
	return append(out, access...), err
}

// seedAdvice is about the backup words. The sandbox's are worth nothing.
func (s *Server) seedAdvice(c Ctx) ([]operator.Advice, error) {
	if s.deps.Seed == nil || s.cfg.Network == chain.Devnet {
		return nil, nil
	}
	state := s.deps.Seed.State()
	switch {
	case !state.Wallet:
		return []operator.Advice{{Key: "advice.no-wallet", Href: "/operator/seed"}}, nil
	case state.Remote:
		return nil, nil
	case !state.Confirmed:
		return []operator.Advice{{Key: "advice.seed", Href: "/operator/seed"}}, nil
	}
	drill, err := s.deps.Audit.Last(c.Request().Context(), "seed.drill")
	if err != nil || s.cfg.Now().Sub(drill.At) < drillEvery {
		return nil, err
	}
	return []operator.Advice{{Key: "advice.drill", Href: "/operator/seed"}}, nil
}

// backupMissing reports whether the channels' backup is not in two places.
func (s *Server) backupMissing() bool {
	if s.deps.Lightning == nil || s.deps.Lightning.Places == nil {
		return false
	}
	kept := 0
	for _, place := range s.deps.Lightning.Places() {
		if place.Err == nil && place.File != "" {
			kept++
		}
	}
	return kept < 2
}

// accessAdvice is about the operator's own keys.
func (s *Server) accessAdvice(c Ctx) ([]operator.Advice, error) {
	who := whoOperates(c)
	if who.Session == nil {
		return nil, nil
	}
	ctx := c.Request().Context()
	keys, err := s.deps.Accounts.Passkeys(ctx, who.Session.Account)
	if err != nil {
		return nil, err
	}
	own, err := s.deps.Accounts.Get(ctx, who.Session.Account)
	if err != nil {
		return nil, err
	}
	var out []operator.Advice
	if len(keys) < 2 {
		out = append(out, operator.Advice{Key: "advice.second", Href: "/operator/access"})
	}
	if own.RecoveryAt.IsZero() {
		out = append(out, operator.Advice{Key: "advice.recovery", Href: "/operator/access"})
	}
	return out, nil
}
