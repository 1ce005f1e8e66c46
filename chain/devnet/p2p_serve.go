package devnet

import (
	"context"
	"errors"

	"cairn/chain"

	"github.com/btcsuite/btcd/mempool"
	"github.com/btcsuite/btcd/wire"
)

// handle answers one message. A request for something we do not have is left
// unanswered or answered with notfound, as the protocol has it; an error means
// that the peer is not worth talking to.
func (p *peer) handle(msg wire.Message) error {
	switch msg := msg.(type) {
	case *wire.MsgPing:
		return p.reply(wire.NewMsgPong(msg.Nonce))
	case *wire.MsgPong:
		return nil // reading it was enough: the connection lives
	case *wire.MsgGetHeaders:
		return p.serveHeaders(msg)
	case *wire.MsgGetBlocks:
		return p.serveBlockHashes(msg)
	case *wire.MsgGetData:
		return p.serveData(msg)
	case *wire.MsgInv:
		return p.askForTxs(msg)
	case *wire.MsgTx:
		return p.takeTx(msg)
	case *wire.MsgMemPool:
		return p.serveMempool()
	case *wire.MsgGetCFilters:
		return p.serveFilters(msg)
	case *wire.MsgGetCFHeaders:
		return p.serveFilterHeaders(msg)
	case *wire.MsgGetCFCheckpt:
		return p.serveFilterCheckpoints(msg)
	case *wire.MsgSendHeaders:
		p.mu.Lock()
		p.wantsHeaders = true
		p.mu.Unlock()
		return nil
	case *wire.MsgFeeFilter:
		p.mu.Lock()
		p.minFee = max(0, msg.MinFee)
		p.mu.Unlock()
		return nil
	}
	return errors.New("not expected after the handshake")
}

// serveHeaders answers getheaders, with no headers where there are none newer.
func (p *peer) serveHeaders(msg *wire.MsgGetHeaders) error {
	c := p.server.chain
	c.mu.RLock()
	headers := c.chain.LocateHeaders(msg.BlockLocatorHashes, &msg.HashStop)
	c.mu.RUnlock()
	return p.reply(headersMessage(headers))
}

// serveBlockHashes answers getblocks, the way of clients from before headers
// came first.
func (p *peer) serveBlockHashes(msg *wire.MsgGetBlocks) error {
	c := p.server.chain
	c.mu.RLock()
	hashes := c.chain.LocateBlocks(msg.BlockLocatorHashes, &msg.HashStop, wire.MaxBlocksPerMsg)
	c.mu.RUnlock()
	if len(hashes) == 0 {
		return nil
	}
	inv := wire.NewMsgInvSizeHint(uint(len(hashes)))
	for i := range hashes {
		if err := inv.AddInvVect(wire.NewInvVect(wire.InvTypeBlock, &hashes[i])); err != nil {
			return err
		}
	}
	return p.reply(inv)
}

// serveData answers getdata item by item, and names together what is missing.
func (p *peer) serveData(msg *wire.MsgGetData) error {
	missing := wire.NewMsgNotFound()
	for _, item := range msg.InvList {
		found, err := p.serveItem(item)
		if err != nil {
			return err
		}
		if !found {
			if err := missing.AddInvVect(item); err != nil {
				return err
			}
		}
	}
	if len(missing.InvList) == 0 {
		return nil
	}
	return p.reply(missing)
}

func (p *peer) serveItem(item *wire.InvVect) (found bool, err error) {
	c := p.server.chain
	encoding := wire.BaseEncoding
	switch item.Type {
	case wire.InvTypeWitnessBlock, wire.InvTypeWitnessTx:
		encoding = wire.WitnessEncoding
	}
	switch item.Type {
	case wire.InvTypeBlock, wire.InvTypeWitnessBlock:
		block, err := c.Block(context.Background(), item.Hash)
		if err != nil {
			if errors.Is(err, chain.ErrNoBlock) {
				return false, nil
			}
			return false, err
		}
		return true, p.replyAs(block, encoding)
	case wire.InvTypeTx, wire.InvTypeWitnessTx:
		tx, err := c.MempoolTx(item.Hash)
		if err != nil {
			return false, nil
		}
		return true, p.replyAs(tx, encoding)
	}
	return false, nil
}

// askForTxs answers inv by asking for every transaction named. Known ones are
// asked for again: neutrino takes silence for a peer that did not hear it, and
// waits.
func (p *peer) askForTxs(msg *wire.MsgInv) error {
	want := wire.NewMsgGetData()
	for _, item := range msg.InvList {
		if item.Type != wire.InvTypeTx && item.Type != wire.InvTypeWitnessTx {
			continue // blocks are made here alone
		}
		ask := wire.NewInvVect(wire.InvTypeWitnessTx, &item.Hash)
		if err := want.AddInvVect(ask); err != nil {
			return err
		}
	}
	if len(want.InvList) == 0 {
		return nil
	}
	return p.reply(want)
}

// takeTx puts a peer's transaction into the mempool, or says why not with a
// reject message (BIP-0061), which light clients still go by.
func (p *peer) takeTx(tx *wire.MsgTx) error {
	err := p.server.chain.receive(tx, p.tag())
	if err == nil {
		return nil
	}
	if errors.Is(err, ErrClosed) {
		return err
	}
	code, reason := mempool.ErrToRejectErr(err)
	if errors.Is(err, ErrMempoolFull) {
		code = wire.RejectInsufficientFee // "not now", where invalid would be "never"
	}
	reject := wire.NewMsgReject(wire.CmdTx, code, reason)
	reject.Hash = tx.TxHash()
	return p.reply(reject)
}

// serveMempool answers mempool (BIP-0035) by announcing what waits.
func (p *peer) serveMempool() error {
	txids := p.server.chain.Mempool()
	if len(txids) > 0 {
		p.queueTxs(txids)
	}
	return nil
}
