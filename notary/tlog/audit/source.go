package audit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Source is where the pieces of a log come from. It is safe for concurrent use.
type Source interface {
	// Get reads the piece at a path below the log, of at most limit bytes.
	// Errors: ErrMissing, ErrTooLarge, ErrUnreachable, ctx's own.
	Get(ctx context.Context, path string, limit int64) ([]byte, error)
	// Anchors reads the lines of the anchors that follow the one with id
	// after; it may give earlier ones, too. Errors: as Get.
	Anchors(ctx context.Context, after int64) ([]byte, error)
	// Live tells the log itself from a copy, which may be old.
	Live() bool
	// String names it for people.
	String() string
}

const (
	// attempts is how often a request is made before it counts as unanswered.
	attempts = 3
	// maxAnchors bounds the list of anchors, in bytes: some 200,000 of them.
	maxAnchors = 256 << 20
	userAgent  = "cairn"
)

// Server is a log on the web.
type Server struct {
	base   string
	client *http.Client
	// pause is the time before the second attempt; it doubles.
	pause time.Duration
}

// NewServer names a log by the address of its site, or by its own, which ends
// in /log. timeout is for one request, parallel how many are made at a time.
// The error is for people.
func NewServer(address string, timeout time.Duration, parallel int) (*Server, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("%q is not the address of a log: http://host or https://host expected", address)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = parallel
	transport.MaxConnsPerHost = 2 * parallel
	return &Server{
		base: strings.TrimSuffix(strings.TrimRight(u.String(), "/"), "/log"),
		client: &http.Client{
			Transport: transport, Timeout: timeout,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		pause: 300 * time.Millisecond,
	}, nil
}

// Live implements Source.
func (s *Server) Live() bool { return true }

// String is the address of the log.
func (s *Server) String() string { return s.base + "/log" }

// Site is the address of the log's site.
func (s *Server) Site() string { return s.base }

// Get implements Source.
func (s *Server) Get(ctx context.Context, path string, limit int64) ([]byte, error) {
	return s.patiently(ctx, path, limit)
}

// Anchors implements Source.
func (s *Server) Anchors(ctx context.Context, after int64) ([]byte, error) {
	return s.patiently(ctx, fmt.Sprintf("anchors?after=%d", after), maxAnchors)
}

// patiently asks again when there was no answer, or one that may change.
func (s *Server) patiently(ctx context.Context, path string, limit int64) ([]byte, error) {
	pause := s.pause
	for attempt := 1; ; attempt++ {
		body, err := s.once(ctx, path, limit)
		if !errors.Is(err, ErrUnreachable) || attempt == attempts {
			return body, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(pause):
		}
		pause *= 2
	}
}

func (s *Server) once(ctx context.Context, path string, limit int64) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.String()+"/"+path, nil)
	if err != nil {
		return nil, fail(ErrUnreachable, "%s", path).because(err)
	}
	req.Header.Set("User-Agent", userAgent)
	if path == checkpointPath {
		req.Header.Set("Cache-Control", "no-cache")
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return nil, s.unreachable(ctx, path, err)
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusNotFound:
		return nil, fail(ErrMissing, "%s/%s", s, path)
	case resp.StatusCode != http.StatusOK:
		return nil, fail(ErrUnreachable, "%s/%s answers with status %d", s, path, resp.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return nil, s.unreachable(ctx, path, err)
	}
	if int64(len(body)) > limit {
		return nil, fail(ErrTooLarge, "%s/%s has more than %d bytes", s, path, limit)
	}
	return body, nil
}

// unreachable drops the address from net/http's error: it is said already.
func (s *Server) unreachable(ctx context.Context, path string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var outer *url.Error
	if errors.As(err, &outer) {
		if outer.Timeout() {
			return fail(ErrUnreachable, "%s/%s takes longer than %v", s, path, s.client.Timeout)
		}
		err = outer.Err
	}
	return fail(ErrUnreachable, "%s/%s", s, path).because(err)
}
