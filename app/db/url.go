package db

import (
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
)

type location struct {
	dialect Dialect
	path    string // SQLite: absolute path of the file
	dsn     string // PostgreSQL: the URL as given
}

// parseURL reads the two forms of database URL. A SQLite URL carries nothing
// but a path: its pragmas decide about durability and are not for the URL.
func parseURL(raw string) (location, error) {
	scheme, rest, ok := strings.Cut(raw, ":")
	if !ok {
		return location{}, fmt.Errorf("%w: it has no scheme", ErrURL)
	}
	switch strings.ToLower(scheme) {
	case "sqlite":
		path := rest
		if after, ok := strings.CutPrefix(rest, "//"); ok {
			path = after // sqlite:///abs and sqlite://rel
		}
		if path == "" || path == ":memory:" || strings.HasSuffix(path, "/") {
			return location{}, fmt.Errorf("%w: sqlite: needs the path of a file", ErrURL)
		}
		if strings.ContainsAny(path, "?#\x00") {
			return location{}, fmt.Errorf("%w: a path must not contain ? or #", ErrURL)
		}
		abs, err := filepath.Abs(path)
		if err != nil {
			return location{}, fmt.Errorf("%w: %w", ErrURL, err)
		}
		return location{dialect: SQLite, path: abs}, nil
	case "postgres", "postgresql":
		return location{dialect: Postgres, dsn: raw}, nil
	}
	return location{}, fmt.Errorf("%w: unknown scheme %q", ErrURL, scheme)
}

// Redact renders a database URL without its password, for logs and pages.
func Redact(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		scheme, _, _ := strings.Cut(raw, ":")
		return scheme + ":…"
	}
	q := u.Query()
	for _, secret := range []string{"password", "sslpassword"} {
		if q.Has(secret) {
			q.Set(secret, "xxxxx")
			u.RawQuery = q.Encode()
		}
	}
	return u.Redacted()
}
