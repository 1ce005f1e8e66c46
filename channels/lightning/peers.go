package lightning

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"cairn/channels/amount"
	"cairn/channels/ln"

	"github.com/lightningnetwork/lnd/lnrpc"
)

// Peers lists who is connected. Errors: chain.ErrEngineDown.
func (n *Node) Peers(ctx context.Context) ([]Peer, error) {
	answer, err := n.lnd.ListPeers(ctx, &lnrpc.ListPeersRequest{})
	if err != nil {
		return nil, kindOf("list the node's peers", err)
	}
	channels, err := n.Channels(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]Peer, 0, len(answer.Peers))
	for _, p := range answer.Peers {
		at, err := ln.ParsePeer(p.PubKey)
		if err != nil {
			return nil, fmt.Errorf("read the key of a peer: %w", err)
		}
		peer := Peer{
			Key: at.Key, Address: p.Address, Inbound: p.Inbound, Ping: time.Duration(max(p.PingTime, 0)) * time.Microsecond,
			Sent: milli(p.SatSent), Received: milli(p.SatRecv),
		}
		for _, c := range channels {
			if string(c.Peer) == string(at.Key[:]) {
				peer.Channels++
				peer.Alias = c.Alias
			}
		}
		out = append(out, peer)
	}
	return out, nil
}

// milli is what lnd says in satoshi; below zero and beyond all money it is none.
func milli(sat int64) amount.MilliSatoshi {
	if sat < 0 || sat > int64(amount.Max/amount.PerSatoshi) {
		return 0
	}
	return amount.MilliSatoshi(sat) * amount.PerSatoshi
}

// connectTimeout is how long another node may take to answer.
const connectTimeout = 15 * time.Second

// Connect connects with another node; being connected already is no error. lnd
// keeps up connections with those it shares channels with by itself. Errors: ErrPeerAddress, ErrUnreachable,
// chain.ErrEngineDown.
func (n *Node) Connect(ctx context.Context, p PeerAddress) error {
	if p.Host == "" {
		return kindf(ErrPeerAddress, "it has no host")
	}
	ctx, cancel := context.WithTimeout(ctx, connectTimeout+5*time.Second)
	defer cancel()
	_, err := n.lnd.ConnectPeer(ctx, &lnrpc.ConnectPeerRequest{
		Addr:    &lnrpc.LightningAddress{Pubkey: hex.EncodeToString(p.Key[:]), Host: p.Host},
		Timeout: uint64(connectTimeout / time.Second),
	})
	if err == nil || strings.Contains(err.Error(), "already connected to peer") {
		return nil
	}
	err = kindOf("connect with a peer", err)
	if unnamed(err) {
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	return err
}

// Disconnect ends the connection with a node. Errors: ErrPeerAway,
// ErrHasChannels, chain.ErrEngineDown.
func (n *Node) Disconnect(ctx context.Context, key [33]byte) error {
	_, err := n.lnd.DisconnectPeer(ctx, &lnrpc.DisconnectPeerRequest{PubKey: hex.EncodeToString(key[:])})
	return kindOf("disconnect from a peer", err)
}

// Identity asks the node who it is. Errors: chain.ErrEngineDown.
func (n *Node) Identity(ctx context.Context) (Identity, error) {
	info, err := n.lnd.GetInfo(ctx, &lnrpc.GetInfoRequest{})
	if err != nil {
		return Identity{}, kindOf("ask the node who it is", err)
	}
	return Identity{
		Key: info.IdentityPubkey, Alias: info.Alias, Addresses: info.Uris,
		Synced: info.SyncedToChain, SyncedGraph: info.SyncedToGraph, Height: info.BlockHeight,
	}, nil
}
