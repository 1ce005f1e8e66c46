package web

import (
	"context"

	"cairn/assets"
	"cairn/assets/guard"
)

// GuardDeps are what the page that looks at transactions is made of.
type GuardDeps struct {
	Guard Guard
	// Name is what an asset is called, and how many decimals its units have; empty
	// for one that nobody has defined.
	Name func(ctx context.Context, id assets.ID) (short string, decimals int)
}

// Guard judges transactions; guard.Guard is one.
type Guard interface {
	Judge(ctx context.Context, s guard.Subject) (guard.Report, error)
	Colored(ctx context.Context, scripts [][]byte) ([]guard.Frozen, error)
}
