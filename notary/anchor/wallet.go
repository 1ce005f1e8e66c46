package anchor

import "cairn/notary/carrier"

// Wallet, Payment and Signed are those of package carrier, and so is Lease.
type (
	Wallet  = carrier.Wallet
	Payment = carrier.Payment
	Signed  = carrier.Signed
	Lease   = carrier.Lease
)
