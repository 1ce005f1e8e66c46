package app

import (
	"context"
	"fmt"
	"os"
	"time"

	"cairn/app/audit"
	"cairn/app/control"
	"cairn/chain/node"
	"cairn/chain/wallet"
)

// running is what the operator's commands may do with a running App.
type running struct{ *App }

var _ control.Running = running{}

// maxMine is how many blocks one command may mine.
const maxMine = 1000

// Status implements control.Running.
func (r running) Status(ctx context.Context) (control.Status, error) {
	status := control.Status{
		PID: os.Getpid(), Version: r.opts.Version, Network: r.cfg.Network,
		URL: r.url, Started: r.started, Engine: r.node.Status(),
	}
	if r.metricsSite != nil {
		status.Metrics = "http://" + reachable(r.metricsSite.Addr()) + "/metrics"
	}
	_, status.Leader = r.term.leading()
	tip := r.follower.Tip()
	status.TipHeight = tip.Height
	if header, err := r.follower.HeaderAt(ctx, tip.Height); err == nil {
		status.TipTime = header.Timestamp.UTC()
	}
	calendar, err := r.notary.Status(ctx)
	if err != nil {
		return status, err
	}
	status.Pending, status.Paused = calendar.Pending, calendar.Paused
	status.Till = r.tillStatus(ctx)
	return status, nil
}

// Mine implements control.Running.
func (r running) Mine(_ context.Context, n int) (control.Mined, error) {
	if r.devnet == nil {
		return control.Mined{}, fmt.Errorf("only the devnet can be mined on; this is %s", r.cfg.Network)
	}
	if n < 1 || n > maxMine {
		return control.Mined{}, fmt.Errorf("between 1 and %d blocks can be mined at a time", maxMine)
	}
	refs, err := r.devnet.Mine(n)
	if err != nil {
		return control.Mined{}, err
	}
	last := refs[len(refs)-1]
	return control.Mined{Height: last.Height, Hash: last.Hash.String()}, nil
}

// OperatorLink implements control.Running.
func (r running) OperatorLink(ctx context.Context) (control.Link, error) {
	token, expires, err := r.operators.Link(ctx, audit.Console)
	if err != nil {
		return control.Link{}, err
	}
	return control.Link{URL: r.cfg.Web.PublicURL + "/setup/" + token, Expires: expires}, nil
}

// createTime is how long the engine may take to be asked for a wallet.
const createTime = time.Minute

// CreateWallet implements control.Running.
func (r running) CreateWallet(ctx context.Context) (control.Words, error) {
	ctx, cancel := context.WithTimeout(ctx, createTime)
	defer cancel()
	words, err := r.node.Create(ctx, node.CreateOptions{})
	if err != nil && !r.node.Confirmed() {
		// Made before, and never confirmed: the same words once more.
		if stored, storedErr := r.node.Seed(); storedErr == nil {
			words, err = stored, nil
		}
	}
	if err != nil {
		return control.Words{}, err
	}
	return control.Words{Words: words, Ask: r.node.ConfirmQuestions()}, nil
}

// ConfirmWallet implements control.Running.
func (r running) ConfirmWallet(_ context.Context, c control.Confirmation) (control.Empty, error) {
	return control.Empty{}, r.node.Confirm(c.Words)
}

// Wallet implements control.Running.
func (r running) Wallet(ctx context.Context) (control.Wallet, error) {
	balance, err := r.wallet.Balance(ctx)
	if err != nil {
		return control.Wallet{}, err
	}
	address, err := r.wallet.NewAddress(ctx, wallet.P2TR)
	if err != nil {
		return control.Wallet{}, err
	}
	return control.Wallet{
		ConfirmedSat:   int64(balance.Fee + balance.Reserved + balance.Protected),
		UnconfirmedSat: int64(balance.Unconfirmed),
		Address:        address.String(),
	}, nil
}
