package main

import (
	"encoding/hex"
	"slices"
	"time"

	"cairn/notary/ots"
	"cairn/notary/verify"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
)

// verdictJSON is the result of verify as JSON. Hashes of blocks, transactions
// and Merkle roots are written as block explorers do.
type verdictJSON struct {
	Outcome verify.Outcome `json:"outcome"`
	Hash    string         `json:"hash"`
	Digest  string         `json:"digest"`
	// NoLaterThan is a day, UTC; only when confirmed.
	NoLaterThan string        `json:"no_later_than,omitempty"`
	Findings    []findingJSON `json:"findings"`
}

type findingJSON struct {
	Attestation attestationJSON `json:"attestation"`
	Outcome     verify.Outcome  `json:"outcome"`
	BlockHash   string          `json:"block_hash,omitempty"`
	BlockTime   string          `json:"block_time,omitempty"`
	WorkBits    int             `json:"work_bits,omitempty"`
	MerkleRoot  string          `json:"merkle_root,omitempty"`
	LeadsTo     string          `json:"leads_to,omitempty"`
	Txid        string          `json:"txid,omitempty"`
	Error       string          `json:"error,omitempty"`
}

func verdictToJSON(f *ots.File, v *verify.Verdict) verdictJSON {
	j := verdictJSON{
		Outcome: v.Outcome, Hash: f.Hash.String(), Digest: hex.EncodeToString(f.Digest()), Findings: []findingJSON{},
	}
	if v.Outcome == verify.Confirmed {
		j.NoLaterThan = v.Time.Format(time.DateOnly)
	}
	for _, finding := range v.Findings {
		j.Findings = append(j.Findings, findingToJSON(finding))
	}
	return j
}

func findingToJSON(f verify.Finding) findingJSON {
	j := findingJSON{Attestation: attestationToJSON(f.Attestation), Outcome: f.Outcome}
	if f.Attestation.Tag == ots.TagBitcoin {
		j.LeadsTo = reversedHex(f.Message)
	}
	if f.Outcome == verify.Confirmed || f.Outcome == verify.Mismatch {
		j.BlockHash, j.MerkleRoot = f.Block.Hash.String(), f.Root.String()
		j.BlockTime, j.WorkBits = f.Time.Format(time.RFC3339), f.WorkBits
	}
	if f.Txid != (chainhash.Hash{}) {
		j.Txid = f.Txid.String()
	}
	if f.Err != nil {
		j.Error = f.Err.Error()
	}
	return j
}

// reversedHex writes a hash as block explorers do, whatever its length.
func reversedHex(hash []byte) string {
	reversed := slices.Clone(hash)
	slices.Reverse(reversed)
	return hex.EncodeToString(reversed)
}
