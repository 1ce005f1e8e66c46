package web

import (
	"context"
	"io"
	"time"

	"cairn/app/audit"
	"cairn/app/operator"
	"cairn/app/payment"
	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
)

// Operators knows who runs this; operator.Operators is one. Claim uses a
// one-time link up and makes an account an operator's; Look uses one up and
// opens a session that may look and change nothing.
type Operators interface {
	Link(ctx context.Context, by string) (token string, expires time.Time, err error)
	Good(ctx context.Context, link string) (bool, error)
	Claim(ctx context.Context, link string, account [16]byte) error
	Look(ctx context.Context, link string) (session string, expires time.Time, err error)
	Session(ctx context.Context, session string) (bool, error)
	Leave(ctx context.Context, session string) error

	Is(ctx context.Context, account [16]byte) (bool, error)
	People(ctx context.Context) ([]operator.Person, error)
	Remove(ctx context.Context, account [16]byte, by string) error
}

// Audit is the audit log; audit.Log is one.
type Audit interface {
	Record(ctx context.Context, e audit.Event) error
	Entries(ctx context.Context, before int64, limit int) ([]audit.Entry, error)
	Last(ctx context.Context, what string) (audit.Entry, error)
	Stamps(ctx context.Context, limit int) ([]audit.Stamp, error)
	Stamp(ctx context.Context, every time.Duration, notary func(ctx context.Context, digest [32]byte) error) (bool, error)
	Verify(ctx context.Context) (audit.Standing, error)
	Export(ctx context.Context, w io.Writer) error
}

// Payments sends from the node's wallet and receives; payment.Payments is one.
type Payments interface {
	Draft(ctx context.Context, req payment.Request) (payment.ID, error)
	Get(ctx context.Context, id payment.ID) (payment.Payment, error)
	List(ctx context.Context, limit int) ([]payment.Payment, error)
	Speeds(ctx context.Context, id payment.ID, own chain.FeeRate) ([]payment.Speed, error)
	Confirm(ctx context.Context, id payment.ID, c payment.Choice) (payment.Payment, error)
	BumpRate(ctx context.Context, id payment.ID) (chain.FeeRate, btcutil.Amount, error)
	Bump(ctx context.Context, id payment.ID, rate chain.FeeRate, by string) (payment.Payment, error)
	Receive(ctx context.Context, label string) (payment.Receiving, error)
	Received(ctx context.Context, limit int) ([]payment.Receiving, error)
}
