package devnet

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"testing"
	"time"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// fuzzCommands are what a fuzzed payload is sent as.
var fuzzCommands = []string{
	wire.CmdVersion, wire.CmdVerAck, wire.CmdPing, wire.CmdPong, wire.CmdGetHeaders, wire.CmdGetBlocks,
	wire.CmdSendHeaders, wire.CmdFeeFilter, wire.CmdMemPool, wire.CmdInv, wire.CmdGetData, wire.CmdTx,
	wire.CmdGetCFilters, wire.CmdGetCFHeaders, wire.CmdGetCFCheckpt, "block", "nonsense",
}

// frame makes a message with a correct header of a payload.
func frame(command string, payload []byte) []byte {
	head := make([]byte, messageHead)
	binary.LittleEndian.PutUint32(head, uint32(wire.TestNet))
	copy(head[4:16], command)
	binary.LittleEndian.PutUint32(head[16:], uint32(len(payload)))
	copy(head[20:], chainhash.DoubleHashB(payload)[:4])
	return append(head, payload...)
}

// FuzzPeer hands the message handler of a connected peer any bytes, as the
// payload of a message of its choice and as the stream itself: whatever they
// are, it answers or hangs up, and the chain stays as it was.
func FuzzPeer(f *testing.F) {
	c := openTest(f)
	at := tip(f, c)
	seed := func(index byte, msg wire.Message) {
		var payload bytes.Buffer
		if err := msg.BtcEncode(&payload, wire.ProtocolVersion, wire.WitnessEncoding); err != nil {
			f.Fatal(err)
		}
		f.Add(index, payload.Bytes())
	}
	headers := wire.NewMsgGetHeaders()
	headers.BlockLocatorHashes = []*chainhash.Hash{c.params.GenesisHash}
	blocks := wire.NewMsgGetBlocks(&at.Hash)
	blocks.BlockLocatorHashes = headers.BlockLocatorHashes
	data := wire.NewMsgGetData()
	data.InvList = inventory(wire.InvTypeWitnessBlock, at.Hash)
	inv := wire.NewMsgInv()
	inv.InvList = inventory(wire.InvTypeTx, at.Hash)
	seed(0, testVersion())
	seed(2, wire.NewMsgPing(1))
	seed(4, headers)
	seed(5, blocks)
	seed(7, wire.NewMsgFeeFilter(1))
	seed(9, inv)
	seed(10, data)
	seed(11, c.params.GenesisBlock.Transactions[0])
	seed(12, wire.NewMsgGetCFilters(wire.GCSFilterRegular, 0, &at.Hash))
	seed(13, wire.NewMsgGetCFHeaders(wire.GCSFilterRegular, 1, &at.Hash))
	seed(14, wire.NewMsgGetCFCheckpt(wire.GCSFilterRegular, &at.Hash))
	f.Add(byte(200), frame(wire.CmdPing, make([]byte, 8)))

	f.Fuzz(func(t *testing.T, index byte, payload []byte) {
		stream := payload
		if int(index) < len(fuzzCommands) {
			stream = frame(fuzzCommands[index], payload)
		}
		ours, theirs := net.Pipe()
		p := newPeer(c.p2p, theirs, 1)
		done := make(chan struct{})
		go func() {
			defer close(done)
			go p.write()
			p.read()
			p.stop()
		}()
		go io.Copy(io.Discard, ours)
		ours.SetWriteDeadline(time.Now().Add(5 * time.Second))
		ours.Write(stream)
		ours.Close()
		select {
		case <-done:
		case <-time.After(10 * time.Second):
			t.Fatal("the peer is stuck")
		}
		if now := tip(t, c); now != at {
			t.Fatalf("%v became %v", at, now)
		}
	})
}
