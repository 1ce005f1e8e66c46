package devnet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/mempool"
	"github.com/btcsuite/btcd/wire"
)

const (
	// ourServices is what we tell peers we serve: whole blocks, witnesses
	// (BIP-0144) and compact filters (BIP-0157).
	ourServices = wire.SFNodeNetwork | wire.SFNodeWitness | wire.SFNodeCF
	// minProtocol is the oldest protocol spoken (BIP-0037's version).
	minProtocol = wire.BIP0037Version
	userAgent   = "cairn-devnet"

	handshakeTimeout = 10 * time.Second
	writeTimeout     = 30 * time.Second
	pingInterval     = time.Minute
	// idleTimeout ends a connection whose peer answers no ping.
	idleTimeout = 3 * pingInterval
	// queueLength is how many answers may wait for a slow peer; the reader
	// then waits too, and nothing more is asked of the chain for it.
	queueLength = 8
	// maxPendingTxs is how many transactions may wait to be announced.
	maxPendingTxs = maxInventory
)

// peer is one connection. Two goroutines serve it: run reads and answers,
// write sends. What they share is the queue, and the fields under mu.
type peer struct {
	server *server
	conn   net.Conn
	id     uint64
	pver   uint32

	out  chan outgoing
	wake chan struct{} // something to announce; capacity 1
	quit chan struct{}
	once sync.Once

	mu           sync.Mutex
	ready        bool  // the handshake is done
	relayTxs     bool  // it wants transactions announced (BIP-0037)
	wantsHeaders bool  // announce blocks by headers (BIP-0130)
	minFee       int64 // satoshi per 1,000 vbytes (BIP-0133)
	txs          []chainhash.Hash
}

// outgoing is a message with the encoding it was asked for.
type outgoing struct {
	msg      wire.Message
	encoding wire.MessageEncoding
}

func newPeer(s *server, conn net.Conn, id uint64) *peer {
	return &peer{
		server: s, conn: conn, id: id, pver: wire.ProtocolVersion,
		out:  make(chan outgoing, queueLength),
		wake: make(chan struct{}, 1),
		quit: make(chan struct{}),
	}
}

// stop ends the connection; both goroutines notice.
func (p *peer) stop() {
	p.once.Do(func() {
		close(p.quit)
		p.conn.Close()
	})
}

// run serves the connection until it ends.
func (p *peer) run() {
	defer p.stop()
	log := p.server.chain.cfg.Log.With(slog.Uint64("peer", p.id))
	if err := p.handshake(); err != nil {
		log.Debug("devnet peer's handshake failed", slog.Any("error", err))
		return
	}
	log.Debug("devnet peer connected")
	var writer sync.WaitGroup
	writer.Go(p.write)
	err := p.read()
	p.stop()
	writer.Wait()
	log.Debug("devnet peer left", slog.Any("error", err))
}

// handshake receives a version, sends ours and our verack, and waits for
// theirs.
func (p *peer) handshake() error {
	p.conn.SetDeadline(time.Now().Add(handshakeTimeout))
	defer p.conn.SetDeadline(time.Time{})
	theirs, err := p.receiveVersion()
	if err != nil {
		return err
	}
	ours, err := p.ourVersion()
	if err != nil {
		return err
	}
	for _, msg := range []wire.Message{ours, wire.NewMsgVerAck()} {
		if err := p.send(outgoing{msg, wire.BaseEncoding}); err != nil {
			return err
		}
	}
	p.pver = min(p.pver, uint32(theirs.ProtocolVersion))
	for {
		msg, err := readMessage(p.conn, p.pver, p.magic())
		if err != nil {
			return err
		}
		switch msg := msg.(type) {
		case *wire.MsgVerAck:
			p.mu.Lock()
			p.ready, p.relayTxs = true, !theirs.DisableRelayTx
			p.mu.Unlock()
			return nil
		case *wire.MsgVersion:
			return errors.New("a second version message")
		case nil: // announcements of features we do not use
		default:
			return fmt.Errorf("message %q before the handshake was done", msg.Command())
		}
	}
}

func (p *peer) receiveVersion() (*wire.MsgVersion, error) {
	msg, err := readMessage(p.conn, p.pver, p.magic())
	if err != nil {
		return nil, err
	}
	version, ok := msg.(*wire.MsgVersion)
	if !ok {
		return nil, errors.New("the first message was not a version")
	}
	if version.ProtocolVersion < int32(minProtocol) {
		return nil, fmt.Errorf("protocol version %d is too old", version.ProtocolVersion)
	}
	return version, nil
}

func (p *peer) ourVersion() (*wire.MsgVersion, error) {
	c := p.server.chain
	var nonce [8]byte
	if _, err := io.ReadFull(c.cfg.Rand, nonce[:]); err != nil {
		return nil, fmt.Errorf("draw a nonce: %w", err)
	}
	us := wire.NewNetAddressIPPort(net.IPv4(127, 0, 0, 1), 0, ourServices)
	you := wire.NewNetAddressIPPort(net.IPv4(127, 0, 0, 1), 0, 0)
	version := wire.NewMsgVersion(us, you, binary.LittleEndian.Uint64(nonce[:]), c.chain.BestSnapshot().Height)
	version.Services = ourServices
	version.Timestamp = c.clock.AdjustedTime()
	if err := version.AddUserAgent(userAgent, "1.0"); err != nil {
		return nil, err
	}
	return version, nil
}

func (p *peer) magic() wire.BitcoinNet { return p.server.chain.params.Net }

// read answers one message after the other until the connection fails or the
// peer does something it must not.
func (p *peer) read() error {
	for {
		p.conn.SetReadDeadline(time.Now().Add(idleTimeout))
		msg, err := readMessage(p.conn, p.pver, p.magic())
		if err != nil {
			return err
		}
		if msg == nil {
			continue
		}
		if err := p.handle(msg); err != nil {
			return fmt.Errorf("message %q: %w", msg.Command(), err)
		}
	}
}

// reply queues an answer. It waits while the queue is full, so a peer that
// does not read is not served either.
func (p *peer) reply(msg wire.Message) error {
	return p.replyAs(msg, wire.LatestEncoding)
}

func (p *peer) replyAs(msg wire.Message, encoding wire.MessageEncoding) error {
	select {
	case p.out <- outgoing{msg, encoding}:
		return nil
	case <-p.quit:
		return net.ErrClosed
	}
}

// write sends the queued answers, announces what is new, and pings.
func (p *peer) write() {
	defer p.stop()
	announced := p.server.chain.chain.BestSnapshot().Hash
	pings := time.NewTicker(pingInterval)
	defer pings.Stop()
	if p.pver >= wire.FeeFilterVersion {
		if p.send(outgoing{wire.NewMsgFeeFilter(int64(minRelayFee)), wire.BaseEncoding}) != nil {
			return
		}
	}
	var pingNonce uint64
	for {
		var err error
		select {
		case <-p.quit:
			return
		case out := <-p.out:
			err = p.send(out)
		case <-pings.C:
			pingNonce++
			err = p.send(outgoing{wire.NewMsgPing(pingNonce), wire.BaseEncoding})
		case <-p.wake:
			announced, err = p.announce(announced)
		}
		if err != nil {
			return
		}
	}
}

// send writes one message to the connection.
func (p *peer) send(out outgoing) error {
	p.conn.SetWriteDeadline(time.Now().Add(writeTimeout))
	_, err := wire.WriteMessageWithEncodingN(p.conn, out.msg, p.pver, p.magic(), out.encoding)
	return err
}

// poke wakes the writer.
func (p *peer) poke() {
	select {
	case p.wake <- struct{}{}:
	default: // it is awake already
	}
}

// wantsTx reports whether a transaction of a fee rate (satoshi per 1,000
// vbytes) is to be announced to the peer.
func (p *peer) wantsTx(feePerKB int64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ready && p.relayTxs && feePerKB >= p.minFee
}

// queueTxs notes transactions to announce. Beyond the bound they are left out:
// relay is a courtesy.
func (p *peer) queueTxs(txids []chainhash.Hash) {
	p.mu.Lock()
	room := maxPendingTxs - len(p.txs)
	p.txs = append(p.txs, txids[:min(room, len(txids))]...)
	p.mu.Unlock()
	p.poke()
}

func (p *peer) tag() mempool.Tag { return mempool.Tag(p.id) }
