package proofs

import (
	"context"
	"encoding/hex"

	"cairn/app/cmd/cairn/terminal"
	"cairn/notary/ots"
)

// InfoCmd shows what a proof says, without asking anybody.
type InfoCmd struct {
	Proof string `arg:"" name:"file.ots" help:"The proof."`
	JSON  bool   `help:"Print it as JSON."`
}

// Help tells kong what stands below the flags.
func (InfoCmd) Help() string { return `Exit codes: 0 shown; 1 not a proof; 2 wrong use.` }

// infoJSON is a proof as JSON; bytes are hexadecimal.
type infoJSON struct {
	Hash      string        `json:"hash"`
	Digest    string        `json:"digest"`
	Complete  bool          `json:"complete"`
	Timestamp timestampJSON `json:"timestamp"`
}

// timestampJSON is a message and what follows from it.
type timestampJSON struct {
	Message      string            `json:"message"`
	Attestations []attestationJSON `json:"attestations,omitempty"`
	Ways         []wayJSON         `json:"ways,omitempty"`
}

// wayJSON is the steps to the next message that is attested or from which
// several ways lead; so the nesting is that of the forks.
type wayJSON struct {
	Steps []stepJSON    `json:"steps"`
	Then  timestampJSON `json:"then"`
}

type stepJSON struct {
	Op     string `json:"op"`
	Arg    string `json:"arg,omitempty"`
	Result string `json:"result"`
}

type attestationJSON struct {
	Kind string `json:"kind"`
	// Height is of bitcoin, litecoin and ethereum; URI of pending; Tag and
	// Payload of unknown.
	Height  *uint64 `json:"height,omitempty"`
	URI     *string `json:"uri,omitempty"`
	Tag     string  `json:"tag,omitempty"`
	Payload *string `json:"payload,omitempty"`
}

// Run implements the command.
func (c *InfoCmd) Run(_ context.Context, out *terminal.Output) error {
	f, err := readProof(c.Proof)
	if err != nil {
		return err
	}
	if c.JSON {
		return out.JSON(infoJSON{
			Hash: f.Hash.String(), Digest: hex.EncodeToString(f.Digest()),
			Complete: f.Timestamp.Complete(), Timestamp: timestampToJSON(f.Timestamp),
		})
	}
	_, err = out.Stdout.Write([]byte(f.Info()))
	return err
}

func timestampToJSON(t *ots.Timestamp) timestampJSON {
	j := timestampJSON{Message: hex.EncodeToString(t.Message())}
	for _, a := range t.Attestations() {
		j.Attestations = append(j.Attestations, attestationToJSON(a))
	}
	for _, b := range t.Branches() {
		j.Ways = append(j.Ways, wayToJSON(b))
	}
	return j
}

func wayToJSON(b ots.Branch) wayJSON {
	var way wayJSON
	for {
		way.Steps = append(way.Steps, stepJSON{
			Op: b.Op.Code.String(), Arg: hex.EncodeToString(b.Op.Arg), Result: hex.EncodeToString(b.Result.Message()),
		})
		next := b.Result
		if len(next.Attestations()) > 0 || len(next.Branches()) != 1 {
			way.Then = timestampToJSON(next)
			return way
		}
		b = next.Branches()[0]
	}
}

func attestationToJSON(a ots.Attestation) attestationJSON {
	switch a.Tag {
	case ots.TagBitcoin:
		return attestationJSON{Kind: "bitcoin", Height: &a.Height}
	case ots.TagLitecoin:
		return attestationJSON{Kind: "litecoin", Height: &a.Height}
	case ots.TagEthereum:
		return attestationJSON{Kind: "ethereum", Height: &a.Height}
	case ots.TagPending:
		return attestationJSON{Kind: "pending", URI: &a.URI}
	}
	payload := hex.EncodeToString([]byte(a.Payload))
	return attestationJSON{Kind: "unknown", Tag: hex.EncodeToString(a.Tag[:]), Payload: &payload}
}
