package publiclog

import (
	"encoding/hex"
	"fmt"
	"time"

	"cairn/app/cmd/cairn/terminal"
	"cairn/notary/tlog/audit"
)

// fewBits is the work, in bits, that the easiest block of the main network
// takes: less is a test network's.
const fewBits = 32

// refutedJSON is the result as JSON when the log was not proven.
type refutedJSON struct {
	Proven    bool   `json:"proven"`
	Undecided bool   `json:"undecided"`
	Kind      string `json:"kind"`
	Error     string `json:"error"`
}

// provenJSON is the result as JSON. Times are RFC 3339, UTC.
type provenJSON struct {
	Proven bool   `json:"proven"`
	Origin string `json:"origin"`
	Key    string `json:"key"`
	// KeyFrom is given, remembered or first-use.
	KeyFrom audit.KeySource `json:"key_from"`
	Size    int64           `json:"size"`
	Root    string          `json:"root"`
	// Since is the size at the last look, SeenAt its time.
	Since   int64  `json:"since"`
	SeenAt  string `json:"seen_at,omitempty"`
	Checked int64  `json:"entries_checked"`
	First   string `json:"first_time,omitempty"`
	Last    string `json:"last_time,omitempty"`
	Anchors int    `json:"anchors_checked"`
	// Anchored entries are under an anchor.
	Anchored int64 `json:"entries_anchored"`
	// Blocks: the anchors were looked up in HeadersFrom.
	Blocks      bool          `json:"blocks_checked"`
	HeadersFrom string        `json:"headers_from,omitempty"`
	WorkBits    int           `json:"work_bits,omitempty"`
	SlowestSecs int64         `json:"slowest_anchor_seconds,omitempty"`
	Receipts    []receiptJSON `json:"receipts"`
}

type receiptJSON struct {
	File string `json:"file"`
	// Digest is empty in a receipt that was asked for by the commitment.
	Digest string `json:"sha256,omitempty"`
	Index  int64  `json:"index"`
	Time   string `json:"time"`
	Found  bool   `json:"found"`
}

// tell prints what was proven.
func tell(out *terminal.Output, asJSON bool, r *audit.Result, headers *trusted) error {
	if asJSON {
		return out.JSON(resultJSON(r, headers))
	}
	out.Say("The log is honest, as far as it can be seen from here: nothing was dropped, reordered or back-dated.")
	out.Say("  log      %s", r.Origin)
	out.Say("  key      %s", r.Key)
	switch r.KeyFrom {
	case audit.KeyGiven:
		out.Say("           as you gave it")
	case audit.KeyRemembered:
		out.Say("           the same as at the first look")
	case audit.KeyFirst:
		out.Say("           the log says so itself; compare it with what others see, or give --key")
	}
	out.Say("  entries  %d, root %s", r.Checkpoint.Size, r.Checkpoint.Root)
	if r.Since > 0 {
		seen := ""
		if r.SeenAt.Unix() > 0 {
			seen = " on " + r.SeenAt.Format(time.DateTime+" UTC")
		}
		out.Say("           contain the %d that were seen%s, in their order", r.Since, seen)
	}
	if !r.LastTime.IsZero() {
		out.Say("  times    %s to %s in the %d that were read", r.FirstTime.Format(time.DateTime), r.LastTime.Format(time.DateTime+" UTC"), r.Checked)
	}
	sayAnchors(out, r, headers)
	for _, receipt := range r.Receipts {
		state := "is honoured: its entry is in its place"
		if !receipt.Found {
			state = "is too young: the log is not that long yet"
		}
		out.Say("  receipt  %s, entry %d, %s", receipt.Name, receipt.Index, state)
	}
	return nil
}

func sayAnchors(out *terminal.Output, r *audit.Result, headers *trusted) {
	line := fmt.Sprintf("  anchors  %d checked", r.Anchors)
	switch waiting := r.Checkpoint.Size - r.Anchored; {
	case waiting == 1:
		line += "; 1 entry waits for its own"
	case waiting > 1:
		line += fmt.Sprintf("; %d entries wait for theirs", waiting)
	}
	out.Say("%s", line)
	switch {
	case r.Anchors == 0:
	case !r.Blocks:
		out.Say("           their blocks were not looked up, for want of headers: give --headers or --esplora")
	default:
		out.Say("           in blocks by the headers of %s", headers.from)
		work := fmt.Sprintf("           the easiest of the blocks took about 2^%d hashes", r.WorkBits)
		if r.WorkBits < fewBits {
			work += ", as on a test network: good for trying out, but no proof"
		}
		out.Say("%s", work)
		out.Say("           no entry came into its block later than %s after its time", r.Slowest.Round(time.Second))
	}
}

func resultJSON(r *audit.Result, headers *trusted) provenJSON {
	j := provenJSON{
		Proven: verdictOf(r) == nil, Origin: r.Origin, Key: r.Key, KeyFrom: r.KeyFrom,
		Size: r.Checkpoint.Size, Root: hex.EncodeToString(r.Checkpoint.Root[:]), Since: r.Since, Checked: r.Checked,
		Anchors: r.Anchors, Anchored: r.Anchored, Blocks: r.Blocks, WorkBits: r.WorkBits,
		SlowestSecs: int64(r.Slowest / time.Second), Receipts: []receiptJSON{},
	}
	if headers != nil {
		j.HeadersFrom = headers.from
	}
	if r.SeenAt.Unix() > 0 {
		j.SeenAt = r.SeenAt.Format(time.RFC3339)
	}
	if !r.LastTime.IsZero() {
		j.First, j.Last = r.FirstTime.Format(time.RFC3339), r.LastTime.Format(time.RFC3339)
	}
	for _, receipt := range r.Receipts {
		r := receiptJSON{
			File: receipt.Name, Index: receipt.Index, Time: receipt.Entry.Time().Format(time.RFC3339), Found: receipt.Found,
		}
		if len(receipt.Path) > 0 {
			r.Digest = hex.EncodeToString(receipt.Digest[:])
		}
		j.Receipts = append(j.Receipts, r)
	}
	return j
}
