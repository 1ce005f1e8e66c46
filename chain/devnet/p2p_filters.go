package devnet

import (
	"errors"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// errNoFilters: the blocks asked for are unknown, stale, or too many. Such a
// request stays unanswered (BIP-0157).
var errNoFilters = errors.New("no filters for these blocks")

// serveFilters answers getcfilters (BIP-0157) with one cfilter per block.
func (p *peer) serveFilters(msg *wire.MsgGetCFilters) error {
	answers, err := p.server.chain.blockFilters(msg)
	if err != nil {
		return ignoreNoFilters(err)
	}
	for _, answer := range answers {
		if err := p.reply(answer); err != nil {
			return err
		}
	}
	return nil
}

// serveFilterHeaders answers getcfheaders (BIP-0157) with the filter header
// before the first block and the filter hashes of up to 2,000 blocks.
func (p *peer) serveFilterHeaders(msg *wire.MsgGetCFHeaders) error {
	answer, err := p.server.chain.filterHeaders(msg)
	if err != nil {
		return ignoreNoFilters(err)
	}
	return p.reply(answer)
}

// serveFilterCheckpoints answers getcfcheckpt (BIP-0157) with every 1,000th
// filter header.
func (p *peer) serveFilterCheckpoints(msg *wire.MsgGetCFCheckpt) error {
	answer, err := p.server.chain.filterCheckpoints(msg)
	if err != nil {
		return ignoreNoFilters(err)
	}
	return p.reply(answer)
}

func ignoreNoFilters(err error) error {
	if errors.Is(err, errNoFilters) {
		return nil
	}
	return err
}

func (c *Chain) blockFilters(msg *wire.MsgGetCFilters) ([]*wire.MsgCFilter, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	hashes, err := c.hashRange(msg.FilterType, msg.StartHeight, &msg.StopHash, wire.MaxGetCFiltersReqRange)
	if err != nil {
		return nil, err
	}
	filters, err := c.filters.FiltersByBlockHashes(hashes, msg.FilterType)
	if err != nil {
		return nil, err
	}
	answers := make([]*wire.MsgCFilter, len(filters))
	for i, filter := range filters {
		if len(filter) == 0 {
			return nil, errNoFilters // a stale block
		}
		answers[i] = wire.NewMsgCFilter(msg.FilterType, hashes[i], filter)
	}
	return answers, nil
}

func (c *Chain) filterHeaders(msg *wire.MsgGetCFHeaders) (*wire.MsgCFHeaders, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	hashes, err := c.hashRange(msg.FilterType, msg.StartHeight, &msg.StopHash, wire.MaxCFHeadersPerMsg)
	if err != nil {
		return nil, err
	}
	answer := wire.NewMsgCFHeaders()
	answer.FilterType, answer.StopHash = msg.FilterType, msg.StopHash
	if answer.PrevFilterHeader, err = c.prevFilterHeader(msg, hashes[0]); err != nil {
		return nil, err
	}
	filterHashes, err := c.filters.FilterHashesByBlockHashes(hashes, msg.FilterType)
	if err != nil {
		return nil, err
	}
	for _, raw := range filterHashes {
		hash, err := chainhash.NewHash(raw)
		if err != nil {
			return nil, errNoFilters // a stale block
		}
		if err := answer.AddCFHash(hash); err != nil {
			return nil, err
		}
	}
	return answer, nil
}

// prevFilterHeader is the filter header below the first block asked for; all
// zeroes below the genesis block.
func (c *Chain) prevFilterHeader(msg *wire.MsgGetCFHeaders, first *chainhash.Hash) (chainhash.Hash, error) {
	if msg.StartHeight == 0 {
		return chainhash.Hash{}, nil
	}
	header, err := c.chain.HeaderByHash(first)
	if err != nil {
		return chainhash.Hash{}, errNoFilters
	}
	raw, err := c.filters.FilterHeaderByBlockHash(&header.PrevBlock, msg.FilterType)
	if err != nil {
		return chainhash.Hash{}, err
	}
	prev, err := chainhash.NewHash(raw)
	if err != nil {
		return chainhash.Hash{}, errNoFilters // a stale block
	}
	return *prev, nil
}

func (c *Chain) filterCheckpoints(msg *wire.MsgGetCFCheckpt) (*wire.MsgCFCheckpt, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if msg.FilterType != wire.GCSFilterRegular {
		return nil, errNoFilters
	}
	hashes, err := c.chain.IntervalBlockHashes(&msg.StopHash, wire.CFCheckptInterval)
	if err != nil {
		return nil, errNoFilters
	}
	headers, err := c.filters.FilterHeadersByBlockHashes(pointers(hashes), msg.FilterType)
	if err != nil {
		return nil, err
	}
	answer := wire.NewMsgCFCheckpt(msg.FilterType, &msg.StopHash, len(hashes))
	for _, raw := range headers {
		header, err := chainhash.NewHash(raw)
		if err != nil {
			return nil, errNoFilters // a stale block
		}
		if err := answer.AddCFHeader(header); err != nil {
			return nil, err
		}
	}
	return answer, nil
}

// hashRange are the hashes of the blocks from a height up to a block, at most
// limit, if there are filters of the type asked for.
func (c *Chain) hashRange(filter wire.FilterType, start uint32, stop *chainhash.Hash, limit int) ([]*chainhash.Hash, error) {
	const beyondAll = 1 << 30
	if filter != wire.GCSFilterRegular || start > beyondAll {
		return nil, errNoFilters
	}
	hashes, err := c.chain.HeightToHashRange(int32(start), stop, limit)
	if err != nil {
		return nil, errNoFilters
	}
	return pointers(hashes), nil
}

func pointers(hashes []chainhash.Hash) []*chainhash.Hash {
	ptrs := make([]*chainhash.Hash, len(hashes))
	for i := range hashes {
		ptrs[i] = &hashes[i]
	}
	return ptrs
}
