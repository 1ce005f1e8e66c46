package account

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"gorm.io/gorm"
)

// Purpose is what a passkey is asked for.
type Purpose string

// The purposes.
const (
	// Create makes an account with its first passkey.
	Create Purpose = "create"
	// Enter signs in with a passkey of whatever account.
	Enter Purpose = "enter"
	// Add gives the account signed in another passkey.
	Add Purpose = "add"
	// Confirm shows that whoever is signed in still holds a passkey.
	Confirm Purpose = "confirm"
	// Authorise is Confirm for what moves money: the passkey has to make sure of
	// its owner (user verification).
	Authorise Purpose = "authorise"
)

// Ceremony is a question to a browser: Options go to navigator.credentials as
// they are (PublicKeyCredentialCreationOptionsJSON, …RequestOptionsJSON), and
// ID comes back with the answer.
type Ceremony struct {
	ID      string          `json:"ceremony"`
	Purpose Purpose         `json:"purpose"`
	Options json.RawMessage `json:"options"`
}

// Done is what an answer brought about. Opened is nil after Add and Confirm.
type Done struct {
	Purpose Purpose
	Opened  *Opened
}

// Begin makes a question. who is the session asking, nil for Create and Enter;
// name is the new account's (Create) or the new passkey's (Add), and may be
// empty. Errors: ErrUnusable, ErrSignedOut, ErrStale (Add), ErrTooManyPasskeys,
// ErrName, ErrBusy.
func (a *Accounts) Begin(ctx context.Context, purpose Purpose, who *Session, name string) (Ceremony, error) {
	if a.web == nil {
		return Ceremony{}, ErrUnusable
	}
	name, err := cleanName(name)
	if err != nil {
		return Ceremony{}, err
	}
	asked, data, account, err := a.question(ctx, purpose, who, name)
	if err != nil {
		return Ceremony{}, err
	}
	stored, err := json.Marshal(data)
	if err != nil {
		return Ceremony{}, err
	}
	options, err := json.Marshal(asked)
	if err != nil {
		return Ceremony{}, err
	}
	id, err := a.random()
	if err != nil {
		return Ceremony{}, err
	}
	row := ceremonyRecord{ID: id[:], Purpose: purpose.stored(), AccountID: account, Name: name, Data: stored, ExpiresAt: a.now().Add(CeremonyLife).Unix()}
	err = a.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		if err := tx.Where("expires_at <= ?", a.now().Unix()).Delete(&ceremonyRecord{}).Error; err != nil {
			return err
		}
		var under int64
		if err := tx.Model(&ceremonyRecord{}).Count(&under).Error; err != nil {
			return err
		}
		if under >= maxCeremonies {
			return ErrBusy
		}
		return tx.Create(&row).Error
	})
	return Ceremony{ID: base64.RawURLEncoding.EncodeToString(id[:]), Purpose: purpose, Options: options}, err
}

// stored is the purpose as it is kept: what Authorise asks for more stands in
// go-webauthn's data.
func (p Purpose) stored() Purpose {
	if p == Authorise {
		return Confirm
	}
	return p
}

// question asks go-webauthn for the options of a purpose.
func (a *Accounts) question(ctx context.Context, purpose Purpose, who *Session, name string) (options any, data *webauthn.SessionData, account []byte, err error) {
	switch purpose {
	case Create:
		id, err := a.random()
		if err != nil {
			return nil, nil, nil, err
		}
		creation, data, err := a.web.BeginRegistration(user{id: id, name: name})
		if err != nil {
			return nil, nil, nil, err
		}
		return creation.Response, data, id[:], nil
	case Enter:
		assertion, data, err := a.web.BeginDiscoverableLogin()
		if err != nil {
			return nil, nil, nil, err
		}
		return assertion.Response, data, nil, nil
	case Add, Confirm, Authorise:
	default:
		return nil, nil, nil, ErrCeremony
	}
	if who == nil {
		return nil, nil, nil, ErrSignedOut
	}
	u, err := a.user(a.cfg.DB.Read(ctx), who.Account[:])
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil, nil, ErrSignedOut
	}
	if err != nil {
		return nil, nil, nil, err
	}
	if purpose.stored() == Confirm {
		if len(u.credentials) == 0 {
			return nil, nil, nil, ErrUnknownPasskey
		}
		assertion, data, err := a.web.BeginLogin(u, webauthn.WithUserVerification(purpose.verification()))
		if err != nil {
			return nil, nil, nil, err
		}
		return assertion.Response, data, who.Account[:], nil
	}
	if !who.Fresh(a.now()) {
		return nil, nil, nil, ErrStale
	}
	if len(u.credentials) >= MaxPasskeys {
		return nil, nil, nil, ErrTooManyPasskeys
	}
	creation, data, err := a.web.BeginRegistration(u,
		webauthn.WithExclusions(webauthn.Credentials(u.credentials).CredentialDescriptors()))
	if err != nil {
		return nil, nil, nil, err
	}
	return creation.Response, data, who.Account[:], nil
}

// Finish takes the browser's answer (the credential's JSON, at most 64 KiB) to
// a question, which is used up by it whatever comes of it. token is that of
// the browser's session, or empty; agent is what the browser calls itself.
// Errors: ErrCeremony, ErrPasskey, ErrUnknownPasskey, ErrSignedOut.
func (a *Accounts) Finish(ctx context.Context, ceremony string, answer []byte, agent, token string) (Done, error) {
	if a.web == nil {
		return Done{}, ErrUnusable
	}
	asked, err := a.take(ctx, ceremony)
	if err != nil {
		return Done{}, err
	}
	var data webauthn.SessionData
	if err := json.Unmarshal(asked.Data, &data); err != nil {
		return Done{}, err
	}
	switch asked.Purpose {
	case Create, Add:
		return a.finishMaking(ctx, asked, data, answer, agent, token)
	default:
		return a.finishShowing(ctx, asked, data, answer, agent, token)
	}
}

// verification is how much the passkey has to make sure of its owner.
func (p Purpose) verification() protocol.UserVerificationRequirement {
	if p == Authorise {
		return protocol.VerificationRequired
	}
	return protocol.VerificationPreferred
}

// take uses a question up. Error: ErrCeremony.
func (a *Accounts) take(ctx context.Context, ceremony string) (ceremonyRecord, error) {
	id, err := base64.RawURLEncoding.DecodeString(ceremony)
	if err != nil || len(id) != 16 {
		return ceremonyRecord{}, ErrCeremony
	}
	var asked ceremonyRecord
	err = a.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		asked = ceremonyRecord{}
		err := tx.Where("id = ? AND expires_at > ?", id, a.now().Unix()).Take(&asked).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return ErrCeremony
		}
		if err != nil {
			return err
		}
		return tx.Where("id = ?", id).Delete(&ceremonyRecord{}).Error
	})
	return asked, err
}

// finishMaking stores a new passkey, and with Create its account.
func (a *Accounts) finishMaking(ctx context.Context, asked ceremonyRecord, data webauthn.SessionData, answer []byte, agent, token string) (Done, error) {
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return Done{}, refused(err)
	}
	account := ID(asked.AccountID)
	credential, err := a.web.CreateCredential(user{id: account, name: asked.Name}, data, parsed)
	if err != nil {
		return Done{}, refused(err)
	}
	stored, err := json.Marshal(credential)
	if err != nil {
		return Done{}, err
	}
	now := a.now().Unix()
	done := Done{Purpose: asked.Purpose}
	err = a.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		key := passkeyRecord{ID: credential.ID, AccountID: account[:], Credential: stored, CreatedAt: now, LastUsedAt: now}
		if asked.Purpose == Create {
			if err := tx.Create(&accountRecord{ID: account[:], Name: asked.Name, CreatedAt: now}).Error; err != nil {
				return err
			}
			if err := tx.Create(&key).Error; err != nil {
				return taken(err)
			}
			opened, err := a.open(tx, account, agent, token, Joined, credential.Flags.UserVerified)
			done.Opened = &opened
			return err
		}
		var have int64
		if err := tx.Model(&passkeyRecord{}).Where("account_id = ?", account[:]).Count(&have).Error; err != nil {
			return err
		}
		if have >= MaxPasskeys {
			return ErrTooManyPasskeys
		}
		// The session that asked must still be there; the passkey made counts
		// as shown.
		if err := a.freshen(tx, account, token, false); err != nil {
			return err
		}
		key.Name = asked.Name
		if err := tx.Create(&key).Error; err != nil {
			return taken(err)
		}
		return a.note(tx, account, PasskeyAdded)
	})
	if err != nil {
		return Done{}, err
	}
	return done, nil
}

// finishShowing checks a passkey that exists, and signs in or confirms.
func (a *Accounts) finishShowing(ctx context.Context, asked ceremonyRecord, data webauthn.SessionData, answer []byte, agent, token string) (Done, error) {
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return Done{}, refused(err)
	}
	done := Done{Purpose: asked.Purpose}
	err = a.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		u, credential, err := a.shown(tx, asked, data, parsed)
		if err != nil {
			return err
		}
		if credential.Authenticator.CloneWarning {
			// Passkeys that several devices share often count wrongly, so this
			// is worth a line and not a refusal (WebAuthn Level 3 §6.1.1).
			a.cfg.Log.Warn("a passkey counts backwards: it may have been copied")
		}
		stored, err := json.Marshal(credential)
		if err != nil {
			return err
		}
		err = tx.Model(&passkeyRecord{}).Where("id = ? AND account_id = ?", credential.ID, u.id[:]).
			Updates(map[string]any{"credential": stored, "last_used_at": a.now().Unix()}).Error
		if err != nil {
			return err
		}
		if asked.Purpose == Confirm {
			return a.freshen(tx, u.id, token, parsed.Response.AuthenticatorData.Flags.UserVerified())
		}
		opened, err := a.open(tx, u.id, agent, token, SignedIn, parsed.Response.AuthenticatorData.Flags.UserVerified())
		done.Opened = &opened
		return err
	})
	if err != nil {
		return Done{}, err
	}
	return done, nil
}

// shown checks the answer against the passkeys of the account it is about.
func (a *Accounts) shown(tx *gorm.DB, asked ceremonyRecord, data webauthn.SessionData, parsed *protocol.ParsedCredentialAssertionData) (user, *webauthn.Credential, error) {
	var u user
	var failure error
	find := func(_, handle []byte) (webauthn.User, error) {
		u, failure = a.user(tx, handle)
		if errors.Is(failure, gorm.ErrRecordNotFound) {
			failure = ErrUnknownPasskey
		}
		return u, failure
	}
	if asked.Purpose == Confirm {
		if _, err := find(nil, asked.AccountID); err != nil {
			return u, nil, err
		}
		credential, err := a.web.ValidateLogin(u, data, parsed)
		if err != nil {
			return u, nil, refused(err)
		}
		return u, credential, nil
	}
	credential, err := a.web.ValidateDiscoverableLogin(find, data, parsed)
	switch {
	case failure != nil:
		return u, nil, failure
	case err != nil && len(u.credentials) > 0 && !holds(u, parsed.RawID):
		return u, nil, fmt.Errorf("%w: %w", ErrUnknownPasskey, err)
	case err != nil:
		return u, nil, refused(err)
	}
	return u, credential, nil
}

func holds(u user, credential []byte) bool {
	for _, c := range u.credentials {
		if string(c.ID) == string(credential) {
			return true
		}
	}
	return false
}

// refused keeps go-webauthn's reason for the log.
func refused(err error) error {
	var detailed *protocol.Error
	if errors.As(err, &detailed) && detailed.DevInfo != "" {
		return fmt.Errorf("%w: %w (%s)", ErrPasskey, err, detailed.DevInfo)
	}
	return fmt.Errorf("%w: %w", ErrPasskey, err)
}

// taken: a credential id that another account has is no proof of anything.
func taken(err error) error {
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return ErrPasskey
	}
	return err
}
