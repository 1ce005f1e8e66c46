package colu

import (
	"encoding/binary"
	"fmt"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/btcutil/base58"
	"github.com/btcsuite/btcd/wire"

	"cairn/assets"
)

// An id opens with two bytes that give it the letters people know it by
// (cc-assetid-encoder 0.6): U or L for unlocked or locked, then a, h or d.
var (
	unlockedPads = [...]uint16{Aggregatable: 0x2e37, Hybrid: 0x2e6b, Dispersed: 0x2e4e}
	lockedPads   = [...]uint16{Aggregatable: 0x20ce, Hybrid: 0x2102, Dispersed: 0x20e4}
)

// IssuedID is the id of what a transaction issues: of the script that its first
// input spends, or, locked, of that input's coin. Errors: ErrFlags.
func IssuedID(t Traits, coin wire.OutPoint, script []byte) (assets.ID, error) {
	if _, err := t.flags(); err != nil {
		return assets.ID{}, err
	}
	pad, named := unlockedPads[t.Policy], script
	if t.Locked {
		pad, named = lockedPads[t.Policy], fmt.Appendf(nil, "%s:%d", coin.Hash, coin.Index)
	}
	raw := binary.BigEndian.AppendUint16(nil, pad)
	raw = append(raw, btcutil.Hash160(named)...)
	raw = binary.BigEndian.AppendUint16(raw, uint16(t.Divisibility))
	return assets.NewID(assets.Colu, raw)
}

// Describe reads what an id tells of its asset. Errors: assets.ErrID.
func Describe(id assets.ID) (t Traits, err error) {
	raw := id.Raw()
	if id.Protocol != assets.Colu {
		return Traits{}, fmt.Errorf("%w: %s", assets.ErrID, id)
	}
	t.Divisibility = int(binary.BigEndian.Uint16(raw[22:]))
	pad := binary.BigEndian.Uint16(raw)
	for p := Aggregatable; p <= Dispersed; p++ {
		switch pad {
		case unlockedPads[p]:
			t.Policy = p
			return t, nil
		case lockedPads[p]:
			t.Policy, t.Locked = p, true
			return t, nil
		}
	}
	return Traits{}, fmt.Errorf("%w: it opens with %04x", assets.ErrID, pad)
}

// aggregates reports whether units of an asset become one.
func aggregates(id assets.ID) bool {
	t, err := Describe(id)
	return err == nil && t.Policy == Aggregatable
}

// Old ids had one byte in front (cc-assetid-encoder before 0.6).
const (
	oldUnlockedPad = 0xc8 // U2… to UA…
	oldLockedPad   = 0x8e // LC… to LK…
	oldIDLength    = 20 + 2
)

// OldID reads an id of the old form, such as "U3…" or "LK…". It names no policy, so that
// it cannot be turned into an id of today; who has one looks the issue up by its
// transaction. Errors: assets.ErrID for anything else, ErrOldID for one.
func OldID(text string) error {
	if len(text) > 60 {
		return fmt.Errorf("%w: too long", assets.ErrID)
	}
	payload, version, err := base58.CheckDecode(text)
	if err != nil {
		return fmt.Errorf("%w: %w", assets.ErrID, err)
	}
	if len(payload) != oldIDLength || version != oldUnlockedPad && version != oldLockedPad {
		return fmt.Errorf("%w: version %d", assets.ErrID, version)
	}
	return fmt.Errorf("%w: %s", ErrOldID, text)
}
