package devnet

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/mempool"
)

// server is the P2P side: it takes connections on loopback and serves the
// chain to light clients. It never connects anywhere.
type server struct {
	chain    *Chain
	listener net.Listener
	wg       sync.WaitGroup

	mu     sync.Mutex
	closed bool
	peers  map[*peer]struct{}
	nextID uint64
}

// listen opens the P2P port. The devnet has no access control, so only
// loopback addresses are allowed.
func listen(c *Chain) (*server, error) {
	host, _, err := net.SplitHostPort(c.cfg.Listen)
	if err != nil {
		return nil, fmt.Errorf("the P2P address %q: %w", c.cfg.Listen, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("the P2P address %q is not on loopback", c.cfg.Listen)
	}
	listener, err := net.Listen("tcp", c.cfg.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen for P2P connections: %w", err)
	}
	s := &server{chain: c, listener: listener, peers: map[*peer]struct{}{}}
	s.wg.Go(s.accept)
	return s, nil
}

// P2PAddr is the address light clients connect to, "127.0.0.1:port".
func (c *Chain) P2PAddr() string { return c.p2p.listener.Addr().String() }

// Peers is how many light clients are connected.
func (c *Chain) Peers() int {
	c.p2p.mu.Lock()
	defer c.p2p.mu.Unlock()
	return len(c.p2p.peers)
}

func (s *server) accept() {
	for {
		conn, err := s.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			s.chain.cfg.Log.Warn("devnet could not accept a connection", slog.Any("error", err))
			continue
		}
		p := s.admit(conn)
		if p == nil {
			conn.Close()
			continue
		}
		s.wg.Go(func() {
			defer s.forget(p)
			p.run()
		})
	}
}

// admit makes a peer of a connection, or nil when there are enough.
func (s *server) admit(conn net.Conn) *peer {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || len(s.peers) >= s.chain.cfg.MaxPeers {
		return nil
	}
	s.nextID++
	p := newPeer(s, conn, s.nextID)
	s.peers[p] = struct{}{}
	return p
}

func (s *server) forget(p *peer) {
	s.mu.Lock()
	delete(s.peers, p)
	s.mu.Unlock()
	s.chain.pool.RemoveOrphansByTag(mempool.Tag(p.id))
}

// announceTip wakes every peer's writer to announce the new blocks.
func (s *server) announceTip() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for p := range s.peers {
		p.poke()
	}
}

// announceTxs queues new transactions for the peers that want to hear of them.
func (s *server) announceTxs(descs []*mempool.TxDesc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for p := range s.peers {
		var txids []chainhash.Hash
		for _, desc := range descs {
			if p.wantsTx(desc.FeePerKB) {
				txids = append(txids, *desc.Tx.Hash())
			}
		}
		if len(txids) > 0 {
			p.queueTxs(txids)
		}
	}
}

// close ends the listener and every connection, and waits for them.
func (s *server) close() {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	s.closed = true
	s.listener.Close()
	for p := range s.peers {
		p.stop()
	}
	s.mu.Unlock()
	s.wg.Wait()
}
