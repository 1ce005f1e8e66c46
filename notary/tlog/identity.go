package tlog

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"io"
	"net/url"
	"strings"

	"cairn/app/db"
	"cairn/notary/tlog/format"

	"gorm.io/gorm"
)

// The settings that make a log the same log: its name and its secret. They
// are in the database, so that all replicas and a restored backup have them.
const (
	originSetting = "log.origin"
	seedSetting   = "log.seed"
)

// OriginOf is the name of the log below a public URL: the URL without its
// scheme, and "/log". Error: a URL that names no host.
func OriginOf(publicURL string) (string, error) {
	u, err := url.Parse(publicURL)
	if err != nil || u.Host == "" {
		return "", fmt.Errorf("%q names no host for the log", publicURL)
	}
	return u.Host + strings.TrimRight(u.Path, "/") + "/log", nil
}

// identity is the log's signer, made at the first use and ever the same from
// then on, whatever origin is asked for later.
func identity(ctx context.Context, d *db.DB, origin string, random io.Reader) (*format.Signer, error) {
	var seed [ed25519.SeedSize]byte
	if _, err := io.ReadFull(random, seed[:]); err != nil {
		return nil, fmt.Errorf("make the log's key: %w", err)
	}
	var kept []byte
	err := d.Transact(ctx, func(tx *gorm.DB) error {
		name, err := db.InitSetting(tx, originSetting, []byte(origin))
		if err != nil {
			return err
		}
		origin = string(name)
		kept, err = db.InitSetting(tx, seedSetting, seed[:])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the log's key: %w", err)
	}
	if copy(seed[:], kept) != len(seed) || len(kept) != len(seed) {
		return nil, fmt.Errorf("read the log's key: %w", ErrCorrupt)
	}
	return format.NewSigner(origin, seed)
}
