package main

import (
	"context"
	"fmt"

	"cairn/app/cmd/cairn/buy"
	"cairn/app/cmd/cairn/terminal"
	"cairn/chain/node"
	"cairn/channels/amount"
	"cairn/channels/invoice"
	"cairn/channels/lightning"
	"cairn/channels/ln"
)

// openLnd reaches the lnd that --pay-with names.
func openLnd(ctx context.Context, address string) (buy.Wallet, func(), error) {
	where, err := buy.ParseLnd(address)
	if err != nil {
		return nil, nil, terminal.UsageError(err.Error())
	}
	conn, err := node.Dial(node.RemoteConfig{Host: where.Host, TLSCert: where.Cert, Macaroon: where.Macaroon})
	if err != nil {
		return nil, nil, fmt.Errorf("--pay-with: %w", err)
	}
	network, err := lightning.NetworkOf(ctx, conn)
	if err == nil {
		var own *lightning.Node
		if own, err = lightning.New(lightning.Config{Conn: conn, Network: network}); err == nil {
			return lnd{own}, func() { conn.Close() }, nil
		}
	}
	conn.Close()
	return nil, nil, fmt.Errorf("--pay-with: %w", err)
}

// lnd pays for the user.
type lnd struct{ *lightning.Node }

// Price implements buy.Wallet.
func (l lnd) Price(bolt11 string) (amount.MilliSatoshi, invoice.Hash, error) {
	in, err := l.Decode(bolt11)
	return in.Amount, in.Hash, err
}

// Pay implements buy.Wallet.
func (l lnd) Pay(ctx context.Context, bolt11 string, routing amount.MilliSatoshi) (buy.Paid, error) {
	p, err := l.Node.Pay(ctx, ln.Order{Invoice: bolt11, FeeLimit: routing})
	return buy.Paid{Preimage: p.Preimage, Routing: p.Fee}, err
}

// Track implements buy.Wallet.
func (l lnd) Track(ctx context.Context, hash invoice.Hash) (buy.Paid, error) {
	p, err := l.Node.Track(ctx, hash)
	return buy.Paid{Preimage: p.Preimage, Routing: p.Fee}, err
}
