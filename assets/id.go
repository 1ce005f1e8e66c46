package assets

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/btcsuite/btcd/btcutil/base58"
	"github.com/btcsuite/btcd/chaincfg/chainhash"

	"cairn/chain"
)

// ID names an asset. It is comparable, and zero for none.
type ID struct {
	Protocol Protocol
	raw      [32]byte
}

// How long the raw form is: Open Assets hashes a script to 20 bytes; Colu has
// 2 bytes of policy, 20 of hash and 2 of divisibility; an EPOBC color is the
// hash of its genesis transaction, in the order of the wire.
var rawLength = map[Protocol]int{OpenAssets: 20, Colu: 24, EPOBC: chainhash.HashSize}

// NewID makes an ID of its raw form. Errors: ErrProtocol, ErrID.
func NewID(p Protocol, raw []byte) (id ID, err error) {
	n, known := rawLength[p]
	switch {
	case !known:
		return ID{}, fmt.Errorf("%w: %d", ErrProtocol, p)
	case len(raw) != n:
		return ID{}, fmt.Errorf("%w: %d bytes instead of %d", ErrID, len(raw), n)
	}
	id.Protocol = p
	copy(id.raw[:], raw)
	return id, nil
}

// Raw is the ID's raw form: 20 bytes for Open Assets, 24 for Colu, 32 for EPOBC.
func (id ID) Raw() []byte { return bytes.Clone(id.raw[:rawLength[id.Protocol]]) }

// IsZero reports whether it names nothing.
func (id ID) IsZero() bool { return id == ID{} }

// Open Assets ids are base58 with a version byte (OAP/1.0, "Asset ID").
const (
	openAssetsMain = 0x17 // A…
	openAssetsTest = 0x73 // o…
)

func openAssetsVersion(n chain.Network) byte {
	if n == chain.Mainnet {
		return openAssetsMain
	}
	return openAssetsTest
}

// epobcPrefix opens a color's description: "epobc:<txid>:0:<height>", of which
// the height says where to look and is left out here.
const epobcPrefix = "epobc:"

// Text is the asset id as people see it: "AcuRV…" (Open Assets, on mainnet),
// "La6r7…" (Colu), "epobc:<txid>:0".
func (id ID) Text(n chain.Network) string {
	raw := id.Raw()
	switch id.Protocol {
	case OpenAssets:
		return base58.CheckEncode(raw, openAssetsVersion(n))
	case Colu: // its first byte takes the place of the version
		return base58.CheckEncode(raw[1:], raw[0])
	case EPOBC:
		hash, _ := chainhash.NewHash(raw)
		return epobcPrefix + hash.String() + ":0"
	}
	return ""
}

// String is the ID for logs: protocol and raw form in hexadecimal.
func (id ID) String() string { return fmt.Sprintf("%s:%x", id.Protocol, id.Raw()) }

// ParseID reads the form that people see. Errors: ErrID, and ErrNetwork for an
// Open Assets id of another network.
func ParseID(text string, n chain.Network) (ID, error) {
	if rest, is := strings.CutPrefix(text, epobcPrefix); is {
		return parseEPOBC(rest)
	}
	if len(text) > 60 {
		return ID{}, fmt.Errorf("%w: too long", ErrID)
	}
	payload, version, err := base58.CheckDecode(text)
	if err != nil {
		return ID{}, fmt.Errorf("%w: %w", ErrID, err)
	}
	switch len(payload) {
	case rawLength[OpenAssets]:
		if version != openAssetsMain && version != openAssetsTest {
			return ID{}, fmt.Errorf("%w: version %d", ErrID, version)
		}
		if version != openAssetsVersion(n) {
			return ID{}, fmt.Errorf("%w: version %d", ErrNetwork, version)
		}
		return NewID(OpenAssets, payload)
	case rawLength[Colu] - 1:
		if version != 0x2e && version != 0x20 && version != 0x21 { // U…, L…
			return ID{}, fmt.Errorf("%w: version %d", ErrID, version)
		}
		return NewID(Colu, append([]byte{version}, payload...))
	}
	return ID{}, fmt.Errorf("%w: %d bytes", ErrID, len(payload))
}

func parseEPOBC(rest string) (ID, error) {
	parts := strings.Split(rest, ":")
	if len(parts) < 1 || len(parts) > 3 || len(parts) > 1 && parts[1] != "0" || len(parts[0]) != 2*chainhash.HashSize {
		return ID{}, fmt.Errorf("%w: a colour is epobc:<transaction>:0", ErrID)
	}
	hash, err := chainhash.NewHashFromStr(parts[0])
	if err != nil {
		return ID{}, fmt.Errorf("%w: %w", ErrID, err)
	}
	return NewID(EPOBC, hash[:])
}
