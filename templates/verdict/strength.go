package verdict

import (
	"context"
	"time"

	"cairn/templates/i18n"
)

// Source is where the header of a block came from, which is what a verdict
// rests on.
type Source string

// The sources.
const (
	// SourceSandbox: the chain inside this Cairn.
	SourceSandbox Source = "sandbox"
	// SourceTest: a public test network.
	SourceTest Source = "test"
	// SourceLight: this Cairn's own copy of Bitcoin's header chain, every header
	// of which it checked.
	SourceLight Source = "light"
	// SourceNode: a Bitcoin node that the operator runs or trusts.
	SourceNode Source = "node"
	// SourceGiven: the visitor.
	SourceGiven Source = "given"
)

// Strength is how sure one can be of a confirmed proof.
type Strength struct {
	Source Source
	// Network is the name of the test network, for SourceTest.
	Network string
	// OnTop counts the blocks on top of the one that carries the proof, as far
	// as the source knows.
	OnTop int64
	// Redo is how long all of Bitcoin's miners take for the block and those on
	// top, for SourceLight and SourceNode.
	Redo time.Duration
	// Bits is the base-2 logarithm, rounded down, of the hashes that the block
	// takes, and ZeroBits how many bits of its hash are zero at the front.
	Bits, ZeroBits int
	// Machine is how long one mining machine of today takes for the work, for
	// SourceGiven.
	Machine time.Duration
}

// Spans of time, as they are told: nobody needs them to the hour.
const (
	day  = 24 * time.Hour
	year = 365 * day
)

// span is a long time in words, rounded down to its largest unit.
func span(ctx context.Context, d time.Duration) string {
	switch {
	case d < time.Hour:
		return i18n.N(ctx, "verdict.minutes", max(1, int64(d/time.Minute)))
	case d < 2*day:
		return i18n.N(ctx, "verdict.hours", int64(d/time.Hour))
	case d < 2*year:
		return i18n.N(ctx, "verdict.days", int64(d/day))
	}
	return i18n.N(ctx, "verdict.years", int64(d/year))
}

// trivial reports whether a header that was given took no work to speak of.
func (s Strength) trivial() bool { return s.Machine < time.Minute }

// source says where the header came from.
func (s Strength) source(ctx context.Context) string {
	switch s.Source {
	case SourceSandbox:
		return i18n.T(ctx, "verdict.source.sandbox")
	case SourceTest:
		return i18n.T(ctx, "verdict.source.test", "Network", s.Network)
	case SourceLight:
		return i18n.T(ctx, "verdict.source.light")
	case SourceNode:
		return i18n.T(ctx, "verdict.source.node")
	}
	return i18n.T(ctx, "verdict.source.given")
}

// weight says what the work is worth.
func (s Strength) weight(ctx context.Context) string {
	switch {
	case s.Source == SourceGiven && s.trivial():
		return i18n.T(ctx, "verdict.given.trivial")
	case s.Source == SourceGiven:
		return i18n.T(ctx, "verdict.given.work", "Span", span(ctx, s.Machine))
	case s.Redo > 0:
		return i18n.T(ctx, "verdict.redo", "Span", span(ctx, s.Redo))
	}
	return ""
}
