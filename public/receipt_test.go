package public_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"

	"cairn/assets"
	"cairn/assets/ledger/engine"
	"cairn/assets/openassets"
	"cairn/assets/receipt"
	"cairn/chain"
	"cairn/public"
)

// ask runs lines through the receipt page's own modules.
func ask(t *testing.T, lines []string) []string {
	t.Helper()
	node := exec.Command("node", "src/receipt/check.js")
	node.Stdin = strings.NewReader(strings.Join(lines, "\n") + "\n")
	var complaint bytes.Buffer
	node.Stderr = &complaint
	out, err := node.Output()
	if err != nil {
		t.Fatalf("node (.ci/setup installs it with npm): %v\n%s", err, complaint.Bytes())
	}
	got := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if len(got) != len(lines) {
		t.Fatalf("%d answers for %d lines", len(got), len(lines))
	}
	return got
}

func oneLine(t *testing.T, f *receipt.File) string {
	t.Helper()
	raw, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func holdings(held []assets.Holding) string {
	var parts []string
	for _, h := range held {
		parts = append(parts, fmt.Sprintf("%d %s", h.Units, h.Asset.Text(chain.Devnet)))
	}
	return strings.Join(parts, ", ")
}

var receiptKinds = map[receipt.ErrorKind]string{
	receipt.ErrFormat: "format", receipt.ErrTruncated: "truncated", receipt.ErrSize: "size", receipt.ErrAncestor: "ancestor",
	receipt.ErrUnconfirmed: "unconfirmed", receipt.ErrBranch: "branch", receipt.ErrWork: "work", receipt.ErrOrder: "order",
	receipt.ErrHoldings: "holdings", receipt.ErrDefinition: "definition",
}

// proven is what assets/receipt makes of a receipt, as check.js writes it.
func proven(line string) string {
	f, err := receipt.Decode([]byte(line))
	var v *receipt.Verdict
	if err == nil {
		v, err = receipt.Verify(f, receipt.Options{})
	}
	var kind receipt.ErrorKind
	if errors.As(err, &kind) {
		return "wrong " + receiptKinds[kind]
	}
	var stated, bound []string
	for _, at := range v.Stated {
		stated = append(stated, at.String())
	}
	for _, d := range v.Definitions {
		bound = append(bound, strconv.FormatBool(d.Bound))
	}
	return fmt.Sprintf("%s %d [%s] %d %s %d %s %d %s %s", v.Coin, v.Value, holdings(v.Holdings), v.Block.Height, v.Block.Hash,
		v.Upon, v.Work, v.Transactions, strings.Join(stated, ","), strings.Join(bound, ","))
}

// The receipt page checks receipts in JavaScript. It must say what assets/receipt
// says, of good ones and of those spoilt in every way.
func TestTheReceiptPageSaysWhatWeSay(t *testing.T) {
	paths, err := filepath.Glob("../assets/receipt/testdata/*.json")
	if err != nil || len(paths) < 8 {
		t.Fatalf("%d receipts, %v", len(paths), err)
	}
	var lines []string
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		spoil := func(how func(f *receipt.File)) {
			f, err := receipt.Decode(raw)
			if err != nil {
				t.Fatal(err)
			}
			how(f)
			lines = append(lines, oneLine(t, f))
		}
		f, err := receipt.Decode(raw)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, oneLine(t, f), oneLine(t, f)[:300])
		for i := range f.Transactions {
			spoil(func(f *receipt.File) { f.Transactions = slices.Delete(f.Transactions, i, i+1) })
			spoil(func(f *receipt.File) { f.Transactions = append(f.Transactions, f.Transactions[i]) })
			spoil(func(f *receipt.File) { f.Transactions[i] = f.Transactions[i][:len(f.Transactions[i])/2] })
			for at := range len(f.Transactions[i]) / 16 {
				spoil(func(f *receipt.File) { f.Transactions[i][16*at] ^= 1 })
			}
		}
		for b := range f.Blocks {
			for _, at := range []int{0, 40, 75} {
				spoil(func(f *receipt.File) { f.Blocks[b].Header[at] ^= 0x80 })
			}
			spoil(func(f *receipt.File) { f.Blocks = slices.Delete(f.Blocks, b, b+1) })
			spoil(func(f *receipt.File) { f.Blocks[b].Height += 100 })
			for i := range f.Blocks[b].Transactions {
				spoil(func(f *receipt.File) { f.Blocks[b].Transactions[i].Index ^= 1 })
				spoil(func(f *receipt.File) { f.Blocks[b].Transactions[i].Index = 1 << 31 })
				spoil(func(f *receipt.File) { f.Blocks[b].Transactions[i].Branch = nil })
			}
		}
		spoil(func(f *receipt.File) { f.Holdings[0].Units += "0" })
		spoil(func(f *receipt.File) { f.Holdings = append(f.Holdings, f.Holdings[0]) })
		spoil(func(f *receipt.File) { f.State.Height = 0 })
		spoil(func(f *receipt.File) { f.Network = "signet" })
		spoil(func(f *receipt.File) { f.Protocol = "omni" })
		spoil(func(f *receipt.File) {
			f.Definitions = []receipt.Definition{{Asset: f.Holdings[0].Asset, SHA256: make([]byte, 32), Content: []byte("{}")}}
		})
		for _, content := range definitions(f.Holdings[0].Asset) {
			sum := sha256.Sum256([]byte(content))
			spoil(func(f *receipt.File) {
				f.Definitions = []receipt.Definition{{Asset: f.Holdings[0].Asset, SHA256: sum[:], Content: []byte(content)}}
			})
			spoil(func(f *receipt.File) {
				f.Definitions = []receipt.Definition{{Asset: "oMsYAJSAmVtdMEy4isBVdHWvPDy6tUVZYW", SHA256: sum[:], Content: []byte(content)}}
			})
		}
	}
	kinds := map[string]int{}
	for i, got := range ask(t, lines) {
		want := proven(lines[i])
		if got != want {
			t.Errorf("%.400s:\n got %s\nwant %s", lines[i], got, want)
		}
		if kind, wrong := strings.CutPrefix(want, "wrong "); wrong {
			kinds[kind]++
		} else {
			kinds["good"]++
		}
	}
	for _, kind := range []string{"good", "format", "truncated", "ancestor", "unconfirmed", "branch", "work", "order", "holdings", "definition"} {
		if kinds[kind] == 0 {
			t.Errorf("no receipt is %s: %v", kind, kinds)
		}
	}
}

// definitions of an asset, good ones and others.
func definitions(asset string) (all []string) {
	rest := append(append([]byte{33}, make([]byte, 33)...), txscript.OP_CHECKSIG)
	listed := openassets.AssetID(rest).Text(chain.Devnet) // that of the kept receipt "fixed"
	for _, ids := range []string{`["` + asset + `"]`, `["` + listed + `","x"]`, `["oMsYAJSAmVtdMEy4isBVdHWvPDy6tUVZYW"]`, `[]`, `"` + asset + `"`, `[1]`} {
		all = append(all, `{"asset_ids":`+ids+`,"name":"MasterBTC","name_short":"M"}`)
	}
	for _, more := range []string{
		`"name":"M"`, `"name":" ","name_short":"M"`, `"name":"M","name_short":"elevenchars"`, `"name":"M","name_short":"十个字十个字十个字十"`,
		`"name":"M","name_short":"M","divisibility":18`, `"name":"M","name_short":"M","divisibility":19`, `"name":"M","name_short":"M","divisibility":-1`,
		`"name":"M","name_short":"M","divisibility":"2"`, `"name":"M","name_short":"M","version":"1.0"`, `"name":"M","name_short":"M","version":"2.0"`,
		`"name":"M","name_short":"M","image_url":7`, `"name":"M","name_short":"M","link_to_website":true,"description":null`, `"name":"M","name_short":7`,
	} {
		all = append(all, `{"asset_ids":["`+asset+`"],`+more+`}`)
	}
	return append(all, "", "null", "[]", "{", "\xff", `{"asset_ids":["`+asset+`"],"name":"M","name_short":"M"} `)
}

// spend is a transaction to be colored.
type spend struct {
	p      assets.Protocol
	tx     *wire.MsgTx
	inputs []assets.Input
}

type spendJSON struct {
	Protocol string      `json:"protocol"`
	Hex      string      `json:"hex"`
	Inputs   []inputJSON `json:"inputs"`
}

type inputJSON struct {
	Value  int64       `json:"value"`
	Script *string     `json:"script,omitempty"`
	Tag    *uint32     `json:"tag,omitempty"`
	Held   [][2]string `json:"held"`
}

func (s spend) line(t *testing.T) string {
	t.Helper()
	var raw bytes.Buffer
	if err := s.tx.SerializeNoWitness(&raw); err != nil {
		t.Fatal(err)
	}
	out := spendJSON{Protocol: s.p.String(), Hex: hex.EncodeToString(raw.Bytes())}
	for _, in := range s.inputs {
		j := inputJSON{Held: [][2]string{}}
		if in.Prevout != nil {
			script := hex.EncodeToString(in.Prevout.PkScript)
			j.Value, j.Script = in.Prevout.Value, &script
		}
		if in.HasTag {
			j.Tag = &in.Tag
		}
		for _, h := range in.Holdings {
			j.Held = append(j.Held, [2]string{h.Asset.Text(chain.Devnet), strconv.FormatInt(h.Units, 10)})
		}
		out.Inputs = append(out.Inputs, j)
	}
	raw2, err := json.Marshal(map[string]spendJSON{"colour": out})
	if err != nil {
		t.Fatal(err)
	}
	return string(raw2)
}

func (s spend) want() string {
	for _, r := range engine.All() {
		if r.Protocol != s.p {
			continue
		}
		c := r.Color(s.tx, s.inputs, assets.Specification)
		if c.Verdict == assets.Unsure {
			return "unsure"
		}
		var b strings.Builder
		fmt.Fprintf(&b, "%s ", c.Verdict)
		for _, held := range c.Outputs {
			fmt.Fprintf(&b, "[%s]", holdings(held))
		}
		return b.String()
	}
	return ""
}

// The page colors transactions as the protocols' packages do: those of the vectors,
// chained, and many more made of them by chance.
func TestTheReceiptPageColorsAsWeDo(t *testing.T) {
	var all []spend
	all = append(all, chained(t)...)
	all = append(all, payloads(t)...)
	all = append(all, kernels(t)...)
	random := rand.New(rand.NewPCG(3, 4))
	for _, s := range slices.Clone(all) {
		all = append(all, s.mutated(random))
	}
	var lines []string
	for _, s := range all {
		lines = append(lines, s.line(t))
	}
	verdicts := map[string]int{}
	for i, got := range ask(t, lines) {
		want := all[i].want()
		if got != want {
			t.Errorf("%.1500s:\n got %s\nwant %s", lines[i], got, want)
		}
		verdict, _, _ := strings.Cut(want, " ")
		verdicts[all[i].p.String()+" "+verdict]++
	}
	for _, v := range []string{"open-assets valid", "open-assets rejected", "open-assets none", "colu valid", "colu overflow", "colu rejected", "epobc valid", "epobc rejected"} {
		if verdicts[v] < 20 {
			t.Errorf("%s: %d times only, %v", v, verdicts[v], verdicts)
		}
	}
}

// mutated changes a byte of an output script, a value, a sequence or a holding.
func (s spend) mutated(random *rand.Rand) spend {
	m := spend{p: s.p, tx: s.tx.Copy(), inputs: slices.Clone(s.inputs)}
	switch random.IntN(4) {
	case 0, 1:
		if out := m.tx.TxOut[random.IntN(len(m.tx.TxOut))]; len(out.PkScript) > 0 {
			out.PkScript = bytes.Clone(out.PkScript)
			out.PkScript[random.IntN(len(out.PkScript))] ^= byte(1 << random.IntN(8))
		}
	case 2:
		m.tx.TxIn[0].Sequence ^= 1 << random.IntN(12)
	case 3:
		in := &m.inputs[random.IntN(len(m.inputs))]
		in.Holdings = slices.Clone(in.Holdings)
		if len(in.Holdings) > 0 {
			in.Holdings[0].Units += int64(random.IntN(3))
		} else {
			in.Prevout = nil
		}
	}
	return m
}

func readGzip(t *testing.T, path string, into any) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.NewDecoder(z).Decode(into); err != nil {
		t.Fatal(err)
	}
}

func transaction(t *testing.T, text string) *wire.MsgTx {
	t.Helper()
	raw, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	tx := wire.NewMsgTx(1)
	if err := tx.Deserialize(bytes.NewReader(raw)); err != nil {
		t.Fatal(err)
	}
	return tx
}

// chained are the Open Assets chains, every transaction under every protocol.
func chained(t *testing.T) (all []spend) {
	var chains []struct{ Transactions []string }
	readGzip(t, "../assets/openassets/testdata/chains.json.gz", &chains)
	for _, c := range chains {
		made := map[chainhash.Hash]*wire.MsgTx{}
		held := map[wire.OutPoint][]assets.Holding{}
		for _, text := range c.Transactions {
			tx := transaction(t, text)
			made[tx.TxHash()] = tx
			inputs := make([]assets.Input, len(tx.TxIn))
			for i, in := range tx.TxIn {
				if from := made[in.PreviousOutPoint.Hash]; from != nil {
					p, _ := engine.PrevoutOf(from, in.PreviousOutPoint.Index)
					inputs[i] = assets.Input{Prevout: p.Out, Tag: p.Tag, HasTag: true, Holdings: held[in.PreviousOutPoint]}
				}
			}
			s := spend{assets.OpenAssets, tx, inputs}
			all = append(all, s)
			for i, h := range engine.All()[0].Color(tx, inputs, assets.Specification).Outputs {
				held[wire.OutPoint{Hash: tx.TxHash(), Index: uint32(i)}] = h
			}
		}
	}
	return all
}

// payloads are Colu's, behind as many outputs as the vectors say.
func payloads(t *testing.T) (all []spend) {
	var vectors []struct {
		Hex  string
		Vin  [][4]json.RawMessage
		Nout int
	}
	readGzip(t, "../assets/colu/testdata/raw.json.gz", &vectors)
	for _, v := range vectors {
		payload, err := hex.DecodeString(v.Hex)
		if err != nil {
			t.Fatal(err)
		}
		s := spend{p: assets.Colu, tx: wire.NewMsgTx(2)}
		for range v.Nout {
			s.tx.AddTxOut(wire.NewTxOut(546, []byte{0x51}))
		}
		s.tx.TxOut[len(s.tx.TxOut)-1].PkScript = append([]byte{0x6a, byte(len(payload))}, payload...)
		for i, in := range v.Vin {
			var script string
			var held [][2]any
			if err := errors.Join(json.Unmarshal(in[2], &script), json.Unmarshal(in[3], &held)); err != nil {
				t.Fatal(err)
			}
			raw, err := hex.DecodeString(script)
			if err != nil {
				t.Fatal(err)
			}
			s.tx.AddTxIn(wire.NewTxIn(&wire.OutPoint{Hash: chainhash.Hash{1}, Index: uint32(i)}, nil, nil))
			input := assets.Input{Prevout: wire.NewTxOut(1, raw)}
			for _, h := range held {
				id := make([]byte, 24)
				copy(id, map[string]string{"A": "\x2e\x37", "B": "\x2e\x6b", "C": "\x2e\x4e", "D": "\x2e\x37"}[h[0].(string)]+h[0].(string))
				asset, err := assets.NewID(assets.Colu, id)
				if err != nil {
					t.Fatal(err)
				}
				input.Holdings = append(input.Holdings, assets.Holding{Asset: asset, Units: int64(h[1].(float64))})
			}
			s.inputs = append(s.inputs, input)
		}
		all = append(all, s)
	}
	return all
}

// kernels are EPOBC's.
func kernels(t *testing.T) (all []spend) {
	var vectors []struct {
		Sequence uint32
		Inputs   []struct {
			Value    int64
			Sequence uint32 `json:"prev_tx_first_sequence"`
			Coinbase bool   `json:"prev_is_coinbase"`
		}
		Held    []*int64 `json:"in_colorvalues"`
		Outputs []int64
	}
	readGzip(t, "../assets/epobc/testdata/kernels.json.gz", &vectors)
	color, err := assets.NewID(assets.EPOBC, bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range vectors {
		s := spend{p: assets.EPOBC, tx: wire.NewMsgTx(1)}
		for i, in := range v.Inputs {
			s.tx.AddTxIn(&wire.TxIn{PreviousOutPoint: wire.OutPoint{Hash: chainhash.Hash{1}, Index: uint32(i)}, Sequence: v.Sequence})
			input := assets.Input{Prevout: wire.NewTxOut(in.Value, nil), Tag: in.Sequence, HasTag: true}
			if in.Coinbase {
				input.Tag = engine.NoTag
			}
			if held := v.Held[i]; held != nil && *held > 0 {
				input.Holdings = []assets.Holding{{Asset: color, Units: *held}}
			}
			s.inputs = append(s.inputs, input)
		}
		for _, value := range v.Outputs {
			s.tx.AddTxOut(wire.NewTxOut(value, []byte{0x51}))
		}
		if len(s.tx.TxIn) > 0 && len(s.tx.TxOut) > 0 {
			all = append(all, s)
		}
	}
	return all
}

func TestTheReceiptPageCarriesAReceipt(t *testing.T) {
	empty, full := public.ReceiptPage(nil), public.ReceiptPage([]byte(`{"a":"</script>"}`))
	if !bytes.Contains(empty, []byte(`id="evidence">null</script>`)) || !bytes.Contains(full, []byte(`id="evidence">{"a":"\u003c/script\u003e"}</script>`)) {
		t.Error("the receipt is not where it should be")
	}
	if bytes.Contains(empty, []byte("{{")) || !bytes.Contains(empty, []byte("default-src 'none'; script-src 'sha256-")) {
		t.Error("the page is not whole, or has no policy")
	}
}
