package devnet

import (
	"github.com/btcsuite/btcd/blockchain"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// maxHeaderAnnouncement is how many new headers are announced directly to a
// peer that asked for it (BIP-0130); a longer gap is announced by its tip, and
// the peer asks for the headers.
const maxHeaderAnnouncement = 100

// announce tells the peer of the blocks that joined the best chain since the
// announced one, and of waiting transactions. It returns what is announced
// then.
func (p *peer) announce(announced chainhash.Hash) (chainhash.Hash, error) {
	c := p.server.chain
	c.mu.RLock() // wait for a reorganisation to be done
	tip := c.tip().Hash
	c.mu.RUnlock()
	if tip != announced {
		if err := p.announceBlocks(announced, tip); err != nil {
			return announced, err
		}
	}
	p.mu.Lock()
	txids := p.txs
	p.txs = nil
	p.mu.Unlock()
	if len(txids) == 0 {
		return tip, nil
	}
	inv := wire.NewMsgInvSizeHint(uint(len(txids)))
	for _, txid := range txids {
		if err := inv.AddInvVect(wire.NewInvVect(wire.InvTypeTx, &txid)); err != nil {
			return tip, err
		}
	}
	return tip, p.send(outgoing{inv, wire.BaseEncoding})
}

func (p *peer) announceBlocks(announced, tip chainhash.Hash) error {
	p.mu.Lock()
	byHeaders := p.wantsHeaders
	p.mu.Unlock()
	if byHeaders {
		headers := p.server.chain.headersAfter(announced)
		if len(headers) > 0 && len(headers) <= maxHeaderAnnouncement {
			return p.send(outgoing{headersMessage(headers), wire.BaseEncoding})
		}
	}
	inv := wire.NewMsgInvSizeHint(1)
	if err := inv.AddInvVect(wire.NewInvVect(wire.InvTypeBlock, &tip)); err != nil {
		return err
	}
	return p.send(outgoing{inv, wire.BaseEncoding})
}

// headersAfter are the best chain's headers above the point where a block the
// peer knows left it.
func (c *Chain) headersAfter(known chainhash.Hash) []wire.BlockHeader {
	c.mu.RLock()
	defer c.mu.RUnlock()
	for !c.chain.MainChainHasBlock(&known) {
		header, err := c.chain.HeaderByHash(&known)
		if err != nil {
			return nil
		}
		known = header.PrevBlock
	}
	return c.chain.LocateHeaders(blockchain.BlockLocator{&known}, &chainhash.Hash{})
}

func headersMessage(headers []wire.BlockHeader) *wire.MsgHeaders {
	msg := wire.NewMsgHeaders()
	for i := range headers {
		msg.Headers = append(msg.Headers, &headers[i])
	}
	return msg
}
