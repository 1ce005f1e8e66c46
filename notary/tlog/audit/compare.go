package audit

import (
	"slices"

	"cairn/notary/tlog/format"
)

// compare tells what became of entries: want are the leaf hashes that must
// stand from number base on, got those of the entries that do. nil when they
// are the same. where says who expects it, as in "though the tile has it".
func compare(base int64, want, got []format.Hash, where string) error {
	i := 0
	for i < len(want) && i < len(got) && want[i] == got[i] {
		i++
	}
	at := base + int64(i)
	switch {
	case i == len(want):
		return nil
	case i == len(got):
		return fail(ErrDropped, "entry %d is missing, %s", at, where)
	}
	if j := slices.Index(got[i:], want[i]); j >= 0 {
		return fail(ErrReordered, "entry %d stands in the place of entry %d, %s", at, at+int64(j), where)
	}
	if slices.Contains(want[i:], got[i]) {
		return fail(ErrDropped, "entry %d is missing and the next one stands in its place, %s", at, where)
	}
	return fail(ErrChanged, "entry %d is another one, %s", at, where)
}
