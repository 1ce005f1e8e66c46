// Package openassets is the Open Assets protocol, OAP/1.0: markers, coloring by
// order, asset definitions, addresses, payment requests, and transactions that
// issue, move and destroy units.
//
// It follows specification.mediawiki, address-format.mediawiki,
// asset-definition-protocol.mediawiki and payment-requests.mediawiki of the Open
// Assets organisation. Where published implementations read them otherwise, the
// specification rules and Readings name the others.
//
// It is pure: no database, no network, no clock. A change here can make an old
// coin's color differ.
package openassets
