package proofs

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
	Proof string `json:"proof"`
	File  string `json:"file,omitempty"`
	// Outcome is verify's, or "failed": Error says why.
	Outcome verify.Outcome `json:"outcome"`
	Error   string         `json:"error,omitempty"`
	Hash    string         `json:"hash,omitempty"`
	Digest  string         `json:"digest,omitempty"`
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

func (r *checked) json() verdictJSON {
	j := verdictJSON{Proof: r.proof, File: r.file, Outcome: "failed", Findings: []findingJSON{}}
	if r.digest != nil {
		j.Hash, j.Digest = r.hash.String(), hex.EncodeToString(r.digest)
	}
	if r.err != nil {
		j.Error = r.err.Error()
		return j
	}
	j.Outcome = r.verdict.Outcome
	if j.Outcome == verify.Confirmed {
		j.NoLaterThan = r.verdict.Time.Format(time.DateOnly)
	}
	for _, finding := range r.verdict.Findings {
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
