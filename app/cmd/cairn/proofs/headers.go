package proofs

import (
	"context"
	"fmt"
	"math/big"
	"os"
	"strings"
	"sync"
	"time"

	"cairn/app/cmd/cairn/terminal"
	"cairn/chain"
	"cairn/notary/client"
	"cairn/notary/verify"

	"github.com/btcsuite/btcd/wire"
)

// HeaderFlags say where block headers come from.
type HeaderFlags struct {
	Headers string `help:"Take block headers from a file, and ask no server: lines \"height header\" or headers alone in hexadecimal, or raw headers of 80 bytes." placeholder:"FILE" xor:"headers"`
	Server  string `help:"Cairn to take block headers from (${default})." default:"http://127.0.0.1:8780" placeholder:"URL"`
	Esplora string `help:"Any other server of the Esplora kind to take block headers from, by the address before /block-height." placeholder:"URL" xor:"headers"`
	Network string `help:"Refuse headers with less work than the easiest block of a network: mainnet, testnet4, signet or devnet." enum:"mainnet,testnet4,signet,devnet" default:"devnet"`
}

// source is where headers come from.
func (c HeaderFlags) source(timeout time.Duration) (verify.Headers, error) {
	limit, err := powLimit(c.Network)
	if err != nil {
		return nil, err
	}
	if c.Headers != "" {
		r, err := os.Open(c.Headers)
		if err != nil {
			return nil, err
		}
		defer r.Close()
		file, err := verify.ReadHeaders(r, limit)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.Headers, err)
		}
		return file, nil
	}
	address := c.Esplora
	if address == "" {
		address = strings.TrimRight(c.Server, "/") + "/esplora"
	}
	server, err := client.NewEsplora(address, client.HTTP(timeout), limit)
	if err != nil {
		return nil, terminal.UsageError(err.Error())
	}
	return &rememberedHeaders{headers: server, byHeight: map[int32]rememberedHeader{}}, nil
}

// powLimit is the easiest target of a network. The devnet's, which any header
// meets, is the default: how much work was done is told with the verdict.
func powLimit(network string) (*big.Int, error) {
	params, err := chain.Network(network).Params()
	if err != nil {
		return nil, terminal.UsageError(err.Error())
	}
	return params.PowLimit, nil
}

// rememberedHeaders asks a server for each height once, also when thousands of
// proofs name it. It is safe for concurrent use.
type rememberedHeaders struct {
	headers  verify.Headers
	mu       sync.Mutex
	byHeight map[int32]rememberedHeader
}

type rememberedHeader struct {
	header *wire.BlockHeader
	err    error
}

// HeaderAt implements verify.Headers.
func (h *rememberedHeaders) HeaderAt(ctx context.Context, height int32) (*wire.BlockHeader, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	known, ok := h.byHeight[height]
	if !ok {
		known.header, known.err = h.headers.HeaderAt(ctx, height)
		if ctx.Err() == nil {
			h.byHeight[height] = known
		}
	}
	return known.header, known.err
}
