// Package voucher is the pages of vouchers: opening a shop, its owner's desk, issuing,
// the counter, the page of whoever holds a voucher, and what everybody can check.
package voucher
