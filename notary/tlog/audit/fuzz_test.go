package audit_test

import (
	"testing"

	"cairn/notary/tlog/audit"
)

// Whatever a state's file holds, it is refused or it is whole.
func FuzzParseState(f *testing.F) {
	for _, n := range []int{0, 3, 300} {
		l := newLog(f, n)
		raw, err := audit.MarshalState(l.honest().State)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if state, err := audit.ParseState(raw); err == nil {
			if _, err := audit.MarshalState(state); err != nil {
				t.Error(err)
			}
		}
	})
}
