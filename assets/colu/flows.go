package colu

import (
	"slices"

	"cairn/assets"
)

// sortFlows puts flows in order of outputs, those destroyed last; units of one
// output stay in the order in which they came.
func sortFlows(flows []assets.Flow) {
	slices.SortStableFunc(flows, func(a, b assets.Flow) int {
		switch {
		case a.To == b.To:
			return 0
		case a.To == assets.Destroyed:
			return 1
		case b.To == assets.Destroyed:
			return -1
		}
		return a.To - b.To
	})
}
