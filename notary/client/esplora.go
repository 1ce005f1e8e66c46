package client

import (
	"context"
	"fmt"
	"math/big"
	"net/http"
	"strings"

	"cairn/chain"
	"cairn/notary/verify"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// Esplora asks a server for block headers by the two addresses of Blockstream's
// Esplora that many servers have: GET /block-height/<height> for a hash and
// GET /block/<hash>/header for 160 hexadecimal digits. It implements
// verify.Headers and is safe for concurrent use.
//
// A header must have the hash that was asked for and its proof of work. That
// the block belongs to the best chain is the server's word.
type Esplora struct {
	url   string
	http  *http.Client
	limit *big.Int
}

var _ verify.Headers = (*Esplora)(nil)

// NewEsplora names a server by the address before /block-height; limit is the
// network's easiest target. Errors: ErrURL.
func NewEsplora(address string, h *http.Client, limit *big.Int) (*Esplora, error) {
	u, err := serverURL(address)
	if err != nil {
		return nil, err
	}
	return &Esplora{url: u, http: h, limit: limit}, nil
}

// HeaderAt implements verify.Headers. Errors: chain.ErrNoBlock,
// ErrUnreachable, ErrRefused, ErrAnswer.
func (e *Esplora) HeaderAt(ctx context.Context, height int32) (*wire.BlockHeader, error) {
	text, err := e.get(ctx, fmt.Sprintf("/block-height/%d", height))
	if err != nil {
		return nil, err
	}
	if len(text) != 2*chainhash.HashSize {
		return nil, e.unusable(fmt.Errorf("a block hash has %d digits, not %d", 2*chainhash.HashSize, len(text)))
	}
	hash, err := chainhash.NewHashFromStr(text)
	if err != nil {
		return nil, e.unusable(err)
	}
	if text, err = e.get(ctx, "/block/"+hash.String()+"/header"); err != nil {
		return nil, err
	}
	header, err := verify.ParseHeader(text)
	if err != nil {
		return nil, e.unusable(err)
	}
	if got := header.BlockHash(); got != *hash {
		return nil, e.unusable(fmt.Errorf("the header of block %s was asked for, that of %s came", hash, got))
	}
	if err := verify.CheckWork(header, e.limit); err != nil {
		return nil, e.unusable(err)
	}
	return header, nil
}

// get reads a short text.
func (e *Esplora) get(ctx context.Context, path string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, e.url+path, nil)
	if err != nil {
		return "", &Error{Kind: ErrURL, Server: e.url, Cause: err}
	}
	req.Header.Set("Accept", "text/plain")
	status, body, err := fetch(e.http, e.url, req, maxAnswer)
	switch {
	case err != nil:
		return "", err
	case status == http.StatusNotFound:
		return "", &Error{Kind: ErrRefused, Server: e.url, Status: status, Text: plain(body), Cause: chain.ErrNoBlock}
	case status != http.StatusOK:
		return "", &Error{Kind: ErrRefused, Server: e.url, Status: status, Text: plain(body)}
	}
	return strings.TrimSpace(string(body)), nil
}

func (e *Esplora) unusable(cause error) error {
	return &Error{Kind: ErrAnswer, Server: e.url, Cause: cause}
}
