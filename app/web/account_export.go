package web

import (
	"encoding/json"
	"net/http"
	"time"

	"cairn/app/account"
	"cairn/app/webhook"
	"cairn/notary/vault"

	"github.com/labstack/echo/v4"
)

// exported is account.json of an export: all that is kept for an account, but
// for what opens something.
type exported struct {
	Name       string             `json:"name"`
	CreatedAt  time.Time          `json:"created_at"`
	RecoveryAt *time.Time         `json:"recovery_code_made_at"`
	Passkeys   []exportedPasskey  `json:"passkeys"`
	Sessions   []exportedSession  `json:"sessions"`
	Groups     []string           `json:"groups"`
	Links      []exportedLink     `json:"links"`
	Webhooks   []exportedEndpoint `json:"webhooks"`
}

type exportedPasskey struct {
	Name       string    `json:"name"`
	CreatedAt  time.Time `json:"created_at"`
	LastUsedAt time.Time `json:"last_used_at"`
}

type exportedSession struct {
	Browser   string    `json:"browser"`
	CreatedAt time.Time `json:"created_at"`
	SeenAt    time.Time `json:"seen_at"`
}

type exportedLink struct {
	Name      string     `json:"name"`
	Group     bool       `json:"group"`
	CreatedAt time.Time  `json:"created_at"`
	Expires   *time.Time `json:"expires"`
}

type exportedEndpoint struct {
	URL       string    `json:"url"`
	CreatedAt time.Time `json:"created_at"`
}

// exportedItem is one line of proofs.ndjson, beside the files themselves.
type exportedItem struct {
	Digest     string     `json:"digest"`
	Name       string     `json:"name"`
	Note       string     `json:"note"`
	Group      string     `json:"group"`
	KeptAt     time.Time  `json:"kept_at"`
	CompleteAt *time.Time `json:"complete_since"`
}

func unlessZero(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return &at
}

// accountExport is everything that is kept for an account, in one ZIP.
func (s *Server) accountExport(c Ctx) error {
	about, err := s.exported(c, who(c))
	if err != nil {
		return err
	}
	raw, err := json.MarshalIndent(about, "", "  ")
	if err != nil {
		return err
	}
	now := s.cfg.Now().UTC()
	return s.archive(c, "cairn-vault.zip", func(a *vault.Archive) error {
		if err := a.Write("account.json", now, append(raw, '\n')); err != nil {
			return err
		}
		var lines []byte
		err := s.deps.Vault.Walk(c.Request().Context(), who(c).Account, vault.ID{}, func(item vault.Item, file []byte) error {
			line, err := json.Marshal(exportedItem{
				item.Digest.String(), item.Name, item.Note, item.GroupName, item.KeptAt, unlessZero(item.CompleteAt),
			})
			if err != nil {
				return err
			}
			lines = append(append(lines, line...), '\n')
			return s.addProof(c, a, item, file)
		})
		if err != nil {
			return err
		}
		return a.Write("proofs.ndjson", now, lines)
	})
}

// exported gathers account.json.
func (s *Server) exported(c Ctx, session account.Session) (exported, error) {
	ctx, id := c.Request().Context(), session.Account
	own, err := s.deps.Accounts.Get(ctx, id)
	if err != nil {
		return exported{}, err
	}
	keys, err := s.deps.Accounts.Passkeys(ctx, id)
	if err != nil {
		return exported{}, err
	}
	sessions, err := s.deps.Accounts.Sessions(ctx, id)
	if err != nil {
		return exported{}, err
	}
	groups, err := s.deps.Vault.Groups(ctx, id)
	if err != nil {
		return exported{}, err
	}
	links, err := s.deps.Vault.Shares(ctx, id)
	if err != nil {
		return exported{}, err
	}
	var endpoints []webhook.Endpoint
	if endpoints, err = s.deps.Webhooks.Endpoints(ctx, id); err != nil {
		return exported{}, err
	}
	out := exported{Name: own.Name, CreatedAt: own.CreatedAt, RecoveryAt: unlessZero(own.RecoveryAt)}
	for _, k := range keys {
		out.Passkeys = append(out.Passkeys, exportedPasskey{k.Name, k.CreatedAt, k.LastUsedAt})
	}
	for _, o := range sessions {
		out.Sessions = append(out.Sessions, exportedSession{o.Agent, o.CreatedAt, o.SeenAt})
	}
	for _, g := range groups {
		out.Groups = append(out.Groups, g.Name)
	}
	for _, l := range links {
		out.Links = append(out.Links, exportedLink{l.Name, l.Group != vault.ID{}, l.CreatedAt, unlessZero(l.Expires)})
	}
	for _, e := range endpoints {
		out.Webhooks = append(out.Webhooks, exportedEndpoint{e.URL, e.CreatedAt})
	}
	return out, nil
}

// archiveStep is how long a part of an archive may take to be written: the
// server's own limit is for whole answers, and an archive may be long.
const archiveStep = 30 * time.Second

// archive answers with a ZIP that fill writes as it goes. Once it has begun an
// error can only cut it off, which every program that reads ZIPs notices: the
// table of contents is at the end.
func (s *Server) archive(c Ctx, name string, fill func(*vault.Archive) error) error {
	h := c.Response().Header()
	policy := h.Get(echo.HeaderContentSecurityPolicy)
	h.Set(echo.HeaderContentType, "application/zip")
	h.Set(echo.HeaderContentDisposition, `attachment; filename="`+name+`"`)
	h.Set(echo.HeaderContentSecurityPolicy, "default-src 'none'; sandbox")
	if c.Request().Method == http.MethodHead {
		return nil
	}
	a := vault.NewArchive(c.Response())
	if err := fill(a); err != nil {
		if c.Response().Committed {
			s.cfg.Log.Warn("an archive was cut off", "request", requestID(c), "error", err)
			panic(http.ErrAbortHandler)
		}
		h.Del(echo.HeaderContentDisposition)
		h.Set(echo.HeaderContentSecurityPolicy, policy)
		return err
	}
	return a.Close()
}

// addProof adds one proof and lets the visitor have more time for the next.
func (s *Server) addProof(c Ctx, a *vault.Archive, item vault.Item, file []byte) error {
	// A recorder in a test knows no deadlines.
	_ = http.NewResponseController(c.Response()).SetWriteDeadline(time.Now().Add(archiveStep))
	return a.Add(item, file)
}
