package app

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"cairn/app/config"
	"cairn/chain"
	"cairn/chain/node"
	"cairn/lighthouse"
	"cairn/lighthouse/campaigns"
	"cairn/lighthouse/contract"
	"cairn/lighthouse/document"
	"cairn/lighthouse/progress/tree"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// crowd is a whole Cairn, asked by a program over its API.
type crowd struct {
	*testing.T
	app *App
}

func startCrowd(t *testing.T) *crowd {
	t.Helper()
	a, err := New(t.Context(), config.Config{
		Data: filepath.Join(t.TempDir(), "cairn"), Network: chain.Devnet, Web: config.Web{Listen: "127.0.0.1:0"},
		Log: config.Log{Level: "warn", Metrics: "127.0.0.1:0"}, Devnet: config.Devnet{BlockInterval: time.Second},
		Anchor: config.Anchor{BumpAfter: 2, MaxFeeRate: 200}, Node: config.Node{Backend: "neutrino"},
	}, Options{Version: "test", NodeDriver: node.InProcess})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-done, a.Close()); err != nil {
			t.Error(err)
		}
	})
	return &crowd{t, a}
}

// ask sends a request and reads its answer, into a value where one is given.
func (c *crowd) ask(method, path, key string, body, into any) (int, []byte) {
	c.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		c.Fatal(err)
	}
	req, err := http.NewRequestWithContext(c.Context(), method, c.app.URL()+"/api/v1"+path, bytes.NewReader(raw))
	if err != nil {
		c.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+key)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		c.Fatal(err)
	}
	defer resp.Body.Close()
	if raw, err = io.ReadAll(resp.Body); err != nil {
		c.Fatal(err)
	}
	if into != nil {
		if err := json.Unmarshal(raw, into); err != nil {
			c.Fatalf("%s %s: %s: %v", method, path, raw, err)
		}
	}
	return resp.StatusCode, raw
}

// until waits for something, looking often.
func (c *crowd) until(what string, ok func() bool) {
	c.Helper()
	for deadline := time.Now().Add(90 * time.Second); !ok(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			c.Fatalf("waited in vain for %s", what)
		}
	}
}

// held is a pledge as its owner's program knows it.
type held struct{ ID, Key string }

// pledge has a coin made, signs it for the campaign's file and hands it in.
func (c *crowd) pledge(campaign document.Campaign, name string, value btcutil.Amount) held {
	c.Helper()
	key, _ := btcec.PrivKeyFromBytes(chainhash.HashB([]byte(name)))
	_, script := crowdAddress(c, key)
	txid, err := c.app.Devnet().Faucet(c.Context(), script, value)
	if err != nil {
		c.Fatal(err)
	}
	made, err := c.app.Devnet().MempoolTx(txid)
	if err != nil {
		c.Fatal(err)
	}
	at := wire.OutPoint{Hash: txid}
	for i, out := range made.TxOut {
		if bytes.Equal(out.PkScript, script) {
			at.Index = uint32(i)
		}
	}
	tx := campaign.Campaign.Terms.Levels[0].Contract.Alone(contract.Pledge{OutPoint: at, Sequence: wire.MaxTxInSequenceNum - 2})
	hashes := txscript.NewTxSigHashes(tx, txscript.NewCannedPrevOutputFetcher(script, int64(value)))
	tx.TxIn[0].Witness, err = txscript.WitnessSignature(tx, hashes, 0, int64(value), script, txscript.SigHashAll|txscript.SigHashAnyOneCanPay, key, true)
	if err != nil {
		c.Fatal(err)
	}
	var p held
	status, raw := c.ask("POST", "/campaigns/"+campaign.Campaign.ID.String()+"/pledges", "", map[string]any{
		"pledge": string(document.Hex(tx)), "script": hex.EncodeToString(script), "funding": string(document.Hex(made)), "name": name,
	}, &p)
	if status != http.StatusCreated {
		c.Fatalf("%s's pledge: %d %s", name, status, raw)
	}
	return p
}

func crowdAddress(c *crowd, key *btcec.PrivateKey) (string, []byte) {
	to, err := btcutil.NewAddressWitnessPubKeyHash(btcutil.Hash160(key.PubKey().SerializeCompressed()), &chaincfg.RegressionNetParams)
	if err != nil {
		c.Fatal(err)
	}
	script, err := txscript.PayToAddrScript(to)
	if err != nil {
		c.Fatal(err)
	}
	return to.EncodeAddress(), script
}

// heads are the totals that were notarised, the newest first.
func (c *crowd) heads(id lighthouse.ID) (list []struct {
	Number, Pledges int
	Digest, Proof   string
	StampedAt       *time.Time `json:"stamped_at"`
}) {
	c.Helper()
	var answer struct{ Heads json.RawMessage }
	c.ask("GET", "/campaigns/"+id.String()+"/heads", "", nil, &answer)
	if err := json.Unmarshal(answer.Heads, &list); err != nil {
		c.Fatal(err)
	}
	return list
}

// receipt is that of a pledge, read as its owner does.
func (c *crowd) receipt(p held) document.Receipt {
	c.Helper()
	status, raw := c.ask("GET", "/pledges/"+p.ID+"/receipt", p.Key, nil, nil)
	r, err := document.ReadReceipt(raw)
	if status != http.StatusOK || err != nil {
		c.Fatalf("the receipt: %d, %v", status, err)
	}
	return r
}

// A program pledges over the API; what is said of the pledges is notarised; the
// claim is made by itself, and everything opens and holds, by the files alone.
func TestProgressIsProvable(t *testing.T) {
	c := startCrowd(t)
	beneficiary, _ := btcec.PrivKeyFromBytes(chainhash.HashB([]byte("beneficiary")))
	address, _ := crowdAddress(c, beneficiary)
	c.until("the first blocks to be taken in", func() bool {
		tip, err := c.app.source.Tip(t.Context())
		return err == nil && c.app.follower.Tip() == tip
	})
	made, key, err := c.app.campaigns.Create(t.Context(), campaigns.Draft{
		Text:     lighthouse.Text{Title: "A path over the ridge", Tagline: "Steps and handrails", Story: "Long.", Risks: "Rain."},
		Creator:  lighthouse.Creator{Name: "Mira", Contact: "mira@example.org"},
		Levels:   []campaigns.Level{{Beneficiaries: []lighthouse.Beneficiary{{Name: "Ridge", Address: address, Amount: 1_000_000}}}},
		ByItself: true, DeadlineIn: 500,
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.app.campaigns.Open(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	at := "/campaigns/" + made.ID.String()
	_, raw := c.ask("GET", at+"/file", "", nil, nil)
	file, err := document.ReadCampaign(raw)
	if err != nil {
		t.Fatalf("%v: %s", err, raw)
	}
	goal := file.Campaign.Terms.Goal()

	first := c.pledge(file, "Ada", goal/4)
	if early := c.receipt(first); early.ServerKey != file.ServerKey || early.Included != nil && early.Included.Head.Size != 1 {
		t.Errorf("the first receipt: %+v", early)
	}
	c.until("the first total", func() bool { h := c.heads(made.ID); return len(h) == 1 && h[0].Pledges == 1 && h[0].StampedAt != nil })
	counted := c.receipt(first)
	if counted.Included == nil || hexOf(counted.Included.Head.Digest()) != c.heads(made.ID)[0].Digest {
		t.Fatalf("the receipt of a pledge that is counted: %+v", counted)
	}
	if status, raw := c.ask("GET", "/proofs/"+c.heads(made.ID)[0].Digest, "", nil, nil); status != http.StatusOK {
		t.Errorf("the proof of the first total: %d %s", status, raw)
	}
	if status, _ := c.ask("GET", at+"/opening", "", nil, nil); status != http.StatusConflict {
		t.Errorf("the opening before the claim: %d", status)
	}

	all := []held{first}
	for n := range 4 {
		all = append(all, c.pledge(file, fmt.Sprint("backer ", n), goal/4))
	}
	var claimed struct {
		State, Tx string
		Pledges   []*string
	}
	c.until("the claim in a block", func() bool {
		status, _ := c.ask("GET", at+"/claim", "", nil, &claimed)
		return status == http.StatusOK && claimed.State == string(lighthouse.InBlock)
	})
	status, raw := c.ask("GET", at+"/opening", "", nil, nil)
	opening, err := document.ReadOpening(raw)
	if err != nil {
		t.Fatalf("the opening: %d, %v", status, err)
	}
	if opening.ServerKey != file.ServerKey || len(opening.Leaves) != len(all) || len(opening.Heads) < 2 {
		t.Errorf("it opens %d leaves and %d heads", len(opening.Leaves), len(opening.Heads))
	}
	if _, err := opening.Holds(counted.Leaf); err != nil {
		t.Error(err)
	}
	for _, p := range all {
		if _, err := opening.Holds(c.receipt(p).Leaf); err != nil {
			t.Error(err)
		}
	}
	claim := new(wire.MsgTx)
	raw, err = hex.DecodeString(claimed.Tx)
	if err != nil {
		t.Fatal(err)
	}
	if err := claim.Deserialize(bytes.NewReader(raw)); err != nil {
		t.Fatal(err)
	}
	// All that the claim takes was counted, and notarised, before it was made.
	last := opening.Heads[len(opening.Heads)-1]
	taken := make(map[wire.OutPoint]bool)
	for _, n := range last.Members {
		taken[opening.Leaves[n].Outpoint] = true
	}
	for _, in := range claim.TxIn {
		if !taken[in.PreviousOutPoint] {
			t.Errorf("the claim takes %s, which the last total does not count", in.PreviousOutPoint)
		}
	}
	c.until("the last total's proof", func() bool {
		status, _ := c.ask("GET", "/proofs/"+hexOf(last.Head.Digest()), "", nil, nil)
		return status == http.StatusOK
	})
}

func hexOf(h tree.Hash) string { return hex.EncodeToString(h[:]) }
