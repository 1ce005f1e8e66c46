package assets

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"cairn/app/cmd/cairn/terminal"
	"cairn/assets"
	"cairn/assets/blockfile"
	"cairn/assets/ledger/engine"
	"cairn/chain"

	"github.com/btcsuite/btcd/wire"
)

// ScanCmd looks through files of blocks.
type ScanCmd struct {
	Files    []string      `arg:"" name:"file" help:"Files of blocks, or folders of them."`
	Network  chain.Network `help:"Whose asset ids are printed: mainnet, testnet4, signet or devnet." enum:"devnet,signet,testnet4,mainnet" default:"mainnet"`
	Protocol []string      `help:"Only this protocol: open-assets, colu or epobc (repeatable)." placeholder:"NAME"`
	Undo     bool          `help:"Read the coins that NAME.raw spends from NAME-undo.raw beside it."`
	Check    bool          `help:"Check that blocks hold the transactions that their headers commit to."`
	JSON     bool          `help:"Print each transaction as a line of JSON."`
	Quiet    bool          `short:"q" help:"Print results and errors only."`
	now      func() time.Time
}

// Help tells kong what stands below the flags.
func (ScanCmd) Help() string {
	return `Files are those of Bitcoin Core and btcd (blk00000.dat; a key in xor.dat beside them is used), or bare blocks one
behind another. Blocks of all files are put in the order of the chain first; of branches the longest counts.
What was coloured before the first block is not known. Whose script issues an asset is told by the coin that the first
input spends: it is looked up in the blocks, in --undo, and in the input itself where its signature proves it; otherwise
the transaction is unsure. At the end stands the hash of each protocol's ledger, which two scans can compare.

Exit codes: 0 all files were read; 2 wrong use; 5 some could not be.`
}

// Run implements the command.
func (c *ScanCmd) Run(ctx context.Context, out *terminal.Output) error {
	out.Quiet = c.Quiet
	rules, err := c.rules()
	if err != nil {
		return err
	}
	s := scan{cmd: c, out: out, engine: engine.New(rules), memory: engine.Memory{}, hashes: make(map[assets.Protocol][32]byte)}
	for _, r := range rules {
		s.hashes[r.Protocol] = engine.Start(r.Protocol)
	}
	defer s.close()
	if err := s.open(c.Files); err != nil {
		return err
	}
	if err := s.run(ctx); err != nil {
		return err
	}
	if s.bad > 0 {
		return terminal.SilentExit(terminal.ExitPartly)
	}
	return nil
}

// rules are the protocols asked for.
func (c *ScanCmd) rules() ([]engine.Rules, error) {
	var wanted []assets.Protocol
	for _, name := range c.Protocol {
		p, err := assets.ParseProtocol(name)
		if err != nil {
			return nil, terminal.UsageError(err.Error())
		}
		wanted = append(wanted, p)
	}
	rules := engine.All()
	if len(wanted) == 0 {
		return rules, nil
	}
	return slices.DeleteFunc(rules, func(r engine.Rules) bool { return !slices.Contains(wanted, r.Protocol) }), nil
}

// scan is one pass over files.
type scan struct {
	cmd    *ScanCmd
	out    *terminal.Output
	engine *engine.Engine
	memory engine.Memory
	hashes map[assets.Protocol][32]byte

	files  []scanFile
	blocks []place
	bad    int // files that could not be read whole

	count, txs, found int
	bytes             int64
	busy              time.Duration
}

type scanFile struct {
	name string
	os   *os.File
	in   *blockfile.File
}

// place is a block in a file.
type place struct {
	file  int
	entry blockfile.Entry
}

func (s *scan) close() {
	for _, f := range s.files {
		f.os.Close()
	}
}

// open finds the blocks of the files, and puts them in order.
func (s *scan) open(names []string) error {
	paths, err := expand(names)
	if err != nil {
		return err
	}
	var found []place
	var headers []wire.BlockHeader
	for _, name := range paths {
		entries, err := s.openFile(name)
		if err != nil {
			s.bad++
			s.out.Complain("%s: %v", name, err)
		}
		for _, e := range entries {
			found = append(found, place{len(s.files) - 1, e})
			headers = append(headers, e.Header)
		}
	}
	order, stale := blockfile.Order(headers)
	for _, i := range order {
		s.blocks = append(s.blocks, found[i])
	}
	if len(stale) > 0 {
		s.out.Remark("%d blocks of shorter branches are left out", len(stale))
	}
	return nil
}

// openFile lists the blocks of a file; with an error those before it.
func (s *scan) openFile(name string) ([]blockfile.Entry, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	s.files = append(s.files, scanFile{name: name, os: f})
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	var key []byte
	if strings.HasSuffix(name, ".dat") {
		key, err = os.ReadFile(filepath.Join(filepath.Dir(name), "xor.dat"))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
	}
	in, err := blockfile.NewFile(f, info.Size(), key)
	if err != nil {
		return nil, err
	}
	s.files[len(s.files)-1].in = in
	return in.Index()
}

// expand takes the files of blocks out of folders, in the order of their names.
func expand(names []string) (paths []string, err error) {
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil || !info.IsDir() {
			paths = append(paths, name)
			continue
		}
		entries, err := os.ReadDir(name)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if e.Type().IsRegular() && isBlocks(e.Name()) {
				paths = append(paths, filepath.Join(name, e.Name()))
			}
		}
	}
	if len(paths) == 0 {
		return nil, terminal.UsageError("there is no file of blocks")
	}
	return paths, nil
}

func isBlocks(name string) bool {
	return strings.HasPrefix(name, "blk") && strings.HasSuffix(name, ".dat") ||
		strings.HasSuffix(name, ".raw") && !strings.HasSuffix(name, undoSuffix) || strings.HasSuffix(name, ".fdb")
}

const undoSuffix = "-undo.raw"

// run colors all blocks.
func (s *scan) run(ctx context.Context) error {
	if s.cmd.now == nil {
		s.cmd.now = time.Now
	}
	for _, p := range s.blocks {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.block(ctx, p); err != nil {
			s.bad++
			s.out.Complain("%s: block %s: %v", s.files[p.file].name, p.entry.Header.BlockHash(), err)
		}
	}
	return s.end()
}

func (s *scan) block(ctx context.Context, p place) error {
	prevouts, err := s.undo(p)
	if err != nil {
		return err
	}
	began := s.cmd.now()
	block, err := s.files[p.file].in.Read(p.entry)
	if err != nil {
		return err
	}
	if s.cmd.Check {
		if err := blockfile.Check(block); err != nil {
			return err
		}
	}
	found, err := s.engine.Block(ctx, block, s.memory, prevouts)
	if err != nil {
		return err
	}
	s.memory.Apply(found)
	hash := block.BlockHash()
	for p, before := range s.hashes {
		s.hashes[p], _ = engine.Hash(before, hash, p, found)
	}
	s.busy += s.cmd.now().Sub(began)
	s.count, s.txs, s.bytes, s.found = s.count+1, s.txs+len(block.Transactions), s.bytes+p.entry.Size, s.found+len(found)
	height, known := blockfile.Height(block)
	if !known {
		height = -1
	}
	for i := range found {
		if err := s.show(chain.BlockRef{Height: height, Hash: hash}, &found[i]); err != nil {
			return err
		}
	}
	return nil
}

// undo are the coins that a block spends, from the file beside it.
func (s *scan) undo(p place) (engine.Prevouts, error) {
	name, is := strings.CutSuffix(s.files[p.file].name, ".raw")
	if !s.cmd.Undo || !is {
		return engine.Nowhere{}, nil
	}
	f, err := os.Open(name + undoSuffix)
	if errors.Is(err, os.ErrNotExist) {
		return engine.Nowhere{}, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	block, err := s.files[p.file].in.Read(p.entry)
	if err != nil {
		return nil, err
	}
	coins, err := blockfile.Undo(f, block)
	if err != nil {
		return nil, err
	}
	return undone(coins), nil
}

// undone are coins of an undo file, of which it tells no tags.
type undone map[wire.OutPoint]*wire.TxOut

// Prevout implements engine.Prevouts.
func (u undone) Prevout(_ context.Context, at wire.OutPoint) (engine.Prevout, bool, error) {
	out, known := u[at]
	return engine.Prevout{Out: out}, known, nil
}

// scanned is a coloring as JSON.
type scanned struct {
	Block    string        `json:"block"`
	Height   int32         `json:"height,omitempty"`
	Txid     string        `json:"txid"`
	Index    int           `json:"index"`
	Protocol string        `json:"protocol"`
	Verdict  string        `json:"verdict"`
	Why      string        `json:"why,omitempty"`
	Marker   *int          `json:"marker,omitempty"`
	Issued   string        `json:"issued,omitempty"`
	Issuer   string        `json:"issuer_script,omitempty"`
	Inferred bool          `json:"issuer_inferred,omitempty"`
	Metadata string        `json:"metadata,omitempty"`
	Outputs  []scannedHeld `json:"outputs,omitempty"`
	Flows    []scannedFlow `json:"flows,omitempty"`
	Forks    []string      `json:"forks,omitempty"`
}

type scannedHeld struct {
	Output int    `json:"output"`
	Asset  string `json:"asset"`
	Units  int64  `json:"units"`
}

// scannedFlow has -1 where units are issued or destroyed.
type scannedFlow struct {
	Asset string `json:"asset"`
	From  int    `json:"from"`
	First int64  `json:"first"`
	To    int    `json:"to"`
	Units int64  `json:"units"`
}

// show prints what the protocols make of a transaction.
func (s *scan) show(block chain.BlockRef, t *engine.Tx) error {
	for _, c := range t.Colorings {
		if s.cmd.JSON {
			if err := s.out.Line(s.json(block, t, c)); err != nil {
				return err
			}
			continue
		}
		s.text(block, t, c)
	}
	return nil
}

func (s *scan) json(block chain.BlockRef, t *engine.Tx, c assets.Coloring) scanned {
	j := scanned{
		Block: block.Hash.String(), Height: max(block.Height, 0), Txid: t.ID.String(), Index: t.Index,
		Protocol: c.Protocol.String(), Verdict: string(c.Verdict), Why: c.Why, Issued: s.id(c.Issued),
		Metadata: hex.EncodeToString(c.Metadata),
	}
	if c.Marker >= 0 {
		j.Marker = &c.Marker
	}
	if !c.Issued.IsZero() {
		j.Issuer, j.Inferred = hex.EncodeToString(t.FirstScript), t.Inferred
	}
	for n, held := range c.Outputs {
		for _, h := range held {
			j.Outputs = append(j.Outputs, scannedHeld{n, s.id(h.Asset), h.Units})
		}
	}
	for _, f := range c.Flows {
		j.Flows = append(j.Flows, scannedFlow{s.id(f.Asset), f.From, f.First, f.To, f.Units})
	}
	for _, f := range c.Forks {
		j.Forks = append(j.Forks, string(f))
	}
	return j
}

func (s *scan) id(id assets.ID) string {
	if id.IsZero() {
		return ""
	}
	return id.Text(s.cmd.Network)
}

func (s *scan) text(block chain.BlockRef, t *engine.Tx, c assets.Coloring) {
	where := block.Hash.String()
	if block.Height >= 0 {
		where = fmt.Sprint(block.Height)
	}
	line := fmt.Sprintf("block %s  %s  %s: %s", where, t.ID, c.Protocol, c.Verdict)
	if c.Why != "" {
		line += " (" + c.Why + ")"
	}
	s.out.Say("%s", line)
	for _, f := range c.Flows {
		from, to := fmt.Sprintf("units %d to %d of input %d", f.First+1, f.First+f.Units, f.From), fmt.Sprintf("to output %d", f.To)
		if f.From == assets.Issued {
			from = fmt.Sprintf("%d new units", f.Units)
		}
		if f.To == assets.Destroyed {
			to = "are destroyed"
		}
		s.out.Say("    %s: %s %s", s.id(f.Asset), from, to)
	}
	if len(c.Metadata) > 0 {
		s.out.Say("    metadata %q", c.Metadata)
	}
	if len(c.Forks) > 0 {
		s.out.Say("    others read this differently: %v", c.Forks)
	}
}

// ended is the last line as JSON.
type ended struct {
	Blocks  int               `json:"blocks"`
	Txs     int               `json:"transactions"`
	Bytes   int64             `json:"bytes"`
	Found   int               `json:"found"`
	Seconds float64           `json:"seconds"`
	Hashes  map[string]string `json:"hashes"`
}

// end prints the hashes, and how fast it was.
func (s *scan) end() error {
	e := ended{Blocks: s.count, Txs: s.txs, Bytes: s.bytes, Found: s.found, Seconds: s.busy.Seconds(), Hashes: make(map[string]string)}
	for p, hash := range s.hashes {
		e.Hashes[p.String()] = hex.EncodeToString(hash[:])
	}
	if s.cmd.JSON {
		return s.out.Line(e)
	}
	for _, r := range s.engine.Rules() {
		s.out.Say("ledger of %s: %s", r.Protocol, e.Hashes[r.Protocol.String()])
	}
	rate := 0.0
	if e.Seconds > 0 {
		rate = float64(e.Blocks) / e.Seconds
	}
	s.out.Remark("%d blocks, %d transactions, %.1f MB: %d have to do with assets; %.3f s, %.0f blocks/s",
		e.Blocks, e.Txs, float64(e.Bytes)/1e6, e.Found, e.Seconds, rate)
	return nil
}
