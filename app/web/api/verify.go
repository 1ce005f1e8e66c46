package api

import (
	"encoding/hex"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"time"

	"cairn/notary"
	"cairn/notary/ots"
	"cairn/notary/verify"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
)

const (
	// maxProof is the largest proof that is taken, in bytes (ots.ParseFile),
	// and maxProofJSON the same in base64 with room for the rest.
	maxProof     = 1 << 20
	maxProofJSON = maxProof/3*4 + 4<<10
)

// verifyRequest is a proof and the file it is to be for, in JSON.
type verifyRequest struct {
	OTS    []byte  `json:"ots"`
	Digest *string `json:"digest"`
}

type verdict struct {
	Outcome   verify.Outcome `json:"outcome"`
	Algorithm string         `json:"algorithm"`
	Digest    string         `json:"digest"`
	// Block is the lowest that confirms, ExistedBy its time.
	Block     *block     `json:"block"`
	ExistedBy *time.Time `json:"existed_by"`
	Txid      *string    `json:"txid"`
	Calendars []string   `json:"calendars"`
	Findings  []finding  `json:"findings"`
	// Stamped is the state of the digest here, if it was stamped here.
	Stamped *proof `json:"stamped"`
}

type finding struct {
	Kind    string         `json:"kind"`
	Outcome verify.Outcome `json:"outcome"`
	Height  *uint64        `json:"height,omitempty"`
	URL     string         `json:"url,omitempty"`
}

// verify judges a proof: the file as it is, with ?digest= for what it should be
// for, or both in JSON.
func (h *Handler) verify(w http.ResponseWriter, r *http.Request) error {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return ErrMediaType
	}
	if !h.cfg.AllowRead(h.cfg.Address(r), verifyWeight) {
		return ErrRate
	}
	var file []byte
	var text *string
	switch media {
	case ots.MediaType, "application/octet-stream":
		if file, err = io.ReadAll(http.MaxBytesReader(w, r.Body, maxProof)); err != nil {
			return bodyError(err)
		}
		if q := r.URL.Query(); q.Has("digest") {
			asked := q.Get("digest")
			text = &asked
		}
	case typeJSON:
		raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxProofJSON))
		if err != nil {
			return bodyError(err)
		}
		var asked verifyRequest
		if json.Unmarshal(raw, &asked) != nil || asked.OTS == nil {
			return ErrJSON
		}
		file, text = asked.OTS, asked.Digest
	default:
		return ErrMediaType
	}
	var digest *notary.Digest
	if text != nil {
		d, err := notary.ParseDigest(*text)
		if err != nil {
			return err
		}
		digest = &d
	}
	found, err := h.cfg.Notary.Verify(r.Context(), file, digest)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, verdictView(found))
}

// verifyWeight is what a verification counts for: parsing a proof and looking
// up to verify.MaxHeaders headers up.
const verifyWeight = 50

func verdictView(v *notary.Verified) verdict {
	view := verdict{
		Outcome: v.Verdict.Outcome, Algorithm: v.File.Hash.String(), Digest: hex.EncodeToString(v.File.Digest()),
		ExistedBy: moment(v.Verdict.Time), Calendars: v.Verdict.Pending(), Findings: make([]finding, 0, len(v.Verdict.Findings)),
	}
	if view.Calendars == nil {
		view.Calendars = []string{}
	}
	if v.Verdict.Outcome == verify.Confirmed {
		view.Block = &block{Height: v.Verdict.Block.Height, Hash: v.Verdict.Block.Hash.String(), Time: second(v.Verdict.Time)}
	}
	if v.Verdict.Txid != (chainhash.Hash{}) {
		txid := v.Verdict.Txid.String()
		view.Txid = &txid
	}
	for _, f := range v.Verdict.Findings {
		view.Findings = append(view.Findings, findingView(f))
	}
	if v.Stamped != nil {
		p := proofView(*v.Stamped)
		view.Stamped = &p
	}
	return view
}

func findingView(f verify.Finding) finding {
	view := finding{Outcome: f.Outcome, Kind: "unknown"}
	switch f.Attestation.Tag {
	case ots.TagPending:
		view.Kind, view.URL = "pending", f.Attestation.URI
		return view
	case ots.TagBitcoin:
		view.Kind = "bitcoin"
	case ots.TagLitecoin:
		view.Kind = "litecoin"
	case ots.TagEthereum:
		view.Kind = "ethereum"
	default:
		return view
	}
	height := f.Attestation.Height
	view.Height = &height
	return view
}
