package web

import (
	"context"
	"time"

	"cairn/app/account"
	"cairn/app/webhook"
	"cairn/notary"
	"cairn/notary/vault"
)

// Accounts lets people in with passkeys; account.Accounts is one.
type Accounts interface {
	Site() account.Site
	Begin(ctx context.Context, purpose account.Purpose, who *account.Session, name string) (account.Ceremony, error)
	Finish(ctx context.Context, ceremony string, answer []byte, agent, token string) (account.Done, error)
	Recover(ctx context.Context, code, agent, old string) (account.Opened, error)
	NewRecovery(ctx context.Context, s account.Session) (string, error)

	Session(ctx context.Context, token string) (account.Session, error)
	Sessions(ctx context.Context, id account.ID) ([]account.Session, error)
	Leave(ctx context.Context, token string) error
	EndSession(ctx context.Context, id, session account.ID) error
	EndSessions(ctx context.Context, id account.ID) error

	Get(ctx context.Context, id account.ID) (account.Account, error)
	Rename(ctx context.Context, id account.ID, name string) error
	Delete(ctx context.Context, s account.Session) error
	Passkeys(ctx context.Context, id account.ID) ([]account.Passkey, error)
	RenamePasskey(ctx context.Context, id account.ID, passkey []byte, name string) error
	RemovePasskey(ctx context.Context, s account.Session, passkey []byte) error
}

// Vault keeps what accounts want to find again; vault.Vault is one.
type Vault interface {
	Keep(ctx context.Context, a vault.Account, entries []vault.Entry, group vault.ID) (vault.Kept, error)
	Import(ctx context.Context, a vault.Account, file []byte, name string, group vault.ID) (vault.ID, error)
	List(ctx context.Context, a vault.Account, q vault.Query) (vault.Page, error)
	Walk(ctx context.Context, a vault.Account, group vault.ID, visit func(vault.Item, []byte) error) error
	Item(ctx context.Context, a vault.Account, id vault.ID) (vault.Item, error)
	Find(ctx context.Context, a vault.Account, d notary.Digest) (vault.Item, error)
	File(ctx context.Context, a vault.Account, id vault.ID) (vault.Item, []byte, error)
	Edit(ctx context.Context, a vault.Account, id vault.ID, name, note string, group vault.ID) error
	Move(ctx context.Context, a vault.Account, items []vault.ID, group vault.ID) error
	Remove(ctx context.Context, a vault.Account, items []vault.ID) error

	Groups(ctx context.Context, a vault.Account) ([]vault.Group, error)
	MakeGroup(ctx context.Context, a vault.Account, name string) (vault.ID, error)
	RenameGroup(ctx context.Context, a vault.Account, group vault.ID, name string) error
	RemoveGroup(ctx context.Context, a vault.Account, group vault.ID) error

	Share(ctx context.Context, a vault.Account, item, group vault.ID, life time.Duration) (string, error)
	Shares(ctx context.Context, a vault.Account) ([]vault.Share, error)
	Unshare(ctx context.Context, a vault.Account, share vault.ID) error
	Open(ctx context.Context, token string, page int) (vault.Shared, error)
	OpenWalk(ctx context.Context, token string, visit func(vault.Item, []byte) error) error
}

// Webhooks tell the servers of accounts; webhook.Webhooks is one.
type Webhooks interface {
	Add(ctx context.Context, a webhook.Account, address string) (webhook.ID, string, error)
	Endpoints(ctx context.Context, a webhook.Account) ([]webhook.Endpoint, error)
	Remove(ctx context.Context, a webhook.Account, endpoint webhook.ID) error
	Deliveries(ctx context.Context, a webhook.Account, endpoint webhook.ID) ([]webhook.Delivery, error)
	SendTest(ctx context.Context, a webhook.Account, endpoint webhook.ID) error
	Replay(ctx context.Context, a webhook.Account, delivery webhook.ID) error
}
