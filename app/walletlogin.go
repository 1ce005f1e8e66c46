package app

import (
	"context"
	"net/url"

	"cairn/app/db"
	"cairn/app/web"

	"gorm.io/gorm"
)

// walletHost names the setting with the host that wallets know this site by.
const walletHost = "wallet-login-host"

// openWalletLogin remembers the site's host at the first start. A wallet's key
// hangs on it (LUD-04): under another one nobody would find his account again,
// so there is no such way in then.
func (a *App) openWalletLogin(ctx context.Context) error {
	u, err := url.Parse(a.cfg.Web.PublicURL)
	if err != nil {
		return err
	}
	var stored []byte
	err = a.db.Transact(ctx, func(tx *gorm.DB) (err error) {
		stored, err = db.InitSetting(tx, walletHost, []byte(u.Hostname()))
		return err
	})
	if err != nil {
		return err
	}
	if a.walletsIn = string(stored) == u.Hostname(); !a.walletsIn {
		a.log.Warn("signing in with a Lightning wallet is off: wallets know this site by another host", "known", string(stored), "now", u.Hostname())
	}
	return nil
}

// walletLogin is the way in by a wallet; nil when there is none.
func (a *App) walletLogin() *web.WalletLogin {
	if !a.walletsIn || a.accounts == nil {
		return nil
	}
	return &web.WalletLogin{Accounts: a.accounts}
}
