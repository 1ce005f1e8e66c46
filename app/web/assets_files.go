package web

import (
	"encoding/hex"
	"net/http"
	"strings"

	"cairn/assets/definition"
)

// assetDefinition serves a definition that is kept here, by its SHA-256 or its
// HASH160, as it came: whoever has the hash from the chain can check it. Any page
// may read it.
func (s *Server) assetDefinition(c Ctx) error {
	name, ext, _ := strings.Cut(c.Param("file"), ".")
	raw, err := hex.DecodeString(name)
	if err != nil {
		return definition.ErrNoFile
	}
	ctx, defs := c.Request().Context(), s.deps.Explorer.Definitions
	var body []byte
	switch {
	case len(raw) == 32 && ext == "json":
		body, err = defs.Body(ctx, [32]byte(raw))
	case len(raw) == 20 && ext == "json":
		body, err = defs.BodyByHash160(ctx, [20]byte(raw))
	case len(raw) == 32 && ext == "torrent":
		if body, err = defs.Torrent(ctx, [32]byte(raw)); err == nil {
			return assetFile(c, "application/x-bittorrent", body)
		}
	default:
		return definition.ErrNoFile
	}
	if err != nil {
		return err
	}
	return assetFile(c, "application/json; charset=utf-8", body)
}

// assetPicture serves a picture that was made anew here.
func (s *Server) assetPicture(c Ctx) error {
	hash, err := fileHash(c.Param("file"), ".jpg")
	if err != nil {
		return err
	}
	body, err := s.deps.Explorer.Definitions.Picture(c.Request().Context(), hash)
	if err != nil {
		return err
	}
	return assetFile(c, "image/jpeg", body)
}

// assetTerms serves what an issuer promises.
func (s *Server) assetTerms(c Ctx) error {
	hash, err := fileHash(c.Param("file"), ".txt")
	if err != nil {
		return err
	}
	body, err := s.deps.Explorer.Definitions.Terms(c.Request().Context(), hash)
	if err != nil {
		return err
	}
	return assetFile(c, "text/plain; charset=utf-8", body)
}

// fileHash is the hash in the name of a file. Error: definition.ErrNoFile.
func fileHash(file, ext string) (hash [32]byte, err error) {
	name, ok := strings.CutSuffix(file, ext)
	raw, err := hex.DecodeString(name)
	if !ok || err != nil || len(raw) != len(hash) {
		return hash, definition.ErrNoFile
	}
	return [32]byte(raw), nil
}

// assetFile serves what never changes under its name.
func assetFile(c Ctx, media string, body []byte) error {
	h := c.Response().Header()
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox; frame-ancestors 'none'")
	return c.Blob(http.StatusOK, media, body)
}
