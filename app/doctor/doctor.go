// Package doctor looks at a machine and a configuration the way an operator
// would who wonders why Cairn does not work: disk, durability, database,
// ports, and the running process. It changes nothing but a scratch file that
// it removes.
package doctor

import (
	"context"

	"cairn/app/config"
)

// Verdict is how bad a finding is.
type Verdict string

// The verdicts.
const (
	OK   Verdict = "ok"
	Warn Verdict = "warn"
	Fail Verdict = "fail"
)

// Finding is the result of one check: what was looked at, and one sentence.
type Finding struct {
	Check   string  `json:"check"`
	Verdict Verdict `json:"verdict"`
	Says    string  `json:"says"`
}

// check looks at one thing.
type check struct {
	name string
	look func(ctx context.Context, c config.Config) (Verdict, string)
}

// checks are looked at in this order.
var checks = []check{
	{"data folder", lookAtFolder},
	{"free space", lookAtSpace},
	{"durability", lookAtSync},
	{"database", lookAtDatabase},
	{"running", lookAtRunning},
	{"node", lookAtNode},
	{"chain", lookAtTip},
	{"books", lookAtBooks},
	{"payments", lookAtPayments},
	{"clock", lookAtClock},
}

// Examine runs every check on a resolved configuration.
func Examine(ctx context.Context, c config.Config) []Finding {
	findings := make([]Finding, 0, len(checks))
	for _, check := range checks {
		verdict, says := check.look(ctx, c)
		findings = append(findings, Finding{check.name, verdict, says})
	}
	return findings
}

// Sick reports whether any finding is a failure.
func Sick(findings []Finding) bool {
	for _, f := range findings {
		if f.Verdict == Fail {
			return true
		}
	}
	return false
}
