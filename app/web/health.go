package web

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// checkTime is how long all checks together may take.
const checkTime = 3 * time.Second

// livez says that the process answers.
func (s *Server) livez(c Ctx) error {
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.String(http.StatusOK, "ok\n")
}

// readiness is the answer of /readyz: "ok" or "failing" for each check. Why a
// check fails is in the log, not for strangers.
type readiness struct {
	Ready  bool              `json:"ready"`
	Checks map[string]string `json:"checks"`
}

// readyz runs all checks at once; one that fails, or takes too long, makes it
// a 503.
func (s *Server) readyz(c Ctx) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), checkTime)
	defer cancel()
	errs := make([]error, len(s.deps.Ready))
	var running sync.WaitGroup
	for i, check := range s.deps.Ready {
		running.Go(func() { errs[i] = check.Run(ctx) })
	}
	running.Wait()

	answer := readiness{Ready: true, Checks: make(map[string]string, len(errs))}
	for i, check := range s.deps.Ready {
		answer.Checks[check.Name] = "ok"
		if errs[i] != nil {
			answer.Ready = false
			answer.Checks[check.Name] = "failing"
			s.cfg.Log.Warn("readiness check fails", "check", check.Name, "error", errs[i])
		}
	}
	status := http.StatusOK
	if !answer.Ready {
		status = http.StatusServiceUnavailable
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(status, answer)
}

// robots keeps search engines off what is private or endless.
func (s *Server) robots(c Ctx) error {
	return c.String(http.StatusOK, "User-agent: *\nDisallow: /operator\nDisallow: /account\nDisallow: /vault\nDisallow: /webhooks\nDisallow: /setup/\nDisallow: /proof/\nDisallow: /esplora/\n")
}
