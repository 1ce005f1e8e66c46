package voucher

import "cairn/templates/layout"

// StaffView is who has a link of a shop.
type StaffView struct {
	Meta  layout.Meta
	Key   string
	Staff []Staff
	Typed Staff
	Wrong map[string]string
	// Gone is set right after a link was revoked.
	Gone bool
}
