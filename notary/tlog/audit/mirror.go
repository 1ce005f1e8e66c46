package audit

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"cairn/app/db/durable"
	"cairn/notary/tlog/format"
	"cairn/notary/verify"

	"github.com/btcsuite/btcd/wire"
)

// incoming is where a mirror keeps what is not checked to the end yet. It
// stays after a failure, as evidence, until the next update.
const incoming = ".incoming"

// maxState bounds a state file, in bytes: a log of about a thousand million
// entries.
const maxState = 256 << 20

// Mirror makes or updates a copy of a log in a folder, checking it as Verify
// does against what the last update has seen; cfg.State is not used. What is
// in the folder changes only when everything was found right, the checkpoint
// last. The copy can be checked by itself: Verify(Folder(dir)).
func Mirror(ctx context.Context, cfg Config, dir string) (*Result, error) {
	m := &mirror{dir: dir, headers: map[int32]wire.BlockHeader{}}
	if err := m.open(&cfg); err != nil {
		return nil, err
	}
	m.fresh = cfg.State == nil || cfg.Full
	if !m.fresh {
		m.lastAnchor = cfg.State.LastAnchor
	}
	cfg.keep = m.stage
	if cfg.Headers != nil {
		cfg.Headers = &recorder{Headers: cfg.Headers, mirror: m}
	}
	result, err := Verify(ctx, cfg)
	if err != nil {
		return nil, err
	}
	return result, m.publish(result)
}

type mirror struct {
	dir string
	// staged are the paths of the tiles that wait in incoming.
	staged  []string
	key     []byte
	anchors []byte
	// fresh: the lists of anchors and headers begin anew; lastAnchor is the
	// last one of the update before.
	fresh      bool
	lastAnchor int64

	mu      sync.Mutex
	headers map[int32]wire.BlockHeader // guarded by mu
}

// recorder remembers the headers that were asked for.
type recorder struct {
	verify.Headers
	mirror *mirror
}

// HeaderAt implements verify.Headers.
func (r *recorder) HeaderAt(ctx context.Context, height int32) (*wire.BlockHeader, error) {
	header, err := r.Headers.HeaderAt(ctx, height)
	if err == nil {
		r.mirror.mu.Lock()
		r.mirror.headers[height] = *header
		r.mirror.mu.Unlock()
	}
	return header, err
}

// open reads the state of the last update and makes room for a new one.
func (m *mirror) open(cfg *Config) error {
	if err := m.checkFolder(); err != nil {
		return err
	}
	if err := os.RemoveAll(m.path(incoming)); err != nil {
		return err
	}
	if err := os.MkdirAll(m.path(incoming), 0o755); err != nil {
		return err
	}
	cfg.State = nil
	state, err := ReadState(m.path(StateFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	cfg.State = state
	return err
}

// checkFolder refuses a folder with other things in it. Errors: ErrState.
func (m *mirror) checkFolder() error {
	files, err := os.ReadDir(m.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	for _, file := range files {
		switch file.Name() {
		case StateFile, checkpointPath, keyPath:
			return nil
		case incoming:
		default:
			err = fail(ErrState, "%s holds other things, so it is not made a mirror", m.dir)
		}
	}
	return err
}

// ReadState reads a state's file. Errors: ErrState, and the file's own.
func ReadState(name string) (*State, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxState {
		return nil, fail(ErrState, "%s is too large", name)
	}
	raw, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return ParseState(raw)
}

// WriteState replaces a state's file, durably.
func WriteState(name string, s *State) error {
	raw, err := MarshalState(s)
	if err != nil {
		return err
	}
	return durable.WriteFile(name, raw)
}

func (m *mirror) path(elements ...string) string {
	return filepath.Join(append([]string{m.dir}, elements...)...)
}

// stage is Config.keep.
func (m *mirror) stage(path string, raw []byte) error {
	switch path {
	case keyPath:
		m.key = raw
		return nil
	case anchorsPath:
		m.anchors = raw
		return nil
	}
	name := m.path(incoming, filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	m.staged = append(m.staged, path)
	return os.WriteFile(name, raw, 0o644)
}

// publish moves what was found right into its place: first what nothing points
// to yet, then the checkpoint, then the state.
func (m *mirror) publish(result *Result) error {
	for _, path := range m.staged {
		name := m.path(filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		if err := os.Rename(m.path(incoming, filepath.FromSlash(path)), name); err != nil {
			return err
		}
	}
	for _, write := range []struct {
		name  string
		lines []byte
		keep  func(line []byte) bool
	}{
		{anchorsPath, m.anchors, m.anchorChecked},
		{HeadersFile, m.headerLines(), func([]byte) bool { return true }},
		{keyPath, m.key, nil},
		{checkpointPath, result.Note, nil},
	} {
		lines, err := m.before(write.name, write.keep)
		if err != nil {
			return err
		}
		if lines = append(lines, write.lines...); write.name == HeadersFile && len(lines) == 0 {
			continue // no anchor yet, and a list of headers has one at least
		}
		if err := durable.WriteFile(m.path(write.name), lines); err != nil {
			return err
		}
		// A mirror is there to be served.
		if err := os.Chmod(m.path(write.name), 0o644); err != nil {
			return err
		}
	}
	if err := m.dropPartial(); err != nil {
		return err
	}
	if err := WriteState(m.path(StateFile), result.State); err != nil {
		return err
	}
	return os.RemoveAll(m.path(incoming))
}

// before is the lines of a list that stay, nil when it begins anew.
func (m *mirror) before(name string, keep func(line []byte) bool) ([]byte, error) {
	if m.fresh || keep == nil {
		return nil, nil
	}
	raw, err := os.ReadFile(m.path(name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var lines []byte
	for line := range bytes.Lines(raw) {
		if keep(line) {
			lines = append(lines, line...)
		}
	}
	return lines, nil
}

// anchorChecked tells the anchors of updates before from those that an update
// wrote that was cut off.
func (m *mirror) anchorChecked(line []byte) bool {
	anchor, err := format.ParseAnchor(line)
	return err == nil && anchor.ID <= m.lastAnchor
}

// headerLines writes the headers as verify.ParseHeaders reads them.
func (m *mirror) headerLines() []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	var b bytes.Buffer
	for _, height := range slices.Sorted(maps.Keys(m.headers)) {
		var raw bytes.Buffer
		header := m.headers[height]
		if err := header.Serialize(&raw); err != nil {
			panic(err) // a buffer takes everything
		}
		fmt.Fprintf(&b, "%d %s\n", height, hex.EncodeToString(raw.Bytes()))
	}
	return b.Bytes()
}

// dropPartial removes the partial tiles that wider ones have taken the place
// of.
func (m *mirror) dropPartial() error {
	for _, path := range m.staged {
		number, width, partial := strings.Cut(path, ".p/")
		folder := m.path(filepath.FromSlash(number) + ".p")
		if !partial {
			if err := os.RemoveAll(folder); err != nil {
				return err
			}
			continue
		}
		others, err := os.ReadDir(folder)
		if err != nil {
			return err
		}
		for _, other := range others {
			if other.Name() != width {
				if err := os.Remove(filepath.Join(folder, other.Name())); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
