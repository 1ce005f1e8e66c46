package colu

import "fmt"

// Policy says what may be made one of units of an asset.
type Policy uint8

// The policies, by their numbers in the flags byte (cc-issuance-encoder).
const (
	// Aggregatable units of one asset are all alike.
	Aggregatable Policy = 0
	// Hybrid units keep apart by where they came from, in one asset.
	Hybrid Policy = 1
	// Dispersed units keep apart.
	Dispersed Policy = 2
)

var policyNames = [...]string{"aggregatable", "hybrid", "dispersed"}

// String is the policy's name in the packages.
func (p Policy) String() string {
	if int(p) < len(policyNames) {
		return policyNames[p]
	}
	return fmt.Sprintf("policy-%d", uint8(p))
}

// ParsePolicy reads a policy's name. Errors: ErrFlags.
func ParsePolicy(name string) (Policy, error) {
	for i, n := range policyNames {
		if n == name {
			return Policy(i), nil
		}
	}
	return 0, fmt.Errorf("%w: %q", ErrFlags, name)
}

// MaxDivisibility is how many decimals an asset may have.
const MaxDivisibility = 7

// Traits are what an issue fixes for good, and an id tells.
type Traits struct {
	Policy Policy
	// Divisibility is how many decimals people see, 0 to 7.
	Divisibility int
	// Locked: nobody can ever issue more, as the id is made of a coin that can be
	// spent once.
	Locked bool
}

// flags is an issue's last byte: divisibility, lock, policy, and two bits of
// nothing. Errors: ErrFlags.
func (t Traits) flags() (byte, error) {
	if t.Divisibility < 0 || t.Divisibility > MaxDivisibility || t.Policy > Dispersed {
		return 0, fmt.Errorf("%w: %s, %d decimals", ErrFlags, t.Policy, t.Divisibility)
	}
	b := byte(t.Divisibility)<<5 | byte(t.Policy)<<2
	if t.Locked {
		b |= 1 << 4
	}
	return b, nil
}

// readTraits reads an issue's last byte; the policy that does not exist is the
// first one (cc-transaction).
func readTraits(b byte) Traits {
	t := Traits{Divisibility: int(b >> 5), Locked: b&(1<<4) != 0, Policy: Policy(b >> 2 & 3)}
	if t.Policy > Dispersed {
		t.Policy = Aggregatable
	}
	return t
}
