package account_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"cairn/app/account"
	"cairn/app/db"
	"cairn/app/db/dbtest"
)

var walletKey = account.WalletKey{2, 7}

func wantKind(t *testing.T, err, kind error) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Errorf("%v, want %q", err, kind)
	}
}

func (w *world) askWallet(who *account.Session) account.WalletAsk {
	w.t.Helper()
	ask, err := w.AskWallet(w.t.Context(), who)
	if err != nil {
		w.t.Fatal(err)
	}
	return ask
}

// enterBy goes the whole way with a wallet and returns the session.
func (w *world) enterBy(key account.WalletKey, old string) (token string, s account.Session) {
	w.t.Helper()
	ask := w.askWallet(nil)
	if err := w.WalletSigned(w.t.Context(), ask.K1, key, false); err != nil {
		w.t.Fatal(err)
	}
	opened, err := w.EnterByWallet(w.t.Context(), ask.Token, "browser", old)
	if err != nil || opened == nil {
		w.t.Fatal(err)
	}
	s, err = w.Session(w.t.Context(), opened.Token)
	if err != nil || s.Account != opened.Account {
		w.t.Fatal(s, err)
	}
	return opened.Token, s
}

func TestWalletSignsIn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx := t.Context()
		token, first := w.enterBy(walletKey, "")
		_, again := w.enterBy(walletKey, token)
		if again.Account != first.Account {
			t.Error("the same wallet opened two accounts")
		}
		if again.Verified(w.now) {
			t.Error("a wallet counts as a passkey that made sure of its owner")
		}
		if _, err := w.Session(ctx, token); !errors.Is(err, account.ErrSignedOut) {
			t.Errorf("the session before the sign-in: %v", err)
		}
		if _, other := w.enterBy(account.WalletKey{3, 8}, ""); other.Account == first.Account {
			t.Error("two wallets opened one account")
		}
		wallets, err := w.Wallets(ctx, first.Account)
		if err != nil || len(wallets) != 1 || wallets[0].Key != walletKey || !wallets[0].CreatedAt.Equal(w.now) {
			t.Errorf("wallets %+v, %v", wallets, err)
		}
	})
}

// Each value is answered once, by whoever shows it, within its time.
func TestWalletLoginsAreUsedOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx := t.Context()
		ask := w.askWallet(nil)
		if ask.K1 == ([32]byte{}) || ask.Token == "" || ask.Links || !ask.Expires.Equal(w.now.Add(account.WalletLife)) {
			t.Fatalf("%+v", ask)
		}
		wantKind(t, w.WalletSigned(ctx, [32]byte{1}, walletKey, false), account.ErrWalletLogin) // a value of nobody's
		wantKind(t, w.WalletSigned(ctx, ask.K1, walletKey, true), account.ErrWalletAction)
		_, err := w.EnterByWallet(ctx, ask.Token, "", "")
		wantKind(t, err, account.ErrWalletWaits)
		if err := w.WalletSigned(ctx, ask.K1, walletKey, false); err != nil {
			t.Fatal(err)
		}
		wantKind(t, w.WalletSigned(ctx, ask.K1, account.WalletKey{9}, false), account.ErrWalletLogin) // replayed
		if now, err := w.Asked(ctx, ask.Token); err != nil || !now.Signed || now.K1 != ask.K1 {
			t.Errorf("%+v, %v", now, err)
		}
		for _, stranger := range []string{"", "somebody else", w.askWallet(nil).Token + "x"} {
			_, err = w.EnterByWallet(ctx, stranger, "", "")
			wantKind(t, err, account.ErrOtherBrowser)
		}
		if _, err := w.EnterByWallet(ctx, ask.Token, "", ""); err != nil {
			t.Fatal(err)
		}
		_, err = w.EnterByWallet(ctx, ask.Token, "", "")
		wantKind(t, err, account.ErrOtherBrowser) // used up
		wantKind(t, w.WalletSigned(ctx, ask.K1, walletKey, false), account.ErrWalletLogin)

		late := w.askWallet(nil)
		w.now = w.now.Add(account.WalletLife)
		wantKind(t, w.WalletSigned(ctx, late.K1, walletKey, false), account.ErrWalletLogin)
		_, err = w.Asked(ctx, late.Token)
		wantKind(t, err, account.ErrOtherBrowser)
	})
}

// Ten windows go on at once: one of them is in.
func TestOneWindowGoesOn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ask := w.askWallet(nil)
		if err := w.WalletSigned(t.Context(), ask.K1, walletKey, false); err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		var all sync.WaitGroup
		in := 0
		for range 10 {
			all.Go(func() {
				opened, err := w.EnterByWallet(t.Context(), ask.Token, "", "")
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil && opened != nil:
					in++
				case !errors.Is(err, account.ErrOtherBrowser):
					t.Error(err)
				}
			})
		}
		all.Wait()
		if in != 1 {
			t.Errorf("%d windows came in", in)
		}
	})
}

func TestWalletIsLinked(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx := t.Context()
		token, session := w.create(newKey())
		link := func(key account.WalletKey, token string) error {
			ask := w.askWallet(&session)
			if !ask.Links {
				t.Fatal("not a link")
			}
			if err := w.WalletSigned(ctx, ask.K1, key, true); err != nil {
				return err
			}
			opened, err := w.EnterByWallet(ctx, ask.Token, "", token)
			if err == nil && opened != nil {
				t.Error("linking signed in")
			}
			return err
		}
		wantKind(t, link(walletKey, "another session"), account.ErrSignedOut)
		for range 2 { // again is no error
			if err := link(walletKey, token); err != nil {
				t.Fatal(err)
			}
		}
		if _, entered := w.enterBy(walletKey, ""); entered.Account != session.Account {
			t.Error("the linked wallet opens another account")
		}
		_, stranger := w.enterBy(account.WalletKey{3, 1}, "")
		wantKind(t, link(account.WalletKey{3, 1}, token), account.ErrWalletTaken)
		for i := byte(0); i < account.MaxWallets-1; i++ {
			if err := link(account.WalletKey{2, 100, i}, token); err != nil {
				t.Fatal(err)
			}
		}
		wantKind(t, link(account.WalletKey{2, 200}, token), account.ErrTooManyWallets)

		if err := w.RemoveWallet(ctx, session, walletKey); err != nil {
			t.Fatal(err)
		}
		if err := w.RemoveWallet(ctx, session, account.WalletKey{3, 1}); err != nil {
			t.Fatal(err) // a stranger's: left alone
		}
		wantKind(t, w.RemoveWallet(ctx, stranger, account.WalletKey{3, 1}), account.ErrLastWallet)
		if _, err := w.NewRecovery(ctx, stranger); err != nil {
			t.Fatal(err)
		}
		if err := w.RemoveWallet(ctx, stranger, account.WalletKey{3, 1}); err != nil {
			t.Fatal(err)
		}
		if err := w.Delete(ctx, session); err != nil { // with all its wallets
			t.Fatal(err)
		}
		if _, entered := w.enterBy(account.WalletKey{2, 100, 0}, ""); entered.Account == session.Account {
			t.Error("a deleted account came back")
		}
		w.now = w.now.Add(time.Hour)
		_, err := w.AskWallet(ctx, &stranger)
		wantKind(t, err, account.ErrStale)
		wantKind(t, w.RemoveWallet(ctx, stranger, walletKey), account.ErrStale)
	})
}
