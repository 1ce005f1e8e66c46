package assets

import "fmt"

// Protocol is a set of rules that colors outputs.
type Protocol uint8

// The protocols, by numbers that are stored.
const (
	// OpenAssets is OAP/1.0: a marker output, colors by the order of outputs.
	OpenAssets Protocol = 1
	// Colu is the Colored Coins protocol of Colu, versions 1 and 2.
	Colu Protocol = 2
	// EPOBC is enhanced padded order-based coloring, tagged by nSequence.
	EPOBC Protocol = 3
)

// Protocols lists all of them, in the order in which they are shown.
var Protocols = []Protocol{OpenAssets, Colu, EPOBC}

var protocolNames = map[Protocol]string{OpenAssets: "open-assets", Colu: "colu", EPOBC: "epobc"}

// String is the protocol's name in addresses, files and hashes.
func (p Protocol) String() string {
	if name, known := protocolNames[p]; known {
		return name
	}
	return fmt.Sprintf("protocol-%d", uint8(p))
}

// ParseProtocol reads a protocol's name. Errors: ErrProtocol.
func ParseProtocol(name string) (Protocol, error) {
	for p, n := range protocolNames {
		if n == name {
			return p, nil
		}
	}
	return 0, fmt.Errorf("%w: %q", ErrProtocol, name)
}
