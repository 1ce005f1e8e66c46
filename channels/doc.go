// Package channels is the room of paying: quotes, Lightning invoices, and
// streaming payment channels. It will import chain, and never another product,
// echo, templ or app. It is empty until fees are built; the Lightning engine
// itself is in chain/node.
package channels
