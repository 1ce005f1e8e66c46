package devnet

import (
	"bytes"
	"encoding/binary"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/btcsuite/btcd/btcutil/gcs/builder"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// client is the other end of a P2P connection, made of the wire package alone.
type client struct {
	t    testing.TB
	conn net.Conn
}

// dial connects without saying anything yet.
func dial(t testing.TB, c *Chain) *client {
	t.Helper()
	conn, err := net.Dial("tcp", c.P2PAddr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &client{t, conn}
}

// connect does the handshake as a light client does.
func connect(t testing.TB, c *Chain, change ...func(*wire.MsgVersion)) *client {
	t.Helper()
	p := dial(t, c)
	p.send(testVersion(change...))
	version := expect[*wire.MsgVersion](p)
	if version.Services != ourServices || version.LastBlock != tip(t, c).Height || version.ProtocolVersion < 70012 {
		t.Fatalf("version %+v", version)
	}
	p.send(wire.NewMsgSendAddrV2())
	p.send(wire.NewMsgVerAck())
	expect[*wire.MsgVerAck](p)
	return p
}

func testVersion(change ...func(*wire.MsgVersion)) *wire.MsgVersion {
	local := wire.NewNetAddressIPPort(net.IPv4(127, 0, 0, 1), 0, 0)
	version := wire.NewMsgVersion(local, local, 42, 0)
	for _, change := range change {
		change(version)
	}
	return version
}

func (p *client) send(msg wire.Message) {
	p.t.Helper()
	_, err := wire.WriteMessageWithEncodingN(p.conn, msg, wire.ProtocolVersion, wire.TestNet, wire.WitnessEncoding)
	if err != nil {
		p.t.Fatal(err)
	}
}

// receive is the next message, or nil when the connection ended.
func (p *client) receive() wire.Message {
	p.t.Helper()
	p.conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	_, msg, _, err := wire.ReadMessageWithEncodingN(p.conn, wire.ProtocolVersion, wire.TestNet, wire.LatestEncoding)
	if err, ok := err.(net.Error); ok && err.Timeout() {
		p.t.Fatal("no message within 10 s")
	}
	if err != nil {
		return nil
	}
	return msg
}

// expect is the next message of a kind, others passed over.
func expect[M wire.Message](p *client) M {
	p.t.Helper()
	for {
		msg := p.receive()
		if msg, ok := msg.(M); ok {
			return msg
		}
		if msg == nil {
			var want M
			p.t.Fatalf("the connection ended where %T was expected", want)
		}
	}
}

// expectEnd waits for the devnet to hang up.
func (p *client) expectEnd() {
	p.t.Helper()
	for p.receive() != nil {
	}
}

// sync waits until everything sent before was handled, and returns what came
// in answer.
func (p *client) sync() []wire.Message {
	p.t.Helper()
	p.send(wire.NewMsgPing(4711))
	var got []wire.Message
	for {
		msg := p.receive()
		if pong, ok := msg.(*wire.MsgPong); ok && pong.Nonce == 4711 {
			return got
		}
		if msg == nil {
			p.t.Fatal("the connection ended")
		}
		if _, ok := msg.(*wire.MsgFeeFilter); !ok {
			got = append(got, msg)
		}
	}
}

func inventory(kind wire.InvType, hashes ...chainhash.Hash) []*wire.InvVect {
	var list []*wire.InvVect
	for _, hash := range hashes {
		list = append(list, wire.NewInvVect(kind, &hash))
	}
	return list
}

// TestServeHistory asks for what a light client syncs from, on a chain of more
// than one batch of it.
func TestServeHistory(t *testing.T) {
	t.Parallel()
	c := openTest(t)
	mine(t, c, 1_900)
	pay(t, c, newTestKey(t).p2tr)
	mine(t, c, 1)
	t.Run("headers", func(t *testing.T) { testServeHeaders(t, c) })
	t.Run("filters", func(t *testing.T) { testServeFilters(t, c) })
}

func testServeHeaders(t *testing.T, c *Chain) {
	p := connect(t, c)
	// From nothing known: the first 2,000; then the rest; then none.
	get := wire.NewMsgGetHeaders()
	get.ProtocolVersion = wire.ProtocolVersion
	prev := *c.params.GenesisHash
	for _, want := range []int{2_000, int(tip(t, c).Height) - 2_000, 0} {
		get.BlockLocatorHashes = []*chainhash.Hash{{1, 2, 3}, &prev}
		p.send(get)
		headers := expect[*wire.MsgHeaders](p).Headers
		if len(headers) != want {
			t.Fatalf("%d headers, not %d", len(headers), want)
		}
		for _, header := range headers {
			if header.PrevBlock != prev {
				t.Fatal("the headers are not chained")
			}
			prev = header.BlockHash()
		}
	}
	if prev != tip(t, c).Hash {
		t.Fatal("the headers do not lead to the tip")
	}
	// One by its hash, and up to a hash.
	get.BlockLocatorHashes, get.HashStop = nil, prev
	p.send(get)
	if headers := expect[*wire.MsgHeaders](p).Headers; len(headers) != 1 || headers[0].BlockHash() != prev {
		t.Error("a single header:", headers)
	}
	tenth, _ := c.HashAt(t.Context(), 10)
	get.BlockLocatorHashes, get.HashStop = []*chainhash.Hash{c.params.GenesisHash}, tenth
	p.send(get)
	if headers := expect[*wire.MsgHeaders](p).Headers; len(headers) != 10 || headers[9].BlockHash() != tenth {
		t.Error("headers up to a hash:", len(headers))
	}
	blocks := wire.NewMsgGetBlocks(&tenth)
	blocks.BlockLocatorHashes = []*chainhash.Hash{c.params.GenesisHash}
	p.send(blocks)
	if inv := expect[*wire.MsgInv](p); len(inv.InvList) != 10 || inv.InvList[9].Hash != tenth {
		t.Error("getblocks:", inv)
	}
}

func TestServeData(t *testing.T) {
	c := openTest(t)
	key := newTestKey(t)
	mined := pay(t, c, key.p2tr)
	block := mine(t, c, 1)[0]
	waiting := pay(t, c, key.p2wpkh)
	p := connect(t, c)

	get := wire.NewMsgGetData()
	get.InvList = inventory(wire.InvTypeWitnessBlock, block.Hash)
	p.send(get)
	whole := expect[*wire.MsgBlock](p)
	if whole.BlockHash() != block.Hash || !whole.Transactions[1].HasWitness() {
		t.Error("the block with witnesses")
	}
	get.InvList = inventory(wire.InvTypeBlock, block.Hash)
	p.send(get)
	stripped := expect[*wire.MsgBlock](p)
	if stripped.BlockHash() != block.Hash || stripped.Transactions[1].HasWitness() {
		t.Error("the block without witnesses")
	}
	get.InvList = inventory(wire.InvTypeWitnessTx, waiting.txid())
	p.send(get)
	if tx := expect[*wire.MsgTx](p); tx.TxHash() != waiting.txid() || !tx.HasWitness() {
		t.Error("the transaction with witnesses")
	}
	get.InvList = inventory(wire.InvTypeTx, waiting.txid())
	p.send(get)
	if tx := expect[*wire.MsgTx](p); tx.TxHash() != waiting.txid() || tx.HasWitness() {
		t.Error("the transaction without witnesses")
	}
	// What is not in the mempool, unknown, or of another kind is not found.
	get.InvList = slices.Concat(
		inventory(wire.InvTypeTx, mined.txid()),
		inventory(wire.InvTypeWitnessBlock, chainhash.Hash{9}),
		inventory(wire.InvTypeFilteredBlock, block.Hash),
	)
	p.send(get)
	if missing := expect[*wire.MsgNotFound](p); len(missing.InvList) != 3 {
		t.Error(missing)
	}
	p.send(wire.NewMsgMemPool())
	if inv := expect[*wire.MsgInv](p); len(inv.InvList) != 1 || inv.InvList[0].Hash != waiting.txid() {
		t.Error("mempool:", inv)
	}
}

func testServeFilters(t *testing.T, c *Chain) {
	last := tip(t, c)
	p := connect(t, c)

	// Filter hashes in batches chain up, header by header, to the checkpoints.
	headers := map[int32]chainhash.Hash{}
	var prev chainhash.Hash
	for start := int32(0); start <= last.Height; start += 2_000 {
		stop, err := c.HashAt(t.Context(), min(start+1_999, last.Height))
		if err != nil {
			t.Fatal(err)
		}
		p.send(wire.NewMsgGetCFHeaders(wire.GCSFilterRegular, uint32(start), &stop))
		batch := expect[*wire.MsgCFHeaders](p)
		if batch.PrevFilterHeader != prev || batch.StopHash != stop {
			t.Fatalf("the batch from %d does not join", start)
		}
		for i, hash := range batch.FilterHashes {
			prev = chainhash.DoubleHashH(append(hash.CloneBytes(), prev[:]...))
			headers[start+int32(i)] = prev
		}
	}
	if len(headers) != int(last.Height)+1 {
		t.Fatalf("%d filter headers", len(headers))
	}
	p.send(wire.NewMsgGetCFCheckpt(wire.GCSFilterRegular, &last.Hash))
	points := expect[*wire.MsgCFCheckpt](p).FilterHeaders
	if len(points) != 2 || *points[0] != headers[1_000] || *points[1] != headers[2_000] {
		t.Errorf("checkpoints %v", points)
	}

	// The newest filter is the one BIP-0158 defines, and finds the payment.
	p.send(wire.NewMsgGetCFilters(wire.GCSFilterRegular, uint32(last.Height)-2, &last.Hash))
	var filter *wire.MsgCFilter
	for range 3 {
		filter = expect[*wire.MsgCFilter](p)
	}
	block, err := c.Block(t.Context(), last.Hash)
	if err != nil {
		t.Fatal(err)
	}
	want, err := builder.BuildBasicFilter(block, [][]byte{c.faucet.script})
	if err != nil {
		t.Fatal(err)
	}
	if raw, _ := want.NBytes(); filter.BlockHash != last.Hash || !bytes.Equal(raw, filter.Data) {
		t.Error("another filter than BIP-0158's")
	}

	// What cannot be answered is not, and the connection goes on.
	p.send(wire.NewMsgGetCFilters(wire.FilterType(7), 0, &last.Hash))
	p.send(wire.NewMsgGetCFHeaders(wire.FilterType(7), 0, &last.Hash))
	p.send(wire.NewMsgGetCFCheckpt(wire.FilterType(7), &last.Hash))
	p.send(wire.NewMsgGetCFilters(wire.GCSFilterRegular, 0, &last.Hash)) // more than 1,000
	p.send(wire.NewMsgGetCFHeaders(wire.GCSFilterRegular, 5, &chainhash.Hash{1}))
	p.send(wire.NewMsgGetCFHeaders(wire.GCSFilterRegular, 1<<31, &last.Hash))
	p.send(wire.NewMsgGetCFCheckpt(wire.GCSFilterRegular, &chainhash.Hash{1}))
	if _, err := c.Reorg(1); err != nil {
		t.Fatal(err)
	}
	p.send(wire.NewMsgGetCFilters(wire.GCSFilterRegular, uint32(last.Height), &last.Hash)) // stale
	p.send(wire.NewMsgGetCFHeaders(wire.GCSFilterRegular, uint32(last.Height), &last.Hash))
	for _, msg := range p.sync() {
		if strings.HasPrefix(msg.Command(), "cf") {
			t.Errorf("answered with %s", msg.Command())
		}
	}
}

func TestAnnounceBlocks(t *testing.T) {
	c := openTest(t)
	byInv, byHeaders := connect(t, c), connect(t, c)
	byHeaders.send(wire.NewMsgSendHeaders())
	byHeaders.sync()
	byInv.sync()
	ref := mine(t, c, 1)[0]
	if inv := expect[*wire.MsgInv](byInv); inv.InvList[0].Hash != ref.Hash || inv.InvList[0].Type != wire.InvTypeBlock {
		t.Error(inv)
	}
	if headers := expect[*wire.MsgHeaders](byHeaders).Headers; len(headers) != 1 || headers[0].BlockHash() != ref.Hash {
		t.Error(headers)
	}
	refs, err := c.Reorg(4)
	if err != nil {
		t.Fatal(err)
	}
	if inv := expect[*wire.MsgInv](byInv); inv.InvList[0].Hash != refs[4].Hash {
		t.Error(inv)
	}
	headers := expect[*wire.MsgHeaders](byHeaders).Headers
	if len(headers) != 5 {
		t.Fatalf("%d headers for a reorganisation of 4 blocks", len(headers))
	}
	for i, header := range headers {
		if header.BlockHash() != refs[i].Hash {
			t.Errorf("header %d is not of the new branch", i)
		}
	}
	// Too many at once: the tip, and the peer asks.
	refs = mine(t, c, minedBatch)
	if inv := expect[*wire.MsgInv](byHeaders); inv.InvList[0].Hash != refs[minedBatch-1].Hash {
		t.Error(inv)
	}
}

func TestRelayTxs(t *testing.T) {
	c := openTest(t)
	key := newTestKey(t)
	coin := pay(t, c, key.p2wpkh)
	mine(t, c, 1)
	sender, hearer := connect(t, c), connect(t, c)
	quiet := connect(t, c, func(v *wire.MsgVersion) { v.DisableRelayTx = true })
	choosy := connect(t, c)
	choosy.send(wire.NewMsgFeeFilter(1_000_000))
	for _, p := range []*client{sender, hearer, quiet, choosy} {
		p.sync()
	}

	parent := key.spend(t, c, coin.txid(), 90_000)
	if err := c.Submit(parent); err != nil { // only so that the child can be built
		t.Fatal(err)
	}
	child := key.spend(t, c, parent.TxHash(), 80_000)
	if _, err := c.Reorg(1, WithoutTx(parent.TxHash())); err != nil {
		t.Fatal(err)
	}
	for _, p := range []*client{sender, hearer} {
		p.sync()
	}
	if c.InMempool(parent.TxHash()) {
		t.Fatal("still there")
	}

	// inv, getdata, tx; the child first, as an orphan.
	inv := wire.NewMsgInv()
	inv.InvList = inventory(wire.InvTypeTx, child.TxHash(), parent.TxHash())
	sender.send(inv)
	get := expect[*wire.MsgGetData](sender)
	if len(get.InvList) != 2 || get.InvList[0].Type != wire.InvTypeWitnessTx {
		t.Fatal(get)
	}
	sender.send(child)
	if msgs := sender.sync(); len(msgs) != 0 {
		t.Error("an orphan was answered with", msgs[0].Command())
	}
	if c.InMempool(child.TxHash()) {
		t.Error("an orphan is in the mempool")
	}
	sender.send(parent)
	for _, msg := range sender.sync() {
		if reject, ok := msg.(*wire.MsgReject); ok {
			t.Error(reject.Hash, reject.Reason)
		}
	}
	if !c.InMempool(parent.TxHash()) || !c.InMempool(child.TxHash()) {
		t.Fatal("not accepted")
	}
	heard := map[chainhash.Hash]bool{}
	for len(heard) < 2 {
		for _, item := range expect[*wire.MsgInv](hearer).InvList {
			if item.Type == wire.InvTypeTx {
				heard[item.Hash] = true
			}
		}
	}
	if !heard[parent.TxHash()] || !heard[child.TxHash()] {
		t.Error("relayed", heard)
	}
	for name, p := range map[string]*client{"quiet": quiet, "choosy": choosy} {
		for _, msg := range p.sync() {
			if inv, ok := msg.(*wire.MsgInv); ok && inv.InvList[0].Type == wire.InvTypeTx {
				t.Errorf("the %s peer heard of a transaction", name)
			}
		}
	}

	// Again: no complaint. A bad one: a reject that names it.
	sender.send(parent)
	for _, msg := range sender.sync() {
		if _, ok := msg.(*wire.MsgReject); ok {
			t.Error("a known transaction was rejected")
		}
	}
	bad := key.spend(t, c, child.TxHash(), 70_000)
	bad.TxIn[0].Witness[0][20] ^= 1
	sender.send(bad)
	if reject := expect[*wire.MsgReject](sender); reject.Hash != bad.TxHash() || reject.Cmd != wire.CmdTx || reject.Code != wire.RejectInvalid {
		t.Error(reject)
	}
	late := key.spend(t, c, child.TxHash(), 70_000)
	c.maxWaiting = 0
	sender.send(late)
	if reject := expect[*wire.MsgReject](sender); reject.Hash != late.TxHash() || reject.Code != wire.RejectInsufficientFee {
		t.Error(reject)
	}
	c.maxWaiting = maxWaiting
	mine(t, c, 1)
	sender.send(parent)
	if reject := expect[*wire.MsgReject](sender); reject.Code != wire.RejectDuplicate {
		t.Error(reject)
	}
}

// Peers that break the protocol, or try to have much stored, lose their
// connection; nobody else notices.
func TestHostilePeers(t *testing.T) {
	c := openTest(t)
	good := connect(t, c)
	raw := func(magic wire.BitcoinNet, command string, length uint32, payload []byte) []byte {
		head := make([]byte, messageHead)
		binary.LittleEndian.PutUint32(head, uint32(magic))
		copy(head[4:16], command)
		binary.LittleEndian.PutUint32(head[16:], length)
		copy(head[20:], chainhash.DoubleHashB(payload)[:4])
		return append(head, payload...)
	}
	bomb := []byte{2, 0, 0, 0, 0xfe, 0x00, 0x00, 0x0c, 0x00} // a transaction of 786,432 inputs, in 9 bytes
	before := map[string]func(p *client){
		"silence is no version": func(p *client) { p.send(wire.NewMsgVerAck()) },
		"an old protocol":       func(p *client) { p.send(testVersion(func(v *wire.MsgVersion) { v.ProtocolVersion = 60000 })) },
		"another network":       func(p *client) { p.conn.Write(raw(wire.MainNet, "version", 0, nil)) },
		"a second version": func(p *client) {
			p.send(testVersion())
			p.send(testVersion())
		},
		"early requests": func(p *client) {
			p.send(testVersion())
			p.send(wire.NewMsgMemPool())
		},
		"half a header": func(p *client) {
			p.conn.Write([]byte{1, 2, 3})
			p.conn.(*net.TCPConn).CloseWrite()
		},
	}
	for name, attack := range before {
		t.Run(name, func(t *testing.T) {
			p := dial(t, c)
			p.t = t
			attack(p)
			p.expectEnd()
		})
	}
	after := map[string]func(p *client){
		"a version again":   func(p *client) { p.send(testVersion()) },
		"a huge payload":    func(p *client) { p.conn.Write(raw(wire.TestNet, "tx", 1<<31, nil)) },
		"a huge stray":      func(p *client) { p.conn.Write(raw(wire.TestNet, "block", 1<<20, nil)) },
		"a wrong checksum":  func(p *client) { p.conn.Write(append(raw(wire.TestNet, "ping", 8, nil), make([]byte, 8)...)) },
		"a payload short":   func(p *client) { p.conn.Write(raw(wire.TestNet, "ping", 4, []byte{1, 2, 3, 4})) },
		"an allocation":     func(p *client) { p.conn.Write(raw(wire.TestNet, "tx", uint32(len(bomb)), bomb)) },
		"endless inventory": func(p *client) { p.conn.Write(raw(wire.TestNet, "inv", 3+36*maxInventory+1, nil)) },
	}
	for name, attack := range after {
		t.Run(name, func(t *testing.T) {
			p := connect(t, c)
			p.t = t
			attack(p)
			p.expectEnd()
		})
	}
	good.sync()
	waitFor(t, "the hostile peers are forgotten", func() bool { return c.Peers() == 1 })
}

func TestMaxPeers(t *testing.T) {
	c := openAt(t, Config{Dir: t.TempDir(), MaxPeers: 2})
	first, second := connect(t, c), connect(t, c)
	dial(t, c).expectEnd()
	first.conn.Close()
	waitFor(t, "a place is free", func() bool { return c.Peers() == 1 })
	connect(t, c).sync()
	second.sync()
}

// A peer that asks for much and reads nothing costs a bounded queue, and does
// not keep the devnet from closing.
func TestPeerThatDoesNotRead(t *testing.T) {
	t.Parallel()
	c := openTest(t)
	p := connect(t, c)
	get := wire.NewMsgGetData()
	for range maxInventory {
		get.InvList = append(get.InvList, inventory(wire.InvTypeWitnessBlock, tip(t, c).Hash)...)
	}
	p.conn.SetWriteDeadline(time.Now().Add(time.Second))
	for range 1_000 {
		if err := wire.WriteMessage(p.conn, get, wire.ProtocolVersion, wire.TestNet); err != nil {
			break // the devnet has stopped reading from us, as it should
		}
	}
	connect(t, c).sync()
	start := time.Now()
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > writeTimeout/2 {
		t.Errorf("closing took %v", took)
	}
}
