package web

import (
	"bytes"
	"encoding/hex"
	"net/http"
	"strconv"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
)

// The three questions that OpenTimestamps clients ask a block explorer of the
// Esplora kind, answered from the headers that are followed, so that proofs
// made here verify against this Cairn by any client. Programs and pages of any
// origin may ask.

// esploraHeight is the hash of the block at a height, as text.
func (s *Server) esploraHeight(c Ctx) error {
	anyOrigin(c)
	height, err := strconv.ParseInt(c.Param("height"), 10, 32)
	if err != nil || height < 0 {
		return ErrHeight
	}
	header, err := s.deps.Headers.HeaderAt(c.Request().Context(), int32(height))
	if err != nil {
		return err
	}
	hash := header.BlockHash()
	cacheFor(c, 60)
	return c.String(http.StatusOK, hash.String())
}

// esploraBlockJSON is a block as Esplora writes it, as far as its header tells.
type esploraBlockJSON struct {
	ID                string `json:"id"`
	Height            int32  `json:"height"`
	Version           int32  `json:"version"`
	Timestamp         int64  `json:"timestamp"`
	MerkleRoot        string `json:"merkle_root"`
	PreviousBlockHash string `json:"previousblockhash"`
	Nonce             uint32 `json:"nonce"`
	Bits              uint32 `json:"bits"`
}

// esploraBlock is a block of the best chain by its hash.
func (s *Server) esploraBlock(c Ctx) error {
	anyOrigin(c)
	hash, err := blockHash(c)
	if err != nil {
		return err
	}
	header, height, err := s.deps.Headers.HeaderByHash(c.Request().Context(), hash)
	if err != nil {
		return err
	}
	cacheFor(c, 60)
	return c.JSON(http.StatusOK, esploraBlockJSON{
		ID: hash.String(), Height: height, Version: header.Version, Timestamp: header.Timestamp.Unix(),
		MerkleRoot: header.MerkleRoot.String(), PreviousBlockHash: header.PrevBlock.String(),
		Nonce: header.Nonce, Bits: header.Bits,
	})
}

// esploraHeader is a block's 80-byte header in hexadecimal.
func (s *Server) esploraHeader(c Ctx) error {
	anyOrigin(c)
	hash, err := blockHash(c)
	if err != nil {
		return err
	}
	header, _, err := s.deps.Headers.HeaderByHash(c.Request().Context(), hash)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := header.Serialize(&b); err != nil {
		return err
	}
	cacheFor(c, 60)
	return c.String(http.StatusOK, hex.EncodeToString(b.Bytes()))
}

func blockHash(c Ctx) (chainhash.Hash, error) {
	text := c.Param("hash")
	hash, err := chainhash.NewHashFromStr(text)
	if err != nil || len(text) != 2*chainhash.HashSize {
		return chainhash.Hash{}, ErrBlockHash
	}
	return *hash, nil
}

func anyOrigin(c Ctx) {
	c.Response().Header().Set("Access-Control-Allow-Origin", "*")
	c.Response().Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
}

// cacheFor lets an answer be kept for so many seconds; a reorganisation may
// change it.
func cacheFor(c Ctx, seconds int) {
	c.Response().Header().Set("Cache-Control", "public, max-age="+strconv.Itoa(seconds))
}
