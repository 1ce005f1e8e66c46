package web

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"

	"cairn/channels/fees"
	"cairn/channels/tickets"
	"cairn/templates/layout"
	ticketspage "cairn/templates/tickets"
)

// maxIssueBody holds the blinded numbers of the most tickets in base64.
const maxIssueBody = tickets.Most*400 + 4<<10

// ticketsRoutes are those of prepaid tickets.
func (s *Server) ticketsRoutes() {
	if s.deps.Tickets == nil || s.deps.Till == nil {
		return
	}
	s.get("tickets", "/tickets", s.tickets)
	s.post("tickets-buy", "/tickets", s.ticketsBuy, bodyLimit(4<<10), s.limit(0.2, 10))
	s.post("tickets-issue", "/tickets/issue", s.ticketsIssue, bodyLimit(maxIssueBody), s.limit(0.5, 20))
	s.get("tickets-key", "/tickets/key", s.ticketsKey)
}

// tickets is the page: what is left is known to the browser alone.
func (s *Server) tickets(c Ctx) error {
	ctx := c.Request().Context()
	key, err := s.deps.Tickets.Selling(ctx)
	if err != nil {
		return err
	}
	view := ticketspage.View{Price: s.deps.Tickets.Price(), Key: key, Now: s.cfg.Now()}
	buyers, err := s.buyers(c)
	if err != nil {
		return err
	}
	for _, buyer := range buyers {
		list, err := s.deps.Till.List(ctx, buyer, maxPurchases)
		if err != nil {
			return err
		}
		for _, q := range list {
			if tickets.CountOf(q) > 0 && (q.State == fees.Settled || q.State == fees.Overpaid || q.State == fees.Late) {
				view.Waiting = append(view.Waiting, q)
			}
		}
	}
	view.Meta = s.meta(c, t(c, "tickets.title"), layout.SectionNone)
	view.Meta.Modules = []string{"js/tickets.js"}
	c.Response().Header().Set("Cache-Control", "private, no-store")
	return render(c, http.StatusOK, ticketspage.Page(view))
}

// ticketsBuy leads to the checkout.
func (s *Server) ticketsBuy(c Ctx) error {
	count, err := strconv.Atoi(c.FormValue("count"))
	if err != nil {
		return tickets.ErrCount
	}
	buyer, err := s.newBuyer(c)
	if err != nil {
		return err
	}
	q, err := s.deps.Tickets.Sell(c.Request().Context(), buyer, count)
	if err != nil {
		return err
	}
	return s.checkout(c, q)
}

type issueRequest struct {
	Quote   string   `json:"quote"`
	Key     string   `json:"key"`
	Blinded []string `json:"blinded"`
}

type issueAnswer struct {
	Signatures []string `json:"signatures"`
}

// ticketsIssue signs blinded numbers for a paid quote; whoever knows the quote's
// number may have them, once.
func (s *Server) ticketsIssue(c Ctx) error {
	var asked issueRequest
	if err := json.NewDecoder(c.Request().Body).Decode(&asked); err != nil || len(asked.Blinded) > tickets.Most {
		return badForm(err)
	}
	quote, err := fees.ParseID(asked.Quote)
	if err != nil {
		return err
	}
	key, err := tickets.ParseKeyID(asked.Key)
	if err != nil {
		return err
	}
	blinded := make([][]byte, len(asked.Blinded))
	for i, text := range asked.Blinded {
		if blinded[i], err = base64.RawURLEncoding.DecodeString(text); err != nil {
			return tickets.ErrRequest
		}
	}
	signatures, err := s.deps.Tickets.Issue(c.Request().Context(), quote, key, blinded)
	if err != nil {
		return err
	}
	out := issueAnswer{Signatures: make([]string, len(signatures))}
	for i, raw := range signatures {
		out.Signatures[i] = base64.RawURLEncoding.EncodeToString(raw)
	}
	c.Response().Header().Set("Cache-Control", "private, no-store")
	return c.JSON(http.StatusOK, out)
}

// ticketsKey is the key that signs now, for programs, and for comparing: it is
// the same for everybody.
func (s *Server) ticketsKey(c Ctx) error {
	key, err := s.deps.Tickets.Selling(c.Request().Context())
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]any{
		"key": key.ID.String(), "spki": base64.RawURLEncoding.EncodeToString(key.SPKI), "scheme": "RSABSSA-SHA384-PSS-Deterministic",
		"digests": tickets.Digests, "sold_until": key.SoldUntil, "good_until": key.GoodUntil,
	})
}
