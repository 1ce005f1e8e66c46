package lightning

import (
	"context"
	"encoding/hex"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"cairn/channels/amount"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/lightningnetwork/lnd/lnrpc"
)

// defaultPort is where Lightning nodes listen unless they say otherwise (BOLT 1).
const defaultPort = "9735"

// PeerAddress is where another node is: its key, and a host and port. Host is
// empty when only the key was given.
type PeerAddress struct {
	Key  [33]byte
	Host string
}

// String is "key@host:port", or the key alone.
func (p PeerAddress) String() string {
	key := hex.EncodeToString(p.Key[:])
	if p.Host == "" {
		return key
	}
	return key + "@" + p.Host
}

// ParsePeer reads "key@host", "key@host:port" or a key alone, the key as 66
// hexadecimal digits of a point on the curve. A port left out is 9735. Errors:
// ErrPeerAddress.
func ParsePeer(text string) (PeerAddress, error) { return parseWithPort(text, defaultPort) }

func parseWithPort(text, port string) (PeerAddress, error) {
	var out PeerAddress
	key, host, hasHost := strings.Cut(strings.TrimSpace(text), "@")
	raw, err := hex.DecodeString(key)
	if err != nil || len(raw) != len(out.Key) {
		return PeerAddress{}, kindf(ErrPeerAddress, "a key of %d characters", len(key))
	}
	if _, err := btcec.ParsePubKey(raw); err != nil {
		return PeerAddress{}, fmt.Errorf("%w: %w", ErrPeerAddress, err)
	}
	out.Key = [33]byte(raw)
	if !hasHost {
		return out, nil
	}
	if out.Host, err = hostPort(host, port); err != nil {
		return PeerAddress{}, err
	}
	return out, nil
}

// hostPort checks a host with or without a port, and adds the port.
func hostPort(text, otherwise string) (string, error) {
	if len(text) == 0 || len(text) > 300 || strings.ContainsAny(text, " \t\r\n@/") {
		return "", kindf(ErrPeerAddress, "a host of %d characters", len(text))
	}
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		host, port = strings.Trim(text, "[]"), otherwise
		if strings.Contains(host, ":") && net.ParseIP(host) == nil {
			return "", kindf(ErrPeerAddress, "a host that is none")
		}
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 || host == "" {
		return "", kindf(ErrPeerAddress, "a port that is none")
	}
	return net.JoinHostPort(host, port), nil
}

// Peer is a node we are connected with.
type Peer struct {
	Key     [33]byte
	Address string
	// Alias is what it calls itself, or empty.
	Alias string
	// Inbound: it has called us.
	Inbound bool
	// Ping is how long an answer takes; 0 when not known.
	Ping time.Duration
	// Channels we have open with it.
	Channels int
	// Sent and Received went through its channels since they were opened.
	Sent, Received amount.MilliSatoshi
}

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
		at, err := ParsePeer(p.PubKey)
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

// Connect connects with another node and stays so across restarts; being
// connected already is no error. Errors: ErrPeerAddress, ErrUnreachable,
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

// Identity is how others find this node.
type Identity struct {
	Key   string
	Alias string
	// Addresses are "key@host:port", as announced; none when the node does not
	// listen.
	Addresses []string
	// Synced: the node has caught up with the chain, and SyncedGraph with the
	// public channels.
	Synced, SyncedGraph bool
	Height              uint32
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
