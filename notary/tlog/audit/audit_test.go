package audit_test

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"cairn/chain"
	"cairn/notary/tlog/audit"
	"cairn/notary/tlog/format"
	"cairn/notary/verify"
)

// An honest log of many lengths is proven, at once and step by step.
func TestHonestLog(t *testing.T) {
	var state *audit.State
	l := newLog(t, 0)
	for _, n := range []int{0, 1, 254, 1, 1, 300, 0, 211, 5000} {
		l.grow(n)
		if n > 0 && len(l.anchors) < 4 {
			l.anchor()
		}
		if whole := l.honest(); whole.Checked != int64(len(l.entries)) || whole.Anchors != len(l.anchors) || whole.KeyFrom != audit.KeyFirst {
			t.Fatalf("%d entries: %+v", len(l.entries), whole)
		}
		step := l.honest(func(c *audit.Config) { c.State = state })
		if step.Checkpoint.Size != int64(len(l.entries)) || !step.Blocks {
			t.Fatalf("%d entries, step by step: %+v", len(l.entries), step)
		}
		if state != nil && step.KeyFrom != audit.KeyRemembered {
			t.Fatalf("the key is %s", step.KeyFrom)
		}
		state = step.State
	}
}

// A second look reads only what is new, and the whole log if asked to.
func TestSecondLookIsCheap(t *testing.T) {
	l := newLog(t, 3000)
	l.anchor()
	first := l.honest()
	l.grow(10)
	l.asks = 0
	second := l.honest(since(first))
	if second.Since != 3000 || second.Checked != 3010-2816 || l.asks > 10 {
		t.Errorf("since %d, checked %d with %d requests", second.Since, second.Checked, l.asks)
	}
	whole := l.honest(since(first), func(c *audit.Config) { c.Full = true })
	if whole.Checked != 3010 || whole.Anchors != 1 {
		t.Errorf("in full: %d entries, %d anchors", whole.Checked, whole.Anchors)
	}
}

// The states that lead to each offence: the log as it was seen, then changed.
func TestOffencesAgainstWhatWasSeen(t *testing.T) {
	for name, test := range map[string]struct {
		kind   audit.ErrorKind
		size   int
		change func(l *fakeLog)
		says   string
	}{
		"shrunk": {audit.ErrShrunk, 300, func(l *fakeLog) { l.entries = l.entries[:299] }, "1 were dropped"},
		"fork": {audit.ErrFork, 300, func(l *fakeLog) {
			l.entries[299][5] ^= 1
		}, "two checkpoints of 300 entries"},
		"dropped": {audit.ErrDropped, 300, func(l *fakeLog) {
			l.entries = slices.Delete(l.entries, 280, 281)
			l.grow(20)
		}, "entry 280 is missing"},
		"swapped": {audit.ErrReordered, 300, func(l *fakeLog) {
			l.entries[280], l.entries[281] = l.entries[281], l.entries[280]
			l.grow(20)
		}, "entry 280 stands in the place of entry 281"},
		"changed": {audit.ErrChanged, 300, func(l *fakeLog) {
			l.entries[280][5] ^= 1
			l.grow(20)
		}, "entry 280 is another one"},
		"rewritten long ago": {audit.ErrRewritten, 8000, func(l *fakeLog) {
			l.entries[700][5] ^= 1
			l.grow(20)
		}, "entries 512 to 767"},
		"back-dated": {audit.ErrBackdated, 300, func(l *fakeLog) {
			l.now = l.now.Add(time.Hour)
			l.entries = append(l.entries, entryAt(300, start.Add(400*time.Second)))
			l.now = l.now.Add(time.Hour)
		}, "was not in the log on"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLog(t, test.size)
			if name == "back-dated" {
				// It was looked at an hour after its last entry.
				l.now = l.now.Add(time.Hour)
			} else {
				l.anchor()
			}
			seen := l.honest()
			if test.size < 1000 {
				// The anchors are not what this is about.
				seen.State.Anchored, seen.State.LastAnchor = 0, 0
			}
			l.anchors = nil
			test.change(l)
			if err := l.caught(test.kind, since(seen)); err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("it says %v", err)
			}
		})
	}
}

// Offences that the log shows by itself, at the first look.
func TestOffencesWithinALog(t *testing.T) {
	other, err := format.NewSigner(origin, [32]byte{8})
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		kind   audit.ErrorKind
		change func(l *fakeLog)
		says   string
	}{
		"other key": {audit.ErrKey, func(l *fakeLog) {
			key := l.piece("key")
			l.evil["key"] = func([]byte) []byte { return key }
			l.signer = other
		}, origin},
		"dropped entry": {audit.ErrDropped, func(l *fakeLog) {
			l.signed = slices.Clone(l.entries)
			l.entries = slices.Delete(l.entries, 270, 271)
		}, "entry 270 is missing"},
		"dropped at the end": {audit.ErrDropped, func(l *fakeLog) {
			l.signed = slices.Clone(l.entries)
			l.entries = l.entries[:len(l.entries)-1]
		}, "entry 599 is missing"},
		"swapped entries": {audit.ErrReordered, func(l *fakeLog) {
			l.signed = slices.Clone(l.entries)
			l.entries[3], l.entries[9] = l.entries[9], l.entries[3]
		}, "entry 3 stands in the place of entry 9"},
		"changed entry": {audit.ErrChanged, func(l *fakeLog) {
			l.signed = slices.Clone(l.entries)
			l.entries[3][20] ^= 1
		}, "entry 3 is another one"},
		"other entries than signed": {audit.ErrRoot, func(l *fakeLog) {
			note := l.piece("checkpoint")
			l.evil["checkpoint"] = func([]byte) []byte { return note }
			l.entries[599][20] ^= 1
		}, "600 entries make"},
		"time goes back": {audit.ErrBackdated, func(l *fakeLog) {
			l.entries[400] = entryAt(400, start)
		}, "entry 400 claims 2026-11-22 12:00:00 UTC, and the one before it 2026-11-22 12:06:39 UTC"},
		"from the future": {audit.ErrFuture, func(l *fakeLog) {
			l.entries[599] = entryAt(599, l.now.Add(time.Hour))
		}, "entry 599"},
		"truncated tile": {audit.ErrTruncated, func(l *fakeLog) {
			l.evil["tile/0/001"] = func(raw []byte) []byte { return raw[:len(raw)-1] }
		}, "tile/0/001"},
		"truncated bundle": {audit.ErrTruncated, func(l *fakeLog) {
			l.evil["tile/entries/001"] = func(raw []byte) []byte { return raw[:len(raw)-1] }
		}, "tile/entries/001"},
		"huge tile": {audit.ErrTooLarge, func(l *fakeLog) {
			l.evil["tile/0/001"] = func(raw []byte) []byte { return make([]byte, 1<<20) }
		}, "more than 8192 bytes"},
		"huge checkpoint": {audit.ErrTooLarge, func(l *fakeLog) {
			l.evil["checkpoint"] = func(raw []byte) []byte { return make([]byte, 1<<20) }
		}, "checkpoint"},
		"signs more than there can be": {audit.ErrMissing, func(l *fakeLog) {
			signed, err := format.Checkpoint{Origin: origin, Size: 1 << 61, Root: format.Hash{1}}.Sign(l.signer)
			if err != nil {
				l.Fatal(err)
			}
			l.evil["checkpoint"] = func([]byte) []byte { return signed }
		}, "tile/0/002"},
		"missing tile": {audit.ErrMissing, func(l *fakeLog) {
			l.evil["tile/entries/001"] = func(raw []byte) []byte { return nil }
		}, "tile/entries/001"},
		"wrong upper tile": {audit.ErrTile, func(l *fakeLog) {
			l.evil["tile/1/000.p/2"] = func(raw []byte) []byte { raw[40] ^= 1; return raw }
		}, "entries 256 to 511"},
		"no bundle": {audit.ErrMalformed, func(l *fakeLog) {
			l.evil["tile/entries/000"] = func(raw []byte) []byte { raw[1] = 43; return raw }
		}, "tile/entries/000"},
		"no checkpoint": {audit.ErrMalformed, func(l *fakeLog) {
			l.evil["checkpoint"] = func([]byte) []byte { return []byte("hello\n") }
		}, "checkpoint"},
		"no log": {audit.ErrNoLog, func(l *fakeLog) {
			l.evil["checkpoint"] = func([]byte) []byte { return nil }
		}, "has no checkpoint"},
		"anchor leaves out an entry": {audit.ErrAnchorRange, func(l *fakeLog) {
			l.anchors[1].First++
		}, "anchor 2 begins with entry 301"},
		"anchor over other entries": {audit.ErrAnchorRoot, func(l *fakeLog) {
			l.anchors[1].Root[0] ^= 1
		}, "anchor 2, over the entries 300 to 599"},
		"anchor in another block": {audit.ErrAnchorBlock, func(l *fakeLog) {
			h := l.headers[102]
			h.MerkleRoot[0] ^= 1
			l.headers[102] = h
		}, "anchor 2 at height 102"},
		"anchor of another transaction": {audit.ErrAnchorBlock, func(l *fakeLog) {
			l.anchors[1].Txid[0] ^= 1
		}, "another block or transaction"},
		"anchor with a broken path": {audit.ErrAnchorBlock, func(l *fakeLog) {
			l.anchors[1].Path = l.anchors[1].Path[1:]
		}, "anchor 2"},
		"younger than its block": {audit.ErrAnchorTime, func(l *fakeLog) {
			h := l.headers[102]
			h.Timestamp = h.Timestamp.Add(-3 * time.Hour)
			l.headers[102] = h
			l.anchors[1].Block = h.BlockHash()
		}, "entry 599"},
		"no header": {audit.ErrHeaders, func(l *fakeLog) { delete(l.headers, 102) }, "anchor 2"},
		"no anchors": {audit.ErrMalformed, func(l *fakeLog) {
			l.evil["anchors"] = func(raw []byte) []byte { return raw[:len(raw)-1] }
		}, "line 2"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLog(t, 300)
			l.anchor()
			l.grow(300)
			l.anchor()
			test.change(l)
			if err := l.caught(test.kind); err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("it says %v, want %q", err, test.says)
			}
		})
	}
}

func TestKeys(t *testing.T) {
	l := newLog(t, 5)
	key := l.signer.PublicKey()
	first := l.honest(func(c *audit.Config) { c.Key = key })
	if first.KeyFrom != audit.KeyGiven || first.Key != key || first.Origin != origin {
		t.Errorf("%+v", first)
	}
	other, err := format.NewSigner(origin, [32]byte{8})
	if err != nil {
		t.Fatal(err)
	}
	l.caught(audit.ErrKey, func(c *audit.Config) { c.Key = other.PublicKey() })
	l.caught(audit.ErrState, since(first), func(c *audit.Config) { c.Key = other.PublicKey() })
	// The log takes another key, and says so: what was pinned counts.
	l.signer = other
	l.caught(audit.ErrKey, since(first))
}

func TestServerThatDoesNotAnswer(t *testing.T) {
	l := newLog(t, 5)
	cfg := l.config()
	source, err := audit.NewServer(strings.TrimSuffix(cfg.Source.String(), "/log"), 20*time.Millisecond, 1)
	if err != nil {
		t.Fatal(err)
	}
	l.slow = 100 * time.Millisecond
	cfg.Source = source
	if _, err := audit.Verify(t.Context(), cfg); !errors.Is(err, audit.ErrUnreachable) || !strings.Contains(err.Error(), "takes longer than 20ms") {
		t.Errorf("a slow server: %v", err)
	}
	if !audit.ErrUnreachable.Undecided() || audit.ErrDropped.Undecided() {
		t.Error("what is undecided is decided, or the other way")
	}
	for _, bad := range []string{"", "cairn.example", "ftp://cairn.example", "https://user@cairn.example", "https://cairn.example/?q"} {
		if _, err := audit.NewServer(bad, time.Second, 1); err == nil {
			t.Errorf("%q is taken for a log", bad)
		}
	}
}

func TestReceipts(t *testing.T) {
	l := newLog(t, 0)
	for i := range 700 {
		l.entries = append(l.entries, digestEntry(i, l.now))
		l.now = l.now.Add(time.Second)
	}
	give := func(texts ...[]byte) func(*audit.Config) {
		return func(c *audit.Config) {
			for _, text := range texts {
				c.Receipts = append(c.Receipts, audit.Receipt{Name: "my.receipt.txt", Text: text})
			}
		}
	}
	result := l.honest(give(l.receipt(0, 0), l.receipt(0, 1), l.receipt(600, 601), l.receipt(600, 700), l.receipt(699, 0)))
	for i, r := range result.Receipts {
		if !r.Found || r.Index != []int64{0, 0, 600, 600, 699}[i] {
			t.Errorf("receipt %d: %+v", i, r)
		}
	}

	// A promise that is a second old may wait, one of an hour may not.
	promise := l.receipt(699, 0)
	held := l.receipt(600, 700)
	l.entries = l.entries[:650]
	if young := l.honest(give(promise)); young.Receipts[0].Found {
		t.Error("an entry that is not in the log was found there")
	}
	l.caught(audit.ErrShrunk, give(held))
	l.now = l.now.Add(time.Hour)
	l.caught(audit.ErrReceipt, give(promise))

	// Another entry in its place, and another history around it.
	mine := l.receipt(600, 0)
	proven := l.receipt(640, 645)
	l.entries[600][40] ^= 1
	l.caught(audit.ErrReceipt, give(mine))
	l.caught(audit.ErrFork, give(proven))
	broken := bytes.Replace(mine, []byte("index 600"), []byte("index 601"), 1)
	l.caught(audit.ErrNoReceipt, give(broken))
	l.caught(audit.ErrNoReceipt, give([]byte("hello")))
}

// A mirror is a log that can be checked without the server, is brought up to
// date in small steps, and does not change when the log turns out dishonest.
func TestMirror(t *testing.T) {
	dir := t.TempDir() + "/copy"
	l := newLog(t, 500)
	l.anchor()
	update := func() error {
		_, err := audit.Mirror(t.Context(), l.config(), dir)
		return err
	}
	check := func(size int64, anchors int) {
		t.Helper()
		file, err := os.Open(dir + "/" + audit.HeadersFile)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		params, err := chain.Devnet.Params()
		if err != nil {
			t.Fatal(err)
		}
		headers, err := verify.ParseHeaders(file, params.PowLimit)
		if err != nil && !errors.Is(err, verify.ErrWork) {
			t.Fatal(err)
		}
		if err != nil {
			headers = l.headers // the blocks of these tests have no work
		}
		result, err := audit.Verify(t.Context(), audit.Config{Source: audit.Folder(dir), Headers: headers, Now: func() time.Time { return l.now }})
		if err != nil || result.Checkpoint.Size != size || result.Anchors != anchors {
			t.Fatalf("the copy: %+v, %v", result, err)
		}
	}
	if err := update(); err != nil {
		t.Fatal(err)
	}
	check(500, 1)
	for i := range 3 {
		l.grow(90)
		l.anchor()
		if err := update(); err != nil {
			t.Fatal(err)
		}
		check(int64(590+90*i), 2+i)
	}
	if left, _ := os.ReadDir(dir + "/tile/0/003.p"); len(left) != 1 {
		t.Errorf("the folder of a partial tile has %v", left)
	}
	if _, err := os.Stat(dir + "/tile/0/002.p"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a partial tile is left beside the full one: %v", err)
	}

	l.entries[760][5] ^= 1
	l.grow(10)
	if err := update(); !errors.Is(err, audit.ErrChanged) {
		t.Errorf("a dishonest log was mirrored: %v", err)
	}
	l.entries[760][5] ^= 1
	check(770, 4)
	if err := update(); err != nil {
		t.Errorf("after a failed update: %v", err)
	}
	check(780, 4)

	// The copy may be behind what was seen, which refutes nothing.
	l.grow(5)
	seen := l.honest()
	_, err := audit.Verify(t.Context(), audit.Config{Source: audit.Folder(dir), State: seen.State, Now: func() time.Time { return l.now }})
	if !errors.Is(err, audit.ErrOlder) {
		t.Errorf("an older copy: %v", err)
	}

	full := t.TempDir()
	if err := os.WriteFile(full+"/letter.txt", []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := audit.Mirror(t.Context(), l.config(), full); !errors.Is(err, audit.ErrState) {
		t.Errorf("a folder with other things was taken: %v", err)
	}
}

func TestStateIsChecked(t *testing.T) {
	l := newLog(t, 5000)
	good := l.honest().State
	for name, change := range map[string]func(*audit.State){
		"version": func(s *audit.State) { s.Version = 2 },
		"key":     func(s *audit.State) { s.Key = "x" },
		"note":    func(s *audit.State) { s.Checkpoint = strings.Replace(s.Checkpoint, "5000", "4999", 1) },
		"tiles":   func(s *audit.State) { s.Tiles = s.Tiles[32:] },
		"a tile":  func(s *audit.State) { s.Tiles = slices.Clone(s.Tiles); s.Tiles[0] ^= 1 },
		"recent":  func(s *audit.State) { s.Recent = s.Recent[32:] },
		"a leaf":  func(s *audit.State) { s.Recent = slices.Clone(s.Recent); s.Recent[len(s.Recent)-1] ^= 1 },
		"from":    func(s *audit.State) { s.RecentFrom = 1 << 60 },
		"behind":  func(s *audit.State) { s.RecentFrom = -256 },
		"anchor":  func(s *audit.State) { s.Anchored = 5001 },
	} {
		bad := *good
		change(&bad)
		raw, err := audit.MarshalState(&bad)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := audit.ParseState(raw); !errors.Is(err, audit.ErrState) {
			t.Errorf("%s: %v", name, err)
		}
		l.caught(audit.ErrState, func(c *audit.Config) { c.State = &bad })
	}
}
