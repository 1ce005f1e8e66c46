package web

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"

	"cairn/app/account"
	accountpage "cairn/templates/account"

	"github.com/labstack/echo/v4"
)

// accountRoutes are those of accounts, vaults and webhooks.
func (s *Server) accountRoutes() {
	if s.deps.Accounts == nil {
		return
	}
	// Whoever guesses recovery codes meets 125 bits; the limits keep the
	// database from being kept busy.
	askLimit, codeLimit, formLimit := s.limit(0.5, 40), s.limit(0.05, 5), s.limit(2, 60)
	small := bodyLimit(8 << 10)

	s.get("account", "/account", s.account)
	s.post("passkey-begin", "/account/passkey/begin", s.passkeyBegin, small, askLimit)
	s.post("passkey-finish", "/account/passkey/finish", s.passkeyFinish, bodyLimit(maxAnswer), askLimit)
	s.post("recover", "/account/recover", s.recover, small, codeLimit)

	for path, h := range map[string]echo.HandlerFunc{
		"/recovery": s.newRecovery, "/name": s.accountName, "/passkeys/rename": s.passkeyRename, "/passkeys/remove": s.passkeyRemove,
		"/sessions/end": s.sessionEnd, "/leave": s.accountLeave, "/leave-everywhere": s.accountLeaveEverywhere, "/delete": s.accountDelete,
	} {
		s.post("account"+path, "/account"+path, h, small, formLimit, s.signedIn)
	}
	s.get("account-export", "/account/export.zip", s.accountExport, s.limit(0.05, 5), s.signedIn)
	s.vaultRoutes(formLimit)
	s.webhookRoutes(formLimit)
}

// account is the page to create a vault or sign in, or one's own.
func (s *Server) account(c Ctx) error {
	session, err := s.visitor(c)
	if err != nil {
		return err
	}
	return s.renderAccount(c, http.StatusOK, session, "")
}

func (s *Server) renderAccount(c Ctx, status int, session *account.Session, problem string) error {
	view := accountpage.View{Meta: s.ownMeta(c, t(c, "account.title")), Next: nextPage(c.QueryParam("next"), ""), Problem: problem}
	view.Meta.Path = "/account"
	view.Meta.Modules = []string{"js/passkey.js"}
	view.Here, view.Instead = s.deps.Accounts.Site().Here(c.Request().Host)
	if view.Instead != "" {
		view.Instead += "/account"
	}
	view.Wallets = s.walletLogin
	if session == nil {
		return render(c, status, accountpage.Page(view))
	}
	ctx := c.Request().Context()
	own, err := s.deps.Accounts.Get(ctx, session.Account)
	if err != nil {
		return err
	}
	keys, err := s.deps.Accounts.Passkeys(ctx, session.Account)
	if err != nil {
		return err
	}
	sessions, err := s.deps.Accounts.Sessions(ctx, session.Account)
	if err != nil {
		return err
	}
	inside := &accountpage.Inside{
		Name: own.Name, CreatedAt: own.CreatedAt, RecoveryAt: own.RecoveryAt, Fresh: session.Fresh(s.cfg.Now()),
	}
	for _, k := range keys {
		inside.Passkeys = append(inside.Passkeys, accountpage.Passkey{
			ID: base64.RawURLEncoding.EncodeToString(k.ID), Name: k.Name, CreatedAt: k.CreatedAt, LastUsedAt: k.LastUsedAt, Synced: k.Synced,
		})
	}
	for _, other := range sessions {
		inside.Sessions = append(inside.Sessions, accountpage.Session{
			ID: other.ID.String(), Agent: other.Agent, CreatedAt: other.CreatedAt, SeenAt: other.SeenAt, Current: other.ID == session.ID,
		})
	}
	if s.walletLogin {
		wallets, err := s.deps.WalletLogin.Accounts.Wallets(ctx, session.Account)
		if err != nil {
			return err
		}
		for _, w := range wallets {
			inside.Wallets = append(inside.Wallets, accountpage.Wallet{Key: hex.EncodeToString(w.Key[:]), CreatedAt: w.CreatedAt, LastUsedAt: w.LastUsedAt})
		}
	}
	view.Inside = inside
	return render(c, status, accountpage.Page(view))
}

// maxAnswer bounds what a browser answers to a passkey's question, in bytes.
const maxAnswer = 64 << 10

// passkeyBegin gives a script the question for the browser.
func (s *Server) passkeyBegin(c Ctx) error {
	session, err := s.visitor(c)
	if err != nil {
		return err
	}
	ceremony, err := s.deps.Accounts.Begin(c.Request().Context(), account.Purpose(c.FormValue("for")), session, c.FormValue("name"))
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(http.StatusOK, ceremony)
}

// finished says where the page goes on.
type finished struct {
	Next string `json:"next"`
}

// passkeyFinish takes the browser's answer.
func (s *Server) passkeyFinish(c Ctx) error {
	body, err := io.ReadAll(c.Request().Body)
	if err != nil {
		return badForm(err)
	}
	var answer struct {
		Ceremony   string          `json:"ceremony"`
		Credential json.RawMessage `json:"credential"`
		Next       string          `json:"next"`
		Setup      string          `json:"setup"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return ErrForm
	}
	if err := s.setupGood(c, answer.Setup); err != nil {
		return err
	}
	done, err := s.deps.Accounts.Finish(c.Request().Context(), answer.Ceremony, answer.Credential,
		c.Request().UserAgent(), s.cookie(c, accountCookie))
	if err != nil {
		return err
	}
	next := "/account"
	if done.Opened != nil {
		s.letIn(c, *done.Opened)
	}
	switch {
	case done.Opened != nil && answer.Setup != "":
		next = "/operator/access"
		if err := s.deps.Operators.Claim(c.Request().Context(), answer.Setup, done.Opened.Account); err != nil {
			return err
		}
	case done.Purpose == account.Enter:
		next = nextPage(answer.Next, "/vault")
	case done.Purpose == account.Add && operatorPath(answer.Next):
		next = answer.Next
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(http.StatusOK, finished{next})
}

// recover lets in who types a recovery code.
func (s *Server) recover(c Ctx) error {
	opened, err := s.deps.Accounts.Recover(c.Request().Context(), c.FormValue("code"), c.Request().UserAgent(), s.cookie(c, accountCookie))
	if err != nil {
		if ruleFor(err).status >= http.StatusInternalServerError {
			return err
		}
		return s.renderAccount(c, ruleFor(err).status, nil, sentence(c, err))
	}
	s.letIn(c, opened)
	return c.Redirect(http.StatusSeeOther, "/account")
}

// newRecovery shows a new recovery code, this once.
func (s *Server) newRecovery(c Ctx) error {
	code, err := s.deps.Accounts.NewRecovery(c.Request().Context(), who(c))
	if err != nil {
		return err
	}
	meta := s.ownMeta(c, t(c, "account.recovery.title"))
	meta.Path = "/account"
	if back := c.FormValue("back"); operatorPath(back) {
		meta.Path = back
	}
	return render(c, http.StatusOK, accountpage.RecoveryPage(accountpage.RecoveryView{Meta: meta, Code: code, Back: meta.Path}))
}

// toAccount goes back to the page after a form has done its work: the
// account's, or that of the operator who asked from there.
func toAccount(c Ctx, err error) error {
	if err != nil {
		return err
	}
	if back := c.FormValue("back"); operatorPath(back) {
		return c.Redirect(http.StatusSeeOther, back)
	}
	return c.Redirect(http.StatusSeeOther, "/account")
}

func (s *Server) accountName(c Ctx) error {
	return toAccount(c, s.deps.Accounts.Rename(c.Request().Context(), who(c).Account, c.FormValue("name")))
}

// passkeyID reads the id of a passkey from a form; a malformed one is nobody's.
func passkeyID(c Ctx) []byte {
	id, err := base64.RawURLEncoding.DecodeString(c.FormValue("id"))
	if err != nil {
		return nil
	}
	return id
}

func (s *Server) passkeyRename(c Ctx) error {
	return toAccount(c, s.deps.Accounts.RenamePasskey(c.Request().Context(), who(c).Account, passkeyID(c), c.FormValue("name")))
}

func (s *Server) passkeyRemove(c Ctx) error {
	return toAccount(c, s.deps.Accounts.RemovePasskey(c.Request().Context(), who(c), passkeyID(c)))
}

func (s *Server) sessionEnd(c Ctx) error {
	raw, err := base64.RawURLEncoding.DecodeString(c.FormValue("id"))
	if err != nil || len(raw) != len(account.ID{}) {
		return ErrForm
	}
	return toAccount(c, s.deps.Accounts.EndSession(c.Request().Context(), who(c).Account, account.ID(raw)))
}

func (s *Server) accountLeave(c Ctx) error {
	if err := s.deps.Accounts.Leave(c.Request().Context(), s.cookie(c, accountCookie)); err != nil {
		return err
	}
	s.letOut(c)
	return c.Redirect(http.StatusSeeOther, "/account")
}

func (s *Server) accountLeaveEverywhere(c Ctx) error {
	if err := s.deps.Accounts.EndSessions(c.Request().Context(), who(c).Account); err != nil {
		return err
	}
	s.letOut(c)
	return c.Redirect(http.StatusSeeOther, "/account")
}

func (s *Server) accountDelete(c Ctx) error {
	if err := s.deps.Accounts.Delete(c.Request().Context(), who(c)); err != nil {
		return err
	}
	s.letOut(c)
	return c.Redirect(http.StatusSeeOther, "/")
}
