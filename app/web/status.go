package web

import (
	"encoding/hex"
	"net/http"

	"cairn/notary"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
)

// calendarStatus is GET / for programs. The names that opentimestamps-server
// uses (otsserver/rpc.py) mean the same here; numbers are numbers, not text
// with commas, and absent things are null, not "None".
type calendarStatus struct {
	// Version is Cairn's.
	Version string `json:"version"`
	// Network is mainnet, testnet4, signet or devnet.
	Network string `json:"network"`
	// PendingCommitments wait for an anchor transaction.
	PendingCommitments int64 `json:"pending_commitments"`
	// TxsWaitingForConfirmation is 1 while an anchor is not yet in a block.
	TxsWaitingForConfirmation int `json:"txs_waiting_for_confirmation"`
	// MostRecentTx is the unconfirmed anchor's txid, PriorVersions how often
	// its fee was raised, Tip the Merkle root it carries.
	MostRecentTx  *string `json:"most_recent_tx"`
	PriorVersions int     `json:"prior_versions"`
	Tip           *string `json:"tip"`
	// BestBlock and BlockHeight are the last block taken in.
	BestBlock   string `json:"best_block"`
	BlockHeight int32  `json:"block_height"`
	// Digests were acknowledged in all.
	Digests int64 `json:"digests"`
	// LatestAnchor is the newest anchor in a block.
	LatestAnchor *anchorStatus `json:"latest_anchor"`
	// Paused says why no anchor can be made now; empty when one can.
	Paused string `json:"paused"`
}

type anchorStatus struct {
	Txid          string `json:"txid"`
	BlockHeight   int32  `json:"block_height"`
	BlockHash     string `json:"block_hash"`
	Digests       int64  `json:"digests"`
	FeeSat        int64  `json:"fee_sat"`
	Confirmations int32  `json:"confirmations"`
}

func (s *Server) status(c Ctx) error {
	st, err := s.deps.Notary.Status(c.Request().Context())
	if err != nil {
		return err
	}
	tip := s.deps.Headers.Tip()
	answer := calendarStatus{
		Version: s.cfg.Version, Network: string(s.cfg.Network),
		PendingCommitments: st.Pending, Digests: st.Digests, Paused: st.Paused,
		BestBlock: tip.Hash.String(), BlockHeight: tip.Height,
	}
	if st.Tip != nil {
		root := hex.EncodeToString(st.Tip)
		answer.Tip = &root
	}
	if a := st.Unconfirmed; a != nil {
		answer.TxsWaitingForConfirmation, answer.PriorVersions = 1, a.Bumps
		if a.Txid != (chainhash.Hash{}) {
			txid := a.Txid.String()
			answer.MostRecentTx = &txid
		}
	}
	if a := st.Latest; a != nil {
		answer.LatestAnchor = anchorJSON(a)
	}
	c.Response().Header().Set("Cache-Control", "public, max-age=5")
	return c.JSON(http.StatusOK, answer)
}

func anchorJSON(a *notary.AnchorState) *anchorStatus {
	return &anchorStatus{
		Txid: a.Txid.String(), BlockHeight: a.Block.Height, BlockHash: a.Block.Hash.String(),
		Digests: a.Digests, FeeSat: int64(a.Fee), Confirmations: a.Confirmations,
	}
}
