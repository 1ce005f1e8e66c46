package devnet

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"

	"cairn/chain/rawtx"

	"github.com/btcsuite/btcd/wire"
)

const (
	// messageHead is the length of a P2P message's header: 4 bytes magic, 12
	// of command, 4 of payload length, 4 of checksum.
	messageHead = 24
	// maxInventory is how many items one inv or getdata may name here. The
	// protocol allows 50,000; a light client asks for a handful.
	maxInventory = 5_000
	// maxStray is the longest message we let pass unread.
	maxStray = 64 << 10
)

// maxPayload bounds each message we read, by command, in bytes. Anything else
// is skipped.
var maxPayload = map[string]uint32{
	wire.CmdVersion:      1_024,
	wire.CmdVerAck:       0,
	wire.CmdPing:         8,
	wire.CmdPong:         8,
	wire.CmdGetHeaders:   4 + 3 + (wire.MaxBlockLocatorsPerMsg+1)*32,
	wire.CmdGetBlocks:    4 + 3 + (wire.MaxBlockLocatorsPerMsg+1)*32,
	wire.CmdSendHeaders:  0,
	wire.CmdFeeFilter:    8,
	wire.CmdMemPool:      0,
	wire.CmdInv:          3 + maxInventory*36,
	wire.CmdGetData:      3 + maxInventory*36,
	wire.CmdTx:           400_000, // the heaviest standard transaction
	wire.CmdGetCFilters:  37,
	wire.CmdGetCFHeaders: 37,
	wire.CmdGetCFCheckpt: 33,
}

// readMessage reads one P2P message. A message of a kind we do not serve is
// skipped and comes back as nil. An error means the connection is of no more
// use.
func readMessage(r io.Reader, pver uint32, magic wire.BitcoinNet) (wire.Message, error) {
	var head [messageHead]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	if got := wire.BitcoinNet(binary.LittleEndian.Uint32(head[:4])); got != magic {
		return nil, fmt.Errorf("message of another network (%s)", got)
	}
	command := string(bytes.TrimRight(head[4:16], "\x00"))
	length := binary.LittleEndian.Uint32(head[16:20])
	limit, served := maxPayload[command]
	if !served {
		if length > maxStray {
			return nil, fmt.Errorf("stray message %q of %d bytes", command, length)
		}
		_, err := io.CopyN(io.Discard, r, int64(length))
		return nil, err
	}
	if length > limit {
		return nil, fmt.Errorf("message %q of %d bytes where %d are allowed", command, length, limit)
	}
	message := make([]byte, messageHead+length)
	copy(message, head[:])
	if _, err := io.ReadFull(r, message[messageHead:]); err != nil {
		return nil, err
	}
	if command == wire.CmdTx {
		if err := rawtx.Check(message[messageHead:]); err != nil {
			return nil, err
		}
	}
	_, msg, _, err := wire.ReadMessageWithEncodingN(bytes.NewReader(message), pver, magic, wire.LatestEncoding)
	if err != nil {
		return nil, err
	}
	return msg, nil
}
