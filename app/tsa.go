package app

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strings"

	"cairn/app/db/durable"
	"cairn/notary/tsa"
)

// openTSA sets up the time-stamp authority, which stamps its tokens in the
// calendar.
func (a *App) openTSA(ctx context.Context) error {
	cfg := tsa.Config{
		DB: a.db, Calendar: a.calendar, Host: hostOf(a.cfg.Web.PublicURL),
		Now: a.now, Log: a.log.With("part", "tsa"),
	}
	var err error
	if policy := a.cfg.TSA.Policy; policy != "" {
		if cfg.Policy, err = tsa.ParsePolicy(policy); err != nil {
			return fmt.Errorf("--tsa-policy: %w", err)
		}
	}
	if a.cfg.TSA.Key != "" {
		cfg.Own, err = ownCredentials(a.cfg.TSA.Key, a.cfg.TSA.Chain)
	} else {
		cfg.Secret, err = a.tsaSecret()
	}
	if err != nil {
		return err
	}
	if a.tsa, err = tsa.Open(ctx, cfg); err != nil {
		return fmt.Errorf("the time-stamp authority: %w", err)
	}
	a.closing(func() error { a.tsa.Close(); return nil })
	return nil
}

// hostOf is the host of a URL without its port, by which people know the site.
func hostOf(address string) string {
	if u, err := url.Parse(address); err == nil && u.Hostname() != "" {
		return u.Hostname()
	}
	return address
}

// ownCredentials are the operator's. Errors name the setting, never the key.
func ownCredentials(keyFile, chainFile string) (*tsa.Credentials, error) {
	key, err := os.ReadFile(keyFile)
	if err != nil {
		return nil, fmt.Errorf("--tsa-key: %w", err)
	}
	chain, err := os.ReadFile(chainFile)
	if err != nil {
		return nil, fmt.Errorf("--tsa-chain: %w", err)
	}
	own, err := tsa.ParseCredentials(key, chain)
	if err != nil {
		return nil, fmt.Errorf("--tsa-key and --tsa-chain: %w", err)
	}
	return own, nil
}

// tsaSecretFile is in the data folder unless --tsa-secret says where it is.
const tsaSecretFile = "tsa.secret"

// tsaSecret reads what seals the authority's keys, 64 hexadecimal digits, or
// makes it. A file that the operator names is not made for him.
func (a *App) tsaSecret() (tsa.Secret, error) {
	path, named := a.cfg.TSA.Secret, true
	if path == "" {
		path, named = a.folder.file(tsaSecretFile), false
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && !named {
		return makeTSASecret(path)
	}
	if err != nil {
		return tsa.Secret{}, fmt.Errorf("the secret of the time-stamp authority cannot be read: %w", err)
	}
	raw, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(raw) != len(tsa.Secret{}) {
		return tsa.Secret{}, fmt.Errorf("%s does not hold 64 hexadecimal digits", path)
	}
	return tsa.Secret(raw), nil
}

func makeTSASecret(path string) (tsa.Secret, error) {
	var secret tsa.Secret
	if _, err := rand.Read(secret[:]); err != nil {
		return secret, fmt.Errorf("make the secret of the time-stamp authority: %w", err)
	}
	if err := durable.WriteFile(path, []byte(hex.EncodeToString(secret[:])+"\n")); err != nil {
		return secret, fmt.Errorf("keep the secret of the time-stamp authority: %w", err)
	}
	return secret, nil
}
