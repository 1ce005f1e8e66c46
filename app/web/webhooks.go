package web

import (
	"net/http"

	"cairn/app/webhook"
	"cairn/templates/webhooks"

	"github.com/labstack/echo/v4"
)

// webhookRoutes are those of servers that are told.
func (s *Server) webhookRoutes(formLimit echo.MiddlewareFunc) {
	small := bodyLimit(8 << 10)
	s.get("webhooks", "/webhooks", s.webhooks, s.signedIn)
	s.post("webhook-add", "/webhooks", s.webhookAdd, small, s.limit(0.1, 10), s.signedIn)
	s.get("webhook", "/webhooks/:id", s.webhook, s.signedIn)
	s.post("webhook-remove", "/webhooks/:id/remove", s.webhookRemove, small, formLimit, s.signedIn)
	s.post("webhook-test", "/webhooks/:id/test", s.webhookTest, small, s.limit(0.2, 10), s.signedIn)
	s.post("webhook-replay", "/webhooks/:id/replay", s.webhookReplay, small, s.limit(0.2, 20), s.signedIn)
}

// webhooks lists them, with how a receiver checks what it gets.
func (s *Server) webhooks(c Ctx) error {
	return s.renderWebhooks(c, http.StatusOK, webhooks.View{})
}

func (s *Server) renderWebhooks(c Ctx, status int, view webhooks.View) error {
	endpoints, err := s.deps.Webhooks.Endpoints(c.Request().Context(), who(c).Account)
	if err != nil {
		return err
	}
	view.Meta = s.ownMeta(c, t(c, "webhooks.title"))
	view.Meta.Path = "/webhooks"
	for _, e := range endpoints {
		view.Endpoints = append(view.Endpoints, webhooks.Endpoint{ID: e.ID.String(), URL: e.URL, Failures: e.Failures, RestsUntil: e.RestsUntil})
	}
	for _, e := range webhook.Examples {
		view.Examples = append(view.Examples, webhooks.Example(e))
	}
	return render(c, status, webhooks.Page(view))
}

// webhookAdd makes a webhook and shows its secret, this once. A wrong address
// is said on the form.
func (s *Server) webhookAdd(c Ctx) error {
	address := c.FormValue("url")
	_, secret, err := s.deps.Webhooks.Add(c.Request().Context(), who(c).Account, address)
	if err == nil {
		return s.renderWebhooks(c, http.StatusOK, webhooks.View{Secret: secret})
	}
	r := ruleFor(err)
	if r.status >= http.StatusInternalServerError || wantsJSON(c) {
		return err
	}
	return s.renderWebhooks(c, r.status, webhooks.View{Address: address, Problem: sentence(c, err)})
}

// webhookParam reads a webhook from the address. Error:
// webhook.ErrUnknownEndpoint.
func webhookParam(c Ctx) (webhook.ID, error) {
	id, ok := webhook.ParseID(c.Param("id"))
	if !ok {
		return id, webhook.ErrUnknownEndpoint
	}
	return id, nil
}

// webhook lists the deliveries of one.
func (s *Server) webhook(c Ctx) error {
	id, err := webhookParam(c)
	if err != nil {
		return err
	}
	deliveries, err := s.deps.Webhooks.Deliveries(c.Request().Context(), who(c).Account, id)
	if err != nil {
		return err
	}
	endpoints, err := s.deps.Webhooks.Endpoints(c.Request().Context(), who(c).Account)
	if err != nil {
		return err
	}
	view := webhooks.DeliveriesView{Meta: s.ownMeta(c, t(c, "webhooks.title"))}
	for _, e := range endpoints {
		if e.ID == id {
			view.Endpoint = webhooks.Endpoint{ID: e.ID.String(), URL: e.URL, Failures: e.Failures, RestsUntil: e.RestsUntil}
		}
	}
	for _, d := range deliveries {
		view.Deliveries = append(view.Deliveries, webhooks.Delivery{
			ID: d.ID.String(), Event: d.Event, State: string(d.State), Attempts: d.Attempts,
			CreatedAt: d.CreatedAt, NextAt: d.NextAt, Status: d.Status, Problem: d.Problem,
		})
	}
	return render(c, http.StatusOK, webhooks.DeliveriesPage(view))
}

func (s *Server) webhookRemove(c Ctx) error {
	id, err := webhookParam(c)
	if err != nil {
		return err
	}
	if err := s.deps.Webhooks.Remove(c.Request().Context(), who(c).Account, id); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/webhooks")
}

func (s *Server) webhookTest(c Ctx) error {
	id, err := webhookParam(c)
	if err != nil {
		return err
	}
	if err := s.deps.Webhooks.SendTest(c.Request().Context(), who(c).Account, id); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/webhooks/"+id.String())
}

// webhookReplay sends a delivery again.
func (s *Server) webhookReplay(c Ctx) error {
	id, err := webhookParam(c)
	if err != nil {
		return err
	}
	delivery, ok := webhook.ParseID(c.FormValue("delivery"))
	if !ok {
		return webhook.ErrUnknownDelivery
	}
	if err := s.deps.Webhooks.Replay(c.Request().Context(), who(c).Account, delivery); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/webhooks/"+id.String())
}
