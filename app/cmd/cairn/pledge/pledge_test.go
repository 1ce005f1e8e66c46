package pledge

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cairn/app/cmd/cairn/terminal"
	"cairn/chain"
	"cairn/lighthouse"
	"cairn/lighthouse/contract"
	"cairn/lighthouse/document"
	"cairn/lighthouse/progress/tree"

	"github.com/alecthomas/kong"
	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/btcutil/psbt"
	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// desk is a campaign of two levels with its files, as a server gives them.
type desk struct {
	*testing.T
	folder   string
	signer   document.Signer
	campaign lighthouse.Campaign
	pledges  []lighthouse.Pledge
}

var openedAt = time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)

func keyOf(text string) *btcec.PrivateKey {
	key, _ := btcec.PrivKeyFromBytes(chainhash.HashB([]byte(text)))
	return key
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{T: t, folder: t.TempDir(), signer: document.NewSigner([32]byte{5}), campaign: lighthouse.Campaign{
		ID: lighthouse.ID{9}, Text: lighthouse.Text{Title: "Ridge"}, Language: "en", Category: "other", OpenedAt: openedAt,
		Terms: lighthouse.Terms{Revision: 1, Least: 1_000, Deadline: 500, DeadlineAt: openedAt, AtDeadline: true},
	}}
	for i, amount := range []btcutil.Amount{100_000, 200_000} {
		address, script := d.address(fmt.Sprint("beneficiary ", i))
		own, err := contract.New(contract.Version, 500, []contract.Output{{Value: amount, Script: script}})
		if err != nil {
			t.Fatal(err)
		}
		d.campaign.Terms.Levels = append(d.campaign.Terms.Levels, lighthouse.Level{
			Goal: amount + 5_000, Reserve: 5_000, Contract: own, Beneficiaries: []lighthouse.Beneficiary{{Name: "Ridge", Address: address, Amount: amount}},
		})
	}
	raw, err := d.signer.Campaign(document.Campaign{Network: chain.Devnet, Server: "https://cairn.example", MadeAt: openedAt, Campaign: d.campaign})
	if err != nil {
		t.Fatal(err)
	}
	d.file("campaign.jsonl", raw)
	return d
}

func (d *desk) address(key string) (string, []byte) {
	d.Helper()
	to, err := btcutil.NewAddressTaproot(txscript.ComputeTaprootKeyNoScript(keyOf(key).PubKey()).SerializeCompressed()[1:], &chaincfg.RegressionNetParams)
	if err != nil {
		d.Fatal(err)
	}
	script, err := txscript.PayToAddrScript(to)
	if err != nil {
		d.Fatal(err)
	}
	return to.EncodeAddress(), script
}

func (d *desk) file(name string, raw []byte) string {
	d.Helper()
	name = filepath.Join(d.folder, name)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		d.Fatal(err)
	}
	if err := os.WriteFile(name, raw, 0o644); err != nil {
		d.Fatal(err)
	}
	return name
}

// pledge signs a taproot coin for some levels and writes its file.
func (d *desk) pledge(n int, value btcutil.Amount, levels ...int) string {
	d.Helper()
	backer := fmt.Sprint("backer ", n)
	_, script := d.address(backer)
	p := lighthouse.Pledge{
		ID: lighthouse.PledgeID{byte(n), 1}, Campaign: d.campaign.ID, Outpoint: wire.OutPoint{Hash: chainhash.HashH([]byte(backer)), Index: 2},
		Coin: contract.Coin{Value: value, Script: script}, Signed: map[int]contract.Pledge{}, At: openedAt.Add(time.Duration(n) * time.Minute),
	}
	for _, level := range levels {
		tx := d.campaign.Terms.Levels[level].Contract.Alone(contract.Pledge{OutPoint: p.Outpoint, Sequence: wire.MaxTxInSequenceNum - 2})
		hashes := txscript.NewTxSigHashes(tx, txscript.NewCannedPrevOutputFetcher(script, int64(value)))
		witness, err := txscript.TaprootWitnessSignature(tx, hashes, 0, int64(value), script, txscript.SigHashAll|txscript.SigHashAnyOneCanPay, keyOf(backer))
		if err != nil {
			d.Fatal(err)
		}
		p.Signed[level] = contract.Pledge{OutPoint: p.Outpoint, Sequence: tx.TxIn[0].Sequence, Witness: witness}
	}
	raw, err := document.WritePledge(chain.Devnet, d.campaign, p)
	if err != nil {
		d.Fatal(err)
	}
	d.pledges = append(d.pledges, p)
	return d.file(fmt.Sprintf("pledges/%03d.jsonl", n), raw)
}

func (d *desk) path(name string) string { return filepath.Join(d.folder, name) }

// ran is what a command line wrote, and its exit code.
type ran struct {
	out, remarks string
	code         int
}

func cairn(t *testing.T, args ...string) ran {
	t.Helper()
	var cli struct {
		Pledge Cmd `cmd:""`
	}
	parser, err := kong.New(&cli, kong.BindTo(t.Context(), (*context.Context)(nil)), kong.Exit(func(int) { t.Fatal("kong wants to exit") }))
	if err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	parsed, err := parser.Parse(append([]string{"pledge"}, args...))
	if err != nil {
		return ran{remarks: err.Error(), code: terminal.ExitUsage}
	}
	err = parsed.Run(&terminal.Output{Stdout: &stdout, Stderr: &stderr, Stdin: strings.NewReader("")})
	r := ran{out: stdout.String(), remarks: stderr.String()}
	var own interface{ ExitCode() int }
	switch {
	case errors.As(err, &own):
		r.code = own.ExitCode()
	case err != nil:
		r.code = terminal.ExitFail
	}
	if err != nil {
		r.remarks += err.Error()
	}
	return r
}

func (r ran) want(t *testing.T, code int, says ...string) ran {
	t.Helper()
	if r.code != code {
		t.Errorf("exit code %d, not %d\n%s%s", r.code, code, r.out, r.remarks)
	}
	for _, s := range says {
		if !strings.Contains(r.out+r.remarks, s) {
			t.Errorf("it does not say %q:\n%s%s", s, r.out, r.remarks)
		}
	}
	return r
}

func TestCheck(t *testing.T) {
	d := newDesk(t)
	file := d.pledge(1, 60_000, 0, 1)
	campaign := d.path("campaign.jsonl")
	cairn(t, "check", campaign).want(t, terminal.ExitOK, `the campaign "Ridge" on devnet, signed by its server`)
	cairn(t, "check", file, "--campaign", campaign).want(t, terminal.ExitOK, "a pledge of 60000 sat (p2tr) for the goal and level 1; whether the coin is there was not looked at")
	cairn(t, "check", d.path("pledges"), "--campaign", campaign).want(t, terminal.ExitOK, "60000 sat")
	cairn(t, "check", file).want(t, terminal.ExitFail, "give --campaign")
	cairn(t, "check", "--campaign", campaign).want(t, terminal.ExitUsage)
	cairn(t, "check", d.path("nothing"), "--campaign", campaign).want(t, terminal.ExitFail, "nothing")
	cairn(t, "check", d.file("words", []byte("words")), "--campaign", campaign).want(t, terminal.ExitFail, "bad: this is not such a file")
	cairn(t, "check", file, "--campaign", file).want(t, terminal.ExitFail)
	cairn(t, "check", file, "--campaign", campaign, "--esplora", "ftp://x").want(t, terminal.ExitUsage)

	// A transaction alone does not say what its coin is worth.
	alone := d.file("alone.hex", document.Hex(d.campaign.Terms.Levels[0].Contract.Alone(d.pledges[0].Signed[0])))
	cairn(t, "check", alone, "--campaign", campaign).want(t, terminal.ExitUndecided, "undecided: the file does not say what the coin is")

	changed := d.campaign.Terms.Levels[0].Contract.Alone(d.pledges[0].Signed[0])
	changed.TxOut[0].Value++
	other := d.file("other.hex", document.Hex(changed))
	server := newExplorer(t, d.pledges[0])
	cairn(t, "check", alone, file, "--campaign", campaign, "--esplora", server.url()).want(t, terminal.ExitOK, "60000 sat (p2tr) for the goal\n")
	cairn(t, "check", other, "--campaign", campaign, "--esplora", server.url()).want(t, terminal.ExitFail, "pays other outputs")

	r := cairn(t, "check", file, alone, other, "--campaign", campaign, "--json").want(t, terminal.ExitFail)
	var result struct {
		Files []struct {
			Outcome string
			Amount  int64 `json:"amount_sat"`
			Levels  []int
		}
	}
	if err := json.Unmarshal([]byte(r.out), &result); err != nil || len(result.Files) != 3 {
		t.Fatalf("%s: %v", r.out, err)
	}
	if f := result.Files; f[0].Outcome != "good" || f[0].Amount != 60_000 || len(f[0].Levels) != 2 || f[1].Outcome != "undecided" || f[2].Outcome != "bad" {
		t.Errorf("%+v", f)
	}
}

// explorerOf is a server of the Esplora kind that knows some coins.
type explorerServer struct {
	*httptest.Server
	confirmed, spent, broken bool
	value                    btcutil.Amount
}

func (s *explorerServer) url() string { return s.URL }

func newExplorer(t *testing.T, coins ...lighthouse.Pledge) *explorerServer {
	t.Helper()
	s := &explorerServer{confirmed: true}
	mux := http.NewServeMux()
	find := func(r *http.Request) *lighthouse.Pledge {
		for i, p := range coins {
			if p.Outpoint.Hash.String() == r.PathValue("txid") {
				return &coins[i]
			}
		}
		return nil
	}
	mux.HandleFunc("GET /tx/{txid}", func(w http.ResponseWriter, r *http.Request) {
		p := find(r)
		if s.broken {
			http.Error(w, "out of order", http.StatusBadGateway)
			return
		}
		if p == nil {
			http.Error(w, "Transaction not found", http.StatusNotFound)
			return
		}
		value := p.Coin.Value
		if s.value > 0 {
			value = s.value
		}
		fmt.Fprintf(w, `{"txid":"%s","vout":[{"value":1},{"value":2},{"scriptpubkey":"%x","scriptpubkey_type":"v1_p2tr","value":%d}],"status":{"confirmed":%v}}`,
			p.Outpoint.Hash, p.Coin.Script, int64(value), s.confirmed)
	})
	mux.HandleFunc("GET /tx/{txid}/outspend/{index}", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"spent":%v}`, s.spent)
	})
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func TestCoins(t *testing.T) {
	d := newDesk(t)
	file := d.pledge(1, 60_000, 0)
	campaign := d.path("campaign.jsonl")
	server := newExplorer(t, d.pledges[0])
	check := func() ran {
		return cairn(t, "check", file, "--campaign", campaign, "--esplora", server.url()+"/", "--json")
	}
	check().want(t, terminal.ExitOK, `"looked_up": true`)
	server.spent = true
	check().want(t, terminal.ExitFail, "spent already")
	server.spent, server.confirmed = false, false
	check().want(t, terminal.ExitUndecided, "no block holds the coin yet")
	server.confirmed, server.value = true, 59_999
	check().want(t, terminal.ExitFail, "another one than the file says")
	server.value, server.broken = 0, true
	check().want(t, terminal.ExitUndecided, "502")
	server.broken = false
	stranger := d.pledge(2, 60_000, 0)
	cairn(t, "check", stranger, "--campaign", campaign, "--esplora", server.url()).want(t, terminal.ExitFail, "no such coin")
	server.Close()
	check().want(t, terminal.ExitUndecided)
}

func TestReceipts(t *testing.T) {
	d := newDesk(t)
	var leaves []tree.Leaf
	for n := range 3 {
		d.pledge(n, 40_000, 0)
		leaves = append(leaves, tree.Leaf{Campaign: d.campaign.ID, Pledge: d.pledges[n].ID, Outpoint: d.pledges[n].Outpoint, Value: 40_000, Salt: tree.Hash{byte(n)}})
	}
	h := tree.Over(leaves, tree.Head{Campaign: d.campaign.ID, At: openedAt})
	campaign := d.path("campaign.jsonl")
	receipt := func(name string, signer document.Signer, leaf tree.Leaf, in *document.Included) string {
		raw, err := signer.Receipt(document.Receipt{Network: chain.Devnet, MadeAt: openedAt, Leaf: leaf, Since: openedAt, Included: in})
		if err != nil {
			t.Fatal(err)
		}
		return d.file(name, raw)
	}
	opening := func(name string, o document.Opening) string {
		o.Network, o.MadeAt, o.Campaign = chain.Devnet, openedAt, d.campaign.ID
		raw, err := d.signer.Opening(o)
		if err != nil {
			t.Fatal(err)
		}
		return d.file(name, raw)
	}
	digest := h.Digest()
	good := receipt("receipt", d.signer, leaves[1], &document.Included{Head: h, Index: 1, Path: tree.Path(tree.Hashes(leaves), 1)})
	all := opening("opening", document.Opening{Leaves: leaves, Heads: []document.OpenedHead{{Head: h, Members: []int{0, 1, 2}}}})
	cairn(t, "check", good).want(t, terminal.ExitOK, "counted it among 3 of 120000 sat", hex.EncodeToString(digest[:]))
	cairn(t, "check", receipt("early", d.signer, leaves[0], nil), "--campaign", campaign).want(t, terminal.ExitOK, "has not counted it yet")
	cairn(t, "check", good, all, "--campaign", campaign).want(t, terminal.ExitOK, "counted in 1 of 1 totals", "3 pledges, from which all 1 totals follow")
	cairn(t, "check", receipt("stranger", document.NewSigner([32]byte{6}), leaves[1], nil), "--campaign", campaign).
		want(t, terminal.ExitFail, "another server than the campaign's has signed it")
	elsewhere := leaves[1]
	elsewhere.Campaign = lighthouse.ID{77}
	cairn(t, "check", receipt("elsewhere", d.signer, elsewhere, nil), "--campaign", campaign).want(t, terminal.ExitFail, "another campaign")

	// A server that leaves a pledge out is shown by its own receipt.
	two := tree.Over(leaves[:1], tree.Head{Campaign: d.campaign.ID, At: openedAt})
	without := opening("without", document.Opening{Leaves: leaves[:1], Heads: []document.OpenedHead{{Head: two, Members: []int{0}}}})
	cairn(t, "check", without, good, "--campaign", campaign).want(t, terminal.ExitFail, "not among those that were counted")
	forked := opening("forked", document.Opening{Leaves: leaves, Heads: []document.OpenedHead{{Head: two, Members: []int{0}}}})
	cairn(t, "check", forked, good, "--campaign", campaign).want(t, terminal.ExitFail, "leaves out the total")

	claim := wire.NewMsgTx(2)
	claim.AddTxIn(&wire.TxIn{PreviousOutPoint: leaves[0].Outpoint})
	claim.AddTxIn(&wire.TxIn{PreviousOutPoint: wire.OutPoint{Index: 4}})
	claim.AddTxOut(wire.NewTxOut(1, nil))
	cairn(t, "check", all, "--claim", d.file("claim.hex", append(document.Hex(claim), '\n'))).want(t, terminal.ExitOK, "1 of the claim's 2 inputs were counted")
	cairn(t, "check", all, "--claim", d.file("nonsense", []byte("xyz"))).want(t, terminal.ExitFail, "no transaction")
}

func TestAssemble(t *testing.T) {
	d := newDesk(t)
	campaign, pledges := d.path("campaign.jsonl"), d.path("pledges")
	d.pledge(1, 60_000, 0, 1)
	cairn(t, "assemble", pledges, "--campaign", campaign).want(t, terminal.ExitPending, "sat are missing for the goal")
	r := cairn(t, "assemble", pledges, "--campaign", campaign, "--json").want(t, terminal.ExitPending)
	var result assembled
	// 100,000, the fixed part of the claim (55 bytes) and the input (57.75) at
	// 2 sat for each.
	if err := json.Unmarshal([]byte(r.out), &result); err != nil || result.Missing < 40_200 || result.Missing > 40_240 {
		t.Fatalf("%+v, %v", result, err)
	}
	d.pledge(2, 50_000, 0, 1)
	d.pledge(3, 30_000, 0)
	out := d.path("claim.hex")
	cairn(t, "assemble", pledges, "--campaign", campaign, "-o", out).want(t, terminal.ExitOK, "2 pledges reach the goal", "1 more pledges are not needed", "from block 500 on")
	raw, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	d.valid(string(raw), 0)
	cairn(t, "assemble", pledges, "--campaign", campaign, "-o", out).want(t, terminal.ExitUsage, "is there already")

	// The higher level is taken as soon as it is reached, by those who signed
	// for it.
	d.pledge(4, 100_000, 0, 1)
	cairn(t, "assemble", pledges, "--campaign", campaign, "-o", out, "--force").want(t, terminal.ExitOK, "3 pledges reach level 1")
	raw, err = os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	d.valid(string(raw), 1)
	d.valid(cairn(t, "assemble", pledges, "--campaign", campaign, "--level", "0").want(t, terminal.ExitOK).out, 0)

	// Files that are no good are left out, and named.
	d.file("pledges/005.jsonl", []byte("nonsense"))
	twice, err := os.ReadFile(d.path("pledges/001.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	d.file("pledges/006.jsonl", twice)
	r = cairn(t, "assemble", pledges, "--campaign", campaign).want(t, terminal.ExitPartly, "005.jsonl is left out", "006.jsonl is left out: two pledges spend the same coin")
	d.valid(r.out, 1)
	// So are coins that a server knows to be gone.
	server := newExplorer(t, d.pledges[1:]...)
	r = cairn(t, "assemble", pledges, "--campaign", campaign, "--esplora", server.url(), "--json").want(t, terminal.ExitPartly, "001.jsonl is left out: there is no such coin")
	if err := json.Unmarshal([]byte(r.out), &result); err != nil || result.Level != 0 || len(result.LeftOut) != 3 || result.NotBefore != 500 {
		t.Errorf("%+v, %v", result, err)
	}
	for _, bad := range [][]string{{"--level", "2"}, {"--rate", "0"}, {"--level", "-2"}} {
		cairn(t, append([]string{"assemble", pledges, "--campaign", campaign}, bad...)...).want(t, terminal.ExitUsage)
	}
	cairn(t, "assemble", t.TempDir(), "--campaign", campaign).want(t, terminal.ExitUsage, "no files")
}

// valid runs the scripts of a claim for a level.
func (d *desk) valid(text string, level int) {
	d.Helper()
	raw, err := hex.DecodeString(strings.TrimSpace(text))
	if err != nil {
		d.Fatal(err)
	}
	tx := new(wire.MsgTx)
	if err := tx.Deserialize(bytes.NewReader(raw)); err != nil {
		d.Fatal(err)
	}
	if want := d.campaign.Terms.Levels[level].Beneficiaries[0].Amount; len(tx.TxOut) != 1 || btcutil.Amount(tx.TxOut[0].Value) != want {
		d.Errorf("the claim pays %v", tx.TxOut)
	}
	coins := make(map[wire.OutPoint]*wire.TxOut)
	for _, p := range d.pledges {
		coins[p.Outpoint] = wire.NewTxOut(int64(p.Coin.Value), p.Coin.Script)
	}
	prevouts := txscript.NewMultiPrevOutFetcher(coins)
	hashes := txscript.NewTxSigHashes(tx, prevouts)
	for i, in := range tx.TxIn {
		coin := coins[in.PreviousOutPoint]
		engine, err := txscript.NewEngine(coin.PkScript, tx, i, txscript.StandardVerifyFlags, nil, hashes, coin.Value, prevouts)
		if err == nil {
			err = engine.Execute()
		}
		if err != nil {
			d.Errorf("input %d: %v", i, err)
		}
	}
}

// The campaign that app/e2e/modules/pledge-files.test.js has wallets sign for is
// what is written today. CAIRN_UPDATE=1 writes it anew.
func TestKeptCampaign(t *testing.T) {
	d := newDesk(t)
	raw, err := os.ReadFile(d.path("campaign.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	const kept = "testdata/campaign.jsonl"
	if os.Getenv("CAIRN_UPDATE") != "" {
		if err := os.WriteFile(kept, raw, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(kept)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(raw, want) {
		t.Errorf("the campaign's file is written otherwise:\n%s\n%s", raw, want)
	}
}

func TestRequest(t *testing.T) {
	d := newDesk(t)
	campaign := d.path("campaign.jsonl")
	address, script := d.address("backer")
	previous := wire.NewMsgTx(2)
	previous.AddTxIn(&wire.TxIn{})
	previous.AddTxOut(wire.NewTxOut(60_000, script))
	coin := previous.TxHash().String() + ":0"
	made := d.file("previous.hex", document.Hex(previous))

	r := cairn(t, "request", "--campaign", campaign, "--coin", coin, "--value", "60000", "--address", address).want(t, terminal.ExitOK)
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(r.out))
	if err != nil {
		t.Fatal(err)
	}
	packet, err := psbt.NewFromRawBytes(bytes.NewReader(raw), false)
	if err != nil {
		t.Fatal(err)
	}
	in := packet.Inputs[0]
	if in.SighashType != txscript.SigHashAll|txscript.SigHashAnyOneCanPay || in.WitnessUtxo.Value != 60_000 || len(packet.Inputs) != 2 || packet.UnsignedTx.LockTime != 500 {
		t.Errorf("it asks for %+v", packet)
	}
	out := d.path("request.psbt")
	cairn(t, "request", "--campaign", campaign, "--coin", coin, "--previous", made, "--level", "1", "--alone", "-o", out).want(t, terminal.ExitOK)
	if raw, err = os.ReadFile(out); err != nil {
		t.Fatal(err)
	}
	if packet, err = psbt.NewFromRawBytes(bytes.NewReader(raw), false); err != nil || len(packet.Inputs) != 1 || packet.UnsignedTx.TxOut[0].Value != 200_000 || packet.Inputs[0].NonWitnessUtxo == nil {
		t.Errorf("it asks for %+v, %v", packet, err)
	}
	_, taproot := d.address("backer 7")
	server := newExplorer(t, lighthouse.Pledge{Outpoint: wire.OutPoint{Hash: chainhash.Hash{7}, Index: 2}, Coin: contract.Coin{Value: 70_000, Script: taproot}})
	cairn(t, "request", "--campaign", campaign, "--coin", chainhash.Hash{7}.String()+":2", "--esplora", server.url()).want(t, terminal.ExitOK, "cHNidP")
	server.spent = true
	cairn(t, "request", "--campaign", campaign, "--coin", chainhash.Hash{7}.String()+":2", "--esplora", server.url()).want(t, terminal.ExitFail, "spent already")

	for name, bad := range map[string][]string{
		"no coin":           {"--coin", "x", "--value", "1", "--address", address},
		"no value":          {"--coin", coin},
		"another network":   {"--coin", coin, "--value", "60000", "--address", "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2"},
		"no level":          {"--coin", coin, "--previous", made, "--level", "5"},
		"another previous":  {"--coin", chainhash.Hash{1}.String() + ":0", "--previous", made},
		"a file that is":    {"--coin", coin, "--previous", made, "-o", out},
		"an output of none": {"--coin", previous.TxHash().String() + ":9", "--previous", made},
	} {
		if r := cairn(t, append([]string{"request", "--campaign", campaign}, bad...)...); r.code != terminal.ExitUsage {
			t.Errorf("%s: exit code %d: %s", name, r.code, r.remarks)
		}
	}
	cairn(t, "request", "--campaign", campaign, "--coin", coin, "--value", "999", "--address", address).want(t, terminal.ExitFail, "too small")
}
