package web

import (
	"net/http"
)

// mined is the answer to a script that mined a block.
type mined struct {
	Height int32  `json:"height"`
	Hash   string `json:"hash"`
}

// mine makes a block of the sandbox chain.
func (s *Server) mine(c Ctx) error {
	block, err := s.deps.Demo.Mine(c.Request().Context())
	if err != nil {
		return err
	}
	if wantsJSON(c) {
		return c.JSON(http.StatusOK, mined{block.Height, block.Hash.String()})
	}
	return back(c)
}
