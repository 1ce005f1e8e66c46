// Package channels is the room of paying: quotes and the ledger (fees), the
// Lightning side of the node (lightning), what both say about an invoice
// (invoice) and about money (amount), payment links (bip321), paid routes of the
// API (httpauth, l402, mpp), and the node's fee input for a visitor's
// transaction (sponsor). It imports chain, and never another product, echo,
// templ or app. The Lightning engine itself is in chain/node.
package channels
