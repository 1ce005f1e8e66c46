package ln

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"cairn/channels/amount"

	"github.com/btcsuite/btcd/btcec/v2"
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

// hostPort checks a host with or without a port, and adds the port. A host is a
// name, or an address; one of IPv6 with a port stands in brackets.
func hostPort(text, otherwise string) (string, error) {
	if len(text) == 0 || len(text) > 300 || strings.ContainsAny(text, " \t\r\n@/") {
		return "", kindf(ErrPeerAddress, "a host of %d characters", len(text))
	}
	host, port := text, otherwise
	if at := strings.LastIndexByte(text, ':'); at >= 0 && !bareIPv6(text) && !strings.HasSuffix(text, "]") {
		host, port = text[:at], text[at+1:]
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 || strconv.FormatUint(n, 10) != port {
		return "", kindf(ErrPeerAddress, "a port that is none")
	}
	if bareIPv6(host) {
		host = "[" + host + "]"
	}
	inside := strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if inside == "" || strings.ContainsAny(inside, "[]") || inside != host && !bareIPv6(inside) || inside == host && strings.Contains(host, ":") {
		return "", kindf(ErrPeerAddress, "a host that is none")
	}
	return host + ":" + port, nil
}

func bareIPv6(text string) bool {
	addr, err := netip.ParseAddr(text)
	return err == nil && addr.Is6() && addr.Zone() == ""
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

// Tower is a watchtower: it holds, sealed, what it takes to punish a peer that
// sends an old state while this node is away.
type Tower struct {
	Key       [33]byte
	Addresses []string
	// Active: it is used for new channel states.
	Active bool
	// Sessions were agreed on; Backups were taken by the tower, and Waiting are
	// on their way.
	Sessions, Backups, Waiting int
}

// Watch is all towers together.
type Watch struct {
	// On: the node's watchtower client runs.
	On     bool
	Towers []Tower
	// Backups were taken, Waiting are on their way, Failed were refused.
	Backups, Waiting, Failed int
}

// ParseTower reads "key@host" or "key@host:port", the port 9911 when left out.
// Errors: ErrTowerAddress.
func ParseTower(text string) (PeerAddress, error) {
	p, err := parseWithPort(text, towerPort)
	if err != nil || p.Host == "" {
		return PeerAddress{}, kindf(ErrTowerAddress, "%d characters", len(text))
	}
	return p, nil
}

// towerPort is where lnd's watchtowers listen unless they say otherwise.
const towerPort = "9911"
