package account_test

import (
	"errors"
	"testing"
	"time"

	"cairn/app/account"
	"cairn/app/db"
	"cairn/app/db/dbtest"
)

// What moves money asks for a passkey that made sure of its owner; one that was
// only there does not do, and neither does a recovery code.
func TestAuthorise(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		key := newKey()
		token, s := w.create(key)
		if !s.Verified(w.now) {
			t.Error("the passkey made for the account made sure of its owner")
		}
		w.now = w.now.Add(account.VerifiedLife + time.Second)
		if s = w.session(token); s.Verified(w.now) || !s.Fresh(w.now) {
			t.Errorf("after two minutes: %+v", s)
		}
		show := func(p account.Purpose, flags byte) error {
			key.Flags = flags
			c := w.begin(p, &s, "")
			_, err := w.Finish(t.Context(), c.ID, key.Show(c.Options), "", token)
			s = w.session(token)
			return err
		}
		const present, verified = 0x01, 0x04
		if err := show(account.Authorise, present); !errors.Is(err, account.ErrPasskey) || s.Verified(w.now) {
			t.Errorf("a passkey that was only there authorises: %v", err)
		}
		if err := show(account.Confirm, present); err != nil || s.Verified(w.now) {
			t.Errorf("confirming makes sure of nobody: %v", err)
		}
		if err := show(account.Authorise, present|verified); err != nil || !s.Verified(w.now) {
			t.Errorf("authorising: %v", err)
		}
		code, err := w.NewRecovery(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		opened, err := w.Recover(t.Context(), code, "", "")
		if err != nil {
			t.Fatal(err)
		}
		if w.session(opened.Token).Verified(w.now) {
			t.Error("a recovery code makes sure of its owner")
		}
	})
}
