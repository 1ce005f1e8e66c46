package assets

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"cairn/app/cmd/cairn/terminal"
	"cairn/assets"
	"cairn/assets/ledger"
	"cairn/notary/client"
)

// CompareCmd compares the ledgers of two servers.
type CompareCmd struct {
	Other   string        `arg:"" help:"The other Cairn." placeholder:"URL"`
	Server  string        `help:"Cairn to compare with it (${default})." default:"http://127.0.0.1:8780" placeholder:"URL"`
	Timeout time.Duration `help:"How long to wait for an answer." default:"15s"`
	JSON    bool          `help:"Print the result as JSON."`
}

// Help tells kong what stands below the flags.
func (CompareCmd) Help() string {
	return `Both servers look through the same chain by themselves; of every protocol the hash of what all coins hold is compared,
and where it differs, the first block in which it does is found. Ledgers that began at different heights agree if there
was nothing coloured before.

Exit codes: 0 they agree; 1 they differ, or one does not answer; 2 wrong use.`
}

// compared is what came of a protocol.
type compared struct {
	Protocol string `json:"protocol"`
	Same     bool   `json:"same"`
	// UpTo is the last block that both have.
	UpTo int32 `json:"up_to_height"`
	// First is the first block in which they differ, with its hash on either side.
	First  *int32   `json:"first_difference,omitempty"`
	Blocks []string `json:"blocks,omitempty"`
}

// Run implements the command.
func (c *CompareCmd) Run(ctx context.Context, out *terminal.Output) error {
	ask := &asker{http: client.HTTP(c.Timeout)}
	servers := [2]string{strings.TrimRight(c.Server, "/"), strings.TrimRight(c.Other, "/")}
	var results []compared
	same := true
	for _, p := range assets.Protocols {
		r, err := ask.compare(ctx, servers, p)
		if err != nil {
			return err
		}
		results, same = append(results, r), same && r.Same
	}
	if c.JSON {
		if err := out.JSON(results); err != nil {
			return err
		}
	} else {
		tell(out, servers, results)
	}
	if !same {
		return terminal.SilentExit(terminal.ExitFail)
	}
	return nil
}

func tell(out *terminal.Output, servers [2]string, results []compared) {
	for _, r := range results {
		if r.Same {
			out.Say("%s: the same up to block %d", r.Protocol, r.UpTo)
			continue
		}
		out.Say("%s: different from block %d on", r.Protocol, *r.First)
		for i, server := range servers {
			block := r.Blocks[i]
			if block == "" {
				block = "nothing changed there"
			}
			out.Say("    %s: %s", server, block)
		}
	}
}

// asker asks servers for hashes.
type asker struct{ http *http.Client }

// hashes is the answer of a server (openapi.yaml, AssetLedger).
type hashes struct {
	From   int32  `json:"from_height"`
	Tip    int32  `json:"tip_height"`
	Height int32  `json:"height"`
	Hash   string `json:"hash"`
	Links  []struct {
		Height int32  `json:"height"`
		Block  string `json:"block"`
	} `json:"links"`
}

// maxAnswer bounds an answer, in bytes: it lists 1,000 blocks at most.
const maxAnswer = 1 << 20

func (a *asker) hashes(ctx context.Context, server string, p assets.Protocol, query string) (h hashes, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("%s/api/v1/assets/ledger/%s%s", server, p, query), nil)
	if err != nil {
		return h, terminal.UsageError(err.Error())
	}
	answer, err := a.http.Do(req)
	if err != nil {
		return h, err
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return h, err
	}
	if answer.StatusCode != http.StatusOK {
		return h, fmt.Errorf("%s answers %s: %.300s", server, answer.Status, raw)
	}
	if err := json.Unmarshal(raw, &h); err != nil {
		return h, fmt.Errorf("%s answers what cannot be read: %w", server, err)
	}
	return h, nil
}

func (a *asker) compare(ctx context.Context, servers [2]string, p assets.Protocol) (compared, error) {
	var now [2]hashes
	for i, server := range servers {
		var err error
		if now[i], err = a.hashes(ctx, server, p, ""); err != nil {
			return compared{}, err
		}
	}
	r := compared{Protocol: p.String(), UpTo: min(now[0].Tip, now[1].Tip)}
	height, differs, err := ledger.Compare(max(now[0].From, now[1].From), r.UpTo, func(height int32) (bool, error) {
		var at [2]string
		for i, server := range servers {
			h, err := a.hashes(ctx, server, p, fmt.Sprintf("?height=%d", height))
			if err != nil {
				return false, err
			}
			at[i] = h.Hash
		}
		return at[0] == at[1], nil
	})
	if r.Same = !differs; err != nil || r.Same {
		return r, err
	}
	r.First = &height
	for _, server := range servers {
		h, err := a.hashes(ctx, server, p, fmt.Sprintf("?height=%d&from=%d", height, height))
		if err != nil {
			return r, err
		}
		block := ""
		for _, l := range h.Links {
			block = l.Block
		}
		r.Blocks = append(r.Blocks, block)
	}
	return r, nil
}
