package web

import (
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"time"

	"cairn/app/account"
	"cairn/channels/lnurl"
	accountpage "cairn/templates/account"
)

// walletCookie holds what ties a wallet's answer to the browser that showed the
// code.
const walletCookie = "cairn-wallet"

// walletLoginRoutes let Lightning wallets in (LUD-04).
func (s *Server) walletLoginRoutes() {
	if s.deps.WalletLogin == nil || s.deps.Accounts == nil || !s.offersLinks() {
		return
	}
	s.walletLogin = true
	small, few := bodyLimit(8<<10), s.limit(0.5, 20)
	s.get("wallet-login", "/account/wallet", s.walletCode)
	s.post("wallet-ask", "/account/wallet", s.walletAsk, small, few)
	s.get("wallet-state", "/account/wallet/state", s.walletState, s.limit(2, 60))
	s.post("wallet-enter", "/account/wallet/enter", s.walletEnter, small, few)
	s.post("wallet-remove", "/account/wallets/remove", s.walletRemove, small, few, s.signedIn)
	s.echo.GET("/lnurl/auth", s.walletSigned, s.limit(1, 30)).Name = "lnurl-auth"
}

// walletAsk makes a question to a wallet: to sign in, or for who is signed in
// to link it.
func (s *Server) walletAsk(c Ctx) error {
	var who *account.Session
	if c.FormValue("for") == "link" {
		session, err := s.visitor(c)
		if err != nil {
			return err
		}
		if session == nil {
			return account.ErrSignedOut
		}
		who = session
	}
	ask, err := s.deps.WalletLogin.Accounts.AskWallet(c.Request().Context(), who)
	if err != nil {
		return err
	}
	s.setCookie(c, walletCookie, ask.Token, ask.Expires)
	return c.Redirect(http.StatusSeeOther, walletPage(c.FormValue("next")))
}

// walletPage is the page with the code; next is where to go afterwards.
func walletPage(next string) string {
	if !ownPath(next) {
		return "/account/wallet"
	}
	return "/account/wallet?" + url.Values{"next": {next}}.Encode()
}

// walletCode shows the code that this browser's wallet is to scan.
func (s *Server) walletCode(c Ctx) error {
	return s.renderWalletCode(c, http.StatusOK, "")
}

func (s *Server) renderWalletCode(c Ctx, status int, problem string) error {
	view := accountpage.WalletView{Meta: s.ownMeta(c, t(c, "wallet-login.title")), Next: nextPage(c.FormValue("next"), ""), Problem: problem}
	view.Meta.Path = "/account/wallet"
	view.Host = hostOf(s.cfg.PublicURL)
	ask, err := s.deps.WalletLogin.Accounts.Asked(c.Request().Context(), s.cookie(c, walletCookie))
	switch {
	case errors.Is(err, account.ErrOtherBrowser):
		return render(c, status, accountpage.WalletPage(view)) // asks whether to begin
	case err != nil:
		return err
	}
	action := lnurl.LogIn
	if ask.Links {
		action = lnurl.LinkTo
	}
	if view.Code, err = lnurl.LoginLink(s.origin()+"/lnurl/auth", lnurl.K1(ask.K1), action); err != nil {
		return err
	}
	view.Links, view.Signed, view.Until = ask.Links, ask.Signed, ask.Expires
	view.Meta.Modules = []string{"js/wallet.js"}
	return render(c, status, accountpage.WalletPage(view))
}

// walletState tells an open page whether the wallet has answered.
func (s *Server) walletState(c Ctx) error {
	ask, err := s.deps.WalletLogin.Accounts.Asked(c.Request().Context(), s.cookie(c, walletCookie))
	state := "waiting"
	switch {
	case errors.Is(err, account.ErrOtherBrowser):
		state = "over"
	case err != nil:
		return err
	case ask.Signed:
		state = "signed"
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(http.StatusOK, map[string]string{"state": state})
}

// walletSigned takes a wallet's answer.
func (s *Server) walletSigned(c Ctx) error {
	login, err := lnurl.ParseLogin(c.QueryParams())
	if err == nil {
		err = s.deps.WalletLogin.Accounts.WalletSigned(c.Request().Context(), login.K1, account.WalletKey(login.Key), login.Action == lnurl.LinkTo)
	}
	if err != nil {
		return s.loginRefusal(c, err)
	}
	return walletAnswer(c, lnurl.OK())
}

// loginRefusal says why a wallet is not let in, as wallets expect it.
func (s *Server) loginRefusal(c Ctx, err error) error {
	switch {
	case errors.Is(err, lnurl.ErrSignature):
		return walletAnswer(c, lnurl.Refusal(t(c, "error.wallet-login.signature")))
	case errors.Is(err, lnurl.ErrRequest):
		return walletAnswer(c, lnurl.Refusal(t(c, "error.wallet-login.request")))
	}
	return s.walletRefusal(c, err)
}

// walletEnter goes on in the browser that showed the code.
func (s *Server) walletEnter(c Ctx) error {
	opened, err := s.deps.WalletLogin.Accounts.EnterByWallet(c.Request().Context(), s.cookie(c, walletCookie), c.Request().UserAgent(), s.cookie(c, accountCookie))
	if errors.Is(err, account.ErrWalletWaits) {
		return s.renderWalletCode(c, http.StatusConflict, sentence(c, err))
	}
	if err != nil {
		return err
	}
	s.setCookie(c, walletCookie, "", time.Time{})
	next := "/account"
	if opened != nil {
		s.letIn(c, *opened)
		next = nextPage(c.FormValue("next"), "/vault")
	}
	return c.Redirect(http.StatusSeeOther, next)
}

// walletRemove takes a wallet off the account.
func (s *Server) walletRemove(c Ctx) error {
	raw, err := hex.DecodeString(c.FormValue("key"))
	if err != nil || len(raw) != len(account.WalletKey{}) {
		return ErrForm
	}
	return toAccount(c, s.deps.WalletLogin.Accounts.RemoveWallet(c.Request().Context(), who(c), account.WalletKey(raw)))
}
