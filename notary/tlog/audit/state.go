package audit

import (
	"encoding/json"
	"fmt"
	"time"

	"cairn/notary/tlog/format"

	"golang.org/x/mod/sumdb/note"
)

const (
	stateVersion = 1
	// recentTiles is how many of the newest full tiles are remembered leaf by
	// leaf, to say which entry is not what it was; the others as a whole.
	recentTiles = 16
)

// State is what was seen of a log, about 32 bytes for each 256 entries.
type State struct {
	Version int `json:"version"`
	// Key is the log's public key, pinned at the first look.
	Key string `json:"key"`
	// Checkpoint is the signed note that was checked last: evidence, should
	// the log ever deny it.
	Checkpoint string `json:"checkpoint"`
	// ObservedAt is when the log itself, not a copy of it, was seen to have
	// ObservedSize entries and no more; Unix seconds, 0 for never.
	ObservedAt   int64 `json:"observed_at"`
	ObservedSize int64 `json:"observed_size"`
	// LastTime is what the last entry claims, in Unix seconds.
	LastTime int64 `json:"last_time"`
	// Anchored is how many entries are under anchors that were checked, the
	// last of which has the id LastAnchor.
	Anchored   int64 `json:"anchored"`
	LastAnchor int64 `json:"last_anchor"`
	// Tiles are the hashes of all full tiles of entries, 32 bytes each.
	Tiles []byte `json:"tiles"`
	// Recent are the hashes of the entries from RecentFrom on.
	RecentFrom int64  `json:"recent_from"`
	Recent     []byte `json:"recent"`
}

// seen is a state read and found whole.
type seen struct {
	State
	key        note.Verifier
	checkpoint format.Checkpoint
	tiles      []format.Hash
	recent     []format.Hash
}

// ParseState reads what MarshalState wrote. Errors: ErrState.
func ParseState(raw []byte) (*State, error) {
	var s State
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, fail(ErrState, "it is not a state").because(err)
	}
	if _, err := s.open(); err != nil {
		return nil, err
	}
	return &s, nil
}

// MarshalState writes a state.
func MarshalState(s *State) ([]byte, error) {
	raw, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the state: %w", err)
	}
	return append(raw, '\n'), nil
}

// open reads a state and checks that its parts belong together: the hashes it
// remembers must be those of the checkpoint that was signed.
func (s *State) open() (*seen, error) {
	if s.Version != stateVersion {
		return nil, fail(ErrState, "it is of version %d, not %d", s.Version, stateVersion)
	}
	o := &seen{State: *s}
	var err error
	if o.key, err = format.ParseKey(s.Key); err != nil {
		return nil, fail(ErrState, "its key").because(err)
	}
	if o.checkpoint, err = format.OpenCheckpoint([]byte(s.Checkpoint), o.key); err != nil {
		return nil, fail(ErrState, "its checkpoint").because(err)
	}
	size := o.checkpoint.Size
	if o.tiles, err = format.ParseHashes(s.Tiles, int(size/format.Width)); err != nil {
		return nil, fail(ErrState, "its tiles").because(err)
	}
	whole := s.RecentFrom >= 0 && s.RecentFrom%format.Width == 0 && s.RecentFrom <= size/format.Width*format.Width &&
		s.Anchored >= 0 && s.Anchored <= size && s.ObservedSize >= 0 && s.ObservedSize <= size
	if !whole {
		return nil, fail(ErrState, "its numbers contradict each other")
	}
	if o.recent, err = format.ParseHashes(s.Recent, int(size-s.RecentFrom)); err != nil {
		return nil, fail(ErrState, "its newest hashes").because(err)
	}
	if o.tree().Root() != o.checkpoint.Root {
		return nil, fail(ErrState, "its hashes are not those of its checkpoint")
	}
	return o, nil
}

// tree is the tree as it was seen.
func (o *seen) tree() *format.Tree {
	var t format.Tree
	for _, tile := range o.tiles {
		t.AppendTile(tile, nil)
	}
	for _, leaf := range o.recent[t.Size()-o.RecentFrom:] {
		t.Append(leaf, nil)
	}
	return &t
}

func (o *seen) observedAt() time.Time { return time.Unix(o.ObservedAt, 0).UTC() }
